//! The service behind the layers: it asks the upstream.
//!
//! Bodies and trailers are passed on both ways as they come, a frame at a time. Where a client goes away,
//! hyper drops what is under way for it, and with that the upstream is told at once: its connection is closed,
//! or its stream reset. (Where a client of HTTP/1.1 has sent its next request already, hyper does not see that
//! it is gone; browsers wait for the answer first.) Towards HTTP/1.1 hyper passes on the trailers that a
//! `Trailer` header announces, to a client only where that has said `TE: trailers`. Answers before the answer,
//! such as 103, end here.

use std::{convert::Infallible, error::Error, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, StatusCode, Version, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::timeout_at;
use tracing::warn;

use crate::{
    arguments::Arguments,
    body::{Progress, RequestBody, ResponseBody},
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
}

/// The address of whoever sent a request, in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

impl Proxy {
    pub(crate) fn new(arguments: &Arguments, policy: Policy) -> Self {
        let upstream = Upstream::new(arguments.upstream.clone(), arguments.upstream_http2);
        Self { policy, upstream: Arc::new(upstream), timeout: arguments.timeout }
    }

    /// What the upstream answers, or why it does not.
    pub(crate) async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<ResponseBody>, Infallible> {
        Ok(self.ask(request).await.unwrap_or_else(Rejection::into_response))
    }

    async fn ask(&self, request: Request<Incoming>) -> Result<Response<ResponseBody>, Rejection> {
        let handshake = Handshake::of(&request)?;
        let (mut head, body) = request.into_parts();
        // Whichever policy has let it pass: none takes such a path for one that it names.
        let goes_by_path = self.policy.goes_by_path();
        let target = Target::of(&head, goes_by_path).map_err(Rejection::BadRequest)?;
        if headers::has_unknown_coding(&head.headers) {
            return Err(Rejection::NotImplemented("no transfer coding but chunked is understood"));
        }
        let client = head.extensions.get().map(|Client(address)| *address);
        headers::for_upstream(&mut head.headers, head.version, client);
        if let Some(handshake) = handshake {
            return upgrade::pass(self, handshake, head, target).await;
        }
        head.extensions.clear();
        let progress = Progress::now();
        let body = RequestBody::new(body, progress.clone());
        let sent = self.upstream.send(head, target, body);
        let mut response = self.in_time(&progress, sent).await?;
        leave_connection(&mut response)?;
        // Nobody has asked for another protocol.
        if response.status().is_informational() {
            return Err(Rejection::BadGateway);
        }
        Ok(response)
    }

    /// The head of an answer. The clock begins again with each frame of the client's body.
    pub(crate) async fn in_time<T, E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        progress: &Progress,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Rejection> {
        let mut answer = pin!(answer);
        loop {
            let begun = progress.last().at;
            match timeout_at(begun + self.timeout, answer.as_mut()).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(_)) if progress.last().is_broken => {
                    return Err(Rejection::BadRequest("the body breaks off"));
                }
                Ok(Err(error)) => {
                    warn!("the upstream: {}", with_sources(&*error.into()));
                    return Err(Rejection::BadGateway);
                }
                Err(_) if progress.last().at > begun => {}
                Err(_) => return Err(Rejection::GatewayTimeout),
            }
        }
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

/// What the gateway answers in the upstream's place. It passes through the layers, so that pages can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It may not be sent on.
    BadRequest(&'static str),
    /// The gateway cannot do that.
    NotImplemented(&'static str),
    /// The upstream is not there, or is not understood.
    BadGateway,
    /// The upstream says nothing.
    GatewayTimeout,
}

impl Rejection {
    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        let (status, text) = match self {
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, why),
            Self::NotImplemented(why) => (StatusCode::NOT_IMPLEMENTED, why),
            Self::BadGateway => (StatusCode::BAD_GATEWAY, "the upstream cannot be asked"),
            Self::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, "the upstream does not answer"),
        };
        let mut response =
            Response::new(ResponseBody::Own(Full::from(format!("{status}: {text}\n"))));
        *response.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}

/// Takes away what is of the upstream's connection: the client's is another one.
pub(crate) fn leave_connection<B>(response: &mut Response<B>) -> Result<(), Rejection> {
    if headers::has_unknown_coding(response.headers()) {
        return Err(Rejection::BadGateway);
    }
    headers::remove_hop_by_hop(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    Ok(())
}

/// Those of the client's library say nothing by themselves.
fn with_sources(error: &dyn Error) -> String {
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
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_begins_again_with_each_frame_of_the_body() {
        let proxy = proxy();
        let progress = Progress::now();
        let begun = Instant::now();
        let upload = async {
            for _ in 0..5 {
                sleep(Duration::from_secs(50)).await;
                progress.note(false);
            }
            std::future::pending::<io::Result<()>>().await
        };
        assert_eq!(proxy.in_time(&progress, upload).await, Err(Rejection::GatewayTimeout));
        assert_eq!(begun.elapsed(), Duration::from_secs(5 * 50 + 60));
    }

    #[tokio::test]
    async fn whose_fault_it_is_that_there_is_no_answer_is_told() {
        let proxy = proxy();
        for (is_broken, expected) in
            [(false, Rejection::BadGateway), (true, Rejection::BadRequest("the body breaks off"))]
        {
            let progress = Progress::now();
            progress.note(is_broken);
            let failing = async { Err::<(), _>(io::Error::other("gone")) };
            assert_eq!(proxy.in_time(&progress, failing).await, Err(expected));
        }
    }
}
