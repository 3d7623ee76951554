use http::HeaderName;

use super::{And, Refusal, ReportOnly};
use crate::RequestHead;

/// Says of a request whether it may reach the service.
///
/// Pure: it looks at the head alone, and neither waits nor panics.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, Refusal, Verdict, WebSocket}};
///
/// /// The service's own programs alone.
/// struct KnownAgent;
///
/// impl Check for KnownAgent {
///     fn check(&self, head: &RequestHead<'_>) -> Verdict {
///         match head.headers().get("user-agent") {
///             Some(agent) if agent.as_bytes().starts_with(b"shop/") => Verdict::Passed,
///             _ => Verdict::Refused(Refusal::Other("unknown-agent")),
///         }
///     }
/// }
///
/// let check = WebSocket::new().and(Csrf::new()).and(KnownAgent.report_only());
/// let request = Request::post("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// assert_eq!(check.check(&RequestHead::from(&request)), Verdict::Refused(Refusal::CsrfSite));
/// ```
pub trait Check {
    /// The verdict on this request.
    fn check(&self, head: &RequestHead<'_>) -> Verdict;

    /// The request headers that decide about a `GET` or `HEAD`; they are added to the `Vary` of its
    /// response, without which a cache would hand what one page got to another. What is part of the
    /// request's target, such as `Host`, needs no mention, and neither does what only decides about
    /// requests that no cache answers.
    fn varies_on(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    /// Both: this one is asked first, and the other where this one does not refuse.
    fn and<C: Check>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And::new(self, other)
    }

    /// Refuses nothing, and tells what it would have refused: to try a check on a service that runs.
    fn report_only(self) -> ReportOnly<Self>
    where
        Self: Sized,
    {
        ReportOnly::new(self)
    }
}

/// What a [`Check`] says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may.
    Passed,
    /// It may, and would not if the check were not [`report_only`](Check::report_only).
    Reported(Refusal),
    /// It may not.
    Refused(Refusal),
}
