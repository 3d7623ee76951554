use std::{
    error::Error,
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::idna::domain_to_ascii;
use super::{
    SUBDOMAIN_WILDCARD, default_port,
    host::{Host, Ipv6Text, ends_in_a_number},
    parse_canonical_port,
};
use crate::limits::{HOST_BYTES, ORIGIN_BYTES, SCHEME_BYTES};

/// An origin in a configuration is invalid, since no browser sends it.
///
/// ```
/// use tower_cross_origin::origin::{OriginErrorKind, OriginPattern};
///
/// let error = "https://Example.com/".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.kind(), OriginErrorKind::TrailingSlash);
/// assert_eq!(error.suggestion(), Some("https://example.com"));
/// assert_eq!(
///     error.to_string(),
///     r#""https://Example.com/": an origin has no path, not even "/"; write "https://example.com""#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPatternError {
    input: String,
    kind: OriginErrorKind,
    suggestion: Option<String>,
}

impl OriginPatternError {
    /// Returns the kind of the first fault in the input.
    pub fn kind(&self) -> OriginErrorKind {
        self.kind
    }

    /// Returns the text that was parsed.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Returns the input with all faults corrected; `None` if no correction is likely.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl fmt::Display for OriginPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.input, self.kind)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; write {suggestion:?}"),
            None => Ok(()),
        }
    }
}

impl Error for OriginPatternError {}

/// What can be wrong with an origin in a configuration; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginErrorKind {
    /// Nothing is written.
    Empty,
    /// More bytes than [`ORIGIN_BYTES`].
    TooLong,
    /// `https://a.example, https://b.example`
    Several,
    /// White space or a control character.
    Whitespace,
    /// `null`, which every sandboxed page is.
    Null,
    /// `*` beside other origins, or in a set.
    AnyOrigin,
    /// `^https://(app|admin)\.example\.com$`
    RegularExpression,
    /// `example.com`: no `://`.
    MissingScheme,
    /// A scheme with other characters than letters, digits, `+`, `-`, `.`, or too long.
    MalformedScheme,
    /// `file:`, whose origin browsers serialise as `null`.
    FileScheme,
    /// A capital letter in the scheme or in the host.
    UpperCase,
    /// `user@` before the host.
    Userinfo,
    /// `/` at the end.
    TrailingSlash,
    /// A path.
    Path,
    /// `?` and what follows.
    Query,
    /// `#` and what follows.
    Fragment,
    /// `:443` after https, `:80` after http.
    DefaultPort,
    /// A port that is not a number from 1 to 65535 without leading zeros.
    MalformedPort,
    /// No host.
    MissingHost,
    /// A host with characters beyond ASCII.
    UnicodeHost,
    /// A host with a character that no host has.
    MalformedHost,
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// `example.com.`, which is another origin than `example.com`.
    TrailingDot,
    /// More bytes in the host than [`HOST_BYTES`].
    HostTooLong,
    /// A host whose last label is a number, but which is not a dotted IPv4 address.
    Ipv4,
    /// An IPv6 address without brackets, with a zone, or not in its canonical form.
    Ipv6,
    /// `*://`
    AnyScheme,
    /// `https://*`
    AnyHost,
    /// `https://*example.com`: a `*` for a part of a label.
    WildcardInLabel,
    /// `https://api.*.example.com`: a `*` that is not the first label.
    WildcardInside,
    /// `https://*.*.example.com`
    RepeatedWildcard,
    /// `http://*.127.0.0.1`: a `*` before an address.
    WildcardBeforeAddress,
    /// `:80*`: a `*` for a part of a port.
    WildcardInPort,
}

