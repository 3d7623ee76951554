//! WebSockets for the server's own pages, and for those of origins that are named: an echo, on axum or on
//! hyper without a framework, behind the same guard over HTTP/1.1 and HTTP/2.
//!
//! `cargo run --example websocket` prints where it listens and what to try.

use std::{convert::Infallible, io, net::Ipv4Addr, time::Duration};

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::any,
};
use bytes::Bytes;
use futures_util::SinkExt;
use http_body_util::Empty;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    ext::Protocol,
    upgrade::{self, OnUpgrade},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, time::sleep};
use tokio_stream::StreamExt;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::server::create_response_with_body, protocol::Role},
};
use tower::ServiceBuilder;
use tower_cross_origin::{
    guard::{self, GuardLayer},
    origin::OriginSet,
};

use self::support::{Arguments, Defaults, Report};

mod support;

/// CORS would let every page in: browsers ask nobody before a WebSocket.
fn guard_for(origins: &[String]) -> Result<GuardLayer<guard::WebSocket>, Report> {
    let origins = OriginSet::parse(origins)?;
    Ok(GuardLayer::new(guard::WebSocket::new().trust_origins(&origins))?)
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7111).into(),
        origin: "https://app.example.com",
        further: Some(("server", "  --server NAME           axum or hyper [default: axum]")),
    });
    let guard = guard_for(&arguments.origins)?;
    let is_hyper = match arguments.further.as_deref() {
        None | Some("axum") => false,
        Some("hyper") => true,
        Some(other) => {
            let message = format!("--server {other:?}: write \"axum\" or \"hyper\"");
            return Err(io::Error::other(message).into());
        }
    };
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    if is_hyper { on_hyper(listener, guard).await } else { on_axum(listener, guard).await }
}

async fn on_axum(listener: TcpListener, guard: GuardLayer<guard::WebSocket>) -> Result<(), Report> {
    // `any`: a handshake is a `GET` over HTTP/1.1, and a `CONNECT` over HTTP/2.
    let chat = any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo));
    Ok(axum::serve(listener, Router::new().route("/chat", chat).layer(guard)).await?)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        // Others are answered, or meant, for the protocol.
        let is_said = matches!(message, Message::Text(_) | Message::Binary(_));
        if is_said && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn on_hyper(
    listener: TcpListener,
    guard: GuardLayer<guard::WebSocket>,
) -> Result<(), Report> {
    let service = ServiceBuilder::new().layer(guard).service_fn(answer);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Too many open files, for one; they are closed in time.
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http1().timer(TokioTimer::new());
            // Otherwise browsers open a connection of HTTP/1.1 for each WebSocket (RFC 8441, section 3).
            server.http2().timer(TokioTimer::new()).enable_connect_protocol();
            let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection ended early: {error}");
            }
        });
    }
}

/// The guard has let it pass as it came: what hyper hands out for an upgrade is still there.
async fn answer(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let protocol = request.extensions().get::<Protocol>();
    let response = if request.uri().path() != "/chat" {
        empty(StatusCode::NOT_FOUND)
    } else if *request.method() == Method::CONNECT {
        let is_web_socket = protocol.is_some_and(|name| name.as_str() == "websocket");
        empty(if is_web_socket { StatusCode::OK } else { StatusCode::NOT_IMPLEMENTED })
    } else {
        create_response_with_body(&request, Empty::new)
            .unwrap_or_else(|_| empty(StatusCode::BAD_REQUEST))
    };
    if matches!(response.status(), StatusCode::OK | StatusCode::SWITCHING_PROTOCOLS) {
        tokio::spawn(echo_without_axum(upgrade::on(&mut request)));
    }
    Ok(response)
}

async fn echo_without_axum(upgrade: OnUpgrade) {
    let Ok(upgraded) = upgrade.await else { return };
    let socket = TokioIo::new(upgraded);
    let mut socket = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        let is_said = message.is_text() || message.is_binary();
        if is_said && socket.send(message).await.is_err() {
            return;
        }
    }
}

fn empty(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

fn what_to_try(url: &str, origin: &str) -> String {
    // The key is the one of RFC 6455, section 1.3.
    let handshake = "--http1.1 --max-time 1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='";
    format!(
        r"
A page of the server's own opens a WebSocket, and so does one of {origin}:
  curl -iN {url}/chat -H 'Origin: {url}' {handshake}
  curl -iN {url}/chat -H 'Origin: {origin}' {handshake}
A page of another origin does not get as far:
  curl -iN {url}/chat -H 'Origin: https://evil.example' {handshake}
Who is no page has no Origin:
  curl -iN {url}/chat {handshake}"
    )
}
