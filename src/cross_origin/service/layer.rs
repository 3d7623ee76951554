use tower_layer::Layer;

use super::CrossOriginService;
use crate::cross_origin::{CrossOriginPolicy, CrossOriginSource};

/// Wraps services in [`CrossOriginService`].
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{
///     cross_origin::{CrossOrigin, CrossOriginLayer, CrossOriginPolicy},
///     embedding::Embedding,
/// };
///
/// let config = CrossOrigin { embedding: Some(Embedding::private_api()), ..CrossOrigin::default() };
/// let layer = CrossOriginLayer::new(CrossOriginPolicy::try_from(config)?);
/// let service = ServiceBuilder::new().layer(layer).service_fn(
///     async |_: Request<String>| Ok::<_, Infallible>(Response::new("items".to_owned())),
/// );
/// let response = service.oneshot(Request::new(String::new())).await?;
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct CrossOriginLayer<P = CrossOriginPolicy> {
    source: P,
    decision_in_extensions: bool,
}

impl<P: CrossOriginSource> CrossOriginLayer<P> {
    /// A layer that asks `source`, usually a [`CrossOriginPolicy`].
    pub fn new(source: P) -> Self {
        Self { source, decision_in_extensions: false }
    }
}

impl<P> CrossOriginLayer<P> {
    /// See [`CorsLayer::decision_in_extensions`](crate::cors::CorsLayer::decision_in_extensions).
    pub fn decision_in_extensions(mut self) -> Self {
        self.decision_in_extensions = true;
        self
    }
}

impl<S, P: CrossOriginSource + Clone> Layer<S> for CrossOriginLayer<P> {
    type Service = CrossOriginService<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossOriginService::new(inner, self.source.clone(), self.decision_in_extensions)
    }
}
