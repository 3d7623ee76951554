//! The target `origin`.

use std::collections::BTreeSet;

use tower_cross_origin::origin::{Host, Origin, OriginPattern, OriginPatternError, OriginSet};
use url::Url;

use crate::{
    neighbours::neighbours,
    reference_model::{
        origin::{Reading, ipv6_text},
        pattern::{is_pattern, matches_origin},
    },
};

/// Checks the bytes as an origin, as a pattern, and as a set of lines.
pub fn check(bytes: &[u8]) {
    origin(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() > 1 {
        pattern(text, &text.parse());
    }
    let patterns: Vec<Result<OriginPattern, OriginPatternError>> =
        lines.iter().map(|line| line.parse()).collect();
    for (line, parsed) in lines.iter().zip(&patterns) {
        origin(line.as_bytes());
        pattern(line, parsed);
    }
    set(&lines, patterns.into_iter().collect());
}

fn origin(bytes: &[u8]) {
    let reading = Reading::parse(bytes);
    match (&reading, Origin::parse(bytes)) {
        (None, Err(_)) => {}
        (Some(reading), Ok(origin)) => check_accessors(reading, &origin, bytes),
        (_, parsed) => {
            panic!("the reference model returns {reading:?}, but the parser returns {parsed:?}")
        }
    }
}

fn check_accessors(reading: &Reading, origin: &Origin<'_>, bytes: &[u8]) {
    assert_eq!(origin.as_str().as_bytes(), bytes);
    assert_eq!(origin.to_string().as_bytes(), bytes);
    assert_eq!(reading.serialize().as_bytes(), bytes);
    assert_eq!(serialize_parts(origin).as_bytes(), bytes);
    assert_eq!(origin.is_opaque(), *reading == Reading::Opaque);
    assert_eq!(origin.is_loopback(), reading.is_loopback());
    let is_http = bytes.starts_with(b"http://");
    assert_eq!(origin.is_insecure(), is_http && !reading.is_loopback());
    compare_with_url(origin.as_str());
}

/// Checks that a URL with this origin has the same origin in a URL parser.
///
/// The parser rejects some labels in Punycode, and gives other schemes no origin.
fn compare_with_url(origin: &str) {
    let is_special = ["https://", "http://"].iter().any(|scheme| origin.starts_with(scheme));
    match Url::parse(origin) {
        Ok(url) if is_special => assert_eq!(url.origin().ascii_serialization(), origin),
        Ok(_) => {}
        Err(error) => assert!(!is_special || origin.contains("xn--"), "{origin}: {error}"),
    }
}

fn serialize_parts(origin: &Origin<'_>) -> String {
    let (Some(scheme), Some(host)) = (origin.scheme(), origin.host()) else {
        return "null".to_owned();
    };
    let host = match host {
        Host::Domain(name) | Host::Opaque(name) => name.to_owned(),
        Host::Empty => String::new(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{}]", ipv6_text(&address.segments())),
        other => panic!("unexpected kind of host: {other:?}"),
    };
    origin.port().map_or(format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
}

/// Checks that the parser and the reference model accept the same patterns.
fn pattern(text: &str, parsed: &Result<OriginPattern, OriginPatternError>) {
    assert_eq!(parsed.is_ok(), is_pattern(text), "{text:?}: {parsed:?}");
    match parsed {
        Ok(pattern) => {
            assert_eq!(pattern.as_str(), text);
            assert_eq!(pattern.to_string(), text);
            assert_eq!(pattern.is_exact(), !text.contains('*'));
            for other in neighbours(text) {
                if let Ok(origin) = Origin::parse(other.as_bytes()) {
                    let is_covered = matches_origin(text, other.as_bytes());
                    assert_eq!(pattern.matches(&origin), is_covered, "{text} and {other}");
                }
            }
        }
        Err(error) => check_error(text, error),
    }
}

fn check_error(text: &str, error: &OriginPatternError) {
    assert_eq!(error.input(), text);
    assert!(!error.to_string().is_empty());
    if let Some(suggestion) = error.suggestion() {
        assert_ne!(suggestion, text);
        assert!(is_pattern(suggestion), "{error}");
    }
}

/// Checks that a set contains its lines, or reports its first invalid line.
fn set(lines: &[&str], patterns: Result<Vec<OriginPattern>, OriginPatternError>) {
    let (patterns, set) = match (patterns, OriginSet::parse(lines)) {
        (Err(expected), Err(error)) => return assert_eq!(error, expected),
        (Ok(patterns), Ok(set)) => (patterns, set),
        (patterns, set) => panic!("the patterns are {patterns:?}, but the set is {set:?}"),
    };
    let distinct: BTreeSet<&str> = lines.iter().copied().collect();
    assert_eq!(set.len(), distinct.len());
    assert_eq!(set.iter().map(|one| one.as_str()).collect::<BTreeSet<_>>(), distinct);

    // Large sets use another search than small ones.
    let large =
        OriginSet::parse(lines.iter().chain(&FILLERS)).expect("all lines are valid patterns");
    let queries = lines.iter().flat_map(|line| neighbours(line));
    for text in queries.chain(FILLERS.map(str::to_owned)) {
        let Ok(origin) = Origin::parse(text.as_bytes()) else { continue };
        let is_in = patterns.iter().any(|pattern| pattern.matches(&origin));
        assert_eq!(set.contains(&origin), is_in, "{text}");
        assert_eq!(large.contains(&origin), is_in || FILLERS.contains(&&*text), "{text}");
    }
}

const FILLERS: [&str; 10] = [
    "https://0.example",
    "https://1.example",
    "https://2.example",
    "https://3.example",
    "https://4.example",
    "https://5.example",
    "https://6.example",
    "https://7.example",
    "http://[::1]:8080",
    "capacitor://localhost",
];
