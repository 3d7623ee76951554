use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::verdict::Grant;
use crate::response::VaryNames;

/// What answers are made of, each value written out.
///
/// Apart from what decides, and without a list of origins: it lives for as long as a request is under
/// way, so that a policy that is out of force does not wait for requests to be dropped, nor is dropped by
/// one.
#[derive(Debug)]
pub(super) struct Answers {
    /// In the order of the rules.
    pub(super) rules: Box<[Arc<RuleAnswers>]>,
    /// What the response to an actual request depends on.
    pub(super) vary: VaryNames,
    /// Whether CORS headers of the service's own stay.
    pub(super) keeps_upstream: bool,
    pub(super) preflight_status: StatusCode,
    /// All that the answer to a refused preflight has: `Vary`.
    pub(super) refused_preflight: HeaderMap,
    /// All that the answer to an actual request has that is not passed on: `Vary`.
    pub(super) forbidden: HeaderMap,
}

impl Answers {
    /// Those of the rule that grants.
    pub(super) fn of(&self, grant: &Grant) -> Option<&RuleAnswers> {
        self.rules.get(grant.rule).map(|rule| &**rule)
    }
}

/// What the answers of one rule have in common.
#[derive(Debug)]
pub(super) struct RuleAnswers {
    /// All of a granted preflight's headers. A map that is copied costs a fraction of one that is filled.
    /// `Access-Control-Allow-Origin` is `*`, or an empty place for the origin.
    pub(super) preflight: HeaderMap,
    pub(super) credentials: bool,
    /// `Access-Control-Expose-Headers`
    pub(super) expose: Option<HeaderValue>,
}
