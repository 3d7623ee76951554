//! Who is told at which step a preflight failed: DESIGN, "Behaviour that is settled", 10; MATRIX 2.4 and
//! row 40. What becomes of the service's own CORS headers: DESIGN 9.

use http::StatusCode;
use tower_cross_origin::{
    RequestHead,
    cors::{
        CorsConfig, CorsPolicy, DebugOrigins, Fault, LintKind, OriginPredicate, Outcome, Rule,
        Step, UpstreamHeaders,
    },
};

use crate::support::{APP, Answer, App, EVIL, asking, cors_lines, findings, get, preflight};

const VARY: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const CREDENTIALS: &str = "access-control-allow-credentials: true";

fn rule() -> Rule {
    Rule::for_origins([APP, "https://b.example"])
        .allow_credentials(true)
        .allow_methods(["PUT"])
        .allow_headers(["x-a"])
        .expose_headers(["etag"])
        .max_age(std::time::Duration::from_secs(600))
}

fn telling(diagnostics: DebugOrigins, rule: Rule) -> App {
    let config = CorsConfig::from(vec![rule]).debug_origins(diagnostics);
    App::of(config.try_into().unwrap())
}

fn origins<const N: usize>(origins: [&str; N]) -> DebugOrigins {
    DebugOrigins::Origins(origins.map(str::to_owned).into())
}

