use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{
    Method, Request, Response, StatusCode, Uri,
    header::{AUTHORIZATION, COOKIE},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    body::JsonpBody,
    callback::Callback,
    config::Credentials,
    error::CallbackError,
    headers,
    policy::{JsonpCall, JsonpDecision, JsonpPolicy, JsonpResponseDecision},
    request::{is_one_of, lends_credentials, split},
};
use crate::{RequestHead, response::EarlyResponse, service::inner_service, telemetry};

/// Wraps services in [`Jsonp`], which writes their JSON into scripts for those who ask for that.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::jsonp::{CallbackPolicy, JsonpConfig, JsonpLayer, JsonpPolicy};
///
/// let callbacks = CallbackPolicy::OneOf(vec!["app.show".into()]);
/// let policy = JsonpPolicy::new(JsonpConfig::new().callbacks(callbacks))?;
/// let service = ServiceBuilder::new()
///     .layer(JsonpLayer::new(policy)) // or `JsonpLayer::default()`
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
///     });
/// # Ok::<(), tower_cross_origin::jsonp::JsonpConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct JsonpLayer {
    policy: JsonpPolicy,
}

impl JsonpLayer {
    /// A layer with that policy.
    pub fn new(policy: JsonpPolicy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for JsonpLayer {
    type Service = Jsonp<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Jsonp::new(inner, self.policy.clone())
    }
}

/// Writes the JSON of the service that it wraps into scripts, for requests that name a callback: see
/// [the module](crate::jsonp). Made by [`JsonpLayer`], or by hand.
///
/// - The service sees every request. It is its response that tells whether a script can be made of it.
/// - A request whose response is going to be wrapped has its [`Callback`] in its
///   extensions, and no `Range`; the response has [`JsonpApplied`] in its own.
/// - An `Err` of the wrapped service passes. It has no response, so that what turns it into one stands
///   inside of this layer, where pages are to read it.
#[derive(Clone, Debug)]
pub struct Jsonp<S> {
    inner: S,
    policy: JsonpPolicy,
}

impl<S> Jsonp<S> {
    /// The service in a layer with that policy.
    pub fn new(inner: S, policy: JsonpPolicy) -> Self {
        Self { inner, policy }
    }

    inner_service!();

    /// Makes the request the one that the service is to see.
    fn prepare<B>(&self, request: &mut Request<B>) -> Option<CallbackRequest> {
        let head = RequestHead::from(&*request);
        let mut callback_request =
            CallbackRequest::new(&self.policy, self.policy.decide(&head), head.method())?;
        match &callback_request.decision {
            JsonpDecision::Wrapped(callback) => {
                request.extensions_mut().insert(callback.clone());
                headers::ask_for_the_whole(request.headers_mut());
                let settings = self.policy.settings();
                if settings.hide_parameter {
                    hide(request.uri_mut(), settings.parameters());
                }
                let headers = request.headers_mut();
                if settings.credentials() == Credentials::Strip && lends_credentials(headers) {
                    headers.remove(AUTHORIZATION);
                    callback_request.is_stripped = headers.remove(COOKIE).is_some();
                }
            }
            JsonpDecision::Withheld(_) => headers::ask_anew(request.headers_mut()),
            JsonpDecision::NotHandled | JsonpDecision::Malformed(_) => {}
        }
        Some(callback_request)
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Jsonp<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<JsonpBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let callback_request = self.prepare(&mut request);
        ResponseFuture::new(self.inner.call(request), callback_request)
    }
}

pin_project! {
    /// The response of a [`Jsonp`] service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        // `None` where the request names no callback.
        callback_request: Option<CallbackRequest>,
    }
}

/// What is known of a request that names a callback.
#[derive(Debug)]
struct CallbackRequest {
    decision: JsonpDecision,
    /// A cookie was not shown to the service.
    is_stripped: bool,
    policy: JsonpPolicy,
    is_head: bool,
}

impl CallbackRequest {
    /// `None` where there is nothing to do.
    fn new(policy: &JsonpPolicy, decision: JsonpDecision, method: &Method) -> Option<Self> {
        let is_head = *method == Method::HEAD;
        let names_callback = decision != JsonpDecision::NotHandled;
        names_callback.then(|| Self {
            decision,
            is_stripped: false,
            policy: policy.clone(),
            is_head,
        })
    }

