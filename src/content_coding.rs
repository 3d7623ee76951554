//! How the bytes of a body are coded.

use http::{HeaderMap, header::CONTENT_ENCODING};

use crate::lines::members;

/// Whether the bytes of the body are those of its media type, and not, say, compressed.
pub(crate) fn is_identity(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter().flat_map(members);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}
