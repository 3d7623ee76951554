use std::net::{IpAddr, Ipv6Addr};

use super::{HostPatternError, HostPatternFault};
use crate::origin;

/// A name by which a service may be called, on one port or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPattern {
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
    pub(super) fn parse(text: &str) -> Result<Self, HostPatternError> {
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
            Some(port) => Some(port_of(port).ok_or(error(HostPatternFault::Port))?),
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
            None => return Err(error(fault_of(host))),
        };
        Ok(Self { name, port, text: (!is_subdomains).then(|| text.to_owned()) })
    }

    /// Whether the host, with its port or without, is this one as it was written: mostly it is, and then
    /// nothing is parsed.
    #[inline]
    pub(super) fn is_written(&self, called: &[u8]) -> bool {
        let Some(text) = &self.text else { return false };
        match called.strip_prefix(text.as_bytes()) {
            Some([]) => true,
            Some([b':', port @ ..]) => self.port.is_none() && port_of(port).is_some(),
            _ => false,
        }
    }

    pub(super) fn covers(&self, host: &Called<'_>, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        match (&self.name, host) {
            (Name::Exact(own), Called::Name(name)) => own.as_bytes().eq_ignore_ascii_case(name),
            (Name::SubdomainsOf(own), Called::Name(name)) => is_below(name, own.as_bytes()),
            (Name::Address(own), Called::Address(address)) => own == address,
            _ => false,
        }
    }
}

/// What a request calls the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called<'a> {
    /// In any case.
    Name(&'a [u8]),
    Address(IpAddr),
}

impl Called<'_> {
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => {
                name.eq_ignore_ascii_case(b"localhost") || is_below(name, b".localhost")
            }
            Self::Address(address) => address.is_loopback(),
        }
    }
}

/// The host and the port of `Host` or of a target's authority; `None` for what is none.
/// RFC 9110, section 7.2
pub(crate) fn target_of(text: &[u8]) -> Option<(Called<'_>, Option<u16>)> {
    let (host, port) = split_port(text);
    let port = match port {
        Some(port) => Some(port_of(port)?),
        None => None,
    };
    if let [b'[', address @ .., b']'] = host {
        let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
        return Some((Called::Address(address.into()), port));
    }
    if !is_name(host) {
        return None;
    }
    // Only what ends with a digit can be an address.
    if host.last().is_some_and(u8::is_ascii_digit) {
        if let Some(address) = std::str::from_utf8(host).ok().and_then(|host| host.parse().ok()) {
            return Some((Called::Address(IpAddr::V4(address)), port));
        }
    }
    Some((Called::Name(host), port))
}

/// Labels of letters, digits, `-` and `_`, none of which is empty.
fn is_name(host: &[u8]) -> bool {
    let mut is_label_empty = true;
    for byte in host {
        match byte {
            b'.' if is_label_empty => return false,
            b'.' => is_label_empty = true,
            b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => is_label_empty = false,
            _ => return false,
        }
    }
    !is_label_empty
}

/// The host before the colon of a port, if there is one; those within brackets are the address's.
fn split_port(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = text.iter().rposition(|byte| matches!(byte, b':' | b']'));
    match end.map(|end| text.split_at(end)) {
        Some((host, [b':', port @ ..])) => (host, Some(port)),
        _ => (text, None),
    }
}

fn port_of(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    let add =
        |port: u32, digit: &u8| digit.is_ascii_digit().then(|| port * 10 + u32::from(digit - b'0'));
    let port = digits.iter().try_fold(0, add)?;
    u16::try_from(port).ok().filter(|port| *port > 0)
}

/// Whether the name ends with that, in any case, and has something before it.
fn is_below(name: &[u8], suffix: &[u8]) -> bool {
    let place = name.len().checked_sub(suffix.len()).filter(|place| *place > 0);
    let end = place.and_then(|place| name.get(place..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

fn fault_of(host: &str) -> HostPatternFault {
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
