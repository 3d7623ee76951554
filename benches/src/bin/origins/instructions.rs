use benches::{
    InstructionCounts,
    origins::{Case, PatternCase},
};

use crate::table::{self, NOT_MEASURED, count_as_f64, format_number, mark_goal};

pub(crate) fn print(counts: &InstructionCounts) -> Result<(), String> {
    let instructions_of = |function: &str, id: &str| {
        #[allow(clippy::cast_precision_loss)] // all counts are far below 2^52
        counts.get(function, id).map(|instructions_of| instructions_of as f64)
    };
    let any = instructions_of("decide_of_any", "one")?;
    let bare = instructions_of("bare", "one")?;

    table::head(
        "Instructions of a lookup among exact origins; goal: at most 300 for ours.",
        ["origins, lookup", "list", "HashSet", "contains", "parse and contains", "in `decide`"],
    );
    for (case, id) in cases() {
        let is_small = id.starts_with("small");
        let only_small = |function| {
            if is_small { instructions_of(function, &id).map(Some) } else { Ok(None) }
        };
        table::row([
            title(case),
            or_not_measured(only_small("list")?),
            format_number(instructions_of("hash_set", &id)?),
            mark_goal(instructions_of("contains", &id)?, Some(LOOKUP_GOAL)),
            or_not_measured(only_small("parse_and_contains")?),
            mark_goal(instructions_of("decide", &id)? - any, Some(LOOKUP_GOAL)),
        ]);
    }

    table::head(
        "Instructions that a layer adds to a whole request.",
        ["origins, lookup", "tower-http", "ours"],
    );
    for (case, id) in cases().filter(|(_, id)| id.starts_with("small")) {
        let added = |function| {
            instructions_of(function, &id)
                .map(|instructions_of| format_number(instructions_of - bare))
        };
        table::row([title(case), added("tower_http")?, added("ours")?]);
    }

    table::head(
        "Instructions of a lookup among 10,000 patterns; goal: at most 20 for ours per byte of the host.",
        [
            "lookup",
            "host bytes",
            "list",
            "suffix map",
            "contains",
            "per byte",
            "parse and contains",
            "per byte",
        ],
    );
    for (index, case) in PatternCase::ALL.into_iter().enumerate() {
        let id = format!("case_{index}");
        let bytes = count_as_f64(case.host_bytes());
        let [contains, with_parse] = [
            instructions_of("patterns_contain", &id)?,
            instructions_of("patterns_parse_and_contain", &id)?,
        ];
        table::row([
            case.title.to_owned(),
            format_number(bytes),
            format_number(instructions_of("patterns_list", &id)?),
            format_number(instructions_of("patterns_suffix_map", &id)?),
            format_number(contains),
            mark_goal(contains / bytes, Some(PER_BYTE_GOAL)),
            format_number(with_parse),
            format_number(with_parse / bytes),
        ]);
    }

    table::head(
        "Instructions of a lookup among 64 regular expressions; without a goal.",
        ["lookup", "parse and contains"],
    );
    for (title, id) in [("hit", "case_0"), ("near miss: the last byte", "case_1")] {
        table::row([
            title.to_owned(),
            format_number(instructions_of("regexes_parse_and_contain", id)?),
        ]);
    }
    Ok(())
}

/// Returns all cases with their ids in `counts/origins.rs`.
fn cases() -> impl Iterator<Item = (Case, String)> {
    let small = Case::SMALL.into_iter().enumerate();
    let large = Case::LARGE.into_iter().enumerate();
    small
        .map(|(index, case)| (case, format!("small_{index}")))
        .chain(large.map(|(index, case)| (case, format!("large_{index}"))))
}

fn title(Case { tenants, kind }: Case) -> String {
    table::row_title(tenants, kind)
}

fn or_not_measured(instructions_of: Option<f64>) -> String {
    instructions_of.map_or(NOT_MEASURED.to_owned(), format_number)
}

const LOOKUP_GOAL: f64 = 300.0;

const PER_BYTE_GOAL: f64 = 20.0;
