use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Method, Response, StatusCode};
use pin_project_lite::pin_project;

use super::JsonpApplied;
use crate::{
    jsonp::{CallbackError, JsonpBody, JsonpCall, JsonpDecision, JsonpOutcome, JsonpPolicy, head},
    telemetry,
};

pin_project! {
    /// The response of a [`Jsonp`](super::Jsonp) service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        // `None` where the request names no callback.
        asked: Option<Asked>,
    }
}

/// What is known of a request that names a callback.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) decision: JsonpDecision,
    /// A cookie was not shown to the service.
    pub(super) is_stripped: bool,
    policy: JsonpPolicy,
    is_head: bool,
}

impl Asked {
    /// `None` where there is nothing to do.
    pub(super) fn new(
        policy: &JsonpPolicy,
        decision: JsonpDecision,
        method: &Method,
    ) -> Option<Self> {
        let is_head = *method == Method::HEAD;
        let is_asked = decision != JsonpDecision::NotAsked;
        is_asked.then(|| Self { decision, is_stripped: false, policy: policy.clone(), is_head })
    }

    fn finished<B>(&self, mut response: Response<B>) -> Response<JsonpBody<B>> {
        if self.is_stripped {
            head::keep_session(response.headers_mut());
        }
        let (status, headers) = (response.status(), response.headers_mut());
        match self.policy.decide_response(&self.decision, status, headers) {
            JsonpOutcome::Untouched => response.map(JsonpBody::same),
            JsonpOutcome::Plain { varies, is_private } => {
                head::seal(headers, &self.policy, varies, is_private);
                response.map(JsonpBody::same)
            }
            JsonpOutcome::Refused(error) => self.refused(error),
            JsonpOutcome::Wrapped(call) => self.wrapped(response, &call),
        }
    }

    fn wrapped<B>(&self, mut response: Response<B>, call: &JsonpCall) -> Response<JsonpBody<B>> {
        let applied = JsonpApplied::new(call.callback().clone(), response.status());
        head::wrap(&mut response, &self.policy, call);
        response.extensions_mut().insert(applied);
        let escapes = self.policy.config().escapes();
        response.map(|body| {
            if self.is_head { JsonpBody::absent() } else { JsonpBody::wrapped(body, call, escapes) }
        })
    }

    /// Nothing of the request is in it, and nothing of the service's response.
    fn refused<B>(&self, error: CallbackError) -> Response<JsonpBody<B>> {
        telemetry::callback_refused(error.as_str());
        let text = format!("400 Bad Request: {error}\n");
        let body = if self.is_head { JsonpBody::absent() } else { JsonpBody::text(text) };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::BAD_REQUEST;
        head::refusal(response.headers_mut());
        response
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(future: F, asked: Option<Asked>) -> Self {
        Self { future, asked }
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
        Poll::Ready(Ok(match this.asked {
            None => response.map(JsonpBody::same),
            Some(asked) => asked.finished(response),
        }))
    }
}
