//! Headers that have one line, or say nothing.

use http::{HeaderMap, HeaderValue, header::AsHeaderName};

/// The header's one line; `None` where there is none, and where there are several, of which no reader
/// knows which one is meant.
#[inline]
pub(crate) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    lines.next().is_none().then_some(line)
}
