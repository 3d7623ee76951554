use super::{
    OriginSet,
    witness::{Coverage, Inspector},
};
use crate::origin::parts::Parts;

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
