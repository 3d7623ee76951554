//! Helpers for the responses of all layers.

mod vary;

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_ENCODING},
};

pub(crate) use self::vary::VaryNames;
use crate::request::fields::list_members;

/// A response without a body that a layer returns instead of the inner service.
#[derive(Debug)]
pub(crate) struct EarlyResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl EarlyResponse {
    pub(crate) fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Adds `Cache-Control: no-store` to a rejection, unless the application set `Cache-Control`.
///
/// A cache may store a 403 with explicit freshness, or by its own configuration. It would serve the rejection to
/// allowed pages. RFC 9111, sections 3 and 5.2.2.5
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    insert_if_absent(headers, CACHE_CONTROL, NO_STORE);
}

/// Inserts the header if it is missing.
///
/// Does not use `HeaderMap::entry`, so that the compiler inlines it in `VaryNames::apply`.
pub(crate) fn insert_if_absent(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A marker in the extensions of a response for pages of other origins.
///
/// `EmbeddingPolicy` does not change the `Cross-Origin-Resource-Policy` of such scripts and images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepResourcePolicy;

/// `Cross-Origin-Resource-Policy`. <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Returns `true` if the response ends HTTP on the connection or stream.
///
/// This is a `101`, or a 2xx response to `CONNECT`. A `CONNECT` request also starts a WebSocket over
/// HTTP/2. Layers do not change such a response. RFC 9110, sections 15.2.2 and 9.3.6; RFC 8441
#[inline]
pub(crate) fn is_upgrade_response(is_connect: bool, status: StatusCode) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || (is_connect && status.is_success())
}

/// Returns `true` if the body is not compressed or otherwise encoded.
pub(crate) fn has_identity_coding(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter().flat_map(list_members);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// Makes clones of a value share its memory.
///
/// The first clone of a new value allocates a reference count. This must not happen during a request.
pub(crate) fn preshare(value: HeaderValue) -> HeaderValue {
    drop(value.clone());
    value
}

#[cfg(feature = "tower")]
pub(crate) use self::body::{frame_into_bytes, len_u64};

#[cfg(feature = "tower")]
mod body {
    use bytes::{Buf, Bytes};
    use http_body::Frame;

    /// Converts the frame's data. Does not copy `Bytes`.
    pub(crate) fn frame_into_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
        frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
    }

    /// Returns the length in the type of size hints.
    pub(crate) fn len_u64(bytes: &[u8]) -> u64 {
        u64::try_from(bytes.len()).unwrap_or(u64::MAX)
    }
}
