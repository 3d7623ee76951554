//! Patterns that come into a set and go out of it, those of another set, and origins to ask about.
//!
//! Written one thing a line, so that a seed can be read and written by hand: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `p TEXT` | the pattern is inserted into the first set |
//! | `r TEXT` | it is removed from the first set |
//! | `q TEXT` | it is one of the second set |
//! | `P COUNT TEXT`, `R COUNT TEXT`, `Q COUNT TEXT` | so many, each with its number in the place of `#` |
//! | `o TEXT` | the origin is asked about |
//!
//! What is no pattern is no member. Whatever cannot be read, and what is too much, is passed over.

use std::collections::BTreeSet;

use crate::{
    neighbours::{glued, neighbours},
    reference_model::{origin::Reading, pattern::is_pattern},
};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatternLists {
    pub(crate) steps: Vec<Step>,
    /// The texts of the second set, whether or not they are patterns.
    pub(crate) second: Vec<String>,
    asked: Vec<String>,
}

/// An origin as it is written, and as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) reading: Reading,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Insert(String),
    Remove(String),
}

impl PatternLists {
    /// The lists that are written so.
    pub(crate) fn read(text: &[u8]) -> Self {
        let mut lists = Self::default();
        for line in String::from_utf8_lossy(text).split('\n') {
            let Some((key, text)) = line.split_once(' ') else { continue };
            match key {
                "p" | "P" => lists.add_steps(key, text, Step::Insert),
                "r" | "R" => lists.add_steps(key, text, Step::Remove),
                "q" | "Q" => lists.second.extend(numbered(key, text)),
                "o" => lists.asked.push(text.to_owned()),
                _ => {}
            }
        }
        lists.steps.truncate(MOST_STEPS);
        lists.second.truncate(MOST_SECOND);
        lists.asked.truncate(MOST_ASKED);
        lists
    }

    /// The members of the first set after the last step, each once, in the order of their insertion.
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

    /// The members of the second set.
    pub(crate) fn second(&self) -> Vec<&str> {
        self.second.iter().map(String::as_str).filter(|text| is_pattern(text)).collect()
    }

    /// The origins that are asked about, and those among the neighbours of all the patterns that there
    /// are or were, each once. What is no origin is left to the target `origin`.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let in_steps = self.steps.iter().map(|(Step::Insert(text) | Step::Remove(text))| &**text);
        let in_both = in_steps.chain(self.second()).filter(|text| is_pattern(text));
        let patterns: BTreeSet<&str> = in_both.collect();
        let mut questions: BTreeSet<String> = self.asked.iter().cloned().collect();
        for (index, pattern) in patterns.iter().enumerate() {
            questions.extend(neighbours(pattern));
            for other in patterns.iter().skip(index + 1).take(MOST_GLUED) {
                questions.extend(glued(pattern, other));
                questions.extend(glued(other, pattern));
            }
        }
        let read = |text: String| {
            let reading = Reading::parse(text.as_bytes());
            reading.map(|reading| Question { text, reading })
        };
        questions.into_iter().filter_map(read).collect()
    }
}

impl PatternLists {
    fn add_steps(&mut self, key: &str, text: &str, step: impl Fn(String) -> Step) {
        self.steps.extend(numbered(key, text).map(step));
    }
}

/// One text, or after a capital letter as many as its count says.
fn numbered(key: &str, text: &str) -> impl Iterator<Item = String> {
    let (count, text) = match text.split_once(' ') {
        Some((count, text)) if key.starts_with(char::is_uppercase) => {
            (count.parse().unwrap_or(1), text)
        }
        _ => (1, text),
    };
    let (count, text) = (MOST_STEPS.min(count), text.to_owned());
    let is_one = key.starts_with(char::is_lowercase);
    (0..count).map(
        move |number| {
            if is_one { text.clone() } else { text.replace('#', &number.to_string()) }
        },
    )
}

// The reference model takes the product of patterns and questions.
const MOST_STEPS: usize = 64;
const MOST_SECOND: usize = 24;
const MOST_ASKED: usize = 64;
const MOST_GLUED: usize = 4;
