use std::sync::Arc;

use super::{
    compile, compile::Compiled, config::CrossOriginConfig, error::CrossOriginConfigError,
    error::Lint,
};
use crate::cors::CorsPolicy;

/// Everything that pages of other origins may do with a service: validated, immutable, shared by its clones.
///
/// A clone costs one reference count.
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
    /// Creates the policy of a configuration.
    ///
    /// # Errors
    ///
    /// Returns a [`CrossOriginConfigError`] with every fault of every section.
    pub fn new(config: impl Into<CrossOriginConfig>) -> Result<Self, CrossOriginConfigError> {
        let config = config.into();
        compile::policy(&config.settings).map(|compiled| Self { compiled: Arc::new(compiled) })
    }

    /// What is legal in the configuration, but without effect or probably not meant: in each part, and where
    /// two parts do not go together.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }

    /// Whether a part of it looks at paths. None takes a path that a router could read as another one for what
    /// the configuration names; a proxy had better refuse such paths then.
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

    /// The policy of CORS, where the configuration has one.
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

/// Where a [`CrossOrigin`](super::CrossOrigin) finds the policy for a request: a fixed
/// [`CrossOriginPolicy`], or a handle by which it is swapped while serving.
pub trait CrossOriginSource {
    /// Calls `decide` with the policy in force.
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R;
}

/// The same policy for every request.
impl CrossOriginSource for CrossOriginPolicy {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        decide(self)
    }
}

/// The same source, shared.
impl<P: CrossOriginSource> CrossOriginSource for Arc<P> {
    fn with<R>(&self, decide: impl FnOnce(&CrossOriginPolicy) -> R) -> R {
        (**self).with(decide)
    }
}

#[cfg(feature = "reload")]
mod reload {
    use super::{CrossOriginPolicy, CrossOriginSource};
    use crate::reload::PolicyHandle;

    /// The policy in force.
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
        /// The same policy, whose streams of events end within a window when the server is to end: see
        /// [`SseLayer::shutdown`](crate::push::SseLayer::shutdown).
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
