//! Settings that `enforce` and the guards share, and `guard.csrf` next to `cors`.
//!
//! Rows R5, R6, R11 and R12 of public reports; DESIGN, "Settled behaviour", 4, 18, 19 and 24.

use http::{Request, request};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, Rule},
    cross_origin::{CrossOriginConfig, CrossOriginPolicy, FaultKind, Lint, LintKind, Section},
    guard::Rejection,
};

use crate::{
    policy, read,
    support::{APP, EVIL},
};

fn rejected_by(policy: &CrossOriginPolicy, request: request::Builder) -> Option<Section> {
    policy.decide(&RequestHead::from(&request.body(()).unwrap())).rejected_by()
}

fn with_lines(request: request::Builder, lines: &[(&str, &str)]) -> request::Builder {
    lines.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

fn explain(policy: &CrossOriginPolicy, request: request::Builder) -> String {
    policy.explain(&request.body(()).unwrap()).to_string()
}

fn lints(text: &str) -> Vec<(String, String, LintKind)> {
    let parts =
        |lint: &Lint| (lint.setting().to_owned(), lint.value().to_owned(), lint.kind().clone());
    policy(text).lints().iter().map(parts).collect()
}

const FETCH: &[(&str, &str)] =
    &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];

// <https://github.com/amiantos/lurker/issues/580>: plain HTTP behind a proxy that changes `Host`.
#[test]
fn service_origins_are_for_enforce_and_all_guards() {
    let irc = "http://irc.example.com";
    let sections = [
        ("[guard.csrf]", Section::Csrf),
        ("[guard.web_socket]", Section::WebSocket),
        (
            "[cors]\nenforce = true\n[[cors.rules]]\norigins = ['https://other.example']",
            Section::Cors,
        ),
    ];
    for (section, name) in sections {
        let request = |host: &str, origin: &str| {
            let request = match name {
                Section::WebSocket => Request::get("/").header("upgrade", "websocket"),
                _ => Request::post("/"),
            };
            request.header("host", host).header("origin", origin)
        };
        let with = policy(&format!("service_origins = ['{irc}']\n{section}"));
        let without = policy(section);
        assert_eq!(rejected_by(&with, request("backend:3000", irc)), None, "{section}");
        assert_eq!(rejected_by(&without, request("backend:3000", irc)), Some(name), "{section}");
        // They replace the comparison with `Host`.
        let rebound = || request("rebound.example", "http://rebound.example");
        assert_eq!(rejected_by(&with, rebound()), Some(name), "{section}");
        assert_eq!(rejected_by(&without, rebound()), None, "{section}");
        // Only then, the message names the setting.
        let fix = "if this is an address of your service";
        let text = explain(&with, rebound());
        assert!(text.contains(fix) && text.contains("service_origins"), "{text}");
        let text = explain(&with, request("backend:3000", EVIL));
        assert!(!text.contains(fix) && !text.contains("service_origins"), "{text}");
        let text = explain(&without, request("backend:3000", EVIL));
        assert!(!text.contains("service_origins"), "{text}");
    }
}

