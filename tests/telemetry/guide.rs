//! The guide `observability` lists exactly the events and names of the code.

use std::{collections::BTreeMap, fs, path::Path};

#[test]
fn guide_lists_every_event() {
    let source = read("src/telemetry.rs");
    let calls = source.split(" event!(\n").skip(1);
    let mut emitted: Vec<[String; 4]> = calls
        .map(|call| {
            let call = call.split(");\n").next().unwrap().trim_end();
            let mut lines = call.lines().map(|line| line.trim().trim_end_matches(','));
            let level = lines.next().unwrap().to_owned();
            let target = quoted(lines.next().unwrap());
            let rest: Vec<&str> = lines.collect();
            let (message, fields) = rest.split_last().unwrap();
            let fields: Vec<&str> =
                fields.iter().map(|field| field.split(" =").next().unwrap()).collect();
            [target, level, quoted(message), fields.join(", ")]
        })
        .collect();
    emitted.sort();
    assert_eq!(emitted.len(), 13);
    let mut listed: Vec<[String; 4]> = rows("# Events")
        .map(|row| <[String; 4]>::try_from(row).unwrap().map(|cell| cell.replace('`', "")))
        .collect();
    listed.sort();
    assert_eq!(listed, emitted);
}

#[test]
fn guide_lists_every_name() {
    let mut defined = BTreeMap::new();
    for (title, path, enumeration) in [
        ("cors::Outcome", "src/cors/outcome.rs", "impl Outcome {"),
        ("cors::Step", "src/cors/outcome.rs", "impl Step {"),
        ("guard::Rejection", "src/guard/rejection.rs", "impl Rejection {"),
        ("jsonp::CallbackError", "src/jsonp/error.rs", "impl CallbackError {"),
        ("reason of cors::resolve", "src/cors/resolve/lookups.rs", "impl LookupFailure {"),
    ] {
        let source = read(path);
        let (_, source) = source.split_once(enumeration).unwrap();
        let (_, source) = source.split_once("fn as_str(").unwrap();
        let body = source.split("\n    }").next().unwrap();
        let arms = body.lines().filter_map(|line| line.split_once(" => \""));
        let names: Vec<String> =
            arms.map(|(_, name)| name.trim_end_matches(['"', ',']).to_owned()).collect();
        assert!(names.len() > 2, "{title}");
        defined.insert(title.to_owned(), names);
    }
    let listed: BTreeMap<String, Vec<String>> = rows("# Names")
        .map(|row| {
            let title = row[0].split("](").next().unwrap().replace(['`', '['], "");
            let names = row[1].split('`').skip(1).step_by(2).map(str::to_owned).collect();
            (title, names)
        })
        .collect();
    assert_eq!(listed, defined);
}

/// Returns the rows of the first table below a heading of the guide.
fn rows(heading: &str) -> impl Iterator<Item = Vec<String>> {
    let guide = read("src/guides/observability.md");
    let (_, below) = guide.split_once(heading).unwrap();
    let (_, table) = below.split_once("|---|").unwrap();
    let rows: Vec<Vec<String>> = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    rows.into_iter()
}

fn quoted(text: &str) -> String {
    text.split('"').nth(1).unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
