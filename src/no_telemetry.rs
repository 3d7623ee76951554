//! Without the feature `tracing`, refusals are told by nothing but their answers.

use crate::{
    RequestHead,
    cors::{Outcome, Step},
};

#[inline]
pub(crate) fn refused(_: &RequestHead<'_>, _: Outcome, _: Step) {}