// <https://github.com/nhosoya/omniauth-apple/issues/100>
#[test]
fn exempt_paths_are_for_enforce_and_guards() {
    let sections = "[guard.web_socket]\n[guard.csrf]\n[guard.fetch_metadata]\n[cors]\nenforce = true\n\
                    [[cors.rules]]\norigins = ['https://app.example.com']";
    let exempt = policy(&format!("exempt_paths = ['/auth/apple/callback', '/saml/*']\n{sections}"));
    let form = |path: &str| {
        let request = Request::post(path).header("host", "api.example.com").header("origin", EVIL);
        with_lines(request, &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")])
    };
    for (path, rejection) in [
        ("/auth/apple/callback", None),
        ("/auth/apple/callback?code=1", None),
        ("/saml/acs", None),
        ("/auth/apple/callback/", Some(Section::Cors)),
        ("/auth/apple", Some(Section::Cors)),
        ("/saml", Some(Section::Cors)),
        ("/saml//acs", Some(Section::Cors)),
        ("/saml/../saml/acs", Some(Section::Cors)),
        ("/saml/..%2fadmin", Some(Section::Cors)),
        ("/saml/%2e%2e/admin", Some(Section::Cors)),
    ] {
        assert_eq!(rejected_by(&exempt, form(path)), rejection, "{path}");
    }
    assert_eq!(rejected_by(&policy(sections), form("/saml/acs")), Some(Section::Cors));
    // Each section alone.
    for (section, name) in [
        ("[guard.csrf]", Section::Csrf),
        ("[guard.fetch_metadata]", Section::FetchMetadata),
        ("[cors]\nenforce = true\n[[cors.rules]]\norigins = ['https://a.example']", Section::Cors),
    ] {
        let exempt = policy(&format!("exempt_paths = ['/saml/*']\n{section}"));
        assert_eq!(rejected_by(&exempt, form("/saml/acs")), None, "{section}");
        assert_eq!(rejected_by(&exempt, form("/other")), Some(name), "{section}");
        for tunnel in [
            Request::post("/saml/acs").header("upgrade", "WebSocket"),
            Request::post("/saml/acs").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            Request::connect("/saml/acs").header("sec-websocket-version", "13"),
            Request::connect("/saml/acs"),
        ] {
            let site = [("origin", EVIL), ("host", "a.example"), ("sec-fetch-site", "cross-site")];
            assert_eq!(rejected_by(&exempt, with_lines(tunnel, &site)), Some(name), "{section}");
        }
        let web_socket = Request::get("/saml/acs").header("origin", EVIL);
        let lines = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "websocket")];
        // `guard.csrf` allows every GET.
        let expected = Some(name).filter(|name| *name != Section::Csrf);
        assert_eq!(rejected_by(&exempt, with_lines(web_socket, &lines)), expected, "{section}");
    }
}

// <https://github.com/facebook/react-native/issues/16304>
#[test]
fn handshake_of_a_native_client_is_read_without_slash_and_port() {
    let whole = policy(
        "[guard.web_socket]\n[cors]\nenforce = true\n[[cors.rules]]\norigins = ['https://a.example']",
    );
    let handshake = |origin: &str| {
        let request = Request::get("/").header("host", "api.example.com:443");
        request.header("upgrade", "websocket").header("origin", origin)
    };
    for (origin, rejection) in [
        ("https://api.example.com:443", None),
        ("https://api.example.com/", None),
        ("https://api.example.com:443/", None),
        ("https://api.example.com//", Some(Section::Cors)),
        ("https://api.example.com:444", Some(Section::Cors)),
    ] {
        assert_eq!(rejected_by(&whole, handshake(origin)), rejection, "{origin}");
    }
}

#[test]
fn files_have_one_place_for_shared_settings() {
    for key in ["service_origins = ['https://a.example']", "exempt_paths = ['/a']"] {
        let text = format!("[cors]\nenforce = true\n{key}\n[[cors.rules]]\norigins = ['*']");
        let error = CrossOriginPolicy::new(read(&text)).unwrap_err();
        let [fault] = error.faults() else { panic!("{error}") };
        assert_eq!(fault.kind(), &FaultKind::SharedSetting);
        let name = key.split(' ').next().unwrap();
        assert_eq!(fault.setting(), format!("cors.{name}"));
    }
    // A section in code may have them: the guards then use them, too.
    let cors = CorsConfig::from(Rule::for_origins([APP])).service_origins([EVIL]);
    let config = CrossOriginConfig::new().cors(cors.exempt_paths(["/a"]));
    let text = toml::to_string(&config).unwrap();
    assert!(
        text.starts_with(&format!("service_origins = [\"{EVIL}\"]\nexempt_paths = [\"/a\"]\n")),
        "{text}"
    );
}

#[test]
fn unused_shared_settings_have_lints() {
    let service = "service_origins = ['https://api.example.com']";
    let exempt = "exempt_paths = ['/a']";
    let rule = "[[cors.rules]]\norigins = ['https://a.example']";
    let unused = |setting: &str, kind| vec![(setting.to_owned(), String::new(), kind)];
    let origins = || unused("service_origins", LintKind::UnusedServiceOrigins);
    let paths = || unused("exempt_paths", LintKind::UnusedExemptPaths);
    for (text, expected) in [
        (format!("{service}\n{rule}"), origins()),
        (format!("{service}\n[guard.fetch_metadata]"), origins()),
        (format!("{service}\n[guard.csrf]"), Vec::new()),
        (format!("{service}\n[guard.web_socket]"), Vec::new()),
        (format!("{service}\n{rule}\n[guard.require_preflight]"), Vec::new()),
        (format!("{service}\n[cors]\nenforce = true\n{rule}"), Vec::new()),
        (format!("{exempt}\n{rule}"), paths()),
        (format!("{exempt}\n[guard.web_socket]"), paths()),
        (format!("{exempt}\n[guard.csrf]"), Vec::new()),
        (format!("{exempt}\n[guard.fetch_metadata]"), Vec::new()),
        (format!("{exempt}\n{rule}\n[guard.require_preflight]"), Vec::new()),
        (format!("{exempt}\n[cors]\nenforce = true\n{rule}"), Vec::new()),
    ] {
        assert_eq!(lints(&text), expected, "{text}");
    }
}

