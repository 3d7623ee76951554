use std::collections::BTreeSet;

use crate::{
    cors::{
        origin_matcher::OriginMatcher,
        policy::{CompiledPolicy, CompiledRule},
    },
    origin::{Member, Origin, may_match_http},
};

/// The rules of the old and the new policy that decide about an origin.
pub(super) type RulePair = (Option<usize>, Option<usize>);

/// An expression or a predicate of a rule. For which origins it matches is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OpaqueMatcher<'a> {
    Regex(&'a str),
    /// By its identity.
    Predicate(usize),
}

/// What the patterns of two policies say to an origin, which stands for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MatchClass {
    /// The rules whose patterns cover it.
    named: RulePair,
    is_insecure: bool,
}

/// Two rules that may decide about the same origin: where each of the old and the new rule is entered,
/// and no earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UndecidedPair<'a> {
    pub(super) pair: RulePair,
    /// One of these says yes, if it can be one for both rules; none where patterns suffice.
    pub(super) needed: BTreeSet<OpaqueMatcher<'a>>,
    /// None of these says yes.
    pub(super) excluded: BTreeSet<OpaqueMatcher<'a>>,
}

/// The expressions and predicates of two policies.
pub(super) struct OpaqueMatchers<'a> {
    old: Vec<OfRule<'a>>,
    new: Vec<OfRule<'a>>,
}

#[derive(Default)]
struct OfRule<'a> {
    opaque: BTreeSet<OpaqueMatcher<'a>>,
    /// Those of them that may say yes to an insecure origin.
    of_insecure: BTreeSet<OpaqueMatcher<'a>>,
}

impl<'a> OpaqueMatchers<'a> {
    pub(super) fn of(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        let all = |policy: &'a CompiledPolicy| policy.rules.iter().map(OfRule::of).collect();
        Self { old: all(old), new: all(new) }
    }

    /// Returns every pair of rules that may decide about an origin of this class, if each opaque matcher may
    /// match or not. Pairs that patterns alone decide are left out.
    pub(super) fn undecided_pairs(&self, class: MatchClass) -> Vec<UndecidedPair<'a>> {
        let (old, new) =
            (entries(&self.old, class.named.0, class), entries(&self.new, class.named.1, class));
        let mut undecided_pairs = Vec::new();
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
                        undecided_pairs.push(UndecidedPair {
                            pair,
                            needed,
                            excluded: excluded.clone(),
                        });
                    }
                }
                excluded.extend(new.opaque.iter().copied());
            }
            before_old.extend(old.opaque.iter().copied());
        }
        undecided_pairs
    }

    /// The first rules that have it.
    pub(super) fn rules(&self, matcher: OpaqueMatcher<'_>) -> RulePair {
        let first = |rules: &[OfRule<'_>]| {
            rules.iter().position(|rule| rule.opaque.iter().any(|one| *one == matcher))
        };
        (first(&self.old), first(&self.new))
    }

    /// Whether only one of the policies has it.
    pub(super) fn is_one_sided(&self, matcher: OpaqueMatcher<'_>) -> bool {
        !matches!(self.rules(matcher), (Some(_), Some(_)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub(super) fn has_predicates(&self) -> bool {
        self.all().any(|matcher| matches!(matcher, OpaqueMatcher::Predicate(_)))
    }

    fn all(&self) -> impl Iterator<Item = OpaqueMatcher<'a>> {
        self.old.iter().chain(&self.new).flat_map(|rule| rule.opaque.iter().copied())
    }
}

impl MatchClass {
    /// That of an origin which is not opaque.
    pub(super) fn of(origin: &Origin<'_>, old: &CompiledPolicy, new: &CompiledPolicy) -> Self {
        let named =
            |policy: &CompiledPolicy| policy.rules.iter().position(|rule| names(rule, origin));
        Self { named: (named(old), named(new)), is_insecure: origin.is_insecure() }
    }
}

impl<'a> OfRule<'a> {
    fn of(rule: &'a CompiledRule) -> Self {
        match &rule.origins {
            OriginMatcher::AnyOrigin => Self::default(),
            OriginMatcher::Listed { origins, predicates, only_secure, .. } => {
                let regexes = origins.regexes().map(OpaqueMatcher::Regex);
                let predicates = predicates.identities().map(OpaqueMatcher::Predicate);
                let opaque: BTreeSet<OpaqueMatcher<'_>> = regexes.chain(predicates).collect();
                let may_be_insecure = |matcher: &&OpaqueMatcher<'_>| match matcher {
                    OpaqueMatcher::Regex(regex) => may_match_http(regex),
                    OpaqueMatcher::Predicate(_) => true,
                };
                let of_insecure = opaque.iter().filter(|_| !only_secure);
                let of_insecure = of_insecure.filter(may_be_insecure).copied().collect();
                Self { opaque, of_insecure }
            }
        }
    }
}

/// A rule that may decide.
struct Entry<'p, 'a> {
    rule: Option<usize>,
    /// What lets it decide; nothing has to where it stands last.
    opaque: &'p BTreeSet<OpaqueMatcher<'a>>,
    is_last: bool,
}

impl<'a> Entry<'_, 'a> {
    /// What may let it decide if none of these does; `None` if nothing is left.
    fn entered_without(
        &self,
        excluded: &BTreeSet<OpaqueMatcher<'a>>,
    ) -> Option<BTreeSet<OpaqueMatcher<'a>>> {
        let left = self.opaque - excluded;
        (self.is_last || !left.is_empty()).then_some(left)
    }
}

/// The rules that may decide about an origin of a class: those before the one that names it which have
/// opaque, and that one, or none.
fn entries<'p, 'a>(
    rules: &'p [OfRule<'a>],
    named: Option<usize>,
    class: MatchClass,
) -> Vec<Entry<'p, 'a>> {
    let before = rules.iter().enumerate().take(named.unwrap_or(rules.len()));
    let entries = before.filter_map(|(index, rule)| {
        let opaque = if class.is_insecure { &rule.of_insecure } else { &rule.opaque };
        let entry = Entry { rule: Some(index), opaque, is_last: false };
        (!opaque.is_empty()).then_some(entry)
    });
    entries.chain([Entry { rule: named, opaque: &NOTHING, is_last: true }]).collect()
}

fn names(rule: &CompiledRule, origin: &Origin<'_>) -> bool {
    match &rule.origins {
        OriginMatcher::AnyOrigin => true,
        OriginMatcher::Listed { origins, .. } => {
            matches!(origins.find(origin), Some(Member::Pattern(_)))
        }
    }
}

static NOTHING: BTreeSet<OpaqueMatcher<'static>> = BTreeSet::new();
