//! The host that a request is sent to.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderValue, header::HOST};

use super::{RequestHead, fields::single_value};
use crate::origin::{is_loopback_name, parse_port};

/// Returns the authority of the target, or else the value of a single `Host`.
///
/// HTTP/2 requests have an authority. RFC 9112, section 3.2
pub(crate) fn target_authority<'a>(head: &RequestHead<'a>) -> Option<&'a [u8]> {
    let authority = head.uri().authority().map(|authority| authority.as_str().as_bytes());
    authority.or_else(|| single_value(head.headers(), HOST).map(HeaderValue::as_bytes))
}

/// The host that a request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestHost<'a> {
    /// A host name, in upper or lower case.
    Name(&'a [u8]),
    Address(IpAddr),
}

impl RequestHost<'_> {
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => is_loopback_name(name),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

/// Parses the host and the port of `Host` or of an authority.
///
/// Returns `None` if the text is invalid. RFC 9110, section 7.2
pub(crate) fn parse_host(text: &[u8]) -> Option<(RequestHost<'_>, Option<u16>)> {
    let (host, port) = split_port(text);
    let port = match port {
        Some(port) => Some(parse_port(port)?),
        None => None,
    };
    if let [b'[', address @ .., b']'] = host {
        let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
        return Some((RequestHost::Address(address.into()), port));
    }
    if !is_name(host) {
        return None;
    }
    // Only a host that ends with a digit can be an address.
    if host.last().is_some_and(u8::is_ascii_digit) {
        if let Some(address) = std::str::from_utf8(host).ok().and_then(|host| host.parse().ok()) {
            return Some((RequestHost::Address(IpAddr::V4(address)), port));
        }
    }
    Some((RequestHost::Name(host), port))
}

/// Returns `true` for nonempty labels of letters, digits, `-` and `_`.
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

/// Splits a text into a host and an optional port.
///
/// Colons within brackets belong to the address.
pub(crate) fn split_port(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = text.iter().rposition(|byte| matches!(byte, b':' | b']'));
    match end.map(|end| text.split_at(end)) {
        Some((host, [b':', port @ ..])) => (host, Some(port)),
        _ => (text, None),
    }
}

/// Returns `true` if the name is longer than the suffix and ends with it. Ignores case.
pub(crate) fn has_proper_suffix(name: &[u8], suffix: &[u8]) -> bool {
    let place = name.len().checked_sub(suffix.len()).filter(|place| *place > 0);
    let end = place.and_then(|place| name.get(place..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
