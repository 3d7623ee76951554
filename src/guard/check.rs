//! Checks, their verdicts, and how checks are combined.

use std::sync::Arc;

use http::HeaderName;

use super::{error::Fault, rejection::Rejection};
use crate::{RequestHead, request::RequestFacts};

/// Decides whether a request may reach the service.
///
/// A check is pure: it reads only the head of the request. It must not block or panic.
///
/// Closures implement `Check`. So do `Option<C>`, `Arc<C>` and `Box<dyn Check + Send + Sync>` of a check:
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Csrf, HostCheck, Rejection, Verdict}};
///
/// // Allows only the service's own programs.
/// let known_agent = |head: &RequestHead<'_>| match head.headers().get("user-agent") {
///     Some(agent) if agent.as_bytes().starts_with(b"shop/") => Verdict::Allow,
///     _ => Verdict::Deny(Rejection::Other("unknown-agent")),
/// };
/// let is_local = false;
/// let check = Csrf::new()
///     .and(is_local.then(HostCheck::loopback))
///     .and(known_agent.report_only(true));
///
/// let request = Request::post("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// assert_eq!(check.check(&RequestHead::from(&request)), Verdict::Deny(Rejection::CsrfSite));
/// let request = Request::post("/").header("user-agent", "curl").body(()).unwrap();
/// let reported = Verdict::Report(Rejection::Other("unknown-agent"));
/// assert_eq!(check.check(&RequestHead::from(&request)), reported);
/// ```
///
/// A type that implements `Check` can also declare the request headers on which its verdict depends:
///
/// ```
/// use http::{HeaderName, header::USER_AGENT};
/// use tower_cross_origin::{RequestHead, guard::{Check, Rejection, Verdict}};
///
/// struct KnownAgent;
///
/// impl Check for KnownAgent {
///     fn check(&self, head: &RequestHead<'_>) -> Verdict {
///         if head.headers().contains_key(USER_AGENT) {
///             Verdict::Allow
///         } else {
///             Verdict::Deny(Rejection::Other("unknown-agent"))
///         }
///     }
///
///     fn varies_on(&self) -> Vec<HeaderName> {
///         vec![USER_AGENT]
///     }
/// }
///
/// let checks: Vec<Box<dyn Check + Send + Sync>> = vec![Box::new(KnownAgent)];
/// assert_eq!(checks[0].varies_on(), [USER_AGENT]);
/// ```
pub trait Check {
    /// Returns the verdict on this request.
    fn check(&self, head: &RequestHead<'_>) -> Verdict;

    /// Returns the request headers on which the verdict on a `GET` or `HEAD` depends.
    ///
    /// The layer adds them to the `Vary` of the response, so that a cache does not reuse a response for a
    /// different request. Parts of the request target, such as `Host`, can be left out. Headers that the
    /// check reads only for other methods can be left out, too. The default is an empty list; closures return
    /// it.
    fn varies_on(&self) -> Vec<HeaderName> {
        Vec::new()
    }

    /// Returns the invalid settings of this check. The default is an empty list.
    ///
    /// [`GuardLayer::new`](super::GuardLayer::new) fails if a check has faults. A check ignores its invalid
    /// settings: an invalid path is not exempt, and an invalid host is not allowed.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// Combines two checks: a request must be allowed by both.
    ///
    /// The other check runs only if this check does not deny the request.
    fn and<C: Check>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And::new(self, other)
    }

    /// Sets whether the check only reports the requests that it would deny.
    ///
    /// With `true`, the check denies no request. This is useful to try a check on a service in production.
    fn report_only(self, report_only: bool) -> ReportOnly<Self>
    where
        Self: Sized,
    {
        ReportOnly::new(self, report_only)
    }
}

/// The verdict of a [`Check`] on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The request may reach the service.
    Allow,
    /// The request may reach the service, but would be denied without [`report_only`](Check::report_only).
    Report(Rejection),
    /// The request must not reach the service.
    Deny(Rejection),
}

impl Verdict {
    /// Returns the first denial, or else the first report, of two verdicts.
    #[inline]
    pub(crate) fn and_then(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Allow => other(),
            Self::Deny(rejection) => Self::Deny(rejection),
            Self::Report(rejection) => match other() {
                Self::Deny(other) => Self::Deny(other),
                _ => Self::Report(rejection),
            },
        }
    }
}

