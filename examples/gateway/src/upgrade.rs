//! WebSockets over HTTP/1.1, or over HTTP/2 with an extended `CONNECT`.
//!
//! The gateway always uses HTTP/1.1 for the upstream. HTTP/2 is specified in
//! <https://www.rfc-editor.org/rfc/rfc8441>. Handshakes pass through the layers like all requests. Other
//! upgrades are not supported: after `Upgrade: h2c`, for example, requests would bypass the layers.

use std::{
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{
        CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, TE, UPGRADE,
    },
    request,
};
use hyper::{
    body::Body,
    ext::Protocol,
    upgrade::{self, OnUpgrade},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    time::timeout_at,
};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use crate::{
    body::{Progress, RequestBody, ResponseBody},
    connections::OpenRequest,
    headers,
    proxy::{Proxy, Rejection, adjust_response},
    target::Target,
};

/// The form of a WebSocket handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// `GET` with `Upgrade: websocket`.
    Http1,
    /// `CONNECT` with `:protocol` `websocket`.
    Http2,
}

impl Handshake {
    /// Returns the form of the handshake, or `None` for other requests.
    ///
    /// # Errors
    ///
    /// The request tries another upgrade or tunnel, or the handshake is incomplete.
    pub(crate) fn detect<B: Body>(request: &Request<B>) -> Result<Option<Self>, Rejection> {
        let headers = request.headers();
        if let Some(protocol) = request.extensions().get::<Protocol>() {
            return match protocol.as_str() {
                "websocket" => Self::Http2.with_required_headers(headers),
                _ => Err(Rejection::NotImplemented("WebSockets are the only supported tunnels")),
            };
        }
        if *request.method() == Method::CONNECT {
            return Err(Rejection::BadRequest("the request target must not be an authority"));
        }
        // https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
        let is_handshake = request.version() == Version::HTTP_11
            && *request.method() == Method::GET
            && headers::has_member(headers, &CONNECTION, b"upgrade")
            && headers::has_member(headers, &UPGRADE, b"websocket");
        match (is_handshake, request.body().is_end_stream()) {
            (false, _) => Ok(None),
            (true, true) => Self::Http1.with_required_headers(headers),
            (true, false) => {
                Err(Rejection::BadRequest("a WebSocket handshake must not have a body"))
            }
        }
    }

    /// Returns an error for incomplete handshakes, which servers interpret differently.
    fn with_required_headers(self, headers: &HeaderMap) -> Result<Option<Self>, Rejection> {
        if !headers.contains_key(SEC_WEBSOCKET_VERSION) {
            return Err(Rejection::BadRequest("Sec-WebSocket-Version is missing"));
        }
        if self == Self::Http1 && headers.get_all(SEC_WEBSOCKET_KEY).iter().count() != 1 {
            return Err(Rejection::BadRequest("Sec-WebSocket-Key must have one field line"));
        }
        Ok(Some(self))
    }
}

