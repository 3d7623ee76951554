use std::{fmt, str::FromStr, sync::Arc};

use super::{
    Origin, SUBDOMAIN_WILDCARD,
    host::Host,
    non_default_port, split_authority, split_scheme,
    suggest::{OriginPatternError, diagnose},
};
use crate::limits::{HOST_BYTES, ORIGIN_BYTES};

/// One origin, or a family of them, as it stands in a configuration.
///
/// ```
/// use tower_cross_origin::origin::{OriginErrorKind, OriginPattern};
///
/// // "https://example.com"           permitted: this origin alone
/// // "https://*.example.com"         permitted: every subdomain, however deep; not https://example.com itself
/// // "http://localhost:*"            permitted: every port, and http://localhost
/// // "https://*.example.com:*"       permitted: both
/// // "https://*.example.com:8443"    permitted
/// // "http://127.0.0.1:8080"         permitted
/// // "http://[::1]:*"                permitted
/// // "capacitor://localhost"         permitted
/// // "https://example.com/"          prohibited: an origin has no path; write "https://example.com"
/// // "https://example.com:443"       prohibited: the default port is elided by browsers; write "https://example.com"
/// // "https://Example.com"           prohibited: browsers send lower case; write "https://example.com"
/// // "https://☕.example"             prohibited: browsers send the A-label; write "https://xn--53h.example"
/// // "http://0x7f.1"                 prohibited: browsers send dotted decimals; write "http://127.0.0.1"
/// // "example.com"                   prohibited: a scheme is missing; write "https://example.com"
/// // "https://*example.com"          prohibited: "*" stands for whole labels; write "https://*.example.com"
/// // "https://api.*.example.com"     prohibited: "*" stands before the whole host
/// // "https://*"                     prohibited: every host is nearly every origin
/// // "*://example.com"               prohibited: a scheme is named
/// // "null"                          prohibited: see `Rule::dangerously_allow_null_origin`
/// let pattern: OriginPattern = "https://*.example.com".parse()?;
/// assert_eq!(pattern.to_string(), "https://*.example.com");
///
/// let error = "https://example.com:443".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.kind(), OriginErrorKind::DefaultPort);
/// assert_eq!(error.suggestion(), Some("https://example.com"));
/// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginPattern {
    text: Arc<str>,
}

impl OriginPattern {
    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern is one origin.
    ///
    /// ```
    /// # use tower_cross_origin::origin::OriginPattern;
    /// assert!("http://localhost:3000".parse::<OriginPattern>()?.is_exact());
    /// assert!(!"http://localhost:*".parse::<OriginPattern>()?.is_exact());
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    pub fn is_exact(&self) -> bool {
        self.parsed().is_some_and(|pattern| pattern.is_exact())
    }

    /// Whether the pattern covers `origin`.
    ///
    /// ```
    /// # use tower_cross_origin::origin::{Origin, OriginPattern};
    /// let pattern: OriginPattern = "https://*.example.com:*".parse()?;
    /// assert!(pattern.matches(&Origin::parse(b"https://a.b.example.com:8443")?));
    /// assert!(pattern.matches(&Origin::parse(b"https://a.example.com")?));
    /// assert!(!pattern.matches(&Origin::parse(b"https://example.com")?));
    /// assert!(!pattern.matches(&Origin::parse(b"https://evilexample.com")?));
    /// assert!(!pattern.matches(&Origin::parse(b"http://a.example.com")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        self.parsed().is_some_and(|pattern| pattern.matches(origin))
    }

    /// Always there: the text was read before.
    pub(crate) fn parsed(&self) -> Option<ParsedPattern<'_>> {
        ParsedPattern::read(&self.text)
    }
}

/// # Errors
///
/// [`OriginPatternError`] for what can never match, with what to write instead.
impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        ParsedPattern::parse(written).map(|_| Self { text: written.into() })
    }
}

impl TryFrom<&str> for OriginPattern {
    type Error = OriginPatternError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for OriginPattern {
    type Error = OriginPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The pattern as it is written.
impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The pattern as it is written.
impl AsRef<str> for OriginPattern {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Writes the pattern's text.
#[cfg(feature = "serde")]
impl serde::Serialize for OriginPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Reads a text; a text that is not a pattern is an error.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for OriginPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::from_text(deserializer)
    }
}

/// A pattern's text, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParsedPattern<'a> {
    pub(crate) scheme: &'a str,
    /// Whether the subdomains of `host` are meant, and not `host`.
    pub(crate) subdomains: bool,
    pub(crate) host: &'a str,
    pub(crate) port: PortPattern,
}

