//! Configurations: reading and writing, errors, and lints about combinations of sections.

use std::{fs, path::Path};

use http::Request;
use serde::Deserialize;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Rule},
    cross_origin::{
        CrossOriginConfig, CrossOriginPolicy, Fault, FaultKind, GuardConfig, LintKind, SseConfig,
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
            // In a file with all sections, these are settings of the whole.
            (Ok(Ok(_)), Ok(Err(config))) => {
                policies += 1;
                let is_shared = |fault: &Fault| *fault.kind() == FaultKind::SharedSetting;
                assert!(config.faults().iter().all(is_shared), "{name}: {config}");
            }
            (Ok(Err(alone)), Ok(Err(config))) => {
                with_faults += 1;
                let alone: Vec<String> =
                    alone.faults().iter().map(|fault| format!("cors.{fault}")).collect();
                let is_shared = |fault: &&Fault| *fault.kind() == FaultKind::SharedSetting;
                let config = config.faults().iter().filter(|fault| !is_shared(fault));
                let config: Vec<String> = config.map(ToString::to_string).collect();
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
        ("", &["cross_origin: the configuration has no section"][..]),
        (
            r#"
            service_origins = ["https://*.example.com", "https://example.com/"]
            exempt_paths = ["hooks", "/../hooks"]
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
            [guard.fetch_metadata]
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
                r#"origins.my list = "my list": the list name has"#,
                r#"origins.nested[0] = "@ours": no list of origins has the name"#,
                r#"origins.ours[1] = "https://app.example.com/": the origin ends with a slash"#,
                r#"service_origins[0] = "https://*.example.com": the value is not a single origin"#,
                r#"service_origins[1] = "https://example.com/": the origin ends with a slash"#,
                r#"exempt_paths[0] = "hooks": the path does not begin with "/""#,
                r#"exempt_paths[1] = "/../hooks": "#,
                r#"cors.rules[0].origins[1] = "@theirs": no list of origins has the name"#,
                r#"cors.rules[0].allow_methods[0] = "put": the method is not in upper case"#,
                r#"guard.host.names[0] = "https://api.example.com": the name has a scheme; a Host header has no scheme; remove the scheme; write "api.example.com""#,
                r#"guard.web_socket.trust_origins[0] = "@theirs": no list of origins has the name"#,
                r#"guard.csrf.trust_origins[0] = "http://a.example:80": "#,
                r#"embedding.opener_policy.report_to = "main": no endpoint has the name"#,
                r#"embedding.timing_allow_origin[0] = "@theirs": no list of origins has the name"#,
                r#"embedding.timing_allow_origin[1] = "https://*.example.com": the value is not a single origin"#,
                r#"jsonp.paths[0] = "feed": the path does not begin with "/""#,
                r#"jsonp.callbacks.one_of[0] = "alert": "#,
                r#"sse.cache_control = "a\nb": the value is not a valid header value"#,
                r"sse.jitter_percent = 101: the percentage is more than 100",
                r#"sse.other_media_types[0] = "ndjson": the value is not the media type"#,
                r"long_poll.paths: the list of paths is empty",
                r#"beacon.paths[0] = "/ping?": the path has a query or a fragment"#,
            ],
        ),
        ("[guard.host]", &["guard.host.names: the list of host names is empty"]),
        (
            "[guard.require_preflight]",
            &[
                "guard.require_preflight: the guard needs the section cors; the rules of the section decide",
            ],
        ),
        // A section with faults is a section.
        ("[cors]\n[guard.require_preflight]", &["cors.rules: the list of rules is empty"]),
    ] {
        let error = CrossOriginPolicy::new(read(text)).expect_err(text);
        let faults: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
        let begins = |(fault, expected): (&String, &&str)| fault.starts_with(expected);
        let is_expected = faults.len() == expected.len() && faults.iter().zip(expected).all(begins);
        assert!(is_expected, "{faults:#?}\n{expected:#?}");
    }
}

