use std::collections::{BTreeSet, HashSet};

use crate::{
    cors::{origin_matcher::OriginMatcher, policy::CompiledPolicy},
    limits::HOST_BYTES,
    origin::{Origin, OriginSet, ParsedPattern, PortPattern, labels},
};

/// The patterns of two policies, each once.
pub(super) struct Patterns<'a> {
    /// The patterns, sorted by key and port.
    sorted: Vec<Pattern<'a>>,
    /// The schemes and hosts for which every subdomain has its own pattern.
    exhausted: HashSet<(&'a str, &'a str)>,
}

#[derive(Clone, Copy)]
pub(super) struct Pattern<'a> {
    pub(super) parts: ParsedPattern<'a>,
    /// The first rule with this pattern, for the old and the new policy.
    pub(super) rules: [Option<usize>; 2],
}

/// One or more patterns that differ only in their ports.
pub(super) type PortGroup<'p, 'a> = &'p [Pattern<'a>];

/// The sort key of port groups: not `https`, scheme, host, subdomains. `https` comes first.
type Key<'k> = (bool, &'k str, &'k str, bool);

impl<'a> Patterns<'a> {
    pub(super) fn new(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        let mut sorted: Vec<Pattern<'a>> = listed_patterns(old)
            .map(|(rule, parts)| Pattern { parts, rules: [Some(rule), None] })
            .chain(
                listed_patterns(new)
                    .map(|(rule, parts)| Pattern { parts, rules: [None, Some(rule)] }),
            )
            .collect();
        // The sort is stable, so the first rule of equal patterns stays first.
        sorted.sort_by_key(|pattern| (key(&pattern.parts), pattern.parts.port));
        sorted.dedup_by(|next, first| {
            let is_same = next.parts == first.parts;
            if is_same {
                for (rule, other) in first.rules.iter_mut().zip(next.rules) {
                    *rule = rule.or(other);
                }
            }
            is_same
        });
        let mut this = Self { sorted, exhausted: HashSet::new() };
        let firsts = this.groups().filter_map(|group| group.first());
        let exhausted = firsts
            .map(|first| first.parts)
            .filter(|parts| parts.subdomains && this.sample_host(parts).is_none())
            .map(|parts| (parts.scheme, parts.host));
        this.exhausted = exhausted.collect();
        this
    }

