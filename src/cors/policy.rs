use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderValue, header::CONTENT_TYPE};

use super::{
    config::PolicySettings,
    decision::{Decision, RareParts},
    enforce::{EnforceExemptions, EnforceVerdict, Enforcement},
    error::Lint,
    origin_matcher::OriginMatcher,
    outcome::{Outcome, Step},
    preflight::PreflightRules,
    request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod},
    response::{ResponseHeaders, RuleHeaders, RuleIndex},
    rule::OriginRiskFlags,
};
use crate::{
    RequestHead,
    origin::OriginSet,
    request::{
        RequestFacts,
        handshake::opens_tunnel,
        path::{PathErrorKind, PathSet, path_ambiguity},
        same_origin::as_browser_writes,
    },
    response::VaryNames,
};

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
        let head = facts.head();
        let is_constant = self.compiled.paths.is_some() && !self.compiled.varies(head);
        let evaluation = self.compiled.evaluate(facts);
        Decision::new(evaluation, Arc::clone(&self.compiled.headers), is_constant, head)
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
        self.compiled.rules.iter().any(|rule| rule.origins.is_for_any_origin())
    }

    /// Returns the policy with exemptions from `enforce`, which are settings of a larger configuration.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn with_exemptions(mut self, exemptions: &EnforceExemptions) -> Self {
        if self.compiled.enforcement.is_some() {
            let compiled = Arc::make_mut(&mut self.compiled);
            compiled.enforcement = Some(Enforcement { exemptions: exemptions.clone() });
        }
        self
    }

    /// Returns the path of a rule in the configuration, such as `rules[0]`.
    #[cfg(any(feature = "cross-origin", all(feature = "guard", feature = "tower")))]
    pub(crate) fn rule_path(&self, index: usize) -> Option<&str> {
        self.compiled.rules.get(index).map(|rule| &*rule.path)
    }

    /// Returns the path of a rule that allows JSON only without credentials.
    ///
    /// Returns `None` if another rule at the path of the request allows JSON with credentials.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn rule_for_json_without_credentials<'a>(
        &'a self,
        head: &RequestHead<'a>,
    ) -> Option<&'a str> {
        let allows_json =
            |rule: &CompiledRule| rule.preflight.headers.contains(CONTENT_TYPE.as_str().as_bytes());
        let rules = || self.compiled.rules_at(head).filter(|(_, rule)| allows_json(rule));
        let has_credentials = rules().any(|(_, rule)| rule.origins.has_credentials());
        if has_credentials || self.compiled.is_not_handled(head) {
            return None;
        }
        rules().next().map(|(_, rule)| &*rule.path)
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
        let CompiledPolicy { rules, headers, enforcement, hides_failing_step, .. } =
            &*self.compiled;
        f.debug_struct("CorsPolicy")
            .field("rules", rules)
            .field("preflight_status", &headers.preflight_status)
            .field("enforcement", enforcement)
            .field("keeps_upstream", &headers.keeps_upstream)
            .field("hides_failing_step", hides_failing_step)
            .finish_non_exhaustive()
    }
}

/// A configuration, compiled for comparison with requests. Its clones share the large parts.
#[derive(Clone, Debug)]
pub(super) struct CompiledPolicy {
    pub(super) rules: Box<[CompiledRule]>,
    pub(super) headers: Arc<ResponseHeaders>,
    /// All actual requests get the same response headers.
    ///
    /// The only rule is for any origin, or has a static origin.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) is_constant: bool,
    /// The static origin of the only rule, which every response contains.
    pub(super) static_origin: Option<HeaderValue>,
    /// The settings about paths; `None` if all paths are alike.
    pub(super) paths: Option<Arc<PathSettings>>,
    pub(super) enforcement: Option<Enforcement>,
    /// Whether all rejected preflights have the same response.
    pub(super) hides_failing_step: bool,
    /// The settings for a comparison with other policies.
    pub(super) settings: Arc<PolicySettings>,
    pub(super) lints: Arc<[Lint]>,
}

/// The settings of a policy whose decisions depend on the path.
#[derive(Debug)]
pub(super) struct PathSettings {
    pub(super) not_handled: PathSet,
    /// Whether a rule has paths.
    pub(super) has_rule_paths: bool,
}

impl PathSettings {
    /// Returns whether the service itself handles CORS at the path. Not inlined, since few policies have paths.
    #[inline(never)]
    fn is_not_handled(&self, head: &RequestHead<'_>) -> bool {
        self.not_handled.matches(head.uri().path())
    }
}

