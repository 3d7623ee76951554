//! Handshakes of WebSockets through hyper's own client and server: what passes the guard is a WebSocket, and
//! what does not never reaches the service. COMPANIONS 5.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::SinkExt;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    ext::Protocol,
    upgrade::{self, OnUpgrade},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio_stream::StreamExt;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::server::create_response_with_body, protocol::Role},
};
use tower::{Layer, Service, layer::util::Identity, service_fn, util::BoxCloneSyncService};
use tower_cross_origin::{
    cors::{CorsLayer, CorsPolicy, Rule},
    guard::{Check, Csrf, FetchMetadata, GuardLayer, WebSocket},
    origin::OriginSet,
};

use super::web_socket;

const OWN: &str = "https://app.example";
const PARTNER: &str = "https://partner.example";
const EVIL: &str = "https://evil.example";

#[tokio::test]
async fn handshakes_pass_or_end_before_the_service() {
    let partners = OriginSet::parse([PARTNER]).unwrap();
    let guard = GuardLayer::new(WebSocket::new().trust_origins(&partners)).unwrap();
    for (about, origin, passes) in [
        ("a page of the service's own", Some(OWN), true),
        ("a page that is trusted", Some(PARTNER), true),
        ("a program", None, true),
        ("a page of another origin", Some(EVIL), false),
        ("one that begins as the own does", Some("https://app.example.evil.example"), false),
        ("a sandboxed frame", Some("null"), false),
        ("what is no origin", Some("app.example"), false),
    ] {
        for via in [Via::Http1, Via::Http2] {
            let unguarded = open(Identity::new(), via, origin).await;
            assert_eq!(unguarded, via.opened(), "{about}, {via:?}, unguarded");
            let expected = if passes { via.opened() } else { REFUSED };
            assert_eq!(open(guard.clone(), via, origin).await, expected, "{about}, {via:?}");
        }
    }
}

/// None of them touches what hyper hands out for the upgrade.
#[tokio::test]
async fn several_guards_and_cors_around_a_web_socket() {
    let check = WebSocket::new().and(Csrf::new()).and(FetchMetadata::new());
    let policy = CorsPolicy::new(Rule::for_origins([PARTNER])).unwrap();
    let layer = tower::ServiceBuilder::new()
        .layer(CorsLayer::new(policy))
        .layer(GuardLayer::new(check).unwrap())
        .into_inner();
    for via in [Via::Http1, Via::Http2] {
        assert_eq!(open(layer.clone(), via, Some(OWN)).await, via.opened(), "{via:?}");
        assert_eq!(open(layer.clone(), via, Some(EVIL)).await, REFUSED, "{via:?}");
    }
}

/// CORS says who may read, and a WebSocket does not ask.
#[tokio::test]
async fn cors_alone_lets_every_page_in() {
    let ours = CorsLayer::new(CorsPolicy::new(Rule::for_origins([OWN])).unwrap());
    let theirs = tower_http::cors::CorsLayer::new().allow_origin(HeaderValue::from_static(OWN));
    for via in [Via::Http1, Via::Http2] {
        assert_eq!(open(theirs.clone(), via, Some(EVIL)).await, via.opened(), "{via:?}");
        assert_eq!(open(ours.clone(), via, Some(EVIL)).await, via.opened(), "{via:?}");
        let guarded = GuardLayer::new(WebSocket::new()).unwrap();
        assert_eq!(open(guarded, via, Some(EVIL)).await, REFUSED, "{via:?}");
    }
}

/// RFC 8441 is not for WebSockets alone, and other protocols have their own rules.
#[tokio::test]
async fn a_connect_for_another_protocol_passes() {
    let (client, calls) = serve(GuardLayer::new(WebSocket::new()).unwrap());
    let mut sender = Http2::over(client).await;
    let mut request = connect("connect-udp");
    request.headers_mut().insert("origin", HeaderValue::from_static(EVIL));
    assert_eq!(sender.send(request).await.status(), 501, "the service's own answer");
    assert_eq!(calls.take(), ["GET", "CONNECT"]);
}

/// What came of a handshake: the status, how often the service was called, and what came back when
/// something was said.
type Came = (u16, usize, Option<String>);

const REFUSED: Came = (403, 0, None);

#[derive(Clone, Copy, Debug)]
enum Via {
    Http1,
    Http2,
}

impl Via {
    fn opened(self) -> Came {
        let status = match self {
            Self::Http1 => 101,
            Self::Http2 => 200,
        };
        (status, 1, Some("heard: hello".to_owned()))
    }
}

