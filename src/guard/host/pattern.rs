use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{HostPatternError, HostPatternFault};
use crate::origin;

/// A name by which a service may be called, on one port or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPattern {
    name: Name,
    port: Option<u16>,
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
        let (host, port) = split_port(rest);
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
        Ok(Self { name, port })
    }

    pub(super) fn covers(&self, host: &Called<'_>, port: Option<u16>) -> bool {
        if self.port.is_some() && self.port != port {
            return false;
        }
        match (&self.name, host) {
            (Name::Exact(own), Called::Name(name)) => own.eq_ignore_ascii_case(name),
            (Name::SubdomainsOf(own), Called::Name(name)) => is_below(name, own),
            (Name::Address(own), Called::Address(address)) => own == address,
            _ => false,
        }
    }
}

/// What a request calls the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called<'a> {
    /// In any case.
    Name(&'a str),
    Address(IpAddr),
}

impl Called<'_> {
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => {
                name.eq_ignore_ascii_case("localhost") || is_below(name, ".localhost")
            }
            Self::Address(address) => address.is_loopback(),
        }
    }
}

/// The host and the port of `Host` or of a target's authority; `None` for what is none.
/// RFC 9110, section 7.2
pub(super) fn target_of(text: &[u8]) -> Option<(Called<'_>, Option<u16>)> {
    let (host, port) = split_port(std::str::from_utf8(text).ok()?);
    let port = match port {
        Some(port) => Some(port_of(port)?),
        None => None,
    };
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Some((Called::Address(address.parse::<Ipv6Addr>().ok()?.into()), port));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some((Called::Address(address.into()), port));
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    host.split('.').all(is_label).then_some((Called::Name(host), port))
}

/// The host before the colon of a port, if there is one; those within brackets are the address's.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn port_of(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_number && *port > 0)
}

/// Whether the name ends with that, in any case, and has something before it.
fn is_below(name: &str, suffix: &str) -> bool {
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