// R21: a file has one fault for each unknown key of each section.
#[test]
fn unknown_keys_of_all_sections_are_reported_at_once() {
    let config = read(
        r#"
        guards = {}
        server_sent_events = {}
        csrf = { exempt_paths = ["/hooks"] }
        [cors]
        service_orgins = ["https://api.example.com"]
        origins = ["https://app.example.com"]
        [[cors.rules]]
        origins = ["*"]
        allowed_headers = ["content-type"]
        [guard]
        fetchMetadata = {}
        [guard.host]
        hosts = ["api.example.com"]
        names = ["api.example.com"]
        [guard.web_socket]
        trusted_origins = ["https://app.example.com"]
        [guard.csrf]
        paths = ["/hooks"]
        service_origins = ["https://api.example.com"]
        [guard.fetch_metadata]
        allow_destination = ["image"]
        [guard.require_preflight]
        exempt_paths = ["/hooks"]
        [embedding]
        resource-policy = "same-origin"
        [jsonp]
        callback = "path"
        [sse]
        keepalive = 15
        [long_poll]
        paths = ["/poll"]
        timeout = 25
        [beacon]
        path = ["/ping"]
        paths = ["/ping"]
        "#,
    );
    let error = CrossOriginPolicy::new(config).unwrap_err();
    let faults: Vec<_> = error.faults().iter().map(|f| (f.setting(), f.suggestion())).collect();
    assert_eq!(
        faults,
        [
            ("csrf", None),
            ("guards", Some("guard")),
            ("server_sent_events", None),
            ("guard.fetchMetadata", Some("fetch_metadata")),
            ("guard.host.hosts", Some("names")),
            ("guard.web_socket.trusted_origins", Some("trust_origins")),
            ("guard.csrf.paths", None),
            ("guard.csrf.service_origins", None),
            ("guard.fetch_metadata.allow_destination", Some("allow_destinations")),
            ("guard.require_preflight.exempt_paths", None),
            ("sse.keepalive", Some("keep_alive")),
            ("long_poll.timeout", None),
            ("beacon.path", Some("paths")),
            ("cors.origins", None),
            ("cors.service_orgins", Some("service_origins")),
            ("cors.rules[0].allowed_headers", Some("allow_headers")),
            ("embedding.resource-policy", Some("resource_policy")),
            ("jsonp.callback", Some("callbacks")),
        ]
    );
    let text = |setting: &str| {
        let fault = error.faults().iter().find(|fault| fault.setting() == setting).unwrap();
        fault.to_string()
    };
    for (setting, fix) in [
        ("csrf", "move the key to the section guard"),
        ("cors.origins", "move the key to a rule"),
        ("guard.csrf.service_origins", "move the key to the top level"),
    ] {
        assert!(text(setting).ends_with(fix), "{}", text(setting));
    }
    assert_eq!(
        text("cors.rules[0].allowed_headers"),
        "cors.rules[0].allowed_headers: the key is not a setting of this section; a misspelled setting \
         would have no effect; correct the key, or remove the key; write \"allow_headers\""
    );
}

#[test]
fn policy_with_paths_is_path_dependent() {
    for (text, is_path_dependent) in [
        ("[[cors.rules]]\norigins = ['*']", false),
        ("[guard.csrf]\n[guard.fetch_metadata]\n[jsonp]\n[sse]", false),
        ("exempt_paths = ['/hooks']\n[guard.csrf]", true),
        ("[jsonp]\npaths = ['/feed']", true),
        ("[long_poll]\npaths = ['/poll']", true),
        ("[beacon]\npaths = ['/ping']", true),
    ] {
        assert_eq!(policy(text).is_path_dependent(), is_path_dependent, "{text}");
    }
}

