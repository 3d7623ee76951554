use std::cell::{Cell, OnceCell};

use super::OriginSet;
use crate::{
    limits::{HOST_BYTES, LINT_STEPS},
    origin::{
        Origin, SchemeKind, default_port,
        pattern::{ParsedPattern, PortPattern},
    },
};

impl OriginSet {
    /// Returns the patterns of this set that `other` does not match completely.
    ///
    /// Patterns are compared by the origins that they match, so `https://*.example.com` includes
    /// `https://a.example.com`. Regular expressions are compared only by their text. If the texts differ,
    /// the result is undecided.
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
    /// assert_eq!(gained.uncovered()[0].example_origin(), "https://a.example.com:1");
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    #[doc(hidden)]
    pub fn difference(&self, other: &Self) -> Difference {
        self.difference_within(other, &LintSteps::unlimited(), usize::MAX)
    }

    /// Returns the difference that is found with these steps, with at most `limit` patterns.
    pub(crate) fn difference_within(
        &self,
        other: &Self,
        steps: &LintSteps,
        limit: usize,
    ) -> Difference {
        let mut difference = Difference::default();
        if !self.exact.is_shared_with(&other.exact) {
            for text in self.exact.iter() {
                if difference.uncovered.len() >= limit || !steps.take(1) {
                    break;
                }
                if !other.contains_serialized(text.as_bytes()) {
                    difference.add(text, text.to_owned());
                }
            }
        }
        if !self.wildcards.is_shared_with(&other.wildcards) {
            let other = InclusionCheck::new(other, steps);
            for text in self.wildcards.iter() {
                if difference.uncovered.len() >= limit || !steps.take(1) {
                    break;
                }
                match ParsedPattern::parse(text).map(|pattern| other.inclusion(&pattern)) {
                    Ok(PatternInclusion::NotIncluded(example)) => difference.add(text, example),
                    Ok(PatternInclusion::Undecided(regexes)) => {
                        difference.undecided.extend(regexes);
                    }
                    Ok(PatternInclusion::Included | PatternInclusion::Unknown) | Err(_) => {}
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

    /// Returns another pattern of the set that matches all origins of this pattern.
    ///
    /// The search uses the simplest origin that the pattern matches. It finds only a pattern with the
    /// shortest host of all patterns that match this origin. This is almost always sufficient.
    pub(crate) fn find_superset(&self, pattern: &ParsedPattern<'_>, text: &str) -> Option<&str> {
        let simplest = pattern.simplest_origin();
        let found = self.wildcards.find(&Origin::parse(simplest.as_bytes()).ok()?)?;
        let superset = ParsedPattern::parse(found).ok()?;
        let includes_hosts = if superset.subdomains {
            if pattern.subdomains {
                superset.has_all_subdomains_of(pattern.host)
            } else {
                superset.has_subdomain(pattern.host)
            }
        } else {
            !pattern.subdomains
        };
        let includes_ports = superset.port == PortPattern::Any || superset.port == pattern.port;
        (found != text && includes_hosts && includes_ports).then_some(found)
    }
}

/// The result of [`OriginSet::difference`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    uncovered: Vec<Uncovered>,
    undecided: Vec<String>,
}

impl Difference {
    /// Returns whether the other set matches all origins of the first set.
    pub fn verdict(&self) -> Inclusion {
        match (&*self.uncovered, &*self.undecided) {
            ([], []) => Inclusion::Included,
            ([], _) => Inclusion::Undecided,
            _ => Inclusion::NotIncluded,
        }
    }

    /// Returns the patterns of the first set that the other set does not match completely.
    pub fn uncovered(&self) -> &[Uncovered] {
        &self.uncovered
    }

    /// Returns the regular expressions that may decide about further origins.
    ///
    /// Both sets can contain these regular expressions.
    pub fn undecided(&self) -> &[String] {
        &self.undecided
    }

    fn add(&mut self, pattern: &str, example: String) {
        self.uncovered.push(Uncovered { pattern: pattern.to_owned(), example });
    }
}

/// A pattern that another set does not match completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    pattern: String,
    example: String,
}

impl Uncovered {
    /// Returns the text of the pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Returns an origin that the pattern matches and the other set does not match.
    pub fn example_origin(&self) -> &str {
        &self.example
    }
}

/// Whether one set matches all origins that another set matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inclusion {
    /// The set matches all these origins.
    Included,
    /// The set does not match some of these origins.
    NotIncluded,
    /// The set includes all patterns, but regular expressions differ.
    Undecided,
}

/// The extent to which a set matches the origins of a pattern.
#[derive(Debug, PartialEq, Eq)]
enum PatternInclusion {
    Included,
    /// The set does not match this example.
    NotIncluded(String),
    /// Only these regular expressions may match the remaining origins.
    Undecided(Vec<String>),
    /// The steps did not suffice.
    Unknown,
}

/// The comparisons that the lints of a policy may still make.
#[derive(Debug)]
pub(crate) struct LintSteps(Cell<usize>);

impl Default for LintSteps {
    fn default() -> Self {
        Self(Cell::new(LINT_STEPS))
    }
}

impl LintSteps {
    pub(crate) fn unlimited() -> Self {
        Self(Cell::new(usize::MAX))
    }

