use std::{collections::HashSet, fmt, sync::Arc};

use super::{Origin, OriginPattern, OriginPatternError};

/// A set of origins, compiled once; its clones share it.
///
/// One set can be given to a CORS rule and to every other layer, so that two lists of origins cannot
/// drift apart.
///
/// ```
/// use tower_cross_origin::origin::{Origin, OriginSet};
///
/// let set = OriginSet::parse(["https://a.example", "https://b.example"])?;
/// assert!(set.contains(&Origin::parse(b"https://b.example")?));
/// assert!(!set.contains(&Origin::parse(b"http://b.example")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct OriginSet {
    patterns: Arc<Patterns>,
}

impl OriginSet {
    /// The set of the origins that are written so.
    ///
    /// # Errors
    ///
    /// The first one that is not a pattern. A policy's configuration reports all of them at once.
    pub fn parse<I>(written: I) -> Result<Self, OriginPatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        written.into_iter().map(|pattern| pattern.as_ref().parse::<OriginPattern>()).collect()
    }

    /// Whether one of the patterns covers `origin`.
    pub fn contains(&self, origin: &Origin<'_>) -> bool {
        self.contains_serialized(origin.as_str().as_bytes())
    }

    /// The number of different patterns.
    pub fn len(&self) -> usize {
        self.patterns.in_order.len()
    }

    /// Whether no origin at all is covered.
    pub fn is_empty(&self) -> bool {
        self.patterns.in_order.is_empty()
    }

    /// The different patterns, in the order in which they were first given.
    pub fn iter(&self) -> impl Iterator<Item = &OriginPattern> {
        self.patterns.in_order.iter()
    }

    /// Byte equality is how browsers compare origins, so that an exact hit needs no parse.
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 4
    #[inline]
    pub(crate) fn contains_serialized(&self, serialized: &[u8]) -> bool {
        match &self.patterns.by_text {
            Some(by_text) => by_text.contains(serialized),
            None => self.patterns.in_order.iter().any(|one| one.as_str().as_bytes() == serialized),
        }
    }
}

impl FromIterator<OriginPattern> for OriginSet {
    fn from_iter<I: IntoIterator<Item = OriginPattern>>(patterns: I) -> Self {
        let mut seen = HashSet::new();
        let mut in_order = Vec::new();
        for pattern in patterns {
            if seen.insert(Box::from(pattern.as_str().as_bytes())) {
                in_order.push(pattern);
            }
        }
        let by_text = (in_order.len() > COMPARED_ONE_BY_ONE).then_some(seen);
        Self { patterns: Arc::new(Patterns { in_order, by_text }) }
    }
}

/// The patterns, as they are written.
impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(OriginPattern::as_str)).finish()
    }
}

/// Two sets are equal if they hold the same patterns, in whatever order.
impl PartialEq for OriginSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.patterns, &other.patterns)
            || (self.len() == other.len()
                && self.iter().all(|one| other.contains_serialized(one.as_str().as_bytes())))
    }
}

impl Eq for OriginSet {}

#[derive(Default)]
struct Patterns {
    in_order: Vec<OriginPattern>,
    by_text: Option<HashSet<Box<[u8]>>>,
}

/// Up to so many, comparing lengths and bytes costs less than a hash does.
const COMPARED_ONE_BY_ONE: usize = 8;
