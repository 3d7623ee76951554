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
    request::{has_cross_origin_credentials, is_one_of, split_parameter},
};
use crate::{RequestHead, response::EarlyResponse, service::inner_service, telemetry};

/// Wraps services in [`Jsonp`], which writes their JSON into scripts on request.
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
    /// Creates a layer with this policy.
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

/// Writes JSON into scripts, for requests with a callback; created by [`JsonpLayer`].
///
/// - The inner service receives every request. The layer then decides by the response whether to wrap it.
/// - If the layer is going to wrap the response, the request has its [`Callback`] in its extensions, and no
///   `Range`. The wrapped response has [`JsonpApplied`] in its extensions.
/// - The layer returns an `Err` of the inner service unchanged. If pages should be able to read errors, turn
///   them into responses inside of this layer.
///
/// See [the module](crate::jsonp).
#[derive(Clone, Debug)]
pub struct Jsonp<S> {
    inner: S,
    policy: JsonpPolicy,
}

impl<S> Jsonp<S> {
    /// Wraps the inner service with this policy.
    pub fn new(inner: S, policy: JsonpPolicy) -> Self {
        Self { inner, policy }
    }

    inner_service!();

    /// Prepares the request for the inner service.
    fn prepare<B>(&self, request: &mut Request<B>) -> Option<CallbackRequest> {
        let head = RequestHead::from(&*request);
        let mut callback_request =
            CallbackRequest::new(&self.policy, self.policy.decide(&head), head.method())?;
        match &callback_request.decision {
            JsonpDecision::Wrapped(callback) => {
                request.extensions_mut().insert(callback.clone());
                headers::request_complete_body(request.headers_mut());
                let settings = self.policy.settings();
                if settings.hide_parameter {
                    remove_parameters(request.uri_mut(), settings.parameters());
                }
                let headers = request.headers_mut();
                if settings.credentials() == Credentials::Strip
                    && has_cross_origin_credentials(headers)
                {
                    headers.remove(AUTHORIZATION);
                    callback_request.is_stripped = headers.remove(COOKIE).is_some();
                }
            }
            JsonpDecision::Withheld(_) => headers::remove_conditions(request.headers_mut()),
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
    /// The response future of [`Jsonp`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        // `None` if the request has no callback.
        callback_request: Option<CallbackRequest>,
    }
}

/// A request with a callback, and the decision about it.
#[derive(Debug)]
struct CallbackRequest {
    decision: JsonpDecision,
    /// Whether the layer removed a cookie from the request.
    is_stripped: bool,
    policy: JsonpPolicy,
    is_head: bool,
}

impl CallbackRequest {
    /// Returns `None` if the policy does not handle the request.
    fn new(policy: &JsonpPolicy, decision: JsonpDecision, method: &Method) -> Option<Self> {
        let is_head = *method == Method::HEAD;
        let is_handled = decision != JsonpDecision::NotHandled;
        is_handled.then(|| Self { decision, is_stripped: false, policy: policy.clone(), is_head })
    }

    fn finish<B>(&self, mut response: Response<B>) -> Response<JsonpBody<B>> {
        if self.is_stripped {
            headers::remove_new_session(response.headers_mut());
        }
        let (status, headers) = (response.status(), response.headers_mut());
        match self.policy.decide_response(&self.decision, status, headers) {
            JsonpResponseDecision::Unchanged => response.map(JsonpBody::unchanged),
            JsonpResponseDecision::Plain { varies, is_private } => {
                headers::protect_json(headers, &self.policy, varies, is_private);
                response.map(JsonpBody::unchanged)
            }
            JsonpResponseDecision::Rejected(error) => self.reject(error),
            JsonpResponseDecision::Wrapped(call) => self.wrap(response, &call),
        }
    }

    fn wrap<B>(&self, mut response: Response<B>, call: &JsonpCall) -> Response<JsonpBody<B>> {
        let applied = JsonpApplied::new(call.callback().clone(), response.status());
        headers::wrap(&mut response, &self.policy, call);
        response.extensions_mut().insert(applied);
        let escapes = self.policy.settings().escapes();
        response.map(|body| {
            if self.is_head { JsonpBody::absent() } else { JsonpBody::wrapped(body, call, escapes) }
        })
    }

    /// Returns a 400, which contains nothing of the request or of the inner response.
    fn reject<B>(&self, error: CallbackError) -> Response<JsonpBody<B>> {
        telemetry::callback_rejected(error.as_str());
        let rejection = EarlyResponse {
            status: StatusCode::BAD_REQUEST,
            headers: headers::rejection_headers(),
        };
        rejection.into_response::<()>().map(|()| {
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
            None => response.map(JsonpBody::unchanged),
            Some(callback_request) => callback_request.finish(response),
        }))
    }
}

/// Marks a wrapped response, in its extensions, with the callback that it calls.
///
/// Outer layers can count or log it.
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

    /// Returns the callback that the script calls.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// Returns the status of the inner service's response, which the script may no longer have.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// Removes the parameters with these names from the query. All other bytes stay unchanged.
fn remove_parameters(uri: &mut Uri, names: &[String]) {
    let Some(query) = uri.query() else { return };
    let is_kept = |parameter: &&str| !is_one_of(split_parameter(parameter).0, names);
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let kept = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    let path_and_query = format!("{}{mark}{kept}", uri.path());
    let mut parts = uri.clone().into_parts();
    // This cannot fail: the parts are from a valid target.
    parts.path_and_query = path_and_query.parse().ok().or(parts.path_and_query);
    if let Ok(changed) = Uri::from_parts(parts) {
        *uri = changed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_is_removed_at_every_position() {
        for (uri, expected) in [
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
            let mut changed: Uri = uri.parse().unwrap();
            remove_parameters(&mut changed, &["callback".to_owned()]);
            assert_eq!(changed, expected, "{uri}");
        }
    }
}
