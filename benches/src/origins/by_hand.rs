use std::collections::HashMap;

use super::Lookup;

/// A list of patterns, which a lookup tries one by one.
///
/// Typical handwritten predicates work like this.
#[derive(Debug)]
pub struct List(Vec<Pattern>);

impl List {
    /// Creates a list of the given patterns.
    pub fn new(texts: &[String]) -> Self {
        Self(texts.iter().filter_map(|text| Pattern::parse(text)).collect())
    }
}

impl Lookup for List {
    #[inline]
    fn matches(&self, serialized: &[u8]) -> bool {
        let Some(origin) = str::from_utf8(serialized).ok().and_then(Parts::parse) else {
            return false;
        };
        self.0.iter().any(|pattern| {
            let host_matches = if pattern.subdomains {
                let front = origin.host.strip_suffix(&*pattern.host);
                front.is_some_and(|front| front.ends_with('.'))
            } else {
                origin.host == pattern.host
            };
            host_matches && pattern.rest.matches(&origin)
        })
    }
}

/// A map from the part after `*.` to the patterns that end in it.
///
/// A lookup tries the part of the host after each dot.
#[derive(Debug, Default)]
pub struct SuffixMap {
    hosts: HashMap<String, Vec<SchemeAndPort>>,
    suffixes: HashMap<String, Vec<SchemeAndPort>>,
}

impl SuffixMap {
    /// Creates a map of the given patterns.
    pub fn new(texts: &[String]) -> Self {
        let mut map = Self::default();
        for pattern in texts.iter().filter_map(|text| Pattern::parse(text)) {
            let patterns = if pattern.subdomains { &mut map.suffixes } else { &mut map.hosts };
            patterns.entry(pattern.host).or_default().push(pattern.rest);
        }
        map
    }
}

impl Lookup for SuffixMap {
    #[inline]
    fn matches(&self, serialized: &[u8]) -> bool {
        let Some(origin) = str::from_utf8(serialized).ok().and_then(Parts::parse) else {
            return false;
        };
        let one_matches =
            |rests: &Vec<SchemeAndPort>| rests.iter().any(|rest| rest.matches(&origin));
        self.hosts.get(origin.host).is_some_and(one_matches)
            || origin
                .host
                .match_indices('.')
                .any(|(dot, _)| self.suffixes.get(&origin.host[dot + 1..]).is_some_and(one_matches))
    }
}

/// A pattern, split into its parts.
#[derive(Debug)]
struct Pattern {
    subdomains: bool,
    host: String,
    rest: SchemeAndPort,
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let Parts { scheme, host, port } = Parts::parse(text)?;
        let (subdomains, host) = host.strip_prefix("*.").map_or((false, host), |host| (true, host));
        let rest = SchemeAndPort { scheme: scheme.to_owned(), port: port.map(str::to_owned) };
        Some(Self { subdomains, host: host.to_owned(), rest })
    }
}

/// The scheme and the port of a pattern.
#[derive(Debug)]
struct SchemeAndPort {
    scheme: String,
    port: Option<String>,
}

impl SchemeAndPort {
    fn matches(&self, origin: &Parts<'_>) -> bool {
        self.scheme == origin.scheme
            && (self.port.as_deref() == Some("*") || self.port.as_deref() == origin.port)
    }
}

/// The parts of an origin or of a pattern.
///
/// The parser does not support IPv6 addresses, and does not reject malformed origins.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    #[inline]
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        Some(match authority.split_once(':') {
            Some((host, port)) => Self { scheme, host, port: Some(port) },
            None => Self { scheme, host: authority, port: None },
        })
    }
}
