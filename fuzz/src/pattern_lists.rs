//! Patterns to insert and to remove, a second set, and origins to look up.
//!
//! A seed is plain text with one item per line: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `p TEXT` | inserts the pattern into the first set |
//! | `r TEXT` | removes the pattern from the first set |
//! | `q TEXT` | adds the pattern to the second set |
//! | `P COUNT TEXT`, `R COUNT TEXT`, `Q COUNT TEXT` | the same for several patterns, with their number instead of `#` |
//! | `o TEXT` | looks up the origin |
//!
//! Invalid patterns are not added to a set. Invalid lines, and lines beyond the limits, are ignored.

use std::collections::BTreeSet;

use crate::{
    neighbours::{glued, neighbours},
    reference_model::{origin::Reading, pattern::is_pattern},
};

/// A parsed seed, see the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternLists {
    pub(crate) steps: Vec<Step>,
    /// The texts of the second set, including invalid patterns.
    pub(crate) second: Vec<String>,
    origins: Vec<String>,
}

/// An origin to look up, as text and as parsed by the reference model.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) reading: Reading,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Insert(String),
    Remove(String),
}

impl PatternLists {
    /// Parses a seed.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let mut lists = Self::default();
        for line in String::from_utf8_lossy(text).split('\n') {
            let Some((key, text)) = line.split_once(' ') else { continue };
            match key {
                "p" | "P" => lists.add_steps(key, text, Step::Insert),
                "r" | "R" => lists.add_steps(key, text, Step::Remove),
                "q" | "Q" => lists.second.extend(expand(key, text)),
                "o" => lists.origins.push(text.to_owned()),
                _ => {}
            }
        }
        lists.steps.truncate(MAX_STEPS);
        lists.second.truncate(MAX_SECOND);
        lists.origins.truncate(MAX_ORIGINS);
        lists
    }

    /// Returns the members of the first set after the last step, as inserted.
    pub(crate) fn first(&self) -> Vec<&str> {
        let mut first = Vec::new();
        for step in &self.steps {
            match step {
                Step::Insert(text) if is_pattern(text) && !first.contains(&&**text) => {
                    first.push(&**text);
                }
                Step::Insert(_) => {}
                Step::Remove(text) => first.retain(|one| one != text),
            }
        }
        first
    }

    /// Returns the members of the second set.
    pub(crate) fn second(&self) -> Vec<&str> {
        self.second.iter().map(String::as_str).filter(|text| is_pattern(text)).collect()
    }

    /// Returns the origins of the seed, and origins similar to its patterns.
    ///
    /// Leaves invalid origins to the target `origin`.
    pub(crate) fn queries(&self) -> Vec<Query> {
        let in_steps = self.steps.iter().map(|(Step::Insert(text) | Step::Remove(text))| &**text);
        let in_both = in_steps.chain(self.second()).filter(|text| is_pattern(text));
        let patterns: BTreeSet<&str> = in_both.collect();
        let mut queries: BTreeSet<String> = self.origins.iter().cloned().collect();
        for (index, pattern) in patterns.iter().enumerate() {
            queries.extend(neighbours(pattern));
            for other in patterns.iter().skip(index + 1).take(MAX_GLUED) {
                queries.extend(glued(pattern, other));
                queries.extend(glued(other, pattern));
            }
        }
        let read = |text: String| {
            let reading = Reading::parse(text.as_bytes());
            reading.map(|reading| Query { text, reading })
        };
        queries.into_iter().filter_map(read).collect()
    }
}

impl PatternLists {
    fn add_steps(&mut self, key: &str, text: &str, step: impl Fn(String) -> Step) {
        self.steps.extend(expand(key, text).map(step));
    }
}

/// Returns one text, or `COUNT` texts if the key is a capital letter.
fn expand(key: &str, text: &str) -> impl Iterator<Item = String> {
    let (count, text) = match text.split_once(' ') {
        Some((count, text)) if key.starts_with(char::is_uppercase) => {
            (count.parse().unwrap_or(1), text)
        }
        _ => (1, text),
    };
    let (count, text) = (MAX_STEPS.min(count), text.to_owned());
    let is_one = key.starts_with(char::is_lowercase);
    (0..count).map(
        move |number| {
            if is_one { text.clone() } else { text.replace('#', &number.to_string()) }
        },
    )
}

// The reference model tries all patterns for each query.
const MAX_STEPS: usize = 64;
const MAX_SECOND: usize = 24;
const MAX_ORIGINS: usize = 64;
const MAX_GLUED: usize = 4;
