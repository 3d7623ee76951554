//! What is wrong with a text that is not a pattern, and what to write instead.

mod address;
mod host;

use self::{address::lacks_brackets, host::mend_host};
use super::{
    OriginFault, OriginPatternError,
    parse::{self, default_port, port},
    parts::BELOW,
};
use crate::limits::{ORIGIN_BYTES, SCHEME_BYTES};

/// Runs only where a pattern could not be parsed. It reads the text part by part, keeps the
/// first fault, and puts a mended text together; that is offered only if it is a pattern itself.
pub(super) fn diagnose(written: &str) -> OriginPatternError {
    let (kind, mended) = match whole(written) {
        Err(kind) => (kind, None),
        Ok(text) => parts(text),
    };
    let is_pattern = |text: &String| text != written && parse::pattern(text).is_some();
    OriginPatternError { written: written.to_owned(), kind, instead: mended.filter(is_pattern) }
}

/// Faults of the whole text, for which nothing can be offered.
fn whole(written: &str) -> Result<&str, OriginFault> {
    match written {
        "" => Err(OriginFault::Empty),
        "*" => Err(OriginFault::AnyOrigin),
        text if text.eq_ignore_ascii_case("null") => Err(OriginFault::Null),
        text if text.len() > ORIGIN_BYTES => Err(OriginFault::TooLong),
        text if text.matches("://").count() > 1 && text.contains(BETWEEN) => {
            Err(OriginFault::Several)
        }
        text if text.starts_with('^') || text.contains(r"\.") => {
            Err(OriginFault::RegularExpression)
        }
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
        () if lower.contains('*') => {
            found(OriginFault::AnyScheme);
            return Some("https".to_owned());
        }
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
    let host = host.strip_prefix(BELOW).unwrap_or(host);
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

/// The port to write with its colon, nothing for a default one; `None` where it cannot be told.
fn mend_port(
    digits: &str,
    scheme: Option<&str>,
    found: &mut impl FnMut(OriginFault),
) -> Option<String> {
    if digits == "*" {
        return Some(":*".to_owned());
    }
    let mended = port(digits).or_else(|| {
        let is_part = digits.contains('*');
        found(if is_part { OriginFault::WildcardInPort } else { OriginFault::MalformedPort });
        port(digits.trim_start_matches('0'))
    })?;
    if scheme.and_then(default_port) == Some(mended) {
        found(OriginFault::DefaultPort);
        return Some(String::new());
    }
    Some(format!(":{mended}"))
}

/// What people write between the members of a list.
const BETWEEN: [char; 4] = [',', ';', '|', ' '];
