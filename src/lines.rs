//! The lines of headers: the only one, and the members of a list.

use http::{HeaderMap, HeaderValue, header::AsHeaderName};

/// The header's one line; `None` where there is none, and where there are several, of which no reader
/// knows which one is meant.
#[inline]
pub(crate) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    lines.next().is_none().then_some(line)
}

/// The members of a line that is a list, without the white space around them. RFC 9110, section 5.6.1
pub(crate) fn members(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}