impl fmt::Display for OriginErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an origin is missing",
            Self::TooLong => "no origin that a browser sends is so long",
            Self::Several => "each origin stands in a text of its own",
            Self::Whitespace => "an origin has no white space and no control characters",
            Self::Null => {
                "every sandboxed page and local file is \"null\", whoever wrote it; \
                 if that is meant, set dangerously_allow_null_origin"
            }
            Self::AnyOrigin => "\"*\" is every origin, and stands alone",
            Self::RegularExpression => {
                "this is a regular expression, which belongs into origin_regexes"
            }
            Self::MissingScheme => "an origin begins with a scheme",
            Self::MalformedScheme => {
                "a scheme has at most 64 letters, digits, \"+\", \"-\" and \".\", a letter first"
            }
            Self::FileScheme => {
                "browsers send \"null\" for files, which every sandboxed page is too; \
                 serve the page over http from a loopback address"
            }
            Self::UpperCase => "browsers send lower case",
            Self::Userinfo => "an origin has no user name and no password",
            Self::TrailingSlash => "an origin has no path, not even \"/\"",
            Self::Path => "an origin has no path",
            Self::Query => "an origin has no query",
            Self::Fragment => "an origin has no fragment",
            Self::DefaultPort => "the default port is elided by browsers",
            Self::MalformedPort => "a port is a number from 1 to 65535 without leading zeros",
            Self::MissingHost => "an origin has a host",
            Self::UnicodeHost if cfg!(feature = "idna") => {
                "browsers send the A-labels (punycode) of a host, not its Unicode"
            }
            Self::UnicodeHost => {
                "browsers send the A-labels (punycode) of a host, not its Unicode; a browser's console \
                 prints them for `new URL(\"https://HOST\").host`, and the feature `idna` suggests them here"
            }
            Self::MalformedHost => {
                "a host has labels of letters, digits, \"-\" and \"_\", separated by dots"
            }
            Self::EmptyLabel => "a host has no empty label",
            Self::TrailingDot => "a host with a dot at its end is another origin than without it",
            Self::HostTooLong => "a host has at most 253 bytes",
            Self::Ipv4 => {
                "a host whose last label is a number is an IPv4 address, \
                 which browsers send as four decimal numbers, 0 to 255"
            }
            Self::Ipv6 => {
                "browsers send an IPv6 address in brackets, without a zone and in its canonical form"
            }
            Self::AnyScheme => "a scheme is named; list the same host under each of several",
            Self::AnyHost => "every host is nearly every origin; name a host, or \"*\" alone",
            Self::WildcardInLabel => {
                "a \"*\" stands for one or more whole labels, before the rest of the host"
            }
            Self::WildcardInside => "a \"*\" stands only before the whole host",
            Self::RepeatedWildcard => "one \"*\" stands for subdomains of any depth",
            Self::WildcardBeforeAddress => "an address has no subdomains",
            Self::WildcardInPort => "a \"*\" stands for the whole port",
        })
    }
}

/// Returns an error with the first fault of the text, and a suggestion.
///
/// This function runs only if the text could not be parsed as a pattern. It examines each part of the text,
/// and builds a corrected text. The corrected text becomes the suggestion only if it is a valid pattern.
pub(super) fn diagnose(input: &str, is_pattern: impl Fn(&str) -> bool) -> OriginPatternError {
    let (faults, corrected) = correct(input);
    // The remaining faults are hosts that the parser rejects for another reason.
    let kind = faults.first().copied().unwrap_or(OriginErrorKind::MalformedHost);
    let suggestion = corrected.filter(|text| text != input && is_pattern(text));
    OriginPatternError { input: input.to_owned(), kind, suggestion }
}

/// Returns every kind of fault of a text once, and the corrected text.
///
/// The corrected text may still be invalid.
pub(super) fn correct(input: &str) -> (Vec<OriginErrorKind>, Option<String>) {
    match check_text(input) {
        Err(kind) => (vec![kind], None),
        Ok(text) => correct_parts(text),
    }
}

/// Returns an error for faults of the whole text, which have no correction.
fn check_text(input: &str) -> Result<&str, OriginErrorKind> {
    match input {
        "" => Err(OriginErrorKind::Empty),
        "*" => Err(OriginErrorKind::AnyOrigin),
        text if text.eq_ignore_ascii_case("null") => Err(OriginErrorKind::Null),
        text if text.len() > ORIGIN_BYTES => Err(OriginErrorKind::TooLong),
        text if text.matches("://").count() > 1 && text.contains(SEPARATORS) => {
            Err(OriginErrorKind::Several)
        }
        text if text.starts_with('^') || text.contains(r"\.") => {
            Err(OriginErrorKind::RegularExpression)
        }
        text => Ok(text),
    }
}

fn correct_parts(text: &str) -> (Vec<OriginErrorKind>, Option<String>) {
    let mut faults = Vec::new();
    let mut report = |kind| {
        if !faults.contains(&kind) {
            faults.push(kind);
        }
    };

    let trimmed = text.trim();
    if trimmed.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return (vec![OriginErrorKind::Whitespace], None);
    }
    if trimmed.len() != text.len() {
        report(OriginErrorKind::Whitespace);
    }

    let (scheme, rest) = if let Some((scheme, rest)) = trimmed.split_once("://") {
        (correct_scheme(scheme, &mut report), rest)
    } else {
        report(OriginErrorKind::MissingScheme);
        (Some(likely_scheme(trimmed).to_owned()), trimmed)
    };
    let authority = cut_after_authority(rest, &mut report);
    let host_and_port = match authority.rsplit_once('@') {
        Some((_, host_and_port)) => {
            report(OriginErrorKind::Userinfo);
            host_and_port
        }
        None => authority,
    };
    let (host, written_port) = split_off_port(host_and_port);
    let host = correct_host(host, &mut report);
    let port = match written_port {
        Some(digits) => correct_port(digits, scheme.as_deref(), &mut report),
        None => Some(String::new()),
    };
    let corrected = match (scheme, host, port) {
        (Some(scheme), Some(host), Some(port)) => Some(format!("{scheme}://{host}{port}")),
        _ => None,
    };
    (faults, corrected)
}

