//! Origins as browsers serialize them, patterns for origins, and sets of patterns.
//!
//! - [`Origin`] borrows from an `Origin` header, and accepts only values that a browser can send.
//!   [`OriginBuf`] owns its text.
//! - [`OriginPattern`] is an origin, or a pattern for several origins, in a configuration. An invalid
//!   pattern is an [`OriginPatternError`] with a suggestion. [`OriginPattern::normalize`] corrects origins
//!   that people type into a form.
//! - [`OriginSet`] holds many patterns and regular expressions, and finds the one that matches an origin.
//!   Clones share memory. Settings accept every type that implements [`IntoOrigins`].
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

mod hole;
mod host;
mod idna;
mod into_origins;
mod named_origins;
mod normalize;
mod origin_buf;
mod pattern;
mod public_suffix;
mod regex;
mod risk;
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

#[cfg(feature = "guard")]
pub(crate) use self::idna::domain_to_ascii;
pub(crate) use self::idna::has_valid_a_labels;
#[allow(unused_imports, reason = "only modules that have a feature use it")]
pub(crate) use self::into_origins::Origins;
#[cfg(feature = "browser")]
pub(crate) use self::public_suffix::registrable_domain;
#[cfg(feature = "regex")]
pub(crate) use self::regex::{OriginRegex, OriginRegexes, RegexLint, lints, matches_only_files};
pub(crate) use self::regex::{matching_origins, may_match_http};
pub(crate) use self::{
    host::is_loopback_name,
    named_origins::{MemberFault, NamedOrigins, list_name},
    pattern::{ExactOriginFault, ParsedPattern, PortPattern},
    risk::{AllowedRisks, OriginRisk, regex_risks},
    set::{InclusionCheck, LintSteps, labels},
};
use crate::{
    config::{Message, display_message},
    limits::{ORIGIN_BYTES, SCHEME_BYTES},
};

/// An origin as a browser serialises it.
///
/// Examples: `https://app.example.com`, `http://[::1]:8080`, and `null`.
///
/// Two origins are equal if and only if their bytes are equal. Browsers compare origins in this way, and
/// every origin has exactly one serialisation.
/// <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
///
/// The accepted syntax is deliberately narrower than the syntax of URLs:
/// - a lower-case scheme of at most [`SCHEME_BYTES`];
/// - a host of at most [`HOST_BYTES`](crate::limits::HOST_BYTES), as described below;
/// - a port from 1 to 65535 without leading zeros that is not the scheme's default;
/// - or `null`, the serialisation of every opaque origin;
/// - or `file://`, which some browsers send for every local file.
///
/// The host depends on the scheme:
/// - For `http`, `https`, `ws`, `wss` and `ftp`: labels `[a-z0-9_-]`, or a dotted IPv4 address, or a bracketed
///   IPv6 address in its canonical form. Labels are not empty. One dot may follow the last label:
///   `https://example.com.` is a different origin than `https://example.com`.
/// - For applications and extensions: `[A-Za-z0-9._~%-]`, or a bracketed IPv6 address. Case is significant.
///
/// ```
/// use tower_cross_origin::origin::{Host, Origin};
///
/// let origin = Origin::parse(b"https://app.example.com:8443")?;
/// assert_eq!(origin.scheme(), Some("https"));
/// assert_eq!(origin.host(), Some(Host::Domain("app.example.com")));
/// assert_eq!(origin.port(), Some(8443));
///
/// let extension = Origin::parse(b"safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA")?;
/// assert_eq!(extension.host(), Some(Host::Opaque("140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA")));
///
/// // "https://app.example.com:443"  rejected: browsers omit the default port
/// // "https://app.example.com/"     rejected: browsers send no path
/// // "https://App.example.com"      rejected: browsers send lower case
/// // "https://evil.com#.example.com" rejected: browsers never send a fragment
/// assert!(Origin::parse(b"https://evil.com#.example.com").is_err());
/// # Ok::<(), tower_cross_origin::origin::InvalidOriginError>(())
/// ```
///
/// An `Origin` borrows from the header, and cannot outlive it:
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
    /// Parses the serialisation of an origin. Does not allocate.
    ///
    /// # Errors
    ///
    /// [`InvalidOriginError`] if no browser can send `serialized` as an origin.
    pub fn parse(serialized: &'a [u8]) -> Result<Self, InvalidOriginError> {
        parse_origin(serialized)
    }

    /// Returns an owned copy, which outlives the header.
    pub fn to_buf(&self) -> OriginBuf {
        OriginBuf::from(*self)
    }

    /// Returns the origin as a browser sends it.
    pub fn as_str(&self) -> &'a str {
        self.serialized
    }

    /// Returns `true` if the origin is `null`.
    ///
    /// Sandboxed frames, `data:` documents, local files and requests after a cross-origin redirect have
    /// this origin. Any page can create such a frame, so `null` does not identify the sender.
    pub fn is_opaque(&self) -> bool {
        self.tuple.is_none()
    }

    /// Returns `true` if the origin is `file://`.
    ///
    /// Some applications, and browsers that give files access to other files, send it for every local file.
    /// Most browsers send `null` instead. A saved page or an attachment is a local file, too, so `file://`
    /// does not identify the sender.
    pub fn is_file(&self) -> bool {
        self.serialized == FILE_ORIGIN
    }

    /// Returns the scheme; `None` for an opaque origin.
    pub fn scheme(&self) -> Option<&'a str> {
        self.tuple.map(|tuple| tuple.scheme)
    }

    /// Returns the host; `None` for an opaque origin.
    pub fn host(&self) -> Option<Host<'a>> {
        self.tuple.map(|tuple| tuple.host)
    }

    /// Returns the port if it is not the scheme's default port.
    ///
    /// Returns `None` for an opaque origin, too.
    pub fn port(&self) -> Option<u16> {
        self.tuple.and_then(|tuple| tuple.port)
    }

    /// Returns the text of the host; `None` for an opaque origin.
    pub(crate) fn host_text(&self) -> Option<&'a str> {
        self.tuple.map(|tuple| tuple.host_text)
    }

    /// Returns `true` if the host is a loopback host: `localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`.
    ///
    /// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
    pub fn is_loopback(&self) -> bool {
        self.tuple.is_some_and(|tuple| tuple.host.is_loopback())
    }

    /// Returns `false` for `null` and for files, whose pages are not distinguished from each other.
    ///
    /// With `only_secure`, also returns `false` for insecure origins.
    #[cfg(any(feature = "cors", feature = "guard"))]
    pub(crate) fn may_have_credentials(&self, only_secure: bool) -> bool {
        self.scheme().is_some_and(|scheme| scheme != "file") && !(only_secure && self.is_insecure())
    }

    /// Returns `true` for the scheme `http`, unless the host is a loopback host.
    ///
    /// A network attacker can modify the pages of such an origin.
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

