use http::HeaderValue;

use super::{Outcome, Step, preflight::Repeated};

/// What the rules of a policy say of one request.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    kind: Kind,
    failed: Option<Step>,
    /// What is granted; beside a failed step, to whom it is told.
    grant: Option<Grant>,
}

impl Verdict {
    /// No `Origin`; granted where the answer is the same for everybody.
    pub(super) fn plain(grant: Option<Grant>) -> Self {
        Self { kind: Kind::Plain, failed: None, grant }
    }

    /// An actual request; one that is not granted is refused for its origin.
    pub(super) fn cors(grant: Option<Grant>) -> Self {
        let failed = if grant.is_none() { Some(Step::Origin) } else { None };
        Self { kind: Kind::Cors, failed, grant }
    }

    /// An actual request of the service's own page, which no rule covers.
    pub(super) fn same_origin() -> Self {
        Self { kind: Kind::SameOrigin, failed: None, grant: None }
    }

    /// An actual request that is not passed on.
    pub(super) fn forbidden(step: Step) -> Self {
        Self { kind: Kind::Forbidden, failed: Some(step), grant: None }
    }

    pub(super) fn granted_preflight(grant: Grant) -> Self {
        Self { kind: Kind::Preflight, failed: None, grant: Some(grant) }
    }

    /// A preflight that fails at a step; `told` is whom the answer names it to.
    pub(super) fn refused_preflight(step: Step, told: Option<Grant>) -> Self {
        Self { kind: Kind::Preflight, failed: Some(step), grant: told }
    }

    /// What is granted.
    pub(super) fn grant(&self) -> Option<&Grant> {
        match self.failed {
            None => self.grant.as_ref(),
            Some(_) => None,
        }
    }

    /// What answers by itself; `None` where the service answers.
    pub(super) fn early(&self) -> Option<Early<'_>> {
        match (self.kind, self.failed, &self.grant) {
            (Kind::Preflight, None, Some(grant)) => Some(Early::Granted(grant)),
            (Kind::Preflight, Some(step), Some(told)) => Some(Early::Told(step, told)),
            (Kind::Preflight, _, None) => Some(Early::Refused),
            (Kind::Forbidden, ..) => Some(Early::Forbidden),
            (Kind::Plain | Kind::Cors | Kind::SameOrigin, ..) => None,
        }
    }

    pub(super) fn is_early(&self) -> bool {
        matches!(self.kind, Kind::Preflight | Kind::Forbidden)
    }

    pub(super) fn outcome(&self) -> Outcome {
        match (self.kind, self.failed) {
            (Kind::Plain, _) => Outcome::Plain,
            (Kind::Cors, None) => Outcome::Granted,
            (Kind::Cors, Some(_)) => Outcome::Refused,
            (Kind::SameOrigin, _) => Outcome::SameOrigin,
            (Kind::Preflight, None) => Outcome::PreflightGranted,
            (Kind::Preflight, Some(_)) => Outcome::PreflightRefused,
            (Kind::Forbidden, _) => Outcome::Forbidden,
        }
    }

    pub(super) fn failed_step(&self) -> Option<Step> {
        self.failed
    }
}

/// An answer that does not come from the service.
#[derive(Clone, Copy, Debug)]
pub(super) enum Early<'a> {
    /// A preflight's.
    Granted(&'a Grant),
    /// A preflight's, which names the step that it fails at.
    Told(Step, &'a Grant),
    /// A preflight's, which tells nothing.
    Refused,
    /// An actual request's.
    Forbidden,
}

/// Who grants, and what of the request the answer repeats.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The rule's place.
    pub(super) rule: usize,
    /// `None` for `*`.
    pub(super) origin: Option<HeaderValue>,
    pub(super) repeated: Option<Box<Repeated>>,
}

impl Grant {
    /// By the rule in this place; `None` stands for `*`.
    pub(super) fn by(rule: usize, origin: Option<HeaderValue>) -> Self {
        Self { rule, origin, repeated: None }
    }
}

/// Apart from the grant, so that a verdict is dropped by one look at whether there is one.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain,
    Cors,
    SameOrigin,
    Preflight,
    Forbidden,
}
