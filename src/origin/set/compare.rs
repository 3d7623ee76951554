use std::cell::OnceCell;

use super::OriginSet;
use crate::{
    limits::HOST_BYTES,
    origin::{
        Origin, default_port,
        pattern::{ParsedPattern, PortPattern},
    },
};

impl OriginSet {
    /// Returns what this set matches and `other` does not.
    ///
    /// Patterns are compared by what they cover, so that `https://a.example.com` is in
    /// `https://*.example.com`. Regular expressions are compared by their text alone: where it differs,
    /// what they cover is left undecided.
    ///
    /// ```
    /// use tower_cross_origin::origin::{Inclusion, OriginSet};
    ///
    /// let before = OriginSet::parse(["https://*.example.com"])?;
    /// let after = OriginSet::parse(["https://app.example.com", "https://*.example.com:*"])?;
    /// assert_eq!(before.difference(&after).verdict(), Inclusion::Included);
    ///
    /// let gained = after.difference(&before);
    /// assert_eq!(gained.verdict(), Inclusion::NotIncluded);
    /// assert_eq!(gained.uncovered()[0].pattern(), "https://*.example.com:*");
    /// assert_eq!(gained.uncovered()[0].witness(), "https://a.example.com:1");
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    #[doc(hidden)]
    pub fn difference(&self, other: &Self) -> Difference {
        let mut difference = Difference::default();
        if !self.exact.is_shared_with(&other.exact) {
            for text in self.exact.iter() {
                if !other.contains_serialized(text.as_bytes()) {
                    difference.add(text, text.to_owned());
                }
            }
        }
        if !self.wildcards.is_shared_with(&other.wildcards) {
            let other = InclusionCheck::new(other);
            for text in self.wildcards.iter() {
                match ParsedPattern::parse(text).map(|pattern| other.inclusion_of(&pattern)) {
                    Ok(PatternInclusion::NotIncluded(example)) => difference.add(text, example),
                    Ok(PatternInclusion::Undecided(regexes)) => {
                        difference.undecided.extend(regexes);
                    }
                    Ok(PatternInclusion::Included) | Err(_) => {}
                }
            }
        }
        let is_elsewhere = |regex: &&str| !other.regexes.iter().any(|one| one == *regex);
        let regexes = self.regexes.iter().filter(is_elsewhere).map(str::to_owned);
        difference.undecided.extend(regexes);
        difference.undecided.sort_unstable();
        difference.undecided.dedup();
        difference
    }

    /// Another pattern of the set that covers all that this one covers. One is found where it has the
    /// shortest host of those that cover the pattern's plainest origin, which is nearly always so.
    pub(crate) fn find_superset(&self, pattern: &ParsedPattern<'_>, text: &str) -> Option<&str> {
        let label = if pattern.subdomains { "a." } else { "" };
        let port = match pattern.port {
            PortPattern::Only(Some(port)) => format!(":{port}"),
            PortPattern::Only(None) | PortPattern::Any => String::new(),
        };
        let plainest = format!("{}://{label}{}{port}", pattern.scheme, pattern.host);
        let found = self.wildcards.find(&Origin::parse(plainest.as_bytes()).ok()?)?;
        let superset = ParsedPattern::parse(found).ok()?;
        let has_hosts = if superset.subdomains {
            superset.has_subdomain(pattern.host)
                || (pattern.subdomains && superset.host == pattern.host)
        } else {
            !pattern.subdomains
        };
        let has_ports = superset.port == PortPattern::Any || superset.port == pattern.port;
        (found != text && has_hosts && has_ports).then_some(found)
    }
}

/// What [`OriginSet::difference`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    uncovered: Vec<Uncovered>,
    undecided: Vec<String>,
}

impl Difference {
    /// Whether everything that the one set covers is covered by the other.
    pub fn verdict(&self) -> Inclusion {
        match (&*self.uncovered, &*self.undecided) {
            ([], []) => Inclusion::Included,
            ([], _) => Inclusion::Undecided,
            _ => Inclusion::NotIncluded,
        }
    }

