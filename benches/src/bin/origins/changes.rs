use std::{collections::HashSet, time::Instant};

use benches::{
    allocations::{self, Memory},
    group_digits, origins,
};
use tower_cross_origin::{
    cors::{CorsPolicy, Rule},
    origin::{OriginPattern, OriginSet},
};

use crate::{
    stopwatch::{medians, microseconds},
    table::{self, count_as_f64, format_number},
};

/// Prints the costs of changing a set that requests still use.
///
/// Each change is made to a clone while the original set is held. So no change can happen in place.
pub(crate) fn print() {
    table::head(
        "Changing a set of 1,000,000 origins that is in use.",
        ["change", "µs", "bytes", "allocations"],
    );
    let texts = origins::tenants(COUNT);
    let ours = OriginSet::parse(&texts).expect("every string is a valid pattern");
    let hash_set: HashSet<String> = texts.into_iter().collect();
    let fresh: Vec<OriginPattern> = (COUNT..COUNT + CHANGES)
        .map(|number| origins::tenant(number).parse().expect("the string is a valid pattern"))
        .collect();
    let grown: OriginSet = {
        let mut grown = ours.clone();
        grown.extend(fresh.iter().cloned());
        grown
    };
    let mut with_pattern = ours.clone();
    with_pattern.extend([origins::pattern(0).parse().expect("the string is a valid pattern")]);
    // Loopback origins with credentials cause a lint each. The lints are not part of this measurement.
    let secure = ours.iter().map(|one| one.as_str()).filter(|one| one.starts_with("https"));
    let secure = OriginSet::parse(secure).expect("every member is a valid pattern");
    let [mut rebuilt, mut inserted, mut removed] = [Memory::default(); 3];
    let [mut exact_policy, mut pattern_policy, mut credentials_policy] = [Memory::default(); 3];
    let times = medians([
        &mut || {
            each(&mut rebuilt, &fresh[..1], |one| {
                let mut set = hash_set.clone();
                set.insert(one.to_string());
                set
            })
        },
        &mut || {
            each(&mut inserted, &fresh, |one| {
                let mut set = ours.clone();
                set.insert(one);
                set
            })
        },
        &mut || {
            each(&mut removed, &fresh, |one| {
                let mut set = grown.clone();
                set.remove(one);
                set
            })
        },
        &mut || make_policy(&mut exact_policy, Rule::for_origins(ours.clone())),
        &mut || make_policy(&mut pattern_policy, Rule::for_origins(with_pattern.clone())),
        &mut || {
            make_policy(
                &mut credentials_policy,
                Rule::for_origins(secure.clone()).allow_credentials(true),
            )
        },
    ]);
    let names = [
        "HashSet: clone, insert",
        "ours: clone, insert",
        "ours: clone, remove",
        "policy with the set",
        "policy with the set and a pattern",
        "policy with credentials",
    ];
    let memories = [rebuilt, inserted, removed, exact_policy, pattern_policy, credentials_policy];
    for ((name, time), Memory { made, peak, .. }) in names.into_iter().zip(times).zip(memories) {
        let [bytes, made] = [peak, made.cast_signed()].map(group_digits);
        table::row([name.to_owned(), format_number(time), bytes, made]);
    }
}

/// Returns the microseconds for one change. Sets `memory` to the cost of the last change.
fn each<T>(
    memory: &mut Memory,
    changes: &[OriginPattern],
    mut change: impl FnMut(&OriginPattern) -> T,
) -> f64 {
    let mut spent = 0.0;
    for one in changes {
        let start = Instant::now();
        let (value, measured) = allocations::measure(|| change(one));
        spent += microseconds(start.elapsed());
        *memory = measured;
        drop(value);
    }
    spent / count_as_f64(changes.len())
}

/// Returns the microseconds for making the policy of a changed set.
fn make_policy(memory: &mut Memory, rule: Rule) -> f64 {
    let start = Instant::now();
    let (policy, measured) = allocations::measure(|| CorsPolicy::new(rule));
    let spent = microseconds(start.elapsed());
    *memory = measured;
    assert!(policy.is_ok(), "the policy is valid");
    spent
}

const COUNT: usize = 1_000_000;

const CHANGES: usize = 1_000;
