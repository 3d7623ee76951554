use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
};

use super::{pattern::ParsedPattern, set::OriginSet, suggest::OriginPatternError};
use crate::limits::{DIAGNOSTICS, NAMED_ORIGINS};

/// Named sets of origins.
///
/// A configuration can define a list once, and refer to it by its name, as in `@partners`.
#[derive(Debug, Default)]
pub(crate) struct NamedOrigins {
    pub(crate) sets: HashMap<String, OriginSet>,
    /// The names that a setting has referred to.
    pub(crate) used: RefCell<HashSet<String>>,
    /// The number of origins that settings have copied.
    copied: Cell<usize>,
}

impl NamedOrigins {
    pub(crate) fn get(&self, name: &str) -> Option<&OriginSet> {
        self.used.borrow_mut().insert(name.to_owned());
        self.sets.get(name)
    }

    /// Parses a list of patterns and of names of lists into one set.
    ///
    /// Calls `fault` with the index of each invalid item.
    pub(crate) fn parse_set<'a>(
        &self,
        items: &'a [String],
        mut fault: impl FnMut(usize, &'a str, MemberFault),
    ) -> OriginSet {
        let mut set = OriginSet::default();
        let (mut names, mut faults) = (HashSet::new(), 0);
        for (index, text) in items.iter().enumerate() {
            let kind = match list_name(text) {
                // A list that was added before adds nothing.
                Some(name) if !names.insert(name) => continue,
                Some(name) => match self.get(name) {
                    Some(list) if self.allows_union(&set, list) => {
                        set = set.union(list);
                        continue;
                    }
                    Some(_) => MemberFault::TooManyOrigins,
                    None => MemberFault::UnknownList,
                },
                None => match ParsedPattern::parse(text) {
                    Ok(pattern) => {
                        set.insert_parsed(&pattern, text);
                        continue;
                    }
                    Err(error) => MemberFault::Origin(error),
                },
            };
            fault(index, text, kind);
            faults += 1;
            // One more than the limit is enough to detect that there are too many.
            if faults > DIAGNOSTICS {
                break;
            }
        }
        set
    }

    /// Counts the origins that a union copies or checks. Returns `false` if all settings together exceed the limit.
    pub(crate) fn allows_union(&self, set: &OriginSet, list: &OriginSet) -> bool {
        let copied = set.len().min(list.len()) + list.wildcard_count();
        let total = self.copied.get().saturating_add(copied);
        self.copied.set(total);
        total <= NAMED_ORIGINS
    }
}

/// The reason why an item of a list of origins is invalid.
pub(crate) enum MemberFault {
    UnknownList,
    /// The settings copy more than [`NAMED_ORIGINS`] from lists.
    TooManyOrigins,
    Origin(OriginPatternError),
}

/// Returns the name of the list, if the text begins with `@`. Origins never begin with `@`.
pub(crate) fn list_name(text: &str) -> Option<&str> {
    text.strip_prefix('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_named_lists_are_limited() {
        let list = OriginSet::parse(["https://a.example", "https://*.b.example"]).unwrap();
        let mut lists = NamedOrigins::default();
        lists.sets.insert("a".to_owned(), list);
        let faults = |items: &[&str]| {
            let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
            let mut faults = Vec::new();
            lists.parse_set(&items, |index, _, fault| {
                assert!(matches!(fault, MemberFault::TooManyOrigins));
                faults.push(index);
            });
            faults
        };
        // Only the pattern is checked again. A list that is named twice is added once.
        assert!(faults(&["@a", "@a", "@a"]).is_empty());
        assert_eq!(lists.copied.get(), 1);
        lists.copied.set(NAMED_ORIGINS - 1);
        assert!(faults(&["@a"]).is_empty());
        assert_eq!(faults(&["https://c.example", "@a"]), [1]);
    }
}
