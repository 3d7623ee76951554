//! Events for `tracing`. No other file uses that crate.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, reason = "only events use the parameters")
)]
#![allow(dead_code, reason = "features disable layers, and each layer has its own events")]

#[cfg(feature = "tracing")]
mod window;

use std::slice::EscapeAscii;

#[cfg(any(feature = "cors", feature = "push"))]
use http::HeaderMap;
#[cfg(feature = "push")]
use http::header::CONTENT_ENCODING;
use http::header::ORIGIN;

#[cfg(feature = "tracing")]
use self::window::Novelty;
#[cfg(all(feature = "tracing", feature = "cors"))]
use crate::cors::unexposed;
use crate::{RequestHead, origin::Origin, request::fields::single_value};
#[cfg(feature = "tracing")]
use crate::{
    limits::{REJECTED_ORIGINS, REJECTION_WINDOW_SECONDS},
    origin::OriginSet,
    request::{RequestFacts, same_origin::is_same_origin},
};

#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $($field:tt)*) => { tracing::$level!($($field)*) };
}

#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($($field:tt)*) => {};
}

/// The reason for a rejection and a fix, for the operator of the server.
#[derive(Debug)]
pub(crate) struct RejectionText {
    pub(crate) summary: String,
    pub(crate) fix: String,
}

/// Emits an event for a request that CORS rejects.
///
/// The first event of an origin and a step has the level `info`, a summary and a fix; see [`window`].
///
/// The field `origin` is a well-formed origin, `none` or `malformed`. A client cannot write other text into a
/// log.
#[inline]
pub(crate) fn request_rejected(
    head: &RequestHead<'_>,
    outcome: &'static str,
    step: &'static str,
    text: impl FnOnce() -> RejectionText,
) {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(target: "tower_cross_origin::cors", tracing::Level::INFO) {
        log_cors(head, outcome, step, text);
    }
}

#[cfg(feature = "tracing")]
#[cold]
fn log_cors(
    head: &RequestHead<'_>,
    outcome: &'static str,
    step: &'static str,
    text: impl FnOnce() -> RejectionText,
) {
    if !is_first(head, step) {
        event!(
            debug,
            target: "tower_cross_origin::cors",
            section = "cors",
            outcome,
            step,
            method = head.method().as_str(),
            path = %path(head),
            origin = origin(head),
            "cross-origin request rejected",
        );
        return;
    }
    let RejectionText { summary, fix } = text();
    event!(
        info,
        target: "tower_cross_origin::cors",
        section = "cors",
        outcome,
        step,
        method = head.method().as_str(),
        path = %path(head),
        origin = origin(head),
        summary,
        fix,
        "cross-origin request rejected",
    );
}

/// Emits an event for a request that a guard denies.
///
/// The first event of an origin and a reason has the level `info`, a summary and a fix; see [`window`].
///
/// In report-only mode, the guard allows the request anyway. The event has no field for the host, because a
/// client can write any text into `Host`.
#[inline]
pub(crate) fn request_denied(
    head: &RequestHead<'_>,
    section: &'static str,
    rejection: &'static str,
    outcome: &'static str,
    text: impl FnOnce() -> RejectionText,
) {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(target: "tower_cross_origin::guard", tracing::Level::INFO) {
        log_guard(head, section, rejection, outcome, text);
    }
}

#[cfg(feature = "tracing")]
#[cold]
fn log_guard(
    head: &RequestHead<'_>,
    section: &'static str,
    rejection: &'static str,
    outcome: &'static str,
    text: impl FnOnce() -> RejectionText,
) {
    if !is_first(head, rejection) {
        event!(
            debug,
            target: "tower_cross_origin::guard",
            section,
            outcome,
            rejection,
            method = head.method().as_str(),
            path = %path(head),
            origin = origin(head),
            "request denied by a guard",
        );
        return;
    }
    let RejectionText { summary, fix } = text();
    event!(
        info,
        target: "tower_cross_origin::guard",
        section,
        outcome,
        rejection,
        method = head.method().as_str(),
        path = %path(head),
        origin = origin(head),
        summary,
        fix,
        "request denied by a guard",
    );
}

/// Returns whether the origin was not yet rejected at this step in the window.
///
/// A rule for other origins also "rejects" the requests of the service's own pages. They work, so they are never
/// reported at the level `info`.
#[cfg(feature = "tracing")]
fn is_first(head: &RequestHead<'_>, step: &'static str) -> bool {
    let origin = origin(head);
    let facts = RequestFacts::new(head);
    if is_same_origin(&facts, origin.as_bytes(), &OriginSet::default()) {
        return false;
    }
    match window::record(origin, step) {
        Novelty::First => true,
        Novelty::Repeated => false,
        Novelty::LimitReached => {
            event!(
                info,
                target: "tower_cross_origin::limit",
                origins = REJECTED_ORIGINS,
                seconds = REJECTION_WINDOW_SECONDS,
                "requests of more origins are rejected; their events have the level debug",
            );
            false
        }
    }
}

