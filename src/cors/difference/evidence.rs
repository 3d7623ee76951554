use std::collections::{BTreeMap, HashMap};

use super::{Change, ChangeKind, change::Subject, changed::changed};
use crate::cors::compiled::Compiled;

/// The rules of the old and the new policy that decide about an origin.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// What is known of the origins about which two rules decide, where these do not grant the same.
pub(super) struct Evidence<'a> {
    old: &'a Compiled,
    new: &'a Compiled,
    /// What changes for each pair that was met.
    changed: HashMap<Pair, Vec<ChangeKind>>,
    found: BTreeMap<Case, (Rank, Subject)>,
}

/// `null` is nearly every page there is, and therefore told apart from origins that have a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    pair: Pair,
    is_null: bool,
}

/// Where an origin comes from; what tells most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It stands for every one that no pattern names.
    Any,
    /// It is written so.
    Exact,
    /// A pattern for many origins covers it.
    Family,
    Regex,
    /// No pattern covers it.
    Unnamed,
    Null,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(old: &'a Compiled, new: &'a Compiled) -> Self {
        Self { old, new, changed: HashMap::new(), found: BTreeMap::new() }
    }

    /// Whether anything changes where one of these rules decides in place of the other.
    pub(super) fn differ(&mut self, pair: Pair) -> bool {
        let (old, new) = (self.old, self.new);
        let rule = |policy: &'a Compiled, index: Option<usize>| policy.rules.get(index?);
        let changes = || changed(rule(old, pair.0), rule(new, pair.1));
        !self.changed.entry(pair).or_insert_with(changes).is_empty()
    }

    /// An origin about which these rules decide.
    pub(super) fn add(&mut self, pair: Pair, rank: Rank, witness: &str, pattern: Option<&str>) {
        if !self.differ(pair) {
            return;
        }
        let is_any = |policy: &Compiled, index: Option<usize>| {
            index.and_then(|index| policy.rules.get(index)).is_some_and(|it| it.audience.is_any())
        };
        let is_any = is_any(self.old, pair.0) || is_any(self.new, pair.1);
        let (rank, pattern) = match rank {
            Rank::Unnamed if is_any => (Rank::Any, Some("*")),
            _ => (rank, pattern),
        };
        let case = Case { pair, is_null: rank == Rank::Null && !is_any };
        let subject = || Subject {
            witness: witness.to_owned(),
            pattern: pattern.map(str::to_owned),
            patterns: 0,
        };
        let (best, known) = self.found.entry(case).or_insert_with(|| (rank, subject()));
        if rank < *best {
            *best = rank;
            *known = Subject { patterns: known.patterns, ..subject() };
        }
        known.patterns += usize::from(pattern.is_some());
    }

    /// Whether an origin with a name was found.
    pub(super) fn has(&self, pair: Pair) -> bool {
        self.found.contains_key(&Case { pair, is_null: false })
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        let Self { changed, found, .. } = self;
        let mut changes = Vec::new();
        for (Case { pair, .. }, (_, subject)) in found {
            for kind in changed.get(&pair).into_iter().flatten() {
                let (old_rule, new_rule) = pair;
                let (kind, subject) = (kind.clone(), Some(subject.clone()));
                changes.push(Change { kind, old_rule, new_rule, subject });
            }
        }
        changes
    }
}
