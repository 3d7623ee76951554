use std::collections::{BTreeMap, BTreeSet, HashMap};

use http::{HeaderValue, Request, header::ORIGIN};

use super::{
    change::{Change, ChangeKind, Subject},
    rule_changes::rule_changes,
    samples::{Pattern, Patterns, Representatives},
    undecided::{MatchClass, OpaqueMatcher, OpaqueMatchers, RulePair, UndecidedPair},
};
use crate::{
    RequestHead,
    cors::{origin_matcher::OriginMatcher, policy::CompiledPolicy},
    origin::{FILE_ORIGIN, Origin, matching_origins},
};

/// A comparison of two policies by sample origins that represent all others.
pub(super) struct Comparison<'a> {
    old: &'a CompiledPolicy,
    new: &'a CompiledPolicy,
    opaque: OpaqueMatchers<'a>,
    observed: ObservedChanges<'a>,
    /// The classes of origins for which an expression or a predicate may decide.
    classes: BTreeSet<MatchClass>,
    request: Request<()>,
}

impl<'a> Comparison<'a> {
    pub(super) fn changes(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Vec<Change> {
        let mut this = Self {
            old,
            new,
            opaque: OpaqueMatchers::new(old, new),
            observed: ObservedChanges::new(old, new),
            classes: BTreeSet::new(),
            request: Request::new(()),
        };
        let patterns = Patterns::new(old, new);
        let representatives = Representatives::new(&patterns);
        representatives.for_each(|pattern, origins| this.sample(pattern, origins));
        let unlisted =
            ["https", "http"].into_iter().filter_map(|scheme| patterns.unlisted_origin(scheme));
        let unlisted: Vec<String> = unlisted.collect();
        for origin in &unlisted {
            this.add_class(origin);
        }
        this.sample_without_pattern(&unlisted, Rank::Unlisted, None);
        this.sample_without_pattern(&["null".to_owned()], Rank::Null, None);
        // Only an expression or a predicate can match `file://` without listing it.
        if !this.opaque.is_empty() && !patterns.has_file() {
            this.sample_without_pattern(&[FILE_ORIGIN.to_owned()], Rank::Null, None);
        }

        let undecided_pairs = this.undecided_pairs();
        let observed = this.sample_regexes(&undecided_pairs);
        let mut changes = this.undecided_changes(&undecided_pairs, &observed);
        changes.extend(this.observed.into_changes());
        let settings = old.settings.file_values().into_iter().zip(new.settings.file_values());
        for ((setting, old), (_, new)) in settings.filter(|((_, old), (_, new))| old != new) {
            changes.push(change(ChangeKind::Setting { setting, old, new }, (None, None)));
        }
        changes.sort_by(|one, other| {
            let rules = |change: &Change| (change.new_rule, change.old_rule);
            (&one.kind, rules(one)).cmp(&(&other.kind, rules(other)))
        });
        // Two predicates of a rule are reported once.
        changes.dedup();
        changes
    }

    /// Samples origins of a pattern. The pattern counts once for each pair of rules that decide about them.
    fn sample(&mut self, pattern: &Pattern<'_>, origins: &[String]) {
        let mut pairs: BTreeMap<RulePair, &str> = BTreeMap::new();
        for origin in origins {
            if let Some(pair) = self.find_pair(origin) {
                pairs.entry(pair).or_insert(origin);
            }
            // The lookup above already evaluated the expressions for an exact origin.
            if !pattern.parts.is_exact() || self.opaque.has_predicates() {
                self.add_class(origin);
            }
        }
        let rank = if pattern.parts.is_exact() { Rank::Exact } else { Rank::Wildcard };
        for (pair, example) in pairs {
            if self.observed.differ(pair) {
                self.observed.add(pair, rank, example, Some(&pattern.parts.to_string()));
            }
        }
    }

    fn add_class(&mut self, origin: &str) {
        if self.opaque.is_empty() {
            return;
        }
        if let Ok(origin) = Origin::parse(origin.as_bytes()) {
            self.classes.insert(MatchClass::new(&origin, self.old, self.new));
        }
    }

    /// Samples origins without a pattern, and returns the pairs of rules that decide about them.
    fn sample_without_pattern(
        &mut self,
        origins: &[String],
        rank: Rank,
        regex: Option<&str>,
    ) -> BTreeSet<RulePair> {
        let mut seen = BTreeSet::new();
        for origin in origins {
            if let Some(pair) = self.find_pair(origin).filter(|pair| seen.insert(*pair)) {
                self.observed.add(pair, rank, origin, regex);
            }
        }
        seen
    }

    /// Returns the rules that decide about an origin, with the code that decides about requests.
    fn find_pair(&mut self, origin: &str) -> Option<RulePair> {
        let value = HeaderValue::from_str(origin).ok()?;
        self.request.headers_mut().insert(ORIGIN, value.clone());
        let head = RequestHead::from(&self.request);
        let deciding_rule = |policy: &CompiledPolicy| {
            policy.rules.iter().position(|rule| rule.origins.matches(&value, &head))
        };
        Some((deciding_rule(self.old), deciding_rule(self.new)))
    }

    /// Returns the pairs of different rules that opaque matchers may select.
    fn undecided_pairs(&mut self) -> BTreeSet<UndecidedPair<'a>> {
        let classes = self.classes.iter();
        let all: BTreeSet<UndecidedPair<'a>> =
            classes.flat_map(|class| self.opaque.undecided_pairs(*class)).collect();
        all.into_iter().filter(|undecided_pair| self.observed.differ(undecided_pair.pair)).collect()
    }

