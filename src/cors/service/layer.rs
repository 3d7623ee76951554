use tower_layer::Layer;

use super::Cors;
use crate::cors::{CorsPolicy, PolicySource};

/// Wraps services in [`Cors`].
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let service = ServiceBuilder::new()
///     .layer(CorsLayer::new(policy))
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(()))
///     });
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// A rule is no policy before its faults are ruled out:
///
/// ```compile_fail,E0277
/// use tower_cross_origin::cors::{CorsLayer, Rule};
///
/// CorsLayer::new(Rule::for_any_origin());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct CorsLayer<P = CorsPolicy> {
    source: P,
    decision_in_extensions: bool,
}

impl<P: PolicySource> CorsLayer<P> {
    /// A layer that asks `source`, usually a [`CorsPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, decision_in_extensions: false }
    }
}

impl<P> CorsLayer<P> {
    /// Puts the [`Decision`](crate::cors::Decision) into the extensions of every response, those to
    /// preflights too, for layers outside of this one that count or log.
    ///
    /// ```
    /// use http::Response;
    /// use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Decision, Rule};
    ///
    /// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
    /// let layer = CorsLayer::new(policy).decision_in_extensions();
    ///
    /// fn label<B>(response: &Response<B>) -> Option<&'static str> {
    ///     let decision = response.extensions().get::<Decision>()?;
    ///     Some(decision.outcome().as_str())
    /// }
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }
}

impl<S, P: PolicySource + Clone> Layer<S> for CorsLayer<P> {
    type Service = Cors<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        let cors = Cors::new(inner, self.source.clone());
        if self.decision_in_extensions { cors.decision_in_extensions() } else { cors }
    }
}
