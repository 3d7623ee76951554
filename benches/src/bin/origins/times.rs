use std::{collections::HashSet, iter};

use benches::{
    Bare,
    origins::{
        self, List, LookupKind, PatternCase, Patterns, Queries, SuffixMap, bare_by_router,
        ours_by_router, ours_for, tower_http_by_router, tower_http_for,
    },
};
use tower_cross_origin::origin::OriginSet;

use crate::{
    stopwatch::{contains, lookups, medians, requests},
    table::{self, format_number, mark_goal},
};

pub(crate) fn print() {
    table::head(
        "Nanoseconds of a random lookup among exact origins; goal: at most 1,000 for ours.",
        ["origins, lookup", "list", "HashSet", "contains", "/ HashSet", "parse and contains"],
    );
    for count in COUNTS {
        print_lookups(count);
    }

    table::head(
        "Nanoseconds of a whole request with a random origin.",
        [
            "origins, lookup",
            "bare",
            "tower-http",
            "ours",
            "bare, axum",
            "tower-http, axum",
            "ours, axum",
        ],
    );
    for count in COUNTS {
        print_requests(count);
    }

    table::head(
        "Nanoseconds of a lookup among 10,000 patterns.",
        ["lookup", "list", "suffix map", "contains", "parse and contains", "/ suffix map"],
    );
    for patterns in [Patterns::Tenants, Patterns::Labels, Patterns::Bytes] {
        print_patterns(patterns);
    }

    table::head(
        "Nanoseconds of a lookup among 64 regular expressions; without a goal.",
        ["lookup", "parse and contains"],
    );
    for (title, is_hit) in [("hit", true), ("near miss: the last byte", false)] {
        let (set, origin) = origins::regexes(is_hit);
        let queries: Queries = iter::repeat_n(origin, 20_000).collect();
        let [ours] = medians([&mut || lookups(&set, &queries)]);
        table::row([title.to_owned(), format_number(ours)]);
    }
}

fn print_lookups(count: usize) {
    let list = origins::tenants(count);
    let hash_set: HashSet<String> = list.iter().cloned().collect();
    let ours = set(&list);
    for kind in LookupKind::ALL {
        let many = Queries::new(kind, count, MANY);
        let few = Queries::new(kind, count, few(count));
        let [list, hash_set, contained, parsed] = medians([
            &mut || lookups(&list, &few),
            &mut || lookups(&hash_set, &many),
            &mut || contains(&ours, &many),
            &mut || lookups(&ours, &many),
        ]);
        table::row([
            table::row_title(count, kind),
            format_number(list),
            format_number(hash_set),
            mark_goal(contained, Some(1_000.0)),
            format_number(contained / hash_set),
            mark_goal(parsed, Some(1_000.0)),
        ]);
    }
}

fn print_requests(count: usize) {
    let list = origins::tenants(count);
    let set = set(&list);
    let mut tower_http = tower_http_for(&list);
    let mut ours = ours_for(&set);
    let [mut axum, mut tower_http_axum, mut ours_axum] =
        [bare_by_router(), tower_http_by_router(&list), ours_by_router(&set)];
    for kind in [LookupKind::Hit, LookupKind::NearMiss] {
        let many = Queries::new(kind, count, MANY / 4);
        let few = Queries::new(kind, count, few(count));
        let all = medians([
            &mut || requests(&mut Bare, &many),
            &mut || requests(&mut tower_http, &few),
            &mut || requests(&mut ours, &many),
            &mut || requests(&mut axum, &many),
            &mut || requests(&mut tower_http_axum, &few),
            &mut || requests(&mut ours_axum, &many),
        ]);
        let [bare, tower_http, ours, axum, tower_http_axum, ours_axum] = all.map(format_number);
        let title = table::row_title(count, kind);
        table::row([title, bare, tower_http, ours, axum, tower_http_axum, ours_axum]);
    }
}

fn print_patterns(patterns: Patterns) {
    let texts = patterns.texts();
    let (list, map, ours) = (List::new(&texts), SuffixMap::new(&texts), set(&texts));
    let row = |title: &str, few: &Queries, many: &Queries| {
        let [list, map, contained, parsed] = medians([
            &mut || lookups(&list, few),
            &mut || lookups(&map, many),
            &mut || contains(&ours, many),
            &mut || lookups(&ours, many),
        ]);
        let ratio = parsed / map;
        let [list, map, contained, parsed, ratio] =
            [list, map, contained, parsed, ratio].map(format_number);
        table::row([title.to_owned(), list, map, contained, parsed, ratio]);
    };
    if patterns == Patterns::Tenants {
        let [few, many] = [200, MANY].map(|count| Queries::for_patterns(texts.len(), count));
        row("random hit", &few, &many);
    }
    for case in PatternCase::ALL.into_iter().filter(|case| case.patterns == patterns) {
        let [few, many] = [200, 20_000].map(|count| iter::repeat_n(case.origin(), count).collect());
        row(case.title, &few, &many);
    }
}

fn set(texts: &[String]) -> OriginSet {
    OriginSet::parse(texts).expect("every string is a valid pattern")
}

/// Returns how many lookups a list of this length can do in reasonable time.
fn few(count: usize) -> usize {
    (20_000_000 / count).clamp(20, MANY / 4)
}

const COUNTS: [usize; 5] = [1, 4, 100, 10_000, 1_000_000];

const MANY: usize = 200_000;