#[test]
fn value_of_the_wrong_type_is_a_format_error() {
    for (text, expected) in [
        ("[origins]\nours = 'https://a.example'", "a list of origins, such as"),
        ("origins = ['https://a.example']", "a map from names to lists of origins"),
        (
            "guard = ['csrf']",
            "a map with the keys host, web_socket, csrf, fetch_metadata and require_preflight",
        ),
        (
            "[guard]\ncsrf = true",
            "a map with the settings of the guard against cross-site request forgery",
        ),
        ("[guard.fetch_metadata]\nallow_destinations = ['picture']", "is not a destination"),
        ("[embedding]\nresource_policy = 'same'", "unknown variant `same`"),
        ("[embedding]\nopener_policy = 1", "a policy, or a policy with an endpoint"),
        ("[embedding]\ntiming_allow_origin = 'all'", r#""*", a list of origins, or"#),
        ("[embedding]\nframe_ancestors = 'all'", r#""none", "self", or a list of origins"#),
        ("[embedding]\nintegrity_policy = 'scripts'", "unknown variant `scripts`"),
        ("[embedding]\nreporting_endpoints = ['/reports']", "names with addresses"),
        ("[jsonp]\ncallbacks = 'any'", "unknown variant `any`"),
        ("[jsonp]\ncallbacks = { first = 'a' }", "unknown field `first`"),
        ("[jsonp]\ncallbacks = { prefix = 'a', indexed = 'b' }", "does not have exactly one key"),
        ("[jsonp]\ncallbacks = {}", "use one of prefix, one_of and indexed"),
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
    assert!(error.contains(r#"the list "a" occurs twice"#), "{error}");
}

#[test]
fn embedding_that_contradicts_other_sections_has_a_lint() {
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
                LintKind::TimingBeyondCors { matches: String::from("https://any.example") },
            )],
        ),
        (
            format!("{CORS}[embedding]\ntiming_allow_origin = ['{APP}', '{EVIL}']"),
            &[(
                "embedding.timing_allow_origin",
                EVIL,
                LintKind::TimingBeyondCors { matches: String::from(EVIL) },
            )],
        ),
        ("[embedding]\npreset = 'public-asset'".into(), &[]),
    ] {
        has_lints(&text, expected);
    }
}

#[test]
fn guard_that_contradicts_other_sections_has_a_lint() {
    for (text, expected) in [
        (
            "exempt_paths = ['/ping']\n[beacon]\npaths = ['/ping', '/pong']\n[guard.csrf]\n\
             [guard.fetch_metadata]"
                .into(),
            &[("exempt_paths", "/pong", LintKind::PingsDenied)][..],
        ),
        (
            format!(
                "{TRUSTED}[guard.web_socket]\ntrust_origins = ['@ours', 'https://*.example.com:*']"
            ),
            &[(
                "guard.web_socket.trust_origins",
                "https://*.example.com:*",
                LintKind::WebSocketBeyondCors { matches: String::from("https://a.example.com:1") },
            )][..],
        ),
        (
            // CORS allows the origin, but without credentials.
            format!("{CORS}[guard.web_socket]\ntrust_origins = ['{APP}']"),
            &[(
                "guard.web_socket.trust_origins",
                APP,
                LintKind::WebSocketBeyondCors { matches: String::from(APP) },
            )],
        ),
        (format!("{TRUSTED}[guard.web_socket]"), &[]),
        (
            format!("{CORS}[guard.fetch_metadata]"),
            &[("guard.fetch_metadata.allow_cors", "", LintKind::CorsDeniedByFetchMetadata)],
        ),
        (format!("{CORS}[guard.fetch_metadata]\nreport_only = true"), &[]),
        (
            format!("{TRUSTED}[guard.web_socket]\n[guard.fetch_metadata]\nallow_cors = true"),
            &[(
                "guard.fetch_metadata.allow_web_sockets",
                "",
                LintKind::WebSocketsDeniedByFetchMetadata,
            )],
        ),
        (
            "[jsonp]\nstrip_credentials = true\n[guard.fetch_metadata]\nallow_destinations = ['image']".into(),
            &[(
                "guard.fetch_metadata.allow_destinations",
                "",
                LintKind::JsonpDeniedByFetchMetadata,
            )],
        ),
        (
            "service_origins = ['https://api.example.com', 'https://www.example.com:8443']\n\
             [guard.host]\nnames = ['api.example.com']\n[guard.csrf]"
                .into(),
            &[("service_origins", "https://www.example.com:8443", LintKind::ServiceOriginDenied)],
        ),
        (
            "service_origins = ['https://example.org']\n[guard.host]\nnames = ['*.example.com']\n\
             [cors]\nenforce = true\n[[cors.rules]]\norigins = ['https://app.example.com']"
                .into(),
            &[("service_origins", "https://example.org", LintKind::ServiceOriginDenied)],
        ),
    ] {
        has_lints(&text, expected);
    }
}

// R16: `sendBeacon` sends cookies, so that a rule for any origin cannot allow its JSON (getmunin/munin#400).
#[test]
fn json_pings_without_credentials_are_a_lint() {
    let file =
        |rules: &str| format!("[beacon]\npaths = ['/ping', '/b/*']\n[cors]\nrules = [{rules}]");
    let lint = |setting: &'static str, path: &str| {
        (setting, "false", LintKind::JsonPingsWithoutCredentials { path: path.to_owned() })
    };
    let any = "{ origins = ['*'], allow_headers = ['content-type'] }";
    let first = "cors.rules[0].allow_credentials";
    has_lints(&file(any), &[lint(first, "/ping")]);
    has_lints(&file("{ origins = ['*'], allow_headers = ['*'] }"), &[lint(first, "/ping")]);
    let listed = format!("{{ origins = ['{APP}'], allow_headers = ['content-type'] }}");
    has_lints(&file(&listed), &[lint(first, "/ping")]);
    let below = "{ origins = ['*'], allow_headers = ['content-type'], paths = ['/b/*'] }";
    has_lints(&file(below), &[lint(first, "/b/*")]);
    // Text needs no preflight.
    has_lints(&file("{ origins = ['*'] }"), &[]);
    let trusted = format!(
        "{{ origins = ['{APP}'], allow_headers = ['content-type'], allow_credentials = true }}"
    );
    has_lints(&file(&trusted), &[]);
    has_lints(&file(&format!("{trusted}, {any}")), &[]);
    let elsewhere = "{ origins = ['*'], allow_headers = ['content-type'], paths = ['/api/*'] }";
    has_lints(&file(elsewhere), &[]);
}

