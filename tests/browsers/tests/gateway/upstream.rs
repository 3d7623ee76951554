use std::{convert::Infallible, future::pending, net::Ipv4Addr};

use anyhow::{Context, Result};
use browsers::free_ports;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, TRAILER, UPGRADE,
    },
};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::{JoinHandle, JoinSet},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::server::create_response, protocol::Role},
};

use super::client::LIMIT;

/// A test server for HTTP/1.1 and HTTP/2.
pub struct Upstream {
    address: String,
    events: Mutex<mpsc::UnboundedReceiver<String>>,
    task: JoinHandle<()>,
}

type Body = UnsyncBoxBody<Bytes, hyper::Error>;
type Events = mpsc::UnboundedSender<String>;

impl Upstream {
    pub async fn start() -> Result<Self> {
        Self::start_at(0).await
    }

    /// Starts the server on this port, for example to restart it.
    pub async fn start_at(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (sender, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            // The connections end with this task.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| respond(request, sender.clone()));
                    let server = auto::Builder::new(TokioExecutor::new());
                    let stream = TokioIo::new(stream);
                    // Some tests disconnect clients on purpose.
                    let _ = server.serve_connection_with_upgrades(stream, service).await;
                });
            }
        });
        Ok(Self { address, events: Mutex::new(events), task })
    }

    /// Stops the server, closes its connections, and returns its port.
    pub async fn end(self) -> Result<u16> {
        self.task.abort();
        let _ = self.task.await;
        let port = self.address.rsplit(':').next().context("the address has no port")?;
        Ok(port.parse()?)
    }

    /// Returns an address with a closed port.
    pub async fn closed_address() -> Result<String> {
        let [port] = free_ports().await?;
        Ok(format!("http://127.0.0.1:{port}"))
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the next event of a request.
    pub async fn event(&self) -> Result<String> {
        let mut events = self.events.lock().await;
        let event = tokio::time::timeout(LIMIT, events.recv()).await;
        event.context("no event in time")?.context("the upstream has ended")
    }

    /// Receives an event if one is waiting, and returns whether there was one.
    pub async fn has_event(&self) -> bool {
        self.events.lock().await.try_recv().is_ok()
    }
}

async fn respond(
    mut request: Request<Incoming>,
    events: Events,
) -> Result<Response<Body>, Infallible> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    Ok(match &*path {
        "/echo" => {
            let copied = [TRAILER, CONTENT_TYPE]
                .map(|name| request.headers().get(&name).cloned().map(|value| (name, value)));
            let mut response = Response::new(request.into_body().boxed_unsync());
            response.headers_mut().extend(copied.into_iter().flatten());
            response
        }
        "/trailers" => {
            let body = request.into_body().collect().await;
            let trailers = body.ok().and_then(|body| body.trailers().cloned()).unwrap_or_default();
            let mut names: Vec<&str> = trailers.keys().map(http::HeaderName::as_str).collect();
            names.sort_unstable();
            text(&names.join(", "))
        }
        "/hold" => {
            // hyper detects the end of the connection only after the body has been read.
            let _ = request.into_body().collect().await;
            let _ = events.send("request received".to_owned());
            let _notice = DropNotice(events, "request dropped");
            pending().await
        }
        "/stream" => {
            let notice = DropNotice(events, "stream dropped");
            let first = stream::once(async { Ok(Frame::data(Bytes::from_static(b"first"))) });
            let frames = first.chain(stream::pending()).inspect(move |_| {
                let _ = &notice;
            });
            Response::new(BodyExt::boxed_unsync(StreamBody::new(frames)))
        }
        "/events" => {
            let event = stream::once(async { Ok(Frame::data(Bytes::from_static(b"data: 1\n\n"))) });
            let frames = StreamBody::new(event.chain(stream::pending()));
            let mut response = Response::new(BodyExt::boxed_unsync(frames));
            let media_type = http::HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert(CONTENT_TYPE, media_type);
            response
        }
        "/chat" if request.headers().contains_key(UPGRADE) => chat(&mut request, events),
        "/nothing" => with_status(StatusCode::NO_CONTENT),
        "/unchanged" => with_status(StatusCode::NOT_MODIFIED),
        "/marked" => {
            let mut response = text("marked");
            let headers = response.headers_mut();
            for (name, value) in [
                ("connection", "x-one, close"),
                ("x-one", "1"),
                ("x-two", "2"),
                ("keep-alive", "timeout=5"),
                ("proxy-connection", "keep-alive"),
            ] {
                headers.insert(name, value.parse().expect("a constant"));
            }
            response
        }
        "/count" => text("counted"),
        path if path.starts_with("/files/") => file(&request),
        _ => {
            let description = describe(&request);
            // The receiver is dropped at the end of a test.
            let _ = events.send(format!("{method} {path}"));
            text(&description)
        }
    })
}

/// Returns the request line and the sorted field lines.
fn describe<B>(request: &Request<B>) -> String {
    let (method, uri, version) = (request.method(), request.uri(), request.version());
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
    };
    let mut lines: Vec<String> = request.headers().iter().map(line).collect();
    lines.sort();
    format!("{method} {uri} {version:?}\n{}", lines.concat())
}

/// Returns a response of a service that handles CORS itself, preflights included.
fn file<B>(request: &Request<B>) -> Response<Body> {
    let mut response = text("a file");
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if request.method() == Method::OPTIONS {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("PUT"));
    }
    response
}

fn chat(request: &mut Request<Incoming>, events: Events) -> Response<Body> {
    let mut head = Request::new(());
    head.headers_mut().clone_from(request.headers());
    let Ok(response) = create_response(&head) else { return with_status(StatusCode::BAD_REQUEST) };
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let _notice = DropNotice(events, "socket dropped");
        let Ok(upgraded) = upgrade.await else { return };
        let socket = TokioIo::new(upgraded);
        let mut socket = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() && socket.send(message).await.is_err() {
                return;
            }
        }
    });
    response.map(|()| empty())
}

/// Sends an event when it is dropped.
struct DropNotice(Events, &'static str);

impl Drop for DropNotice {
    fn drop(&mut self) {
        let _ = self.0.send(self.1.to_owned());
    }
}

fn text(text: &str) -> Response<Body> {
    Response::new(full_body(Bytes::copy_from_slice(text.as_bytes())))
}

fn with_status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

fn empty() -> Body {
    full_body(Bytes::new())
}

fn full_body(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
