//! Prefixes of header names, such as `x-amz-*`. DESIGN 16; row R4 of reports from users.
//!
//! S3 and GCS document such families: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>

use http::{HeaderValue, Request};
use tower_cross_origin::{
    RequestHead,
    cors::{
        ChangeKind, CorsConfig, CorsPolicy, DryRun, Effect, FaultKind, LintKind, PolicySource,
        Rule, Step, UpstreamHeaders,
    },
};

use crate::support::{
    APP, App, EVIL,
    diagnostics::{has_faults, has_lints},
    get, policy_from_config, preflight, preflight_with_headers, rule,
};

const VARY: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const METHODS: &str = "access-control-allow-methods: PUT";

fn s3() -> Rule {
    rule().allow_methods(["PUT"]).allow_headers(["x-amz-*", "Content-Type"])
}

#[test]
fn requested_names_with_the_prefix_are_added_to_listed_names() {
    let app = App::with(s3());
    for (lines, answer) in [
        (&["x-amz-date"][..], "content-type,x-amz-date"),
        (
            &["content-type,x-amz-content-sha256,x-amz-date"],
            "content-type,x-amz-content-sha256,x-amz-date",
        ),
        // Each name once, in lower case, sorted.
        (&["X-Amz-Date", " x-amz-acl\t,,x-amz-date"], "content-type,x-amz-acl,x-amz-date"),
        (&["x-amz-meta-owner-id"], "content-type,x-amz-meta-owner-id"),
        (&["x-amz-"], "content-type,x-amz-"),
        (&["content-type"], "content-type"),
        (&["CONTENT-TYPE"], "content-type"),
        (&[""], "content-type"),
        (&[], "content-type"),
    ] {
        let request = lines.iter().fold(preflight(APP, "PUT"), |request, line| {
            request.header("access-control-request-headers", *line)
        });
        let allowed = format!("access-control-allow-headers: {answer}");
        app.send(request).is_allowed_preflight([&*allowed, METHODS, ALLOW_APP, VARY]);
    }
}

#[test]
fn rule_with_only_prefixes_answers_the_requested_names() {
    for rule in [rule().allow_credentials(true), rule()] {
        let app = App::with(rule.allow_headers(["X-Amz-*", "x-goog-*"]));
        let allowed = |lines: &'static str| {
            let request = preflight(APP, "GET").header("access-control-request-headers", lines);
            let response = app.send(request);
            assert_eq!(response.decision.failed_step(), None, "{lines}");
            let names = response.response.headers().get("access-control-allow-headers");
            names.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(allowed("x-goog-b,x-amz-a").as_deref(), Some("x-amz-a,x-goog-b"));
        assert_eq!(allowed(""), None);
    }
}

#[test]
fn other_names_are_rejected() {
    let app = App::with(s3());
    for names in [
        "authorization",
        "x-amz",
        "x-amzn-trace-id",
        "x-am-z",
        "x-other",
        "x-amz-a,x-other",
        // The text of the prefix is never a name.
        "x-amz-*",
        "x-amz-a*",
        "*",
    ] {
        app.send(preflight_with_headers([names])).fails_at(Step::RequestHeaders);
    }
    for malformed in ["x-amz-a b", "x-amz-\"", "x-amz-(a)", "x-amz-a;b"] {
        app.send(preflight_with_headers([malformed])).is_rejected_preflight(Step::RequestHeaders);
    }
    let not_ascii = preflight(APP, "PUT")
        .header("access-control-request-headers", HeaderValue::from_bytes(b"x-amz-\xe9").unwrap());
    app.send(not_ascii).is_rejected_preflight(Step::RequestHeaders);
    app.send(preflight(EVIL, "PUT").header("access-control-request-headers", "x-amz-a"))
        .is_rejected_preflight(Step::Origin);
}

