//! What the layers' responses have in common.

mod vary;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_ENCODING};

pub(crate) use self::vary::VaryNames;
use crate::request::fields::list_members;

/// A response without a body, which a layer makes in place of the inner service.
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

/// Marks a response, in its extensions, as a script or an image for pages of other origins:
/// `EmbeddingPolicy` leaves its `Cross-Origin-Resource-Policy` unchanged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepResourcePolicy;

/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Whether the response ends HTTP on its connection or stream: a `101`, or a 2xx to `CONNECT`, which is
/// also how a WebSocket begins over HTTP/2. No layer changes such a response.
/// RFC 9110, sections 15.2.2 and 9.3.6; RFC 8441
#[inline]
pub(crate) fn is_upgrade_response(is_connect: bool, status: StatusCode) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || (is_connect && status.is_success())
}

/// Whether the body's bytes are those of its media type, and not compressed, for example.
pub(crate) fn has_identity_coding(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter().flat_map(list_members);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// Makes the clones of a value count references. The first clone of a fresh value allocates the count:
/// that must not happen within a request.
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

    /// Converts the frame's data. Copies nothing if it is `Bytes` already.
    pub(crate) fn frame_into_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
        frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
    }

    /// Returns the length in the type of size hints.
    pub(crate) fn len_u64(bytes: &[u8]) -> u64 {
        u64::try_from(bytes.len()).unwrap_or(u64::MAX)
    }
}