    /// Samples origins that expressions match, and returns the pairs that decide about them.
    fn sample_regexes(
        &mut self,
        undecided_pairs: &BTreeSet<UndecidedPair<'a>>,
    ) -> BTreeSet<(RulePair, OpaqueMatcher<'a>)> {
        let required: BTreeSet<OpaqueMatcher<'a>> = undecided_pairs
            .iter()
            .flat_map(|undecided_pair| undecided_pair.required.iter().copied())
            .collect();
        let mut observed = BTreeSet::new();
        for matcher in required {
            if let OpaqueMatcher::Regex(regex) = matcher {
                let origins = matching_origins(regex);
                let pairs = self.sample_without_pattern(&origins, Rank::Regex, Some(regex));
                observed.extend(pairs.into_iter().map(|pair| (pair, matcher)));
            }
        }
        observed
    }

    /// Returns the changes that depend on opaque matchers.
    fn undecided_changes(
        &self,
        undecided_pairs: &BTreeSet<UndecidedPair<'a>>,
        observed: &BTreeSet<(RulePair, OpaqueMatcher<'a>)>,
    ) -> Vec<Change> {
        let is_one_sided = |matcher: &OpaqueMatcher<'a>| self.opaque.is_one_sided(*matcher);
        let mut opaque: BTreeSet<OpaqueMatcher<'a>> = BTreeSet::new();
        for UndecidedPair { pair, required, excluded } in undecided_pairs {
            let is_found = self.observed.has(*pair);
            let others = || excluded.iter().copied().filter(is_one_sided);
            if required.is_empty() {
                if !is_found {
                    let all = others().next().is_none().then_some(excluded);
                    opaque.extend(others().chain(all.into_iter().flatten().copied()));
                }
                continue;
            }
            let is_decided = |matcher: &OpaqueMatcher<'a>| match matcher {
                OpaqueMatcher::Predicate(_) if is_one_sided(matcher) => false,
                OpaqueMatcher::Regex(_) if is_one_sided(matcher) => {
                    observed.contains(&(*pair, *matcher))
                }
                // All matchers that the two rules share have the same changes.
                _ => is_found,
            };
            opaque.extend(required.iter().filter(|matcher| !is_decided(matcher)));
            // One expression replaces another. One sampled origin does not decide about the other origins.
            if required.iter().any(is_one_sided) && others().next().is_some() {
                opaque.extend(required.iter().copied().chain(others()));
            }
        }
        let changes = opaque.into_iter().map(|matcher| {
            let kind = match matcher {
                OpaqueMatcher::Regex(regex) => {
                    ChangeKind::UndecidedRegex { regex: regex.to_owned() }
                }
                OpaqueMatcher::Predicate(_) => ChangeKind::UndecidedPredicate,
            };
            change(kind, self.opaque.rules(matcher))
        });
        changes.collect()
    }
}