#[test]
fn explanation_of_a_json_ping_names_the_credentials() {
    let explained = |path: &str| {
        let file = "[[cors.rules]]\norigins = ['*']\nallow_headers = ['content-type']\n\
                    [beacon]\npaths = ['/ping']";
        let request = Request::options(path)
            .header("origin", APP)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let request = request.body(()).unwrap();
        policy(file).explain(RequestHead::from(&request)).to_string()
    };
    let expected = "beacon: sendBeacon sends cookies; cors.rules[0] does not allow credentials";
    assert!(explained("/ping").contains(expected), "{}", explained("/ping"));
    assert!(!explained("/other").contains("sendBeacon"));
}

#[test]
fn companion_settings_without_effect_are_lints() {
    // A cookie of a statistics script is enough (jQuery).
    has_lints("[jsonp]", &[("jsonp.strip_credentials", "false", LintKind::JsonpWithCookies)]);
    has_lints("[jsonp]\nstrip_credentials = true", &[]);
    has_lints("[jsonp]\ndangerously_allow_credentials = true", &[]);
    let silence = |value| [("sse.keep_alive", value, LintKind::KeepAliveAfterMaxAge)];
    has_lints("sse = { keep_alive = 600, max_age = 600 }", &silence("600"));
    has_lints("sse = { keep_alive = 601, max_age = 600 }", &silence("601"));
    has_lints("sse = { keep_alive = 15, max_age = 600, jitter_percent = 10 }", &[]);
    let jitter = [("sse.jitter_percent", "10", LintKind::JitterWithoutMaxAge)];
    has_lints("sse = { keep_alive = 15, jitter_percent = 10 }", &jitter);
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

// Without its unknown key, the file would become a policy without the CSRF guard.
#[test]
fn configuration_with_an_unknown_key_is_not_serialized() {
    for text in [
        "cors.rules = [{ origins = ['https://a.example'] }]\n[guards.csrf]",
        "cors.rules = [{ origins = ['https://a.example'], allowed_headers = ['x-a'] }]",
        "guard.host = { names = ['a.example'], reportonly = true }",
        "sse.keepalive = 15",
    ] {
        let config: CrossOriginConfig = toml::from_str(text).unwrap();
        let error = serde_json::to_string(&config).unwrap_err().to_string();
        assert!(error.contains("it would lose the key"), "{text}: {error}");
        assert!(CrossOriginPolicy::new(config).is_err(), "{text}");
    }
}

// `tests/clients` runs client libraries with these policies.
#[test]
fn policies_of_the_clients_guide_have_no_diagnostics() {
    let guide = include_str!("../../src/guides/clients.md");
    let mut policies = 0;
    for section in guide.split("\n# ").skip(1) {
        let (heading, rest) = section.split_once('\n').unwrap();
        let (_, block) =
            rest.split_once("\n```toml\n").unwrap_or_else(|| panic!("{heading}: no policy"));
        let (text, _) = block.split_once("```").unwrap();
        let policy = CrossOriginPolicy::new(toml::from_str::<CrossOriginConfig>(text).unwrap());
        assert_eq!(policy.unwrap().lints(), [], "{heading}");
        policies += 1;
    }
    assert!(policies > 20, "{policies}");
}

#[test]
fn policies_of_other_guides_have_no_diagnostics() {
    for (guide, policies) in [
        (include_str!("../../src/guides/apps.md"), 2),
        (include_str!("../../src/guides/cookies.md"), 1),
    ] {
        let blocks: Vec<&str> = guide.split("\n```toml\n").skip(1).collect();
        assert_eq!(blocks.len(), policies);
        for block in blocks {
            let (text, _) = block.split_once("```").unwrap();
            let policy = CrossOriginPolicy::new(toml::from_str::<CrossOriginConfig>(text).unwrap());
            assert_eq!(policy.unwrap().lints(), [], "{text}");
        }
    }
}
