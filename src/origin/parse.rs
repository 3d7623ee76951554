use std::{error::Error, fmt};

use super::{
    Host, Origin, Tuple,
    parts::{BELOW, Parts, PortPattern},
};
use crate::limits::{HOST_BYTES, ORIGIN_BYTES, SCHEME_BYTES};

/// The bytes are not the serialisation of an origin that a browser can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedOrigin;

impl fmt::Display for MalformedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin that a browser can send")
    }
}

impl Error for MalformedOrigin {}

/// <https://fetch.spec.whatwg.org/#origin-header>: `origin-or-null`, narrowed as [`Origin`] says.
pub(super) fn origin(serialized: &[u8]) -> Result<Origin<'_>, MalformedOrigin> {
    if serialized.len() > ORIGIN_BYTES {
        return Err(MalformedOrigin);
    }
    let serialized = std::str::from_utf8(serialized).map_err(|_| MalformedOrigin)?;
    if serialized == "null" {
        return Ok(Origin { serialized, tuple: None });
    }
    let tuple = tuple(serialized).ok_or(MalformedOrigin)?;
    Ok(Origin { serialized, tuple: Some(tuple) })
}

fn tuple(serialized: &str) -> Option<Tuple<'_>> {
    let (scheme, rest) = split_scheme(serialized)?;
    let (host_text, host, digits) = split_port(rest)?;
    let port = match digits {
        Some(digits) => Some(sent_port(digits, scheme)?),
        None => None,
    };
    Some(Tuple { scheme, host_text, host, port })
}

/// An origin, or one with `*.` before its host, with `:*` for its port, or with both.
pub(super) fn pattern(text: &str) -> Option<Parts<'_>> {
    if text.len() > ORIGIN_BYTES {
        return None;
    }
    let (scheme, rest) = split_scheme(text)?;
    // A file's origin is serialised as `null`, so that this scheme never arrives.
    if scheme == "file" {
        return None;
    }
    let (below, rest) = match rest.strip_prefix(BELOW) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (host, parsed, digits) = split_port(rest)?;
    let port = match digits {
        Some("*") => PortPattern::Any,
        Some(digits) => PortPattern::Only(Some(sent_port(digits, scheme)?)),
        None => PortPattern::Only(None),
    };
    // An address has no subdomains, and the shortest one takes two bytes more.
    let has_subdomains =
        || matches!(parsed, Host::Domain(_)) && host.len() + BELOW.len() <= HOST_BYTES;
    (!below || has_subdomains()).then_some(Parts { scheme, below, host, port })
}

/// What stands before `://`, and what stands after it.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    // Nearly all are one of these two, and comparing eight bytes is less than looking at each.
    for (scheme, len) in [("https://", "https".len()), ("http://", "http".len())] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return Some((scheme.get(..len)?, rest));
        }
    }
    let (scheme, rest) = text.split_at_checked(scheme_len(text)?)?;
    Some((scheme, rest.strip_prefix("://")?))
}

/// The host, and what stands after its colon.
fn split_port(rest: &str) -> Option<(&str, Host<'_>, Option<&str>)> {
    let (host, len) = Host::at_the_start(rest)?;
    let (text, rest) = rest.split_at_checked(len)?;
    match rest.strip_prefix(':') {
        Some(digits) => Some((text, host, Some(digits))),
        None => rest.is_empty().then_some((text, host, None)),
    }
}

/// `lower-alpha *(lower-alphanum / "+" / "-" / ".")`
fn scheme_len(serialized: &str) -> Option<usize> {
    let bytes = serialized.as_bytes();
    let is_scheme = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let len = bytes.iter().position(|byte| !is_scheme(byte))?;
    let starts_with_a_letter = bytes.first().is_some_and(u8::is_ascii_lowercase);
    (starts_with_a_letter && len <= SCHEME_BYTES).then_some(len)
}

/// 1 to 65535, without leading zeros.
pub(super) fn port(digits: &str) -> Option<u16> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain)
}

/// A port that browsers do not leave out after this scheme.
fn sent_port(digits: &str, scheme: &str) -> Option<u16> {
    port(digits).filter(|&port| default_port(scheme) != Some(port))
}

/// The port that browsers leave out. <https://url.spec.whatwg.org/#default-port>
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        "ftp" => Some(21),
        _ => None,
    }
}