impl<'a> ParsedPattern<'a> {
    /// What a configuration says, or what is wrong with it.
    pub(crate) fn parse(written: &'a str) -> Result<Self, OriginPatternError> {
        let is_pattern = |text: &str| ParsedPattern::read(text).is_some();
        Self::read(written).ok_or_else(|| diagnose(written, is_pattern))
    }

    /// Parses one origin, for a setting in which a pattern for several has no meaning.
    pub(crate) fn parse_exact(text: &'a str) -> Result<Self, ExactOriginFault> {
        match Self::parse(text) {
            Ok(parsed) if parsed.is_exact() => Ok(parsed),
            Ok(_) => Err(ExactOriginFault::SeveralOrigins),
            Err(error) => Err(ExactOriginFault::Origin(error)),
        }
    }

    /// An origin, or one with `*.` before its host, with `:*` for its port, or with both.
    fn read(text: &'a str) -> Option<Self> {
        if text.len() > ORIGIN_BYTES {
            return None;
        }
        let (scheme, rest) = split_scheme(text)?;
        // A file's origin is serialised as `null`, so that this scheme never arrives.
        if scheme == "file" {
            return None;
        }
        let (subdomains, rest) = match rest.strip_prefix(SUBDOMAIN_WILDCARD) {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (host, parsed, digits) = split_authority(rest)?;
        let port = match digits {
            Some("*") => PortPattern::Any,
            Some(digits) => PortPattern::Only(Some(non_default_port(digits, scheme)?)),
            None => PortPattern::Only(None),
        };
        // An address has no subdomains, and the shortest one takes two bytes more.
        let has_subdomains = || {
            matches!(parsed, Host::Domain(_)) && host.len() + SUBDOMAIN_WILDCARD.len() <= HOST_BYTES
        };
        (!subdomains || has_subdomains()).then_some(Self { scheme, subdomains, host, port })
    }
}

impl ParsedPattern<'_> {
    pub(crate) fn is_exact(&self) -> bool {
        !self.subdomains && self.port != PortPattern::Any
    }

    /// Whether everything that the pattern covers is on this machine itself.
    pub(crate) fn is_loopback(&self) -> bool {
        Host::parse(self.host).is_some_and(Host::is_loopback)
    }

    /// See [`Origin::is_insecure`].
    pub(crate) fn is_insecure(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// Whether it may be loopback or insecure, told without reading the host.
    pub(crate) fn needs_credential_check(&self) -> bool {
        self.scheme == "http"
            || self.host.ends_with("localhost")
            || self.host.starts_with("127.")
            || self.host.starts_with('[')
    }

    /// Whether `host` is a subdomain of the pattern's host.
    pub(crate) fn has_subdomain(&self, host: &str) -> bool {
        // What is left before the dot is the beginning of a host, and so at least a label.
        host.strip_suffix(self.host).is_some_and(|front| front.ends_with('.'))
    }

    pub(crate) fn matches(&self, origin: &Origin<'_>) -> bool {
        let Some(host) = origin.host_text() else { return false };
        let is_of_host = if self.subdomains { self.has_subdomain(host) } else { host == self.host };
        is_of_host && origin.scheme() == Some(self.scheme) && self.port.matches(origin.port())
    }
}

/// The pattern as it is written.
impl fmt::Display for ParsedPattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.subdomains { SUBDOMAIN_WILDCARD } else { "" };
        write!(f, "{}://{wildcard}{}", self.scheme, self.host)?;
        match self.port {
            PortPattern::Any => f.write_str(":*"),
            PortPattern::Only(Some(port)) => write!(f, ":{port}"),
            PortPattern::Only(None) => Ok(()),
        }
    }
}

/// Why a text is not one origin.
#[derive(Debug)]
pub(crate) enum ExactOriginFault {
    /// It is a pattern for several origins.
    SeveralOrigins,
    Origin(OriginPatternError),
}

/// The ports that a pattern covers; no port stands for the scheme's default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PortPattern {
    Any,
    Only(Option<u16>),
}

impl PortPattern {
    pub(crate) fn matches(self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == port,
        }
    }
}