/// Writes the origin as a browser sends it.
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
            "browsers send \"null\", \"file://\", or a lower-case scheme, a host and a non-default port",
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
        let (scheme, kind, rest) = split_scheme(serialized)?;
        let (host_text, host, digits) = split_authority(kind, rest)?;
        let port = match digits {
            Some(digits) => Some(non_default_port(digits, scheme)?),
            None => None,
        };
        Some(Self { scheme, host_text, host, port })
    }
}

/// Parses `origin-or-null`, narrowed as documented at [`Origin`].
///
/// <https://fetch.spec.whatwg.org/#origin-header>
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

/// The kind of a scheme, which decides about its hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SchemeKind {
    /// The hosts are domain names and IP addresses. <https://url.spec.whatwg.org/#special-scheme>
    Web,
    /// The only origin is `file://`.
    File,
    /// The scheme of an application or an extension. The hosts are opaque hosts.
    Application,
}

impl SchemeKind {
    fn new(scheme: &str) -> Self {
        match scheme {
            "https" | "http" | "wss" | "ws" | "ftp" => Self::Web,
            "file" => Self::File,
            _ => Self::Application,
        }
    }
}

/// Splits a text at `://`, if the part before it is a scheme.
fn split_scheme(text: &str) -> Option<(&str, SchemeKind, &str)> {
    // Nearly all origins have one of these schemes; comparing eight bytes is faster than checking each
    // byte.
    for (scheme, len) in [("https://", "https".len()), ("http://", "http".len())] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return Some((scheme.get(..len)?, SchemeKind::Web, rest));
        }
    }
    let (scheme, rest) = text.split_at_checked(scheme_len(text)?)?;
    Some((scheme, SchemeKind::new(scheme), rest.strip_prefix("://")?))
}

/// Splits a text into the host, the parsed host, and the text after the colon.
#[inline]
fn split_authority(kind: SchemeKind, rest: &str) -> Option<(&str, Host<'_>, Option<&str>)> {
    let (host, len) = match kind {
        SchemeKind::Web => Host::parse_start(rest)?,
        SchemeKind::Application => Host::parse_opaque_start(rest)?,
        SchemeKind::File => return rest.is_empty().then_some(("", Host::Empty, None)),
    };
    let (text, rest) = rest.split_at_checked(len)?;
    match rest.strip_prefix(':') {
        Some(digits) => Some((text, host, Some(digits))),
        None => rest.is_empty().then_some((text, host, None)),
    }
}

/// Returns the length of the scheme: `lower-alpha *(lower-alphanum / "+" / "-" / ".")`.
fn scheme_len(serialized: &str) -> Option<usize> {
    let bytes = serialized.as_bytes();
    let is_scheme = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let len = bytes.iter().position(|byte| !is_scheme(byte))?;
    let starts_with_a_letter = bytes.first().is_some_and(u8::is_ascii_lowercase);
    (starts_with_a_letter && len <= SCHEME_BYTES).then_some(len)
}

/// Parses a port from 1 to 65535, written with one to five digits.
///
/// Leading zeros are accepted, since clients may write them in `Host`.
pub(crate) fn parse_port(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    let add =
        |port: u32, digit: &u8| digit.is_ascii_digit().then(|| port * 10 + u32::from(digit - b'0'));
    let port = digits.iter().try_fold(0, add)?;
    u16::try_from(port).ok().filter(|port| *port > 0)
}

/// Parses a port as browsers write it: without leading zeros.
fn parse_canonical_port(digits: &str) -> Option<u16> {
    parse_port(digits.as_bytes()).filter(|_| !digits.starts_with('0'))
}

/// Parses a port that is not the default port of the scheme.
fn non_default_port(digits: &str, scheme: &str) -> Option<u16> {
    parse_canonical_port(digits).filter(|&port| default_port(scheme) != Some(port))
}

/// Returns the default port of a scheme, which browsers omit. <https://url.spec.whatwg.org/#default-port>
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        "ftp" => Some(21),
        _ => None,
    }
}

/// Deserializes a string, and parses it.
#[cfg(feature = "serde")]
fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: fmt::Display>,
{
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// The origin of local files in some browsers and applications.
pub(crate) const FILE_ORIGIN: &str = "file://";

/// The prefix of a host that matches every subdomain.
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