    /// Returns whether a rule lists `file://`.
    pub(super) fn has_file(&self) -> bool {
        self.sorted.iter().any(|pattern| pattern.parts.is_file())
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = PortGroup<'_, 'a>> {
        self.sorted.chunk_by(|one, next| key(&one.parts) == key(&next.parts))
    }

    /// Returns the groups for the parent domains of a pattern, the longest host first.
    pub(super) fn parents(
        &self,
        parts: &ParsedPattern<'_>,
    ) -> impl Iterator<Item = PortGroup<'_, 'a>> {
        let (scheme, mut host) = (parts.scheme, parts.host);
        // The host of an application that begins with a dot is not a subdomain of the rest.
        let rest = host.strip_prefix('.').filter(|_| !parts.subdomains);
        std::iter::from_fn(move || {
            host = host.split_once('.')?.1;
            let is_parent = rest.is_none_or(|rest| rest.len() != host.len());
            Some(if is_parent { self.group(&(scheme != "https", scheme, host, true)) } else { &[] })
        })
        .filter(|group| !group.is_empty())
    }

    pub(super) fn nearest_parent(&self, parts: &ParsedPattern<'_>) -> Option<ParsedPattern<'a>> {
        self.parents(parts).next()?.first().map(|pattern| pattern.parts)
    }

    /// Returns whether all subdomains of the nearest parent domain have their own patterns.
    pub(super) fn has_exhausted_parent(&self, parts: &ParsedPattern<'_>) -> bool {
        let is_exhausted =
            |parent: ParsedPattern<'a>| self.exhausted.contains(&(parent.scheme, parent.host));
        !self.exhausted.is_empty() && self.nearest_parent(parts).is_some_and(is_exhausted)
    }

    /// Returns a host that represents the pattern.
    ///
    /// This is the host of an exact pattern. For a pattern with subdomains, it is a subdomain that no nearer
    /// pattern matches. Returns `None` if such a subdomain does not exist.
    pub(super) fn sample_host(&self, parts: &ParsedPattern<'_>) -> Option<String> {
        if parts.subdomains {
            self.unlisted_subdomain(parts.scheme, parts.host)
        } else {
            Some(parts.host.to_owned())
        }
    }

    /// Returns an origin with this scheme that no pattern matches.
    pub(super) fn unlisted_origin(&self, scheme: &str) -> Option<String> {
        let plain = std::iter::once("elsewhere.example".to_owned());
        plain.chain(labels(scheme, HOST_BYTES)).find_map(|host| {
            let port = PortPattern::Only(None);
            let parts = ParsedPattern { scheme, subdomains: false, host: &host, port };
            let is_listed = !self.group(&key(&parts)).is_empty();
            let origin = parts.to_string();
            let is_origin = Origin::parse(origin.as_bytes()).is_ok();
            (is_origin && !is_listed && self.parents(&parts).next().is_none()).then_some(origin)
        })
    }

    fn unlisted_subdomain(&self, scheme: &str, host: &str) -> Option<String> {
        let has = |host: &str, subdomains: bool| {
            !self.group(&(scheme != "https", scheme, host, subdomains)).is_empty()
        };
        let longest = HOST_BYTES.checked_sub(host.len() + 1)?;
        let hosts = |longest| labels(scheme, longest).map(|label| format!("{label}.{host}"));
        // Each skipped label has its own pattern, which bounds the search. Two labels need three bytes.
        hosts(longest).find(|host| !has(host, false)).or_else(|| {
            let mut parents = hosts(longest.checked_sub(2)?).filter(|host| !has(host, true));
            parents.find_map(|host| self.unlisted_subdomain(scheme, &host))
        })
    }

    /// Returns the group with this key, or an empty slice.
    fn group(&self, wanted: &Key<'_>) -> PortGroup<'_, 'a> {
        let start = self.sorted.partition_point(|pattern| key(&pattern.parts) < *wanted);
        let rest = self.sorted.get(start..).unwrap_or_default();
        let len = rest.iter().take_while(|pattern| key(&pattern.parts) == *wanted).count();
        rest.get(..len).unwrap_or_default()
    }
}

fn listed_patterns(policy: &CompiledPolicy) -> impl Iterator<Item = (usize, ParsedPattern<'_>)> {
    policy.rules.iter().enumerate().flat_map(|(index, rule)| {
        let set = match &rule.origins {
            OriginMatcher::AnyOrigin | OriginMatcher::AnyOriginWithCredentials { .. } => None,
            OriginMatcher::Listed { origins, .. } => Some(origins),
        };
        set.into_iter().flat_map(OriginSet::patterns).map(move |(_, parts)| (index, parts))
    })
}

fn key<'k>(parts: &ParsedPattern<'k>) -> Key<'k> {
    (parts.scheme != "https", parts.scheme, parts.host, parts.subdomains)
}

/// Sample origins that represent all origins which the patterns of two policies distinguish.
///
/// Origins with the same scheme that match the same patterns form a class. Each listed host is a class.
/// For each pattern with subdomains, the subdomains without a nearer pattern are another class. Each class
/// is sampled at the ports that patterns of the host or of its parents list, and at one other port.
pub(super) struct Representatives<'p, 'a> {
    patterns: &'p Patterns<'a>,
}

impl<'p, 'a> Representatives<'p, 'a> {
    pub(super) fn new(patterns: &'p Patterns<'a>) -> Self {
        Self { patterns }
    }

