use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use super::{pattern::ParsedPattern, set::OriginSet, suggest::OriginPatternError};

/// Sets of origins by their names, for configurations that hold each list once and name it where it is
/// needed, as `@partners`.
#[derive(Debug, Default)]
pub(crate) struct NamedOrigins {
    pub(crate) sets: HashMap<String, OriginSet>,
    /// Those that were asked for.
    pub(crate) named: RefCell<HashSet<String>>,
}

impl NamedOrigins {
    pub(crate) fn get(&self, name: &str) -> Option<&OriginSet> {
        self.named.borrow_mut().insert(name.to_owned());
        self.sets.get(name)
    }

    /// The set of the patterns and of the lists that are written; what is neither goes to `fault`, with its
    /// place.
    pub(crate) fn set_of<'a>(
        &self,
        written: &'a [String],
        mut fault: impl FnMut(usize, &'a str, MemberFault),
    ) -> OriginSet {
        let mut set = OriginSet::default();
        for (index, text) in written.iter().enumerate() {
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

/// What is wrong with a member of a list of origins.
pub(crate) enum MemberFault {
    UnknownList,
    Origin(OriginPatternError),
}

/// The name of the list that a text among origins stands for; no origin begins so.
pub(crate) fn list_name(text: &str) -> Option<&str> {
    text.strip_prefix('@')
}
