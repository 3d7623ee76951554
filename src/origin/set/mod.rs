//! Sets of origins: exact ones by their hash, patterns by a tree, regular expressions by one automaton.

mod compare;
mod exact;
mod list;
mod wildcards;

use std::fmt;

pub(crate) use self::compare::{InclusionCheck, labels};
pub use self::{
    compare::{Difference, Inclusion, Uncovered},
    list::OriginSetError,
};
use self::{exact::ExactOrigins, wildcards::Wildcards};
#[cfg(feature = "regex")]
use super::regex::OriginRegexError;
use super::regex::OriginRegexes;
use super::{
    Origin,
    pattern::{OriginPattern, ParsedPattern},
    suggest::OriginPatternError,
};

/// A set of origins, patterns and regular expressions; its clones share it.
///
/// One set can be given to a CORS rule and to every other layer, so that two lists of origins cannot
/// drift apart. It may be large: looking one of a million origins up takes the time of a few reads from
/// memory, and inserting or removing one copies some twenty kilobytes at most, while clones that
/// requests are being judged by keep what they had.
///
/// ```
/// use tower_cross_origin::origin::{Origin, OriginSet};
///
/// let mut tenants = OriginSet::parse(["https://a.example", "https://*.b.example"])?;
/// assert!(tenants.contains(&Origin::parse(b"https://app.b.example")?));
/// assert!(!tenants.contains(&Origin::parse(b"http://a.example")?));
///
/// let in_force = tenants.clone();
/// assert!(tenants.insert(&"https://c.example".parse()?));
/// assert!(tenants.contains(&Origin::parse(b"https://c.example")?));
/// assert!(!in_force.contains(&Origin::parse(b"https://c.example")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct OriginSet {
    exact: ExactOrigins,
    /// How many exact origins credentials could make something of, so that a policy for a million of
    /// others looks at none of them.
    needing_credential_check: usize,
    wildcards: Wildcards,
    regexes: OriginRegexes,
}