    /// The patterns of the one set that the other one does not cover wholly.
    pub fn uncovered(&self) -> &[Uncovered] {
        &self.uncovered
    }

    /// The regular expressions, of either set, on which it depends whether anything else is uncovered.
    pub fn undecided(&self) -> &[String] {
        &self.undecided
    }

    fn add(&mut self, pattern: &str, example: String) {
        self.uncovered.push(Uncovered { pattern: pattern.to_owned(), witness: example });
    }
}

/// A pattern that another set does not cover wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    pattern: String,
    witness: String,
}

impl Uncovered {
    /// The pattern as it is written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// An origin that the pattern covers, and nothing in the other set.
    pub fn witness(&self) -> &str {
        &self.witness
    }
}

/// Whether one set covers everything that another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inclusion {
    /// It does.
    Included,
    /// It does not.
    NotIncluded,
    /// The patterns do; regular expressions differ, and may not.
    Undecided,
}

/// How much of a pattern a set covers.
#[derive(Debug, PartialEq, Eq)]
enum PatternInclusion {
    Included,
    /// Not this origin.
    NotIncluded(String),
    /// What its patterns do not cover, these regular expressions may.
    Undecided(Vec<String>),
}

/// Asks a set how much of several patterns it covers.
pub(crate) struct InclusionCheck<'a> {
    set: &'a OriginSet,
    /// For each port whether a pattern names it; read off when it is first asked for.
    named_ports: OnceCell<Vec<bool>>,
}

impl<'a> InclusionCheck<'a> {
    pub(crate) fn new(set: &'a OriginSet) -> Self {
        Self { set, named_ports: OnceCell::new() }
    }

    /// Whether patterns of the set cover all of this one.
    pub(crate) fn includes(&self, pattern: &ParsedPattern<'_>) -> bool {
        self.inclusion_of(pattern) == PatternInclusion::Included
    }

    fn inclusion_of(&self, pattern: &ParsedPattern<'_>) -> PatternInclusion {
        if pattern.is_exact() {
            return self.inclusion_of_origin(pattern);
        }
        let mut undecided_regexes = Vec::new();
        let mut find_example = |port| {
            let undecided_regexes = &mut undecided_regexes;
            Search { set: self.set, scheme: pattern.scheme, port, undecided_regexes }.find(pattern)
        };
        let example = match pattern.port {
            PortPattern::Only(port) => find_example(port),
            // The port that reads best comes first; the others decide.
            PortPattern::Any => find_example(None).or_else(|| {
                self.representative_ports(pattern.scheme).find_map(|port| find_example(Some(port)))
            }),
        };
        match example {
            Some(example) => PatternInclusion::NotIncluded(example),
            None if undecided_regexes.is_empty() => PatternInclusion::Included,
            None => PatternInclusion::Undecided(undecided_regexes),
        }
    }

    /// A regular expression covers one origin or it does not.
    fn inclusion_of_origin(&self, origin: &ParsedPattern<'_>) -> PatternInclusion {
        let text = origin.to_string();
        if self.set.contains_serialized(text.as_bytes()) {
            PatternInclusion::Included
        } else {
            PatternInclusion::NotIncluded(text)
        }
    }

    /// Ports such that what covers all of them covers every port. A port that no pattern names is
    /// covered by those for any port alone, and they cover the others too.
    fn representative_ports(&self, scheme: &str) -> impl Iterator<Item = u16> + use<> {
        let is_named = self.named_ports.get_or_init(|| {
            let mut is_named = vec![false; 1 << 16];
            for (_, pattern) in self.set.patterns() {
                let PortPattern::Only(Some(port)) = pattern.port else { continue };
                if let Some(is_named) = is_named.get_mut(usize::from(port)) {
                    *is_named = true;
                }
            }
            is_named
        });
        let default = default_port(scheme);
        let sent = || (1..=u16::MAX).filter(move |port| default != Some(*port));
        let unnamed = sent().find(|port| is_named.get(usize::from(*port)) == Some(&false));
        let all = unnamed.is_none().then(sent).into_iter().flatten();
        unnamed.into_iter().chain(all)
    }
}

