//! Configurations: reading and writing, errors, and lints about combinations of sections.

use std::{fs, path::Path};

use serde::Deserialize;
use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy, Rule},
    cross_origin::{
        CrossOriginConfig, CrossOriginPolicy, Fault, GuardConfig, LintKind, SseConfig,
        WebSocketConfig,
    },
    origin::OriginSet,
};

use crate::{
    ALL_SECTIONS, policy, read,
    support::{APP, EVIL},
};

#[test]
fn sse_keys_are_the_names_of_the_setters() {
    let config = CrossOriginConfig::new().sse(SseConfig::new().send_x_accel_buffering(false));
    let text = "[sse]\nsend_x_accel_buffering = false\n";
    assert_eq!(read(text), config);
    assert_eq!(toml::to_string(&config).unwrap(), text);
    let default = CrossOriginConfig::new().sse(SseConfig::new());
    assert_eq!(read("[sse]\nsend_x_accel_buffering = true"), default);
    assert_eq!(toml::to_string(&default).unwrap(), "[sse]\n");
}

#[test]
fn lists_and_guards_accept_texts_and_sets() {
    let set = OriginSet::parse(["https://*.example.com"]).unwrap();
    let guard = |web_socket| GuardConfig::new().web_socket(web_socket);
    let config = |guard| {
        let rule = Rule::for_origins(["@ours"]).allow_credentials(true);
        CrossOriginConfig::new().cors(rule).guard(guard)
    };
    let with_sets = config(guard(WebSocketConfig::new().trust_origins(&set))).origins("ours", &set);
    let texts = ["https://*.example.com"];
    let with_texts =
        config(guard(WebSocketConfig::new().trust_origins(texts))).origins("ours", texts);
    assert_eq!(toml::to_string(&with_sets).unwrap(), toml::to_string(&with_texts).unwrap());
    // A guard that trusts more origins than CORS would cause a lint.
    for config in [with_sets, with_texts] {
        let policy = CrossOriginPolicy::new(config).unwrap();
        assert_eq!(policy.lints(), []);
    }
}

#[test]
fn valid_file_parses_without_faults() {
    assert_eq!(policy(ALL_SECTIONS).lints(), []);
}

#[test]
fn written_config_is_read_back() {
    let config = read(ALL_SECTIONS);
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<CrossOriginConfig>(&written).unwrap(), config, "{written}");
    let written = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<CrossOriginConfig>(&written).unwrap(), config, "{written}");
    assert_eq!(serde_json::to_string(&CrossOriginConfig::default()).unwrap(), "{}");
}

