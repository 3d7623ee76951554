//! The host names by which clients may reach a service.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderName, HeaderValue};

use super::{
    check::{Check, Evaluate, Evaluation, Verdict},
    error::{Fault, FaultKind},
    rejection::Rejection,
};
use crate::{
    RequestHead,
    config::{Message, display_message},
    limits::{DIAGNOSTICS, HOST_HEADER_BYTES, HOST_NAMES},
    origin::{self, domain_to_ascii, has_valid_a_labels, parse_port},
    request::{
        RequestFacts,
        fields::{self, FieldValue},
        host::{RequestHost, has_proper_suffix, parse_host, split_port},
    },
};

/// Allows only requests to the service's own host names.
///
/// With DNS rebinding, a page makes its own name resolve to the address of this service. Its requests are
/// then same-origin to the browser, to CORS and to every other check. Only the host name in the request
/// reveals them. Put this check outside every other layer.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, HostCheck, Rejection, Verdict}};
///
/// let check = HostCheck::new(["api.example.com", "*.preview.example.com", "localhost:3000"]);
/// let verdict = |host: &str| {
///     let request = Request::get("/").header("host", host).body(()).unwrap();
///     check.check(&RequestHead::from(&request))
/// };
/// assert_eq!(verdict("api.example.com"), Verdict::Allow);
/// assert_eq!(verdict("evil.example"), Verdict::Deny(Rejection::UnknownHost));
/// ```
///
/// The check reads the host of the request target (`:authority` in HTTP/2) and the `Host` header. If a
/// request has both, both must be allowed. Names are compared case-insensitively. A `Host` that is missing,
/// repeated, malformed or longer than [259 bytes](HOST_HEADER_BYTES) is denied.
#[derive(Clone, Debug)]
#[must_use = "a check does nothing before a layer uses it"]
pub struct HostCheck {
    patterns: Vec<HostPattern>,
    allows_loopback: bool,
    trusts_forwarded: bool,
    faults: Vec<Fault>,
}

impl HostCheck {
    /// Creates a check that allows these names.
    ///
    /// ```
    /// use tower_cross_origin::guard::{Check, HostCheck};
    ///
    /// let check = HostCheck::new([
    ///     "api.example.com", // every port
    ///     "localhost:3000",  // this port only
    ///     "*.example.com",   // subdomains of any depth, but not example.com
    ///     "192.0.2.7",
    ///     "[2001:db8::1]",
    /// ]);
    /// assert!(check.faults().is_empty());
    /// let check = HostCheck::new([
    ///     "https://api.example.com", // fault: write "api.example.com"
    ///     "API.example.com",         // fault: write "api.example.com"
    ///     "*",                       // fault: this pattern allows every name
    /// ]);
    /// assert_eq!(check.faults().len(), 3);
    /// ```
    pub fn new<I>(names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::empty().add_names(names)
    }

    /// Creates a check that allows the loopback names, on every port.
    ///
    /// The loopback names are `localhost` and its subdomains, 127.0.0.0/8 and `[::1]`.
    pub fn loopback() -> Self {
        Self::empty().add_loopback()
    }

    /// Adds names, as in [`new`](Self::new).
    pub fn add_names<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        for name in names {
            let name = name.as_ref();
            let index = self.patterns.len() + self.faults.len();
            if index > HOST_NAMES || self.faults.len() > DIAGNOSTICS {
                break;
            }
            let parsed = HostPattern::parse(name);
            let parsed = parsed.and_then(|pattern| match index {
                HOST_NAMES => Err(HostPatternErrorKind::TooMany),
                _ => Ok(pattern),
            });
            match parsed {
                Ok(pattern) => self.patterns.push(pattern),
                Err(fault) => {
                    let setting = format!("host.names[{index}]");
                    let fault = Fault::new(setting, name, FaultKind::Host(fault));
                    self.faults.push(fault.with_suggestions(suggestions(name)));
                }
            }
        }
        self
    }

    /// Adds the loopback names, as in [`loopback`](Self::loopback).
    pub fn add_loopback(mut self) -> Self {
        self.allows_loopback = true;
        self
    }

    /// Sets whether `X-Forwarded-Host` is checked instead of `Host`. The default is `false`.
    ///
    /// If a request has no `X-Forwarded-Host`, `Host` is checked. Set this only behind a proxy that always
    /// sets the header, since otherwise every client can set it.
    pub fn trust_x_forwarded_host(mut self, trust: bool) -> Self {
        self.trusts_forwarded = trust;
        self
    }
}