// Chromium and WebKit send `Origin` with same-origin requests for modules.
#[test]
fn same_origin_request_is_explained_as_readable() {
    let policy = policy("[[cors.rules]]\norigins = ['https://app.example.com']");
    let get = |site: &str| {
        let request = Request::get("/module.js").header("origin", "https://api.example.com");
        request.header("sec-fetch-mode", "cors").header("sec-fetch-site", site)
    };
    for (site, summary) in [
        (
            "same-origin",
            "forwarded, because CORS does not apply to this request: rejected at the origin",
        ),
        ("same-site", "forwarded, but the page cannot read the response (cors, cors.rules)"),
    ] {
        let text = explain(&policy, get(site));
        assert!(text.starts_with(summary), "{text}");
    }
}

// GHSA-hff2-gcpx-8f4p
#[test]
fn missing_preflight_is_explained_with_the_part_that_fails() {
    let whole = policy(
        "exempt_paths = ['/hooks/*']\n[guard.require_preflight]\n[cors]\nnot_handled = ['/own/*']\n\
         [[cors.rules]]\norigins = ['https://app.example.com']\nallow_methods = ['PUT']\n\
         [[cors.rules]]\norigins = ['https://json.example.com']\nallow_headers = ['content-type']",
    );
    let (json, evil) = (("content-type", "application/json"), ("origin", EVIL));
    let json_app = ("origin", "https://json.example.com");
    let send = |method: &str, path: &str, lines: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("sec-fetch-site", "cross-site");
        whole.explain(&with_lines(request, lines).body(()).unwrap())
    };
    for (method, lines, reason) in [
        (
            "GET",
            &[evil, json][..],
            "no CORS rule matches the origin: GET, application/json, https://",
        ),
        ("GET", &[json], "no CORS rule matches the origin: GET, application/json"),
        ("PUT", &[evil], "no CORS rule matches the origin: PUT, https://"),
        ("DELETE", &[("origin", APP)], "the CORS rule does not allow the method: DELETE, https://"),
        (
            "PUT",
            &[("origin", APP), json],
            "the CORS rule does not allow the header content-type: PUT",
        ),
        (
            "POST",
            &[json_app, json, ("cookie", "a=b")],
            "the CORS rule does not allow credentials: POST, application/json, https://",
        ),
    ] {
        let explanation = send(method, "/items", lines);
        let summary = explanation.summary();
        let begin =
            "rejected by guard.require_preflight (cors.rules): the request needs a preflight";
        assert!(summary.starts_with(begin) && summary.contains(reason), "{summary}");
        assert_eq!(explanation.decision().rejected_by(), Some(Section::RequirePreflight));
        let help = explanation.help().last().unwrap();
        assert!(help.contains("in one rule of the CORS policy (cors.rules in a file)"), "{help}");
        for (path, line) in
            [("/hooks/1", "allowed by exempt_paths"), ("/own/1", "allowed by cors.not_handled")]
        {
            let explanation = send(method, path, lines);
            assert_eq!(explanation.decision().rejected_by(), None, "{path} {lines:?}");
            let text = explanation.to_string();
            assert!(text.contains(&format!("guard.require_preflight: {line}")), "{text}");
        }
    }
    for (method, lines) in
        [("GET", &[evil][..]), ("PUT", &[("origin", APP)]), ("POST", &[json_app, json])]
    {
        assert_eq!(send(method, "/items", lines).decision().rejected_by(), None, "{lines:?}");
    }
}

