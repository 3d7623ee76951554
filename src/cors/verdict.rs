use http::HeaderValue;

use super::{Outcome, Step, preflight::Repeated};

/// What the rules of a policy say of one request.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    kind: Kind,
    grant: Option<Grant>,
}

impl Verdict {
    /// No `Origin`; granted where the answer is the same for everybody.
    pub(super) fn plain(grant: Option<Grant>) -> Self {
        Self { kind: Kind::Plain, grant }
    }

    /// An actual request; one that is not granted is refused for its origin.
    pub(super) fn cors(grant: Option<Grant>) -> Self {
        Self { kind: Kind::Cors, grant }
    }

    /// A preflight, granted or refused at a step.
    pub(super) fn preflight(judged: Result<Grant, Step>) -> Self {
        match judged {
            Ok(grant) => Self { kind: Kind::Preflight, grant: Some(grant) },
            Err(step) => Self { kind: Kind::RefusedPreflight(step), grant: None },
        }
    }

    pub(super) fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }

    pub(super) fn is_preflight(&self) -> bool {
        matches!(self.kind, Kind::Preflight | Kind::RefusedPreflight(_))
    }

    pub(super) fn outcome(&self) -> Outcome {
        match (self.kind, &self.grant) {
            (Kind::Plain, _) => Outcome::Plain,
            (Kind::Cors, Some(_)) => Outcome::Granted,
            (Kind::Cors, None) => Outcome::Refused,
            (Kind::Preflight, _) => Outcome::PreflightGranted,
            (Kind::RefusedPreflight(_), _) => Outcome::PreflightRefused,
        }
    }

    pub(super) fn failed_step(&self) -> Option<Step> {
        match (self.kind, &self.grant) {
            (Kind::Cors, None) => Some(Step::Origin),
            (Kind::RefusedPreflight(step), _) => Some(step),
            _ => None,
        }
    }
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
    Preflight,
    RefusedPreflight(Step),
}