fn change(kind: ChangeKind, (old_rule, new_rule): RulePair) -> Change {
    Change { kind, old_rule, new_rule, subject: None, paths: Vec::new() }
}

/// The observed changes for origins about which two different rules decide.
struct ObservedChanges<'a> {
    old: &'a CompiledPolicy,
    new: &'a CompiledPolicy,
    /// The changes for each observed pair.
    changes: HashMap<RulePair, Vec<ChangeKind>>,
    subjects: BTreeMap<Case, (Rank, Subject)>,
}

/// A pair of rules. `null` and `file://` are a separate case, since many pages have these origins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    pair: RulePair,
    is_null: bool,
}

/// The source of a sample origin, the most informative source first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The origin represents all origins without a pattern.
    Any,
    /// The origin is listed.
    Exact,
    /// The origin matches a pattern for several origins.
    Wildcard,
    Regex,
    /// The origin matches no pattern.
    Unlisted,
    /// The origin is `null` or `file://`.
    Null,
}

impl<'a> ObservedChanges<'a> {
    fn new(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        Self { old, new, changes: HashMap::new(), subjects: BTreeMap::new() }
    }

    /// Returns whether anything changes if one of these rules replaces the other.
    fn differ(&mut self, pair: RulePair) -> bool {
        let (old, new) = (self.old, self.new);
        let rule = |policy: &'a CompiledPolicy, index: Option<usize>| policy.rules.get(index?);
        let changes = || rule_changes(rule(old, pair.0), rule(new, pair.1));
        !self.changes.entry(pair).or_insert_with(changes).is_empty()
    }

    /// Adds an origin about which these rules decide.
    fn add(&mut self, pair: RulePair, rank: Rank, example: &str, pattern: Option<&str>) {
        if !self.differ(pair) {
            return;
        }
        let origins = |policy: &'a CompiledPolicy, index: Option<usize>| {
            index.and_then(|index| policy.rules.get(index)).map(|rule| &rule.origins)
        };
        let origins = [origins(self.old, pair.0), origins(self.new, pair.1)];
        let mut origins = origins.into_iter().flatten();
        let is_for_any_origin = origins.clone().any(OriginMatcher::is_for_any_origin);
        let (rank, pattern) = match rank {
            Rank::Unlisted if is_for_any_origin => (Rank::Any, Some("*")),
            _ => (rank, pattern),
        };
        // With credentials, a rule for any origin does not match `null`.
        let is_for_null = origins.any(OriginMatcher::is_any);
        let case = Case { pair, is_null: rank == Rank::Null && !is_for_null };
        let subject = || Subject {
            example: example.to_owned(),
            pattern: pattern.map(str::to_owned),
            patterns: 0,
        };
        let (best, known) = self.subjects.entry(case).or_insert_with(|| (rank, subject()));
        if rank < *best {
            *best = rank;
            *known = Subject { patterns: known.patterns, ..subject() };
        }
        known.patterns += usize::from(pattern.is_some());
    }

    /// Returns whether an origin other than `null` was found.
    fn has(&self, pair: RulePair) -> bool {
        self.subjects.contains_key(&Case { pair, is_null: false })
    }

    fn into_changes(self) -> Vec<Change> {
        let Self { changes: by_pair, subjects, .. } = self;
        let mut changes = Vec::new();
        for (Case { pair, .. }, (_, subject)) in subjects {
            for kind in by_pair.get(&pair).into_iter().flatten() {
                let (old_rule, new_rule) = pair;
                let (kind, subject) = (kind.clone(), Some(subject.clone()));
                changes.push(Change { kind, old_rule, new_rule, subject, paths: Vec::new() });
            }
        }
        changes
    }
}
