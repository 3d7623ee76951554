use super::PolicySource;
use crate::{
    RequestHead,
    cors::{CorsConfigError, CorsPolicy},
    origin::OriginPattern,
    reload::PolicyHandle,
};

/// The policy in force.
impl PolicySource for PolicyHandle<CorsPolicy> {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        self.read(decide)
    }
}

/// One origin more or less, at the cost of that one.
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
    pub fn insert_origin(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        self.change(|policy| policy.inserting(rule, origin))
    }

    /// Takes an origin or a pattern out of a rule of the policy in force; whether it named it. See
    /// [`CorsPolicy::without_origin`].
    ///
    /// # Errors
    ///
    /// As for [`CorsPolicy::without_origin`]; nothing has changed then.
    pub fn remove_origin(
        &self,
        rule: usize,
        origin: &OriginPattern,
    ) -> Result<bool, CorsConfigError> {
        self.change(|policy| policy.removing(rule, origin))
    }
}
