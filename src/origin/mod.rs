//! Who is asking: origins as browsers serialise them, and sets of them.
//!
//! - [`Origin`] borrows from an `Origin` header and takes only what a browser can send.
//! - [`OriginPattern`] is an origin, or a family of them, as it stands in a configuration; a wrong one
//!   is an [`OriginPatternError`] that says what to write instead.
//! - [`OriginSet`] holds many patterns and regular expressions, and is shared by clones of it. It tells
//!   which one covers an origin, and what one set covers and another does not.
//!
//! ```
//! use tower_cross_origin::origin::{Origin, OriginSet};
//!
//! let partners = OriginSet::parse(["https://*.example.com", "http://localhost:8080"])?;
//! let origin = Origin::parse(b"https://app.example.com")?;
//! assert!(partners.contains(&origin));
//!
//! let error = OriginSet::parse(["https://app.example.com/"]).unwrap_err();
//! assert_eq!(error.instead(), Some("https://app.example.com"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "public-suffix")]
mod a_labels;
#[cfg(not(feature = "public-suffix"))]
#[path = "no_a_labels.rs"]
mod a_labels;
mod diagnose;
mod error;
mod host;
mod named;
mod parse;
mod parts;
mod pattern;
#[cfg(feature = "public-suffix")]
mod public_suffix;
#[cfg(not(feature = "public-suffix"))]
#[path = "no_public_suffix.rs"]
mod public_suffix;
#[cfg(feature = "regex")]
mod regex;
#[cfg(not(feature = "regex"))]
#[path = "no_regex.rs"]
mod regex;
mod regex_fault;
mod set;

use std::fmt;

#[cfg(feature = "browser")]
pub(crate) use self::public_suffix::registrable_domain;
#[cfg(feature = "regex")]
pub use self::regex::OriginRegexError;
#[cfg(feature = "regex")]
pub(crate) use self::regex::{OriginRegex, RegexLint, insecure_origin, lints};
pub(crate) use self::{
    a_labels::is_sent,
    named::{MemberFault, NamedOrigins, UNKNOWN_LIST, list_named},
    parts::{Parts, PortPattern},
    public_suffix::is_public_suffix,
    regex::{OriginRegexes, admitted_origins, may_admit_http},
    set::{Inspector, labels},
};
pub use self::{
    error::{OriginFault, OriginPatternError},
    host::Host,
    parse::MalformedOrigin,
    pattern::OriginPattern,
    regex_fault::OriginRegexFault,
    set::{Difference, Inclusion, Member, OriginSet, Uncovered},
};

/// An origin as a browser serialises it: `https://app.example.com`, `http://[::1]:8080`, or `null`.
///
/// Two origins are equal if and only if their bytes are: browsers compare them so, and there is no
/// second way to write one. <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
///
/// What is read is deliberately narrower than a URL:
/// - a lower-case scheme of at most [`SCHEME_BYTES`](crate::limits::SCHEME_BYTES);
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
/// # Ok::<(), tower_cross_origin::origin::MalformedOrigin>(())
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
    /// [`MalformedOrigin`] for anything that no browser sends.
    pub fn parse(serialized: &'a [u8]) -> Result<Self, MalformedOrigin> {
        parse::origin(serialized)
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

/// The bytes that a browser sends.
impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.serialized)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tuple<'a> {
    scheme: &'a str,
    host_text: &'a str,
    host: Host<'a>,
    port: Option<u16>,
}
