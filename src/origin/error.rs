use std::{error::Error, fmt};

/// An origin in a configuration is written in a way in which no browser sends it.
///
/// ```
/// use tower_cross_origin::origin::{OriginFault, OriginPattern};
///
/// let error = "https://Example.com/".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.kind(), OriginFault::TrailingSlash);
/// assert_eq!(error.instead(), Some("https://example.com"));
/// assert_eq!(
///     error.to_string(),
///     r#""https://Example.com/": an origin has no path, not even "/"; write "https://example.com""#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPatternError {
    pub(super) written: String,
    pub(super) kind: OriginFault,
    pub(super) instead: Option<String>,
}

impl OriginPatternError {
    /// What is wrong with it; the first thing, where there are several.
    pub fn kind(&self) -> OriginFault {
        self.kind
    }

    /// The text as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What to write instead, all its faults mended; `None` where that cannot be told.
    pub fn instead(&self) -> Option<&str> {
        self.instead.as_deref()
    }
}

impl fmt::Display for OriginPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.written, self.kind)?;
        match &self.instead {
            Some(instead) => write!(f, "; write {instead:?}"),
            None => Ok(()),
        }
    }
}

impl Error for OriginPatternError {}

/// What can be wrong with an origin in a configuration; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginFault {
    /// Nothing is written.
    Empty,
    /// More bytes than [`ORIGIN_BYTES`](crate::limits::ORIGIN_BYTES).
    TooLong,
    /// `https://a.example, https://b.example`
    Several,
    /// White space or a control character.
    Whitespace,
    /// `null`, which every sandboxed page is.
    Null,
    /// `*` beside other origins, or in a set.
    AnyOrigin,
    /// `^https://(app|admin)\.example\.com$`
    RegularExpression,
    /// `example.com`: no `://`.
    MissingScheme,
    /// A scheme with other characters than letters, digits, `+`, `-`, `.`, or too long.
    MalformedScheme,
    /// `file:`, whose origin browsers serialise as `null`.
    FileScheme,
    /// A capital letter in the scheme or in the host.
    UpperCase,
    /// `user@` before the host.
    Userinfo,
    /// `/` at the end.
    TrailingSlash,
    /// A path.
    Path,
    /// `?` and what follows.
    Query,
    /// `#` and what follows.
    Fragment,
    /// `:443` after https, `:80` after http.
    DefaultPort,
    /// A port that is not a number from 1 to 65535 without leading zeros.
    MalformedPort,
    /// No host.
    MissingHost,
    /// A host with characters beyond ASCII.
    UnicodeHost,
    /// A host with a character that no host has.
    MalformedHost,
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// `example.com.`, which is another origin than `example.com`.
    TrailingDot,
    /// More bytes in the host than [`HOST_BYTES`](crate::limits::HOST_BYTES).
    HostTooLong,
    /// A host whose last label is a number, but which is not a dotted IPv4 address.
    Ipv4,
    /// An IPv6 address without brackets, with a zone, or not in its canonical form.
    Ipv6,
    /// `*://`
    AnyScheme,
    /// `https://*`
    AnyHost,
    /// `https://*example.com`: a `*` for a part of a label.
    WildcardInLabel,
    /// `https://api.*.example.com`: a `*` that is not the first label.
    WildcardInside,
    /// `https://*.*.example.com`
    RepeatedWildcard,
    /// `http://*.127.0.0.1`: a `*` before an address.
    WildcardBeforeAddress,
    /// `:80*`: a `*` for a part of a port.
    WildcardInPort,
}

impl fmt::Display for OriginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an origin is missing",
            Self::TooLong => "no origin that a browser sends is so long",
            Self::Several => "each origin stands in a text of its own",
            Self::Whitespace => "an origin has no white space and no control characters",
            Self::Null => {
                "every sandboxed page and local file is \"null\", whoever wrote it; \
                 if that is meant, set dangerously_allow_null_origin"
            }
            Self::AnyOrigin => "\"*\" is every origin, and stands alone",
            Self::RegularExpression => {
                "this is a regular expression, which belongs into origin_regexes"
            }
            Self::MissingScheme => "an origin begins with a scheme",
            Self::MalformedScheme => {
                "a scheme has at most 64 letters, digits, \"+\", \"-\" and \".\", a letter first"
            }
            Self::FileScheme => {
                "browsers send \"null\" for files, which every sandboxed page is too; \
                 serve the page over http from a loopback address"
            }
            Self::UpperCase => "browsers send lower case",
            Self::Userinfo => "an origin has no user name and no password",
            Self::TrailingSlash => "an origin has no path, not even \"/\"",
            Self::Path => "an origin has no path",
            Self::Query => "an origin has no query",
            Self::Fragment => "an origin has no fragment",
            Self::DefaultPort => "the default port is elided by browsers",
            Self::MalformedPort => "a port is a number from 1 to 65535 without leading zeros",
            Self::MissingHost => "an origin has a host",
            Self::UnicodeHost => "browsers send the A-labels (punycode) of a host, not its Unicode",
            Self::MalformedHost => {
                "a host has labels of letters, digits, \"-\" and \"_\", separated by dots"
            }
            Self::EmptyLabel => "a host has no empty label",
            Self::TrailingDot => "a host with a dot at its end is another origin than without it",
            Self::HostTooLong => "a host has at most 253 bytes",
            Self::Ipv4 => {
                "a host whose last label is a number is an IPv4 address, \
                 which browsers send as four decimal numbers, 0 to 255"
            }
            Self::Ipv6 => {
                "browsers send an IPv6 address in brackets, without a zone and in its canonical form"
            }
            Self::AnyScheme => "a scheme is named; list the same host under each of several",
            Self::AnyHost => "every host is nearly every origin; name a host, or \"*\" alone",
            Self::WildcardInLabel => {
                "a \"*\" stands for one or more whole labels, before the rest of the host"
            }
            Self::WildcardInside => "a \"*\" stands only before the whole host",
            Self::RepeatedWildcard => "one \"*\" stands for subdomains of any depth",
            Self::WildcardBeforeAddress => "an address has no subdomains",
            Self::WildcardInPort => "a \"*\" stands for the whole port",
        })
    }
}
