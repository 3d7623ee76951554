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
use crate::{RequestHead, origin::OriginSet, request::RequestFacts, response::VaryNames};

/// A validated and immutable set of CORS rules.
///
/// Clones share the rules. A clone only increments a reference count.
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
    /// Returns the decision about a request.
    ///
    /// Reads only the head of the request, and never fails.
    pub fn decide(&self, head: &RequestHead<'_>) -> Decision {
        self.decide_by_facts(&RequestFacts::new(head))
    }

    #[inline]
    pub(crate) fn decide_by_facts(&self, facts: &RequestFacts<'_>) -> Decision {
        let (outcome, failed_step, rule_match, matched) = self.compiled.evaluate(facts);
        let headers = Arc::clone(&self.compiled.headers);
        Decision::new(outcome, failed_step, rule_match, matched, headers, facts.head())
    }

    /// Returns the lints: settings that are valid, but have no effect or are probably unintended.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }

    /// Returns the origins that all rules list, for example to share them with guards.
    ///
    /// Includes patterns and regular expressions. Does not include `null`, origins that only a predicate
    /// matches, or the origins of a rule for any origin.
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

    /// Returns whether a rule is for any origin.
    pub fn is_for_any_origin(&self) -> bool {
        self.compiled.rules.iter().any(|rule| rule.origins.is_any())
    }

    /// Returns whether the rule that matches this origin, if any, allows credentials.
    pub(crate) fn allows_credentials_to(
        &self,
        head: &RequestHead<'_>,
        origin: &HeaderValue,
    ) -> bool {
        let mut rules = self.compiled.rules.iter();
        let rule = rules.find(|rule| rule.origins.matches(origin, head));
        rule.is_some_and(|rule| rule.origins.has_credentials())
    }

    /// Returns the path of a rule in the configuration, such as `rules[0]`.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn rule_path(&self, index: usize) -> Option<&str> {
        self.compiled.rules.get(index).map(|rule| &*rule.path)
    }

    /// Returns the policy as a section of a larger configuration: explanations write `cors.rules[0]`.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn in_section(mut self, section: &str) -> Self {
        for rule in &mut Arc::make_mut(&mut self.compiled).rules {
            rule.path = format!("{section}.{}", rule.path).into();
        }
        self
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

/// A configuration, compiled for comparison with requests. Its clones share the large parts.
#[derive(Clone, Debug)]
pub(super) struct CompiledPolicy {
    pub(super) rules: Box<[CompiledRule]>,
    pub(super) headers: Arc<ResponseHeaders>,
    /// All actual requests get the same response headers: the only rule is for any origin, or has a static one.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) is_constant: bool,
    /// The static origin of the only rule, which every response contains.
    pub(super) static_origin: Option<HeaderValue>,
    pub(super) enforcement: Option<Enforcement>,
    pub(super) debug_origins: DebugMatcher,
    /// The settings for a comparison with other policies.
    pub(super) settings: Arc<PolicySettings>,
    pub(super) lints: Arc<[Lint]>,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    /// The path of the rule in diagnostics: `rules[0]`, or `rules.app` if it has a name.
    pub(super) path: Box<str>,
    pub(super) origins: OriginMatcher,
    /// The flags for a check of origins that are added later.
    pub(super) risks: OriginRiskFlags,
    pub(super) preflight: PreflightRules,
    pub(super) headers: Arc<RuleHeaders>,
}

/// The result of [`CompiledPolicy::evaluate`], as the fields of a [`Decision`].
type Evaluation = (Outcome, Option<Step>, Option<RuleMatch>, Option<usize>);

impl CompiledPolicy {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let head = facts.head();
        // A constant response does not even depend on the presence of `Origin`.
        let constant = || RuleMatch { index: 0, origin: self.static_origin.clone(), echoed: None };
        match RequestKind::from_facts(facts) {
            RequestKind::Plain => (Outcome::Plain, None, self.is_constant.then(constant), None),
            RequestKind::Cors { .. } if self.is_constant => actual_request(Some(constant())),
            RequestKind::Cors { origin } => match &self.enforcement {
                None => actual_request(self.find_rule(origin, head)),
                Some(enforcement) => self.enforce(enforcement, facts, origin),
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

    /// Returns the rule that decides about the origin. A rule with a static origin decides about all of them.
    #[inline]
    pub(super) fn find_deciding_rule(
        &self,
        header: OriginHeader<'_>,
        head: &RequestHead<'_>,
    ) -> Option<RuleMatch> {
        self.find_rule(header, head).or_else(|| {
            let origin = self.static_origin.clone()?;
            Some(RuleMatch { index: 0, origin: Some(origin), echoed: None })
        })
    }

    /// Checks a preflight, in the order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.
    fn evaluate_preflight(
        &self,
        origin: OriginHeader<'_>,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
        head: &RequestHead<'_>,
    ) -> Evaluation {
        let Some(found) = self.find_deciding_rule(origin, head) else {
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

    /// Checks an actual request by `enforce`. Not inlined, since few policies need it.
    #[inline(never)]
    fn enforce(
        &self,
        enforcement: &Enforcement,
        facts: &RequestFacts<'_>,
        origin: OriginHeader<'_>,
    ) -> Evaluation {
        let found = self.find_rule(origin, facts.head());
        let rule = found.as_ref().and_then(|found| self.rules.get(found.index));
        let matched = found.as_ref().map(|found| found.index);
        match enforcement.evaluate(facts, origin, rule.map(|rule| &rule.preflight.methods)) {
            EnforceVerdict::Reject(step) => (Outcome::Forbidden, Some(step), None, matched),
            EnforceVerdict::SameOrigin if found.is_none() => {
                (Outcome::SameOrigin, None, None, None)
            }
            EnforceVerdict::SameOrigin | EnforceVerdict::Allow => actual_request(found),
        }
    }
}

/// Returns the result for an actual request that reaches the service.
fn actual_request(found: Option<RuleMatch>) -> Evaluation {
    match found {
        Some(RuleMatch { index, .. }) => (Outcome::Allowed, None, found, Some(index)),
        None => (Outcome::Rejected, Some(Step::Origin), None, None),
    }
}