/// Emits an event for each header that an allowed page cannot read.
///
/// Each name has one event.
///
/// Most pages that depend on such a header fail without a message in the browser's console.
#[cfg(feature = "cors")]
#[inline]
pub(crate) fn response_allowed(headers: &HeaderMap) {
    #[cfg(feature = "tracing")]
    if tracing::enabled!(target: "tower_cross_origin::cors::response", tracing::Level::INFO) {
        log_unexposed(headers);
    }
}

#[cfg(all(feature = "tracing", feature = "cors"))]
#[cold]
fn log_unexposed(headers: &HeaderMap) {
    for name in unexposed(headers).filter(|name| window::record_header(name)) {
        event!(
            info,
            target: "tower_cross_origin::cors::response",
            header = name.as_str(),
            fix = "if a page reads the header, add the name to expose_headers",
            "response header is not exposed to pages of other origins",
        );
    }
}

/// Emits an event for a request for which the candidate policy decides differently.
#[inline]
pub(crate) fn candidate_differs(
    head: &RequestHead<'_>,
    [outcome, step, candidate_outcome, candidate_step]: [&'static str; 4],
) {
    event!(
        info,
        target: "tower_cross_origin::cors::dry_run",
        outcome,
        step,
        candidate_outcome,
        candidate_step,
        method = head.method().as_str(),
        path = %path(head),
        origin = origin(head),
        "candidate policy decides differently",
    );
}

/// Emits an event for a request whose policy is not found within the time limit.
///
/// The event is a warning, because the server causes the problem.
#[inline]
pub(crate) fn no_policy(head: &RequestHead<'_>, reason: &'static str) {
    event!(
        warn,
        target: "tower_cross_origin::cors::resolve",
        reason,
        method = head.method().as_str(),
        path = %path(head),
        origin = origin(head),
        "no policy found for a request",
    );
}

/// Emits an event for a callback that gets status 400. The event contains no text of the client.
///
/// The first event of a reason has the level `info` and a fix; see [`window`].
#[inline]
pub(crate) fn callback_rejected(reason: &'static str, fix: &str) {
    #[cfg(feature = "tracing")]
    if is_first_of_jsonp(reason) {
        event!(
            info,
            target: "tower_cross_origin::jsonp",
            reason,
            fix,
            "JSONP callback rejected",
        );
    } else {
        event!(
            debug,
            target: "tower_cross_origin::jsonp",
            reason,
            "JSONP callback rejected",
        );
    }
}

/// Emits an event for JSON that stays JSON because of credentials.
///
/// Each window has one such event.
#[inline]
pub(crate) fn credentials_not_wrapped() {
    #[cfg(feature = "tracing")]
    if is_first_of_jsonp("credentials") {
        event!(
            info,
            target: "tower_cross_origin::jsonp",
            reason = "credentials",
            fix = "if the data is public, use JsonpConfig::strip_credentials (jsonp.strip_credentials in a file)",
            "JSON not wrapped for a callback",
        );
    }
}

/// Emits an event for a body that is labelled as JSON, but is not JSON.
///
/// Each window has one such event.
#[inline]
pub(crate) fn invalid_json() {
    #[cfg(feature = "tracing")]
    if is_first_of_jsonp("invalid-json") {
        event!(
            info,
            target: "tower_cross_origin::jsonp",
            reason = "invalid-json",
            fix = "send valid JSON, or set another Content-Type",
            "JSON script ends early",
        );
    }
}

/// Returns whether the next event with this reason is the first one in the window.
///
/// Records nothing if no subscriber wants such an event.
#[cfg(feature = "tracing")]
#[inline]
fn is_first_of_jsonp(reason: &'static str) -> bool {
    tracing::enabled!(target: "tower_cross_origin::jsonp", tracing::Level::INFO)
        && window::record("jsonp", reason) == Novelty::First
}

/// Emits an event for a stream into which a layer inserts nothing.
///
/// The stream has a content coding, and is the first one of its layer.
#[cfg(feature = "push")]
#[inline(never)]
pub(crate) fn nothing_inserted(headers: &HeaderMap) {
    let value = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    event!(
        warn,
        target: "tower_cross_origin::push",
        content_encoding = value.unwrap_or("malformed"),
        "keep-alives and retry have no effect on an encoded event stream",
    );
}

fn origin<'a>(head: &RequestHead<'a>) -> &'a str {
    if !head.headers().contains_key(ORIGIN) {
        return "none";
    }
    let line = single_value(head.headers(), ORIGIN);
    let origin = line.and_then(|value| Origin::parse(value.as_bytes()).ok());
    origin.map_or("malformed", |origin| origin.as_str())
}

/// Returns the path without the query. Bytes other than printable ASCII are escaped.
fn path<'a>(head: &RequestHead<'a>) -> EscapeAscii<'a> {
    head.uri().path().as_bytes().escape_ascii()
}