/// The path of a request to a policy whose rules have paths.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestPath<'a> {
    path: &'a str,
    pub(super) ambiguity: Option<PathErrorKind>,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    /// The path of the rule in diagnostics: `rules[0]`, or `rules.app` if it has a name.
    pub(super) path: Box<str>,
    /// The paths at which the rule applies; `None` for every path.
    pub(super) paths: Option<PathSet>,
    pub(super) origins: OriginMatcher,
    /// The flags for a check of origins that are added later.
    pub(super) risks: OriginRiskFlags,
    pub(super) preflight: PreflightRules,
    pub(super) headers: Arc<RuleHeaders>,
    /// A preset whose client also sends a `POST` like a form.
    #[cfg(feature = "cross-origin")]
    pub(super) form_preset: Option<&'static str>,
}

impl CompiledRule {
    /// Returns whether the rule applies at the path. No rule applies at an ambiguous path.
    fn applies_at(&self, path: RequestPath<'_>) -> bool {
        path.ambiguity.is_none() && self.paths.as_ref().is_none_or(|paths| paths.matches(path.path))
    }
}

/// The result of [`CompiledPolicy::evaluate`].
pub(super) struct Evaluation {
    pub(super) outcome: Outcome,
    pub(super) failed_step: Option<Step>,
    /// The rule that matches the origin, or the only rule of a constant response.
    ///
    /// A later step may still fail.
    pub(super) found: Option<RuleMatch>,
    pub(super) rare: Option<Box<RareParts>>,
}

/// The rule that matches an origin.
#[derive(Clone, Debug)]
pub(super) struct RuleMatch {
    pub(super) index: RuleIndex,
    /// The origin that the response echoes, or the static origin; `None` for `*`.
    pub(super) origin: Option<HeaderValue>,
}

impl Evaluation {
    #[inline]
    pub(super) fn new(
        outcome: Outcome,
        failed_step: Option<Step>,
        found: Option<RuleMatch>,
    ) -> Self {
        Self { outcome, failed_step, found, rare: None }
    }
}

