//! The only file that names `tracing`.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, reason = "without it there are no events")
)]
#![allow(dead_code, reason = "each layer has its own events, and features leave layers out")]

use http::header::ORIGIN;

use crate::{RequestHead, origin::Origin, request::fields::single_value};

#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $($field:tt)*) => { tracing::$level!($($field)*) };
}

#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($($field:tt)*) => {};
}

/// Emits an event for a request that CORS rejects. The field `origin` has a well-formed origin or the word
/// `malformed`, so that a client cannot write anything else into a log.
#[inline]
pub(crate) fn request_rejected(head: &RequestHead<'_>, outcome: &'static str, step: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::cors",
        outcome,
        step,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "cross-origin request rejected",
    );
}

/// Emits an event for a request that a guard denies, or would deny. The host is not a field, since a client
/// can write anything into it.
#[inline]
pub(crate) fn request_denied(
    head: &RequestHead<'_>,
    rejection: &'static str,
    outcome: &'static str,
) {
    event!(
        debug,
        target: "tower_cross_origin::guard",
        outcome,
        rejection,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "request denied by a guard",
    );
}

/// Emits an event for a request about which a candidate policy decides differently.
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

/// Emits an event for a request whose policy is not found, or not in time. It is a warning, since the cause is
/// on the server's side.
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

/// Emits an event for a callback that gets status 400. The event has nothing that the client sent.
#[inline]
pub(crate) fn callback_rejected(reason: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::jsonp",
        reason,
        "JSONP callback rejected",
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
