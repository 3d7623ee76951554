//! The field lines of headers: a single value, and the members of a list.

use http::{HeaderMap, HeaderValue, header::AsHeaderName};

/// Returns the header's only field line; `None` for zero or several field lines.
///
/// Recipients disagree about the field line that they use.
#[inline]
pub(crate) fn single_value(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    lines.next().is_none().then_some(line)
}

/// Returns the members of a list, without the white space around them.
///
/// RFC 9110, section 5.6.1
pub(crate) fn list_members(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}
