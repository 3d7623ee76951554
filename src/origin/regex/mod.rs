//! Regular expressions for origins. A set compiles them into one automaton, which matches whole origins.

#[cfg(feature = "regex")]
mod automaton;
#[cfg(feature = "regex")]
mod domains;
mod error;
#[cfg(feature = "regex")]
mod grammar;
#[cfg(feature = "regex")]
mod graph;
#[cfg(feature = "regex")]
mod lint;
#[cfg(feature = "regex")]
mod node;
#[cfg(feature = "regex")]
mod origin_regex;
#[cfg(feature = "regex")]
mod risks;
#[cfg(feature = "regex")]
mod sampler;
#[cfg(all(test, feature = "regex"))]
mod tests;

#[cfg(feature = "regex")]
use std::collections::HashSet;
use std::{fmt, sync::Arc};

#[cfg(feature = "regex")]
use regex::bytes::RegexSet;

#[cfg(feature = "regex")]
pub use self::error::OriginRegexError;
pub use self::error::OriginRegexErrorKind;
#[cfg(feature = "regex")]
pub(crate) use self::{
    lint::{RegexLint, lints, matches_only_files, matching_origins, may_match_http},
    origin_regex::OriginRegex,
    risks::RegexRisks,
};
#[cfg(feature = "regex")]
use crate::limits::REGEXES;

/// The regular expressions of a set of origins.
///
/// Clones share memory. An empty value allocates nothing, and without the feature `regex` it is always
/// empty.
#[derive(Clone, Default)]
pub(crate) struct OriginRegexes {
    #[cfg(feature = "regex")]
    shared: Option<Arc<Shared>>,
}

impl OriginRegexes {
    /// Returns the different texts, in the order of their first occurrence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts().iter().map(|text| &**text)
    }

    pub(crate) fn len(&self) -> usize {
        self.texts().len()
    }

    fn has_text(&self, text: &str) -> bool {
        self.iter().any(|one| one == text)
    }
}

#[cfg(feature = "regex")]
impl OriginRegexes {
    /// # Errors
    ///
    /// [`OriginRegexError`] for the first fault. To report all faults, parse each text, and then compile
    /// them.
    pub(crate) fn new<I>(texts: I) -> Result<Self, OriginRegexError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut regexes = Vec::new();
        for text in texts {
            // One more than the limit is enough to detect that there are too many.
            if regexes.len() > REGEXES {
                break;
            }
            let text = text.as_ref();
            if !regexes.iter().any(|known: &OriginRegex| known.as_str() == text) {
                regexes.push(OriginRegex::parse(text)?);
            }
        }
        Self::compile(regexes)
    }

    /// # Errors
    ///
    /// [`OriginRegexError`] for the first regular expression that exceeds the number or the total size.
    pub(crate) fn compile(mut regexes: Vec<OriginRegex>) -> Result<Self, OriginRegexError> {
        let mut seen = HashSet::new();
        regexes.retain(|regex| seen.insert(regex.as_str().to_owned()));
        if let Some(excess) = regexes.get(REGEXES) {
            return Err(OriginRegexError::new(excess.as_str(), OriginRegexErrorKind::TooMany));
        }
        if regexes.is_empty() {
            return Ok(Self::default());
        }
        let Some(set) = origin_regex::compile(&regexes) else {
            let last = first_too_large(&regexes).unwrap_or_default();
            return Err(OriginRegexError::new(last, OriginRegexErrorKind::TooLarge));
        };
        let texts: Vec<Arc<str>> = regexes.iter().map(|regex| regex.as_str().into()).collect();
        let part = Arc::new(Part { texts: texts.clone(), set });
        Ok(Self { shared: Some(Arc::new(Shared { texts, parts: vec![part] })) })
    }

    /// Returns `true` if a regular expression matches the whole of `serialized`.
    pub(crate) fn is_match(&self, serialized: &[u8]) -> bool {
        self.parts().iter().any(|part| part.set.is_match(serialized))
    }

    /// Returns the first regular expression that matches the whole of `serialized`.
    pub(crate) fn find(&self, serialized: &[u8]) -> Option<&str> {
        self.parts().iter().find_map(|part| {
            let index = part.set.matches(serialized).iter().next()?;
            part.texts.get(index).map(|text| &**text)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.is_none()
    }

    /// Returns the regular expressions of both.
    ///
    /// This function does not compile, and cannot fail. The limits apply only to each set that is created
    /// from texts.
    pub(crate) fn union(&self, other: &Self) -> Self {
        if other.iter().all(|text| self.has_text(text)) {
            return self.clone();
        }
        if self.iter().all(|text| other.has_text(text)) {
            return other.clone();
        }
        let new = other.texts().iter().filter(|text| !self.has_text(text)).cloned();
        let texts = self.texts().iter().cloned().chain(new).collect();
        let is_new = |part: &&Arc<Part>| !self.parts().iter().any(|known| Arc::ptr_eq(known, part));
        let new_parts = other.parts().iter().filter(is_new);
        let parts = self.parts().iter().chain(new_parts).cloned().collect();
        Self { shared: Some(Arc::new(Shared { texts, parts })) }
    }

    fn texts(&self) -> &[Arc<str>] {
        self.shared.as_deref().map_or(&[], |shared| &shared.texts)
    }

    fn parts(&self) -> &[Arc<Part>] {
        self.shared.as_deref().map_or(&[], |shared| &shared.parts)
    }
}

#[cfg(not(feature = "regex"))]
#[allow(clippy::unused_self, reason = "the signatures are the same with the feature")]
impl OriginRegexes {
    pub(crate) fn is_match(&self, _serialized: &[u8]) -> bool {
        false
    }

    pub(crate) fn find(&self, _serialized: &[u8]) -> Option<&str> {
        None
    }

    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn union(&self, _other: &Self) -> Self {
        Self::default()
    }

    fn texts(&self) -> &[Arc<str>] {
        &[]
    }
}

/// Compares the texts, in any order. Different texts are unequal even if they match the same origins.
impl PartialEq for OriginRegexes {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|text| other.has_text(text))
    }
}

impl Eq for OriginRegexes {}

impl fmt::Debug for OriginRegexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(feature = "regex")]
struct Shared {
    /// The different texts of all parts.
    texts: Vec<Arc<str>>,
    parts: Vec<Arc<Part>>,
}

#[cfg(feature = "regex")]
struct Part {
    texts: Vec<Arc<str>>,
    set: RegexSet,
}

/// Returns the first regular expression that exceeds the total size.
///
/// Uses binary search, since each attempt compiles.
#[cfg(feature = "regex")]
fn first_too_large(regexes: &[OriginRegex]) -> Option<&str> {
    let (mut fit, mut too_many) = (0, regexes.len());
    while too_many - fit > 1 {
        let middle = fit.midpoint(too_many);
        match regexes.get(..middle).and_then(origin_regex::compile) {
            Some(_) => fit = middle,
            None => too_many = middle,
        }
    }
    regexes.get(fit).map(OriginRegex::as_str)
}

/// Returns an empty list: without the feature `regex`, regular expressions are not supported.
#[cfg(not(feature = "regex"))]
pub(crate) fn matching_origins(_text: &str) -> Vec<String> {
    Vec::new()
}

#[cfg(not(feature = "regex"))]
pub(crate) fn may_match_http(_text: &str) -> bool {
    true
}