/// Looks for an origin of one scheme and one port that a set does not cover.
struct Search<'a> {
    set: &'a OriginSet,
    scheme: &'a str,
    port: Option<u16>,
    /// The regular expressions that cover what no pattern does.
    undecided_regexes: &'a mut Vec<String>,
}

impl Search<'_> {
    fn find(&mut self, pattern: &ParsedPattern<'_>) -> Option<String> {
        if pattern.subdomains {
            return self.find_subdomain(pattern.host);
        }
        let origin = self.origin(pattern.host);
        (self.match_source(&origin, pattern.host) == MatchSource::None).then_some(origin)
    }

    /// A subdomain that is not covered. Each label that is tried in vain has a pattern of its own, so
    /// that there are no more tries than patterns.
    fn find_subdomain(&mut self, host: &str) -> Option<String> {
        let longest = HOST_BYTES.saturating_sub(host.len() + 1);
        let mut regexes = 0;
        for label in labels(longest) {
            let origin = self.origin(&format!("{label}.{host}"));
            match self.match_source(&origin, host) {
                MatchSource::None => return Some(origin),
                MatchSource::AllSubdomains => return None,
                MatchSource::Pattern => {}
                MatchSource::Regex => {
                    regexes += 1;
                    if regexes == REGEX_TRIES {
                        return None;
                    }
                }
            }
        }
        // Only next to the longest host there is can every label have a pattern; then two labels may
        // be left, and they need three bytes.
        let deeper = longest.checked_sub(2)?;
        labels(deeper).find_map(|label| self.find_subdomain(&format!("{label}.{host}")))
    }

    fn origin(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// What covers an origin below `host`, or at it.
    fn match_source(&mut self, origin: &str, host: &str) -> MatchSource {
        let Ok(origin) = Origin::parse(origin.as_bytes()) else { return MatchSource::Pattern };
        if self.set.exact.find(origin.as_str().as_bytes()).is_some() {
            return MatchSource::Pattern;
        }
        if let Some(Ok(pattern)) = self.set.wildcards.find(&origin).map(ParsedPattern::parse) {
            let has_all_subdomains =
                pattern.subdomains && (pattern.host == host || pattern.has_subdomain(host));
            return if has_all_subdomains {
                MatchSource::AllSubdomains
            } else {
                MatchSource::Pattern
            };
        }
        match self.set.regexes.find(origin.as_str().as_bytes()) {
            Some(regex) => {
                if !self.undecided_regexes.iter().any(|one| one == regex) {
                    self.undecided_regexes.push(regex.to_owned());
                }
                MatchSource::Regex
            }
            None => MatchSource::None,
        }
    }
}

#[derive(PartialEq, Eq)]
enum MatchSource {
    None,
    /// One that covers every subdomain, too.
    AllSubdomains,
    Pattern,
    Regex,
}

/// All labels of at most so many bytes, the shortest ones first.
pub(crate) fn labels(longest: usize) -> impl Iterator<Item = String> {
    (1_u64..).map(label).take_while(move |label| label.len() <= longest)
}

/// `a`, ... `_`, `aa`, ...
fn label(mut number: u64) -> String {
    let mut bytes = Vec::new();
    while let Some(rest) = number.checked_sub(1) {
        let base = LABEL_BYTES.len() as u64;
        let letter = usize::try_from(rest % base).ok().and_then(|at| LABEL_BYTES.get(at));
        bytes.extend(letter.copied());
        number = rest / base;
    }
    bytes.iter().rev().map(|byte| char::from(*byte)).collect()
}

const LABEL_BYTES: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_";

/// So many witnesses are tried before it stays open what a regular expression covers.
const REGEX_TRIES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_by_their_length() {
        let labels: Vec<String> = labels(2).collect();
        assert_eq!(labels.len(), 38 + 38 * 38);
        assert_eq!(labels.first().map(String::as_str), Some("a"));
        assert_eq!(labels.get(37..40).unwrap(), ["_", "aa", "ab"]);
        assert_eq!(labels.last().map(String::as_str), Some("__"));
    }
}
