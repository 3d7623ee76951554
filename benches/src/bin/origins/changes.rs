use std::{collections::HashSet, time::Instant};

use benches::{
    allocations::{self, Memory},
    grouped, origins,
};
use tower_cross_origin::{
    cors::{CorsPolicy, Rule},
    origin::{OriginPattern, OriginSet},
};

use crate::{
    stopwatch::{medians, microseconds},
    table::{self, count_as_f64, shown},
};

/// A change is made to a clone while the set that it was made of is held, as it is by requests; so
/// nothing can be changed in its place.
pub(crate) fn print() {
    table::head(
        "Changing a set of 1,000,000 origins that is in use.",
        ["change", "µs", "bytes", "allocations"],
    );
    let texts = origins::tenants(COUNT);
    let ours = OriginSet::parse(&texts).expect("every text is a pattern");
    let hash_set: HashSet<String> = texts.into_iter().collect();
    let fresh: Vec<OriginPattern> = (COUNT..COUNT + CHANGES)
        .map(|number| origins::tenant(number).parse().expect("the text is a pattern"))
        .collect();
    let grown: OriginSet = {
        let mut grown = ours.clone();
        grown.extend(fresh.iter().cloned());
        grown
    };
    let mut with_pattern = ours.clone();
    with_pattern.extend([origins::pattern(0).parse().expect("the text is a pattern")]);
    // Loopback origins with credentials are a lint each, which is another matter.
    let secure = ours.iter().map(|one| one.as_str()).filter(|one| one.starts_with("https"));
    let secure = OriginSet::parse(secure).expect("every member is a pattern");
    let [mut rebuilt, mut inserted, mut removed] = [Memory::default(); 3];
    let [mut of_exact, mut of_pattern, mut of_credentials] = [Memory::default(); 3];
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
        &mut || policy_of(&mut of_exact, Rule::for_origins(ours.clone())),
        &mut || policy_of(&mut of_pattern, Rule::for_origins(with_pattern.clone())),
        &mut || {
            policy_of(
                &mut of_credentials,
                Rule::for_origins(secure.clone()).allow_credentials(true),
            )
        },
    ]);
    let names = [
        "HashSet: clone, insert",
        "ours: clone, insert",
        "ours: clone, remove",
        "a policy of the set",
        "a policy, a pattern in the set",
        "a policy with credentials",
    ];
    let memories = [rebuilt, inserted, removed, of_exact, of_pattern, of_credentials];
    for ((name, time), Memory { made, peak, .. }) in names.into_iter().zip(times).zip(memories) {
        let [bytes, made] = [peak, made.cast_signed()].map(grouped);
        table::row([name.to_owned(), shown(time), bytes, made]);
    }
}

/// Microseconds for one change; the memory is that of the last one.
fn each<T>(
    memory: &mut Memory,
    changes: &[OriginPattern],
    mut change: impl FnMut(&OriginPattern) -> T,
) -> f64 {
    let mut spent = 0.0;
    for one in changes {
        let start = Instant::now();
        let (value, taken) = allocations::of(|| change(one));
        spent += microseconds(start.elapsed());
        *memory = taken;
        drop(value);
    }
    spent / count_as_f64(changes.len())
}

/// Microseconds for the policy of a set that was changed.
fn policy_of(memory: &mut Memory, rule: Rule) -> f64 {
    let start = Instant::now();
    let (policy, taken) = allocations::of(|| CorsPolicy::new(rule));
    let spent = microseconds(start.elapsed());
    *memory = taken;
    assert!(policy.is_ok(), "the policy has no fault");
    spent
}

const COUNT: usize = 1_000_000;

const CHANGES: usize = 1_000;