#[test]
fn names_with_a_prefix_count_in_the_budget() {
    let app = App::with(s3());
    let names =
        |number: usize| (0..number).map(|n| format!("x-amz-{n}")).collect::<Vec<_>>().join(",");
    let many = app.send(preflight_with_headers([&names(256)]));
    assert_eq!(many.decision.failed_step(), None);
    app.send(preflight_with_headers([&names(257)])).is_rejected_preflight(Step::RequestHeaders);
    let long = |bytes: usize| format!("x-amz-{}", "a".repeat(bytes - "x-amz-".len()));
    let longest = app.send(preflight_with_headers([&long(4096)]));
    assert_eq!(longest.header("access-control-allow-headers").len(), 4096 + "content-type,".len());
    app.send(preflight_with_headers([&long(4097)])).is_rejected_preflight(Step::RequestHeaders);
    app.send(preflight_with_headers([&format!("x-amz-a{}", ",".repeat(33))]))
        .is_rejected_preflight(Step::RequestHeaders);
}

#[test]
fn any_header_next_to_a_prefix_answers_as_without_the_prefix() {
    let open = Rule::for_any_origin().allow_methods(["PUT"]).allow_headers(["*", "x-amz-*"]);
    let request = || preflight_with_headers(["x-amz-date,x-b"]);
    let response = App::with(open).send(request());
    assert_eq!(response.header("access-control-allow-headers"), "*");
    let with_credentials = rule().allow_methods(["PUT"]).allow_credentials(true);
    let response = App::with(with_credentials.allow_headers(["x-amz-*", "*"])).send(request());
    assert_eq!(response.header("access-control-allow-headers"), "x-amz-date,x-b");
}

#[test]
fn failing_step_lists_the_requested_names_and_no_prefix() {
    let app = App::with(s3());
    let names = "access-control-allow-headers: x-amz-a,content-type";
    app.send(preflight_with_headers(["x-amz-a,x-b,content-type,x-amz-*"]))
        .fails_at_with(Step::RequestHeaders, [names, METHODS, ALLOW_APP, VARY]);
    app.send(preflight(APP, "DELETE").header("access-control-request-headers", "x-amz-a"))
        .fails_at_with(Step::Method, [METHODS, ALLOW_APP, VARY]);
}

fn exposing<const N: usize>(names: [&str; N]) -> Rule {
    rule().expose_headers(names)
}

#[test]
fn response_names_with_the_prefix_are_exposed() {
    let app = App::with(exposing(["ETag", "x-amz-meta-*", "X-Amz-Request-Id"]))
        .with_header("x-amz-meta-b", "1")
        .with_header("etag", "\"1\"")
        .with_header("x-amz-meta-a", "1")
        .with_header("x-amz-meta-a", "2")
        .with_header("x-amz-id-2", "1")
        .with_header("x-other", "1");
    let exposed = "access-control-expose-headers: \
                   etag,x-amz-request-id,x-amz-meta-a,x-amz-meta-b";
    app.send(get(APP)).is_passed_on_with([ALLOW_APP, exposed, "vary: origin"]);
    app.send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    app.send(Request::get("/")).is_passed_on_with(["vary: origin"]);
    // The header belongs to actual responses only.
    app.send(preflight(APP, "GET")).is_allowed_preflight([ALLOW_APP, VARY]);
}

#[test]
fn response_without_matching_names_exposes_the_listed_names() {
    let lines = [ALLOW_APP, "access-control-expose-headers: etag", "vary: origin"];
    App::with(exposing(["x-amz-meta-*", "etag"])).send(get(APP)).is_passed_on_with(lines);
    App::with(exposing(["x-amz-meta-*"]))
        .send(get(APP))
        .is_passed_on_with([ALLOW_APP, "vary: origin"]);
}

#[test]
fn cookies_and_cors_headers_are_never_exposed_by_prefix() {
    let rule = exposing(["set-*", "access-*", "a-*"]).allow_credentials(true);
    let app = App::with(rule)
        .with_header("set-cookie", "a=b")
        .with_header("set-cookie2", "a=b")
        .with_header("set-other", "1")
        .with_header("access-control-allow-origin", "https://own.example")
        .with_header("access-control-other", "1")
        .with_header("access-token", "1")
        .with_header("a-*", "1");
    let response = app.send(get(APP));
    assert_eq!(response.header("access-control-expose-headers"), "access-token,set-other");
}

