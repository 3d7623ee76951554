use std::{fmt, sync::Arc};

use http::HeaderValue;

use super::{
    config::PolicySettings,
    decision::Decision,
    enforce::{EnforceVerdict, Enforcement},
    error::Lint,
    origin_matcher::OriginMatcher,
    outcome::{Outcome, Step},
    preflight::{DebugMatcher, PreflightRules},
    request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod},
    response::{ResponseHeaders, RuleHeaders, RuleMatch},
    rule::OriginRiskFlags,
};
use crate::{RequestHead, origin::OriginSet, response::VaryNames};

/// What pages of which origins may read and send: validated, immutable, shared by its clones.
///
/// A clone costs one reference count.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome, Rule, Step}};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
///
/// let request = Request::get("/").header("origin", "https://evil.example").body(()).unwrap();
/// let decision = policy.decide(&RequestHead::from(&request));
/// assert_eq!(decision.outcome(), Outcome::Rejected);
/// assert_eq!(decision.failed_step(), Some(Step::Origin));
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone)]
pub struct CorsPolicy {
    pub(super) compiled: Arc<CompiledPolicy>,
}

impl CorsPolicy {
    /// What the policy says of a request. Reads the head alone, and never fails.
    pub fn decide(&self, head: &RequestHead<'_>) -> Decision {
        let (outcome, failed_step, rule_match, matched) = self.compiled.evaluate(head);
        let headers = Arc::clone(&self.compiled.headers);
        Decision::new(outcome, failed_step, rule_match, matched, headers, head)
    }

    /// What is legal in the configuration, but without effect or probably not meant.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }

    /// The origins that the rules name, by patterns and regular expressions: for guards, whose list is then
    /// the same. Not those of which a predicate says that a rule covers them, nor `null`, nor those
    /// that a rule for any origin covers.
    ///
    /// ```
    /// use tower_cross_origin::{cors::{CorsPolicy, Rule}, guard::Csrf, origin::Origin};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://*.example.com"]))?;
    /// let origins = policy.origins();
    /// assert!(origins.contains(&Origin::parse(b"https://app.example.com")?));
    /// let check = Csrf::new().trust_origins(&origins);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn origins(&self) -> OriginSet {
        let sets = self.compiled.rules.iter().filter_map(|rule| rule.origins.listed());
        sets.fold(OriginSet::default(), |all, set| all.union(set))
    }

    /// Whether a rule covers every origin.
    pub fn is_for_any_origin(&self) -> bool {
        self.compiled.rules.iter().any(|rule| rule.origins.is_any())
    }

    /// Whether the rule that covers this origin, if one does, allows credentials.
    pub(crate) fn allows_credentials_to(
        &self,
        head: &RequestHead<'_>,
        origin: &HeaderValue,
    ) -> bool {
        let mut rules = self.compiled.rules.iter();
        let rule = rules.find(|rule| rule.origins.matches(origin, head));
        rule.is_some_and(|rule| rule.origins.has_credentials())
    }

    /// Returns the request headers on which the response to an actual request depends.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn vary(&self) -> &VaryNames {
        &self.compiled.headers.vary
    }

    /// Returns the origins listed in rules with credentials.
    #[cfg(feature = "tower")]
    pub(crate) fn origins_with_credentials(&self) -> OriginSet {
        let rules = self.compiled.rules.iter().filter(|rule| rule.origins.has_credentials());
        let sets = rules.filter_map(|rule| rule.origins.listed());
        sets.fold(OriginSet::default(), |all, set| all.union(set))
    }
}

impl fmt::Debug for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CompiledPolicy { rules, headers, enforcement, debug_origins, .. } = &*self.compiled;
        f.debug_struct("CorsPolicy")
            .field("rules", rules)
            .field("preflight_status", &headers.preflight_status)
            .field("enforcement", enforcement)
            .field("keeps_upstream", &headers.keeps_upstream)
            .field("debug_origins", debug_origins)
            .finish_non_exhaustive()
    }
}