#[test]
fn the_answer_lacks_only_what_is_refused() {
    for diagnostics in [DebugOrigins::All, origins([APP])] {
        let app = telling(diagnostics, rule());
        app.send(preflight(APP, "DELETE")).is_told(
            Step::Method,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
        app.send(asking(["x-a,x-secret"])).is_told(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
        // A method that needs no asking passes the step.
        let post = preflight(APP, "POST").header("access-control-request-headers", "x-secret");
        app.send(post).is_told(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
}

// Where the answer would be a constant otherwise, it is none for those who are told.
#[test]
fn whom_to_tell_is_in_vary_of_preflights_alone() {
    let app = telling(origins([APP]), Rule::for_any_origin());
    app.send(preflight(APP, "PUT")).is_told(
        Step::Method,
        ["access-control-allow-methods: GET", "access-control-allow-origin: *", VARY],
    );
    assert_eq!(format!("vary: {}", app.send(preflight(EVIL, "PUT")).header("vary")), VARY);
    app.send(get(EVIL)).is_passed_on_with(["access-control-allow-origin: *"]);
}

#[test]
fn the_method_that_a_page_asks_for_is_repeated_where_a_header_is_refused() {
    let any = || Rule::for_origins([APP]).allow_any_method();
    telling(DebugOrigins::All, any().allow_credentials(true)).send(asking(["x-b"])).is_told(
        Step::RequestHeaders,
        [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
    );
    telling(DebugOrigins::All, any())
        .send(asking(["x-b"]))
        .is_told(Step::RequestHeaders, ["access-control-allow-methods: *", ALLOW_APP, VARY]);
    telling(DebugOrigins::All, Rule::for_any_origin()).send(preflight(EVIL, "PUT")).is_told(
        Step::Method,
        [
            "access-control-allow-methods: GET",
            "access-control-allow-origin: *",
            "vary: access-control-request-method, access-control-request-headers",
        ],
    );
}

#[test]
fn nothing_that_is_refused_is_echoed() {
    let app = telling(DebugOrigins::All, rule().allow_any_header());
    for refused in ["authorization", "a b", "x-\"", &"x".repeat(5000)] {
        app.send(asking([refused])).is_told(
            Step::RequestHeaders,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
    for refused in ["patch", "P T", "", &"P".repeat(65)] {
        app.send(preflight(APP, refused)).is_told(
            Step::Method,
            [CREDENTIALS, "access-control-allow-methods: PUT", ALLOW_APP, VARY],
        );
    }
}

// A browser whose page uploads takes a missing `Access-Control-Allow-Methods` for one that names the
// method that it asks for: step 7.5 of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>. Found by
// `tests/differential/`; jub0bs/cors 1.0.2 in its debug mode leaves the header out.
#[test]
fn a_method_that_is_refused_is_not_granted_by_silence() {
    let none = || Rule::for_origins([APP]);
    telling(DebugOrigins::All, none())
        .send(preflight(APP, "PUT"))
        .is_told(Step::Method, ["access-control-allow-methods: GET", ALLOW_APP, VARY]);
    // Past the bound of `limits::REQUEST_METHOD_BYTES`, `*` would grant it.
    let long = "P".repeat(65);
    telling(DebugOrigins::All, none().allow_any_method())
        .send(preflight(APP, &long))
        .is_told(Step::Method, ["access-control-allow-methods: GET", ALLOW_APP, VARY]);
    telling(DebugOrigins::All, none().allow_any_method().allow_credentials(true))
        .send(preflight(APP, &long))
        .is_told(Step::Method, [CREDENTIALS, "access-control-allow-methods: GET", ALLOW_APP, VARY]);
}

#[test]
fn a_refused_origin_is_told_nothing() {
    for diagnostics in [DebugOrigins::All, origins([EVIL])] {
        let app = telling(diagnostics, rule());
        for origin in [EVIL, "null", "", "https://app.example.com/"] {
            app.send(preflight(origin, "DELETE")).is_refused_preflight(Step::Origin);
        }
    }
}

#[test]
fn who_is_not_named_is_told_nothing() {
    let app = telling(origins(["https://b.example"]), rule());
    app.send(preflight(APP, "DELETE")).is_refused_preflight(Step::Method);
    app.send(asking(["x-b"])).is_refused_preflight(Step::RequestHeaders);
    let other = telling(DebugOrigins::default(), rule());
    other.send(preflight(APP, "DELETE")).is_refused_preflight(Step::Method);
}

#[test]
fn what_is_granted_is_answered_as_ever() {
    let lines = [
        CREDENTIALS,
        "access-control-allow-headers: x-a",
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        "access-control-max-age: 600",
        VARY,
    ];
    telling(DebugOrigins::All, rule()).send(asking(["x-a"])).is_granted_preflight(lines);
}

#[test]
fn the_status_is_that_of_a_granted_preflight() {
    let config =
        CorsConfig::from(vec![rule()]).preflight_status(200).debug_origins(DebugOrigins::All);
    let answer = App::of(config.try_into().unwrap()).send(preflight(APP, "DELETE"));
    assert_eq!(answer.response.status(), StatusCode::OK);
}

#[test]
fn whom_to_tell_is_named_one_by_one() {
    let config = |diagnostics| CorsConfig::from(vec![rule()]).debug_origins(diagnostics);
    let wrong = origins(["*", "https://*.example.com", "app.example.com", "null"]);
    let error = CorsPolicy::new(config(wrong)).unwrap_err();
    let lines: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
    assert_eq!(
        lines,
        [
            "debug_origins[0] = \"*\": to tell every page that a rule covers, \
             write debug_origins = \"all\"",
            "debug_origins[1] = \"https://*.example.com\": this stands for several origins; \
             name each of them",
            "debug_origins[2] = \"app.example.com\": an origin begins with a scheme; \
             write \"https://app.example.com\"",
            "debug_origins[3] = \"null\": this stands for several origins; name each of them",
        ]
    );
    findings::has_lints_of(
        config(origins([APP, EVIL, APP])),
        [
            ("debug_origins[1]", EVIL, LintKind::NeverTold),
            ("debug_origins[2]", APP, LintKind::RepeatedOrigin),
        ],
    );
    let unknown = Rule::for_origins_where(OriginPredicate::new(|_, _| true));
    let rules = vec![rule(), unknown];
    findings::has_lints_of(CorsConfig::from(rules).debug_origins(origins([EVIL])), []);
}

fn keeping(rule: Rule) -> App {
    let upstream_headers = UpstreamHeaders::Keep;
    let config = CorsConfig::from(vec![rule]).upstream_headers(upstream_headers);
    App::of(config.try_into().unwrap())
}

// <https://github.com/ory/cli/pull/454>, <https://github.com/kubernetes/ingress-nginx/issues/2138>
#[test]
fn the_services_own_headers_are_kept_all_or_nothing() {
    let own = "access-control-allow-origin: https://set.example";
    let app = || keeping(rule()).setting("access-control-allow-origin", "https://set.example");
    for origin in [APP, EVIL] {
        app().send(get(origin)).is_passed_on_with([own, "vary: origin"]);
        app()
            .setting("access-control-allow-credentials", "true")
            .setting("access-control-expose-headers", "x-own")
            .setting("vary", "x-tenant")
            .send(get(origin))
            .is_passed_on_with([
                CREDENTIALS,
                own,
                "access-control-expose-headers: x-own",
                "vary: x-tenant, origin",
            ]);
    }
    // Without an origin of its own, what it says beside is replaced.
    let app = || keeping(rule()).setting("access-control-expose-headers", "x-own");
    app().send(get(APP)).is_passed_on_with([
        CREDENTIALS,
        ALLOW_APP,
        "access-control-expose-headers: etag",
        "vary: origin",
    ]);
    app().send(get(EVIL)).is_passed_on_with(["vary: origin"]);
    keeping(rule()).send(preflight(APP, "DELETE")).is_refused_preflight(Step::Method);
}

// tower-http: an outer permissive layer and an inner one with credentials send `*` with credentials.
#[test]
fn layers_within_layers_never_mix_what_is_illegal() {
    let public = || Rule::for_any_origin().expose_any_header();
    // The origin of one and the credentials of the other would be that mix.
    let app = keeping(public()).setting("access-control-allow-credentials", "true");
    app.send(get(EVIL))
        .is_passed_on_with(["access-control-allow-origin: *", "access-control-expose-headers: *"]);
    let app = keeping(rule()).setting("access-control-allow-origin", "*");
    app.send(get(APP)).is_passed_on_with(["access-control-allow-origin: *", "vary: origin"]);
}

// Two real layers, either way round, kept or replaced: what arrives is one layer's alone.
#[test]
fn what_arrives_through_two_layers_is_the_answer_of_one() {
    let trusted = || Rule::for_origins([APP]).allow_credentials(true).expose_headers(["etag"]);
    let public = || Rule::for_any_origin().expose_any_header();
    for upstream_headers in [UpstreamHeaders::Replace, UpstreamHeaders::Keep] {
        for (outer, inner) in [(public(), trusted()), (trusted(), public())] {
            for origin in [APP, EVIL] {
                let lines = through(&outer, &inner, upstream_headers, origin);
                let has = |line: &str| lines.iter().any(|one| one == line);
                let is_any = has("access-control-allow-origin: *");
                assert!(!(is_any && has(CREDENTIALS)), "{lines:?}");
                assert!(lines.iter().filter(|one| one.contains("allow-origin")).count() <= 1);
                let of_one = [&outer, &inner].map(|rule| alone(rule, origin));
                let cors = |lines: &[String]| -> Vec<String> {
                    lines.iter().filter(|line| !line.starts_with("vary")).cloned().collect()
                };
                assert!(of_one.iter().any(|one| cors(one) == cors(&lines)), "{lines:?}");
            }
        }
    }
}

fn through(outer: &Rule, inner: &Rule, upstream: UpstreamHeaders, origin: &str) -> Vec<String> {
    let policy = |rule: &Rule| {
        let rules = vec![rule.clone()];
        let config = CorsConfig::from(rules).upstream_headers(upstream);
        CorsPolicy::new(config).unwrap()
    };
    let request = get(origin).body(()).unwrap();
    let mut response = http::Response::new(());
    for policy in [policy(inner), policy(outer)] {
        policy.decide(&RequestHead::from(&request)).apply_to(&mut response);
    }
    cors_lines(response.headers())
}

fn alone(rule: &Rule, origin: &str) -> Vec<String> {
    App::with(rule.clone()).send(get(origin)).cors_lines()
}

impl Answer {
    /// A success that lets the browser find the step by itself.
    #[track_caller]
    fn is_told<const N: usize>(&self, step: Step, lines: [&str; N]) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::PreflightRejected, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.decision.rule(), None, "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert!(self.response.status().is_success(), "{self:#?}");
        assert_eq!(self.cors_lines(), lines, "{self:#?}");
        self
    }
}