impl Check for HostCheck {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        self.evaluate(&RequestFacts::new(head)).verdict
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        if self.trusts_forwarded { vec![X_FORWARDED_HOST] } else { Vec::new() }
    }

    fn faults(&self) -> Vec<Fault> {
        if self.patterns.is_empty() && self.faults.is_empty() && !self.allows_loopback {
            return vec![Fault::new("host.names", "", FaultKind::NoHosts)];
        }
        self.faults.clone()
    }
}

impl HostCheck {
    fn empty() -> Self {
        Self {
            patterns: Vec::new(),
            allows_loopback: false,
            trusts_forwarded: false,
            faults: Vec::new(),
        }
    }

    /// Returns the evaluation of this host.
    ///
    /// The host usually equals a configured name, so most requests need no parsing.
    #[inline]
    fn evaluate_host(&self, host: Option<&[u8]>) -> Evaluation {
        match host {
            Some(host) if self.patterns.iter().any(|pattern| pattern.is_literal_match(host)) => {
                Evaluation::allow_by("names", OWN_NAME)
            }
            _ => self.evaluate_parsed(host),
        }
    }

    fn evaluate_parsed(&self, host: Option<&[u8]>) -> Evaluation {
        const MALFORMED: Evaluation = Evaluation {
            verdict: Verdict::Deny(Rejection::MalformedHost),
            reason: "the host of the request is missing, repeated or malformed",
            setting: "names",
        };
        let Some(host) = host.filter(|host| host.len() <= HOST_HEADER_BYTES) else {
            return MALFORMED;
        };
        let Some((host, port)) = parse_host(host) else { return MALFORMED };
        if self.allows_loopback && host.is_loopback() {
            Evaluation::allow_by("loopback", "the host of the request is a loopback name")
        } else if self.patterns.iter().any(|pattern| pattern.matches(&host, port)) {
            Evaluation::allow_by("names", OWN_NAME)
        } else {
            let reason = "the host of the request is not one of the service's names";
            Evaluation::deny(Rejection::UnknownHost, "names", reason)
        }
    }
}

impl Evaluate for HostCheck {
    #[inline]
    fn evaluate(&self, facts: &RequestFacts<'_>) -> Evaluation {
        let headers = facts.head().headers();
        if self.trusts_forwarded && headers.contains_key(X_FORWARDED_HOST) {
            let host = fields::single_value(headers, X_FORWARDED_HOST);
            return self.evaluate_host(host.map(HeaderValue::as_bytes));
        }
        let target = facts.head().uri().authority().map(|authority| authority.as_str().as_bytes());
        // The inner service may read either of them.
        match (target, facts.host()) {
            (_, FieldValue::Repeated) | (None, FieldValue::Absent) => self.evaluate_host(None),
            (None, FieldValue::Single(host)) => self.evaluate_host(Some(host.as_bytes())),
            (Some(target), FieldValue::Absent) => self.evaluate_host(Some(target)),
            (Some(target), FieldValue::Single(host)) => {
                let evaluation = self.evaluate_host(Some(target));
                match evaluation.verdict {
                    Verdict::Allow => self.evaluate_host(Some(host.as_bytes())),
                    _ => evaluation,
                }
            }
        }
    }
}

const OWN_NAME: &str = "the host of the request is one of the service's names";

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A host name of a service, on one port or every port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPattern {
    name: Name,
    port: Option<u16>,
    /// The configured text, which most requests contain; `None` for subdomain patterns.
    text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Exact(String),
    /// The suffix with its leading dot: `.example.com`.
    SubdomainsOf(String),
    Address(IpAddr),
}

