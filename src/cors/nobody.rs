//! Policies without a rule, for requests of which no other one is known.

use std::sync::{Arc, LazyLock};

use super::{CorsConfig, CorsConfigError, CorsPolicy, compile, compiled::Compiled};

impl CorsPolicy {
    /// The policy that covers nobody: every preflight is 403, and every other request passes, without a
    /// CORS header in its response. `Vary` is that of every policy that depends on who asks.
    ///
    /// For tenants that are not known, and for when a policy cannot be found. A configuration without
    /// rules stays a fault, since mostly the rules were forgotten.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::for_nobody();
    /// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
    /// assert_eq!(policy.decide(&RequestHead::from(&request)).outcome(), Outcome::Refused);
    /// ```
    pub fn for_nobody() -> Self {
        static FOR_NOBODY: LazyLock<Arc<Compiled>> =
            LazyLock::new(|| Arc::new(compile::for_nobody()));
        Self { compiled: Arc::clone(&FOR_NOBODY) }
    }

    /// The policy that covers nobody and [enforces](CorsConfig::enforce) it: requests of pages that are not
    /// of the service's own are answered with 403.
    ///
    /// `own_origins` are those of [`CorsConfig::own_origins`]; without any, a request's own target is
    /// asked.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::for_nobody_enforced(["https://api.example.com"])?;
    /// let sent_by = |origin: &str| {
    ///     let request = Request::post("/").header("origin", origin).body(()).unwrap();
    ///     policy.decide(&RequestHead::from(&request)).outcome()
    /// };
    /// assert_eq!(sent_by("https://api.example.com"), Outcome::SameOrigin);
    /// assert_eq!(sent_by("https://app.example.com"), Outcome::Forbidden);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CorsConfigError`] with every fault of `own_origins`.
    pub fn for_nobody_enforced<I>(own_origins: I) -> Result<Self, CorsConfigError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let own_origins = own_origins.into_iter().map(|origin| origin.as_ref().to_owned());
        let config = CorsConfig {
            enforce: true,
            own_origins: own_origins.collect(),
            ..CorsConfig::default()
        };
        compile::enforced_for_nobody(&config).map(|compiled| Self { compiled: Arc::new(compiled) })
    }
}
