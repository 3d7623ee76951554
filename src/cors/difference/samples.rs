use std::collections::{BTreeSet, HashSet};

use crate::{
    cors::{origin_matcher::OriginMatcher, policy::CompiledPolicy},
    limits::HOST_BYTES,
    origin::{Origin, OriginSet, ParsedPattern, PortPattern, labels},
};

/// The patterns of two policies, each once.
pub(super) struct Patterns<'a> {
    /// In the order of their keys and ports.
    sorted: Vec<Pattern<'a>>,
    /// The hosts, with their schemes, below which every label has patterns of its own.
    full: HashSet<(&'a str, &'a str)>,
}

#[derive(Clone, Copy)]
pub(super) struct Pattern<'a> {
    pub(super) parts: ParsedPattern<'a>,
    /// The first rule of each policy that has it.
    pub(super) rules: [Option<usize>; 2],
}

/// The patterns that have all but their ports in common; at least one.
pub(super) type Family<'p, 'a> = &'p [Pattern<'a>];

/// What families are looked up by: whether it is for another scheme than `https`, which comes first; the
/// scheme; the host; whether what is below it is meant.
type Key<'k> = (bool, &'k str, &'k str, bool);

impl<'a> Patterns<'a> {
    pub(super) fn of(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        let mut sorted: Vec<Pattern<'a>> = written(old)
            .map(|(rule, parts)| Pattern { parts, rules: [Some(rule), None] })
            .chain(written(new).map(|(rule, parts)| Pattern { parts, rules: [None, Some(rule)] }))
            .collect();
        // It keeps the order of equal ones, so that the first rules stay in front.
        sorted.sort_by_key(|pattern| (key(&pattern.parts), pattern.parts.port));
        sorted.dedup_by(|next, kept| {
            let is_same = next.parts == kept.parts;
            if is_same {
                for (kept, next) in kept.rules.iter_mut().zip(next.rules) {
                    *kept = kept.or(next);
                }
            }
            is_same
        });
        let mut this = Self { sorted, full: HashSet::new() };
        let firsts = this.families().filter_map(|family| family.first());
        let full = firsts
            .map(|first| first.parts)
            .filter(|parts| parts.subdomains && this.host_of(parts).is_none())
            .map(|parts| (parts.scheme, parts.host));
        this.full = full.collect();
        this
    }

    pub(super) fn families(&self) -> impl Iterator<Item = Family<'_, 'a>> {
        self.sorted.chunk_by(|one, next| key(&one.parts) == key(&next.parts))
    }

    /// The families that cover all that this pattern does, but for their ports; the nearest host first.
    pub(super) fn above(&self, parts: &ParsedPattern<'_>) -> impl Iterator<Item = Family<'_, 'a>> {
        let (scheme, mut host) = (parts.scheme, parts.host);
        std::iter::from_fn(move || {
            host = host.split_once('.')?.1;
            Some(self.family(&(scheme != "https", scheme, host, true)))
        })
        .filter(|family| !family.is_empty())
    }

    pub(super) fn nearest_above(&self, parts: &ParsedPattern<'_>) -> Option<ParsedPattern<'a>> {
        self.above(parts).next()?.first().map(|pattern| pattern.parts)
    }

    /// Whether nothing beside it is below the nearest host that is above it.
    pub(super) fn is_below_full(&self, parts: &ParsedPattern<'_>) -> bool {
        let is_full = |above: ParsedPattern<'a>| self.full.contains(&(above.scheme, above.host));
        !self.full.is_empty() && self.nearest_above(parts).is_some_and(is_full)
    }

    /// The host itself; or, where what is below it is meant, one that has no name in any pattern and no
    /// nearer pattern above it. `None` where there is none.
    pub(super) fn host_of(&self, parts: &ParsedPattern<'_>) -> Option<String> {
        if parts.subdomains {
            self.below(parts.scheme, parts.host)
        } else {
            Some(parts.host.to_owned())
        }
    }

    /// An origin of this scheme that no pattern covers.
    pub(super) fn unnamed(&self, scheme: &str) -> Option<String> {
        let plain = std::iter::once("elsewhere.example".to_owned());
        plain.chain(labels(HOST_BYTES)).find_map(|host| {
            let port = PortPattern::Only(None);
            let parts = ParsedPattern { scheme, subdomains: false, host: &host, port };
            let is_named = !self.family(&key(&parts)).is_empty();
            let origin = parts.to_string();
            let is_origin = Origin::parse(origin.as_bytes()).is_ok();
            (is_origin && !is_named && self.above(&parts).next().is_none()).then_some(origin)
        })
    }

    fn below(&self, scheme: &str, host: &str) -> Option<String> {
        let has = |host: &str, below: bool| {
            !self.family(&(scheme != "https", scheme, host, below)).is_empty()
        };
        let longest = HOST_BYTES.checked_sub(host.len() + 1)?;
        let hosts = |longest| labels(longest).map(|label| format!("{label}.{host}"));
        // Each label that is tried in vain has a pattern of its own. Two labels need three bytes.
        hosts(longest).find(|host| !has(host, false)).or_else(|| {
            let mut between = hosts(longest.checked_sub(2)?).filter(|host| !has(host, true));
            between.find_map(|host| self.below(scheme, &host))
        })
    }

    /// Empty where there is none.
    fn family(&self, wanted: &Key<'_>) -> Family<'_, 'a> {
        let start = self.sorted.partition_point(|pattern| key(&pattern.parts) < *wanted);
        let rest = self.sorted.get(start..).unwrap_or_default();
        let len = rest.iter().take_while(|pattern| key(&pattern.parts) == *wanted).count();
        rest.get(..len).unwrap_or_default()
    }
}

fn written(policy: &CompiledPolicy) -> impl Iterator<Item = (usize, ParsedPattern<'_>)> {
    policy.rules.iter().enumerate().flat_map(|(index, rule)| {
        let set = match &rule.origins {
            OriginMatcher::AnyOrigin => None,
            OriginMatcher::Listed { origins, .. } => Some(origins),
        };
        set.into_iter().flat_map(OriginSet::patterns).map(move |(_, parts)| (index, parts))
    })
}

fn key<'k>(parts: &ParsedPattern<'k>) -> Key<'k> {
    (parts.scheme != "https", parts.scheme, parts.host, parts.subdomains)
}

