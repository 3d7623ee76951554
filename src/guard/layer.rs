use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::check::{Check, Rejection, ReportedRejection, Verdict};
use crate::{
    RequestHead,
    response::{EarlyResponse, VaryNames, is_upgrade_response},
    service::{inner_service, replace_with_unready_clone},
    telemetry,
};

/// Wraps services in [`Guard`], which passes on what a [`Check`] lets pass.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::guard::{Check, Csrf, GuardLayer, Rejection, WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::convert::Infallible> {
/// let service = ServiceBuilder::new()
///     .layer(GuardLayer::new(WebSocket::new().and(Csrf::new())))
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
///
/// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// let answer = service.oneshot(form).await?;
/// assert_eq!(answer.status(), StatusCode::FORBIDDEN);
/// assert_eq!(answer.extensions().get(), Some(&Rejection::CsrfSite));
/// # Ok(())
/// # }
/// ```
#[must_use = "a layer does nothing before it wraps a service"]
pub struct GuardLayer<C> {
    prepared: Arc<PreparedCheck<C>>,
}

/// A check, and what its responses vary on.
#[derive(Debug)]
struct PreparedCheck<C> {
    check: C,
    vary: VaryNames,
}

impl<C: Check> GuardLayer<C> {
    /// A layer that asks this check.
    pub fn new(check: C) -> Self {
        let vary = VaryNames::new(&check.varies_on());
        Self { prepared: Arc::new(PreparedCheck { check, vary }) }
    }
}

impl<C> Clone for GuardLayer<C> {
    fn clone(&self) -> Self {
        Self { prepared: self.prepared.clone() }
    }
}

impl<C: fmt::Debug> fmt::Debug for GuardLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer").field("check", &self.prepared.check).finish_non_exhaustive()
    }
}

impl<S, C> Layer<S> for GuardLayer<C> {
    type Service = Guard<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Guard::new(inner, self.prepared.clone())
    }
}

/// Passes on what its check lets pass, and answers the rest with 403. Made by
/// [`GuardLayer`].
///
/// - What passes is passed on as it came, with its extensions.
/// - A refusal has no body and no header but `Vary` on `GET` and `HEAD`; the
///   [`Rejection`] is in the response's extensions. The wrapped service is not called,
///   and what its `poll_ready` reserved is given back.
/// - Of a check that only reports, [`ReportedRejection`] is in the extensions of the service's response.
pub struct Guard<S, C> {
    inner: S,
    prepared: Arc<PreparedCheck<C>>,
}

impl<S, C> Guard<S, C> {
    fn new(inner: S, prepared: Arc<PreparedCheck<C>>) -> Self {
        Self { inner, prepared }
    }

    inner_service!();
}

impl<S, C, ReqBody, ResBody> Service<Request<ReqBody>> for Guard<S, C>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    C: Check,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let vary = if reads { self.prepared.vary.clone() } else { VaryNames::None };
        let reported = match self.prepared.check.check(&head) {
            Verdict::Allow => None,
            Verdict::Report(refusal) => {
                telemetry::request_denied(&head, refusal.as_str(), "reported");
                Some(ReportedRejection::new(refusal))
            }
            Verdict::Deny(refusal) => {
                telemetry::request_denied(&head, refusal.as_str(), "denied");
                replace_with_unready_clone(&mut self.inner);
                return ResponseFuture::refused(refusal, vary);
            }
        };
        let is_connect = *request.method() == Method::CONNECT;
        ResponseFuture::passed(self.inner.call(request), vary, reported, is_connect)
    }
}

impl<S: Clone, C> Clone for Guard<S, C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), prepared: self.prepared.clone() }
    }
}

impl<S: fmt::Debug, C: fmt::Debug> fmt::Debug for Guard<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("inner", &self.inner)
            .field("check", &self.prepared.check)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The response of a [`Guard`] service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
        vary: VaryNames,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Passed {
            #[pin]
            future: F,
            reported: Option<ReportedRejection>,
            is_connect: bool,
        },
        Refused {
            refusal: Rejection,
        },
    }
}

impl<F> ResponseFuture<F> {
    fn passed(
        future: F,
        vary: VaryNames,
        reported: Option<ReportedRejection>,
        is_connect: bool,
    ) -> Self {
        Self { state: State::Passed { future, reported, is_connect }, vary }
    }

    fn refused(refusal: Rejection, vary: VaryNames) -> Self {
        Self { state: State::Refused { refusal }, vary }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state.project() {
            StateProjection::Passed { future, reported, is_connect } => {
                // Finished where it lies: a response is some 150 bytes to move.
                let mut poll = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut poll {
                    if !is_upgrade_response(*is_connect, response.status()) {
                        this.vary.apply(response.headers_mut());
                    }
                    if let Some(reported) = reported {
                        response.extensions_mut().insert(*reported);
                    }
                }
                poll
            }
            StateProjection::Refused { refusal } => {
                let mut headers = HeaderMap::new();
                this.vary.apply(&mut headers);
                let answer = EarlyResponse { status: StatusCode::FORBIDDEN, headers };
                let mut response = answer.into_response::<B>();
                response.extensions_mut().insert(*refusal);
                Poll::Ready(Ok(response))
            }
        }
    }
}
