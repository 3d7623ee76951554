//! By which names a service may be called.

use std::{error::Error, fmt, net::IpAddr};

use http::{HeaderName, HeaderValue, header::HOST};

use super::{
    check::{Check, Verdict},
    rejection::Rejection,
};
use crate::{
    RequestHead,
    limits::HOST_HEADER_BYTES,
    origin::{self, parse_port},
    request::{
        fields,
        host::{RequestHost, is_below, parse_host, split_port},
    },
};

/// Lets requests pass that call the service by a name of its own.
///
/// A page may have the browser resolve the page's own name to the service's address (DNS rebinding). Its
/// requests are same-origin then, to the browser, to CORS and to every other check: only the name
/// that they call gives them away. It stands outside of everything else.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, HostCheck, Rejection, Verdict}};
///
/// let check = HostCheck::new(["api.example.com", "*.preview.example.com", "localhost:3000"])?;
/// let called = |host: &str| {
///     let request = Request::get("/").header("host", host).body(()).unwrap();
///     check.check(&RequestHead::from(&request))
/// };
/// assert_eq!(called("api.example.com"), Verdict::Allow);
/// assert_eq!(called("evil.example"), Verdict::Deny(Rejection::UnknownHost));
/// # Ok::<(), tower_cross_origin::guard::HostPatternError>(())
/// ```
///
/// The name is that of the target (`:authority` in HTTP/2) and that of `Host`; where a request has both,
/// both must be right. Names are compared without case. Several `Host`, none, one of more than
/// [255 bytes](HOST_HEADER_BYTES) or one that is no host and port is refused.
#[derive(Clone, Debug)]
#[must_use = "a check does nothing before a layer asks it"]
pub struct HostCheck {
    patterns: Vec<HostPattern>,
    passes_loopback: bool,
    trusts_forwarded: bool,
}

impl HostCheck {
    /// For services that are called by these names.
    ///
    /// ```
    /// # use tower_cross_origin::guard::HostCheck;
    /// HostCheck::new([
    ///     "api.example.com",      // on any port
    ///     "localhost:3000",       // on this one
    ///     "*.example.com",        // its subdomains of any depth, and not itself
    ///     "192.0.2.7", "[2001:db8::1]",
    /// ])?;
    /// // "https://api.example.com"  prohibited: write "api.example.com"
    /// // "API.example.com"          prohibited: write it in lower case
    /// // "*"                        prohibited: that is no check
    /// # Ok::<(), tower_cross_origin::guard::HostPatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// For the first that is no such name.
    pub fn new<I>(names: I) -> Result<Self, HostPatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let patterns = names.into_iter().map(|name| HostPattern::parse(name.as_ref()));
        Ok(Self {
            patterns: patterns.collect::<Result<_, _>>()?,
            passes_loopback: false,
            trusts_forwarded: false,
        })
    }

    /// For services of the user's own machine: `localhost` and its subdomains, 127.0.0.0/8 and `[::1]`, on
    /// any port.
    pub fn loopback() -> Self {
        Self { patterns: Vec::new(), passes_loopback: true, trusts_forwarded: false }
    }

    /// Names of the user's own machine too, as [`loopback`](Self::loopback).
    pub fn or_loopback(mut self) -> Self {
        self.passes_loopback = true;
        self
    }

    /// Where `X-Forwarded-Host` is there, looks at that instead. Only behind a proxy that always sets it:
    /// otherwise anybody does.
    pub fn trust_x_forwarded_host(mut self) -> Self {
        self.trusts_forwarded = true;
        self
    }
}

impl Check for HostCheck {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        let headers = head.headers();
        if self.trusts_forwarded && headers.contains_key(X_FORWARDED_HOST) {
            return self.evaluate(
                fields::single_value(headers, X_FORWARDED_HOST).map(HeaderValue::as_bytes),
            );
        }
        let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
        let target = head.uri().authority().map(|authority| authority.as_str().as_bytes());
        // What stands behind may read the one or the other.
        match (target, hosts.next(), hosts.next()) {
            (_, Some(_), Some(_)) | (None, None, _) => self.evaluate(None),
            (Some(one), None, _) | (None, Some(one), None) => self.evaluate(Some(one)),
            (Some(target), Some(host), None) => match self.evaluate(Some(target)) {
                Verdict::Allow => self.evaluate(Some(host)),
                other => other,
            },
        }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        if self.trusts_forwarded { vec![X_FORWARDED_HOST] } else { Vec::new() }
    }
}

impl HostCheck {
    /// Mostly it is one of the names as it was written, and then nothing is parsed.
    #[inline]
    fn evaluate(&self, called: Option<&[u8]>) -> Verdict {
        match called {
            Some(called) if self.patterns.iter().any(|pattern| pattern.is_written(called)) => {
                Verdict::Allow
            }
            _ => self.evaluate_parsed(called),
        }
    }

    fn evaluate_parsed(&self, called: Option<&[u8]>) -> Verdict {
        let Some(called) = called.filter(|called| called.len() <= HOST_HEADER_BYTES) else {
            return Verdict::Deny(Rejection::MalformedHost);
        };
        let Some((host, port)) = parse_host(called) else {
            return Verdict::Deny(Rejection::MalformedHost);
        };
        let is_own = (self.passes_loopback && host.is_loopback())
            || self.patterns.iter().any(|pattern| pattern.matches(&host, port));
        if is_own { Verdict::Allow } else { Verdict::Deny(Rejection::UnknownHost) }
    }
}

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A name by which a service may be called, on one port or any.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPattern {
    name: Name,
    port: Option<u16>,
    /// As it was written, which is how requests mostly write it; subdomains have no such text.
    text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Exact(String),
    /// With its dot: `.example.com`.
    SubdomainsOf(String),
    Address(IpAddr),
}

