use std::path::{Path, PathBuf};

use anstream::adapter::strip_str;
use lexopt::Parser;

use crate::{
    arguments::{Call, Command},
    report::Report,
    run,
};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

fn lines(report: &Report) -> Vec<String> {
    strip_str(&report.text).to_string().lines().map(str::trim_end).map(str::to_owned).collect()
}

#[track_caller]
fn explained(call: &[&str]) -> (bool, Vec<String>) {
    let (origin, rest) = call.split_first().unwrap();
    let has_method = rest.first().is_some_and(|first| !first.contains(':'));
    let (method, headers) = if has_method { (rest[0], &rest[1..]) } else { ("GET", rest) };
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    let call = Call { origin: (*origin).to_owned(), method: method.to_owned(), headers };
    let report = run(Command::Explain { file: sample("cors.toml"), call }).unwrap();
    (report.is_clean, lines(&report))
}

#[test]
fn call_is_explained_with_its_preflight() {
    let (is_clean, lines) =
        explained(&["https://app.example.com", "put", "content-type: application/json"]);
    assert!(is_clean);
    assert_eq!(lines[0], "preflight OPTIONS: allowed by rules[0]");
    assert!(lines.iter().any(|line| line == "request PUT: allowed by rules[0]"), "{lines:#?}");
}

#[test]
fn request_after_rejected_preflight_is_not_explained() {
    let (is_clean, lines) = explained(&["https://app.example.com", "PATCH"]);
    assert!(!is_clean);
    assert_eq!(
        lines[0],
        "preflight OPTIONS: rejected at the method: rules[0] does not allow PATCH"
    );
    assert!(!lines.iter().any(|line| line.starts_with("request ")), "{lines:#?}");
    let fix = "  > fix               rules[0].allow_methods: add \"PATCH\"";
    assert!(lines.iter().any(|line| line == fix), "{lines:#?}");
}

#[test]
fn simple_call_has_no_preflight() {
    let (is_clean, lines) = explained(&["https://elsewhere.example"]);
    assert!(is_clean);
    assert_eq!(lines[0], "request GET: allowed by rules[1]");
}

#[test]
fn valid_file_is_linted() {
    let report = run(Command::Lint { file: sample("cors.toml") }).unwrap();
    let [_, lint] = &*lines(&report) else { panic!("{report:?}") };
    assert!(lint.starts_with("  ? server: ignored"), "{lint}");
}

#[test]
fn file_for_all_layers_reports_lints_of_all_sections() {
    let report = run(Command::Lint { file: sample("whole.toml") }).unwrap();
    let lints = lines(&report);
    assert!(lints[0].starts_with("no faults, but lints"), "{lints:#?}");
    let keys: Vec<&str> =
        lints[1..].iter().map(|line| line.split(['=', ':']).next().unwrap().trim()).collect();
    assert_eq!(keys, ["? embedding.timing_allow_origin", "? guard.web_socket.trust_origins"]);
    let call = Call {
        origin: "https://app.example.com".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
    };
    let report = run(Command::Explain { file: sample("whole.toml"), call }).unwrap();
    assert_eq!(lines(&report)[0], "request GET: allowed by rules[0]");
}

#[test]
fn every_fault_is_reported_with_its_key() {
    let report = run(Command::Lint { file: sample("broken.json") }).unwrap_err();
    let lines = lines(&report);
    assert!(lines[0].starts_with("6 faults in "), "{lines:#?}");
    let keys: Vec<&str> =
        lines[1..].iter().map(|line| line.split(['=', ':']).next().unwrap().trim()).collect();
    assert_eq!(
        keys,
        [
            "x cors.rules[0].origins[0]",
            "x cors.rules[0].origins[1]",
            "x cors.rules[0].origins[2]",
            "x cors.rules[0].allow_methods[0]",
            "x cors.rules[0].expose_headers[0]",
            "x cors.preflight_status",
        ]
    );
}

#[test]
fn difference_lists_gained_credentials_first() {
    let report = run(Command::Diff { old: sample("cors.toml"), new: sample("next.yaml") }).unwrap();
    assert!(!report.is_clean);
    let lines = lines(&report);
    assert!(lines[0].starts_with("  ! "), "{lines:#?}");
    let same = Command::Diff { old: sample("cors.toml"), new: sample("cors.toml") };
    assert!(run(same).unwrap().is_clean);
}

#[test]
fn invalid_arguments_are_reported() {
    let parse = |arguments: &'static [&str]| Command::parse(Parser::from_args(arguments));
    assert_eq!(parse(&[]).unwrap(), Command::Help);
    for wrong in [
        &["lint"][..],
        &["explain"],
        &["explain", "cors.toml"],
        &["explain", "cors.toml", "https://a.example", "PUT", "x-a"],
        &["diff", "a.toml"],
        &["frobnicate"],
    ] {
        assert!(parse(wrong).is_err(), "{wrong:?}");
    }
    let missing = run(Command::Lint { file: sample("missing.toml") }).unwrap_err();
    assert!(lines(&missing)[0].contains("missing.toml: "), "{missing:?}");
    let unknown = run(Command::Lint { file: sample("cors") }).unwrap_err();
    assert!(!unknown.is_clean);
}
