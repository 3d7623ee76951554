use std::{fmt, str::FromStr};

use super::{Origin, OriginPatternError, diagnose::diagnose};

/// An origin as it stands in a configuration.
///
/// Now exactly one origin, written as browsers send it:
///
/// ```
/// use tower_cross_origin::origin::{OriginFault, OriginPattern};
///
/// // "https://example.com"           permitted
/// // "http://127.0.0.1:8080"         permitted
/// // "http://[::1]:8080"             permitted
/// // "capacitor://localhost"         permitted
/// // "https://example.com/"          prohibited: an origin has no path; write "https://example.com"
/// // "https://example.com:443"       prohibited: the default port is elided by browsers; write "https://example.com"
/// // "https://Example.com"           prohibited: browsers send lower case; write "https://example.com"
/// // "https://☕.example"             prohibited: browsers send the A-label; write "https://xn--53h.example"
/// // "http://0x7f.1"                 prohibited: browsers send dotted decimals; write "http://127.0.0.1"
/// // "example.com"                   prohibited: a scheme is missing; write "https://example.com"
/// // "null"                          prohibited: see `Rule::dangerously_allow_null_origin`
/// let pattern: OriginPattern = "https://example.com".parse()?;
/// assert_eq!(pattern.as_str(), "https://example.com");
///
/// let error = "https://example.com:443".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.kind(), OriginFault::DefaultPort);
/// assert_eq!(error.instead(), Some("https://example.com"));
/// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginPattern {
    text: Box<str>,
}

impl OriginPattern {
    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern covers `origin`.
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        *self.text == *origin.as_str()
    }

    /// The one origin that an exact pattern covers.
    pub(crate) fn origin(&self) -> Option<Origin<'_>> {
        Origin::parse(self.text.as_bytes()).ok()
    }
}

/// # Errors
///
/// [`OriginPatternError`] for what can never match, with what to write instead.
impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        match Origin::parse(written.as_bytes()) {
            // A file's origin is serialised as `null`, so that this scheme never arrives.
            Ok(origin) if origin.scheme().is_some_and(|scheme| scheme != "file") => {
                Ok(Self { text: written.into() })
            }
            _ => Err(diagnose(written)),
        }
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