/// The verdict of a check on a request, and its reason for explanations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluation {
    pub(crate) verdict: Verdict,
    /// The reason, such as `the method changes nothing`.
    pub(crate) reason: &'static str,
    /// The key of the setting that decides, such as `trust_origins`; empty if none does.
    pub(crate) setting: &'static str,
}

impl Evaluation {
    #[inline]
    pub(super) fn allow(reason: &'static str) -> Self {
        Self { verdict: Verdict::Allow, reason, setting: "" }
    }

    #[inline]
    pub(super) fn allow_by(setting: &'static str, reason: &'static str) -> Self {
        Self { verdict: Verdict::Allow, reason, setting }
    }

    #[inline]
    pub(super) fn deny(rejection: Rejection, setting: &'static str, reason: &'static str) -> Self {
        Self { verdict: Verdict::Deny(rejection), reason, setting }
    }
}

/// A check of this crate, which can be explained.
pub(crate) trait Evaluate {
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation;
}

/// Two checks, one after the other; created by [`Check::and`].
#[derive(Clone, Debug)]
pub struct And<A, B> {
    first: A,
    second: B,
}

impl<A, B> And<A, B> {
    fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Check, B: Check> Check for And<A, B> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.first.check(head).and_then(|| self.second.check(head))
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        let mut names = self.first.varies_on();
        for name in self.second.varies_on() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.first.faults();
        faults.extend(self.second.faults());
        faults
    }
}

/// A check that can report instead of deny; created by [`Check::report_only`].
#[derive(Clone, Debug)]
pub struct ReportOnly<C> {
    check: C,
    is_report_only: bool,
}

impl<C> ReportOnly<C> {
    fn new(check: C, is_report_only: bool) -> Self {
        Self { check, is_report_only }
    }

    #[cfg(feature = "cross-origin")]
    pub(crate) fn inner(&self) -> &C {
        &self.check
    }
}

impl<C: Evaluate> Evaluate for ReportOnly<C> {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let evaluation = self.check.evaluate(facts);
        match evaluation.verdict {
            Verdict::Deny(rejection) if self.is_report_only => {
                Evaluation { verdict: Verdict::Report(rejection), ..evaluation }
            }
            _ => evaluation,
        }
    }
}

impl<C: Check> Check for ReportOnly<C> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.check.check(head) {
            Verdict::Deny(rejection) if self.is_report_only => Verdict::Report(rejection),
            verdict => verdict,
        }
    }

    // A report does not change the response.
    fn varies_on(&self) -> Vec<HeaderName> {
        if self.is_report_only { Vec::new() } else { self.check.varies_on() }
    }

    fn faults(&self) -> Vec<Fault> {
        self.check.faults()
    }
}

/// Returns the verdict of the closure, and an empty `varies_on`.
impl<F> Check for F
where
    F: Fn(&RequestHead<'_>) -> Verdict,
{
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self(head)
    }
}

/// Runs the check if there is one; `None` allows every request.
///
/// `Option` has an inherent method `and`. Write `Check::and(option, other)`, or put the option second.
impl<C: Check> Check for Option<C> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.as_ref().map_or(Verdict::Allow, |check| check.check(head))
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        self.as_ref().map(Check::varies_on).unwrap_or_default()
    }

    fn faults(&self) -> Vec<Fault> {
        self.as_ref().map(Check::faults).unwrap_or_default()
    }
}

/// Implements `Check` for pointers to checks.
macro_rules! forward {
    ($($(#[$doc:meta])* ($($parameters:tt)*) $pointer:ty;)+) => {$(
        $(#[$doc])*
        impl<$($parameters)*> Check for $pointer {
            fn check(&self, head: &RequestHead<'_>) -> Verdict {
                (**self).check(head)
            }

            fn varies_on(&self) -> Vec<HeaderName> {
                (**self).varies_on()
            }

            fn faults(&self) -> Vec<Fault> {
                (**self).faults()
            }
        }
    )+};
}

// An implementation for every `Box<C>` would overlap with closures: a box of a closure is a closure.
forward! {
    (C: Check + ?Sized) Arc<C>;
    ('a) Box<dyn Check + 'a>;
    ('a) Box<dyn Check + Send + 'a>;
    ('a) Box<dyn Check + Send + Sync + 'a>;
}
