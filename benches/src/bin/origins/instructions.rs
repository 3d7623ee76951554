use benches::{
    Counted,
    origins::{Case, PatternCase},
};

use crate::table::{self, NOTHING, count_as_f64, marked, shown};

pub(crate) fn print(counted: &Counted) -> Result<(), String> {
    let taken = |function: &str, id: &str| {
        #[allow(clippy::cast_precision_loss)] // no function takes so many instructions
        counted.taken(function, id).map(|taken| taken as f64)
    };
    let any = taken("decide_of_any", "one")?;
    let bare = taken("bare", "one")?;

    table::head(
        "Instructions of a lookup among exact origins; at most 300 of ours.",
        ["origins, question", "list", "HashSet", "contains", "with its parse", "in `decide`"],
    );
    for (case, id) in cases() {
        let is_small = id.starts_with("small");
        let only_small = |function| {
            if is_small { taken(function, &id).map(Some) } else { Ok(None) }
        };
        table::row([
            title(case),
            or_nothing(only_small("list")?),
            shown(taken("hash_set", &id)?),
            marked(taken("contains", &id)?, Some(LOOKUP)),
            or_nothing(only_small("parse_and_contains")?),
            marked(taken("decide", &id)? - any, Some(LOOKUP)),
        ]);
    }

    table::head(
        "Instructions that a whole request takes beyond the bare service.",
        ["origins, question", "tower-http", "ours"],
    );
    for (case, id) in cases().filter(|(_, id)| id.starts_with("small")) {
        let added = |function| taken(function, &id).map(|taken| shown(taken - bare));
        table::row([title(case), added("tower_http")?, added("ours")?]);
    }

    table::head(
        "Instructions of a lookup among 10,000 patterns; at most 20 of ours for a byte of the host.",
        [
            "question",
            "host's bytes",
            "list",
            "suffix map",
            "contains",
            "a byte",
            "with its parse",
            "a byte",
        ],
    );
    for (place, case) in PatternCase::ALL.into_iter().enumerate() {
        let id = format!("case_{place}");
        let bytes = count_as_f64(case.host_bytes());
        let [contains, with_parse] =
            [taken("patterns_contain", &id)?, taken("patterns_parse_and_contain", &id)?];
        table::row([
            case.title.to_owned(),
            shown(bytes),
            shown(taken("patterns_list", &id)?),
            shown(taken("patterns_suffix_map", &id)?),
            shown(contains),
            marked(contains / bytes, Some(A_BYTE)),
            shown(with_parse),
            shown(with_parse / bytes),
        ]);
    }

    table::head(
        "Instructions of a lookup among 64 regular expressions, for information.",
        ["question", "with its parse"],
    );
    for (title, id) in [("hit", "case_0"), ("near miss: the last byte", "case_1")] {
        table::row([title.to_owned(), shown(taken("regexes_parse_and_contain", id)?)]);
    }
    Ok(())
}

/// With their ids in `counts/origins.rs`.
fn cases() -> impl Iterator<Item = (Case, String)> {
    let small = Case::SMALL.into_iter().enumerate();
    let large = Case::LARGE.into_iter().enumerate();
    small
        .map(|(place, case)| (case, format!("small_{place}")))
        .chain(large.map(|(place, case)| (case, format!("large_{place}"))))
}

fn title(Case { tenants, question }: Case) -> String {
    table::about(tenants, question)
}

fn or_nothing(taken: Option<f64>) -> String {
    taken.map_or(NOTHING.to_owned(), shown)
}

const LOOKUP: f64 = 300.0;

const A_BYTE: f64 = 20.0;
