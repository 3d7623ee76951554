use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderValue, Request, header::ORIGIN};

use super::{
    Change, ChangeKind,
    doubt::{Doubt, Place, Unknown, Unknowns},
    evidence::{Evidence, Pair, Rank},
    patterns::{Pattern, Patterns},
    representatives::Representatives,
};
use crate::{
    RequestHead,
    cors::compiled::Compiled,
    origin::{Origin, matching_origins},
};

/// Two policies are asked about origins that stand for all others.
pub(super) struct Comparison<'a> {
    old: &'a Compiled,
    new: &'a Compiled,
    unknowns: Unknowns<'a>,
    evidence: Evidence<'a>,
    /// Where unknowns may decide.
    places: BTreeSet<Place>,
    request: Request<()>,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(old: &'a Compiled, new: &'a Compiled) -> Vec<Change> {
        let mut this = Self {
            old,
            new,
            unknowns: Unknowns::of(old, new),
            evidence: Evidence::new(old, new),
            places: BTreeSet::new(),
            request: Request::new(()),
        };
        let patterns = Patterns::of(old, new);
        let representatives = Representatives::of(&patterns);
        representatives.for_each(|pattern, origins| this.look_at(pattern, origins));
        let unnamed = ["https", "http"].into_iter().filter_map(|scheme| patterns.unnamed(scheme));
        let unnamed: Vec<String> = unnamed.collect();
        for origin in &unnamed {
            this.note_place(origin);
        }
        this.look_at_unwritten(&unnamed, Rank::Unnamed, None);
        this.look_at_unwritten(&["null".to_owned()], Rank::Null, None);

        let doubts = this.doubts();
        let met = this.look_for_witnesses(&doubts);
        let mut changes = this.undecided(&doubts, &met);
        changes.extend(this.evidence.into_changes());
        let settings = old.settings.written().into_iter().zip(new.settings.written());
        for ((setting, old), (_, new)) in settings.filter(|((_, old), (_, new))| old != new) {
            changes.push(change(ChangeKind::Setting { setting, old, new }, (None, None)));
        }
        changes.sort_by(|one, other| {
            let place = |change: &Change| (change.new_rule, change.old_rule);
            (&one.kind, place(one)).cmp(&(&other.kind, place(other)))
        });
        // Two predicates of a rule are told once.
        changes.dedup();
        changes
    }

    /// A pattern is counted once for each pair of rules that decide about its origins.
    fn look_at(&mut self, pattern: &Pattern<'_>, origins: &[String]) {
        let mut deciding: BTreeMap<Pair, &str> = BTreeMap::new();
        for origin in origins {
            if let Some(pair) = self.ask(origin) {
                deciding.entry(pair).or_insert(origin);
            }
            // An exact origin stands for itself: what an expression says of it, the answer shows.
            if !pattern.parts.is_exact() || self.unknowns.has_predicates() {
                self.note_place(origin);
            }
        }
        let rank = if pattern.parts.is_exact() { Rank::Exact } else { Rank::Family };
        for (pair, witness) in deciding {
            if self.evidence.differ(pair) {
                self.evidence.add(pair, rank, witness, Some(&pattern.parts.to_string()));
            }
        }
    }

    fn note_place(&mut self, origin: &str) {
        if self.unknowns.is_empty() {
            return;
        }
        if let Ok(origin) = Origin::parse(origin.as_bytes()) {
            self.places.insert(Place::of(&origin, self.old, self.new));
        }
    }

    /// The pairs of rules that decide, one origin of each being kept.
    fn look_at_unwritten(
        &mut self,
        origins: &[String],
        rank: Rank,
        regex: Option<&str>,
    ) -> BTreeSet<Pair> {
        let mut seen = BTreeSet::new();
        for origin in origins {
            if let Some(pair) = self.ask(origin).filter(|pair| seen.insert(*pair)) {
                self.evidence.add(pair, rank, origin, regex);
            }
        }
        seen
    }

    /// The rules that decide, by the code that decides about requests.
    fn ask(&mut self, origin: &str) -> Option<Pair> {
        let value = HeaderValue::from_str(origin).ok()?;
        self.request.headers_mut().insert(ORIGIN, value.clone());
        let head = RequestHead::from(&self.request);
        let deciding = |policy: &Compiled| {
            policy.rules.iter().position(|rule| rule.audience.covers(&value, &head))
        };
        Some((deciding(self.old), deciding(self.new)))
    }

    /// The pairs that do not grant the same, and that it depends on unknowns to meet.
    fn doubts(&mut self) -> BTreeSet<Doubt<'a>> {
        let places = self.places.iter();
        let all: BTreeSet<Doubt<'a>> =
            places.flat_map(|place| self.unknowns.doubts(*place)).collect();
        all.into_iter().filter(|doubt| self.evidence.differ(doubt.pair)).collect()
    }

    /// Asks about origins that expressions are found to admit, and tells which pairs decide about them.
    fn look_for_witnesses(
        &mut self,
        doubts: &BTreeSet<Doubt<'a>>,
    ) -> BTreeSet<(Pair, Unknown<'a>)> {
        let needed: BTreeSet<Unknown<'a>> =
            doubts.iter().flat_map(|doubt| doubt.needed.iter().copied()).collect();
        let mut met = BTreeSet::new();
        for unknown in needed {
            if let Unknown::Regex(regex) = unknown {
                let origins = matching_origins(regex);
                let pairs = self.look_at_unwritten(&origins, Rank::Regex, Some(regex));
                met.extend(pairs.into_iter().map(|pair| (pair, unknown)));
            }
        }
        met
    }

    /// The unknowns on which it depends whether pairs are met.
    fn undecided(
        &self,
        doubts: &BTreeSet<Doubt<'a>>,
        met: &BTreeSet<(Pair, Unknown<'a>)>,
    ) -> Vec<Change> {
        let is_one_sided = |unknown: &Unknown<'a>| self.unknowns.is_one_sided(*unknown);
        let mut unknowns: BTreeSet<Unknown<'a>> = BTreeSet::new();
        for Doubt { pair, needed, excluded } in doubts {
            let is_found = self.evidence.has(*pair);
            let others = || excluded.iter().copied().filter(is_one_sided);
            if needed.is_empty() {
                if !is_found {
                    let all = others().next().is_none().then_some(excluded);
                    unknowns.extend(others().chain(all.into_iter().flatten().copied()));
                }
                continue;
            }
            let is_decided = |unknown: &Unknown<'a>| match unknown {
                Unknown::Predicate(_) if is_one_sided(unknown) => false,
                Unknown::Regex(_) if is_one_sided(unknown) => met.contains(&(*pair, *unknown)),
                // All that the two rules have in common changes alike.
                _ => is_found,
            };
            unknowns.extend(needed.iter().filter(|unknown| !is_decided(unknown)));
            // One expression in place of another: that an origin was found says nothing of the rest.
            if needed.iter().any(is_one_sided) && others().next().is_some() {
                unknowns.extend(needed.iter().copied().chain(others()));
            }
        }
        let changes = unknowns.into_iter().map(|unknown| {
            let kind = match unknown {
                Unknown::Regex(regex) => ChangeKind::UndecidedRegex { regex: regex.to_owned() },
                Unknown::Predicate(_) => ChangeKind::UndecidedPredicate,
            };
            change(kind, self.unknowns.rules(unknown))
        });
        changes.collect()
    }
}

fn change(kind: ChangeKind, (old_rule, new_rule): Pair) -> Change {
    Change { kind, old_rule, new_rule, subject: None }
}