/// Forwards a handshake, and then the data in both directions.
///
/// If the upstream does not open a WebSocket, its response is returned.
pub(crate) async fn forward(
    proxy: &Proxy,
    handshake: Handshake,
    mut head: request::Parts,
    target: Target,
    open: Option<OpenRequest>,
) -> Result<Response<ResponseBody>, Rejection> {
    let Some(client) = head.extensions.remove::<OnUpgrade>() else {
        return Err(Rejection::NotImplemented("this connection cannot be upgraded"));
    };
    head.extensions.clear();
    head.method = Method::GET;
    head.headers.remove(TE);
    head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    // HTTP/2 handshakes have no key: https://www.rfc-editor.org/rfc/rfc8441#section-5
    if handshake == Handshake::Http2 {
        let key = HeaderValue::try_from(generate_key()).map_err(|_| Rejection::BadGateway)?;
        head.headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    // https://www.rfc-editor.org/rfc/rfc6455#section-4.1
    let key = head.headers.get(SEC_WEBSOCKET_KEY);
    let expected = key.map(|key| derive_accept_key(key.as_bytes()));
    let sent = proxy.upstream().send_http1(head, target, RequestBody::empty());
    let mut response = proxy.with_timeout(&Progress::now(), sent).await?;
    let is_web_socket = response.status() == StatusCode::SWITCHING_PROTOCOLS
        && headers::has_member(response.headers(), &UPGRADE, b"websocket")
        && response.headers().get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes)
            == expected.as_deref().map(str::as_bytes);
    adjust_response(&mut response)?;
    if !is_web_socket {
        // A success would open a tunnel for a `CONNECT`, but the upstream only responded to a `GET`.
        let would_be_tunnel = handshake == Handshake::Http2 && response.status().is_success();
        if would_be_tunnel || response.status().is_informational() {
            return Err(Rejection::BadGateway);
        }
        return Ok(response.map(|body| ResponseBody::Upstream { body, _slot: None }));
    }
    let headers = response.headers_mut();
    match handshake {
        Handshake::Http1 => {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        }
        Handshake::Http2 => {
            headers.remove(SEC_WEBSOCKET_ACCEPT);
            *response.status_mut() = StatusCode::OK;
        }
    }
    let upstream = upgrade::on(&mut response);
    let idle = proxy.idle();
    tokio::spawn(async move {
        tunnel(client, upstream, idle).await;
        drop(open);
    });
    Ok(response.map(|_| ResponseBody::default()))
}

/// Forwards data until both sides have ended or one of them has disconnected.
///
/// The tunnel also ends if no data arrives within the time limit.
async fn tunnel(client: OnUpgrade, upstream: OnUpgrade, idle: Option<Duration>) {
    // The client's upgrade completes after its response is sent, and fails if the response is never sent.
    let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else { return };
    forward_data(TokioIo::new(client), TokioIo::new(upstream), idle).await;
}

async fn forward_data(
    client: impl AsyncRead + AsyncWrite + Unpin,
    upstream: impl AsyncRead + AsyncWrite + Unpin,
    idle: Option<Duration>,
) {
    let progress = Progress::now();
    let mut client = Observed { io: client, progress: progress.clone() };
    let mut upstream = Observed { io: upstream, progress: progress.clone() };
    let mut copying = pin!(copy_bidirectional(&mut client, &mut upstream));
    let Some(idle) = idle else {
        // A disconnect is not an error.
        let _ = copying.await;
        return;
    };
    loop {
        let last = progress.last().at;
        let is_over = timeout_at(last + idle, copying.as_mut()).await.is_ok();
        if is_over || progress.last().at == last {
            return;
        }
    }
}

/// One side of a tunnel, which records the time of each read.
struct Observed<T> {
    io: T,
    progress: Progress,
}

impl<T: AsyncRead + Unpin> AsyncRead for Observed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buffer));
        if buffer.filled().len() > before {
            self.progress.record(false);
        }
        Poll::Ready(read)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Observed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::{Instant, advance, timeout},
    };

    use super::*;

    // S7: a silent tunnel stayed open for ever.
    #[tokio::test(start_paused = true)]
    async fn tunnel_without_data_ends_after_its_time_limit() {
        for limit in [None, Some(Duration::from_secs(60))] {
            let (mut client, client_side) = duplex(64);
            let (mut upstream, upstream_side) = duplex(64);
            let begun = Instant::now();
            let tunnel = tokio::spawn(forward_data(client_side, upstream_side, limit));
            for _ in 0..3 {
                advance(Duration::from_secs(50)).await;
                client.write_all(b"ping").await.unwrap();
                upstream.read_exact(&mut [0; 4]).await.unwrap();
                advance(Duration::from_secs(50)).await;
                upstream.write_all(b"pong").await.unwrap();
                client.read_exact(&mut [0; 4]).await.unwrap();
            }
            let is_ended = timeout(Duration::from_secs(100_000), tunnel).await.is_ok();
            assert_eq!(is_ended, limit.is_some());
            assert!(!is_ended || begun.elapsed() < Duration::from_secs(6 * 50 + 61));
        }
    }
}
