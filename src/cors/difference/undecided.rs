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

/// A regular expression or a predicate of a rule. Its set of origins is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OpaqueMatcher<'a> {
    Regex(&'a str),
    /// The identity of a predicate.
    Predicate(usize),
}

/// A class of origins that the patterns of two policies treat alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MatchClass {
    /// The first rules whose patterns match the origins.
    matched: RulePair,
    is_insecure: bool,
    is_file: bool,
}

/// Two rules that may decide about the same origin. Both rules match, and no earlier rule does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UndecidedPair<'a> {
    pub(super) pair: RulePair,
    /// One of these matches, if one matcher can select both rules. Empty if patterns suffice.
    pub(super) required: BTreeSet<OpaqueMatcher<'a>>,
    /// These do not match.
    pub(super) excluded: BTreeSet<OpaqueMatcher<'a>>,
}

/// The expressions and predicates of two policies.
pub(super) struct OpaqueMatchers<'a> {
    old: Vec<RuleMatchers<'a>>,
    new: Vec<RuleMatchers<'a>>,
}

#[derive(Default)]
struct RuleMatchers<'a> {
    opaque: BTreeSet<OpaqueMatcher<'a>>,
    /// The matchers that may match an insecure origin.
    insecure: BTreeSet<OpaqueMatcher<'a>>,
    /// The matchers that may match `file://`.
    file: BTreeSet<OpaqueMatcher<'a>>,
}

impl<'a> OpaqueMatchers<'a> {
    pub(super) fn new(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        let all = |policy: &'a CompiledPolicy| policy.rules.iter().map(RuleMatchers::new).collect();
        Self { old: all(old), new: all(new) }
    }

    /// Returns the pairs of rules that may decide about an origin of this class.
    ///
    /// Each opaque matcher may match or not. Pairs without opaque matchers are omitted.
    pub(super) fn undecided_pairs(&self, class: MatchClass) -> Vec<UndecidedPair<'a>> {
        let (old, new) = (
            entries(&self.old, class.matched.0, class),
            entries(&self.new, class.matched.1, class),
        );
        let mut undecided_pairs = Vec::new();
        let mut before_old = BTreeSet::new();
        for old in &old {
            let mut excluded = before_old.clone();
            for new in &new {
                let remaining = [old, new].map(|entry| entry.remaining_matchers(&excluded));
                if let [Some(by_old), Some(by_new)] = &remaining {
                    let common = by_old & by_new;
                    let required = if common.is_empty() { by_old | by_new } else { common };
                    if !required.is_empty() || !excluded.is_empty() {
                        let pair = (old.rule, new.rule);
                        undecided_pairs.push(UndecidedPair {
                            pair,
                            required,
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

    /// Returns the first rules with this matcher.
    pub(super) fn rules(&self, matcher: OpaqueMatcher<'_>) -> RulePair {
        let first = |rules: &[RuleMatchers<'_>]| {
            rules.iter().position(|rule| rule.opaque.iter().any(|one| *one == matcher))
        };
        (first(&self.old), first(&self.new))
    }

    /// Returns whether only one of the policies has this matcher.
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
    /// Returns the class of an origin. The origin must not be opaque.
    pub(super) fn new(origin: &Origin<'_>, old: &CompiledPolicy, new: &CompiledPolicy) -> Self {
        let matched = |policy: &CompiledPolicy| {
            policy.rules.iter().position(|rule| has_pattern_for(rule, origin))
        };
        Self {
            matched: (matched(old), matched(new)),
            is_insecure: origin.is_insecure(),
            is_file: origin.is_file(),
        }
    }
}

impl<'a> RuleMatchers<'a> {
    fn new(rule: &'a CompiledRule) -> Self {
        match &rule.origins {
            OriginMatcher::AnyOrigin | OriginMatcher::AnyOriginWithCredentials { .. } => {
                Self::default()
            }
            OriginMatcher::Listed { origins, predicates, only_secure, no_files, .. } => {
                let regexes = origins.regexes().map(OpaqueMatcher::Regex);
                let predicates = predicates.identities().map(OpaqueMatcher::Predicate);
                let opaque: BTreeSet<OpaqueMatcher<'_>> = regexes.chain(predicates).collect();
                let may_be_insecure = |matcher: &&OpaqueMatcher<'_>| match matcher {
                    OpaqueMatcher::Regex(regex) => may_match_http(regex),
                    OpaqueMatcher::Predicate(_) => true,
                };
                let insecure = opaque.iter().filter(|_| !only_secure);
                let insecure = insecure.filter(may_be_insecure).copied().collect();
                let file = opaque.iter().filter(|_| !no_files).copied().collect();
                Self { opaque, insecure, file }
            }
        }
    }
}

/// A rule that may decide.
struct PossibleRule<'p, 'a> {
    rule: Option<usize>,
    /// The matchers that may select the rule. The last rule needs none.
    opaque: &'p BTreeSet<OpaqueMatcher<'a>>,
    is_last: bool,
}

impl<'a> PossibleRule<'_, 'a> {
    /// Returns the matchers that may select the rule if the excluded ones do not match.
    ///
    /// Returns `None` if nothing can select the rule.
    fn remaining_matchers(
        &self,
        excluded: &BTreeSet<OpaqueMatcher<'a>>,
    ) -> Option<BTreeSet<OpaqueMatcher<'a>>> {
        let remaining = self.opaque - excluded;
        (self.is_last || !remaining.is_empty()).then_some(remaining)
    }
}

/// Returns the rules that may decide about an origin of a class.
///
/// These are the first rule with a matching pattern, and earlier rules with opaque matchers.
fn entries<'p, 'a>(
    rules: &'p [RuleMatchers<'a>],
    matched: Option<usize>,
    class: MatchClass,
) -> Vec<PossibleRule<'p, 'a>> {
    let before = rules.iter().enumerate().take(matched.unwrap_or(rules.len()));
    let entries = before.filter_map(|(index, rule)| {
        let opaque = match class {
            MatchClass { is_insecure: true, .. } => &rule.insecure,
            MatchClass { is_file: true, .. } => &rule.file,
            MatchClass { .. } => &rule.opaque,
        };
        let entry = PossibleRule { rule: Some(index), opaque, is_last: false };
        (!opaque.is_empty()).then_some(entry)
    });
    entries.chain([PossibleRule { rule: matched, opaque: &NO_MATCHERS, is_last: true }]).collect()
}

fn has_pattern_for(rule: &CompiledRule, origin: &Origin<'_>) -> bool {
    match &rule.origins {
        OriginMatcher::AnyOrigin => true,
        OriginMatcher::AnyOriginWithCredentials { only_secure } => {
            origin.may_have_credentials(*only_secure)
        }
        OriginMatcher::Listed { origins, .. } => {
            matches!(origins.find(origin), Some(Member::Pattern(_)))
        }
    }
}

static NO_MATCHERS: BTreeSet<OpaqueMatcher<'static>> = BTreeSet::new();
