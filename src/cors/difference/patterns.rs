use std::collections::HashSet;

use crate::{
    cors::{compiled::Compiled, compiled_rule::Audience},
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
    pub(super) fn of(old: &'a Compiled, new: &'a Compiled) -> Self {
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

fn written(policy: &Compiled) -> impl Iterator<Item = (usize, ParsedPattern<'_>)> {
    policy.rules.iter().enumerate().flat_map(|(index, rule)| {
        let set = match &rule.audience {
            Audience::AnyOrigin => None,
            Audience::Listed { origins, .. } => Some(origins),
        };
        set.into_iter().flat_map(OriginSet::patterns).map(move |(_, parts)| (index, parts))
    })
}

fn key<'k>(parts: &ParsedPattern<'k>) -> Key<'k> {
    (parts.scheme != "https", parts.scheme, parts.host, parts.subdomains)
}
