//! Regular expressions of origins: one automaton for all of a set, always matched whole.

mod error;
#[cfg(feature = "regex")]
mod lint;
#[cfg(feature = "regex")]
mod node;
#[cfg(feature = "regex")]
mod origin_regex;
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
    lint::{RegexLint, insecure_origin, lints, matching_origins, may_match_http},
    origin_regex::OriginRegex,
};
#[cfg(feature = "regex")]
use crate::limits::REGEXES;

/// The regular expressions of a set of origins; clones share them, and none costs nothing.
///
/// Without the feature `regex` a set has none.
#[derive(Clone, Default)]
pub(crate) struct OriginRegexes {
    #[cfg(feature = "regex")]
    shared: Option<Arc<Shared>>,
}

impl OriginRegexes {
    /// The different texts, in the order in which they were first given.
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
    /// The first fault. Who reports all of them parses each text, and then compiles them.
    pub(crate) fn new<I>(texts: I) -> Result<Self, OriginRegexError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut regexes = Vec::new();
        for text in texts {
            // One more than the bound is enough to tell that there are too many.
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
    /// Where there are too many, or are too large together: the first one for which that holds.
    pub(crate) fn compile(mut regexes: Vec<OriginRegex>) -> Result<Self, OriginRegexError> {
        let mut seen = HashSet::new();
        regexes.retain(|regex| seen.insert(regex.as_str().to_owned()));
        if let Some(one_more) = regexes.get(REGEXES) {
            return Err(OriginRegexError::new(one_more.as_str(), OriginRegexErrorKind::TooMany));
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

    /// Whether one of them matches the whole of `serialized`.
    pub(crate) fn is_match(&self, serialized: &[u8]) -> bool {
        self.parts().iter().any(|part| part.set.is_match(serialized))
    }

    /// The first one that matches the whole of `serialized`.
    pub(crate) fn find(&self, serialized: &[u8]) -> Option<&str> {
        self.parts().iter().find_map(|part| {
            let index = part.set.matches(serialized).iter().next()?;
            part.texts.get(index).map(|text| &**text)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.is_none()
    }

    /// Those of both. It compiles nothing and cannot fail: the bounds are of each set that was made
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
#[allow(clippy::unused_self, reason = "each has the signature that it has with the feature")]
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

/// Two are equal if they hold the same texts, in whatever order. That two texts mean the same is not
/// asked.
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
    /// Of all parts, each once.
    texts: Vec<Arc<str>>,
    parts: Vec<Arc<Part>>,
}

#[cfg(feature = "regex")]
struct Part {
    texts: Vec<Arc<str>>,
    set: RegexSet,
}

/// The first one that, with all before it, is too large: found by halving, since each trial compiles.
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

/// Without the feature `regex` no text is a regular expression.
#[cfg(not(feature = "regex"))]
pub(crate) fn matching_origins(_text: &str) -> Vec<String> {
    Vec::new()
}

#[cfg(not(feature = "regex"))]
pub(crate) fn may_match_http(_text: &str) -> bool {
    true
}