fn correct_scheme(scheme: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    let lower = scheme.to_ascii_lowercase();
    let is_scheme = lower.starts_with(|first: char| first.is_ascii_lowercase())
        && lower.len() <= SCHEME_BYTES
        && lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match () {
        () if lower.contains('*') => {
            report(OriginErrorKind::AnyScheme);
            return Some("https".to_owned());
        }
        () if !is_scheme => report(OriginErrorKind::MalformedScheme),
        () if lower == "file" => report(OriginErrorKind::FileScheme),
        () => {
            if lower != scheme {
                report(OriginErrorKind::UpperCase);
            }
            return Some(lower);
        }
    }
    None
}

/// Returns `http` for loopback hosts, which rarely use TLS; `https` for other hosts.
fn likely_scheme(host: &str) -> &'static str {
    let host = host.strip_prefix(SUBDOMAIN_WILDCARD).unwrap_or(host);
    let is_local =
        ["localhost", "127.", "[::1]", "::1"].iter().any(|start| host.starts_with(start));
    if is_local { "http" } else { "https" }
}

/// Returns the part before the first `/`, `\`, `?` or `#`.
///
/// Browsers end the authority at each of these characters. <https://url.spec.whatwg.org/#authority-state>
fn cut_after_authority<'a>(rest: &'a str, report: &mut impl FnMut(OriginErrorKind)) -> &'a str {
    let Some(end) = rest.find(['/', '\\', '?', '#']) else { return rest };
    let (authority, tail) = rest.split_at(end);
    report(match tail.as_bytes() {
        [b'/'] => OriginErrorKind::TrailingSlash,
        [b'?', ..] => OriginErrorKind::Query,
        [b'#', ..] => OriginErrorKind::Fragment,
        _ => OriginErrorKind::Path,
    });
    authority
}

fn split_off_port(host_and_port: &str) -> (&str, Option<&str>) {
    match host_and_port.rsplit_once(':') {
        // The colon is part of an IPv6 address, with or without brackets.
        Some((host, _)) if host.starts_with('[') && !host.ends_with(']') => (host_and_port, None),
        Some(_) if lacks_brackets(host_and_port) => (host_and_port, None),
        Some((host, digits)) => (host, Some(digits)),
        None => (host_and_port, None),
    }
}

/// Returns the corrected port with its colon; `None` if it cannot be corrected.
///
/// Returns an empty text for the default port.
fn correct_port(
    digits: &str,
    scheme: Option<&str>,
    report: &mut impl FnMut(OriginErrorKind),
) -> Option<String> {
    if digits == "*" {
        return Some(":*".to_owned());
    }
    let corrected = parse_canonical_port(digits).or_else(|| {
        let is_part = digits.contains('*');
        report(if is_part {
            OriginErrorKind::WildcardInPort
        } else {
            OriginErrorKind::MalformedPort
        });
        parse_canonical_port(digits.trim_start_matches('0'))
    })?;
    if scheme.and_then(default_port) == Some(corrected) {
        report(OriginErrorKind::DefaultPort);
        return Some(String::new());
    }
    Some(format!(":{corrected}"))
}

/// Returns the corrected host; `None` if it cannot be corrected.
///
/// The host begins with `*.` if it matches subdomains.
fn correct_host(host: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    if !host.contains('*') {
        return correct_plain(host, report);
    }
    if host.split('.').all(|label| label == "*") {
        report(OriginErrorKind::AnyHost);
        return None;
    }
    let plain = cut_wildcards(host, report);
    if plain.contains('*') {
        let is_label = plain.split('.').any(|label| label == "*");
        report(if is_label {
            OriginErrorKind::WildcardInside
        } else {
            OriginErrorKind::WildcardInLabel
        });
        return None;
    }
    let is_address = plain.starts_with('[') || lacks_brackets(plain) || ends_in_a_number(plain);
    if is_address {
        report(OriginErrorKind::WildcardBeforeAddress);
        return correct_plain(plain, report);
    }
    let corrected = correct_plain(plain, report)?;
    if corrected.len() + SUBDOMAIN_WILDCARD.len() > HOST_BYTES {
        report(OriginErrorKind::HostTooLong);
        return None;
    }
    Some(format!("{SUBDOMAIN_WILDCARD}{corrected}"))
}

