use super::Rule;

/// What a [`CorsPolicy`](super::CorsPolicy) is made of, as plain data.
///
/// ```
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};
///
/// let config = CorsConfig {
///     rules: vec![
///         Rule::for_origins(["https://app.example.com"]).allow_credentials(),
///         Rule::for_any_origin(),
///     ],
///     preflight_status: 200,
///     ..CorsConfig::default()
/// };
/// let policy = CorsPolicy::try_from(config)?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsConfig {
    /// The rules; the first one that covers an origin decides, alone. At least one.
    pub rules: Vec<Rule>,
    /// The status of a granted preflight: 200 to 299. The default is 204.
    pub preflight_status: u16,
}

/// No rules, and what the fields' documentation names as their defaults.
impl Default for CorsConfig {
    fn default() -> Self {
        Self { rules: Vec::new(), preflight_status: 204 }
    }
}
