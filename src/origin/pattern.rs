use std::{fmt, str::FromStr, sync::Arc};

use super::{Origin, OriginPatternError, diagnose::diagnose, parse, parts::Parts};

/// One origin, or a family of them, as it stands in a configuration.
///
/// ```
/// use tower_cross_origin::origin::{OriginFault, OriginPattern};
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
/// assert_eq!(error.kind(), OriginFault::DefaultPort);
/// assert_eq!(error.instead(), Some("https://example.com"));
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
        self.parts().is_some_and(|parts| parts.is_exact())
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
        self.parts().is_some_and(|parts| parts.covers(origin))
    }

    /// Always there: the text was read before.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        parse::pattern(&self.text)
    }
}

/// # Errors
///
/// [`OriginPatternError`] for what can never match, with what to write instead.
impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        Parts::parse(written).map(|_| Self { text: written.into() })
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

impl<'a> Parts<'a> {
    /// What a configuration says, or what is wrong with it.
    pub(crate) fn parse(written: &'a str) -> Result<Self, OriginPatternError> {
        parse::pattern(written).ok_or_else(|| diagnose(written))
    }
}
