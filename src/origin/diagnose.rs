use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Host, OriginFault, OriginPattern, OriginPatternError,
    a_labels::domain_to_ascii,
    host::{Ipv6Text, ends_in_a_number},
    parse::{default_port, port},
};
use crate::limits::{HOST_BYTES, ORIGIN_BYTES, SCHEME_BYTES};

/// What is wrong with a text that is not a pattern, and what to write instead.
///
/// Runs only where [`OriginPattern`] could not be parsed. It reads the text part by part, keeps the
/// first fault, and puts a mended text together; that is offered only if it is a pattern itself.
pub(super) fn diagnose(written: &str) -> OriginPatternError {
    let (kind, mended) = match whole(written) {
        Err(kind) => (kind, None),
        Ok(text) => parts(text),
    };
    let is_pattern = |text: &String| text != written && text.parse::<OriginPattern>().is_ok();
    OriginPatternError { written: written.to_owned(), kind, instead: mended.filter(is_pattern) }
}

/// Faults of the whole text, for which nothing can be offered.
fn whole(written: &str) -> Result<&str, OriginFault> {
    match written {
        "" => Err(OriginFault::Empty),
        "*" => Err(OriginFault::AnyOrigin),
        text if text.eq_ignore_ascii_case("null") => Err(OriginFault::Null),
        text if text.len() > ORIGIN_BYTES => Err(OriginFault::TooLong),
        text => Ok(text),
    }
}

fn parts(text: &str) -> (OriginFault, Option<String>) {
    let mut fault = None;
    let mut found = |kind| {
        fault.get_or_insert(kind);
    };

    let trimmed = text.trim();
    if trimmed.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return (OriginFault::Whitespace, None);
    }
    if trimmed.len() != text.len() {
        found(OriginFault::Whitespace);
    }

    let (scheme, rest) = if let Some((scheme, rest)) = trimmed.split_once("://") {
        (mend_scheme(scheme, &mut found), rest)
    } else {
        found(OriginFault::MissingScheme);
        (Some(likely_scheme(trimmed).to_owned()), trimmed)
    };
    let authority = cut_after_authority(rest, &mut found);
    let host_and_port = match authority.rsplit_once('@') {
        Some((_, host_and_port)) => {
            found(OriginFault::Userinfo);
            host_and_port
        }
        None => authority,
    };
    let (host, written_port) = split_port(host_and_port);
    let host = mend_host(host, &mut found);
    let port = match written_port {
        Some(digits) => mend_port(digits, scheme.as_deref(), &mut found),
        None => Some(String::new()),
    };
    let mended = match (scheme, host, port) {
        (Some(scheme), Some(host), Some(port)) => Some(format!("{scheme}://{host}{port}")),
        _ => None,
    };
    // Whatever is left is a host that the parser refuses for a reason not told apart here.
    (fault.unwrap_or(OriginFault::MalformedHost), mended)
}

fn mend_scheme(scheme: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    let lower = scheme.to_ascii_lowercase();
    let is_scheme = lower.starts_with(|first: char| first.is_ascii_lowercase())
        && lower.len() <= SCHEME_BYTES
        && lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match () {
        () if lower.contains('*') => found(OriginFault::Wildcard),
        () if !is_scheme => found(OriginFault::MalformedScheme),
        () if lower == "file" => found(OriginFault::FileScheme),
        () => {
            if lower != scheme {
                found(OriginFault::UpperCase);
            }
            return Some(lower);
        }
    }
    None
}

/// Pages of this machine itself are rarely served over TLS.
fn likely_scheme(host: &str) -> &'static str {
    let is_local =
        ["localhost", "127.", "[::1]", "::1"].iter().any(|start| host.starts_with(start));
    if is_local { "http" } else { "https" }
}

/// What stands before the first `/`, `\`, `?` or `#`: browsers end the authority at each of them.
/// <https://url.spec.whatwg.org/#authority-state>
fn cut_after_authority<'a>(rest: &'a str, found: &mut impl FnMut(OriginFault)) -> &'a str {
    let Some(end) = rest.find(['/', '\\', '?', '#']) else { return rest };
    let (authority, tail) = rest.split_at(end);
    found(match tail.as_bytes() {
        [b'/'] => OriginFault::TrailingSlash,
        [b'?', ..] => OriginFault::Query,
        [b'#', ..] => OriginFault::Fragment,
        _ => OriginFault::Path,
    });
    authority
}

