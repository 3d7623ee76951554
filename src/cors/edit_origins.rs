//! A policy with one origin more or less, at the cost of that one.

use std::sync::Arc;

use super::{
    compile::check_added_origin,
    error::{CorsConfigError, Fault, FaultKind, SUBJECT},
    policy::{CompiledPolicy, CompiledRule, CorsPolicy},
};
use crate::origin::{OriginPattern, OriginSet};
#[cfg(feature = "reload")]
use crate::reload::PolicyHandle;

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
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://a.example"]).allow_credentials(true))?;
    /// let policy = policy.with_origin(0, &"https://b.example".parse()?)?; // or by the rule's name
    /// assert!(policy.origins().contains(&Origin::parse(b"https://b.example")?));
    ///
    /// let error = policy.with_origin(0, &"http://c.example".parse()?).unwrap_err();
    /// assert_eq!(error.faults()[0].setting(), "rules[0].origins");
    /// assert_eq!(error.faults()[0].suggestion(), Some("https://c.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - The rule has credentials, and must not have the origin as it is.
    /// - There is no such rule, or it is for any origin.
    pub fn with_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.try_insert(rule.into(), origin)?.unwrap_or_else(|| self.clone()))
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
    pub fn without_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.try_remove(rule.into(), origin)?.unwrap_or_else(|| self.clone()))
    }

    /// Returns `None` if the rule lists the origin already.
    fn try_insert(
        &self,
        rule: RuleRef<'_>,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (index, compiled, mut origins) = self.listing(rule, origin)?;
        check_added_origin(origin, compiled.risks, &setting(&compiled.path))?;
        Ok(origins.insert(origin).then(|| self.with_origins(index, origins)))
    }

    /// Returns `None` if the rule does not list the origin.
    fn try_remove(
        &self,
        rule: RuleRef<'_>,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (index, _, mut origins) = self.listing(rule, origin)?;
        Ok(origins.remove(origin).then(|| self.with_origins(index, origins)))
    }

    /// Returns the rule that lists origins, and a copy of its list.
    fn listing(
        &self,
        rule: RuleRef<'_>,
        origin: &OriginPattern,
    ) -> Result<(usize, &CompiledRule, OriginSet), CorsConfigError> {
        let rules = &self.compiled.rules;
        let found = match rule {
            RuleRef::Index(index) => rules.get(index).map(|rule| (index, rule)),
            RuleRef::Name(name) => {
                let headers = &self.compiled.headers;
                let mut rules = rules.iter().enumerate();
                rules.find(|(index, _)| headers.rule_name(*index) == Some(name))
            }
        };
        let (path, kind) = match (found, rule) {
            (Some((index, rule)), _) => match rule.origins.listed() {
                Some(origins) => return Ok((index, rule, origins.clone())),
                None => (rule.path.to_string(), FaultKind::RuleForAnyOrigin),
            },
            (None, RuleRef::Index(index)) => {
                (format!("rules[{index}]"), FaultKind::RuleIndexOutOfRange { rules: rules.len() })
            }
            (None, RuleRef::Name(name)) => (format!("rules.{name}"), FaultKind::UnknownRuleName),
        };
        let fault = Fault::new(setting(&path), origin.as_str(), kind);
        Err(CorsConfigError::from_fault(SUBJECT, fault))
    }

    fn with_origins(&self, rule: usize, origins: OriginSet) -> Self {
        let mut compiled = CompiledPolicy::clone(&self.compiled);
        if let Some(changed) = compiled.rules.get_mut(rule) {
            changed.origins.set_listed(origins);
        }
        Self { compiled: Arc::new(compiled) }
    }
}

/// A rule of a policy, by its place or by its [name](super::Rule::name).
///
/// A number and a text convert into it: `policy.with_origin(0, ..)`, `policy.with_origin("app", ..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleRef<'a> {
    /// The rule in this place, counted from 0.
    Index(usize),
    /// The rule of this name.
    Name(&'a str),
}

impl From<usize> for RuleRef<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl<'a> From<&'a str> for RuleRef<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

/// One origin more or less, at the cost of that one.
#[cfg(feature = "reload")]
impl PolicyHandle<CorsPolicy> {
    /// Lets a rule of the policy in force cover an origin or a pattern; whether it did not name it yet.
    /// See [`CorsPolicy::with_origin`].
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, Rule};
    ///
    /// let tenants = PolicyHandle::new(CorsPolicy::new(Rule::for_origins(["https://a.example"]))?);
    /// assert!(tenants.insert_origin(0, &"https://b.example".parse()?)?);
    /// assert!(!tenants.insert_origin(0, &"https://b.example".parse()?)?);
    /// assert!(tenants.remove_origin(0, &"https://a.example".parse()?)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`CorsPolicy::with_origin`]; nothing has changed then.
    pub fn insert_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        let rule = rule.into();
        self.change(|policy| policy.try_insert(rule, origin))
    }

    /// Takes an origin or a pattern out of a rule of the policy in force; whether it named it. See
    /// [`CorsPolicy::without_origin`].
    ///
    /// # Errors
    ///
    /// As for [`CorsPolicy::without_origin`]; nothing has changed then.
    pub fn remove_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        let rule = rule.into();
        self.change(|policy| policy.try_remove(rule, origin))
    }
}

/// Without a place in the list: a set keeps no order.
fn setting(path: &str) -> String {
    format!("{path}.origins")
}