impl HostPattern {
    fn parse(text: &str) -> Result<Self, HostPatternErrorKind> {
        if is_regex(text) {
            return Err(HostPatternErrorKind::RegularExpression);
        }
        if text.contains(SEPARATORS) {
            return Err(HostPatternErrorKind::SeveralNames);
        }
        if text.contains("://") {
            return Err(HostPatternErrorKind::Scheme);
        }
        // nginx uses `_` for every name.
        if matches!(text, "*" | "**" | "*:*" | "_") {
            return Err(HostPatternErrorKind::AnyHost);
        }
        if text.starts_with('.') && text.contains(|char: char| char != '.') {
            return Err(HostPatternErrorKind::LeadingDot);
        }
        if is_address_range(text) {
            return Err(HostPatternErrorKind::AddressRange);
        }
        let (is_subdomains, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.strip_suffix(":*").is_some_and(|host| !host.contains('*')) {
            return Err(HostPatternErrorKind::Port);
        }
        if rest.contains('*') {
            return Err(HostPatternErrorKind::Wildcard);
        }
        let (host, port) = split_port(rest.as_bytes());
        // The host ends at a colon, so its length is a character boundary of the text.
        let host = rest.get(..host.len()).unwrap_or_default();
        let port = match port {
            Some(port) => Some(parse_port(port).ok_or(HostPatternErrorKind::Port)?),
            None => None,
        };
        let name = match origin::Host::parse(host) {
            None if text.parse::<Ipv6Addr>().is_ok() => {
                return Err(HostPatternErrorKind::Ipv6);
            }
            // The name of a request never ends with a dot here.
            Some(origin::Host::Domain(name)) if name.ends_with('.') => {
                return Err(HostPatternErrorKind::TrailingDot);
            }
            Some(origin::Host::Domain(name)) if is_subdomains => {
                Name::SubdomainsOf(format!(".{name}"))
            }
            Some(origin::Host::Domain(name)) => Name::Exact(name.to_owned()),
            Some(_) if is_subdomains => return Err(HostPatternErrorKind::Wildcard),
            Some(origin::Host::Ipv4(address)) => Name::Address(address.into()),
            Some(origin::Host::Ipv6(address)) => Name::Address(address.into()),
            // Only origins with other schemes have other hosts.
            Some(origin::Host::Opaque(_) | origin::Host::Empty) | None => {
                return Err(domain_fault(host));
            }
        };
        Ok(Self { name, port, text: (!is_subdomains).then(|| text.to_owned()) })
    }

    /// Returns whether the host, with or without a port, equals the configured text.
    #[inline]
    fn is_literal_match(&self, host: &[u8]) -> bool {
        let Some(text) = &self.text else { return false };
        match host.strip_prefix(text.as_bytes()) {
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
            (Name::Exact(expected), RequestHost::Name(name)) => {
                expected.as_bytes().eq_ignore_ascii_case(name)
            }
            (Name::SubdomainsOf(expected), RequestHost::Name(name)) => {
                has_proper_suffix(name, expected.as_bytes())
            }
            (Name::Address(expected), RequestHost::Address(address)) => expected == address,
            _ => false,
        }
    }
}

fn domain_fault(host: &str) -> HostPatternErrorKind {
    if host.is_empty() {
        HostPatternErrorKind::Empty
    } else if host.contains(['/', '?', '#', '@']) {
        HostPatternErrorKind::MoreThanHost
    } else if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        HostPatternErrorKind::UpperCase
    } else if host.ends_with('.') {
        // An address, or an invalid name.
        HostPatternErrorKind::TrailingDot
    } else if !host.is_ascii() {
        HostPatternErrorKind::Unicode
    } else {
        HostPatternErrorKind::Malformed
    }
}

/// Returns the host names that were probably meant; empty if the meaning is uncertain.
fn suggestions(text: &str) -> Vec<String> {
    if text.len() > SUGGESTED_BYTES {
        return Vec::new();
    }
    let items: Vec<&str> = text.split(SEPARATORS).filter(|item| !item.is_empty()).collect();
    // `exa mple.com` probably has a space by mistake.
    let is_list = |item: &&str| item.contains(['.', ':']) || *item == "localhost";
    if items.len() > 1 && !items.iter().all(is_list) {
        return Vec::new();
    }
    let names: Option<Vec<Vec<String>>> = items.into_iter().map(names_of_item).collect();
    names.unwrap_or_default().concat()
}

/// Returns the names that one item of a list means in other tools.
///
/// The tools are Django, Rails, Vite, webpack and nginx.
fn names_of_item(text: &str) -> Option<Vec<String>> {
    if is_regex(text) || is_address_range(text) || text.contains('@') {
        return None;
    }
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next()?;
    // Here, a name without a port matches every port.
    let host = host.strip_suffix(":*").unwrap_or(host);
    let host = host.strip_suffix('.').filter(|name| !name.contains(':')).unwrap_or(host);
    let host = match host.parse::<Ipv6Addr>() {
        // `::1:8080` can mean the port 8080 of `::1`.
        Ok(_) if ends_in_port(host) => return None,
        Ok(address) => format!("[{address}]"),
        Err(_) if host.is_ascii() => host.to_ascii_lowercase(),
        Err(_) => domain_to_ascii(host)?,
    };
    let names = if let Some(domain) = host.strip_prefix('.') {
        // The domain and its subdomains.
        vec![domain.to_owned(), format!("*.{domain}")]
    } else if let Some(domain) = host.strip_prefix("**.") {
        vec![format!("*.{domain}")]
    } else {
        vec![host]
    };
    let is_name = |name: &String| {
        let domain = name.split(':').next().unwrap_or_default();
        HostPattern::parse(name).is_ok()
            && has_valid_a_labels(domain.strip_prefix("*.").unwrap_or(domain))
    };
    names.iter().all(is_name).then_some(names)
}

