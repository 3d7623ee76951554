use tower_layer::Layer;

use super::Embedded;
use crate::embedding::EmbeddingPolicy;

/// Wraps services in [`Embedded`], whose responses have the headers of a policy.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::embedding::{Embedding, EmbeddingLayer, EmbeddingPolicy};
///
/// let policy = EmbeddingPolicy::new(Embedding::cross_origin_isolated())?;
/// let service = ServiceBuilder::new()
///     .layer(EmbeddingLayer::new(policy))
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(()))
///     });
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct EmbeddingLayer {
    policy: EmbeddingPolicy,
}

impl EmbeddingLayer {
    /// A layer with this policy.
    pub fn new(policy: EmbeddingPolicy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for EmbeddingLayer {
    type Service = Embedded<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Embedded::new(inner, self.policy.clone())
    }
}
