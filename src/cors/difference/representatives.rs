use std::collections::{BTreeSet, HashSet};

use super::patterns::{Family, Pattern, Patterns};
use crate::origin::{Origin, ParsedPattern, PortPattern};

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