impl OriginSet {
    /// The set of the origins and patterns that are written so.
    ///
    /// # Errors
    ///
    /// The first one that is not a pattern. A policy's configuration reports all of them at once.
    pub fn parse<I>(written: I) -> Result<Self, OriginPatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut set = Self::default();
        for text in written {
            let text = text.as_ref();
            set.insert_parsed(&ParsedPattern::parse(text)?, text);
        }
        Ok(set)
    }

    /// Whether a pattern or a regular expression covers `origin`.
    pub fn contains(&self, origin: &Origin<'_>) -> bool {
        self.exact.contains(origin.as_str().as_bytes()) || self.matches_non_exact(origin)
    }

    /// The pattern or the regular expression that covers `origin`.
    ///
    /// Where several do: the origin itself, then the pattern with the shortest host, then the first
    /// regular expression.
    ///
    /// ```
    /// use tower_cross_origin::origin::{Member, Origin, OriginSet};
    ///
    /// let set = OriginSet::parse(["https://*.example.com", "http://localhost:*"])?;
    /// let origin = Origin::parse(b"https://app.example.com")?;
    /// assert_eq!(set.find(&origin), Some(Member::Pattern("https://*.example.com")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find(&self, origin: &Origin<'_>) -> Option<Member<'_>> {
        let serialized = origin.as_str().as_bytes();
        let pattern = self.exact.find(serialized).or_else(|| self.wildcards.find(origin));
        pattern.map(Member::Pattern).or_else(|| {
            let regex = (!origin.is_opaque()).then(|| self.regexes.find(serialized))?;
            regex.map(Member::Regex)
        })
    }

    /// The number of different patterns and regular expressions.
    pub fn len(&self) -> usize {
        self.exact.len() + self.wildcards.len() + self.regexes.len()
    }

    /// Whether no origin at all is covered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The different patterns and regular expressions; up to eight exact origins come first and in the
    /// order in which they were given, beyond that no order is kept.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_>> {
        let patterns = self.exact.iter().chain(self.wildcards.iter());
        patterns.map(Member::Pattern).chain(self.regexes.iter().map(Member::Regex))
    }

    /// Adds a pattern; whether it was not there yet.
    ///
    /// What other clones of the set hold stays as it is, and what does not change is shared with them.
    pub fn insert(&mut self, pattern: &OriginPattern) -> bool {
        pattern.parsed().is_some_and(|parsed| self.insert_parsed(&parsed, pattern.as_str()))
    }

    /// Takes a pattern out; whether it was there. An origin that another pattern covers stays covered.
    ///
    /// ```
    /// # use tower_cross_origin::origin::OriginSet;
    /// let mut tenants = OriginSet::parse(["https://a.example", "https://b.example"])?;
    /// assert!(tenants.remove(&"https://a.example".parse()?));
    /// assert_eq!(tenants, OriginSet::parse(["https://b.example"])?);
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    pub fn remove(&mut self, pattern: &OriginPattern) -> bool {
        match pattern.parsed() {
            Some(parsed) if parsed.is_exact() => {
                let was_there = self.exact.remove(pattern.as_str());
                self.needing_credential_check -=
                    usize::from(was_there && parsed.needs_credential_check());
                was_there
            }
            Some(parsed) => self.wildcards.remove(&parsed),
            None => false,
        }
    }

    /// What either of the two covers.
    ///
    /// ```
    /// # use tower_cross_origin::origin::OriginSet;
    /// let ours = OriginSet::parse(["https://app.example.com"])?;
    /// let partners = OriginSet::parse(["https://a.example", "https://b.example"])?;
    /// assert_eq!(ours.union(&partners).len(), 3);
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        // The larger one is shared, the smaller one is inserted.
        let (large, small) = if self.len() < other.len() { (other, self) } else { (self, other) };
        let mut union = large.clone();
        for (text, pattern) in small.patterns() {
            union.insert_parsed(&pattern, text);
        }
        union.regexes = self.regexes.union(&other.regexes);
        union
    }

    /// The same as [`contains`](Self::contains), for a header of which nothing is known. What no browser
    /// sends is in no set.
    #[inline]
    pub(crate) fn contains_serialized(&self, serialized: &[u8]) -> bool {
        self.exact.contains(serialized)
            || (!self.is_exact() && self.matches_non_exact_serialized(serialized))
    }

    /// Apart from the question above it, which is mostly answered by then.
    #[inline(never)]
    fn matches_non_exact_serialized(&self, serialized: &[u8]) -> bool {
        Origin::parse(serialized).is_ok_and(|origin| self.matches_non_exact(&origin))
    }

    pub(crate) fn insert_parsed(&mut self, pattern: &ParsedPattern<'_>, text: &str) -> bool {
        if !pattern.is_exact() {
            return self.wildcards.insert(pattern, text);
        }
        let is_new = self.exact.insert(text);
        self.needing_credential_check += usize::from(is_new && pattern.needs_credential_check());
        is_new
    }

    /// Whether no pattern stands for more than one origin.
    #[inline]
    pub(crate) fn is_exact(&self) -> bool {
        !self.has_wildcards() && !self.has_regexes()
    }

    #[inline]
    pub(crate) fn has_wildcards(&self) -> bool {
        !self.wildcards.is_empty()
    }

    #[inline]
    pub(crate) fn has_regexes(&self) -> bool {
        !self.regexes.is_empty()
    }

    pub(crate) fn regexes(&self) -> impl Iterator<Item = &str> {
        self.regexes.iter()
    }

    /// The patterns, as they are written and read.
    pub(crate) fn patterns(&self) -> Patterns<'_> {
        Box::new(self.exact.iter().chain(self.wildcards.iter()).filter_map(read))
    }

    /// The patterns that there may be something to say of; of exact origins only with credentials.
    pub(crate) fn patterns_to_check(&self, credentials: bool) -> Patterns<'_> {
        if credentials && self.needing_credential_check > 0 {
            self.patterns()
        } else {
            Box::new(self.wildcards.iter().filter_map(read))
        }
    }

    /// Whether a pattern that stands for many origins covers this one.
    fn matches_non_exact(&self, origin: &Origin<'_>) -> bool {
        self.wildcards.find(origin).is_some()
            || (!origin.is_opaque() && self.regexes.is_match(origin.as_str().as_bytes()))
    }

    /// Whether the pattern itself is in the set.
    fn has_pattern(&self, pattern: &ParsedPattern<'_>, text: &str) -> bool {
        if pattern.is_exact() {
            self.exact.contains(text.as_bytes())
        } else {
            self.wildcards.get(pattern).is_some()
        }
    }
}