    fn finished<B>(&self, mut response: Response<B>) -> Response<JsonpBody<B>> {
        if self.is_stripped {
            headers::keep_session(response.headers_mut());
        }
        let (status, headers) = (response.status(), response.headers_mut());
        match self.policy.decide_response(&self.decision, status, headers) {
            JsonpResponseDecision::Unchanged => response.map(JsonpBody::same),
            JsonpResponseDecision::Plain { varies, is_private } => {
                headers::seal(headers, &self.policy, varies, is_private);
                response.map(JsonpBody::same)
            }
            JsonpResponseDecision::Rejected(error) => self.rejected(error),
            JsonpResponseDecision::Wrapped(call) => self.wrapped(response, &call),
        }
    }

    fn wrapped<B>(&self, mut response: Response<B>, call: &JsonpCall) -> Response<JsonpBody<B>> {
        let applied = JsonpApplied::new(call.callback().clone(), response.status());
        headers::wrap(&mut response, &self.policy, call);
        response.extensions_mut().insert(applied);
        let escapes = self.policy.settings().escapes();
        response.map(|body| {
            if self.is_head { JsonpBody::absent() } else { JsonpBody::wrapped(body, call, escapes) }
        })
    }

    /// Nothing of the request is in it, and nothing of the service's response.
    fn rejected<B>(&self, error: CallbackError) -> Response<JsonpBody<B>> {
        telemetry::callback_rejected(error.as_str());
        let refusal =
            EarlyResponse { status: StatusCode::BAD_REQUEST, headers: headers::refusal() };
        refusal.into_response::<()>().map(|()| {
            let text = format!("400 Bad Request: {error}\n");
            if self.is_head { JsonpBody::absent() } else { JsonpBody::text(text) }
        })
    }
}

impl<F> ResponseFuture<F> {
    fn new(future: F, callback_request: Option<CallbackRequest>) -> Self {
        Self { future, callback_request }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<JsonpBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx))?;
        Poll::Ready(Ok(match this.callback_request {
            None => response.map(JsonpBody::same),
            Some(callback_request) => callback_request.finished(response),
        }))
    }
}

/// In the extensions of a response that was written into a script: the callback that it calls. For
/// layers outside that count or log.
///
/// ```
/// use http::Response;
/// use tower_cross_origin::jsonp::JsonpApplied;
///
/// fn callback<B>(response: &Response<B>) -> Option<&str> {
///     Some(response.extensions().get::<JsonpApplied>()?.callback().as_str())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonpApplied {
    callback: Callback,
    status: StatusCode,
}

impl JsonpApplied {
    fn new(callback: Callback, status: StatusCode) -> Self {
        Self { callback, status }
    }

    /// The callback that the response calls.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// The status of the service's response, which the script may no longer have.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// Takes the parameters of these names out of the target's query, and leaves every other byte of it.
fn hide(uri: &mut Uri, names: &[String]) {
    let Some(query) = uri.query() else { return };
    let is_kept = |parameter: &&str| !is_one_of(split(parameter).0, names);
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let kept = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    let path_and_query = format!("{}{mark}{kept}", uri.path());
    let mut parts = uri.clone().into_parts();
    // Parts of a target are one: this cannot fail.
    parts.path_and_query = path_and_query.parse().ok().or(parts.path_and_query);
    if let Ok(hidden) = Uri::from_parts(parts) {
        *uri = hidden;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_hidden_wherever_it_stands() {
        for (uri, hidden) in [
            ("/", "/"),
            ("/?a=1", "/?a=1"),
            ("/?callback[a]=1", "/?callback[a]=1"),
            ("/?callback=a", "/"),
            ("/?callback", "/"),
            ("/p?x=1&callback=a&y=%20&callback=b", "/p?x=1&y=%20"),
            ("/?c%61llback=a&x", "/?x"),
            ("http://a.example/p?callback=a", "http://a.example/p"),
            ("http://a.example?callback=a", "http://a.example/"),
        ] {
            let mut left: Uri = uri.parse().unwrap();
            hide(&mut left, &["callback".to_owned()]);
            assert_eq!(left, hidden, "{uri}");
        }
    }
}
