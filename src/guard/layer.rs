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

use super::{
    check::{Check, Verdict},
    error::{GuardConfigError, check_faults},
    rejection::{Rejection, ReportedRejection},
};
use crate::{
    RequestHead,
    response::{EarlyResponse, VaryNames, forbid_storing, is_upgrade_response},
    service::{inner_service, replace_with_unready_clone},
    telemetry::{self, RejectionText},
};

/// Wraps services in [`Guard`], which rejects the requests that a [`Check`] denies.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::guard::{Check, Csrf, GuardLayer, Rejection, WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(GuardLayer::new(WebSocket::new().and(Csrf::new()))?)
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
///
/// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(())?;
/// let response = service.oneshot(form).await?;
/// assert_eq!(response.status(), StatusCode::FORBIDDEN);
/// assert_eq!(response.extensions().get(), Some(&Rejection::CsrfSite));
/// # Ok(())
/// # }
/// ```
#[must_use = "a layer does nothing before it wraps a service"]
pub struct GuardLayer<C, R = EmptyForbidden> {
    prepared: Arc<PreparedCheck<C>>,
    rejection_response: R,
}

/// A check, and the `Vary` names of its responses.
#[derive(Debug)]
struct PreparedCheck<C> {
    check: C,
    vary: VaryNames,
}

impl<C: Check> GuardLayer<C> {
    /// Creates a layer that rejects the requests that this check denies.
    ///
    /// # Errors
    ///
    /// Returns a [`GuardConfigError`] with every fault of the check.
    pub fn new(check: C) -> Result<Self, GuardConfigError> {
        check_faults(check.faults())?;
        Ok(Self::from_valid(check))
    }

    /// Creates a layer for a check without faults.
    pub(super) fn from_valid(check: C) -> Self {
        let vary = VaryNames::new(&check.varies_on());
        let prepared = Arc::new(PreparedCheck { check, vary });
        Self { prepared, rejection_response: EmptyForbidden::new() }
    }
}

impl<C, R> GuardLayer<C, R> {
    #[cfg(feature = "cors")]
    pub(super) fn check(&self) -> &C {
        &self.prepared.check
    }

    /// Replaces the response to denied requests, which is an empty 403 by default.
    ///
    /// The closure receives the reason and the request head, and returns the complete response, including the
    /// status. The body type is the body type of the inner service: in axum, return
    /// `axum::response::Response`. The layer inserts the [`Rejection`] into the response extensions. It also
    /// adds `Cache-Control: no-store` unless the response has `Cache-Control`, and the `Vary` of the check if the
    /// request is a `GET` or `HEAD`.
    ///
    /// ```
    /// use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
    /// use tower::{ServiceBuilder, ServiceExt};
    /// use tower_cross_origin::guard::{Csrf, GuardLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let guard = GuardLayer::new(Csrf::new())?.reject_with(|rejection, head| {
    ///     let path = head.uri().path();
    ///     let mut response =
    ///         Response::new(format!(r#"{{"error": "{}", "path": "{path}"}}"#, rejection.as_str()));
    ///     *response.status_mut() = StatusCode::FORBIDDEN;
    ///     response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    ///     response
    /// });
    /// let service = ServiceBuilder::new().layer(guard).service_fn(
    ///     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(String::new())),
    /// );
    ///
    /// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(())?;
    /// let response = service.oneshot(form).await?;
    /// assert_eq!(response.status(), StatusCode::FORBIDDEN);
    /// assert_eq!(response.body(), r#"{"error": "csrf-site", "path": "/transfer"}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reject_with<F, B>(self, make_response: F) -> GuardLayer<C, F>
    where
        F: Fn(Rejection, &RequestHead<'_>) -> Response<B>,
    {
        GuardLayer { prepared: self.prepared, rejection_response: make_response }
    }
}

impl<C, R: Clone> Clone for GuardLayer<C, R> {
    fn clone(&self) -> Self {
        Self {
            prepared: self.prepared.clone(),
            rejection_response: self.rejection_response.clone(),
        }
    }
}

impl<C: fmt::Debug, R> fmt::Debug for GuardLayer<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer").field("check", &self.prepared.check).finish_non_exhaustive()
    }
}

impl<S, C, R: Clone> Layer<S> for GuardLayer<C, R> {
    type Service = Guard<S, C, R>;

    fn layer(&self, inner: S) -> Self::Service {
        Guard::new(inner, self.prepared.clone(), self.rejection_response.clone())
    }
}

