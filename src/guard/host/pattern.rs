use std::net::IpAddr;

use super::{HostPatternError, HostPatternFault};
use crate::{
    origin::{self, parse_port},
    request::host::{RequestHost, is_below, split_port},
};

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
            Some([b':', port @ ..]) => self.port.is_none() && parse_port(port).is_some(),
            _ => false,
        }
    }

    pub(super) fn covers(&self, host: &RequestHost<'_>, port: Option<u16>) -> bool {
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