// <https://github.com/tokens-studio/figma-plugin/issues/970>
#[test]
fn page_with_a_bearer_token_works_next_to_csrf() {
    let whole = policy(
        "[guard.csrf]\n[[cors.rules]]\norigins = ['https://app.example.com']\n\
         allow_methods = ['PUT']\nallow_headers = ['authorization', 'content-type']",
    );
    let put = || {
        let request =
            Request::put("/files/1").header("origin", APP).header("host", "api.example.com");
        with_lines(request, FETCH).header("authorization", "Bearer t")
    };
    assert_eq!(rejected_by(&whole, put()), None);
    let text = explain(&whole, put());
    assert!(text.contains("guard.csrf: allowed: a CORS rule allows the preflight"), "{text}");
    assert_eq!(rejected_by(&whole, put().header("cookie", "a=b")), Some(Section::Csrf));
    let decision =
        whole.decide(&RequestHead::from(&put().header("cookie", "a=b").body(()).unwrap()));
    assert_eq!(decision.rejection(), Some(Rejection::CsrfSite));
    // A list of trusted origins replaces trust, and not the proof of a preflight.
    let listed = policy(
        "[guard.csrf]\ntrust_origins = []\n[[cors.rules]]\norigins = ['https://app.example.com']\n\
         allow_methods = ['PUT']\nallow_headers = ['authorization', 'content-type']",
    );
    assert_eq!(rejected_by(&listed, put()), None);
    let trusted = policy(
        "[guard.csrf]\ntrust_origins = []\n[[cors.rules]]\norigins = ['https://app.example.com']\n\
         allow_methods = ['PUT']\nallow_headers = ['authorization', 'content-type']\nallow_credentials = true",
    );
    assert_eq!(rejected_by(&trusted, put()), Some(Section::Csrf));
}

#[test]
fn explanation_names_the_unmet_condition_and_a_fix() {
    let rule =
        |more: &str| policy(&format!("[guard.csrf]\n[[cors.rules]]\norigins = ['{APP}']\n{more}"));
    let allowing = || rule("allow_methods = ['PUT']\nallow_headers = ['content-type']");
    let request = |method: &str, lines: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri("/").header("origin", APP);
        with_lines(with_lines(request.header("host", "a.example"), FETCH), lines)
    };
    for (policy, request, reason, fix) in [
        (
            allowing(),
            request("PUT", &[("cookie", "a=b")]),
            "the request has a Cookie",
            "credentials: \"omit\"",
        ),
        (
            allowing(),
            request("PUT", &[("authorization", "Bearer t")]),
            "the request has Authorization",
            "add \"authorization\" to allow_headers",
        ),
        (allowing(), request("DELETE", &[]), "the rule does not allow the method", "allow_methods"),
        (allowing(), request("POST", &[]), "a form can send", "application/json"),
        (
            allowing(),
            request("POST", &[("content-type", "text/plain")]),
            "a form can send",
            "application/json",
        ),
        (
            rule(""),
            request("POST", &[("content-type", "application/json")]),
            "the rule does not allow the header content-type",
            "add \"content-type\" to allow_headers",
        ),
        (
            allowing(),
            Request::post("/")
                .header("origin", APP)
                .header("sec-fetch-site", "cross-site")
                .header("sec-fetch-mode", "no-cors"),
            "Sec-Fetch-Mode is not cors",
            "in the mode cors",
        ),
    ] {
        let text = explain(&policy, request);
        let (note, fixes) = text.split_once("\nfix: ").unwrap();
        let expected = format!("guard.csrf: a CORS rule matches the origin, but {reason}");
        assert!(note.contains(&expected), "{text}");
        assert!(fixes.contains(fix), "{text}");
    }
    // Without a rule for the origin, the explanation has no line about rules.
    let evil = Request::put("/").header("origin", EVIL).header("sec-fetch-site", "cross-site");
    assert!(!explain(&allowing(), evil).contains("a CORS rule matches"));
    let trusted = policy(&format!(
        "[guard.csrf]\ntrust_origins = []\n[[cors.rules]]\norigins = ['{APP}']\nallow_credentials = true"
    ));
    let text = explain(&trusted, request("POST", &[]));
    assert!(text.contains("trust_origins replaces the origins of CORS rules"), "{text}");
}