    /// Takes steps. Returns `false` if they did not suffice.
    pub(crate) fn take(&self, steps: usize) -> bool {
        // The last step is never taken, so that 0 means an exceeded limit.
        let left = self.0.get().saturating_sub(steps);
        self.0.set(left);
        left > 0
    }

    /// Returns `true` if more steps were needed.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.0.get() == 0
    }
}

/// Compares several patterns with one set.
pub(crate) struct InclusionCheck<'a> {
    set: &'a OriginSet,
    steps: &'a LintSteps,
    /// For each port, whether a pattern of the set contains it. Computed on first use.
    named_ports: OnceCell<Vec<bool>>,
}

impl<'a> InclusionCheck<'a> {
    pub(crate) fn new(set: &'a OriginSet, steps: &'a LintSteps) -> Self {
        Self { set, steps, named_ports: OnceCell::new() }
    }

    /// Returns `true` if the set's patterns match all origins of this pattern.
    pub(crate) fn includes(&self, pattern: &ParsedPattern<'_>) -> bool {
        self.inclusion(pattern) == PatternInclusion::Included
    }

    fn inclusion(&self, pattern: &ParsedPattern<'_>) -> PatternInclusion {
        if pattern.is_exact() {
            return self.origin_inclusion(pattern);
        }
        let mut undecided_regexes = Vec::new();
        let mut find_example = |port| {
            let (set, steps, scheme) = (self.set, self.steps, pattern.scheme);
            let undecided_regexes = &mut undecided_regexes;
            Search { set, steps, scheme, port, undecided_regexes }.find(pattern)
        };
        let example = match pattern.port {
            PortPattern::Only(port) => find_example(port),
            // The default port makes the simplest example, so it is tried first. The other ports are
            // decisive.
            PortPattern::Any => find_example(None).or_else(|| {
                self.representative_ports(pattern.scheme).find_map(|port| find_example(Some(port)))
            }),
        };
        match example {
            Some(example) => PatternInclusion::NotIncluded(example),
            None if self.steps.is_exceeded() => PatternInclusion::Unknown,
            None if undecided_regexes.is_empty() => PatternInclusion::Included,
            None => PatternInclusion::Undecided(undecided_regexes),
        }
    }

    /// Decides whether the set matches a single origin. The result is never undecided.
    fn origin_inclusion(&self, origin: &ParsedPattern<'_>) -> PatternInclusion {
        let text = origin.to_string();
        if self.set.contains_serialized(text.as_bytes()) {
            PatternInclusion::Included
        } else {
            PatternInclusion::NotIncluded(text)
        }
    }

