//! Adds and removes single origins of a policy, at a cost that does not depend on their number.

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
    /// Returns a copy of the policy with an origin or pattern added to a rule.
    ///
    /// The rule is given by its index, counted from 0, or by its [name](super::Rule::name).
    ///
    /// The copy shares all unchanged parts with this policy. The cost is therefore the same for ten origins
    /// and for a million. Only the new origin is checked for faults, and the copy keeps the
    /// [lints](Self::lints) of this policy.
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
    /// Returns an error in these cases:
    ///
    /// - The rule allows credentials, and this origin is a fault in combination with them.
    /// - The rule does not exist, or it is for any origin or has a static origin.
    pub fn with_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.try_insert(rule.into(), origin)?.unwrap_or_else(|| self.clone()))
    }

    /// Returns a copy of the policy with an origin or pattern removed from a rule.
    ///
    /// The rule is given by its index, counted from 0, or by its [name](super::Rule::name).
    ///
    /// Succeeds even if the rule does not list the origin. The origin is still allowed if another pattern, a
    /// regular expression or a later rule matches it. After its last origin is removed, the rule matches no
    /// origin.
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
    /// Returns an error if the rule does not exist, or if it is for any origin or has a static origin.
    pub fn without_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<Self, CorsConfigError> {
        Ok(self.try_remove(rule.into(), origin)?.unwrap_or_else(|| self.clone()))
    }

    /// Returns the changed policy, or `None` if the rule lists the origin already.
    fn try_insert(
        &self,
        rule: RuleRef<'_>,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (index, compiled, mut origins) = self.find_list(rule, origin)?;
        check_added_origin(origin, compiled.risks.clone(), &setting(&compiled.path))?;
        Ok(origins.insert(origin).then(|| self.with_origins(index, origins)))
    }

    /// Returns the changed policy, or `None` if the rule does not list the origin.
    fn try_remove(
        &self,
        rule: RuleRef<'_>,
        origin: &OriginPattern,
    ) -> Result<Option<Self>, CorsConfigError> {
        let (index, _, mut origins) = self.find_list(rule, origin)?;
        Ok(origins.remove(origin).then(|| self.with_origins(index, origins)))
    }

    /// Returns the rule that lists origins, and a copy of its list.
    fn find_list(
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
            (Some((_, rule)), _) if self.compiled.static_origin.is_some() => {
                (rule.path.to_string(), FaultKind::RuleWithStaticOrigin)
            }
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

/// A reference to a rule of a policy, by index or by [name](super::Rule::name).
///
/// A number or a string converts into it: `policy.with_origin(0, ..)`, `policy.with_origin("app", ..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleRef<'a> {
    /// The rule at this index, counted from 0.
    Index(usize),
    /// The rule with this name.
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

/// Changes of single origins of the active policy.
#[cfg(feature = "reload")]
impl PolicyHandle<CorsPolicy> {
    /// Adds an origin or a pattern to a rule of the active policy.
    ///
    /// Returns `false` if the rule lists it already. See [`CorsPolicy::with_origin`].
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
    /// Returns the errors of [`CorsPolicy::with_origin`]. The active policy then stays unchanged.
    pub fn insert_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        let rule = rule.into();
        self.change(|policy| policy.try_insert(rule, origin))
    }

    /// Removes an origin or a pattern from a rule of the active policy.
    ///
    /// Returns `false` if the rule does not list it. See [`CorsPolicy::without_origin`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`CorsPolicy::without_origin`]. The active policy then stays unchanged.
    pub fn remove_origin<'a>(
        &self,
        rule: impl Into<RuleRef<'a>>,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        let rule = rule.into();
        self.change(|policy| policy.try_remove(rule, origin))
    }
}

/// Returns the key of the list, without an index: a set has no order.
fn setting(path: &str) -> String {
    format!("{path}.origins")
}
