use std::{fmt, str::FromStr, sync::Arc};

use super::{
    Origin, SUBDOMAIN_WILDCARD, SchemeKind,
    host::Host,
    non_default_port, split_authority, split_scheme,
    suggest::{OriginPatternError, diagnose},
};
use crate::limits::{HOST_BYTES, ORIGIN_BYTES};

/// A single origin, or a pattern for several origins, in a configuration.
///
/// ```
/// use tower_cross_origin::origin::{OriginErrorKind, OriginPattern};
///
/// // "https://example.com"           valid: only this origin
/// // "https://*.example.com"         valid: subdomains of any depth; does not match https://example.com
/// // "http://localhost:*"            valid: every port, and http://localhost
/// // "https://*.example.com:*"       valid: subdomains of any depth, with every port
/// // "https://*.example.com:8443"    valid
/// // "http://127.0.0.1:8080"         valid
/// // "http://[::1]:*"                valid
/// // "capacitor://localhost"         valid
/// // "https://example.com."          valid: only pages at the host with the dot
/// // "app://."                       valid
/// // "file://"                       valid: every local file; see `Rule::dangerously_allow_null_origin`
/// // "https://example.com/"          invalid: browsers send no path; write "https://example.com"
/// // "https://example.com:443"       invalid: browsers omit the default port; write "https://example.com"
/// // "https://Example.com"           invalid: browsers send lower case; write "https://example.com"
/// // "file:///index.html"            invalid: browsers send "null" or "file://" for local files
/// // "https://☕.example"             invalid: browsers send the A-label; write "https://xn--53h.example"
/// // "http://0x7f.1"                 invalid: browsers send dotted decimals; write "http://127.0.0.1"
/// // "example.com"                   invalid: the scheme is missing; write "https://example.com"
/// // "https://*example.com"          invalid: "*" matches whole labels; write "https://*.example.com"
/// // "https://api.*.example.com"     invalid: "*" is only allowed before the whole host
/// // "https://*"                     invalid: this would match almost every origin
/// // "*://example.com"               invalid: wildcards are not allowed in the scheme
/// // "null"                          invalid: see `Rule::dangerously_allow_null_origin`
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
    /// Returns the text of the pattern.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns `true` if the pattern matches exactly one origin.
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

    /// Returns `true` if the pattern matches `origin`.
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

    /// Returns the parsed pattern. This is always `Some`, since the constructor parsed the text.
    pub(crate) fn parsed(&self) -> Option<ParsedPattern<'_>> {
        ParsedPattern::try_parse(&self.text)
    }
}

/// # Errors
///
/// [`OriginPatternError`] if the text cannot match any origin. The error usually has a suggestion.
impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ParsedPattern::parse(text).map(|_| Self { text: text.into() })
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

/// Writes the text of the pattern.
impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the text of the pattern.
impl AsRef<str> for OriginPattern {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Serializes the text of the pattern.
#[cfg(feature = "serde")]
impl serde::Serialize for OriginPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Deserializes a string. Fails if the string is not a valid pattern.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for OriginPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::from_text(deserializer)
    }
}

/// The parts of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParsedPattern<'a> {
    pub(crate) scheme: &'a str,
    /// Whether the pattern matches the subdomains of `host` instead of `host`.
    pub(crate) subdomains: bool,
    pub(crate) host: &'a str,
    pub(crate) port: PortPattern,
}

impl<'a> ParsedPattern<'a> {
    /// Parses a pattern, or returns an error with a suggestion.
    pub(crate) fn parse(text: &'a str) -> Result<Self, OriginPatternError> {
        let is_pattern = |text: &str| ParsedPattern::try_parse(text).is_some();
        Self::try_parse(text).ok_or_else(|| diagnose(text, is_pattern))
    }

    /// Parses one origin, for a setting in which several have no meaning.
    pub(crate) fn parse_exact(text: &'a str) -> Result<Self, ExactOriginFault> {
        match Self::parse(text) {
            Ok(parsed) if parsed.identifies_page() => Ok(parsed),
            Ok(_) => Err(ExactOriginFault::SeveralOrigins),
            Err(error) => Err(ExactOriginFault::Origin(error)),
        }
    }

