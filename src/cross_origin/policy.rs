use std::sync::Arc;

use super::{
    compile, compile::Compiled, config::CrossOriginConfig, error::CrossOriginConfigError,
    error::Lint,
};
use crate::cors::CorsPolicy;

/// A validated configuration of all sections.
///
/// A policy is immutable. Cloning is cheap: clones share the compiled configuration.
///
/// ```
/// use tower_cross_origin::{
///     cors::Rule,
///     cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
/// };
///
/// let rule = Rule::for_origins(["https://app.example.com"]);
/// let policy = CrossOriginPolicy::new(CrossOriginConfig::new().cors(rule))?;
/// assert!(policy.lints().is_empty());
/// let layer = CrossOriginLayer::new(policy);
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginPolicy {
    pub(super) compiled: Arc<Compiled>,
}

impl CrossOriginPolicy {
    /// Validates and compiles a configuration.
    ///
    /// # Errors
    ///
    /// Returns a [`CrossOriginConfigError`] with every fault of every section.
    pub fn new(config: impl Into<CrossOriginConfig>) -> Result<Self, CrossOriginConfigError> {
        let config = config.into();
        compile::policy(&config.settings).map(|compiled| Self { compiled: Arc::new(compiled) })
    }

    /// Returns settings that are legal, but without effect or probably not intended.
    ///
    /// The lints of each section come first, and then the lints about combinations of sections.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }

    /// Returns whether a section depends on the path of the request.
    ///
    /// A configured path never matches an [ambiguous request path](crate::guard::PathErrorKind), since a router
    /// may read it as a different path. If this returns `true`, a proxy should reject such requests.
    ///
    /// ```
    /// # use tower_cross_origin::cross_origin::{BeaconConfig, CrossOriginConfig, CrossOriginPolicy};
    /// let beacon = BeaconConfig::new().paths(["/ping"]);
    /// let policy = CrossOriginPolicy::new(CrossOriginConfig::new().beacon(beacon))?;
    /// assert!(policy.is_path_dependent());
    /// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
    /// ```
    pub fn is_path_dependent(&self) -> bool {
        self.compiled.is_path_dependent
    }

    /// Returns the policy of the CORS section. Returns `None` without this section.
    pub fn cors(&self) -> Option<&CorsPolicy> {
        self.compiled.cors.as_ref()
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }
}

/// # Errors
///
/// Returns a [`CrossOriginConfigError`] with every fault of every section.
impl TryFrom<CrossOriginConfig> for CrossOriginPolicy {
    type Error = CrossOriginConfigError;

    fn try_from(config: CrossOriginConfig) -> Result<Self, Self::Error> {
        Self::new(config)
    }
}

/// A source of the active policy.
///
/// A source is a fixed [`CrossOriginPolicy`], or a handle that replaces the policy at runtime.
/// [`CrossOrigin`](super::CrossOrigin) reads the source once for each request.
pub trait CrossOriginSource {
    /// Calls `decide` with the active policy, and returns the result.
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R;
}

/// Uses the same policy for every request.
impl CrossOriginSource for CrossOriginPolicy {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        decide(self)
    }
}

/// Uses the shared source.
impl<P: CrossOriginSource> CrossOriginSource for Arc<P> {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        (**self).with(decide)
    }
}

#[cfg(feature = "reload")]
mod reload {
    use super::{CrossOriginPolicy, CrossOriginSource};
    use crate::reload::PolicyHandle;

    /// Uses the active policy of the handle.
    impl CrossOriginSource for PolicyHandle<CrossOriginPolicy> {
        fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
            self.read(decide)
        }
    }
}

#[cfg(feature = "tokio")]
mod shutdown {
    use std::sync::Arc;

    use super::CrossOriginPolicy;
    use crate::push::Shutdown;

    impl CrossOriginPolicy {
        /// Returns the policy with a shutdown that ends its event streams.
        ///
        /// See [`SseLayer::shutdown`](crate::push::SseLayer::shutdown).
        ///
        /// ```
        /// # use tower_cross_origin::{
        /// #     cross_origin::{CrossOriginConfig, CrossOriginPolicy, SseConfig},
        /// #     push::Shutdown,
        /// # };
        /// let shutdown = Shutdown::new();
        /// let config = CrossOriginConfig::new().sse(SseConfig::new());
        /// let policy = CrossOriginPolicy::new(config)?.with_shutdown(&shutdown);
        /// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
        /// ```
        #[must_use]
        pub fn with_shutdown(mut self, shutdown: &Shutdown) -> Self {
            let compiled = Arc::make_mut(&mut self.compiled);
            let parts = Arc::make_mut(&mut compiled.parts);
            for layer in [&mut parts.events, &mut parts.other_streams].into_iter().flatten() {
                *layer = layer.clone().shutdown(shutdown);
            }
            self
        }
    }
}
