use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    body::CrossOriginBody,
    decision::{CrossOriginDecision, PlainTextRejection, RejectionResponse},
    policy::{CrossOriginPolicy, CrossOriginSource},
    timed::LongPollWindow,
};
use crate::{
    RequestHead, cors,
    service::{inner_service, replace_with_unready_clone},
    telemetry,
};

/// Wraps services in [`CrossOrigin`].
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{
///     cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
///     embedding::EmbeddingConfig,
/// };
///
/// let config = CrossOriginConfig::new().embedding(EmbeddingConfig::private_api());
/// let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?);
/// let service = ServiceBuilder::new().layer(layer).service_fn(
///     async |_: Request<String>| Ok::<_, Infallible>(Response::new("items".to_owned())),
/// );
/// let response = service.oneshot(Request::new(String::new())).await?;
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct CrossOriginLayer<P = CrossOriginPolicy, R = PlainTextRejection> {
    source: P,
    rejection: R,
    decision_in_extensions: bool,
}

impl<P: CrossOriginSource> CrossOriginLayer<P> {
    /// Creates a layer with a source of policies, usually a [`CrossOriginPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, rejection: PlainTextRejection::new(), decision_in_extensions: false }
    }
}

impl<P, R> CrossOriginLayer<P, R> {
    /// Replaces the response to requests that the layer rejects. By default it is a 403 with one line of text.
    ///
    /// The closure receives the decision and returns the complete response, including its status. The body has
    /// the type of the wrapped service's body; in axum, return `axum::response::Response`. The layer adds the
    /// [`Rejection`](crate::guard::Rejection) of a guard to the extensions, the headers that the configuration
    /// requires, and `Cache-Control: no-store` unless the response has `Cache-Control`.
    ///
    /// The closure is not called for preflights whose response names the failing step.
    ///
    /// ```
    /// use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
    /// use http_body_util::BodyExt;
    /// use tower::{ServiceBuilder, ServiceExt};
    /// use tower_cross_origin::cross_origin::{
    ///     CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, CsrfConfig, GuardConfig, Section,
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = CrossOriginConfig::new().guard(GuardConfig::new().csrf(CsrfConfig::new()));
    /// let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?).reject_with(|decision| {
    ///     let section = decision.rejected_by().map_or("none", Section::as_str);
    ///     let mut response = Response::new(format!(r#"{{"error": "{section}"}}"#));
    ///     *response.status_mut() = StatusCode::FORBIDDEN;
    ///     response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    ///     response
    /// });
    /// let service = ServiceBuilder::new().layer(layer).service_fn(
    ///     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(String::new())),
    /// );
    ///
    /// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(())?;
    /// let response = service.oneshot(form).await?;
    /// assert_eq!(response.status(), StatusCode::FORBIDDEN);
    /// let body = response.into_body().collect().await?.to_bytes();
    /// assert_eq!(body, r#"{"error": "guard.csrf"}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reject_with<F, B>(self, make_response: F) -> CrossOriginLayer<P, F>
    where
        F: Fn(&CrossOriginDecision) -> Response<B>,
    {
        let Self { source, decision_in_extensions, .. } = self;
        CrossOriginLayer { source, rejection: make_response, decision_in_extensions }
    }

    /// Inserts the [`CrossOriginDecision`] into the extensions of every response.
    ///
    /// Outer layers can use it for metrics and logs.
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }
}

impl<S, P: CrossOriginSource + Clone, R: Clone> Layer<S> for CrossOriginLayer<P, R> {
    type Service = CrossOrigin<S, P, R>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossOrigin {
            inner,
            source: self.source.clone(),
            rejection: self.rejection.clone(),
            decision_in_extensions: self.decision_in_extensions,
        }
    }
}

/// Applies the active policy to each request and its response.
///
/// Created by [`CrossOriginLayer`]. The inner service must be `Clone`, as for [`Cors`](crate::cors::Cors).
#[derive(Clone, Debug)]
pub struct CrossOrigin<S, P = CrossOriginPolicy, R = PlainTextRejection> {
    inner: S,
    source: P,
    rejection: R,
    decision_in_extensions: bool,
}

impl<S, P, R> CrossOrigin<S, P, R> {
    inner_service!();
}

impl<S, P, R, ReqBody, ResBody> Service<Request<ReqBody>> for CrossOrigin<S, P, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    P: CrossOriginSource,
    R: RejectionResponse<ResBody> + Clone,
    ResBody: Default,
{
    type Response = Response<CrossOriginBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let head = RequestHead::from(&request);
        let mut decision = self.source.with(|policy| policy.decide(&head));
        decision.log(
            &head,
            || self.source.with(|policy| policy.explain(head)),
            || self.source.with(|policy| Some(policy.cors()?.explain(head))),
        );
        let (rejection, decision_in_extensions) =
            (self.rejection.clone(), self.decision_in_extensions);
        if decision.is_early() {
            replace_with_unready_clone(&mut self.inner);
            let window = LongPollWindow::default();
            return ResponseFuture {
                future: None,
                window,
                decision,
                rejection,
                decision_in_extensions,
            };
        }
        decision.prepare(&mut request);
        let window = decision.start_window();
        let future = Some(self.inner.call(request));
        ResponseFuture { future, window, decision, rejection, decision_in_extensions }
    }
}

pin_project! {
    /// The response of a [`CrossOrigin`] service.
    #[derive(Debug)]
    pub struct ResponseFuture<F, R = PlainTextRejection> {
        // The future of the inner service; `None` if the layer itself responds, and after the window of a long poll.
        #[pin]
        future: Option<F>,
        window: LongPollWindow,
        decision: CrossOriginDecision,
        rejection: R,
        decision_in_extensions: bool,
    }
}

impl<F, R, B, E> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<Response<B>, E>>,
    R: RejectionResponse<B>,
    B: Default,
{
    type Output = Result<Response<CrossOriginBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let decision = &*this.decision;
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            let Some(mut response) = decision.early_response(this.rejection) else {
                // The future was polled after its completion.
                return Poll::Pending;
            };
            if *this.decision_in_extensions {
                insert_into_extensions(decision, &mut response);
            }
            return Poll::Ready(Ok(response));
        };
        // The response is moved once, into its final type, and then changed in place. A move copies about 150 bytes.
        let mut poll = future.poll(cx).map_ok(with_body);
        if poll.is_pending() {
            let Some(response) = decision.poll_timeout(this.window, cx) else {
                return Poll::Pending;
            };
            // Drop the resources of the service, such as a permit, before the client has the response.
            this.future.set(None);
            poll = Poll::Ready(Ok(with_body(response)));
        }
        if let Poll::Ready(Ok(response)) = &mut poll {
            if let Some(change) = decision.apply_to(response) {
                response.body_mut().apply(*change);
            }
            let is_allowed = |cors: &cors::Decision| cors.outcome() == cors::Outcome::Allowed;
            if decision.cors().is_some_and(is_allowed) {
                telemetry::response_allowed(response.headers());
            }
            if *this.decision_in_extensions {
                insert_into_extensions(decision, response);
            }
        }
        poll
    }
}

#[inline]
fn with_body<B>(response: Response<B>) -> Response<CrossOriginBody<B>> {
    response.map(CrossOriginBody::inner)
}

/// Inserts the decision into the extensions. Not inlined, since few layers need it.
#[inline(never)]
fn insert_into_extensions<B>(decision: &CrossOriginDecision, response: &mut Response<B>) {
    response.extensions_mut().insert(decision.clone());
}
