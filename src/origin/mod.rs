//! Origins as browsers serialize them, patterns for origins, and sets of patterns.
//!
//! - [`Origin`] borrows from an `Origin` header, and accepts only what a browser can send; [`OriginBuf`]
//!   owns its text.
//! - [`OriginPattern`] is an origin, or a pattern for several, in a configuration. An invalid one is an
//!   [`OriginPatternError`] with a suggestion. [`OriginPattern::normalize`] corrects what people type
//!   into a form.
//! - [`OriginSet`] holds many patterns and regular expressions, and finds the one that matches an origin.
//!   Its clones share its memory. Settings take everything that is [`IntoOrigins`].
//!
//! ```
//! use tower_cross_origin::origin::{Origin, OriginSet};
//!
//! let partners = OriginSet::parse(["https://*.example.com", "http://localhost:8080"])?;
//! let origin = Origin::parse(b"https://app.example.com")?;
//! assert!(partners.contains(&origin));
//!
//! let error = OriginSet::parse(["https://app.example.com/"]).unwrap_err();
//! assert_eq!(error.suggestion(), Some("https://app.example.com"));
//!
//! // CORS_ORIGINS="https://app.example.com, http://localhost:*"
//! let origins: OriginSet = "https://app.example.com, http://localhost:*".parse()?;
//! assert_eq!(origins.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod host;
mod idna;
mod into_origins;
mod named_origins;
mod normalize;
mod origin_buf;
mod pattern;
mod public_suffix;
mod regex;
mod set;
mod suggest;

use std::{error::Error, fmt};

use http::HeaderValue;

#[cfg(feature = "regex")]
pub use self::regex::OriginRegexError;
pub use self::regex::OriginRegexErrorKind;
pub use self::{
    host::Host,
    into_origins::IntoOrigins,
    normalize::NormalizedOrigin,
    origin_buf::OriginBuf,
    pattern::OriginPattern,
    set::{Member, Members, OriginSet, OriginSetError},
    suggest::{OriginErrorKind, OriginPatternError},
};

// Not a part of the public API: integration tests and fuzz targets compare `OriginSet::difference` with a
// reference model.
#[doc(hidden)]
pub use self::set::{Difference, Inclusion, Uncovered};

pub(crate) use self::idna::has_valid_a_labels;
#[allow(unused_imports, reason = "only modules that have a feature use it")]
pub(crate) use self::into_origins::Origins;
#[cfg(feature = "browser")]
pub(crate) use self::public_suffix::registrable_domain;
#[cfg(feature = "regex")]
pub(crate) use self::regex::{OriginRegex, OriginRegexes, RegexLint, insecure_origin, lints};
pub(crate) use self::regex::{matching_origins, may_match_http};
pub(crate) use self::{
    host::is_loopback_name,
    named_origins::{MemberFault, NamedOrigins, list_name},
    pattern::{ExactOriginFault, ParsedPattern, PortPattern},
    public_suffix::is_public_suffix,
    set::{InclusionCheck, labels},
};
use crate::{
    config::{Message, display_message},
    limits::{ORIGIN_BYTES, SCHEME_BYTES},
};

/// An origin as a browser serialises it: `https://app.example.com`, `http://[::1]:8080`, or `null`.
///
/// Two origins are equal if and only if their bytes are: browsers compare them so, and there is no
/// second way to write one. <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
///
/// What is read is deliberately narrower than a URL:
/// - a lower-case scheme of at most [`SCHEME_BYTES`];
/// - a host of labels `[a-z0-9_-]`, none of them empty, without a trailing dot, at most
///   [`HOST_BYTES`](crate::limits::HOST_BYTES); or a dotted IPv4 address; or a bracketed IPv6 address
///   in its canonical form;
/// - a port from 1 to 65535 without leading zeros that is not the scheme's default;
/// - or `null`, the serialisation of every opaque origin.
///
/// ```
/// use tower_cross_origin::origin::{Host, Origin};
///
/// let origin = Origin::parse(b"https://app.example.com:8443")?;
/// assert_eq!(origin.scheme(), Some("https"));
/// assert_eq!(origin.host(), Some(Host::Domain("app.example.com")));
/// assert_eq!(origin.port(), Some(8443));
///
/// // "https://app.example.com:443"  refused: the default port is elided by browsers
/// // "https://app.example.com/"     refused: an origin has no path
/// // "HTTPS://app.example.com"      refused: browsers send lower case
/// // "https://evil.com#.example.com" refused: no browser sends it
/// assert!(Origin::parse(b"https://evil.com#.example.com").is_err());
/// # Ok::<(), tower_cross_origin::origin::InvalidOriginError>(())
/// ```
///
/// It borrows, and so cannot outlive the header that it was read from:
///
/// ```compile_fail,E0505
/// use tower_cross_origin::origin::Origin;
///
/// let header = String::from("https://app.example.com");
/// let origin = Origin::parse(header.as_bytes()).unwrap();
/// drop(header);
/// println!("{origin}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    serialized: &'a str,
    tuple: Option<Tuple<'a>>,
}

