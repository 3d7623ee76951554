//! Tests of WebSocket handshakes through hyper's client and server. COMPANIONS 5.
//!
//! An allowed handshake opens a WebSocket. A denied handshake never reaches the service.

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
async fn handshakes_are_allowed_or_denied_before_the_service() {
    let partners = OriginSet::parse([PARTNER]).unwrap();
    let guard = GuardLayer::new(WebSocket::new().trust_origins(&partners)).unwrap();
    for (about, origin, is_allowed) in [
        ("a page of the service", Some(OWN), true),
        ("a trusted page", Some(PARTNER), true),
        ("a program", None, true),
        ("a page of another origin", Some(EVIL), false),
        ("an origin with the same prefix", Some("https://app.example.evil.example"), false),
        ("a sandboxed frame", Some("null"), false),
        ("a malformed origin", Some("app.example"), false),
    ] {
        for version in [Version::Http1, Version::Http2] {
            let unguarded = open(Identity::new(), version, origin).await;
            assert_eq!(unguarded, version.opened(), "{about}, {version:?}, unguarded");
            let expected = if is_allowed { version.opened() } else { DENIED };
            assert_eq!(
                open(guard.clone(), version, origin).await,
                expected,
                "{about}, {version:?}"
            );
        }
    }
}

// No layer removes hyper's upgrade extension.
#[tokio::test]
async fn web_socket_opens_through_several_guards_and_cors() {
    let check = WebSocket::new().and(Csrf::new()).and(FetchMetadata::new());
    let policy = CorsPolicy::new(Rule::for_origins([PARTNER])).unwrap();
    let layer = tower::ServiceBuilder::new()
        .layer(CorsLayer::new(policy))
        .layer(GuardLayer::new(check).unwrap())
        .into_inner();
    for version in [Version::Http1, Version::Http2] {
        assert_eq!(open(layer.clone(), version, Some(OWN)).await, version.opened(), "{version:?}");
        assert_eq!(open(layer.clone(), version, Some(EVIL)).await, DENIED, "{version:?}");
    }
}

// CORS does not apply to WebSockets.
#[tokio::test]
async fn cors_without_a_guard_allows_every_page() {
    let ours = CorsLayer::new(CorsPolicy::new(Rule::for_origins([OWN])).unwrap());
    let theirs = tower_http::cors::CorsLayer::new().allow_origin(HeaderValue::from_static(OWN));
    for version in [Version::Http1, Version::Http2] {
        assert_eq!(
            open(theirs.clone(), version, Some(EVIL)).await,
            version.opened(),
            "{version:?}"
        );
        assert_eq!(open(ours.clone(), version, Some(EVIL)).await, version.opened(), "{version:?}");
        let guarded = GuardLayer::new(WebSocket::new()).unwrap();
        assert_eq!(open(guarded, version, Some(EVIL)).await, DENIED, "{version:?}");
    }
}

// S14: the service opened tunnels for other sites, for requests without the version and for other protocols.
#[tokio::test]
async fn every_extended_connect_is_checked() {
    for (protocol, of_service) in [("websocket", 200), ("webtransport", 501), ("connect-udp", 501)]
    {
        for (is_guarded, origin, expected) in
            [(false, EVIL, of_service), (true, EVIL, 403), (true, OWN, of_service)]
        {
            let guard = is_guarded.then(|| GuardLayer::new(WebSocket::new()).unwrap());
            let (client, calls) = serve(tower::util::option_layer(guard));
            let mut sender = Http2::connect(client).await;
            let mut request = connect(protocol);
            request.headers_mut().insert("origin", HeaderValue::from_static(origin));
            assert_eq!(sender.send(request).await.status(), expected, "{protocol} {origin}");
            let reaches_service = expected == of_service;
            assert_eq!(calls.take().len(), 1 + usize::from(reaches_service), "{protocol}");
        }
    }
}

/// The status, the number of calls of the service, and the reply to a message.
type Outcome = (u16, usize, Option<String>);

const DENIED: Outcome = (403, 0, None);