// RFC 9111, section 3.2: a 304 replaces the stored headers that it has.
#[test]
fn not_modified_leaves_the_stored_list_of_exposed_headers() {
    let not_modified = |rule| App::with(rule).with_status(304).with_header("x-amz-meta-a", "1");
    let without = [ALLOW_APP, "vary: origin"];
    not_modified(exposing(["etag", "x-amz-meta-*"])).send(get(APP)).is_passed_on_with(without);
    not_modified(exposing(["etag", "x-amz-meta-*"]))
        .with_header("access-control-expose-headers", "x-own")
        .send(get(APP))
        .is_passed_on_with(without);
    // A list without prefixes is the same in every response.
    not_modified(exposing(["etag"])).send(get(APP)).is_passed_on_with([
        ALLOW_APP,
        "access-control-expose-headers: etag",
        "vary: origin",
    ]);
}

#[test]
fn kept_upstream_headers_replace_the_names_with_a_prefix() {
    let own = "https://own.example";
    for (upstream, lines) in [
        (
            UpstreamHeaders::Keep,
            vec![
                "access-control-allow-origin: https://own.example",
                "access-control-expose-headers: x-own",
                "vary: origin",
            ],
        ),
        (
            UpstreamHeaders::Replace,
            vec![ALLOW_APP, "access-control-expose-headers: x-amz-a", "vary: origin"],
        ),
    ] {
        let config = CorsConfig::from(exposing(["x-amz-*"])).upstream_headers(upstream);
        let app = App::new(policy_from_config(config))
            .with_header("access-control-expose-headers", "x-own")
            .with_header("x-amz-a", "1");
        let replaced = [ALLOW_APP, "access-control-expose-headers: x-amz-a", "vary: origin"];
        app.send(get(APP)).is_passed_on_with(replaced);
        let response = app.with_header("access-control-allow-origin", own).send(get(APP));
        assert_eq!(response.cors_lines(), lines);
    }
}

#[test]
fn any_exposed_header_next_to_a_prefix_is_an_asterisk() {
    let app = App::with(Rule::for_any_origin().expose_headers(["x-amz-*", "*"]))
        .with_header("x-amz-a", "1");
    app.send(get(APP))
        .is_passed_on_with(["access-control-allow-origin: *", "access-control-expose-headers: *"]);
    let constant =
        App::with(Rule::for_any_origin().expose_headers(["x-amz-*"])).with_header("x-amz-a", "1");
    constant.send(Request::get("/")).is_passed_on_with([
        "access-control-allow-origin: *",
        "access-control-expose-headers: x-amz-a",
    ]);
}

#[test]
fn asterisk_inside_a_header_name_is_rejected() {
    for (text, request, response) in [
        ("auth*", Some("authorization"), Some("auth-*")),
        ("Authorization*", Some("authorization"), Some("authorization-*")),
        ("x-amz*", Some("x-amz-*"), Some("x-amz-*")),
        ("X-Amz-*-Date", Some("x-amz-*"), Some("x-amz-*")),
        ("x-amz-**", Some("x-amz-*"), Some("x-amz-*")),
        ("x-*-*", Some("x-*"), Some("x-*")),
        ("*-id", None, None),
        ("-*", None, None),
        ("**", None, None),
        ("access-control*", None, Some("access-control-*")),
        ("access-control-request*", None, None),
    ] {
        let kind = FaultKind::WildcardInHeaderName;
        has_faults(
            rule().allow_headers([text]),
            [("allow_headers[0]", text, kind.clone(), request)],
        );
        has_faults(rule().expose_headers([text]), [("expose_headers[0]", text, kind, response)]);
    }
}

#[test]
fn asterisk_inside_a_method_is_rejected() {
    for (text, suggestion) in [
        ("P*", Some("PUT")),
        ("PA*", Some("PATCH")),
        ("D*", Some("DELETE")),
        ("del*", Some("DELETE")),
        ("*TCH", Some("PATCH")),
        ("P*CH", Some("PATCH")),
        ("X*", None),
        ("**", None),
        ("PUT*PUT", None),
    ] {
        has_faults(
            rule().allow_methods([text]),
            [("allow_methods[0]", text, FaultKind::WildcardInMethod, suggestion)],
        );
    }
}

#[test]
fn prefix_of_cors_headers_is_rejected() {
    for text in ["access-control-*", "Access-Control-Allow-*", "access-control-request-*"] {
        has_faults(
            rule().allow_headers([text]),
            [("allow_headers[0]", text, FaultKind::ResponseHeaderAsRequestHeader, None)],
        );
    }
    let text = "access-control-request-*";
    has_faults(
        rule().expose_headers([text]),
        [("expose_headers[0]", text, FaultKind::RequestHeaderAsResponseHeader, None)],
    );
}