impl<'a> Origin<'a> {
    /// The origin whose serialisation is `serialized`. Nothing is allocated.
    ///
    /// # Errors
    ///
    /// [`InvalidOriginError`] for anything that no browser sends.
    pub fn parse(serialized: &'a [u8]) -> Result<Self, InvalidOriginError> {
        parse_origin(serialized)
    }

    /// Returns an owned copy, which outlives the header.
    pub fn to_buf(&self) -> OriginBuf {
        OriginBuf::from(*self)
    }

    /// The bytes that a browser sends.
    pub fn as_str(&self) -> &'a str {
        self.serialized
    }

    /// Whether this is `null`: a sandboxed frame, a `data:` document, a file, a tainted redirect.
    ///
    /// Any page can make itself one of these, so that `null` says nothing about who asks.
    pub fn is_opaque(&self) -> bool {
        self.tuple.is_none()
    }

    /// `https` of `https://app.example.com:8443`; `None` for an opaque origin.
    pub fn scheme(&self) -> Option<&'a str> {
        self.tuple.map(|tuple| tuple.scheme)
    }

    /// The host; `None` for an opaque origin.
    pub fn host(&self) -> Option<Host<'a>> {
        self.tuple.map(|tuple| tuple.host)
    }

    /// The port, where it is not the scheme's default; `None` for an opaque origin too.
    pub fn port(&self) -> Option<u16> {
        self.tuple.and_then(|tuple| tuple.port)
    }

    /// The host as it is written; `None` for an opaque origin.
    pub(crate) fn host_text(&self) -> Option<&'a str> {
        self.tuple.map(|tuple| tuple.host_text)
    }

    /// Whether the host is this machine itself: `localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`.
    ///
    /// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
    pub fn is_loopback(&self) -> bool {
        self.tuple.is_some_and(|tuple| tuple.host.is_loopback())
    }

    /// Whether pages of this origin come over plain HTTP from another machine, so that anyone on the
    /// way can put script into them.
    pub fn is_insecure(&self) -> bool {
        self.scheme() == Some("http") && !self.is_loopback()
    }
}

impl<'a> TryFrom<&'a [u8]> for Origin<'a> {
    type Error = InvalidOriginError;

    fn try_from(serialized: &'a [u8]) -> Result<Self, Self::Error> {
        Self::parse(serialized)
    }
}

impl<'a> TryFrom<&'a str> for Origin<'a> {
    type Error = InvalidOriginError;

    fn try_from(serialized: &'a str) -> Result<Self, Self::Error> {
        Self::parse(serialized.as_bytes())
    }
}

/// Parses the value of an `Origin` header.
///
/// ```
/// use http::HeaderValue;
/// use tower_cross_origin::origin::Origin;
///
/// let header = HeaderValue::from_static("https://app.example.com");
/// assert_eq!(Origin::try_from(&header)?, "https://app.example.com");
/// # Ok::<(), tower_cross_origin::origin::InvalidOriginError>(())
/// ```
impl<'a> TryFrom<&'a HeaderValue> for Origin<'a> {
    type Error = InvalidOriginError;

    fn try_from(header: &'a HeaderValue) -> Result<Self, Self::Error> {
        Self::parse(header.as_bytes())
    }
}

impl AsRef<str> for Origin<'_> {
    fn as_ref(&self) -> &str {
        self.serialized
    }
}

impl PartialEq<str> for Origin<'_> {
    fn eq(&self, text: &str) -> bool {
        self.serialized == text
    }
}

impl PartialEq<&str> for Origin<'_> {
    fn eq(&self, text: &&str) -> bool {
        self.serialized == *text
    }
}

/// The bytes that a browser sends.
impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.serialized)
    }
}

/// The error of bytes that are not an origin that a browser can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidOriginError;

impl InvalidOriginError {
    #[expect(clippy::unused_self, reason = "as the methods of the other errors")]
    pub(crate) fn message(self) -> Message {
        Message::new(
            "the value is not an origin that a browser can send",
            "browsers send \"null\", or a lower-case scheme, a host and a port that is not the default",
            "use a value such as \"https://app.example.com\"",
        )
    }
}

display_message!(InvalidOriginError);