/// A configuration in the form in which every request is compared with it. A clone shares what is large.
#[derive(Clone, Debug)]
pub(super) struct CompiledPolicy {
    pub(super) rules: Box<[CompiledRule]>,
    pub(super) headers: Arc<ResponseHeaders>,
    /// Whether every actual request gets the same response headers: the only rule is for any origin.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) is_constant: bool,
    pub(super) enforcement: Option<Enforcement>,
    pub(super) debug_origins: DebugMatcher,
    /// For comparing with other policies.
    pub(super) settings: Arc<PolicySettings>,
    pub(super) lints: Arc<[Lint]>,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    /// The rule as diagnostics write it: `rules[0]`, or `rules.app` if it has a name.
    pub(super) path: Box<str>,
    pub(super) origins: OriginMatcher,
    /// What the rule permits of origins that are added later.
    pub(super) risks: OriginRiskFlags,
    pub(super) preflight: PreflightRules,
    pub(super) headers: Arc<RuleHeaders>,
}

/// What [`CompiledPolicy::evaluate`] finds: the fields of a [`Decision`].
type Evaluated = (Outcome, Option<Step>, Option<RuleMatch>, Option<usize>);

impl CompiledPolicy {
    fn evaluate(&self, head: &RequestHead<'_>) -> Evaluated {
        // If the response is constant, it does not even depend on whether there is an `Origin`.
        let constant = || RuleMatch { index: 0, origin: None, echoed: None };
        match RequestKind::of(head) {
            RequestKind::Plain => (Outcome::Plain, None, self.is_constant.then(constant), None),
            RequestKind::Cors { .. } if self.is_constant => actual(Some(constant())),
            RequestKind::Cors { origin } => match &self.enforcement {
                None => actual(self.find_rule(origin, head)),
                Some(enforcement) => self.enforce(enforcement, head, origin),
            },
            RequestKind::Preflight { origin, method, headers } => {
                self.evaluate_preflight(origin, method, headers, head)
            }
        }
    }

    /// Returns the first rule that matches the origin.
    #[inline]
    pub(super) fn find_rule(
        &self,
        header: OriginHeader<'_>,
        head: &RequestHead<'_>,
    ) -> Option<RuleMatch> {
        let value = header.value()?;
        let mut rules = self.rules.iter().enumerate();
        let (index, rule) = rules.find(|(_, rule)| rule.origins.matches(value, head))?;
        let origin = (!rule.origins.is_any()).then(|| value.clone());
        Some(RuleMatch { index, origin, echoed: None })
    }

    /// The order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.
    fn evaluate_preflight(
        &self,
        origin: OriginHeader<'_>,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
        head: &RequestHead<'_>,
    ) -> Evaluated {
        let Some(found) = self.find_rule(origin, head) else {
            return (Outcome::PreflightRejected, Some(Step::Origin), None, None);
        };
        let Some(rule) = self.rules.get(found.index) else {
            return (Outcome::PreflightRejected, Some(Step::Origin), None, None);
        };
        let matched = Some(found.index);
        match rule.preflight.evaluate(method, headers) {
            Ok(echoed) => {
                (Outcome::PreflightAllowed, None, Some(RuleMatch { echoed, ..found }), matched)
            }
            Err(step) => {
                let methods = &rule.preflight.methods;
                let debugged = self.debug_origins.evaluate(step, origin, method, found, methods);
                (Outcome::PreflightRejected, Some(step), debugged, matched)
            }
        }
    }

    /// Out of line, since a policy without `enforce` needs none of it.
    #[inline(never)]
    fn enforce(
        &self,
        enforcement: &Enforcement,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) -> Evaluated {
        let found = self.find_rule(origin, head);
        let rule = found.as_ref().and_then(|found| self.rules.get(found.index));
        let matched = found.as_ref().map(|found| found.index);
        match enforcement.evaluate(head, origin, rule.map(|rule| &rule.preflight.methods)) {
            EnforceVerdict::Rejected(step) => (Outcome::Forbidden, Some(step), None, matched),
            EnforceVerdict::SameOrigin if found.is_none() => {
                (Outcome::SameOrigin, None, None, None)
            }
            EnforceVerdict::SameOrigin | EnforceVerdict::Passed => actual(found),
        }
    }
}

/// An actual request that is passed on.
fn actual(found: Option<RuleMatch>) -> Evaluated {
    match found {
        Some(RuleMatch { index, .. }) => (Outcome::Allowed, None, found, Some(index)),
        None => (Outcome::Rejected, Some(Step::Origin), None, None),
    }
}
