//! Sets of origins. Hashes find exact origins, a tree finds patterns, and an automaton finds regular
//! expressions.

mod compare;
mod exact;
mod list;
mod wildcards;

use std::fmt;

pub(crate) use self::compare::{InclusionCheck, LintSteps, labels};
pub use self::{
    compare::{Difference, Inclusion, Uncovered},
    list::OriginSetError,
};
use self::{exact::ExactOrigins, wildcards::Wildcards};
#[cfg(feature = "regex")]
use super::regex::OriginRegexError;
use super::regex::OriginRegexes;
use super::{
    FILE_ORIGIN, Origin,
    pattern::{OriginPattern, ParsedPattern},
    suggest::OriginPatternError,
};

/// A set of origins, patterns and regular expressions.
///
/// Clones share memory. One set can be used for a CORS rule and for every other layer, so that all layers
/// use the same list.
///
/// The set may be large. A lookup among a million origins takes the time of a few memory reads. An
/// insertion or a removal copies at most about 20 KiB. Clones in use by running requests do not change.
///
/// ```
/// use tower_cross_origin::origin::{Origin, OriginSet};
///
/// let mut tenants = OriginSet::parse(["https://a.example", "https://*.b.example"])?;
/// assert!(tenants.contains(&Origin::parse(b"https://app.b.example")?));
/// assert!(!tenants.contains(&Origin::parse(b"http://a.example")?));
///
/// let before = tenants.clone();
/// assert!(tenants.insert(&"https://c.example".parse()?));
/// assert!(tenants.contains(&Origin::parse(b"https://c.example")?));
/// assert!(!before.contains(&Origin::parse(b"https://c.example")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct OriginSet {
    exact: ExactOrigins,
    /// The number of exact origins that need checks in policies with credentials.
    ///
    /// If this is zero, the checks skip all exact origins, even a million of them.
    needing_credential_check: usize,
    wildcards: Wildcards,
    regexes: OriginRegexes,
}