/// Returns the host without the wildcards at its beginning.
fn cut_wildcards<'a>(host: &'a str, report: &mut impl FnMut(OriginErrorKind)) -> &'a str {
    let stars = |text: &'a str| text.strip_prefix('*').map(|rest| rest.trim_start_matches('*'));
    let (mut rest, mut count) = (host, 0);
    while let Some(plain) = stars(rest).and_then(|rest| rest.strip_prefix('.')) {
        (rest, count) = (plain, count + 1);
    }
    match stars(rest) {
        // `*-dev.example.com` has no unambiguous correction.
        Some(plain) if plain.starts_with(|first: char| first.is_ascii_alphanumeric()) => {
            report(OriginErrorKind::WildcardInLabel);
            return plain;
        }
        _ => {}
    }
    if count > 1 || host.starts_with("**") {
        report(OriginErrorKind::RepeatedWildcard);
    }
    rest
}

fn correct_plain(host: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    if host.is_empty() {
        report(OriginErrorKind::MissingHost);
        return None;
    }
    if host.starts_with('[') || lacks_brackets(host) {
        return correct_ipv6(host, report);
    }
    // A host such as `${HOST}`. Its capital letters are not reported.
    if host.bytes().any(|byte| byte.is_ascii() && !is_in_hosts(byte)) {
        report(OriginErrorKind::MalformedHost);
        return None;
    }
    let ascii = if host.is_ascii() {
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            report(OriginErrorKind::UpperCase);
        }
        host.to_ascii_lowercase()
    } else {
        report(OriginErrorKind::UnicodeHost);
        domain_to_ascii(host)?
    };
    let name = match ascii.strip_suffix('.') {
        Some(name) => {
            report(OriginErrorKind::TrailingDot);
            name
        }
        None => &ascii,
    };
    match () {
        () if name.split('.').any(str::is_empty) => report(OriginErrorKind::EmptyLabel),
        () if name.len() > HOST_BYTES => report(OriginErrorKind::HostTooLong),
        () if ends_in_a_number(name) => return correct_ipv4(name, report),
        () if Host::parse(name).is_none() => report(OriginErrorKind::MalformedHost),
        () => return Some(name.to_owned()),
    }
    None
}

fn is_in_hosts(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// Converts an IPv4 address to four decimal numbers, as browsers do.
///
/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn correct_ipv4(host: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    report(OriginErrorKind::Ipv4);
    let numbers = host.split('.').map(ipv4_number).collect::<Option<Vec<u64>>>()?;
    let (last, front) = numbers.split_last()?;
    let mut octets = [0; 4];
    let (first_octets, last_octets) = octets.split_at_mut_checked(front.len())?;
    for (octet, number) in first_octets.iter_mut().zip(front) {
        *octet = u8::try_from(*number).ok()?;
    }
    // The last number fills the remaining octets: `127.1` is 127.0.0.1.
    let last = u32::try_from(*last).ok()?.to_be_bytes();
    let (high, low) = last.split_at_checked(last.len().checked_sub(last_octets.len())?)?;
    last_octets.copy_from_slice(low);
    let fits = !last_octets.is_empty() && high.iter().all(|&byte| byte == 0);
    fits.then(|| Ipv4Addr::from(octets).to_string())
}

/// Parses a decimal number, an octal number after `0`, or a hexadecimal number after `0x`.
///
/// <https://url.spec.whatwg.org/#ipv4-number-parser>
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

fn correct_ipv6(host: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    report(OriginErrorKind::Ipv6);
    let address = host.strip_prefix('[').unwrap_or(host);
    let address = address.strip_suffix(']').unwrap_or(address);
    // `::1:9090` is a valid address, but could also mean the port 9090 of `::1`.
    let may_end_in_a_port = host.rsplit_once(':').is_some_and(|(front, digits)| {
        parse_canonical_port(digits).is_some() && front.parse::<Ipv6Addr>().is_ok()
    });
    if may_end_in_a_port {
        return None;
    }
    let without_zone = address.split_once('%').map_or(address, |(address, _)| address);
    let parsed: Ipv6Addr = without_zone.parse().ok()?;
    let text = Ipv6Text::new(parsed);
    std::str::from_utf8(text.as_bytes()).ok().map(|canonical| format!("[{canonical}]"))
}

/// Returns `true` if the host looks like an IPv6 address without brackets.
fn lacks_brackets(host: &str) -> bool {
    let is_ipv6_char = |char: char| char.is_ascii_hexdigit() || matches!(char, ':' | '.');
    host.matches(':').count() > 1
        && host.split('%').next().is_some_and(|address| address.chars().all(is_ipv6_char))
}

/// The characters that people write between list items.
const SEPARATORS: [char; 4] = [',', ';', '|', ' '];