impl CompiledPolicy {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let head = facts.head();
        // The rule for any origin or with a static origin, if it decides about all actual requests for the path.
        // Their responses do not depend on the presence of `Origin`.
        let constant = match &self.paths {
            None => self.is_constant.then_some(RuleIndex::FIRST),
            Some(paths) if paths.is_not_handled(head) => {
                return Evaluation::new(Outcome::NotHandled, None, None);
            }
            Some(_) => self.constant_rule(head),
        };
        let constant_match = |index| RuleMatch { index, origin: self.static_origin.clone() };
        match RequestKind::from_facts(facts) {
            RequestKind::Plain => {
                Evaluation::new(Outcome::Plain, None, constant.map(constant_match))
            }
            RequestKind::Cors { origin } => match (constant, &self.enforcement) {
                (Some(index), _) => actual_request(Some(constant_match(index))),
                (None, None) => actual_request(self.find_rule(origin, head)),
                (None, Some(enforcement)) => self.enforce(enforcement, facts, origin),
            },
            RequestKind::Preflight { origin, method, headers } => {
                self.evaluate_preflight(origin, method, headers, head)
            }
        }
    }

    /// Returns the first rule at the path if all its responses have the same headers.
    ///
    /// Such a rule is for any origin, or has a static origin.
    #[inline(never)]
    fn constant_rule(&self, head: &RequestHead<'_>) -> Option<RuleIndex> {
        let (index, rule) = self.rules_at(head).next().filter(|_| self.enforcement.is_none())?;
        let is_constant = rule.origins.is_any() || self.static_origin.is_some();
        is_constant.then(|| RuleIndex::new(index))?
    }

    /// Returns whether the service itself handles CORS at the path of the request.
    #[cfg(feature = "guard")]
    pub(super) fn is_not_handled(&self, head: &RequestHead<'_>) -> bool {
        self.paths.as_ref().is_some_and(|paths| paths.is_not_handled(head))
    }

    /// Returns whether the response to an actual request depends on the origin.
    #[inline(never)]
    pub(super) fn varies(&self, head: &RequestHead<'_>) -> bool {
        let Some(paths) = self.paths.as_deref() else { return true };
        if paths.is_not_handled(head) {
            return false;
        }
        if self.static_origin.is_some() {
            return false;
        }
        let depends_on_origin =
            || self.rules_at(head).next().is_some_and(|(_, rule)| !rule.origins.is_any());
        self.enforcement.is_some() || depends_on_origin()
    }

    /// Returns the path of the request if a rule has paths.
    #[inline]
    pub(super) fn request_path<'a>(&self, head: &RequestHead<'a>) -> Option<RequestPath<'a>> {
        self.paths.as_deref().filter(|paths| paths.has_rule_paths)?;
        let path = head.uri().path();
        Some(RequestPath { path, ambiguity: path_ambiguity(path) })
    }

    /// Returns the rules that apply at the path of the request, each with its index.
    #[inline]
    pub(super) fn rules_at<'a>(
        &'a self,
        head: &RequestHead<'a>,
    ) -> impl Iterator<Item = (usize, &'a CompiledRule)> {
        let path = self.request_path(head);
        let rules = self.rules.iter().enumerate();
        rules.filter(move |(_, rule)| path.is_none_or(|path| rule.applies_at(path)))
    }

    /// Returns the policy for one path. Rules that do not apply there match no origin.
    #[cfg(feature = "difference")]
    pub(super) fn at_path(&self, path: &str) -> Self {
        let mut policy = self.clone();
        for rule in &mut policy.rules {
            if rule.paths.take().is_some_and(|paths| !paths.matches(path)) {
                rule.origins = OriginMatcher::none();
            }
        }
        policy
    }

    /// Returns the first rule that matches the origin.
    #[inline]
    pub(super) fn find_rule<'a>(
        &'a self,
        header: OriginHeader<'_>,
        head: &RequestHead<'a>,
    ) -> Option<RuleMatch> {
        let value = header.value();
        let (index, rule) = if self.paths.is_some() {
            self.find_rule_at_path(value, head)?
        } else {
            let mut rules = self.rules.iter().enumerate();
            rules.find(|(_, rule)| rule.origins.matches_field(value, head))?
        };
        let origin = if rule.origins.is_any() { None } else { value.cloned() };
        Some(RuleMatch { index: RuleIndex::new(index)?, origin })
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
            let (index, _) = self.rules_at(head).next()?;
            Some(RuleMatch { index: RuleIndex::new(index)?, origin: Some(origin) })
        })
    }

    /// Returns the first rule that matches the origin and applies at the path.
    ///
    /// The compiler does not inline this function, since few policies have paths.
    #[inline(never)]
    fn find_rule_at_path<'a>(
        &'a self,
        origin: Option<&HeaderValue>,
        head: &RequestHead<'a>,
    ) -> Option<(usize, &'a CompiledRule)> {
        self.rules_at(head).find(|(_, rule)| rule.origins.matches_field(origin, head))
    }

    /// Checks a preflight, in the order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.
    fn evaluate_preflight(
        &self,
        origin: OriginHeader<'_>,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
        head: &RequestHead<'_>,
    ) -> Evaluation {
        let found = self.find_deciding_rule(origin, head);
        let Some(rule) = found.as_ref().and_then(|found| self.rules.get(found.index.get())) else {
            return Evaluation::new(Outcome::PreflightRejected, Some(Step::Origin), None);
        };
        match rule.preflight.evaluate(method, headers) {
            Ok(echoed) => Evaluation {
                rare: echoed.map(|echoed| Box::new(RareParts::echoed(echoed))),
                ..Evaluation::new(Outcome::PreflightAllowed, None, found)
            },
            Err(step) => {
                let values = if self.hides_failing_step {
                    None
                } else {
                    rule.preflight.failing_step_values(step, method, headers)
                };
                Evaluation {
                    rare: values.map(|values| Box::new(RareParts::failing_step(values))),
                    ..Evaluation::new(Outcome::PreflightRejected, Some(step), found)
                }
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
        let find = |origin: OriginHeader<'_>| {
            let found = self.find_rule(origin, facts.head());
            let rule = found.as_ref().and_then(|found| self.rules.get(found.index.get()));
            let methods = rule.map(|rule| &rule.preflight.methods);
            (found, methods)
        };
        let (found, methods) = find(origin);
        // Native clients open WebSockets, and write `Origin` in other ways than browsers. The response has no CORS
        // headers for such an origin.
        let verdict = match origin.value().map(as_browser_writes) {
            Some(Cow::Owned(written)) if opens_tunnel(facts.head()) => {
                let origin = OriginHeader::from_value(&written);
                enforcement.evaluate(facts, origin, find(origin).1)
            }
            _ => enforcement.evaluate(facts, origin, methods),
        };
        match verdict {
            EnforceVerdict::Reject(step) => Evaluation::new(Outcome::Forbidden, Some(step), found),
            EnforceVerdict::SameOrigin if found.is_none() => {
                Evaluation::new(Outcome::SameOrigin, None, None)
            }
            EnforceVerdict::SameOrigin | EnforceVerdict::Allow => actual_request(found),
        }
    }
}

/// Returns the result for an actual request that reaches the service.
fn actual_request(found: Option<RuleMatch>) -> Evaluation {
    match found {
        Some(_) => Evaluation::new(Outcome::Allowed, None, found),
        None => Evaluation::new(Outcome::Rejected, Some(Step::Origin), None),
    }
}
