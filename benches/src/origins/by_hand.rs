use std::collections::HashMap;

use super::Lookup;

/// Patterns in a list, each compared with every origin: what a predicate is usually written as.
#[derive(Debug)]
pub struct List(Vec<Pattern>);

impl List {
    /// The list of these patterns.
    pub fn new(written: &[String]) -> Self {
        Self(written.iter().filter_map(|text| Pattern::read(text)).collect())
    }
}

impl Lookup for List {
    #[inline]
    fn covers(&self, serialized: &[u8]) -> bool {
        let Some(origin) = str::from_utf8(serialized).ok().and_then(Parts::read) else {
            return false;
        };
        self.0.iter().any(|pattern| {
            let is_of_host = if pattern.below {
                let front = origin.host.strip_suffix(&*pattern.host);
                front.is_some_and(|front| front.ends_with('.'))
            } else {
                origin.host == pattern.host
            };
            is_of_host && pattern.rest.covers(&origin)
        })
    }
}

/// Patterns by what stands after their `*.`; an origin asks for its host from each of its dots on.
#[derive(Debug, Default)]
pub struct SuffixMap {
    hosts: HashMap<String, Vec<Rest>>,
    suffixes: HashMap<String, Vec<Rest>>,
}

impl SuffixMap {
    /// The map of these patterns.
    pub fn new(written: &[String]) -> Self {
        let mut map = Self::default();
        for pattern in written.iter().filter_map(|text| Pattern::read(text)) {
            let of = if pattern.below { &mut map.suffixes } else { &mut map.hosts };
            of.entry(pattern.host).or_default().push(pattern.rest);
        }
        map
    }
}

impl Lookup for SuffixMap {
    #[inline]
    fn covers(&self, serialized: &[u8]) -> bool {
        let Some(origin) = str::from_utf8(serialized).ok().and_then(Parts::read) else {
            return false;
        };
        let one_covers = |rests: &Vec<Rest>| rests.iter().any(|rest| rest.covers(&origin));
        self.hosts.get(origin.host).is_some_and(one_covers)
            || origin
                .host
                .match_indices('.')
                .any(|(dot, _)| self.suffixes.get(&origin.host[dot + 1..]).is_some_and(one_covers))
    }
}

/// A pattern in its parts.
#[derive(Debug)]
struct Pattern {
    below: bool,
    host: String,
    rest: Rest,
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let Parts { scheme, host, port } = Parts::read(text)?;
        let (below, host) = host.strip_prefix("*.").map_or((false, host), |host| (true, host));
        let rest = Rest { scheme: scheme.to_owned(), port: port.map(str::to_owned) };
        Some(Self { below, host: host.to_owned(), rest })
    }
}

/// What must hold beside the host.
#[derive(Debug)]
struct Rest {
    scheme: String,
    port: Option<String>,
}

impl Rest {
    fn covers(&self, origin: &Parts<'_>) -> bool {
        self.scheme == origin.scheme
            && (self.port.as_deref() == Some("*") || self.port.as_deref() == origin.port)
    }
}

/// An origin or a pattern, whose host is no IPv6 address. Nothing else is looked at: what is not an
/// origin matches no pattern, mostly.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    #[inline]
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        Some(match authority.split_once(':') {
            Some((host, port)) => Self { scheme, host, port: Some(port) },
            None => Self { scheme, host: authority, port: None },
        })
    }
}
