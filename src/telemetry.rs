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

/// An event for every refusal. What anyone sends is among its fields: an origin that a browser could
/// send, and else the word `malformed`, so that no line of a log gets longer or stranger than that.
#[inline]
pub(crate) fn refused(head: &RequestHead<'_>, outcome: &'static str, step: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::cors",
        outcome,
        step,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "refused a cross-origin request",
    );
}

/// An event for every request that a guard refuses, or would refuse. The host is not among its fields: it
/// is whatever anyone sends.
#[inline]
pub(crate) fn guarded(head: &RequestHead<'_>, refusal: &'static str, outcome: &'static str) {
    event!(
        debug,
        target: "tower_cross_origin::guard",
        outcome,
        refusal,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "a guard does not let a request pass",
    );
}

/// An event for every request that a candidate would have answered otherwise.
#[inline]
pub(crate) fn differs(
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
        "a candidate answers otherwise",
    );
}

/// An event for every request whose policy is not found in time, or at all. A warning: what is wrong is
/// on the server's side.
#[inline]
pub(crate) fn unresolved(head: &RequestHead<'_>, reason: &'static str) {
    event!(
        warn,
        target: "tower_cross_origin::cors::resolve",
        reason,
        method = head.method().as_str(),
        path = head.uri().path(),
        origin = origin(head),
        "a request has no policy",
    );
}

/// An event for every callback that is answered with 400. Nothing of what was sent is in it.
#[inline]
pub(crate) fn callback_refused(reason: &'static str) {
    event!(debug, target: "tower_cross_origin::jsonp", reason, "refused a callback");
}

fn origin<'a>(head: &RequestHead<'a>) -> &'a str {
    if !head.headers().contains_key(ORIGIN) {
        return "none";
    }
    let line = single_value(head.headers(), ORIGIN);
    let origin = line.and_then(|value| Origin::parse(value.as_bytes()).ok());
    origin.map_or("malformed", |origin| origin.as_str())
}