fn ends_in_port(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(front, digits)| {
        front.parse::<Ipv6Addr>().is_ok() && parse_port(digits.as_bytes()).is_some()
    })
}

/// Returns whether the text is a regular expression, as in nginx and Rails: `~^www`, `/.*\.example\.com/`.
fn is_regex(text: &str) -> bool {
    text.starts_with(['^', '~', '/']) || text.contains('\\')
}

/// Returns whether the text is a range of addresses, such as `10.0.0.0/8`.
fn is_address_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let is_address = address.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address && !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The maximum length of a text with suggestions.
const SUGGESTED_BYTES: usize = 4096;

/// The characters that people write between names in one string.
const SEPARATORS: [char; 3] = [',', ';', ' '];

/// The kind of an invalid host name in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostPatternErrorKind {
    /// An empty name.
    Empty,
    /// `https://`
    Scheme,
    /// A path, a query or a user.
    MoreThanHost,
    /// `API.example.com`
    UpperCase,
    /// `api.example.com.`
    TrailingDot,
    /// A name that is not in its A-label form.
    Unicode,
    /// A port that is not a number from 1 to 65535.
    Port,
    /// `*`, or `_` as in nginx.
    AnyHost,
    /// `.example.com`, which means a domain and its subdomains in other tools.
    LeadingDot,
    /// `a.example, b.example`
    SeveralNames,
    /// A regular expression.
    RegularExpression,
    /// A range of addresses, such as `10.0.0.0/8`.
    AddressRange,
    /// An IPv6 address without brackets.
    Ipv6,
    /// More names than [`HOST_NAMES`].
    TooMany,
    /// `*` that is not the first label of a domain.
    Wildcard,
    /// Another error.
    Malformed,
}

impl HostPatternErrorKind {
    pub(crate) fn message(self) -> Message {
        match self {
            Self::Empty => Message::new(
                "the host name is empty",
                "an empty name matches no request",
                "use a name such as \"api.example.com\"",
            ),
            Self::Scheme => Message::new(
                "the name has a scheme",
                "a Host header has no scheme",
                "remove the scheme",
            ),
            Self::MoreThanHost => Message::new(
                "the name has a path, a query or a user",
                "a Host header has only a host and a port",
                "remove the other parts",
            ),
            Self::UpperCase => Message::new(
                "the name has upper-case letters",
                "browsers send host names in lower case",
                "use lower case",
            ),
            Self::TrailingDot => Message::new(
                "the name ends with a dot",
                "browsers treat the name without the dot as a different name",
                "remove the dot",
            ),
            Self::Unicode => Message::new(
                "the name is not ASCII",
                "requests have the A-label (punycode) of the name",
                "use the A-label, such as \"xn--...\"",
            ),
            Self::Port => Message::new(
                "the port is not a number from 1 to 65535",
                "no request has such a port",
                "correct the port, or remove the port to allow every port",
            ),
            Self::AnyHost => Message::new(
                "\"*\" matches every host name",
                "the guard would allow every request",
                "list the names, or leave the host check out",
            ),
            Self::LeadingDot => Message::new(
                "the name begins with a dot",
                "a name matches one host, and \"*.\" before the name matches the subdomains",
                "list the domain, the subdomains, or both",
            ),
            Self::SeveralNames => Message::new(
                "the value has several names",
                "each item is compared as a whole",
                "list each name as a separate string",
            ),
            Self::RegularExpression => Message::new(
                "the value is a regular expression",
                "host names are compared without expressions, so the value matches nothing",
                "list the names, or the subdomains of a domain as \"*.example.com\"",
            ),
            Self::AddressRange => Message::new(
                "the value is a range of addresses",
                "a Host header has one address",
                "list each address, or the name of the service",
            ),
            Self::Ipv6 => Message::new(
                "the IPv6 address has no brackets",
                "a Host header has an IPv6 address in brackets",
                "add the brackets",
            ),
            Self::TooMany => Message::too_many(
                HOST_NAMES,
                "host names",
                "use names such as \"*.example.com\", or check the host in code",
            ),
            Self::Wildcard => Message::new(
                "\"*\" is not the first label of a domain",
                "\"*\" matches the subdomains of a domain only",
                "use a name such as \"*.example.com\"",
            ),
            Self::Malformed => Message::new(
                "the name is not a valid host",
                "a host is an address, or consists of labels of letters, digits, \"-\" and \"_\"",
                "use a host such as \"api.example.com\", \"192.0.2.7\" or \"[2001:db8::1]\"",
            ),
        }
    }
}

display_message!(HostPatternErrorKind);
