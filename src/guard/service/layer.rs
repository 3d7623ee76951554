use std::{fmt, sync::Arc};

use tower_layer::Layer;

use super::Guard;
use crate::{guard::Check, response::VaryNames};

/// Wraps services in [`Guard`], which passes on what a [`Check`] lets pass.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::guard::{Check, Csrf, GuardLayer, Refusal, WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::convert::Infallible> {
/// let service = ServiceBuilder::new()
///     .layer(GuardLayer::new(WebSocket::new().and(Csrf::new())))
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
///
/// let form = Request::post("/transfer").header("sec-fetch-site", "cross-site").body(()).unwrap();
/// let answer = service.oneshot(form).await?;
/// assert_eq!(answer.status(), StatusCode::FORBIDDEN);
/// assert_eq!(answer.extensions().get(), Some(&Refusal::CsrfSite));
/// # Ok(())
/// # }
/// ```
#[must_use = "a layer does nothing before it wraps a service"]
pub struct GuardLayer<C> {
    prepared: Arc<Prepared<C>>,
}

/// A check, and what its responses vary on.
#[derive(Debug)]
pub(super) struct Prepared<C> {
    pub(super) check: C,
    pub(super) vary: VaryNames,
}

impl<C: Check> GuardLayer<C> {
    /// A layer that asks this check.
    pub fn new(check: C) -> Self {
        let vary = VaryNames::new(&check.varies_on());
        Self { prepared: Arc::new(Prepared { check, vary }) }
    }
}

impl<C> Clone for GuardLayer<C> {
    fn clone(&self) -> Self {
        Self { prepared: self.prepared.clone() }
    }
}

impl<C: fmt::Debug> fmt::Debug for GuardLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer").field("check", &self.prepared.check).finish_non_exhaustive()
    }
}

impl<S, C> Layer<S> for GuardLayer<C> {
    type Service = Guard<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Guard::new(inner, self.prepared.clone())
    }
}
