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
    config::{Credentials, Escapes},
    error::CallbackError,
    headers,
    policy::{JsonpCall, JsonpDecision, JsonpPolicy, JsonpResponseDecision, WithheldReason},
    request::{has_cross_origin_credentials, is_one_of, split_parameter},
};
use crate::{RequestHead, response::is_upgrade_response, service::inner_service, telemetry};

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
        let decision = self.policy.decide(&RequestHead::from(&request));
        let is_stripped = self.policy.prepare(&decision, &mut request);
        let is_head = *request.method() == Method::HEAD;
        let callback_request = (decision != JsonpDecision::NotHandled).then(|| CallbackRequest {
            decision,
            policy: self.policy.clone(),
            is_stripped,
            is_head,
        });
        ResponseFuture { future: self.inner.call(request), callback_request }
    }
}

pin_project! {
    /// The response future of [`Jsonp`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        // `None` if the request names no callback.
        callback_request: Option<CallbackRequest>,
    }
}

/// A request with a callback, and the decision about it.
#[derive(Debug)]
struct CallbackRequest {
    decision: JsonpDecision,
    policy: JsonpPolicy,
    is_stripped: bool,
    is_head: bool,
}

impl JsonpPolicy {
    /// Changes the request as the decision needs. Returns whether a cookie was removed.
    pub(crate) fn prepare<B>(&self, decision: &JsonpDecision, request: &mut Request<B>) -> bool {
        match decision {
            JsonpDecision::NotHandled | JsonpDecision::Malformed(_) => {}
            JsonpDecision::Wrapped(callback) => {
                request.extensions_mut().insert(callback.clone());
                headers::request_complete_body(request.headers_mut());
                let settings = self.settings();
                if settings.hide_parameter {
                    remove_parameters(request.uri_mut(), settings.parameters());
                }
                let headers = request.headers_mut();
                if settings.credentials() == Credentials::Strip
                    && has_cross_origin_credentials(headers)
                {
                    headers.remove(AUTHORIZATION);
                    return headers.remove(COOKIE).is_some();
                }
            }
            JsonpDecision::Withheld(_) => headers::remove_conditions(request.headers_mut()),
        }
        false
    }

    /// Changes the head of the response, and returns the change of its body.
    ///
    /// `is_stripped` is the result of [`prepare`](Self::prepare).
    pub(crate) fn apply<B>(
        &self,
        decision: &JsonpDecision,
        is_stripped: bool,
        is_head: bool,
        response: &mut Response<B>,
    ) -> JsonpBodyChange {
        if is_stripped {
            headers::remove_new_session(response.headers_mut());
        }
        let (status, headers) = (response.status(), response.headers_mut());
        // The service receives some of these requests without credentials, so every response depends on them.
        let is_for_valid_callback =
            matches!(decision, JsonpDecision::Wrapped(_) | JsonpDecision::Withheld(_));
        if is_for_valid_callback
            && self.settings().credentials() == Credentials::Strip
            && !is_upgrade_response(false, status)
        {
            self.vary().apply(headers);
        }
        match self.decide_response(decision, status, headers) {
            JsonpResponseDecision::Unchanged => JsonpBodyChange::Unchanged,
            JsonpResponseDecision::Plain { varies, is_private } => {
                if *decision == JsonpDecision::Withheld(WithheldReason::Credentials) {
                    telemetry::credentials_not_wrapped();
                }
                headers::protect_json(headers, self, varies, is_private);
                JsonpBodyChange::Unchanged
            }
            JsonpResponseDecision::Rejected(error) => reject(response, error, is_head),
            JsonpResponseDecision::Wrapped(call) => self.wrap(response, call, is_head),
            JsonpResponseDecision::NotModified => {
                headers::complete_not_modified(response, self);
                JsonpBodyChange::Unchanged
            }
        }
    }

    fn wrap<B>(
        &self,
        response: &mut Response<B>,
        call: JsonpCall,
        is_head: bool,
    ) -> JsonpBodyChange {
        let applied = JsonpApplied::new(call.callback().clone(), response.status());
        headers::wrap(response, self, &call);
        response.extensions_mut().insert(applied);
        if is_head {
            JsonpBodyChange::Absent
        } else {
            JsonpBodyChange::Wrapped(call, self.settings().escapes())
        }
    }
}

/// Replaces the response. Neither the request nor the service's response has a part in it.
fn reject<B>(response: &mut Response<B>, error: CallbackError, is_head: bool) -> JsonpBodyChange {
    telemetry::callback_rejected(error.as_str(), error.message().fix());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    *response.headers_mut() = headers::rejection_headers();
    response.extensions_mut().clear();
    if is_head {
        JsonpBodyChange::Absent
    } else {
        JsonpBodyChange::Text(format!("400 Bad Request: {error}\n"))
    }
}

/// The change of a response's body.
#[derive(Debug)]
pub(crate) enum JsonpBodyChange {
    Unchanged,
    Wrapped(JsonpCall, Escapes),
    Absent,
    Text(String),
}

impl JsonpBodyChange {
    pub(crate) fn into_body<B>(self, inner: B) -> JsonpBody<B> {
        match self {
            Self::Unchanged => JsonpBody::unchanged(inner),
            Self::Wrapped(call, escapes) => JsonpBody::wrapped(inner, &call, escapes),
            Self::Absent => JsonpBody::absent(),
            Self::Text(text) => JsonpBody::text(text),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<JsonpBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx))?;
        let change = match this.callback_request {
            None => JsonpBodyChange::Unchanged,
            Some(CallbackRequest { decision, policy, is_stripped, is_head }) => {
                policy.apply(decision, *is_stripped, *is_head, &mut response)
            }
        };
        Poll::Ready(Ok(response.map(|body| change.into_body(body))))
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
