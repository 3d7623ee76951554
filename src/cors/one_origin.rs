//! A policy with one origin more or less, at the cost of that one.

use std::sync::Arc;

use super::{
    CorsConfigError, CorsPolicy, Fault, FaultKind, compile, compiled::Compiled,
    compiled_rule::CompiledRule,
};
use crate::origin::{OriginPattern, OriginSet};

impl CorsPolicy {
    /// The same policy, whose rule in this place, counted from 0, covers this origin or pattern too.
    ///
    /// It shares with this one all that stays the same, so that it costs as much among a million origins
    /// as among ten. Faults are looked for in what is new alone, and [lints](Self::lints) not at all: they
    /// stay those of the configuration that the policy was made of.
    ///
    /// ```
    /// use tower_cross_origin::{cors::{CorsPolicy, Rule}, origin::Origin};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://a.example"]).allow_credentials())?;
    /// let policy = policy.with_origin(0, &"https://b.example".parse()?)?;
    /// assert!(policy.origins().contains(&Origin::parse(b"https://b.example")?));
    ///
    /// let error = policy.with_origin(0, &"http://c.example".parse()?).unwrap_err();
    /// assert_eq!(error.faults()[0].setting(), "rules[0].origins");
    /// assert_eq!(error.faults()[0].instead(), Some("https://c.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - The rule has credentials, and must not have the origin as it is.
    /// - There is no such rule, or it is for any origin.
    pub fn with_origin(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.inserting(rule, origin)?.unwrap_or_else(|| self.clone()))
    }

    /// The same policy, whose rule in this place, counted from 0, does not name this origin or pattern. An
    /// origin that another pattern of the rule covers, a later rule, or a regular expression, stays covered.
    ///
    /// Nothing is a fault but that there is nothing to take it out of: what is revoked is revoked. A rule
    /// may be left that names no origin; it covers nobody then, which no configuration could say.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://a.example"]))?;
    /// let policy = policy.without_origin(0, &"https://a.example".parse()?)?;
    /// assert!(policy.origins().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such rule, or it is for any origin.
    pub fn without_origin(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.removing(rule, origin)?.unwrap_or_else(|| self.clone()))
    }

    /// `None` where the rule names it already.
    pub(super) fn inserting(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (compiled, mut origins) = self.listing(rule, origin)?;
        compile::one_more(origin, compiled.permissions, &setting(rule))?;
        Ok(origins.insert(origin).then(|| self.with_origins(rule, origins)))
    }

    /// `None` where the rule does not name it.
    pub(super) fn removing(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (_, mut origins) = self.listing(rule, origin)?;
        Ok(origins.remove(origin).then(|| self.with_origins(rule, origins)))
    }

    /// The rule that lists origins, and a copy of its list.
    fn listing(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<(&CompiledRule, OriginSet), CorsConfigError> {
        let rules = &self.compiled().rules;
        let listing = rules.get(rule).map(|found| (found, found.audience.listed().cloned()));
        let kind = match listing {
            Some((found, Some(origins))) => return Ok((found, origins)),
            Some((_, None)) => FaultKind::AnyOriginCovered,
            None => FaultKind::NoSuchRule { rules: rules.len() },
        };
        let fault = Fault::new(setting(rule), origin.as_str(), kind);
        Err(CorsConfigError::of_one(compile::SUBJECT, fault))
    }

    fn with_origins(&self, rule: usize, origins: OriginSet) -> Self {
        let mut compiled = Compiled::clone(self.compiled());
        if let Some(changed) = compiled.rules.get_mut(rule) {
            changed.audience.list(origins);
        }
        Self { compiled: Arc::new(compiled) }
    }
}

/// Without a number, as for a set, which keeps no order.
fn setting(rule: usize) -> String {
    format!("rules[{rule}].origins")
}
