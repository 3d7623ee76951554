//! Configuration files in TOML and JSON: equal meaning, error messages and round trips.
//!
//! `tests/config_errors/` holds broken files and the expected messages. `tests/formats` tests YAML and the JSON
//! Schema. DESIGN, "The API, as a user reads it"; PEERS 13 to 18.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use proptest::{prelude::*, sample::subsequence};
use serde::{Deserialize, Serialize};
use tower_cross_origin::{
    RequestHead,
    cors::{
        CorsConfig, CorsConfigError, CorsPolicy, FaultKind, OriginPredicate, Rule, UpstreamHeaders,
    },
    origin::OriginSet,
};

use crate::support::{APP, EVIL, from, get, preflight};

/// A configuration file of a program, with CORS as one section.
#[derive(Debug, Deserialize, Serialize)]
struct Settings {
    cors: CorsConfig,
}

#[test]
fn toml_and_json_yield_the_same_config() {
    let expected = CorsConfig::from(vec![
        Rule::for_origins([APP, "https://*.example.org"])
            .add_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"])
            .allow_credentials(true)
            .allow_methods(["PUT", "DELETE"])
            .allow_headers(["content-type"])
            .expose_headers(["etag"])
            .max_age(Duration::from_secs(600)),
    ]);
    for (format, text) in [(TOML, EXAMPLE_TOML), (JSON, EXAMPLE_JSON)] {
        let settings = (format.read)(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(settings.cors, expected, "{}", format.extension);
        assert!(CorsPolicy::new(settings.cors).is_ok());
    }
}

#[test]
fn absent_keys_have_default_values() {
    for (format, text) in [(TOML, "[cors]"), (JSON, r#"{ "cors": {} }"#)] {
        assert_eq!((format.read)(text).unwrap().cors, CorsConfig::default(), "{text}");
    }
    let one_key = toml::from_str::<Settings>("[[cors.rules]]\norigins = ['*']").unwrap().cors;
    let rules = vec![Rule::for_any_origin()];
    assert_eq!(one_key, CorsConfig::from(rules));
}

#[test]
fn each_key_sets_the_setting_of_its_name() {
    let rule = || Rule::for_origins([APP]);
    let rules = |rule: Rule| CorsConfig::from(vec![rule]);
    let defaults = CorsConfig::default;
    for (text, expected) in [
        ("[cors]\npreflight_status = 200", defaults().preflight_status(200)),
        ("[cors]\nenforce = true", defaults().enforce(true)),
        ("[cors]\nservice_origins = ['a']", defaults().service_origins(["a"])),
        ("[cors]\nupstream_headers = 'keep'", defaults().upstream_headers(UpstreamHeaders::Keep)),
        ("[cors]\nhide_failing_step = true", defaults().hide_failing_step(true)),
        ("allow_credentials = true", rules(rule().allow_credentials(true))),
        ("allow_methods = ['PUT']", rules(rule().allow_methods(["PUT"]))),
        ("allow_methods = ['*']", rules(rule().allow_any_method())),
        ("allow_headers = ['x-a']", rules(rule().allow_headers(["x-a"]))),
        ("allow_headers = ['*']", rules(rule().allow_any_header())),
        ("expose_headers = ['x-a']", rules(rule().expose_headers(["x-a"]))),
        ("expose_headers = ['*']", rules(rule().expose_any_header())),
        ("max_age = 0", rules(rule().max_age(Duration::ZERO))),
        ("origin_regexes = ['a']", rules(rule().add_origin_regexes(["a"]))),
        ("dangerously_allow_null_origin = true", rules(rule().dangerously_allow_null_origin(true))),
        (
            "dangerously_allow_insecure_origins = true",
            rules(rule().dangerously_allow_insecure_origins(true)),
        ),
        (
            "dangerously_allow_public_suffixes = true",
            rules(rule().dangerously_allow_public_suffixes(true)),
        ),
        (
            "public_suffixes = ['apps.example.com']",
            rules(rule().public_suffixes(["apps.example.com"])),
        ),
        (
            "dangerously_allow_credentials_for_any_origin = true",
            rules(rule().dangerously_allow_credentials_for_any_origin(true)),
        ),
    ] {
        let is_rule_key = !text.starts_with("[cors]");
        let preamble = if is_rule_key {
            format!("[[cors.rules]]\norigins = ['{APP}']\n")
        } else {
            String::new()
        };
        let read = toml::from_str::<Settings>(&format!("{preamble}{text}")).unwrap().cors;
        assert_eq!(read, expected, "{text}");
    }
}

// Compares the error of each `tests/config_errors/NAME.toml` or `NAME.json` with `NAME.expected`.
#[test]
fn broken_file_reports_all_faults() {
    let mut all_kinds = BTreeSet::new();
    let mut files_of_several_kinds = 0;
    let mut failures = Vec::new();
    for path in broken_files() {
        let text = fs::read_to_string(&path).unwrap();
        let expectation = path.with_extension("expected");
        let expected = fs::read_to_string(&expectation)
            .unwrap_or_else(|error| panic!("{}: {error}", expectation.display()));
        let error = load(&path, &text).expect_err("a broken file");
        if error.text().trim_end() != expected.trim_end() {
            failures.push(format!("{}\n{}", path.display(), error.text()));
        }
        if let Error::Values(error) = error {
            let kinds: BTreeSet<String> =
                error.faults().iter().map(|fault| name(fault.kind())).collect();
            assert!(kinds.len() > 1, "{} has one kind of fault: {kinds:?}", path.display());
            files_of_several_kinds += 1;
            all_kinds.extend(kinds);
        }
    }
    assert!(failures.is_empty(), "unexpected messages:\n\n{}", failures.join("\n\n"));
    assert!(files_of_several_kinds >= 25, "{files_of_several_kinds}");
    let expected: BTreeSet<String> = KINDS_IN_FILES.iter().copied().map(str::to_owned).collect();
    assert_eq!(all_kinds, expected);
}

#[test]
fn each_expected_file_has_a_broken_file() {
    let stems = |is_selected: fn(&Path) -> bool| -> BTreeSet<PathBuf> {
        let paths = files().into_iter().filter(|path| is_selected(path));
        paths.map(|path| path.with_extension("")).collect()
    };
    let is_expectation = |path: &Path| path.extension().is_some_and(|end| end == "expected");
    let files: BTreeSet<PathBuf> =
        broken_files().into_iter().map(|path| path.with_extension("")).collect();
    assert_eq!(stems(is_expectation), files);
    assert_eq!(files.len(), broken_files().len(), "two files share an expectation");
}

// A set has no order of its own, so the output is sorted.
#[test]
fn origin_set_is_serialized_as_sorted_lists() {
    let set = OriginSet::parse(["https://*.b.example", "https://c.example", "https://a.example"])
        .unwrap()
        .with_regexes([r"https://x\.example"])
        .unwrap();
    let rule = Rule::for_origins(set).add_origin_regexes([r"https://y\.example"]);
    let expected =
        Rule::for_origins(["https://*.b.example", "https://a.example", "https://c.example"])
            .add_origin_regexes([r"https://x\.example", r"https://y\.example"]);
    let written = serde_json::to_string(&rule).unwrap();
    assert_eq!(written, serde_json::to_string(&expected).unwrap());
    assert_eq!(serde_json::from_str::<Rule>(&written).unwrap(), expected);
}

// A file cannot hold a predicate. The remaining rule matches fewer origins, never more.
#[test]
fn predicate_is_not_serialized() {
    let rule = Rule::for_origins_where(OriginPredicate::new(|_, _| true));
    let written = serde_json::to_string(&rule).unwrap();
    assert_eq!(written, "{}");
    let error = CorsPolicy::new(serde_json::from_str::<Rule>(&written).unwrap()).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::NoOrigins);
}

#[test]
fn fractional_max_age_fails_to_serialize() {
    let rule = Rule::for_any_origin().max_age(Duration::from_millis(1500));
    let expected = "max_age 1.5s has a fraction of a second; use a whole number of seconds";
    assert_eq!(serde_json::to_string(&rule).unwrap_err().to_string(), expected);
    let error = toml::to_string(&rule).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn default_values_are_not_serialized() {
    let config = CorsConfig::from(vec![Rule::for_origins([APP])]);
    let written = serde_json::to_string(&config).unwrap();
    assert_eq!(written, r#"{"rules":[{"origins":["https://app.example.com"]}]}"#);
    assert_eq!(serde_json::to_string(&CorsConfig::default()).unwrap(), "{}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn serialized_config_is_read_back(config in config()) {
        let policy = CorsPolicy::new(config.clone());
        let policy = policy.map_err(|error| TestCaseError::fail(error.to_string()))?;
        for format in [TOML, JSON] {
            let written = (format.write)(&Settings { cors: config.clone() });
            let read = (format.read)(&written);
            let read = read.map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?.cors;
            prop_assert_eq!(&read, &config, "{}", written);
            let policy_read_back = CorsPolicy::new(read).unwrap();
            for request in requests() {
                let head = RequestHead::from(&request);
                let (first, second) = (policy.decide(&head), policy_read_back.decide(&head));
                prop_assert_eq!(first.outcome(), second.outcome(), "{}", written);
                prop_assert_eq!(
                    first.early_response::<String>().map(|response| format!("{response:?}")),
                    second.early_response::<String>().map(|response| format!("{response:?}"))
                );
            }
        }
    }
}

/// Returns a strategy for configurations without faults.
fn config() -> impl Strategy<Value = CorsConfig> {
    let settings = (
        prop::collection::vec(rule(), 1..=3),
        200_u16..=299,
        any::<bool>(),
        subsequence(EXACT, 0..=EXACT.len()),
        any::<[bool; 2]>(),
    );
    settings.prop_map(|(rules, preflight_status, enforce, service_origins, [keep, hide])| {
        CorsConfig::from(rules)
            .preflight_status(preflight_status)
            .enforce(enforce)
            .service_origins(owned(service_origins))
            .upstream_headers(if keep { UpstreamHeaders::Keep } else { UpstreamHeaders::Replace })
            .hide_failing_step(hide)
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let lists = (
        subsequence(ORIGINS, 1..=ORIGINS.len()),
        subsequence(REGEXES, 0..=REGEXES.len()),
        subsequence(METHODS, 0..=METHODS.len()),
        subsequence(NAMES, 0..=NAMES.len()),
        subsequence(NAMES, 0..=NAMES.len()),
    );
    let flags = (prop::option::of(0_u64..=86_400), any::<bool>(), any::<bool>(), any::<bool>());
    (lists, flags).prop_map(|((origins, regexes, methods, headers, exposed), flags)| {
        let (max_age, has_credentials, is_for_any, null) = flags;
        let rule = if is_for_any && !has_credentials {
            Rule::for_any_origin()
        } else {
            Rule::for_origins(origins).add_origin_regexes(regexes)
        };
        let rule = rule.allow_methods(methods).allow_headers(headers);
        let rule = match max_age {
            Some(seconds) => rule.max_age(Duration::from_secs(seconds)),
            None => rule,
        };
        match (has_credentials, null) {
            (true, _) => rule
                .expose_headers(exposed.into_iter().filter(|name| *name != "*"))
                .allow_credentials(true)
                .dangerously_allow_insecure_origins(true)
                .dangerously_allow_public_suffixes(true),
            (false, true) => rule.expose_headers(exposed).dangerously_allow_null_origin(true),
            (false, false) => rule.expose_headers(exposed),
        }
    })
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn requests() -> Vec<http::Request<()>> {
    let header = "access-control-request-headers";
    let mut requests = Vec::new();
    for origin in [APP, EVIL, "null", "http://a.corp.example:8080", "https://pr-1.example.com"] {
        requests.push(get(origin));
        requests.push(from(origin, "PUT"));
        requests.push(preflight(origin, "PUT").header(header, "authorization"));
        requests.push(preflight(origin, "CHICKEN").header(header, "content-type,x-a"));
    }
    requests.into_iter().map(|request| request.body(()).unwrap()).collect()
}

/// The reason that a file is rejected.
enum Error {
    Shape(String),
    Values(CorsConfigError),
}

impl Error {
    /// Returns the message that the documentation of `CorsConfig` recommends to print.
    fn text(&self) -> String {
        match self {
            Self::Shape(text) => text.clone(),
            Self::Values(error) => {
                let lines = error.faults().iter().map(|fault| format!("cors.{fault}"));
                lines.collect::<Vec<String>>().join("\n")
            }
        }
    }
}

fn load(path: &Path, text: &str) -> Result<CorsPolicy, Error> {
    let formats = BTreeMap::from([TOML, JSON].map(|format| (format.extension, format)));
    let extension = path.extension().unwrap().to_str().unwrap();
    let settings = (formats[extension].read)(text).map_err(Error::Shape)?;
    CorsPolicy::new(settings.cors).map_err(Error::Values)
}

fn broken_files() -> Vec<PathBuf> {
    files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end != "expected"))
        .collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config_errors");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Returns the name of the kind, without the data that depend on the value.
fn name(kind: &FaultKind) -> String {
    match kind {
        FaultKind::OriginRegex { fault, .. } => format!("OriginRegex({fault:?})"),
        FaultKind::InsecureOriginRegexWithCredentials { .. } => {
            "InsecureOriginRegexWithCredentials".to_owned()
        }
        FaultKind::UnknownKey(_) => "UnknownKey".to_owned(),
        kind => format!("{kind:?}"),
    }
}

struct Format {
    extension: &'static str,
    read: fn(&str) -> Result<Settings, String>,
    write: fn(&Settings) -> String,
}

const TOML: Format = Format {
    extension: "toml",
    read: |text| toml::from_str(text).map_err(|error| error.to_string()),
    write: |settings| toml::to_string(settings).unwrap(),
};
const JSON: Format = Format {
    extension: "json",
    read: |text| serde_json::from_str(text).map_err(|error| error.to_string()),
    write: |settings| serde_json::to_string(settings).unwrap(),
};

/// The example in DESIGN.
const EXAMPLE_TOML: &str = r#"
[cors]
preflight_status = 204              # any 2xx
enforce = false                     # true: reject disallowed actual requests with 403
service_origins = []                    # the service's own public origins, for `enforce`
upstream_headers = "replace"        # or "keep": what to do with CORS headers that the inner service set
hide_failing_step = false           # true: an empty 403 for every rejected preflight

[[cors.rules]]
origins = ["https://app.example.com", "https://*.example.org"]   # or ["*"] alone; may be empty if origin_regexes is not
origin_regexes = ['https://pr-[0-9]+\.preview\.example\.com']    # always matched whole
allow_credentials = true
allow_methods = ["PUT", "DELETE"]             # or ["*"]
allow_headers = ["content-type"]      # or ["*"], ["*", "authorization"]
expose_headers = ["etag"]               # or ["*"]
max_age = 600                           # whole seconds; 0 = do not cache; absent = the browser's 5 s
dangerously_allow_null_origin = false   # likewise dangerously_allow_insecure_origins, dangerously_allow_public_suffixes
dangerously_allow_credentials_for_any_origin = false
"#;

const EXAMPLE_JSON: &str = r#"
{
  "cors": {
    "preflight_status": 204,
    "enforce": false,
    "service_origins": [],
    "upstream_headers": "replace",
    "hide_failing_step": false,
    "rules": [
      {
        "origins": ["https://app.example.com", "https://*.example.org"],
        "origin_regexes": ["https://pr-[0-9]+\\.preview\\.example\\.com"],
        "allow_credentials": true,
        "allow_methods": ["PUT", "DELETE"],
        "allow_headers": ["content-type"],
        "expose_headers": ["etag"],
        "max_age": 600,
        "dangerously_allow_null_origin": false,
        "dangerously_allow_credentials_for_any_origin": false
      }
    ]
  }
}
"#;

/// All kinds, except `FractionalMaxAge` (only in code) and the kinds of disabled features.
const KINDS_IN_FILES: &[&str] = &[
    "AnyOriginNextToOthers",
    "AnyOriginWithCredentials",
    "AnyResponseHeaderWithCredentials",
    "ForbiddenMethod",
    "ForbiddenRequestHeader",
    "ForbiddenResponseHeader",
    "InsecureOriginRegexWithCredentials",
    "InsecureOriginWithCredentials",
    "MalformedHeaderName",
    "MalformedMethod",
    "MaxAgeTooLong",
    "NoOrigins",
    "NoRules",
    "NotSingleOrigin",
    "NullOriginWithCredentials",
    "Origin(AnyHost)",
    "Origin(AnyScheme)",
    "Origin(DefaultPort)",
    "Origin(Empty)",
    "Origin(EmptyLabel)",
    "Origin(FileScheme)",
    "Origin(Fragment)",
    "Origin(HostTooLong)",
    "Origin(Ipv4)",
    "Origin(Ipv6)",
    "Origin(MalformedHost)",
    "Origin(MalformedPort)",
    "Origin(MalformedScheme)",
    "Origin(MissingHost)",
    "Origin(MissingScheme)",
    "Origin(Null)",
    "Origin(Path)",
    "Origin(Query)",
    "Origin(RegularExpression)",
    "Origin(RepeatedWildcard)",
    "Origin(SeveralOrigins)",
    "Origin(TooLong)",
    "Origin(TrailingDot)",
    "Origin(TrailingSlash)",
    "Origin(UnicodeHost)",
    "Origin(UpperCase)",
    "Origin(Userinfo)",
    "Origin(Whitespace)",
    "Origin(WildcardBeforeAddress)",
    "Origin(WildcardInLabel)",
    "Origin(WildcardInPort)",
    "Origin(WildcardInside)",
    "OriginRegex(Empty)",
    "OriginRegex(Malformed)",
    "OriginRegex(TooLarge)",
    "OriginRegex(TooLong)",
    "OriginRegex(TooMany)",
    "OriginRegex(Unicode)",
    "PreflightStatusNotOk",
    "PublicSuffixWithCredentials",
    "RequestHeaderAsResponseHeader",
    "ResponseHeaderAsRequestHeader",
    "StaticOriginNextToOthers",
    "StaticOriginWithEnforce",
    "StaticOriginWithOtherRules",
    "UnknownKey",
    "UnknownPreset",
    "UnnormalizedMethod",
    "WildcardInHeaderName",
    "WildcardInMethod",
];

const ORIGINS: &[&str] = &[
    APP,
    "https://*.example.org",
    "http://*.corp.example:*",
    "http://localhost:*",
    "https://*.github.io",
    "http://[::1]:8080",
    "capacitor://localhost",
];
const EXACT: &[&str] = &[APP, "https://api.example.com", "http://localhost:3000"];
const REGEXES: &[&str] = &[
    r"https://pr-[0-9]+\.example\.com",
    r"http://(a|b)\.corp\.example",
    r"https://[a-z]{1,8}\.example",
];
const METHODS: &[&str] = &["PUT", "patch", "CHICKEN", "POST", "*", "PUT"];
const NAMES: &[&str] = &["content-type", "X-A", "authorization", "*", "null", "~", "yes", "1"];