/// Makes the response to a request that a [`Check`] denies.
///
/// [`EmptyForbidden`] implements this trait, and so does every closure for [`GuardLayer::reject_with`].
pub trait RejectionResponse<B> {
    /// Returns the complete response to this request, including the status.
    fn rejection_response(&self, rejection: Rejection, head: &RequestHead<'_>) -> Response<B>;
}

impl<F, B> RejectionResponse<B> for F
where
    F: Fn(Rejection, &RequestHead<'_>) -> Response<B>,
{
    fn rejection_response(&self, rejection: Rejection, head: &RequestHead<'_>) -> Response<B> {
        self(rejection, head)
    }
}

/// The default [`RejectionResponse`]: status 403 and an empty body.
#[derive(Clone, Copy, Debug)]
pub struct EmptyForbidden(());

impl EmptyForbidden {
    fn new() -> Self {
        Self(())
    }
}

impl<B: Default> RejectionResponse<B> for EmptyForbidden {
    fn rejection_response(&self, _: Rejection, _: &RequestHead<'_>) -> Response<B> {
        let headers = HeaderMap::new();
        EarlyResponse { status: StatusCode::FORBIDDEN, headers }.into_response()
    }
}

/// Rejects the requests that its check denies; created by [`GuardLayer`].
///
/// - An allowed request reaches the inner service unchanged, with its extensions.
/// - A denied request does not reach the inner service. The response is an empty 403, or the response that
///   [`GuardLayer::reject_with`] makes. It has the [`Rejection`] in its extensions, `Cache-Control: no-store`, and
///   `Vary` on `GET` and `HEAD`. The guard releases the capacity that `poll_ready` of the inner service reserved.
/// - If a [report-only](Check::report_only) check would deny a request, the inner service still responds. The
///   response has a [`ReportedRejection`] in its extensions.
pub struct Guard<S, C, R = EmptyForbidden> {
    inner: S,
    prepared: Arc<PreparedCheck<C>>,
    rejection_response: R,
}

impl<S, C, R> Guard<S, C, R> {
    fn new(inner: S, prepared: Arc<PreparedCheck<C>>, rejection_response: R) -> Self {
        Self { inner, prepared, rejection_response }
    }

    inner_service!();
}

impl<S, C, R, ReqBody, ResBody> Service<Request<ReqBody>> for Guard<S, C, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    C: Check,
    R: RejectionResponse<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let vary = if reads { self.prepared.vary.clone() } else { VaryNames::None };
        let reported = match self.prepared.check.check(&head) {
            Verdict::Allow => None,
            Verdict::Report(rejection) => {
                log_rejection(rejection, &head, "reported");
                Some(ReportedRejection::new(rejection))
            }
            Verdict::Deny(rejection) => {
                log_rejection(rejection, &head, "denied");
                replace_with_unready_clone(&mut self.inner);
                let mut response = self.rejection_response.rejection_response(rejection, &head);
                vary.apply(response.headers_mut());
                forbid_storing(response.headers_mut());
                response.extensions_mut().insert(rejection);
                return ResponseFuture::rejected(response);
            }
        };
        let is_connect = *request.method() == Method::CONNECT;
        ResponseFuture::allowed(self.inner.call(request), vary, reported, is_connect)
    }
}

fn log_rejection(rejection: Rejection, head: &RequestHead<'_>, outcome: &'static str) {
    telemetry::request_denied(head, rejection.section(), rejection.as_str(), outcome, || {
        RejectionText { summary: rejection.to_string(), fix: rejection.help().to_owned() }
    });
}

impl<S: Clone, C, R: Clone> Clone for Guard<S, C, R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            prepared: self.prepared.clone(),
            rejection_response: self.rejection_response.clone(),
        }
    }
}

impl<S: fmt::Debug, C: fmt::Debug, R> fmt::Debug for Guard<S, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("inner", &self.inner)
            .field("check", &self.prepared.check)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// The response future of [`Guard`].
    #[derive(Debug)]
    pub struct ResponseFuture<F, B> {
        #[pin]
        state: State<F, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F, B> {
        Allowed {
            #[pin]
            future: F,
            vary: VaryNames,
            reported: Option<ReportedRejection>,
            is_connect: bool,
        },
        Rejected {
            // Boxed, so that rejections do not enlarge the future of allowed requests.
            response: Option<Box<Response<B>>>,
        },
    }
}

impl<F, B> ResponseFuture<F, B> {
    fn allowed(
        future: F,
        vary: VaryNames,
        reported: Option<ReportedRejection>,
        is_connect: bool,
    ) -> Self {
        Self { state: State::Allowed { future, vary, reported, is_connect } }
    }

    fn rejected(response: Response<B>) -> Self {
        Self { state: State::Rejected { response: Some(Box::new(response)) } }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Allowed { future, vary, reported, is_connect } => {
                // The response is changed in place: a move would copy about 150 bytes.
                let mut poll = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut poll {
                    if !is_upgrade_response(*is_connect, response.status()) {
                        vary.apply(response.headers_mut());
                    }
                    if let Some(reported) = reported {
                        response.extensions_mut().insert(*reported);
                    }
                }
                poll
            }
            StateProjection::Rejected { response } => {
                // A completed future is not polled again.
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)))
            }
        }
    }
}