#[test]
fn file_with_only_cors_equals_the_cors_config() {
    #[derive(Deserialize)]
    struct CorsFile {
        cors: CorsConfig,
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![
        ("any".to_owned(), "[[cors.rules]]\norigins = ['*']".to_owned()),
        ("two rules".to_owned(), TWO_RULES.to_owned()),
    ];
    for entry in fs::read_dir(root.join("tests/config_errors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            texts.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    let (mut policies, mut with_faults) = (0, 0);
    for (name, text) in texts {
        let alone = toml::from_str::<CorsFile>(&text).map(|file| CorsPolicy::new(file.cors));
        let config = toml::from_str::<CrossOriginConfig>(&text).map(CrossOriginPolicy::new);
        match (alone, config) {
            (Ok(Ok(alone)), Ok(Ok(config))) => {
                policies += 1;
                assert!(alone.difference(config.cors().unwrap()).is_empty(), "{name}");
            }
            (Ok(Err(alone)), Ok(Err(config))) => {
                with_faults += 1;
                let alone: Vec<String> =
                    alone.faults().iter().map(|fault| format!("cors.{fault}")).collect();
                let config: Vec<String> = config.faults().iter().map(ToString::to_string).collect();
                assert_eq!(alone, config, "{name}");
            }
            (Err(_), Err(_)) => with_faults += 1,
            (alone, config) => panic!("{name}: {alone:?}, {config:?}"),
        }
    }
    assert!(policies == 2 && with_faults > 20, "{policies} policies, {with_faults} with faults");
}

const TWO_RULES: &str = r#"
[cors]
enforce = true
service_origins = ["https://api.example.com"]

[[cors.rules]]
origins = ["https://app.example.com", "https://*.example.org"]
allow_credentials = true
allow_methods = ["PUT", "DELETE"]
allow_headers = ["content-type"]
expose_headers = ["etag"]
max_age = 600

[[cors.rules]]
origins = ["*"]
max_age = 600
"#;

#[test]
fn config_error_has_all_faults_with_their_settings() {
    for (text, expected) in [
        ("", &["cross_origin: nothing is configured"][..]),
        (
            r#"
            service_origins = ["https://*.example.com", "https://example.com/"]
            [origins]
            ours = ["https://app.example.com", "https://app.example.com/"]
            "my list" = []
            nested = ["@ours"]
            [[cors.rules]]
            origins = ["@ours", "@theirs"]
            allow_methods = ["put"]
            [guard.host]
            names = ["https://api.example.com"]
            [guard.web_socket]
            trust_origins = ["@theirs"]
            [guard.csrf]
            trust_origins = ["http://a.example:80"]
            exempt_paths = ["hooks"]
            [guard.fetch_metadata]
            exempt_paths = ["/../hooks"]
            [embedding]
            opener_policy = { policy = "same-origin", report_to = "main" }
            timing_allow_origin = ["@theirs", "https://*.example.com"]
            [jsonp]
            paths = ["feed"]
            callbacks = { one_of = ["alert"] }
            [sse]
            cache_control = "a\nb"
            jitter_percent = 101
            other_media_types = ["ndjson"]
            [long_poll]
            [beacon]
            paths = ["/ping?"]
            "#,
            &[
                r#"origins.my list = "my list": the name of a list"#,
                r#"origins.nested[0] = "@ours": no list has this name"#,
                r#"origins.ours[1] = "https://app.example.com/": an origin has no path"#,
                r#"service_origins[0] = "https://*.example.com": this stands for several"#,
                r#"service_origins[1] = "https://example.com/": an origin has no path"#,
                r#"cors.rules[0].origins[1] = "@theirs": no list has this name"#,
                r#"cors.rules[0].allow_methods[0] = "put": browsers send"#,
                r#"guard.host.names[0] = "https://api.example.com": a Host header has no scheme; write "api.example.com""#,
                r#"guard.web_socket.trust_origins[0] = "@theirs": no list has this name"#,
                r#"guard.csrf.trust_origins[0] = "http://a.example:80": "#,
                r#"guard.csrf.exempt_paths[0] = "hooks": write it from its first slash"#,
                r#"guard.fetch_metadata.exempt_paths[0] = "/../hooks": "#,
                r#"embedding.opener_policy.report_to = "main": there is no endpoint"#,
                r#"embedding.timing_allow_origin[0] = "@theirs": no list has this name"#,
                r#"embedding.timing_allow_origin[1] = "https://*.example.com": this stands"#,
                r#"jsonp.paths[0] = "feed": write it from its first slash"#,
                r#"jsonp.callbacks.one_of[0] = "alert": "#,
                r#"sse.cache_control = "a\nb": a header's value"#,
                r"sse.jitter_percent = 101: write 0 to 100",
                r#"sse.other_media_types[0] = "ndjson": write a type"#,
                r"long_poll.paths: without a path",
                r#"beacon.paths[0] = "/ping?": write the path alone"#,
            ],
        ),
        ("[guard.host]", &["guard.host.names: without a name"]),
    ] {
        let error = CrossOriginPolicy::new(read(text)).expect_err(text);
        let faults: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
        let begins = |(fault, expected): (&String, &&str)| fault.starts_with(expected);
        let is_expected = faults.len() == expected.len() && faults.iter().zip(expected).all(begins);
        assert!(is_expected, "{faults:#?}\n{expected:#?}");
    }
}

#[test]
fn policy_with_paths_goes_by_path() {
    for (text, goes_by_path) in [
        ("[[cors.rules]]\norigins = ['*']", false),
        ("[guard.csrf]\n[guard.fetch_metadata]\n[jsonp]\n[sse]", false),
        ("[guard.csrf]\nexempt_paths = ['/hooks']", true),
        ("[guard.fetch_metadata]\nexempt_paths = ['/hooks']", true),
        ("[jsonp]\npaths = ['/feed']", true),
        ("[long_poll]\npaths = ['/poll']", true),
        ("[beacon]\npaths = ['/ping']", true),
    ] {
        assert_eq!(policy(text).goes_by_path(), goes_by_path, "{text}");
    }
}

#[test]
fn value_of_the_wrong_type_is_a_format_error() {
    for (text, expected) in [
        ("guards = {}", "unknown field `guards`"),
        ("[guard]\ncrsf = {}", "unknown field `crsf`"),
        ("[guard.csrf]\npaths = []", "unknown field `paths`"),
        ("[origins]\nours = 'https://a.example'", "a list of origins, such as"),
        ("origins = ['https://a.example']", "lists of origins, by name"),
        ("guard = ['csrf']", "the guards host, web_socket, csrf and fetch_metadata, by key"),
        ("[guard]\ncsrf = true", "the settings of the guard against forged requests, by key"),
        ("[guard.fetch_metadata]\nallow_destinations = ['picture']", "is no destination"),
        ("[embedding]\nresource_policy = 'same'", "unknown variant `same`"),
        ("[embedding]\nopener_policy = 1", "a policy, or a policy with an endpoint"),
        ("[embedding]\ntiming_allow_origin = 'all'", r#""*", a list of origins, or"#),
        ("[embedding]\nreporting_endpoints = ['/reports']", "names with addresses"),
        ("[jsonp]\ncallbacks = 'any'", "unknown variant `any`"),
        ("[jsonp]\ncallbacks = { first = 'a' }", "unknown field `first`"),
        ("[jsonp]\ncallbacks = { prefix = 'a', indexed = 'b' }", "invalid length 2"),
        ("[jsonp]\ncallbacks = {}", r#""path", "identifier", { one_of"#),
        ("[jsonp]\npayload = 'xml'", "unknown variant `xml`"),
        ("[sse]\nretry = '3s'", "whole milliseconds"),
        ("[long_poll]\nwindow = 2.5", "whole seconds"),
        ("[long_poll]\ntimeout_status = 99", "a status, such as 200"),
        ("[long_poll]\ntimeout_status = '200'", "a status, such as 200"),
    ] {
        let error = toml::from_str::<CrossOriginConfig>(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let twice = r#"{ "origins": { "a": [], "a": [] } }"#;
    let error = serde_json::from_str::<CrossOriginConfig>(twice).unwrap_err().to_string();
    assert!(error.contains(r#"the list "a" is there twice"#), "{error}");
}

#[test]
fn embedding_that_contradicts_other_sections_has_a_lint() {
    let admits = |origin: &str| origin.to_owned();
    for (text, expected) in [
        (format!("{CORS}[origins]\nours = []"), &[("origins.ours", "", LintKind::UnusedList)][..]),
        (
            "[embedding]\npreset = 'cross-origin-isolated'".into(),
            &[("embedding.embedder_policy", "require-corp", LintKind::NoResourcePolicy)],
        ),
        (
            "[embedding]\ndocument_isolation_policy = 'isolate-and-require-corp'".into(),
            &[(
                "embedding.document_isolation_policy",
                "isolate-and-require-corp",
                LintKind::NoResourcePolicy,
            )],
        ),
        (format!("{CORS}[embedding]\npreset = 'cross-origin-isolated'"), &[]),
        (
            "[embedding]\npreset = 'cross-origin-isolated'\nresource_policy = 'same-site'".into(),
            &[],
        ),
        ("[embedding]\npreset = 'cross-origin-isolated-credentialless'".into(), &[]),
        (
            format!("{CORS}[embedding]\ntiming_allow_origin = '*'"),
            &[(
                "embedding.timing_allow_origin",
                "*",
                LintKind::TimingBeyondCors { admits: admits("https://any.example") },
            )],
        ),
        (
            format!("{CORS}[embedding]\ntiming_allow_origin = ['{APP}', '{EVIL}']"),
            &[(
                "embedding.timing_allow_origin",
                EVIL,
                LintKind::TimingBeyondCors { admits: admits(EVIL) },
            )],
        ),
        ("[embedding]\npreset = 'public-asset'".into(), &[]),
    ] {
        has_lints(&text, expected);
    }
}

#[test]
fn guard_that_contradicts_other_sections_has_a_lint() {
    let admits = |origin: &str| origin.to_owned();
    for (text, expected) in [
        (
            "[beacon]\npaths = ['/ping', '/pong']\n[guard.csrf]\nexempt_paths = ['/ping']\n\
             [guard.fetch_metadata]\nexempt_paths = ['/ping', '/pong']"
                .into(),
            &[("guard.csrf.exempt_paths", "/pong", LintKind::PingsRefused)][..],
        ),
        (
            format!(
                "{TRUSTED}[guard.web_socket]\ntrust_origins = ['@ours', 'https://*.example.com:*']"
            ),
            &[(
                "guard.web_socket.trust_origins",
                "https://*.example.com:*",
                LintKind::WebSocketBeyondCors { admits: admits("https://a.example.com:1") },
            )][..],
        ),
        (
            // CORS allows the origin, but without credentials.
            format!("{CORS}[guard.web_socket]\ntrust_origins = ['{APP}']"),
            &[(
                "guard.web_socket.trust_origins",
                APP,
                LintKind::WebSocketBeyondCors { admits: admits(APP) },
            )],
        ),
        (format!("{TRUSTED}[guard.web_socket]"), &[]),
        (
            format!("{CORS}[guard.fetch_metadata]"),
            &[("guard.fetch_metadata.allow_cors", "", LintKind::CorsRefusedByMetadata)],
        ),
        (format!("{CORS}[guard.fetch_metadata]\nreport_only = true"), &[]),
        (
            format!("{TRUSTED}[guard.web_socket]\n[guard.fetch_metadata]\nallow_cors = true"),
            &[(
                "guard.fetch_metadata.allow_web_sockets",
                "",
                LintKind::WebSocketsRefusedByMetadata,
            )],
        ),
        (
            "[jsonp]\n[guard.fetch_metadata]\nallow_destinations = ['image']".into(),
            &[("guard.fetch_metadata.allow_destinations", "", LintKind::JsonpRefusedByMetadata)],
        ),
        (
            "service_origins = ['https://api.example.com', 'https://www.example.com:8443']\n\
             [guard.host]\nnames = ['api.example.com']"
                .into(),
            &[("service_origins", "https://www.example.com:8443", LintKind::OwnOriginRefused)],
        ),
        (
            "[guard.host]\nnames = ['*.example.com']\n\
             [cors]\nenforce = true\nservice_origins = ['https://example.org']\n\
             [[cors.rules]]\norigins = ['https://app.example.com']"
                .into(),
            &[("service_origins", "https://example.org", LintKind::OwnOriginRefused)],
        ),
    ] {
        has_lints(&text, expected);
    }
}

/// Checks the lints about combinations of sections: setting, value, kind.
#[track_caller]
fn has_lints(text: &str, expected: &[(&str, &str, LintKind)]) {
    let policy = policy(text);
    let is_cross_check =
        |kind: &LintKind| !matches!(kind, LintKind::Cors(_) | LintKind::Embedding(_));
    let lints: Vec<_> = policy
        .lints()
        .iter()
        .filter(|lint| is_cross_check(lint.kind()))
        .map(|lint| (lint.setting(), lint.value(), lint.kind().clone()))
        .collect();
    assert_eq!(lints, expected, "{text}");
}

const CORS: &str = "[[cors.rules]]\norigins = ['https://app.example.com']\n";

const TRUSTED: &str = "[[cors.rules]]\norigins = ['@ours']\nallow_credentials = true\n\
                       [origins]\nours = ['https://*.example.com']\n";

#[test]
fn lints_of_each_section_are_included() {
    let text = "[[cors.rules]]\norigins = ['*']\nallow_methods = ['GET']\n\
                [embedding]\nembedder_policy = 'require-corp'";
    let lints: Vec<String> = policy(text).lints().iter().map(ToString::to_string).collect();
    let [cors_lint, embedding_lint] = &*lints else { panic!("{lints:#?}") };
    assert!(cors_lint.starts_with(r#"cors.rules[0].allow_methods[0] = "GET": "#), "{cors_lint}");
    assert!(embedding_lint.starts_with("embedding.embedder_policy = "), "{embedding_lint}");
}
