//! The service inside the layers, which forwards requests to the upstream.
//!
//! Bodies and trailers are forwarded in both directions, one frame at a time. If a client disconnects, hyper drops
//! its requests; the gateway then closes the upstream's connection or resets its stream. hyper does not detect the
//! disconnect if an HTTP/1.1 client has already sent its next request; browsers wait for the response first.
//!
//! A response can precede the end of the request's body, such as a 413 of the upstream or a 403 of a layer. The gateway
//! then reads and discards the rest, so that the client receives the response. See `ClientBody` and `connector`.
//!
//! To an HTTP/1.1 peer, hyper sends only trailers that a `Trailer` header announces, and to a client only with
//! `TE: trailers`. Informational responses, such as 103, are not forwarded.

use std::{convert::Infallible, error::Error, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use http::{
    HeaderValue, Request, Response, StatusCode, Version,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::Full;
use tokio::time::timeout_at;
use tracing::warn;

use crate::{
    arguments::Arguments,
    body::{ClientBody, Progress, RequestBody, ResponseBody},
    connections::OpenRequest,
    headers,
    policy::Policy,
    target::Target,
    upgrade::{self, Handshake},
    upstream::Upstream,
};

#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    policy: Policy,
    upstream: Arc<Upstream>,
    timeout: Duration,
    /// The time limit for a tunnel without data.
    idle: Option<Duration>,
}

/// The client of a request, in the request's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: IpAddr,
    pub(crate) request: OpenRequest,
}

impl Proxy {
    pub(crate) fn new(arguments: &Arguments, policy: Policy) -> Self {
        let upstream = Upstream::new(arguments.upstream.clone(), arguments.upstream_http2);
        Self {
            policy,
            upstream: Arc::new(upstream),
            timeout: arguments.timeout,
            idle: arguments.limits.idle,
        }
    }

    /// Returns the upstream's response, or an error response.
    pub(crate) async fn respond(
        self,
        request: Request<ClientBody>,
    ) -> Result<Response<ResponseBody>, Infallible> {
        Ok(self.forward(request).await.unwrap_or_else(Rejection::into_response))
    }

    async fn forward(
        &self,
        request: Request<ClientBody>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let handshake = Handshake::detect(&request)?;
        let (mut head, body) = request.into_parts();
        // Ambiguous paths never match the paths of a policy. The policy that allowed the request may
        // already be replaced.
        let is_path_dependent = self.policy.is_path_dependent();
        let target = Target::parse(&head, is_path_dependent).map_err(Rejection::BadRequest)?;
        if headers::has_unknown_coding(&head.headers) {
            return Err(Rejection::NotImplemented("chunked is the only supported transfer coding"));
        }
        let client: Option<Client> = head.extensions.remove();
        if client.as_ref().is_some_and(|client| client.request.is_above_limit()) {
            return Err(Rejection::Overloaded);
        }
        let address = client.as_ref().map(|client| client.address);
        headers::for_upstream(&mut head.headers, head.version, address);
        if let Some(handshake) = handshake {
            let open = client.map(|client| client.request);
            return upgrade::forward(self, handshake, head, target, open).await;
        }
        head.extensions.clear();
        let progress = Progress::now();
        let body = RequestBody::new(body, progress.clone());
        let sent = self.upstream.send(head, target, body);
        let mut response = self.with_timeout(&progress, sent).await?;
        adjust_response(&mut response)?;
        // The client has not requested another protocol.
        if response.status().is_informational() {
            return Err(Rejection::BadGateway);
        }
        Ok(response)
    }

    /// Waits for the head of a response. The timeout restarts with each frame of the client's body.
    pub(crate) async fn with_timeout<T, E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        progress: &Progress,
        response: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Rejection> {
        let mut response = pin!(response);
        loop {
            let begun = progress.last().at;
            match timeout_at(begun + self.timeout, response.as_mut()).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(_)) if progress.last().is_broken => {
                    return Err(Rejection::BadRequest("the request body is incomplete"));
                }
                Ok(Err(error)) => {
                    warn!("the upstream failed: {}", with_sources(&*error.into()));
                    return Err(Rejection::BadGateway);
                }
                Err(_) if progress.last().at > begun => {}
                Err(_) => return Err(Rejection::GatewayTimeout),
            }
        }
    }

    /// Returns the time limit for a tunnel without data.
    pub(crate) fn idle(&self) -> Option<Duration> {
        self.idle
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

/// An error response of the gateway. It passes through the layers, so that pages can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The request is invalid.
    BadRequest(&'static str),
    /// There are too many open requests.
    Overloaded,
    /// The gateway does not support the request.
    NotImplemented(&'static str),
    /// The upstream is unavailable, or its response is invalid.
    BadGateway,
    /// The upstream does not respond in time.
    GatewayTimeout,
}

impl Rejection {
    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        let (status, text) = match self {
            Self::BadRequest(reason) => (StatusCode::BAD_REQUEST, reason),
            Self::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "too many requests are open"),
            Self::NotImplemented(reason) => (StatusCode::NOT_IMPLEMENTED, reason),
            Self::BadGateway => (StatusCode::BAD_GATEWAY, "the upstream is unavailable"),
            Self::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, "the upstream does not respond"),
        };
        let mut response =
            Response::new(ResponseBody::Gateway(Full::from(format!("{status}: {text}\n"))));
        *response.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        if self == Self::Overloaded {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Removes headers and the version of the upstream's connection.
pub(crate) fn adjust_response<B>(response: &mut Response<B>) -> Result<(), Rejection> {
    if headers::has_unknown_coding(response.headers()) {
        return Err(Rejection::BadGateway);
    }
    headers::remove_hop_by_hop(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    Ok(())
}

/// Returns the error with its sources, which contain the details for errors of hyper-util.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use http::uri::Authority;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::{policy::Candidate, settings::Format};

    fn proxy() -> Proxy {
        let candidate = Candidate::read("[sse]", Format::Toml).unwrap();
        let upstream = Upstream::new(Authority::from_static("127.0.0.1:1"), false);
        Proxy {
            policy: Policy::new(candidate),
            upstream: Arc::new(upstream),
            timeout: Duration::from_secs(60),
            idle: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn timeout_restarts_with_each_frame_of_body() {
        let proxy = proxy();
        let progress = Progress::now();
        let begun = Instant::now();
        let upload = async {
            for _ in 0..5 {
                sleep(Duration::from_secs(50)).await;
                progress.record(false);
            }
            std::future::pending::<io::Result<()>>().await
        };
        assert_eq!(proxy.with_timeout(&progress, upload).await, Err(Rejection::GatewayTimeout));
        assert_eq!(begun.elapsed(), Duration::from_secs(5 * 50 + 60));
    }

    #[tokio::test]
    async fn missing_response_distinguishes_client_and_upstream_faults() {
        let proxy = proxy();
        for (is_broken, expected) in [
            (false, Rejection::BadGateway),
            (true, Rejection::BadRequest("the request body is incomplete")),
        ] {
            let progress = Progress::now();
            progress.record(is_broken);
            let failing = async { Err::<(), _>(io::Error::other("gone")) };
            assert_eq!(proxy.with_timeout(&progress, failing).await, Err(expected));
        }
    }
}