impl Error for InvalidOriginError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tuple<'a> {
    scheme: &'a str,
    host_text: &'a str,
    host: Host<'a>,
    port: Option<u16>,
}

impl<'a> Tuple<'a> {
    fn parse(serialized: &'a str) -> Option<Self> {
        let (scheme, rest) = split_scheme(serialized)?;
        let (host_text, host, digits) = split_authority(rest)?;
        let port = match digits {
            Some(digits) => Some(non_default_port(digits, scheme)?),
            None => None,
        };
        Some(Self { scheme, host_text, host, port })
    }
}

/// <https://fetch.spec.whatwg.org/#origin-header>: `origin-or-null`, narrowed as [`Origin`] says.
///
/// A function of its own, so that callers inline [`Origin::parse`] and copy the origin once less.
fn parse_origin(serialized: &[u8]) -> Result<Origin<'_>, InvalidOriginError> {
    if serialized.len() > ORIGIN_BYTES {
        return Err(InvalidOriginError);
    }
    let serialized = std::str::from_utf8(serialized).map_err(|_| InvalidOriginError)?;
    if serialized == "null" {
        return Ok(Origin { serialized, tuple: None });
    }
    let tuple = Tuple::parse(serialized).ok_or(InvalidOriginError)?;
    Ok(Origin { serialized, tuple: Some(tuple) })
}

/// What stands before `://`, and what stands after it.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    // Nearly all are one of these two, and comparing eight bytes is less than looking at each.
    for (scheme, len) in [("https://", "https".len()), ("http://", "http".len())] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return Some((scheme.get(..len)?, rest));
        }
    }
    let (scheme, rest) = text.split_at_checked(scheme_len(text)?)?;
    Some((scheme, rest.strip_prefix("://")?))
}

/// The host, and what stands after its colon.
fn split_authority(rest: &str) -> Option<(&str, Host<'_>, Option<&str>)> {
    let (host, len) = Host::parse_start(rest)?;
    let (text, rest) = rest.split_at_checked(len)?;
    match rest.strip_prefix(':') {
        Some(digits) => Some((text, host, Some(digits))),
        None => rest.is_empty().then_some((text, host, None)),
    }
}

/// `lower-alpha *(lower-alphanum / "+" / "-" / ".")`
fn scheme_len(serialized: &str) -> Option<usize> {
    let bytes = serialized.as_bytes();
    let is_scheme = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let len = bytes.iter().position(|byte| !is_scheme(byte))?;
    let starts_with_a_letter = bytes.first().is_some_and(u8::is_ascii_lowercase);
    (starts_with_a_letter && len <= SCHEME_BYTES).then_some(len)
}

/// Reads a port from 1 to 65535, written with one to five digits.
///
/// Leading zeros are allowed, since clients may write them in `Host`.
pub(crate) fn parse_port(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    let add =
        |port: u32, digit: &u8| digit.is_ascii_digit().then(|| port * 10 + u32::from(digit - b'0'));
    let port = digits.iter().try_fold(0, add)?;
    u16::try_from(port).ok().filter(|port| *port > 0)
}

/// Reads a port as browsers write it: without leading zeros.
fn parse_canonical_port(digits: &str) -> Option<u16> {
    parse_port(digits.as_bytes()).filter(|_| !digits.starts_with('0'))
}

/// A port that browsers do not leave out after this scheme.
fn non_default_port(digits: &str, scheme: &str) -> Option<u16> {
    parse_canonical_port(digits).filter(|&port| default_port(scheme) != Some(port))
}

/// The port that browsers leave out. <https://url.spec.whatwg.org/#default-port>
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        "ftp" => Some(21),
        _ => None,
    }
}

/// Reads a text, and parses it.
#[cfg(feature = "serde")]
fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: fmt::Display>,
{
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// What stands before the host of a pattern for every subdomain.
const SUBDOMAIN_WILDCARD: &str = "*.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_with_leading_zeros_is_not_canonical() {
        for (digits, port, canonical) in [
            ("1", Some(1), Some(1)),
            ("80", Some(80), Some(80)),
            ("65535", Some(65_535), Some(65_535)),
            ("0080", Some(80), None),
            ("0", None, None),
            ("00000", None, None),
            ("000080", None, None),
            ("65536", None, None),
            ("100000", None, None),
            ("", None, None),
            ("+1", None, None),
            ("8a", None, None),
            ("8\u{664}", None, None),
        ] {
            assert_eq!(parse_port(digits.as_bytes()), port, "{digits}");
            assert_eq!(parse_canonical_port(digits), canonical, "{digits}");
        }
    }
}
