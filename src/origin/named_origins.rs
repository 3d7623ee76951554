use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use super::{pattern::ParsedPattern, set::OriginSet, suggest::OriginPatternError};

/// Named sets of origins.
///
/// A configuration can define a list once, and refer to it by its name, as in `@partners`.
#[derive(Debug, Default)]
pub(crate) struct NamedOrigins {
    pub(crate) sets: HashMap<String, OriginSet>,
    /// The names that a setting has referred to.
    pub(crate) used: RefCell<HashSet<String>>,
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
        for (index, text) in items.iter().enumerate() {
            match list_name(text) {
                Some(name) => match self.get(name) {
                    Some(list) => set = set.union(list),
                    None => fault(index, text, MemberFault::UnknownList),
                },
                None => match ParsedPattern::parse(text) {
                    Ok(pattern) => {
                        set.insert_parsed(&pattern, text);
                    }
                    Err(error) => fault(index, text, MemberFault::Origin(error)),
                },
            }
        }
        set
    }
}

/// The reason why an item of a list of origins is invalid.
pub(crate) enum MemberFault {
    UnknownList,
    Origin(OriginPatternError),
}

pub(crate) const UNKNOWN_LIST: &str = "no list has this name; \"@\" refers to a list under the key origins of a \
                                       CrossOriginConfig configuration; define the list there";

/// Returns the name of the list, if the text begins with `@`. Origins never begin with `@`.
pub(crate) fn list_name(text: &str) -> Option<&str> {
    text.strip_prefix('@')
}