#[derive(Clone, Copy, Debug)]
enum Version {
    Http1,
    Http2,
}

impl Version {
    fn opened(self) -> Outcome {
        let status = match self {
            Self::Http1 => 101,
            Self::Http2 => 200,
        };
        (status, 1, Some("heard: hello".to_owned()))
    }
}

async fn open<L: ServableLayer>(
    layer: L,
    version: Version,
    origin: Option<&'static str>,
) -> Outcome {
    let (client, calls) = serve(layer);
    let add_origin = |headers: &mut HeaderMap| {
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_static(origin));
        }
    };
    let response = match version {
        Version::Http1 => {
            let (mut sender, connection) = http1::handshake(client).await.unwrap();
            tokio::spawn(connection.with_upgrades());
            let mut request = handshake();
            add_origin(request.headers_mut());
            sender.send_request(request).await.unwrap()
        }
        Version::Http2 => {
            let mut sender = Http2::connect(client).await;
            let mut request = connect("websocket");
            request.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
            add_origin(request.headers_mut());
            let response = sender.send(request).await;
            assert_eq!(calls.take_first(), "GET");
            response
        }
    };
    let status = response.status().as_u16();
    let reply = match status {
        101 | 200 => Some(exchange_message(upgrade::on(response)).await),
        _ => None,
    };
    (status, calls.take().len(), reply)
}

async fn exchange_message(upgrade: OnUpgrade) -> String {
    let upgraded = TokioIo::new(upgrade.await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
    socket.send(Message::text("hello")).await.unwrap();
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

/// Returns the handshake of RFC 6455, section 1.3.
fn handshake() -> Request<Empty<Bytes>> {
    web_socket::handshake(&[]).body(Empty::new()).unwrap()
}

/// Returns the request of RFC 8441, section 5.1, without the headers of the handshake.
fn connect(protocol: &'static str) -> Request<Empty<Bytes>> {
    let request = Request::connect("https://app.example/chat");
    request.extension(Protocol::from_static(protocol)).body(Empty::new()).unwrap()
}

/// A connection whose server has enabled extended `CONNECT`.
struct Http2(http2::SendRequest<Empty<Bytes>>);

impl Http2 {
    async fn connect(client: Io) -> Self {
        let handshake = http2::handshake(TokioExecutor::new(), client);
        let (sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let mut sender = Self(sender);
        // The server sends its settings before its first response.
        let first = Request::get("https://app.example/").body(Empty::new()).unwrap();
        assert_eq!(sender.send(first).await.status(), 501);
        sender
    }

    async fn send(&mut self, request: Request<Empty<Bytes>>) -> Response<Incoming> {
        self.0.send_request(request).await.unwrap()
    }
}

type Io = TokioIo<tokio::io::DuplexStream>;

/// Starts a server behind the layer.
///
/// Returns a connection to the server, and the methods of its requests.
fn serve<L: ServableLayer>(layer: L) -> (Io, Calls) {
    let calls = Calls::default();
    let (client, server) = tokio::io::duplex(1 << 16);
    let inner = {
        let calls = calls.clone();
        service_fn(move |request: Request<Incoming>| {
            calls.push(request.method());
            async { Ok::<_, Infallible>(respond(request)) }
        })
    };
    let service = TowerToHyperService::new(layer.layer(BoxCloneSyncService::new(inner)));
    tokio::spawn(async move {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http2().enable_connect_protocol();
        // The client closes the connection early, which is an error to the server.
        let _ = builder.serve_connection_with_upgrades(TokioIo::new(server), service).await;
    });
    (TokioIo::new(client), calls)
}

fn respond(mut request: Request<Incoming>) -> Response<Empty<Bytes>> {
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
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        socket.send(Message::text(format!("heard: {text}"))).await.unwrap();
    });
    response
}

/// A layer whose services hyper can serve.
trait ServableLayer: Layer<Inner, Service = Self::Served> {
    type Served: Service<
            Request<Incoming>,
            Response = Response<Empty<Bytes>>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static;
}

impl<L> ServableLayer for L
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
