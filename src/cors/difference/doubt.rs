use std::collections::BTreeSet;

use super::evidence::Pair;
use crate::{
    cors::{
        compiled::Compiled,
        compiled_rule::{Audience, CompiledRule},
    },
    origin::{Member, Origin, may_match_http},
};

/// What rules cover beside their patterns: nobody knows for which origins it says yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unknown<'a> {
    Regex(&'a str),
    /// By its identity.
    Predicate(usize),
}

/// What the patterns of two policies say to an origin, which stands for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The rules whose patterns cover it.
    named: Pair,
    is_insecure: bool,
}

/// Two rules that may decide about the same origin: where each of the old and the new rule is entered,
/// and no earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Doubt<'a> {
    pub(super) pair: Pair,
    /// One of these says yes, if it can be one for both rules; none where patterns suffice.
    pub(super) needed: BTreeSet<Unknown<'a>>,
    /// None of these says yes.
    pub(super) excluded: BTreeSet<Unknown<'a>>,
}

/// The expressions and predicates of two policies.
pub(super) struct Unknowns<'a> {
    old: Vec<OfRule<'a>>,
    new: Vec<OfRule<'a>>,
}

#[derive(Default)]
struct OfRule<'a> {
    unknowns: BTreeSet<Unknown<'a>>,
    /// Those of them that may say yes to an insecure origin.
    of_insecure: BTreeSet<Unknown<'a>>,
}

impl<'a> Unknowns<'a> {
    pub(super) fn of(old: &'a Compiled, new: &'a Compiled) -> Self {
        let all = |policy: &'a Compiled| policy.rules.iter().map(OfRule::of).collect();
        Self { old: all(old), new: all(new) }
    }

    /// Every pair of rules that may decide about an origin of this place, if each unknown may say yes or
    /// no; those that patterns alone decide are not among them.
    pub(super) fn doubts(&self, place: Place) -> Vec<Doubt<'a>> {
        let (old, new) =
            (entries(&self.old, place.named.0, place), entries(&self.new, place.named.1, place));
        let mut doubts = Vec::new();
        let mut before_old = BTreeSet::new();
        for old in &old {
            let mut excluded = before_old.clone();
            for new in &new {
                let entered = [old, new].map(|entry| entry.entered_without(&excluded));
                if let [Some(by_old), Some(by_new)] = &entered {
                    let common = by_old & by_new;
                    let needed = if common.is_empty() { by_old | by_new } else { common };
                    if !needed.is_empty() || !excluded.is_empty() {
                        let pair = (old.rule, new.rule);
                        doubts.push(Doubt { pair, needed, excluded: excluded.clone() });
                    }
                }
                excluded.extend(new.unknowns.iter().copied());
            }
            before_old.extend(old.unknowns.iter().copied());
        }
        doubts
    }

    /// The first rules that have it.
    pub(super) fn rules(&self, unknown: Unknown<'_>) -> Pair {
        let first = |rules: &[OfRule<'_>]| {
            rules.iter().position(|rule| rule.unknowns.iter().any(|one| *one == unknown))
        };
        (first(&self.old), first(&self.new))
    }

    /// Whether only one of the policies has it.
    pub(super) fn is_one_sided(&self, unknown: Unknown<'_>) -> bool {
        !matches!(self.rules(unknown), (Some(_), Some(_)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub(super) fn has_predicates(&self) -> bool {
        self.all().any(|unknown| matches!(unknown, Unknown::Predicate(_)))
    }

    fn all(&self) -> impl Iterator<Item = Unknown<'a>> {
        self.old.iter().chain(&self.new).flat_map(|rule| rule.unknowns.iter().copied())
    }
}

impl Place {
    /// That of an origin which is not opaque.
    pub(super) fn of(origin: &Origin<'_>, old: &Compiled, new: &Compiled) -> Self {
        let named = |policy: &Compiled| policy.rules.iter().position(|rule| names(rule, origin));
        Self { named: (named(old), named(new)), is_insecure: origin.is_insecure() }
    }
}

impl<'a> OfRule<'a> {
    fn of(rule: &'a CompiledRule) -> Self {
        match &rule.audience {
            Audience::AnyOrigin => Self::default(),
            Audience::Listed { origins, predicates, only_secure, .. } => {
                let regexes = origins.regexes().map(Unknown::Regex);
                let predicates = predicates.identities().map(Unknown::Predicate);
                let unknowns: BTreeSet<Unknown<'_>> = regexes.chain(predicates).collect();
                let may_be_insecure = |unknown: &&Unknown<'_>| match unknown {
                    Unknown::Regex(regex) => may_match_http(regex),
                    Unknown::Predicate(_) => true,
                };
                let of_insecure = unknowns.iter().filter(|_| !only_secure);
                let of_insecure = of_insecure.filter(may_be_insecure).copied().collect();
                Self { unknowns, of_insecure }
            }
        }
    }
}

/// A rule that may decide.
struct Entry<'p, 'a> {
    rule: Option<usize>,
    /// What lets it decide; nothing has to where it stands last.
    unknowns: &'p BTreeSet<Unknown<'a>>,
    is_last: bool,
}

impl<'a> Entry<'_, 'a> {
    /// What may let it decide if none of these does; `None` if nothing is left.
    fn entered_without(&self, excluded: &BTreeSet<Unknown<'a>>) -> Option<BTreeSet<Unknown<'a>>> {
        let left = self.unknowns - excluded;
        (self.is_last || !left.is_empty()).then_some(left)
    }
}

/// The rules that may decide about an origin of a place: those before the one that names it which have
/// unknowns, and that one, or none.
fn entries<'p, 'a>(
    rules: &'p [OfRule<'a>],
    named: Option<usize>,
    place: Place,
) -> Vec<Entry<'p, 'a>> {
    let before = rules.iter().enumerate().take(named.unwrap_or(rules.len()));
    let entries = before.filter_map(|(index, rule)| {
        let unknowns = if place.is_insecure { &rule.of_insecure } else { &rule.unknowns };
        let entry = Entry { rule: Some(index), unknowns, is_last: false };
        (!unknowns.is_empty()).then_some(entry)
    });
    entries.chain([Entry { rule: named, unknowns: &NOTHING, is_last: true }]).collect()
}

fn names(rule: &CompiledRule, origin: &Origin<'_>) -> bool {
    match &rule.audience {
        Audience::AnyOrigin => true,
        Audience::Listed { origins, .. } => {
            matches!(origins.find(origin), Some(Member::Pattern(_)))
        }
    }
}

static NOTHING: BTreeSet<Unknown<'static>> = BTreeSet::new();