    /// Returns ports that represent all ports.
    ///
    /// A set that matches the origin with each of these ports matches it with every port. If no pattern
    /// contains a port, only patterns for any port match it. These patterns match all other ports, too.
    fn representative_ports(&self, scheme: &str) -> impl Iterator<Item = u16> + use<'a> {
        let is_named = self.named_ports.get_or_init(|| {
            self.steps.take(self.set.len());
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
        let steps = self.steps;
        unnamed.into_iter().chain(all).take_while(move |_| !steps.is_exceeded())
    }
}

/// A search for an unmatched origin with one scheme and one port.
struct Search<'a> {
    set: &'a OriginSet,
    steps: &'a LintSteps,
    scheme: &'a str,
    port: Option<u16>,
    /// The regular expressions that match origins that no pattern matches.
    undecided_regexes: &'a mut Vec<String>,
}

impl Search<'_> {
    fn find(&mut self, pattern: &ParsedPattern<'_>) -> Option<String> {
        self.steps.take(1);
        if pattern.subdomains {
            return self.find_subdomain(pattern.host);
        }
        let origin = self.origin(pattern.host);
        (self.match_source(&origin, pattern.host) == MatchSource::None).then_some(origin)
    }

    /// Returns a subdomain that the set does not match.
    ///
    /// Each failed attempt uses up one pattern, so the number of attempts is at most the number of
    /// patterns.
    fn find_subdomain(&mut self, host: &str) -> Option<String> {
        let longest = HOST_BYTES.saturating_sub(host.len() + 1);
        let mut regexes = 0;
        for label in labels(self.scheme, longest) {
            if !self.steps.take(1) {
                return None;
            }
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
        // Only below a host of nearly maximum length can every label have a pattern. Two labels need three
        // bytes, and may still fit.
        let deeper = longest.checked_sub(2)?;
        labels(self.scheme, deeper)
            .find_map(|label| self.find_subdomain(&format!("{label}.{host}")))
    }

    fn origin(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// Returns the kind of pattern that matches an origin at or below `host`.
    fn match_source(&mut self, origin: &str, host: &str) -> MatchSource {
        let Ok(origin) = Origin::parse(origin.as_bytes()) else { return MatchSource::Pattern };
        if self.set.exact.find(origin.as_str().as_bytes()).is_some() {
            return MatchSource::Pattern;
        }
        if let Some(Ok(pattern)) = self.set.wildcards.find(&origin).map(ParsedPattern::parse) {
            let matches_all_subdomains = pattern.subdomains && pattern.has_all_subdomains_of(host);
            return if matches_all_subdomains {
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
    /// A pattern that matches every subdomain, too.
    AllSubdomains,
    Pattern,
    Regex,
}

/// Returns all labels of at most `longest` bytes, the shortest labels first.
///
/// For the scheme of an application, these are all texts that can precede a host and its dot.
pub(crate) fn labels(scheme: &str, longest: usize) -> impl Iterator<Item = String> + use<> {
    let bytes = match SchemeKind::new(scheme) {
        SchemeKind::Application => OPAQUE_BYTES,
        SchemeKind::Web | SchemeKind::File => LABEL_BYTES,
    };
    (1_u64..).map(|number| label(bytes, number)).take_while(move |label| label.len() <= longest)
}

/// Returns the label with this number: `a`, ... `_`, `aa`, ...
fn label(alphabet: &[u8], mut number: u64) -> String {
    let mut bytes = Vec::new();
    while let Some(rest) = number.checked_sub(1) {
        let base = alphabet.len() as u64;
        let letter = usize::try_from(rest % base).ok().and_then(|at| alphabet.get(at));
        bytes.extend(letter.copied());
        number = rest / base;
    }
    bytes.iter().rev().map(|byte| char::from(*byte)).collect()
}

const LABEL_BYTES: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_";

const OPAQUE_BYTES: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ.~%";

/// The number of examples that are tried before a regular expression is reported as undecided.
const REGEX_TRIES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_by_length() {
        let labels: Vec<String> = labels("https", 2).collect();
        assert_eq!(labels.len(), 38 + 38 * 38);
        assert_eq!(labels.first().map(String::as_str), Some("a"));
        assert_eq!(labels.get(37..40).unwrap(), ["_", "aa", "ab"]);
        assert_eq!(labels.last().map(String::as_str), Some("__"));
    }
}
