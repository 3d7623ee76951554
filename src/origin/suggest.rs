use std::{
    error::Error,
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::idna::{domain_to_ascii, has_valid_a_labels};
use super::{
    FILE_ORIGIN, SUBDOMAIN_WILDCARD, SchemeKind, default_port, hole,
    host::{Host, Ipv6Text, ends_in_a_number, is_in_opaque_hosts},
    parse_canonical_port,
};
use crate::{
    config::{Message, display_message},
    limits::{HOST_BYTES, ORIGIN_BYTES, SCHEME_BYTES},
};

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
///     "\"https://Example.com/\": the origin ends with a slash; browsers send an origin without a path; \
///      remove the slash; write \"https://example.com\"",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPatternError {
    input: String,
    kind: OriginErrorKind,
    suggestion: Option<String>,
    regex: Option<String>,
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

    /// Returns a regular expression with the likely meaning.
    ///
    /// Returns `None` if a pattern can express it, or if the meaning is uncertain.
    ///
    /// The value is for `Rule::add_origin_regexes` and `OriginSet::with_regexes`, which anchor expressions.
    ///
    /// ```
    /// use tower_cross_origin::origin::OriginPattern;
    ///
    /// let error = "https://app-*-team.vercel.app".parse::<OriginPattern>().unwrap_err();
    /// assert_eq!(error.regex(), Some(r"https://app-[a-z0-9-]+-team\.vercel\.app"));
    /// ```
    pub fn regex(&self) -> Option<&str> {
        self.regex.as_deref()
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

/// The kind of an [`OriginPatternError`].
///
/// Its `Display` has the problem, the reason and the fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginErrorKind {
    /// An empty text.
    Empty,
    /// More bytes than [`ORIGIN_BYTES`].
    TooLong,
    /// `https://a.example, https://b.example`
    SeveralOrigins,
    /// White space or a control character.
    Whitespace,
    /// `null`, the origin of every sandboxed page.
    Null,
    /// `*`, which is not a pattern.
    AnyOrigin,
    /// `^https://(app|admin)\.example\.com$`
    RegularExpression,
    /// `example.com`: the text has no `://`.
    MissingScheme,
    /// A scheme that is too long or has an invalid character.
    ///
    /// Letters, digits, `+`, `-` and `.` are valid.
    MalformedScheme,
    /// A local file: another text than `file://`, or `file://` without the setting that it needs.
    ///
    /// The setting is `dangerously_allow_null_origin`, since every local file has this origin.
    FileScheme,
    /// An upper-case letter in the scheme, or in the host of a web page.
    UpperCase,
    /// `user@` before the host.
    Userinfo,
    /// `/` at the end.
    TrailingSlash,
    /// A path.
    Path,
    /// A query, which begins with `?`.
    Query,
    /// A fragment, which begins with `#`.
    Fragment,
    /// `:443` after https, `:80` after http.
    DefaultPort,
    /// A port that is not a number from 1 to 65535 without leading zeros.
    MalformedPort,
    /// A missing host.
    MissingHost,
    /// A host with characters beyond ASCII.
    UnicodeHost,
    /// A host with a character that is not allowed in hosts.
    MalformedHost,
    /// Two dots in a row, or a dot at the beginning.
    EmptyLabel,
    /// `127.0.0.1.`: a dot after an IP address.
    ///
    /// A dot after a domain name is valid: `https://example.com.` is a different origin than
    /// `https://example.com`.
    TrailingDot,
    /// More bytes in the host than [`HOST_BYTES`].
    HostTooLong,
    /// A host that ends with a number, but is not a dotted IPv4 address.
    Ipv4,
    /// An IPv6 address without brackets, with a zone, or not in its canonical form.
    Ipv6,
    /// `*://`
    AnyScheme,
    /// `https://*`
    AnyHost,
    /// `chrome-extension://*`: every application or extension.
    AnyApplication,
    /// `https://*example.com`: `*` is a part of a label.
    WildcardInLabel,
    /// `https://api.*.example.com`: `*` is not the first label.
    WildcardInside,
    /// `https://*.*.example.com`
    RepeatedWildcard,
    /// `http://*.127.0.0.1`: `*` precedes an address.
    WildcardBeforeAddress,
    /// `:80*`: `*` is a part of the port.
    WildcardInPort,
}

impl OriginErrorKind {
    #[expect(clippy::too_many_lines, reason = "one table of all texts")]
    pub(crate) fn message(self) -> Message {
        match self {
            Self::Empty => Message::new(
                "the origin is empty",
                "no browser sends an empty origin",
                "use an origin such as \"https://app.example.com\", or remove the entry",
            ),
            Self::TooLong => Message::new(
                format!("the origin has more than {ORIGIN_BYTES} bytes"),
                "no browser sends such a long origin",
                "use only a scheme, a host and a port",
            ),
            Self::SeveralOrigins => Message::new(
                "the value has several origins",
                "browsers send one origin, and each entry is compared as a whole",
                "list each origin as a separate string",
            ),
            Self::Whitespace => Message::new(
                "the origin has white space or a control character",
                "browsers send neither in an origin",
                "remove the character",
            ),
            Self::Null => Message::new(
                "\"null\" is not a usable origin here",
                "every sandboxed page and every local file has the origin \"null\"",
                "remove \"null\", or set dangerously_allow_null_origin = true in a CORS rule",
            ),
            Self::AnyOrigin => Message::new(
                "\"*\" is not an origin pattern",
                "\"*\" would match every origin",
                "list origins, or patterns such as \"https://*.example.com\"",
            ),
            Self::RegularExpression => Message::new(
                "the value is a regular expression",
                "browsers send no origin with these characters, so the value matches nothing",
                "list origins, or move the value to origin_regexes in a CORS rule",
            ),
            Self::MissingScheme => Message::new(
                "the origin has no scheme",
                "browsers send an origin with its scheme",
                "add the scheme",
            ),
            Self::MalformedScheme => Message::new(
                "the scheme is invalid",
                "a scheme has at most 64 letters, digits, \"+\", \"-\" and \".\", with a letter first",
                "use a scheme such as \"https\"",
            ),
            Self::FileScheme => Message::new(
                "the origin is a local file",
                "every local file has the origin \"null\" or \"file://\"",
                "serve the page over http, or write \"file://\" and set dangerously_allow_null_origin = true",
            ),
            Self::UpperCase => Message::new(
                "the origin has upper-case letters",
                "browsers send the scheme, and the host of a web page, in lower case",
                "use lower case",
            ),
            Self::Userinfo => Message::new(
                "the origin has a user name or a password",
                "browsers send neither in an origin",
                "remove the user name and the password",
            ),
            Self::TrailingSlash => Message::new(
                "the origin ends with a slash",
                "browsers send an origin without a path",
                "remove the slash",
            ),
            Self::Path => Message::new(
                "the origin has a path",
                "browsers send an origin without a path",
                "remove the path",
            ),
            Self::Query => Message::new(
                "the origin has a query",
                "browsers send an origin without a query",
                "remove the query",
            ),
            Self::Fragment => Message::new(
                "the origin has a fragment",
                "browsers send an origin without a fragment",
                "remove the fragment",
            ),
            Self::DefaultPort => Message::new(
                "the port is the default port of the scheme",
                "browsers omit the default port",
                "remove the port",
            ),
            Self::MalformedPort => Message::new(
                "the port is invalid",
                "browsers send a number from 1 to 65535 without leading zeros",
                "correct the port",
            ),
            Self::MissingHost => Message::new(
                "the origin has no host",
                "browsers send an origin with a host",
                "add the host",
            ),
            Self::UnicodeHost => unicode_host(),
            Self::MalformedHost => Message::new(
                "the host is invalid",
                "browsers send labels of letters, digits, \"-\" and \"_\", separated by dots",
                "correct the host",
            ),
            Self::EmptyLabel => Message::new(
                "the host has an empty label",
                "no DNS name has an empty label, so no page has such an origin",
                "remove the extra dot",
            ),
            Self::TrailingDot => Message::new(
                "a dot follows the IP address",
                "browsers send an IP address without a dot at its end",
                "remove the dot",
            ),
            Self::HostTooLong => Message::new(
                format!("the host has more than {HOST_BYTES} bytes"),
                "no DNS name has that length, so no page has such an origin",
                "shorten the host",
            ),
            Self::Ipv4 => Message::new(
                "the host ends with a number but is not a valid IPv4 address",
                "browsers send an IPv4 address as four decimal numbers from 0 to 255",
                "correct the address",
            ),
            Self::Ipv6 => Message::new(
                "the host is not a valid IPv6 address",
                "browsers send an IPv6 address in brackets, in canonical form and without a zone",
                "correct the address",
            ),
            Self::AnyScheme => Message::new(
                "the scheme is a wildcard",
                "a pattern matches a single scheme",
                "list the host once for each scheme",
            ),
            Self::AnyHost => Message::new(
                "the host is only a wildcard",
                "the pattern would match almost every origin",
                "name a host, or list \"*\" alone in a CORS rule",
            ),
            Self::AnyApplication => Message::new(
                "the host is only a wildcard",
                "the host is the name or the id of an application or an extension, and browsers \
                 can create an id at each installation",
                "name the host, or use origin_regexes in a CORS rule",
            ),
            Self::WildcardInLabel => Message::new(
                "\"*\" is a part of a label",
                "\"*\" matches one or more whole labels before the rest of the host",
                "use \"*.\" before the rest of the host, or origin_regexes in a CORS rule",
            ),
            Self::WildcardInside => Message::new(
                "\"*\" is not the first label",
                "\"*\" matches subdomains, which precede the rest of the host",
                "use \"*.\" at the beginning of the host, or origin_regexes in a CORS rule",
            ),
            Self::RepeatedWildcard => Message::new(
                "the host has more than one \"*\"",
                "one \"*\" already matches subdomains of any depth",
                "use one \"*\"",
            ),
            Self::WildcardBeforeAddress => Message::new(
                "\"*\" precedes an IP address",
                "an IP address has no subdomains",
                "remove \"*.\"",
            ),
            Self::WildcardInPort => Message::new(
                "\"*\" is a part of the port",
                "\"*\" matches the whole port only",
                "use \":*\" for every port, or a single port",
            ),
        }
    }
}

display_message!(OriginErrorKind);

fn unicode_host() -> Message {
    let fix = if cfg!(feature = "idna") {
        "use the A-labels"
    } else {
        "use the A-labels, which a browser's console prints for `new URL(\"https://HOST\").host`"
    };
    Message::new(
        "the host has characters beyond ASCII",
        "browsers send the A-labels (punycode) of a host",
        fix,
    )
}

/// Returns the error of a text that is not a pattern.
///
/// Reports the first fault, and corrects the text part by part. The corrected text is suggested only if it is a
/// valid pattern.
pub(super) fn diagnose(input: &str, is_pattern: impl Fn(&str) -> bool) -> OriginPatternError {
    let (faults, corrected) = correct(input);
    // Without a fault, the parser rejects the host for a reason that no kind describes in more detail.
    let kind = faults.first().copied().unwrap_or(OriginErrorKind::MalformedHost);
    let suggestion = corrected.filter(|text| text != input && is_pattern(text));
    let regex = if suggestion.is_none() { regex_for(input) } else { None };
    OriginPatternError { input: input.to_owned(), kind, suggestion, regex }
}

/// Returns an expression with the likely meaning of a text that no pattern can express.
fn regex_for(input: &str) -> Option<String> {
    let text = input.trim();
    if check_text(text) == Err(OriginErrorKind::RegularExpression) {
        return written_regex(text);
    }
    if text.len() > ORIGIN_BYTES || text.contains(['@', '\\']) {
        return None;
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (correct_scheme(scheme, &mut |_| {})?, rest),
        None => add_scheme(text).map(|(scheme, rest)| (scheme.to_owned(), rest))?,
    };
    hole::regex(&scheme, rest.split(['/', '?', '#']).next()?)
}

/// Returns a regular expression without the slashes around it.
#[cfg(feature = "regex")]
fn written_regex(text: &str) -> Option<String> {
    let literal = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let regex = literal.unwrap_or(text);
    super::regex::OriginRegex::parse(regex).is_ok().then(|| regex.to_owned())
}

/// Returns `None`: without the feature `regex`, the program has no setting for the expression.
#[cfg(not(feature = "regex"))]
fn written_regex(_: &str) -> Option<String> {
    None
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
            Err(OriginErrorKind::SeveralOrigins)
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
        match add_scheme(trimmed) {
            Some((scheme, rest)) => (Some(scheme.to_owned()), rest),
            None => return (faults, None),
        }
    };
    if scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("file")) {
        let is_corrected = correct_file(trimmed, rest, &mut report);
        return (faults, is_corrected.then(|| FILE_ORIGIN.to_owned()));
    }
    let kind = scheme.as_deref().map_or(SchemeKind::Web, SchemeKind::new);
    let authority = cut_after_authority(rest, &mut report);
    // Only after some schemes, browsers end the host at a backslash.
    let is_cut_elsewhere = kind != SchemeKind::Web && rest.contains('\\');
    let host_and_port = match authority.rsplit_once('@') {
        Some((_, host_and_port)) => {
            report(OriginErrorKind::Userinfo);
            host_and_port
        }
        None => authority,
    };
    let (host, written_port) = split_off_port(host_and_port);
    let host = match scheme.as_deref() {
        // All applications of these frameworks have the same host.
        Some("capacitor" | "ionic" | "tauri") if host_and_port == "*" => {
            report(OriginErrorKind::AnyApplication);
            Some("localhost".to_owned())
        }
        _ => correct_host(host, kind, &mut report),
    };
    let port = match written_port {
        Some(digits) => correct_port(digits, scheme.as_deref(), &mut report),
        None => Some(String::new()),
    };
    let corrected = match (scheme, host, port) {
        (Some(scheme), Some(host), Some(port)) if !is_cut_elsewhere => {
            Some(format!("{scheme}://{host}{port}"))
        }
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
            let is_web = matches!(&*lower, "*" | "http*" | "https*");
            return is_web.then(|| "https".to_owned());
        }
        () if !is_scheme => report(OriginErrorKind::MalformedScheme),
        () => {
            // `correct_file` reports the faults of `FILE://`.
            if lower != scheme && lower != "file" {
                report(OriginErrorKind::UpperCase);
            }
            return Some(lower);
        }
    }
    None
}

