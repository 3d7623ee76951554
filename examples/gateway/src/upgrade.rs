//! WebSockets: a handshake of HTTP/1.1, or an extended `CONNECT` of HTTP/2
//! (<https://www.rfc-editor.org/rfc/rfc8441>), towards the upstream always one of HTTP/1.1. Both have passed
//! the layers before, as any request has.
//!
//! Nothing else is upgraded. Behind `Upgrade: h2c`, for one, requests would come that no layer sees.

use http::{
    HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, TE, UPGRADE},
    request,
};
use hyper::{
    body::Body,
    ext::Protocol,
    upgrade::{self, OnUpgrade},
};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use crate::{
    body::{Progress, RequestBody, ResponseBody},
    headers,
    proxy::{Proxy, Rejection, leave_connection},
    target::Target,
};

/// How a client asks for a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// `GET` with `Upgrade: websocket`.
    Http1,
    /// `CONNECT` with `:protocol` `websocket`.
    Http2,
}

impl Handshake {
    /// None for a request that is none.
    ///
    /// # Errors
    ///
    /// Where something else is asked for in its way.
    pub(crate) fn of<B: Body>(request: &Request<B>) -> Result<Option<Self>, Rejection> {
        let headers = request.headers();
        if let Some(protocol) = request.extensions().get::<Protocol>() {
            return match protocol.as_str() {
                "websocket" => Ok(Some(Self::Http2)),
                _ => Err(Rejection::NotImplemented("of tunnels, WebSockets are understood alone")),
            };
        }
        if *request.method() == Method::CONNECT {
            return Err(Rejection::BadRequest("the request target must not be an authority"));
        }
        // https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
        let is_asked_for = request.version() == Version::HTTP_11
            && *request.method() == Method::GET
            && headers::has_member(headers, &CONNECTION, b"upgrade")
            && headers::has_member(headers, &UPGRADE, b"websocket");
        match (is_asked_for, request.body().is_end_stream()) {
            (false, _) => Ok(None),
            (true, true) => Ok(Some(Self::Http1)),
            (true, false) => Err(Rejection::BadRequest("a handshake has no body")),
        }
    }
}

/// Passes a handshake on, and after it whatever the two say. What the upstream answers other than a WebSocket
/// is its answer.
pub(crate) async fn pass(
    proxy: &Proxy,
    handshake: Handshake,
    mut head: request::Parts,
    target: Target,
) -> Result<Response<ResponseBody>, Rejection> {
    let Some(client) = head.extensions.remove::<OnUpgrade>() else {
        return Err(Rejection::NotImplemented("this connection cannot be upgraded"));
    };
    head.extensions.clear();
    head.method = Method::GET;
    head.headers.remove(TE);
    head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    // HTTP/2 has none: https://www.rfc-editor.org/rfc/rfc8441#section-5
    let own_key = (handshake == Handshake::Http2).then(generate_key);
    if let Some(key) = own_key.as_deref().and_then(|key| HeaderValue::from_str(key).ok()) {
        head.headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    let sent = proxy.upstream().send_http1(head, target, RequestBody::empty());
    let mut response = proxy.in_time(&Progress::now(), sent).await?;
    let is_web_socket = response.status() == StatusCode::SWITCHING_PROTOCOLS
        && headers::has_member(response.headers(), &UPGRADE, b"websocket");
    leave_connection(&mut response)?;
    if !is_web_socket {
        // To a `CONNECT`, what succeeds is a tunnel; by itself, the upstream may answer a `GET` so.
        let would_be_tunnel = handshake == Handshake::Http2 && response.status().is_success();
        if would_be_tunnel || response.status().is_informational() {
            return Err(Rejection::BadGateway);
        }
        return Ok(response.map(|body| ResponseBody::Upstream { body, _place: None }));
    }
    let headers = response.headers_mut();
    if let Some(key) = own_key {
        let accepted = headers.remove(SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted != derive_accept_key(key.as_bytes())) {
            return Err(Rejection::BadGateway);
        }
        *response.status_mut() = StatusCode::OK;
    } else {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    }
    tokio::spawn(tunnel(client, upgrade::on(&mut response)));
    Ok(response.map(|_| ResponseBody::default()))
}

/// Until both have said all, or one of them is gone.
async fn tunnel(client: OnUpgrade, upstream: OnUpgrade) {
    // In this order: the client's is there when the answer is sent, and fails where it never is.
    let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else { return };
    // Those who go away without a word are of no interest.
    let _ = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(upstream)).await;
}
