use std::{error::Error, fmt};

use super::{Host, Origin, Tuple};
use crate::limits::{ORIGIN_BYTES, SCHEME_BYTES};

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
    let (scheme, rest) = serialized.split_at_checked(scheme_len(serialized)?)?;
    let rest = rest.strip_prefix("://")?;
    // A colon within brackets belongs to the address.
    let host_end = match rest.strip_prefix('[') {
        Some(_) => rest.find(']')? + 1,
        None => rest.find(':').unwrap_or(rest.len()),
    };
    let (host, rest) = rest.split_at_checked(host_end)?;
    let port = match rest.strip_prefix(':') {
        Some(digits) => Some(port(digits)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    if port.is_some() && port == default_port(scheme) {
        return None;
    }
    Some(Tuple { scheme, host: Host::parse(host)?, port })
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

/// The port that browsers leave out. <https://url.spec.whatwg.org/#default-port>
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        "ftp" => Some(21),
        _ => None,
    }
}