/// Reports the faults of an origin with the scheme `file`. Returns `true` if it is `file://` or nearly so.
fn correct_file(text: &str, rest: &str, report: &mut impl FnMut(OriginErrorKind)) -> bool {
    if !matches!(rest, "" | "/") {
        report(OriginErrorKind::FileScheme);
        return false;
    }
    if !text.starts_with(FILE_ORIGIN) {
        report(OriginErrorKind::UpperCase);
    }
    if !rest.is_empty() {
        report(OriginErrorKind::TrailingSlash);
    }
    true
}

/// Returns the scheme of a text without `://`, and the text after the scheme.
///
/// Returns `None` if the meaning is uncertain.
///
/// Browsers accept `https:/example.com` and `https:example.com`.
fn add_scheme(text: &str) -> Option<(&'static str, &str)> {
    // An e-mail address.
    if text.contains('@') {
        return None;
    }
    for scheme in ["https", "http"] {
        let Some((start, rest)) = text.split_at_checked(scheme.len()) else { continue };
        let has_separator = rest.starts_with(':') || rest.starts_with("//");
        if start.eq_ignore_ascii_case(scheme) && has_separator {
            let rest = rest.trim_start_matches([':', '/', '\\']);
            // `http:8080` probably means a port of an unknown host.
            let is_port = rest.bytes().all(|byte| byte.is_ascii_digit());
            return (!is_port).then_some((scheme, rest));
        }
    }
    let authority = text.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let is_host = authority.contains(['.', ':']) || authority == "localhost";
    // `feed/latest` is a path, and `intranet` is a host.
    (is_host || authority == text).then(|| (likely_scheme(text), text))
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
    let is_address = |host: &str| {
        let plain = host_and_port.trim_start_matches(['*', '.']);
        plain.starts_with('[') && !host.ends_with(']') || lacks_brackets(plain)
    };
    match host_and_port.rsplit_once(':') {
        // The colon is a part of an IPv6 address, with or without brackets.
        Some((host, _)) if is_address(host) => (host_and_port, None),
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
fn correct_host(
    host: &str,
    kind: SchemeKind,
    report: &mut impl FnMut(OriginErrorKind),
) -> Option<String> {
    if !host.contains('*') {
        return correct_plain(host, kind, report);
    }
    if host.split('.').all(|label| label == "*") {
        let is_web = kind == SchemeKind::Web;
        report(if is_web { OriginErrorKind::AnyHost } else { OriginErrorKind::AnyApplication });
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
    let is_address = plain.starts_with('[')
        || lacks_brackets(plain)
        || (kind == SchemeKind::Web && ends_in_a_number(plain));
    if is_address {
        report(OriginErrorKind::WildcardBeforeAddress);
        let labels = plain.split('.').filter(|label| !label.is_empty()).count();
        // `*.8080` probably does not mean the address 0.0.31.144.
        let is_whole = kind != SchemeKind::Web || plain.contains(':') || labels == 4;
        return if is_whole { correct_plain(plain, kind, report) } else { None };
    }
    let corrected = correct_plain(plain, kind, report)?;
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
        // `*8080` probably means a port.
        Some(plain)
            if plain.starts_with(|first: char| first.is_ascii_alphanumeric())
                && !ends_in_a_number(plain) =>
        {
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

fn correct_plain(
    host: &str,
    kind: SchemeKind,
    report: &mut impl FnMut(OriginErrorKind),
) -> Option<String> {
    if host.is_empty() {
        report(OriginErrorKind::MissingHost);
        return None;
    }
    if host.starts_with('[') || lacks_brackets(host) {
        return correct_ipv6(host, report);
    }
    if kind != SchemeKind::Web {
        return check_opaque(host, report);
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
    let name = ascii.strip_suffix('.').unwrap_or(&ascii);
    match () {
        () if name.split('.').any(str::is_empty) => report(OriginErrorKind::EmptyLabel),
        () if ascii.len() > HOST_BYTES => report(OriginErrorKind::HostTooLong),
        () if ends_in_a_number(name) => {
            if name != ascii {
                report(OriginErrorKind::TrailingDot);
            }
            return correct_ipv4(name, report);
        }
        () if Host::parse(&ascii).is_none() => report(OriginErrorKind::MalformedHost),
        // No browser opens a page of such a host.
        () if !has_valid_a_labels(&ascii) => {}
        () => return Some(ascii),
    }
    None
}

/// Returns the host of an application or an extension; `None` if it is invalid. Keeps its case.
fn check_opaque(host: &str, report: &mut impl FnMut(OriginErrorKind)) -> Option<String> {
    match () {
        () if !host.bytes().all(is_in_opaque_hosts) => report(OriginErrorKind::MalformedHost),
        () if host.len() > HOST_BYTES => report(OriginErrorKind::HostTooLong),
        () => return Some(host.to_owned()),
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
    if parse_canonical_port(host).is_some() {
        // `http://8080` probably means a port.
        return None;
    }
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
    let has_brackets = host.starts_with('[') && host.ends_with(']');
    let may_end_in_a_port = !has_brackets
        && address.rsplit_once(':').is_some_and(|(front, digits)| {
            parse_canonical_port(digits).is_some() && front.parse::<Ipv6Addr>().is_ok()
        });
    if may_end_in_a_port {
        return None;
    }
    let (without_zone, zone) = address.split_once('%').unwrap_or((address, ""));
    if zone.contains(|char: char| !char.is_ascii_alphanumeric()) {
        return None;
    }
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
