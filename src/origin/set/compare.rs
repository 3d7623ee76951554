use std::{cell::OnceCell, collections::BTreeSet};

use super::OriginSet;
use crate::{
    limits::HOST_BYTES,
    origin::{
        Origin, default_port,
        pattern::{Parts, PortPattern},
    },
};

impl OriginSet {
    /// What this set covers and `other` does not.
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
    pub fn difference(&self, other: &Self) -> Difference {
        let mut difference = Difference::default();
        if !self.exact.is_shared_with(&other.exact) {
            for text in self.exact.iter() {
                if !other.contains_serialized(text.as_bytes()) {
                    difference.add(text, text.to_owned());
                }
            }
        }
        if !self.families.is_shared_with(&other.families) {
            let other = Inspector::new(other);
            for text in self.families.iter() {
                match Parts::parse(text).map(|parts| other.coverage_of(&parts)) {
                    Ok(Coverage::Outside(witness)) => difference.add(text, witness),
                    Ok(Coverage::Undecided(regexes)) => difference.undecided.extend(regexes),
                    Ok(Coverage::Covered) | Err(_) => {}
                }
            }
        }
        let is_elsewhere = |regex: &&str| !other.regexes.iter().any(|one| one == *regex);
        let regexes = self.regexes.iter().filter(is_elsewhere).map(str::to_owned);
        difference.undecided.extend(regexes);
        difference.undecided.sort();
        difference.undecided.dedup();
        difference
    }

    /// Another pattern of the set that covers all that this one covers. One is found where it has the
    /// shortest host of those that cover the pattern's plainest origin, which is nearly always so.
    pub(crate) fn wider(&self, pattern: &Parts<'_>, text: &str) -> Option<&str> {
        let label = if pattern.below { "a." } else { "" };
        let port = match pattern.port {
            PortPattern::Only(Some(port)) => format!(":{port}"),
            PortPattern::Only(None) | PortPattern::Any => String::new(),
        };
        let plainest = format!("{}://{label}{}{port}", pattern.scheme, pattern.host);
        let found = self.families.find(&Origin::parse(plainest.as_bytes()).ok()?)?;
        let wide = Parts::parse(found).ok()?;
        let has_hosts = if wide.below {
            wide.is_above(pattern.host) || (pattern.below && wide.host == pattern.host)
        } else {
            !pattern.below
        };
        let has_ports = wide.port == PortPattern::Any || wide.port == pattern.port;
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

impl Difference {
    fn add(&mut self, pattern: &str, witness: String) {
        self.uncovered.push(Uncovered { pattern: pattern.to_owned(), witness });
    }
}

/// How much of a pattern a set covers.
#[derive(Debug, PartialEq, Eq)]
enum Coverage {
    Covered,
    /// Not this origin.
    Outside(String),
    /// What its patterns do not cover, these regular expressions may.
    Undecided(BTreeSet<String>),
}

/// Asks a set how much of several patterns it covers.
pub(crate) struct Inspector<'a> {
    set: &'a OriginSet,
    /// For each port whether a pattern names it; read off when it is first asked for.
    named_ports: OnceCell<Vec<bool>>,
}

impl<'a> Inspector<'a> {
    pub(crate) fn new(set: &'a OriginSet) -> Self {
        Self { set, named_ports: OnceCell::new() }
    }

    /// Whether patterns of the set cover all of this one.
    pub(crate) fn covers(&self, pattern: &Parts<'_>) -> bool {
        self.coverage_of(pattern) == Coverage::Covered
    }

    fn coverage_of(&self, pattern: &Parts<'_>) -> Coverage {
        if pattern.is_exact() {
            return self.coverage_of_origin(pattern);
        }
        let search = |port, doubtful: &mut BTreeSet<String>| {
            Search { set: self.set, scheme: pattern.scheme, port, doubtful }.of(pattern)
        };
        let mut doubtful = BTreeSet::new();
        let mut outside = |port| search(port, &mut doubtful);
        let found = match pattern.port {
            PortPattern::Only(port) => outside(port),
            // The port that reads best comes first; the others decide.
            PortPattern::Any => outside(None).or_else(|| {
                self.telling_ports(pattern.scheme).find_map(|port| outside(Some(port)))
            }),
        };
        match found {
            Some(witness) => Coverage::Outside(witness),
            None if doubtful.is_empty() => Coverage::Covered,
            None => Coverage::Undecided(doubtful),
        }
    }

    /// A regular expression covers one origin or it does not.
    fn coverage_of_origin(&self, origin: &Parts<'_>) -> Coverage {
        let text = origin.to_string();
        if self.set.contains_serialized(text.as_bytes()) {
            Coverage::Covered
        } else {
            Coverage::Outside(text)
        }
    }

    /// Ports such that what covers all of them covers every port. A port that no pattern names is
    /// covered by those for any port alone, and they cover the others too.
    fn telling_ports(&self, scheme: &str) -> impl Iterator<Item = u16> + use<> {
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
    doubtful: &'a mut BTreeSet<String>,
}

impl Search<'_> {
    fn of(&mut self, pattern: &Parts<'_>) -> Option<String> {
        if pattern.below {
            return self.below(pattern.host);
        }
        let origin = self.origin(pattern.host);
        (self.look_at(&origin, pattern.host) == Found::Nothing).then_some(origin)
    }

    /// A subdomain that is not covered. Each label that is tried in vain has a pattern of its own, so
    /// that there are no more tries than patterns.
    fn below(&mut self, host: &str) -> Option<String> {
        let longest = HOST_BYTES.saturating_sub(host.len() + 1);
        let mut regexes = 0;
        for label in labels(longest) {
            let origin = self.origin(&format!("{label}.{host}"));
            match self.look_at(&origin, host) {
                Found::Nothing => return Some(origin),
                Found::WholeHost => return None,
                Found::Pattern => {}
                Found::Regex => {
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
        labels(deeper).find_map(|label| self.below(&format!("{label}.{host}")))
    }

    fn origin(&self, host: &str) -> String {
        match self.port {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        }
    }

    /// What covers an origin below `host`, or at it.
    fn look_at(&mut self, origin: &str, host: &str) -> Found {
        let Ok(origin) = Origin::parse(origin.as_bytes()) else { return Found::Pattern };
        if self.set.exact.find(origin.as_str().as_bytes()).is_some() {
            return Found::Pattern;
        }
        if let Some(Ok(pattern)) = self.set.families.find(&origin).map(Parts::parse) {
            let is_whole = pattern.below && (pattern.host == host || pattern.is_above(host));
            return if is_whole { Found::WholeHost } else { Found::Pattern };
        }
        match self.set.regexes.find(origin.as_str().as_bytes()) {
            Some(regex) => {
                self.doubtful.insert(regex.to_owned());
                Found::Regex
            }
            None => Found::Nothing,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    /// One that covers every subdomain, too.
    WholeHost,
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
        let base = LETTERS.len() as u64;
        let letter = usize::try_from(rest % base).ok().and_then(|at| LETTERS.get(at));
        bytes.extend(letter.copied());
        number = rest / base;
    }
    bytes.iter().rev().map(|byte| char::from(*byte)).collect()
}

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_";

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
