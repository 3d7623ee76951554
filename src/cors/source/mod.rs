//! Where the policy for a request comes from.

mod by_request;
#[cfg(feature = "reload")]
mod handle;
mod shadow;
mod view;

use std::sync::Arc;

use http::HeaderName;

pub use self::{
    by_request::ByRequest,
    shadow::{Shadow, ShadowDifference},
    view::RequestView,
};
use super::CorsPolicy;
use crate::RequestHead;

/// Where a [`Cors`](super::Cors) service finds the policy for a request.
///
/// A [`CorsPolicy`] is the source of itself, for every request. Others are `PolicyHandle`, with the feature
/// `reload`, [`ByRequest`] and [`Shadow`]; [the module](super#where-the-policy-comes-from) says which is for
/// what. An implementation of one's own looks like this:
///
/// ```
/// use http::{HeaderName, header::HOST};
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, PolicySource}};
///
/// #[derive(Clone)]
/// struct ByPath {
///     public: CorsPolicy,
///     private: CorsPolicy,
/// }
///
/// impl PolicySource for ByPath {
///     fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
///         decide(if head.uri().path().starts_with("/public/") { &self.public } else { &self.private })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of CORS policies",
    note = "of a `Rule` or a `CorsConfig` a policy is made first: `CorsPolicy::new(rule)?`, \
            `CorsPolicy::try_from(config)?`"
)]
pub trait PolicySource {
    /// Calls `decide` with the policy for this request.
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R;

    /// The request headers that the choice of the policy depends on; they are added to the `Vary` of
    /// every response. The method and the target need no mention: caches tell them apart anyhow.
    fn varies_on(&self) -> &[HeaderName] {
        &[]
    }
}

/// The same policy for every request.
impl PolicySource for CorsPolicy {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        decide(self)
    }
}

/// The same source, shared.
impl<P: PolicySource> PolicySource for Arc<P> {
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        (**self).with(head, decide)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}