#[test]
fn broad_reserved_and_redundant_prefixes_are_lints() {
    for (text, kind) in [
        ("x-*", Some(LintKind::BroadHeaderPrefix)),
        ("X-*", Some(LintKind::BroadHeaderPrefix)),
        ("sec-*", Some(LintKind::ReservedHeaderPrefix)),
        ("Sec-Fetch-*", Some(LintKind::ReservedHeaderPrefix)),
        ("proxy-*", Some(LintKind::ReservedHeaderPrefix)),
        ("x-amz-*", None),
        ("content-*", None),
        ("security-*", None),
    ] {
        for (list, rule) in [
            ("allow_headers[0]", rule().allow_headers([text])),
            ("expose_headers[0]", rule().expose_headers([text])),
        ] {
            match &kind {
                Some(kind) => has_lints(rule, [(list, text, kind.clone())]),
                None => has_lints(rule, []),
            }
        }
    }
    has_lints(
        rule().expose_headers(["access-control-*"]),
        [("expose_headers[0]", "access-control-*", LintKind::ReservedHeaderPrefix)],
    );
    has_lints(
        rule().allow_headers(["x-amz-meta-*", "x-amz-*", "X-AMZ-*", "x-amz-date"]),
        [
            ("allow_headers[0]", "x-amz-meta-*", LintKind::RedundantHeaderPrefix),
            ("allow_headers[2]", "X-AMZ-*", LintKind::RepeatedHeader),
        ],
    );
    has_lints(
        Rule::for_any_origin().allow_headers(["x-amz-*", "*"]).expose_headers(["*", "x-amz-*"]),
        [
            ("allow_headers[0]", "x-amz-*", LintKind::RedundantNextToAny),
            ("expose_headers[1]", "x-amz-*", LintKind::RedundantNextToAny),
        ],
    );
}

/// Asserts the line about a step, and the help, of an explanation.
#[track_caller]
fn explains<const N: usize>(rule: Rule, names: &str, about: &str, line: &str, help: [&str; N]) {
    let policy = CorsPolicy::new(rule.allow_methods(["PUT"]).allow_credentials(true)).unwrap();
    let request = preflight_with_headers([names]).body(()).unwrap();
    let explanation = policy.explain(&request);
    let step = explanation.steps().iter().find(|step| step.about() == about).unwrap();
    assert_eq!(step.text(), line, "{explanation}");
    assert_eq!(explanation.help().collect::<Vec<_>>(), help, "{explanation}");
}

#[test]
fn explanation_names_the_prefix_that_matches() {
    explains(
        s3(),
        "content-type,x-amz-acl,x-amz-date",
        "request headers",
        "rules[0] allows x-amz-*, content-type; x-amz-acl, x-amz-date match x-amz-*",
        [],
    );
    explains(
        rule().allow_headers(["x-goog-*", "x-amz-*"]),
        "x-goog-a,X-Amz-a",
        "request headers",
        "rules[0] allows x-amz-*, x-goog-*; x-goog-a matches x-goog-*; X-Amz-a matches x-amz-*",
        [],
    );
    explains(
        rule().expose_headers(["etag", "x-amz-meta-*"]),
        "",
        "exposed headers",
        "x-amz-meta-*, etag, in addition to cache-control, content-language, content-length, \
         content-type, expires, last-modified, pragma; the response lists the names that match",
        [],
    );
}

