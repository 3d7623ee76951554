use std::{collections::HashSet, time::Instant};

use benches::{
    allocations::{self, Memory},
    group_digits,
    origins::{self, Patterns, SuffixMap},
};
use tower_cross_origin::origin::{Origin, OriginSet};

use crate::{
    stopwatch::{medians, milliseconds},
    table::{self, count_as_f64, format_number, mark_goal},
};

pub(crate) fn print() {
    table::head(
        "Building a set from strings, and its memory. Goals for 1,000,000 origins of ours: at most twice the \
         time of \"parse, HashSet\", and at most 96 bytes for each origin in addition to its string.",
        ["set", "ms", "/ baseline", "MiB", "overhead/origin", "peak MiB", "allocations"],
    );
    for count in [100, 10_000, 1_000_000] {
        let texts = origins::tenants(count);
        let [mut list, mut hash_set, mut parsed, mut ours] = [Memory::default(); 4];
        let times = medians([
            &mut || build(&mut list, || texts.clone()),
            &mut || build(&mut hash_set, || texts.iter().cloned().collect::<HashSet<_>>()),
            &mut || build(&mut parsed, || parse_into_hash_set(&texts)),
            &mut || build(&mut ours, || OriginSet::parse(&texts)),
        ]);
        let memories = [list, hash_set, parsed, ours];
        let names = ["Vec", "HashSet", "parse, HashSet", "ours"];
        let goals = (count == 1_000_000).then_some(Goals { ratio: 2.0, overhead: 96.0 });
        print_rows(&texts, names, times, memories, times[2], goals);
    }
    let texts = Patterns::Tenants.texts();
    let [mut list, mut map, mut ours] = [Memory::default(); 3];
    let times = medians([
        &mut || build(&mut list, || texts.clone()),
        &mut || build(&mut map, || SuffixMap::new(&texts)),
        &mut || build(&mut ours, || OriginSet::parse(&texts)),
    ]);
    let names = ["patterns, Vec", "patterns, suffix map", "patterns, ours"];
    print_rows(&texts, names, times, [list, map, ours], times[1], None);
}

fn print_rows<const N: usize>(
    texts: &[String],
    names: [&str; N],
    times: [f64; N],
    memories: [Memory; N],
    baseline: f64,
    goals: Option<Goals>,
) {
    let count = count_as_f64(texts.len());
    let bytes = count_as_f64(texts.iter().map(String::len).sum());
    for ((name, time), memory) in names.into_iter().zip(times).zip(memories) {
        let goals = goals.filter(|_| name == "ours");
        #[allow(clippy::cast_precision_loss)] // all sizes are far below 2^52
        let [held, peak] = [memory.held, memory.peak].map(|bytes| bytes as f64);
        table::row([
            format!("{}, {name}", format_number(count)),
            format_number(time),
            mark_goal(time / baseline, goals.map(|goals| goals.ratio)),
            format_number(held / MIB),
            mark_goal((held - bytes) / count, goals.map(|goals| goals.overhead)),
            format_number(peak / MIB),
            group_digits(memory.made.cast_signed()),
        ]);
    }
}

#[derive(Clone, Copy)]
struct Goals {
    ratio: f64,
    overhead: f64,
}

/// Returns the milliseconds for making the value, without the time for dropping it.
fn build<T>(memory: &mut Memory, make: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let (value, measured) = allocations::measure(make);
    let spent = start.elapsed();
    *memory = measured;
    drop(value);
    milliseconds(spent)
}

/// Builds the set as careful handwritten code would: with valid origins only.
fn parse_into_hash_set(texts: &[String]) -> HashSet<String> {
    let read = |text: &&String| Origin::parse(text.as_bytes()).is_ok();
    let mut set = HashSet::with_capacity(texts.len());
    set.extend(texts.iter().filter(read).cloned());
    set
}

const MIB: f64 = 1024.0 * 1024.0;
