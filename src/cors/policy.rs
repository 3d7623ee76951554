use std::{fmt, sync::Arc};

use http::HeaderValue;

use super::{
    CorsConfig, CorsConfigError, Decision, Explanation, Lint, Rule, compile, compiled::Compiled,
    compiled_rule::Audience,
};
use crate::{
    RequestHead,
    origin::{NamedOrigins, OriginSet},
};

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
/// assert_eq!(decision.outcome(), Outcome::Refused);
/// assert_eq!(decision.failed_step(), Some(Step::Origin));
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone)]
pub struct CorsPolicy {
    pub(super) compiled: Arc<Compiled>,
}

impl CorsPolicy {
    /// The policy of one rule.
    ///
    /// # Errors
    ///
    /// [`CorsConfigError`] with every fault of the rule.
    pub fn new(rule: Rule) -> Result<Self, CorsConfigError> {
        Self::first_match([rule])
    }

    /// The policy of several rules: the first one that covers an origin decides, alone.
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsPolicy, Rule};
    ///
    /// let trusted = Rule::for_origins(["https://app.example.com"]).allow_credentials();
    /// let public = Rule::for_any_origin();
    /// let policy = CorsPolicy::first_match([trusted, public])?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CorsConfigError`] with every fault of every rule.
    pub fn first_match<I>(rules: I) -> Result<Self, CorsConfigError>
    where
        I: IntoIterator<Item = Rule>,
    {
        CorsConfig { rules: rules.into_iter().collect(), ..CorsConfig::default() }.try_into()
    }

    /// What the policy says of a request. Reads the head alone, and never fails.
    pub fn decide(&self, head: &RequestHead<'_>) -> Decision {
        Decision::new(Arc::clone(&self.compiled.answers), self.compiled.judge(head), head)
    }

    /// The decision in words: at which step the request fails and why, what a browser compares, and what
    /// to change.
    ///
    /// For whoever debugs a page or a policy. It asks for the decision and then looks closer, so that it
    /// costs more than one; it is not for every request.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_methods(["PUT"]))?;
    ///
    /// let request = Request::options("/items/1")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PATCH")
    ///     .body(())
    ///     .unwrap();
    /// let explanation = policy.explain(&RequestHead::from(&request));
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     r#"refused at the method: rules[0] does not allow PATCH
    /// asked first: method PATCH needs a preflight: only GET, HEAD and POST do not
    /// origin: https://app.example.com is named by rules[0]
    /// credentials: rules[0] does not allow them: a page that asks with credentials: "include" is refused
    /// method: rules[0] allows PUT, and not PATCH
    /// request headers: none is asked for
    /// then: the browser does not send the request itself, and the page sees a network error
    /// to change: rules[0].methods: add "PATCH""#,
    /// );
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn explain(&self, head: &RequestHead<'_>) -> Explanation {
        Explanation::of(self, head)
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
        let sets = self.compiled.rules.iter().filter_map(|rule| rule.audience.listed());
        sets.fold(OriginSet::default(), |all, set| all.union(set))
    }

    /// Whether a rule covers every origin.
    pub fn is_for_any_origin(&self) -> bool {
        self.compiled.rules.iter().any(|rule| rule.audience.is_any())
    }

    /// Whether the rule that covers this origin, if one does, allows credentials.
    pub(crate) fn allows_credentials_to(
        &self,
        head: &RequestHead<'_>,
        origin: &HeaderValue,
    ) -> bool {
        let mut audiences = self.compiled.rules.iter().map(|rule| &rule.audience);
        let audience = audiences.find(|audience| audience.covers(origin, head));
        audience.is_some_and(Audience::has_credentials)
    }

    /// Whose rules may name these lists of origins.
    pub(crate) fn with_lists(
        config: &CorsConfig,
        lists: &NamedOrigins,
    ) -> Result<Self, CorsConfigError> {
        compile::policy(config, lists).map(|compiled| Self { compiled: Arc::new(compiled) })
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }
}

/// # Errors
///
/// [`CorsConfigError`] with every fault of the configuration.
impl TryFrom<CorsConfig> for CorsPolicy {
    type Error = CorsConfigError;

    fn try_from(config: CorsConfig) -> Result<Self, Self::Error> {
        Self::with_lists(&config, &NamedOrigins::default())
    }
}

impl fmt::Debug for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Compiled { rules, answers, enforcement, told, .. } = &*self.compiled;
        f.debug_struct("CorsPolicy")
            .field("rules", rules)
            .field("preflight_status", &answers.preflight_status)
            .field("enforcement", enforcement)
            .field("keeps_upstream", &answers.keeps_upstream)
            .field("told", told)
            .finish_non_exhaustive()
    }
}
