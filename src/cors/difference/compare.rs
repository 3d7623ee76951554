use std::collections::{BTreeMap, BTreeSet, HashMap};

use http::{HeaderValue, Request, header::ORIGIN};

use super::{
    change::{Change, ChangeKind, Subject},
    rule_changes::changed,
    samples::{Pattern, Patterns, Representatives},
    undecided::{MatchClass, OpaqueMatcher, OpaqueMatchers, RulePair, UndecidedPair},
};
use crate::{
    RequestHead,
    cors::policy::CompiledPolicy,
    origin::{Origin, matching_origins},
};

/// Compares two policies by sample origins that stand for all others.
pub(super) struct Comparison<'a> {
    old: &'a CompiledPolicy,
    new: &'a CompiledPolicy,
    opaque: OpaqueMatchers<'a>,
    observed: ObservedChanges<'a>,
    /// The classes of origins in which an expression or a predicate may decide.
    classes: BTreeSet<MatchClass>,
    request: Request<()>,
}

impl<'a> Comparison<'a> {
    pub(super) fn changes(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Vec<Change> {
        let mut this = Self {
            old,
            new,
            opaque: OpaqueMatchers::of(old, new),
            observed: ObservedChanges::new(old, new),
            classes: BTreeSet::new(),
            request: Request::new(()),
        };
        let patterns = Patterns::of(old, new);
        let representatives = Representatives::of(&patterns);
        representatives.for_each(|pattern, origins| this.sample(pattern, origins));
        let unnamed = ["https", "http"].into_iter().filter_map(|scheme| patterns.unnamed(scheme));
        let unnamed: Vec<String> = unnamed.collect();
        for origin in &unnamed {
            this.note_class(origin);
        }
        this.sample_unwritten(&unnamed, Rank::Unnamed, None);
        this.sample_unwritten(&["null".to_owned()], Rank::Null, None);

        let undecided_pairs = this.undecided_pairs();
        let met = this.find_witnesses(&undecided_pairs);
        let mut changes = this.undecided(&undecided_pairs, &met);
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

    /// A pattern is counted once for each pair of rules that decide about its origins.
    fn sample(&mut self, pattern: &Pattern<'_>, origins: &[String]) {
        let mut deciding: BTreeMap<RulePair, &str> = BTreeMap::new();
        for origin in origins {
            if let Some(pair) = self.ask(origin) {
                deciding.entry(pair).or_insert(origin);
            }
            // An exact origin stands for itself: what an expression says of it, the answer shows.
            if !pattern.parts.is_exact() || self.opaque.has_predicates() {
                self.note_class(origin);
            }
        }
        let rank = if pattern.parts.is_exact() { Rank::Exact } else { Rank::Family };
        for (pair, witness) in deciding {
            if self.observed.differ(pair) {
                self.observed.add(pair, rank, witness, Some(&pattern.parts.to_string()));
            }
        }
    }

    fn note_class(&mut self, origin: &str) {
        if self.opaque.is_empty() {
            return;
        }
        if let Ok(origin) = Origin::parse(origin.as_bytes()) {
            self.classes.insert(MatchClass::of(&origin, self.old, self.new));
        }
    }

    /// The pairs of rules that decide, one origin of each being kept.
    fn sample_unwritten(
        &mut self,
        origins: &[String],
        rank: Rank,
        regex: Option<&str>,
    ) -> BTreeSet<RulePair> {
        let mut seen = BTreeSet::new();
        for origin in origins {
            if let Some(pair) = self.ask(origin).filter(|pair| seen.insert(*pair)) {
                self.observed.add(pair, rank, origin, regex);
            }
        }
        seen
    }

    /// The rules that decide, by the code that decides about requests.
    fn ask(&mut self, origin: &str) -> Option<RulePair> {
        let value = HeaderValue::from_str(origin).ok()?;
        self.request.headers_mut().insert(ORIGIN, value.clone());
        let head = RequestHead::from(&self.request);
        let deciding = |policy: &CompiledPolicy| {
            policy.rules.iter().position(|rule| rule.origins.matches(&value, &head))
        };
        Some((deciding(self.old), deciding(self.new)))
    }

    /// The pairs that do not grant the same, and that it depends on opaque to meet.
    fn undecided_pairs(&mut self) -> BTreeSet<UndecidedPair<'a>> {
        let classes = self.classes.iter();
        let all: BTreeSet<UndecidedPair<'a>> =
            classes.flat_map(|class| self.opaque.undecided_pairs(*class)).collect();
        all.into_iter().filter(|undecided_pair| self.observed.differ(undecided_pair.pair)).collect()
    }

    /// Asks about origins that expressions are found to admit, and tells which pairs decide about them.
    fn find_witnesses(
        &mut self,
        undecided_pairs: &BTreeSet<UndecidedPair<'a>>,
    ) -> BTreeSet<(RulePair, OpaqueMatcher<'a>)> {
        let needed: BTreeSet<OpaqueMatcher<'a>> = undecided_pairs
            .iter()
            .flat_map(|undecided_pair| undecided_pair.needed.iter().copied())
            .collect();
        let mut met = BTreeSet::new();
        for matcher in needed {
            if let OpaqueMatcher::Regex(regex) = matcher {
                let origins = matching_origins(regex);
                let pairs = self.sample_unwritten(&origins, Rank::Regex, Some(regex));
                met.extend(pairs.into_iter().map(|pair| (pair, matcher)));
            }
        }
        met
    }

    /// The opaque on which it depends whether pairs are met.
    fn undecided(
        &self,
        undecided_pairs: &BTreeSet<UndecidedPair<'a>>,
        met: &BTreeSet<(RulePair, OpaqueMatcher<'a>)>,
    ) -> Vec<Change> {
        let is_one_sided = |matcher: &OpaqueMatcher<'a>| self.opaque.is_one_sided(*matcher);
        let mut opaque: BTreeSet<OpaqueMatcher<'a>> = BTreeSet::new();
        for UndecidedPair { pair, needed, excluded } in undecided_pairs {
            let is_found = self.observed.has(*pair);
            let others = || excluded.iter().copied().filter(is_one_sided);
            if needed.is_empty() {
                if !is_found {
                    let all = others().next().is_none().then_some(excluded);
                    opaque.extend(others().chain(all.into_iter().flatten().copied()));
                }
                continue;
            }
            let is_decided = |matcher: &OpaqueMatcher<'a>| match matcher {
                OpaqueMatcher::Predicate(_) if is_one_sided(matcher) => false,
                OpaqueMatcher::Regex(_) if is_one_sided(matcher) => {
                    met.contains(&(*pair, *matcher))
                }
                // All that the two rules have in common changes alike.
                _ => is_found,
            };
            opaque.extend(needed.iter().filter(|matcher| !is_decided(matcher)));
            // One expression in class of another: that an origin was found says nothing of the rest.
            if needed.iter().any(is_one_sided) && others().next().is_some() {
                opaque.extend(needed.iter().copied().chain(others()));
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
    Change { kind, old_rule, new_rule, subject: None }
}

/// What is known of the origins about which two rules decide, where these do not grant the same.
struct ObservedChanges<'a> {
    old: &'a CompiledPolicy,
    new: &'a CompiledPolicy,
    /// What changes for each pair that was met.
    changed: HashMap<RulePair, Vec<ChangeKind>>,
    found: BTreeMap<Case, (Rank, Subject)>,
}

/// `null` is nearly every page there is, and therefore told apart from origins that have a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    pair: RulePair,
    is_null: bool,
}

/// Where an origin comes from; what tells most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
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

impl<'a> ObservedChanges<'a> {
    fn new(old: &'a CompiledPolicy, new: &'a CompiledPolicy) -> Self {
        Self { old, new, changed: HashMap::new(), found: BTreeMap::new() }
    }

    /// Whether anything changes where one of these rules decides in class of the other.
    fn differ(&mut self, pair: RulePair) -> bool {
        let (old, new) = (self.old, self.new);
        let rule = |policy: &'a CompiledPolicy, index: Option<usize>| policy.rules.get(index?);
        let changes = || changed(rule(old, pair.0), rule(new, pair.1));
        !self.changed.entry(pair).or_insert_with(changes).is_empty()
    }

    /// An origin about which these rules decide.
    fn add(&mut self, pair: RulePair, rank: Rank, witness: &str, pattern: Option<&str>) {
        if !self.differ(pair) {
            return;
        }
        let is_any = |policy: &CompiledPolicy, index: Option<usize>| {
            index.and_then(|index| policy.rules.get(index)).is_some_and(|it| it.origins.is_any())
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
    fn has(&self, pair: RulePair) -> bool {
        self.found.contains_key(&Case { pair, is_null: false })
    }

    fn into_changes(self) -> Vec<Change> {
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
