use std::{collections::HashSet, iter};

use benches::{
    Bare,
    origins::{
        self, List, PatternCase, Patterns, Question, Questions, SuffixMap, bare_by_router,
        ours_by_router, ours_of, tower_http_by_router, tower_http_of,
    },
};
use tower_cross_origin::origin::OriginSet;

use crate::{
    stopwatch::{contains, lookups, medians, requests},
    table::{self, marked, shown},
};

pub(crate) fn print() {
    table::head(
        "Nanoseconds of a lookup among exact origins, at random; at most 1,000 of ours.",
        ["origins, question", "list", "HashSet", "contains", "/ HashSet", "with its parse"],
    );
    for count in COUNTS {
        print_lookups(count);
    }

    table::head(
        "Nanoseconds of a whole request, at random.",
        [
            "origins, question",
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
        ["question", "list", "suffix map", "contains", "with its parse", "/ suffix map"],
    );
    for patterns in [Patterns::Tenants, Patterns::Labels, Patterns::Bytes] {
        print_patterns(patterns);
    }

    table::head(
        "Nanoseconds of a lookup among 64 regular expressions, for information.",
        ["question", "with its parse"],
    );
    for (title, is_hit) in [("hit", true), ("near miss: the last byte", false)] {
        let (set, asked) = origins::regexes(is_hit);
        let asked: Questions = iter::repeat_n(asked, 20_000).collect();
        let [ours] = medians([&mut || lookups(&set, &asked)]);
        table::row([title.to_owned(), shown(ours)]);
    }
}

fn print_lookups(count: usize) {
    let list = origins::tenants(count);
    let hash_set: HashSet<String> = list.iter().cloned().collect();
    let ours = set(&list);
    for question in Question::ALL {
        let many = Questions::new(question, count, MANY);
        let few = Questions::new(question, count, few(count));
        let [list, hash_set, contained, parsed] = medians([
            &mut || lookups(&list, &few),
            &mut || lookups(&hash_set, &many),
            &mut || contains(&ours, &many),
            &mut || lookups(&ours, &many),
        ]);
        table::row([
            table::about(count, question),
            shown(list),
            shown(hash_set),
            marked(contained, Some(1_000.0)),
            shown(contained / hash_set),
            marked(parsed, Some(1_000.0)),
        ]);
    }
}

fn print_requests(count: usize) {
    let list = origins::tenants(count);
    let set = set(&list);
    let mut tower_http = tower_http_of(&list);
    let mut ours = ours_of(&set);
    let [mut axum, mut tower_http_axum, mut ours_axum] =
        [bare_by_router(), tower_http_by_router(&list), ours_by_router(&set)];
    for question in [Question::Hit, Question::NearMiss] {
        let many = Questions::new(question, count, MANY / 4);
        let few = Questions::new(question, count, few(count));
        let all = medians([
            &mut || requests(&mut Bare, &many),
            &mut || requests(&mut tower_http, &few),
            &mut || requests(&mut ours, &many),
            &mut || requests(&mut axum, &many),
            &mut || requests(&mut tower_http_axum, &few),
            &mut || requests(&mut ours_axum, &many),
        ]);
        let [bare, tower_http, ours, axum, tower_http_axum, ours_axum] = all.map(shown);
        let title = table::about(count, question);
        table::row([title, bare, tower_http, ours, axum, tower_http_axum, ours_axum]);
    }
}

fn print_patterns(patterns: Patterns) {
    let written = patterns.written();
    let (list, map, ours) = (List::new(&written), SuffixMap::new(&written), set(&written));
    let row = |title: &str, few: &Questions, many: &Questions| {
        let [list, map, contained, parsed] = medians([
            &mut || lookups(&list, few),
            &mut || lookups(&map, many),
            &mut || contains(&ours, many),
            &mut || lookups(&ours, many),
        ]);
        let ratio = parsed / map;
        let [list, map, contained, parsed, ratio] =
            [list, map, contained, parsed, ratio].map(shown);
        table::row([title.to_owned(), list, map, contained, parsed, ratio]);
    };
    if patterns == Patterns::Tenants {
        let [few, many] = [200, MANY].map(|count| Questions::of_patterns(written.len(), count));
        row("hit, at random", &few, &many);
    }
    for case in PatternCase::ALL.into_iter().filter(|case| case.patterns == patterns) {
        let [few, many] = [200, 20_000].map(|count| iter::repeat_n(case.origin(), count).collect());
        row(case.title, &few, &many);
    }
}

fn set(written: &[String]) -> OriginSet {
    OriginSet::parse(written).expect("every text is a pattern")
}

/// As many questions as a list of this length is asked in reasonable time.
fn few(count: usize) -> usize {
    (20_000_000 / count).clamp(20, MANY / 4)
}

const COUNTS: [usize; 5] = [1, 4, 100, 10_000, 1_000_000];

const MANY: usize = 200_000;