async fn open<L: Around>(layer: L, via: Via, origin: Option<&'static str>) -> Came {
    let (client, calls) = serve(layer);
    let add_origin = |headers: &mut HeaderMap| {
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_static(origin));
        }
    };
    let response = match via {
        Via::Http1 => {
            let (mut sender, connection) = http1::handshake(client).await.unwrap();
            tokio::spawn(connection.with_upgrades());
            let mut request = handshake();
            add_origin(request.headers_mut());
            sender.send_request(request).await.unwrap()
        }
        Via::Http2 => {
            let mut sender = Http2::over(client).await;
            let mut request = connect("websocket");
            request.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
            add_origin(request.headers_mut());
            let response = sender.send(request).await;
            assert_eq!(calls.take_first(), "GET");
            response
        }
    };
    let status = response.status().as_u16();
    let echoed = match status {
        101 | 200 => Some(say_hello(upgrade::on(response)).await),
        _ => None,
    };
    (status, calls.take().len(), echoed)
}

async fn say_hello(upgrade: OnUpgrade) -> String {
    let upgraded = TokioIo::new(upgrade.await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
    socket.send(Message::text("hello")).await.unwrap();
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

/// The handshake of RFC 6455, section 1.3.
fn handshake() -> Request<Empty<Bytes>> {
    web_socket::handshake(&[]).body(Empty::new()).unwrap()
}

/// That of RFC 8441, section 5.1, up to its headers.
fn connect(protocol: &'static str) -> Request<Empty<Bytes>> {
    let request = Request::connect("https://app.example/chat");
    request.extension(Protocol::from_static(protocol)).body(Empty::new()).unwrap()
}

/// A connection over which the server has said that it takes an extended `CONNECT`.
struct Http2(http2::SendRequest<Empty<Bytes>>);

impl Http2 {
    async fn over(client: Io) -> Self {
        let handshake = http2::handshake(TokioExecutor::new(), client);
        let (sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let mut sender = Self(sender);
        // Its settings come before its first answer.
        let first = Request::get("https://app.example/").body(Empty::new()).unwrap();
        assert_eq!(sender.send(first).await.status(), 501);
        sender
    }

    async fn send(&mut self, request: Request<Empty<Bytes>>) -> Response<Incoming> {
        self.0.send_request(request).await.unwrap()
    }
}

type Io = TokioIo<tokio::io::DuplexStream>;

/// A server on the other end of the connection, behind the layer, and the methods by which its service was
/// called.
fn serve<L: Around>(layer: L) -> (Io, Calls) {
    let calls = Calls::default();
    let (client, server) = tokio::io::duplex(1 << 16);
    let inner = {
        let calls = calls.clone();
        service_fn(move |request: Request<Incoming>| {
            calls.push(request.method());
            async { Ok::<_, Infallible>(answer(request)) }
        })
    };
    let service = TowerToHyperService::new(layer.layer(BoxCloneSyncService::new(inner)));
    tokio::spawn(async move {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http2().enable_connect_protocol();
        // The client goes away in the middle of a connection, which is an error to the server.
        let _ = builder.serve_connection_with_upgrades(TokioIo::new(server), service).await;
    });
    (TokioIo::new(client), calls)
}

fn answer(mut request: Request<Incoming>) -> Response<Empty<Bytes>> {
    let protocol = request.extensions().get::<Protocol>().map(Protocol::as_str);
    let response = match (request.method(), protocol) {
        (&Method::CONNECT, Some("websocket")) => Response::new(Empty::new()),
        (&Method::GET, None) if request.uri().path() == "/chat" => {
            create_response_with_body(&request, Empty::new).unwrap()
        }
        _ => {
            let mut response = Response::new(Empty::new());
            *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
            return response;
        }
    };
    let upgrade = upgrade::on(&mut request);
    tokio::spawn(async move {
        let upgraded = TokioIo::new(upgrade.await.unwrap());
        let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await;
        let said = socket.next().await.unwrap().unwrap().into_text().unwrap();
        socket.send(Message::text(format!("heard: {said}"))).await.unwrap();
    });
    response
}

/// A layer that hyper can serve.
trait Around: Layer<Inner, Service = Self::Served> {
    type Served: Service<
            Request<Incoming>,
            Response = Response<Empty<Bytes>>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static;
}

impl<L> Around for L
where
    L: Layer<Inner>,
    L::Service: Service<
            Request<Incoming>,
            Response = Response<Empty<Bytes>>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static,
{
    type Served = L::Service;
}

type Inner = BoxCloneSyncService<Request<Incoming>, Response<Empty<Bytes>>, Infallible>;

#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn push(&self, method: &Method) {
        self.0.lock().unwrap().push(method.to_string());
    }

    fn take_first(&self) -> String {
        self.0.lock().unwrap().remove(0)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
