//! WebSockets for the server's own pages and for listed origins: an echo on axum or on hyper.
//!
//! The same guard protects both, over HTTP/1.1 and HTTP/2.
//!
//! `cargo run --example websocket` prints the address and commands to try.

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
use tower_cross_origin::guard::{self, GuardConfigError, GuardLayer};

use self::support::{Arguments, Defaults, Report};

mod support;

/// Returns the guard. Browsers send no preflight before a WebSocket, so CORS does not protect it.
fn guard_for(origins: &[String]) -> Result<GuardLayer<guard::WebSocket>, GuardConfigError> {
    GuardLayer::new(guard::WebSocket::new().trust_origins(origins))
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7111).into(),
        origin: "https://app.example.com",
        extra: Some(("server", "  --server NAME           axum or hyper [default: axum]")),
    });
    let guard = guard_for(&arguments.origins)?;
    let is_hyper = match arguments.extra.as_deref() {
        None | Some("axum") => false,
        Some("hyper") => true,
        Some(other) => {
            let message = format!("--server {other:?} is not supported; use \"axum\" or \"hyper\"");
            return Err(io::Error::other(message).into());
        }
    };
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    if is_hyper {
        serve_with_hyper(listener, guard).await
    } else {
        serve_with_axum(listener, guard).await
    }
}

async fn serve_with_axum(
    listener: TcpListener,
    guard: GuardLayer<guard::WebSocket>,
) -> Result<(), Report> {
    // `any`, since a handshake is `GET` over HTTP/1.1, but `CONNECT` over HTTP/2.
    let chat = any(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo));
    Ok(axum::serve(listener, Router::new().route("/chat", chat).layer(guard)).await?)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        // Other messages belong to the protocol.
        let is_data = matches!(message, Message::Text(_) | Message::Binary(_));
        if is_data && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn serve_with_hyper(
    listener: TcpListener,
    guard: GuardLayer<guard::WebSocket>,
) -> Result<(), Report> {
    let service = ServiceBuilder::new().layer(guard).service_fn(respond);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // For example, too many files are open. The error is temporary.
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
            // Without this, browsers open an HTTP/1.1 connection for each WebSocket (RFC 8441, section 3).
            server.http2().timer(TokioTimer::new()).enable_connect_protocol();
            let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection ended early: {error}");
            }
        });
    }
}

/// Responds to handshakes. The guard keeps the request's extensions, which hyper needs for the upgrade.
async fn respond(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
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
        let is_data = message.is_text() || message.is_binary();
        if is_data && socket.send(message).await.is_err() {
            return;
        }
    }
}

fn empty(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

fn usage_examples(url: &str, origin: &str) -> String {
    // The example key of RFC 6455, section 1.3.
    let handshake = "--http1.1 --max-time 1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='";
    format!(
        r"
A page of the server opens a WebSocket, and so does a page of {origin}:
  curl -iN {url}/chat -H 'Origin: {url}' {handshake}
  curl -iN {url}/chat -H 'Origin: {origin}' {handshake}
A page of another origin is rejected:
  curl -iN {url}/chat -H 'Origin: https://evil.example' {handshake}
A client that is not a browser sends no Origin:
  curl -iN {url}/chat {handshake}"
    )
}