impl OriginSet {
    /// Parses origins and patterns into a set.
    ///
    /// # Errors
    ///
    /// [`OriginPatternError`] for the first invalid pattern. The configuration of a policy reports all
    /// invalid patterns at once.
    pub fn parse<I>(origins: I) -> Result<Self, OriginPatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut set = Self::default();
        for text in origins {
            let text = text.as_ref();
            set.insert_parsed(&ParsedPattern::parse(text)?, text);
        }
        Ok(set)
    }

    /// Returns `true` if a pattern or a regular expression matches `origin`.
    pub fn contains(&self, origin: &Origin<'_>) -> bool {
        self.exact.contains(origin.as_str().as_bytes()) || self.matches_non_exact(origin)
    }

    /// Returns the pattern or the regular expression that matches `origin`.
    ///
    /// If several members match, the order is: the exact origin, the pattern with the shortest host, the
    /// first regular expression.
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

    /// Returns the number of different patterns and regular expressions.
    pub fn len(&self) -> usize {
        self.exact.len() + self.wildcards.len() + self.regexes.len()
    }

    /// Returns `true` if the set has no patterns and no regular expressions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an iterator over the different patterns and regular expressions.
    ///
    /// Up to eight exact origins come first, in the order of their insertion. In larger sets, the order is
    /// unspecified.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_>> {
        let patterns = self.exact.iter().chain(self.wildcards.iter());
        patterns.map(Member::Pattern).chain(self.regexes.iter().map(Member::Regex))
    }

    /// Adds a pattern. Returns `true` if the set did not contain it.
    ///
    /// Other clones of the set do not change. They share the unchanged parts with this set.
    pub fn insert(&mut self, pattern: &OriginPattern) -> bool {
        pattern.parsed().is_some_and(|parsed| self.insert_parsed(&parsed, pattern.as_str()))
    }

    /// Removes a pattern. Returns `true` if the set contained it.
    ///
    /// The set still matches an origin if another pattern matches it.
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

    /// Returns a set that contains the members of both sets.
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
        // The larger set is cloned, and the patterns of the smaller set are inserted.
        let (large, small) = if self.len() < other.len() { (other, self) } else { (self, other) };
        let mut union = large.clone();
        for (text, pattern) in small.patterns() {
            union.insert_parsed(&pattern, text);
        }
        union.regexes = self.regexes.union(&other.regexes);
        union
    }

    /// Returns the same result as [`contains`](Self::contains), for an unparsed header value.
    ///
    /// Returns `false` for values that no browser sends.
    #[inline]
    pub(crate) fn contains_serialized(&self, serialized: &[u8]) -> bool {
        self.exact.contains(serialized)
            || (!self.is_exact() && self.matches_non_exact_serialized(serialized))
    }

    /// Returns `true` if a member other than an exact origin matches.
    ///
    /// This function is not inlined, since [`contains_serialized`](Self::contains_serialized) rarely calls
    /// it.
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

    /// Returns `true` if the set lists `file://`, the origin of every local file.
    pub(crate) fn has_file(&self) -> bool {
        self.exact.contains(FILE_ORIGIN.as_bytes())
    }

    /// Returns `true` if every member of the set is an exact origin.
    #[inline]
    pub(crate) fn is_exact(&self) -> bool {
        !self.has_wildcards() && !self.has_regexes()
    }

    #[inline]
    pub(crate) fn has_wildcards(&self) -> bool {
        !self.wildcards.is_empty()
    }

    pub(crate) fn wildcard_count(&self) -> usize {
        self.wildcards.len()
    }

    #[inline]
    pub(crate) fn has_regexes(&self) -> bool {
        !self.regexes.is_empty()
    }

    pub(crate) fn regexes(&self) -> impl Iterator<Item = &str> {
        self.regexes.iter()
    }

    /// Returns the text and the parsed form of each pattern.
    pub(crate) fn patterns(&self) -> Patterns<'_> {
        Box::new(self.exact.iter().chain(self.wildcards.iter()).filter_map(with_parsed))
    }

    /// Returns the patterns that lints have to check; exact origins only with credentials.
    pub(crate) fn patterns_to_check(&self, credentials: bool) -> Patterns<'_> {
        if credentials && self.needing_credential_check > 0 {
            self.patterns()
        } else {
            Box::new(self.wildcards.iter().filter_map(with_parsed))
        }
    }

    /// Returns `true` if a wildcard pattern or a regular expression matches the origin.
    fn matches_non_exact(&self, origin: &Origin<'_>) -> bool {
        self.wildcards.find(origin).is_some()
            || (!origin.is_opaque() && self.regexes.is_match(origin.as_str().as_bytes()))
    }

    /// Returns `true` if the set contains this pattern.
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
    /// Adds regular expressions to the set.
    ///
    /// A regular expression matches only if it matches the whole origin. It is applied only to well-formed
    /// origins. All regular expressions are compiled into one automaton.
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
    /// [`OriginRegexError`] for the first invalid regular expression. The configuration of a policy reports
    /// all invalid regular expressions at once.
    pub fn with_regexes<I>(mut self, regexes: I) -> Result<Self, OriginRegexError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let added: Vec<I::Item> = regexes.into_iter().collect();
        let all = self.regexes.iter().chain(added.iter().map(AsRef::as_ref));
        self.regexes = OriginRegexes::new(all)?;
        Ok(self)
    }

    pub(crate) fn with_compiled_regexes(mut self, regexes: &OriginRegexes) -> Self {
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

/// Writes at most 16 members, since a set may have a million members.
impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        set.entries(self.iter().take(DEBUG_MEMBERS).map(|member| member.as_str()));
        if self.len() > DEBUG_MEMBERS { set.finish_non_exhaustive() } else { set.finish() }
    }
}

/// Compares sets by their patterns and regular expressions, in any order.
///
/// Two unequal sets may still match the same origins.
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

/// The iterator is boxed, to keep the adapter chain out of the callers' code.
pub(crate) type Patterns<'a> = Box<dyn Iterator<Item = (&'a str, ParsedPattern<'a>)> + 'a>;

/// An iterator over the members of an [`OriginSet`], in the order of [`OriginSet::iter`].
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

/// The text of a pattern or of a regular expression in an [`OriginSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Member<'a> {
    /// An [`OriginPattern`].
    Pattern(&'a str),
    /// A regular expression.
    Regex(&'a str),
}

impl<'a> Member<'a> {
    /// Returns the text of the member.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Pattern(text) | Self::Regex(text) => text,
        }
    }
}

/// Writes the text of the member.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn with_parsed(text: &str) -> Option<(&str, ParsedPattern<'_>)> {
    Some((text, ParsedPattern::parse(text).ok()?))
}

const DEBUG_MEMBERS: usize = 16;
