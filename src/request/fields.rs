//! The field lines of headers: a single value, and the members of a list.

use http::{HeaderMap, HeaderName, HeaderValue, header::AsHeaderName};

/// The value of a header that must have a single field line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldValue<'a> {
    Absent,
    Single(&'a HeaderValue),
    /// The header has several field lines, which no browser sends.
    Repeated,
}

impl<'a> FieldValue<'a> {
    #[inline]
    pub(crate) fn get(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        let mut lines = headers.get_all(name).iter();
        let Some(first) = lines.next() else { return Self::Absent };
        if lines.next().is_none() { Self::Single(first) } else { Self::Repeated }
    }

    pub(crate) fn single(self) -> Option<&'a HeaderValue> {
        match self {
            Self::Single(value) => Some(value),
            Self::Absent | Self::Repeated => None,
        }
    }

    pub(crate) fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }
}

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