    /// Calls `visit` with each pattern and with origins that match it and no nearer pattern.
    ///
    /// The simplest origins come first.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&Pattern<'a>, &[String])) {
        let mut sampled = HashSet::new();
        for group in self.patterns.groups() {
            let Some(Pattern { parts, .. }) = group.first() else { continue };
            let Some(host) = self.patterns.sample_host(parts) else { continue };
            let host = ParsedPattern { subdomains: false, host: &host, ..*parts };
            let own = ports([group]);
            for pattern in group {
                let ports = match pattern.parts.port {
                    PortPattern::Any => self.any_port_samples(pattern, host, &own, &mut sampled),
                    port @ PortPattern::Only(_) => vec![port],
                };
                visit(pattern, &origins(host, ports));
            }
            // The parent has no other subdomains, so its subdomains are sampled here.
            if self.patterns.has_exhausted_parent(parts) {
                let inherited = ports(self.patterns.parents(parts));
                for pattern in self.patterns.parents(parts).flatten() {
                    let ports = match pattern.parts.port {
                        PortPattern::Any => other_ports(host, &own, &inherited),
                        port @ PortPattern::Only(_) => vec![port],
                    };
                    visit(pattern, &origins(host, ports));
                }
            }
        }
    }

    /// Returns the ports at which a pattern for any port is sampled. `own` are the ports of its group.
    fn any_port_samples(
        &self,
        pattern: &Pattern<'a>,
        host: ParsedPattern<'_>,
        own: &BTreeSet<PortPattern>,
        sampled: &mut HashSet<SimilarPatterns<'a>>,
    ) -> Vec<PortPattern> {
        let nearest = self.patterns.nearest_parent(&pattern.parts).map(|parts| parts.host);
        let similar = (pattern.parts.scheme, nearest, pattern.rules);
        if sampled.contains(&similar) {
            return other_ports(host, own, &BTreeSet::new());
        }
        let inherited = ports(self.patterns.parents(&pattern.parts));
        if inherited.is_disjoint(own) {
            sampled.insert(similar);
        }
        let mut selected = other_ports(host, own, &inherited);
        selected.extend(inherited.difference(own).filter(|port| **port != IMPLIED));
        selected
    }
}

/// Patterns for any port with the same scheme, nearest parent host and rules.
///
/// The same rules decide about them at the ports of parent domains, so only one of them is sampled there.
/// Otherwise the number of samples would be the product of patterns and ports.
type SimilarPatterns<'a> = (&'a str, Option<&'a str>, [Option<usize>; 2]);

/// Returns the ports that the groups list.
fn ports<'p, 'a: 'p>(groups: impl IntoIterator<Item = PortGroup<'p, 'a>>) -> BTreeSet<PortPattern> {
    let ports = groups.into_iter().flatten().map(|pattern| pattern.parts.port);
    ports.filter(|port| *port != PortPattern::Any).collect()
}

/// Returns the implied port and one other port, unless the patterns list them.
fn other_ports(
    host: ParsedPattern<'_>,
    own: &BTreeSet<PortPattern>,
    inherited: &BTreeSet<PortPattern>,
) -> Vec<PortPattern> {
    let numbers = (PLAIN_PORT..=u16::MAX).chain(1..PLAIN_PORT);
    let mut unlisted = numbers
        .map(|port| PortPattern::Only(Some(port)))
        .filter(|port| !own.contains(port) && !inherited.contains(port));
    // Browsers never send the default port of the scheme.
    let is_sent = |port: &PortPattern| {
        Origin::parse(ParsedPattern { port: *port, ..host }.to_string().as_bytes()).is_ok()
    };
    let implied = (!own.contains(&IMPLIED)).then_some(IMPLIED);
    implied.into_iter().chain(unlisted.find(is_sent)).collect()
}

fn origins(host: ParsedPattern<'_>, ports: Vec<PortPattern>) -> Vec<String> {
    ports.into_iter().map(|port| ParsedPattern { port, ..host }.to_string()).collect()
}

const IMPLIED: PortPattern = PortPattern::Only(None);

/// The first candidate for a port that no pattern lists.
const PLAIN_PORT: u16 = 8080;
