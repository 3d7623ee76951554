use tower_layer::Layer;

use super::Jsonp;
use crate::jsonp::JsonpPolicy;

/// Wraps services in [`Jsonp`], which writes their JSON into scripts for those who ask for that.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::jsonp::{CallbackPolicy, JsonpConfig, JsonpLayer, JsonpPolicy};
///
/// let callbacks = CallbackPolicy::OneOf(vec!["app.show".into()]);
/// let policy = JsonpPolicy::new(JsonpConfig::new().callbacks(callbacks))?;
/// let service = ServiceBuilder::new()
///     .layer(JsonpLayer::new(policy)) // or `JsonpLayer::default()`
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
///     });
/// # Ok::<(), tower_cross_origin::jsonp::JsonpConfigError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct JsonpLayer {
    policy: JsonpPolicy,
}

impl JsonpLayer {
    /// A layer with that policy.
    pub fn new(policy: JsonpPolicy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for JsonpLayer {
    type Service = Jsonp<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Jsonp::new(inner, self.policy.clone())
    }
}