#[test]
fn requests_that_csrf_denies_although_cors_allows_have_lints() {
    let app = || String::from(APP);
    let posts = |matches: String| {
        let kind = LintKind::PostsDeniedByCsrf { matches };
        (String::from("cors.rules[0].allow_headers"), String::new(), kind)
    };
    let preset = |name: &str| {
        let kind = LintKind::PresetDeniedByCsrf { matches: app() };
        (String::from("cors.rules[0].presets"), name.to_owned(), kind)
    };
    let untrusted = |matches: String| {
        let kind = LintKind::CorsDeniedByCsrf { matches };
        (String::from("guard.csrf.trust_origins"), String::new(), kind)
    };
    let any = |method: &str| {
        let kind = LintKind::WritesByAnyOrigin { method: method.to_owned() };
        (String::from("cors.rules[0].origins"), String::from("*"), kind)
    };
    let rule = |keys: &str| format!("[[cors.rules]]\norigins = ['{APP}']\n{keys}");
    let csrf = "[guard.csrf]\n";
    let listed = "[guard.csrf]\ntrust_origins = ['https://b.example']\n";
    let public = |keys: &str| format!("[guard.csrf]\n[[cors.rules]]\norigins = ['*']\n{keys}");
    for (text, expected) in [
        // A rule for reading.
        (format!("{csrf}{}", rule("")), Vec::new()),
        (format!("{csrf}{}", rule("allow_headers = ['authorization']")), Vec::new()),
        (format!("{csrf}{}", rule("allow_methods = ['PUT']")), vec![posts(app())]),
        (
            format!("{csrf}{}", rule("allow_methods = ['PUT']\nallow_headers = ['content-type']")),
            Vec::new(),
        ),
        (
            format!("{csrf}{}", rule("allow_methods = ['*']\nallow_headers = ['authorization']")),
            vec![posts(app())],
        ),
        (
            format!("[guard.csrf]\ntrust_origins = ['{APP}']\n{}", rule("allow_methods = ['PUT']")),
            Vec::new(),
        ),
        (
            format!("[guard.csrf]\nreport_only = true\n{}", rule("allow_methods = ['PUT']")),
            Vec::new(),
        ),
        (rule("allow_methods = ['PUT']"), Vec::new()),
        (
            "[guard.csrf]\n[[cors.rules]]\norigin_regexes = ['https://pr-[0-9]\\.example\\.com']\n\
             allow_methods = ['PUT']"
                .to_owned(),
            vec![posts("https://pr-1.example.com".to_owned())],
        ),
        // Rules with credentials.
        (
            format!("{csrf}{}", rule("allow_credentials = true\nallow_methods = ['PUT']")),
            Vec::new(),
        ),
        (
            format!("{listed}{}", rule("allow_credentials = true\nallow_methods = ['PUT']")),
            vec![untrusted(app())],
        ),
        (format!("{listed}{}", rule("allow_credentials = true")), Vec::new()),
        (
            format!(
                "[guard.csrf]\ntrust_origins = ['https://*.example.com']\n{}",
                rule("allow_credentials = true\nallow_methods = ['PUT']")
            ),
            Vec::new(),
        ),
        // Clients that also send a `POST` like a form; `tests/clients` runs them.
        (format!("{csrf}{}", rule("presets = ['tus']")), vec![preset("tus")]),
        (format!("{csrf}{}", rule("presets = ['mcp', 'sentry']")), vec![preset("sentry")]),
        (format!("{csrf}{}", rule("presets = ['mcp', 'grpc-web']")), Vec::new()),
        (format!("{csrf}{}", rule("allow_credentials = true\npresets = ['signalr']")), Vec::new()),
        (
            format!("[guard.csrf]\ntrust_origins = ['{APP}']\n{}", rule("presets = ['tus']")),
            Vec::new(),
        ),
        (rule("presets = ['tus']"), Vec::new()),
        // Any origin.
        (public(""), Vec::new()),
        (
            public("allow_methods = ['DELETE']"),
            vec![any("DELETE"), posts("https://any.example".to_owned())],
        ),
        (public("allow_headers = ['content-type']"), vec![any("POST")]),
        (public("allow_methods = ['*']\nallow_headers = ['*', 'authorization']"), vec![any("PUT")]),
    ] {
        assert_eq!(lints(&text), expected, "{text}");
    }
}

#[test]
fn null_is_trusted_by_the_dangerous_setting() {
    let null = || Request::put("/").header("origin", "null").header("sec-fetch-site", "cross-site");
    let without = policy("[guard.csrf]");
    let with = policy("[guard.csrf]\ndangerously_allow_null_origin = true");
    assert_eq!(rejected_by(&without, null()), Some(Section::Csrf));
    assert_eq!(rejected_by(&with, null()), None);
    // The fault of the text leads to the setting.
    let error = CrossOriginPolicy::new(read("[guard.csrf]\ntrust_origins = ['null']")).unwrap_err();
    assert!(error.to_string().contains("dangerously_allow_null_origin"), "{error}");
}