impl HostPattern {
    fn parse(text: &str) -> Result<Self, HostPatternError> {
        let error = |fault| HostPatternError::new(text, fault);
        if text.contains("://") {
            return Err(error(HostPatternFault::Scheme));
        }
        if text == "*" {
            return Err(error(HostPatternFault::Everything));
        }
        let (is_subdomains, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.contains('*') {
            return Err(error(HostPatternFault::Wildcard));
        }
        let (host, port) = split_port(rest.as_bytes());
        // Cut at a colon: what is before it is text.
        let host = rest.get(..host.len()).unwrap_or_default();
        let port = match port {
            Some(port) => Some(parse_port(port).ok_or(error(HostPatternFault::Port))?),
            None => None,
        };
        let name = match origin::Host::parse(host) {
            Some(origin::Host::Domain(name)) if is_subdomains => {
                Name::SubdomainsOf(format!(".{name}"))
            }
            Some(origin::Host::Domain(name)) => Name::Exact(name.to_owned()),
            Some(_) if is_subdomains => return Err(error(HostPatternFault::Wildcard)),
            Some(origin::Host::Ipv4(address)) => Name::Address(address.into()),
            Some(origin::Host::Ipv6(address)) => Name::Address(address.into()),
            None => return Err(error(domain_fault(host))),
        };
        Ok(Self { name, port, text: (!is_subdomains).then(|| text.to_owned()) })
    }

    /// Whether the host, with its port or without, is this one as it was written: mostly it is, and then
    /// nothing is parsed.
    #[inline]
    fn is_written(&self, called: &[u8]) -> bool {
        let Some(text) = &self.text else { return false };
        match called.strip_prefix(text.as_bytes()) {
            Some([]) => true,
            Some([b':', port @ ..]) => self.port.is_none() && parse_port(port).is_some(),
            _ => false,
        }
    }

    fn matches(&self, host: &RequestHost<'_>, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        match (&self.name, host) {
            (Name::Exact(own), RequestHost::Name(name)) => {
                own.as_bytes().eq_ignore_ascii_case(name)
            }
            (Name::SubdomainsOf(own), RequestHost::Name(name)) => is_below(name, own.as_bytes()),
            (Name::Address(own), RequestHost::Address(address)) => own == address,
            _ => false,
        }
    }
}

fn domain_fault(host: &str) -> HostPatternFault {
    if host.is_empty() {
        HostPatternFault::Empty
    } else if host.contains(['/', '?', '#', '@']) {
        HostPatternFault::MoreThanHost
    } else if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        HostPatternFault::UpperCase
    } else if host.ends_with('.') {
        HostPatternFault::FinalDot
    } else if !host.is_ascii() {
        HostPatternFault::Unicode
    } else {
        HostPatternFault::Malformed
    }
}

/// What is no name that a service can be called by.
///
/// ```
/// use tower_cross_origin::guard::{HostCheck, HostPatternFault};
///
/// let error = HostCheck::new(["https://api.example.com"]).unwrap_err();
/// assert_eq!(error.kind(), HostPatternFault::Scheme);
/// assert_eq!(
///     error.to_string(),
///     r#""https://api.example.com" is no host: leave the scheme out, since a request does not name it"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPatternError {
    text: String,
    fault: HostPatternFault,
}

impl HostPatternError {
    fn new(text: &str, fault: HostPatternFault) -> Self {
        Self { text: text.to_owned(), fault }
    }

    /// What was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it.
    pub fn kind(&self) -> HostPatternFault {
        self.fault
    }
}

impl fmt::Display for HostPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no host: {}", self.text, self.fault)
    }
}

impl Error for HostPatternError {}

/// What is wrong with the name of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostPatternFault {
    /// Nothing.
    Empty,
    /// `https://`
    Scheme,
    /// A path, a query or a user.
    MoreThanHost,
    /// `API.example.com`
    UpperCase,
    /// `api.example.com.`
    FinalDot,
    /// A name that is not in its A-label form.
    Unicode,
    /// A port that is none.
    Port,
    /// `*`
    Everything,
    /// `*` elsewhere than as the first label, or before an address.
    Wildcard,
    /// Something else.
    Malformed,
}

impl fmt::Display for HostPatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "write the name that the service is called by, \"api.example.com\"",
            Self::Scheme => "leave the scheme out, since a request does not name it",
            Self::MoreThanHost => {
                "write the host alone, \"api.example.com\" or \"api.example.com:8080\""
            }
            Self::UpperCase => "write it in lower case; requests may write it in any",
            Self::FinalDot => "leave the final dot out; a name with it is another one to browsers",
            Self::Unicode => "write its A-label, \"xn--...\", which is what requests have",
            Self::Port => "a port is a number from 1 to 65535; without one, every port is meant",
            Self::Everything => {
                "every name would be the service's own; leave the check out instead"
            }
            Self::Wildcard => {
                "* stands for subdomains, as the first label of a name: \"*.example.com\""
            }
            Self::Malformed => {
                "a host is labels of letters, digits, - and _, \"192.0.2.7\", or \"[2001:db8::1]\""
            }
        })
    }
}