#[test]
fn explanation_suggests_the_prefix_of_several_missing_names() {
    let step = "request headers";
    explains(
        rule().allow_headers(["x-amz-date"]),
        "x-amz-acl,x-amz-tagging",
        step,
        "rules[0] allows x-amz-date, but not x-amz-acl, x-amz-tagging",
        [
            r#"rules[0].allow_headers: add "x-amz-acl", "x-amz-tagging", or "x-amz-*" for all names with the prefix; or rules[0].presets: add "s3""#,
        ],
    );
    explains(
        rule().allow_headers(["x-amz-meta-*"]),
        "x-amz-acl,x-amz-meta-a,x-amz-tagging",
        step,
        "rules[0] allows x-amz-meta-*, but not x-amz-acl, x-amz-tagging",
        [
            r#"rules[0].allow_headers: add "x-amz-acl", "x-amz-tagging", or "x-amz-*" for all names with the prefix; or rules[0].presets: add "s3""#,
        ],
    );
    // A single name, a family that the rule does not have, and a broad prefix.
    for (listed, names, help) in [
        ("x-goog-b", "x-goog-a", r#"rules[0].allow_headers: add "x-goog-a""#),
        ("x-a", "x-goog-a,x-goog-b", r#"rules[0].allow_headers: add "x-goog-a", "x-goog-b""#),
        ("x-a", "x-b,x-c", r#"rules[0].allow_headers: add "x-b", "x-c""#),
    ] {
        let line = format!("rules[0] allows {listed}, but not {}", names.replace(',', ", "));
        explains(rule().allow_headers([listed]), names, step, &line, [help]);
    }
    explains(
        s3(),
        "x-amz-*",
        step,
        "rules[0] allows x-amz-*, content-type, but not x-amz-*",
        ["none for x-amz-*: a rule cannot list a name that contains \"*\""],
    );
}

#[test]
fn difference_includes_prefixes() {
    let lines = |old: Rule, new: Rule| {
        let [old, new] = [old, new].map(|rule| CorsPolicy::new(rule).unwrap());
        let difference = old.difference(&new);
        let changes = difference.changes().iter().map(ToString::to_string);
        changes.collect::<Vec<_>>()
    };
    let allow = |names: &[&str]| rule().allow_headers(names);
    let expose = |names: &[&str]| rule().expose_headers(names);
    let of = |text: &str| vec![format!("{text} for {APP} (rules[0])")];
    for (old, new, change) in [
        (allow(&[]), allow(&["x-amz-*"]), "request headers gained: x-amz-*"),
        (allow(&["x-amz-date"]), allow(&["x-amz-*"]), "request headers gained: x-amz-*"),
        (allow(&["x-amz-*"]), allow(&["x-amz-date"]), "request headers lost: x-amz-*"),
        (allow(&["x-amz-*"]), allow(&["x-amz-meta-*"]), "request headers lost: x-amz-*"),
        (
            allow(&["x-amz-*", "x-b"]),
            allow(&["*"]),
            "request headers gained: any except x-amz-*, x-b",
        ),
        (expose(&[]), expose(&["etag", "x-amz-*"]), "exposed headers gained: etag, x-amz-*"),
        (expose(&["x-amz-*"]), expose(&["*"]), "exposed headers gained: any except x-amz-*"),
        (expose(&["x-amz-a", "x-amz-*"]), expose(&[]), "exposed headers lost: x-amz-*, x-amz-a"),
    ] {
        assert_eq!(lines(old, new), of(change));
    }
    let same: [(&[&str], &[&str]); 2] =
        [(&["x-amz-*", "x-amz-a"], &["X-AMZ-*"]), (&["x-amz-*", "x-amz-b-*"], &["x-amz-*"])];
    for (old, new) in same {
        assert!(lines(allow(old), allow(new)).is_empty(), "{old:?}, {new:?}");
        assert!(lines(expose(old), expose(new)).is_empty(), "{old:?}, {new:?}");
    }
    let old = CorsPolicy::new(allow(&[])).unwrap();
    let difference = old.difference(&CorsPolicy::new(allow(&["x-amz-*"])).unwrap());
    let [change] = difference.changes() else { panic!("{difference}") };
    assert_eq!(change.effect(), Effect::Gained);
    let ChangeKind::RequestHeadersGained(names) = change.kind() else { panic!("{change}") };
    assert_eq!(names.listed(), ["x-amz-*"]);
}

#[test]
fn dry_run_reports_changed_prefixes_of_exposed_headers() {
    let policies = [exposing(["etag", "x-amz-*"]), exposing(["etag"])];
    let [active, candidate] = policies.map(|rule| CorsPolicy::new(rule).unwrap());
    for (candidate, is_reported) in [(candidate, true), (active.clone(), false)] {
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let reported = count.clone();
        let source = DryRun::new(active.clone(), candidate).on_difference(move |_| {
            reported.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        let request = get(APP).body(()).unwrap();
        let _ = source.decide(&RequestHead::from(&request));
        assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), usize::from(is_reported));
    }
}
