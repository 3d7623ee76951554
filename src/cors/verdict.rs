use http::HeaderValue;

use super::{Step, preflight::Repeated};

/// What the rules of a policy say of one request.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// No `Origin`; granted where the answer is the same for everybody.
    Plain(Option<Grant>),
    /// An actual request, granted or refused for its origin.
    Cors(Option<Grant>),
    /// A preflight, granted or refused at a step.
    Preflight(Result<(Grant, Option<Box<Repeated>>), Step>),
}

impl Verdict {
    pub(super) fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Plain(grant) | Self::Cors(grant) => grant.as_ref(),
            Self::Preflight(Ok((grant, _))) => Some(grant),
            Self::Preflight(Err(_)) => None,
        }
    }
}

/// Who grants, and whom the answer names.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The rule's place.
    pub(super) rule: usize,
    /// `None` for `*`.
    pub(super) origin: Option<HeaderValue>,
}