fn split_port(host_and_port: &str) -> (&str, Option<&str>) {
    match host_and_port.rsplit_once(':') {
        // The colon is one of an address in brackets, or of one that lacks them.
        Some((host, _)) if host.starts_with('[') && !host.ends_with(']') => (host_and_port, None),
        Some(_) if lacks_brackets(host_and_port) => (host_and_port, None),
        Some((host, digits)) => (host, Some(digits)),
        None => (host_and_port, None),
    }
}

/// Two colons, and nothing but what an IPv6 address is written with.
fn lacks_brackets(host: &str) -> bool {
    let is_written_with = |char: char| char.is_ascii_hexdigit() || matches!(char, ':' | '.');
    host.matches(':').count() > 1
        && host.split('%').next().is_some_and(|address| address.chars().all(is_written_with))
}

/// The port to write with its colon, nothing for a default one; `None` where it cannot be told.
fn mend_port(
    digits: &str,
    scheme: Option<&str>,
    found: &mut impl FnMut(OriginFault),
) -> Option<String> {
    let mended = port(digits).or_else(|| {
        found(if digits == "*" { OriginFault::Wildcard } else { OriginFault::MalformedPort });
        port(digits.trim_start_matches('0'))
    })?;
    if scheme.and_then(default_port) == Some(mended) {
        found(OriginFault::DefaultPort);
        return Some(String::new());
    }
    Some(format!(":{mended}"))
}

fn mend_host(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if host.is_empty() {
        found(OriginFault::MissingHost);
        return None;
    }
    if host.contains('*') {
        found(OriginFault::Wildcard);
        return None;
    }
    if host.starts_with('[') || lacks_brackets(host) {
        return mend_ipv6(host, found);
    }
    let ascii = if host.is_ascii() {
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            found(OriginFault::UpperCase);
        }
        host.to_ascii_lowercase()
    } else {
        found(OriginFault::UnicodeHost);
        domain_to_ascii(host)?
    };
    let name = match ascii.strip_suffix('.') {
        Some(name) => {
            found(OriginFault::TrailingDot);
            name
        }
        None => &ascii,
    };
    match () {
        () if name.split('.').any(str::is_empty) => found(OriginFault::EmptyLabel),
        () if name.len() > HOST_BYTES => found(OriginFault::HostTooLong),
        () if ends_in_a_number(name) => return mend_ipv4(name, found),
        () if Host::parse(name).is_none() => found(OriginFault::MalformedHost),
        () => return Some(name.to_owned()),
    }
    None
}

/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn mend_ipv4(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    found(OriginFault::Ipv4);
    let numbers = host.split('.').map(ipv4_number).collect::<Option<Vec<u64>>>()?;
    let (last, front) = numbers.split_last()?;
    let mut octets = [0; 4];
    let (first_octets, last_octets) = octets.split_at_mut_checked(front.len())?;
    for (octet, number) in first_octets.iter_mut().zip(front) {
        *octet = u8::try_from(*number).ok()?;
    }
    // The last number fills all the places that are left: `127.1` is 127.0.0.1.
    let last = u32::try_from(*last).ok()?.to_be_bytes();
    let (beyond, low) = last.split_at_checked(last.len().checked_sub(last_octets.len())?)?;
    last_octets.copy_from_slice(low);
    let fits = !last_octets.is_empty() && beyond.iter().all(|&byte| byte == 0);
    fits.then(|| Ipv4Addr::from(octets).to_string())
}

/// <https://url.spec.whatwg.org/#ipv4-number-parser>: decimal, octal after `0`, hexadecimal after `0x`.
fn ipv4_number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => match part.strip_prefix('0') {
            Some(octal) if !octal.is_empty() => (octal, 8),
            _ => (part, 10),
        },
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits {
        "" if radix == 16 => Some(0),
        digits => u64::from_str_radix(digits, radix).ok().filter(|_| is_plain),
    }
}

fn mend_ipv6(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    found(OriginFault::Ipv6);
    let address = host.strip_prefix('[').unwrap_or(host);
    let address = address.strip_suffix(']').unwrap_or(address);
    // `::1:9090` is an address of its own, but may well be meant for a port of `::1`.
    let may_end_in_a_port = host
        .rsplit_once(':')
        .is_some_and(|(front, digits)| port(digits).is_some() && front.parse::<Ipv6Addr>().is_ok());
    if may_end_in_a_port {
        return None;
    }
    let without_zone = address.split_once('%').map_or(address, |(address, _)| address);
    let parsed: Ipv6Addr = without_zone.parse().ok()?;
    let text = Ipv6Text::of(parsed);
    std::str::from_utf8(text.as_bytes()).ok().map(|canonical| format!("[{canonical}]"))
}
