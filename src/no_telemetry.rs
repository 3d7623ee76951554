//! Without the feature `tracing`, refusals are told by nothing but their answers.

use crate::RequestHead;

#[inline]
pub(crate) fn refused(_: &RequestHead<'_>, _: &'static str, _: &'static str) {}

#[inline]
pub(crate) fn guarded(_: &RequestHead<'_>, _: &'static str, _: &'static str) {}

#[inline]
pub(crate) fn differs(_: &RequestHead<'_>, _: [&'static str; 4]) {}

#[inline]
pub(crate) fn unresolved(_: &RequestHead<'_>, _: &'static str) {}

#[inline]
pub(crate) fn callback_refused(_: &'static str) {}
