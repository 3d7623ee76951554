use http::{Extensions, HeaderMap, StatusCode, Version};

/// In the extensions of a response whose body is a stream that must reach its reader as it comes.
///
/// [`SseLayer`](crate::push::SseLayer) puts it there, for layers outside of it that would wait for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Streaming;

/// Whether a response may be compressed: for `CompressionLayer::compress_when` of tower-http, which
/// takes functions of this form.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::push::{SseLayer, is_not_streaming};
/// use tower_http::compression::{CompressionLayer, Predicate, predicate::DefaultPredicate};
///
/// let compression = CompressionLayer::new()
///     .compress_when(DefaultPredicate::new().and(is_not_streaming));
/// let layers = ServiceBuilder::new().layer(compression).layer(SseLayer::new());
/// ```
///
/// tower-http leaves `text/event-stream` alone by itself, and lines of JSON it does not. It does not
/// look at `no-transform`, which is for proxies.
pub fn is_not_streaming(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Streaming>().is_none()
}
