//! Events for `tracing`. No other file uses that crate.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, reason = "only events use the parameters")
)]
#![allow(dead_code, reason = "features disable layers, and each layer has its own events")]

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, ORIGIN},
};

use crate::{RequestHead, origin::Origin, request::fields::single_value};

#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $($field:tt)*) => { tracing::$level!($($field)*) };
}

#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($($field:tt)*) => {};
}

/// Emits an event for a request that CORS rejects.
///
/// The field `origin` is a well-formed origin, `none` or `malformed`. A client cannot write other text into a
/// log.
#[inline]
pub(crate) fn request_rejected(head: &RequestHead<'_>, outcome: &'static str, step: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::cors",
        section = "cors",
        outcome,
        step,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "cross-origin request rejected",
    );
}

/// Emits an event for a request that a guard denies.
///
/// In report-only mode, the guard allows the request anyway. The event has no field for the host, because a
/// client can write any text into `Host`.
#[inline]
pub(crate) fn request_denied(
    head: &RequestHead<'_>,
    section: &'static str,
    rejection: &'static str,
    outcome: &'static str,
) {
    event!(
        debug,
        target: "tower_cross_origin::guard",
        section,
        outcome,
        rejection,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "request denied by a guard",
    );
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
        path = head.uri().path(),
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
        path = head.uri().path(),
        origin = origin(head),
        "no policy found for a request",
    );
}

/// Emits an event for a callback that gets status 400. The event contains no text of the client.
#[inline]
pub(crate) fn callback_rejected(reason: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::jsonp",
        reason,
        "JSONP callback rejected",
    );
}

/// Emits an event for the first event stream into which a layer inserts nothing, because it has a content coding.
#[inline(never)]
pub(crate) fn nothing_inserted(headers: &HeaderMap) {
    let value = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    event!(
        warn,
        target: "tower_cross_origin::push",
        content_encoding = value.unwrap_or("malformed"),
        "keep_alive and retry have no effect on an encoded event stream",
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