#[cfg(feature = "regex")]
impl OriginSet {
    /// The same set with regular expressions, which are always matched whole and are asked about
    /// well-formed origins alone. They are compiled into one automaton.
    ///
    /// ```
    /// use tower_cross_origin::origin::{Origin, OriginSet};
    ///
    /// let set = OriginSet::parse(["https://app.example.com"])?
    ///     .with_regexes([r"https://pr-[0-9]+\.preview\.example\.com"])?;
    /// assert!(set.contains(&Origin::parse(b"https://pr-17.preview.example.com")?));
    /// assert!(!set.contains(&Origin::parse(b"https://pr-17.preview.example.com.evil.example")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first fault. A policy's configuration reports all of them at once.
    pub fn with_regexes<I>(mut self, regexes: I) -> Result<Self, OriginRegexError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let more: Vec<I::Item> = regexes.into_iter().collect();
        let all = self.regexes.iter().chain(more.iter().map(AsRef::as_ref));
        self.regexes = OriginRegexes::new(all)?;
        Ok(self)
    }

    pub(crate) fn with_compiled(mut self, regexes: &OriginRegexes) -> Self {
        self.regexes = self.regexes.union(regexes);
        self
    }
}

impl FromIterator<OriginPattern> for OriginSet {
    fn from_iter<I: IntoIterator<Item = OriginPattern>>(patterns: I) -> Self {
        let mut set = Self::default();
        set.extend(patterns);
        set
    }
}

impl<'a> IntoIterator for &'a OriginSet {
    type Item = Member<'a>;
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Self::IntoIter {
        Members(Box::new(self.iter()))
    }
}

impl From<&OriginSet> for OriginSet {
    fn from(set: &OriginSet) -> Self {
        set.clone()
    }
}

impl From<OriginPattern> for OriginSet {
    fn from(pattern: OriginPattern) -> Self {
        Self::from_iter([pattern])
    }
}

impl Extend<OriginPattern> for OriginSet {
    fn extend<I: IntoIterator<Item = OriginPattern>>(&mut self, patterns: I) {
        for pattern in patterns {
            self.insert(&pattern);
        }
    }
}

/// Some of the members, as they are written: a set may have a million.
impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        set.entries(self.iter().take(SHOWN).map(|member| member.as_str()));
        if self.len() > SHOWN { set.finish_non_exhaustive() } else { set.finish() }
    }
}

/// Two sets are equal if they hold the same patterns and regular expressions, in whatever order.
///
/// Two sets that differ may still match the same origins.
impl PartialEq for OriginSet {
    fn eq(&self, other: &Self) -> bool {
        let is_in_other = |text: &str| {
            ParsedPattern::parse(text).is_ok_and(|pattern| other.has_pattern(&pattern, text))
        };
        self.regexes == other.regexes
            && self.exact.len() == other.exact.len()
            && self.wildcards.len() == other.wildcards.len()
            && (self.exact.is_shared_with(&other.exact) || self.exact.iter().all(is_in_other))
            && (self.wildcards.is_shared_with(&other.wildcards)
                || self.wildcards.iter().all(is_in_other))
    }
}

impl Eq for OriginSet {}

/// Boxed, so that no caller's code repeats the whole chain of adapters.
pub(crate) type Patterns<'a> = Box<dyn Iterator<Item = (&'a str, ParsedPattern<'a>)> + 'a>;

/// The iterator over the members of an [`OriginSet`], in the order of [`OriginSet::iter`].
pub struct Members<'a>(Box<dyn Iterator<Item = Member<'a>> + Send + Sync + 'a>);

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").finish_non_exhaustive()
    }
}

/// What an [`OriginSet`] is made of: how one of its patterns or regular expressions
/// is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Member<'a> {
    /// An [`OriginPattern`].
    Pattern(&'a str),
    /// A regular expression.
    Regex(&'a str),
}

impl<'a> Member<'a> {
    /// The member as it is written.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Pattern(text) | Self::Regex(text) => text,
        }
    }
}

/// The member as it is written.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn read(text: &str) -> Option<(&str, ParsedPattern<'_>)> {
    Some((text, ParsedPattern::parse(text).ok()?))
}

const SHOWN: usize = 16;