/// Origins that stand for all that two policies' patterns can tell apart.
///
/// Origins of one scheme that the same patterns cover are alike. A host that a pattern names is such a
/// class by itself, and so is, for each pattern for subdomains, what is below its host and has neither a
/// name in any pattern nor a nearer pattern above it. Of the ports those count that a pattern of the host
/// or above it names, and one that none does.
pub(super) struct Representatives<'p, 'a> {
    patterns: &'p Patterns<'a>,
}

impl<'p, 'a> Representatives<'p, 'a> {
    pub(super) fn of(patterns: &'p Patterns<'a>) -> Self {
        Self { patterns }
    }

    /// Calls `ask` with patterns and with origins that they cover and no nearer pattern does, the plainest
    /// ones first.
    pub(super) fn for_each(&self, mut ask: impl FnMut(&Pattern<'a>, &[String])) {
        let mut looked_through = HashSet::new();
        for family in self.patterns.families() {
            let Some(Pattern { parts, .. }) = family.first() else { continue };
            let Some(host) = self.patterns.host_of(parts) else { continue };
            let host = ParsedPattern { subdomains: false, host: &host, ..*parts };
            let own = ports([family]);
            for pattern in family {
                let asked = match pattern.parts.port {
                    PortPattern::Any => self.of_any_port(pattern, host, &own, &mut looked_through),
                    port @ PortPattern::Only(_) => vec![port],
                };
                ask(pattern, &origins(host, asked));
            }
            // Then what is named there stands for what has no name.
            if self.patterns.is_below_full(parts) {
                let above = ports(self.patterns.above(parts));
                for pattern in self.patterns.above(parts).flatten() {
                    let asked = match pattern.parts.port {
                        PortPattern::Any => others(host, &own, &above),
                        port @ PortPattern::Only(_) => vec![port],
                    };
                    ask(pattern, &origins(host, asked));
                }
            }
        }
    }

    /// The ports at which a pattern for any is asked about, where its host names these by themselves.
    fn of_any_port(
        &self,
        pattern: &Pattern<'a>,
        host: ParsedPattern<'_>,
        own: &BTreeSet<PortPattern>,
        looked_through: &mut HashSet<Alike<'a>>,
    ) -> Vec<PortPattern> {
        let nearest = self.patterns.nearest_above(&pattern.parts).map(|parts| parts.host);
        let alike = (pattern.parts.scheme, nearest, pattern.rules);
        if looked_through.contains(&alike) {
            return others(host, own, &BTreeSet::new());
        }
        let above = ports(self.patterns.above(&pattern.parts));
        if above.is_disjoint(own) {
            looked_through.insert(alike);
        }
        let mut asked = others(host, own, &above);
        asked.extend(above.difference(own).filter(|port| **port != IMPLIED));
        asked
    }
}

/// What decides about a pattern for any port at ports that are not named beside it: its scheme, the
/// nearest host above it, the rules. Where one has been asked about at all of them, those that are like it
/// need not be; without that, the patterns would be multiplied by the ports above them.
type Alike<'a> = (&'a str, Option<&'a str>, [Option<usize>; 2]);

/// The ports that families name.
fn ports<'p, 'a: 'p>(families: impl IntoIterator<Item = Family<'p, 'a>>) -> BTreeSet<PortPattern> {
    let ports = families.into_iter().flatten().map(|pattern| pattern.parts.port);
    ports.filter(|port| *port != PortPattern::Any).collect()
}

/// The implied port, and one that is not named; the first one tried nearly always.
fn others(
    host: ParsedPattern<'_>,
    own: &BTreeSet<PortPattern>,
    above: &BTreeSet<PortPattern>,
) -> Vec<PortPattern> {
    let numbers = (PLAIN_PORT..=u16::MAX).chain(1..PLAIN_PORT);
    let mut unnamed = numbers
        .map(|port| PortPattern::Only(Some(port)))
        .filter(|port| !own.contains(port) && !above.contains(port));
    // Not the scheme's default one.
    let is_sent = |port: &PortPattern| {
        Origin::parse(ParsedPattern { port: *port, ..host }.to_string().as_bytes()).is_ok()
    };
    let implied = (!own.contains(&IMPLIED)).then_some(IMPLIED);
    implied.into_iter().chain(unnamed.find(is_sent)).collect()
}

fn origins(host: ParsedPattern<'_>, ports: Vec<PortPattern>) -> Vec<String> {
    ports.into_iter().map(|port| ParsedPattern { port, ..host }.to_string()).collect()
}

const IMPLIED: PortPattern = PortPattern::Only(None);

/// It reads as one that stands for any.
const PLAIN_PORT: u16 = 8080;