    /// Parses an origin that may have `*.` before its host and `:*` as its port.
    fn try_parse(text: &'a str) -> Option<Self> {
        if text.len() > ORIGIN_BYTES {
            return None;
        }
        let (scheme, kind, rest) = split_scheme(text)?;
        let (subdomains, rest) = match rest.strip_prefix(SUBDOMAIN_WILDCARD) {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (host, parsed, digits) = split_authority(kind, rest)?;
        let port = match digits {
            Some("*") => PortPattern::Any,
            Some(digits) => PortPattern::Only(Some(non_default_port(digits, scheme)?)),
            None => PortPattern::Only(None),
        };
        // An address has no subdomains, and the shortest subdomain has two more bytes than `host`.
        let has_subdomains = || {
            matches!(parsed, Host::Domain(_) | Host::Opaque(_))
                && host.len() + SUBDOMAIN_WILDCARD.len() <= HOST_BYTES
        };
        (!subdomains || has_subdomains()).then_some(Self { scheme, subdomains, host, port })
    }
}

impl ParsedPattern<'_> {
    pub(crate) fn is_exact(&self) -> bool {
        !self.subdomains && self.port != PortPattern::Any
    }

    /// Returns the simplest origin that the pattern matches.
    pub(crate) fn simplest_origin(&self) -> String {
        let label = if self.subdomains { "a." } else { "" };
        let port = match self.port {
            PortPattern::Only(Some(port)) => format!(":{port}"),
            PortPattern::Only(None) | PortPattern::Any => String::new(),
        };
        format!("{}://{label}{}{port}", self.scheme, self.host)
    }

    /// Returns `true` if the host is a domain name or an address.
    pub(crate) fn has_domain(&self) -> bool {
        SchemeKind::new(self.scheme) == SchemeKind::Web
    }

    /// Returns `true` if the pattern is `file://`, the origin of every local file.
    pub(crate) fn is_file(&self) -> bool {
        self.scheme == "file"
    }

    /// Returns `true` if the pattern matches one origin that no other website can have.
    pub(crate) fn identifies_page(&self) -> bool {
        self.is_exact() && !self.is_file()
    }

    /// Returns `true` if the pattern matches only loopback hosts.
    pub(crate) fn is_loopback(&self) -> bool {
        split_authority(SchemeKind::new(self.scheme), self.host)
            .is_some_and(|(_, host, _)| host.is_loopback())
    }

    /// Returns `true` if the pattern matches insecure origins. See [`Origin::is_insecure`].
    pub(crate) fn is_insecure(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// Returns `true` if the pattern may match loopback or insecure origins. Does not parse the host.
    pub(crate) fn needs_credential_check(&self) -> bool {
        self.scheme == "http"
            || self.host.ends_with("localhost")
            || self.host.starts_with("127.")
            || self.host.starts_with('[')
    }

    /// Returns `true` if `host` is a subdomain of the pattern's host.
    ///
    /// The host of an application can begin with a dot. Such a host is not a subdomain of the rest.
    pub(crate) fn has_subdomain(&self, host: &str) -> bool {
        host.strip_suffix(self.host).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
    }

    /// Returns `true` if every subdomain of `host` is a subdomain of the pattern's host.
    pub(crate) fn has_all_subdomains_of(&self, host: &str) -> bool {
        host.strip_suffix(self.host).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    }

    pub(crate) fn matches(&self, origin: &Origin<'_>) -> bool {
        let Some(host) = origin.host_text() else { return false };
        let matches_host =
            if self.subdomains { self.has_subdomain(host) } else { host == self.host };
        matches_host && origin.scheme() == Some(self.scheme) && self.port.matches(origin.port())
    }
}

/// Writes the pattern as a configuration contains it.
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

/// The reason why a text is not exactly one origin.
#[derive(Debug)]
pub(crate) enum ExactOriginFault {
    /// The text is a pattern for several origins, or `file://`, which every local file has.
    SeveralOrigins,
    Origin(OriginPatternError),
}

/// The ports that a pattern matches. `Only(None)` is the scheme's default port.
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
