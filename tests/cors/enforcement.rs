//! Rejected requests with `enforce`. DESIGN, "Behaviour that is settled", 4; PEERS rows 6 to 9.

use std::{convert::Infallible, future::ready};

use http::{Method, Request, Response, StatusCode, Version, request};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::cors::{
    CorsConfig, CorsLayer, CorsPolicy, Fault, FaultKind, LintKind, OriginPredicate, Outcome, Rule,
    Step,
};

use crate::support::{
    APP, App, EVIL, TestResponse, block_on, diagnostics, from, get, preflight,
    preflight_with_headers,
};

const VARY: &str = "vary: origin, sec-fetch-site, sec-fetch-mode";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const SERVICE: &str = "https://api.example.com";

fn enforcing(rule: Rule) -> CorsConfig {
    CorsConfig::from(vec![rule]).enforce(true)
}

fn app() -> App {
    app_with_service_origins([])
}

fn app_with_service_origins<const N: usize>(service_origins: [&str; N]) -> App {
    let rule = Rule::for_origins([APP]).allow_methods(["PUT"]);
    App::new(CorsPolicy::new(enforcing(rule).service_origins(service_origins)).unwrap())
}

fn with_host(host: &str, request: request::Builder) -> request::Builder {
    request.header("host", host)
}

// <https://github.com/tower-rs/tower-http/issues/510>: "Does not return 401 for bad origin any more".
#[test]
fn request_of_unlisted_origin_is_rejected() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CHICKEN"] {
        app().send(from(EVIL, method)).is_forbidden(Step::Origin, VARY);
        app().send(from("null", method)).is_forbidden(Step::Origin, VARY);
        app().send(from("https://a.example/", method)).is_forbidden(Step::Origin, VARY);
        let twice = from(APP, method).header("origin", APP);
        app().send(twice).is_forbidden(Step::Origin, VARY);
    }
    let without_enforcement = App::with(Rule::for_origins([APP]));
    without_enforcement.send(from(EVIL, "DELETE")).is_passed_on_with(["vary: origin"]);
}

// <https://github.com/actix/actix-extras/issues/319>: `allowed_methods(["GET"])` does not reject `POST`.
// This crate allows `GET`, `HEAD` and `POST` for every allowed origin and checks the other methods.
#[test]
fn unlisted_method_is_rejected() {
    for allowed in ["GET", "HEAD", "POST", "PUT"] {
        app().send(from(APP, allowed)).is_passed_on_with([ALLOW_APP, VARY]);
    }
    for rejected in ["DELETE", "PATCH", "put", "OPTIONS"] {
        app().send(from(APP, rejected)).is_forbidden(Step::Method, VARY);
    }
    let any = App::new(enforcing(Rule::for_origins([APP]).allow_any_method()).try_into().unwrap());
    any.send(from(APP, "CHICKEN")).is_passed_on_with([ALLOW_APP, VARY]);
}

// A server cannot distinguish the headers of the page from the headers of the browser or of a proxy.
#[test]
fn request_headers_are_not_checked() {
    let request = from(APP, "PUT").header("x-forwarded-for", "192.0.2.1").header("x-foo", "1");
    app().send(request).is_passed_on_with([ALLOW_APP, VARY]);
}

#[test]
fn request_without_origin_is_forwarded() {
    for method in ["GET", "POST", "DELETE"] {
        let request = Request::builder().method(method).uri("/");
        app().send(request).is_passed_on_with([VARY]);
        let request = Request::builder().method(method).uri("/");
        let result = app().send(request.header("sec-fetch-site", "cross-site"));
        assert_eq!(result.decision.outcome(), Outcome::Plain);
    }
}

#[test]
fn preflight_is_unaffected_by_enforcement() {
    app().send(preflight(APP, "PUT")).is_allowed_preflight([
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        "vary: origin, sec-fetch-site, sec-fetch-mode, access-control-request-method, \
         access-control-request-headers",
    ]);
    app().send(preflight(EVIL, "PUT")).is_rejected_preflight(Step::Origin);
    app().send(preflight_with_headers(["x-foo"])).fails_at(Step::RequestHeaders);
}

// <https://github.com/actix/actix-extras/issues/378>: the library rejected same-origin requests.
#[test]
fn same_origin_fetch_metadata_is_accepted() {
    let site = |site: &str| {
        with_host("api.example.com", from(SERVICE, "POST")).header("sec-fetch-site", site)
    };
    app().send(site("same-origin")).is_same_origin(VARY);
    // Fetch Metadata takes precedence over the comparison of `Origin` and `Host`.
    for other in ["same-site", "cross-site", "none", "Same-Origin", ""] {
        app().send(site(other)).is_forbidden(Step::Origin, VARY);
    }
    app()
        .send(site("same-origin").header("sec-fetch-site", "same-origin"))
        .is_forbidden(Step::Origin, VARY);
    // Such a request comes from a form of a page with `Referrer-Policy: no-referrer`. STANDARDS F13
    let opaque = from("null", "POST").header("sec-fetch-site", "same-origin");
    app().send(opaque).is_same_origin(VARY);
    // The method of a same-origin request is not checked.
    app()
        .send(from(SERVICE, "DELETE").header("sec-fetch-site", "same-origin"))
        .is_same_origin(VARY);
    app()
        .send(from(APP, "DELETE").header("sec-fetch-site", "same-origin"))
        .is_passed_on_with([ALLOW_APP, VARY]);
}

// Old browsers send no Fetch Metadata, and no browser sends it over plain `http:`.
#[test]
fn origin_is_compared_with_target_without_fetch_metadata() {
    for (host, origin) in [
        ("api.example.com", "https://api.example.com"),
        ("API.example.com", "https://api.example.com"),
        ("api.example.com:443", "https://api.example.com"),
        ("api.example.com:80", "http://api.example.com"),
        // Behind a proxy that terminates TLS, the service does not know its own scheme.
        ("api.example.com", "http://api.example.com"),
        ("api.example.com:8443", "https://api.example.com:8443"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        // The stricter grammar rejects this origin, but the request is same-origin. Found by
        // `tests/differential/`.
        ("api.example.com.", "http://api.example.com."),
    ] {
        app().send(with_host(host, from(origin, "POST"))).is_same_origin(VARY);
    }
    for (host, origin) in [
        ("api.example.com", EVIL),
        ("api.example.com", "https://example.com"),
        ("api.example.com", "https://evil.api.example.com"),
        ("api.example.com", "https://api.example.com:8443"),
        ("api.example.com:8443", "https://api.example.com"),
        ("api.example.com:80", "https://api.example.com"),
        ("api.example.com:443", "http://api.example.com"),
        ("api.example.com.", "https://api.example.com"),
        ("api.example.com:", "https://api.example.com"),
        ("localhost", "capacitor://localhost"),
        ("null", "null"),
        ("", "https://"),
    ] {
        app().send(with_host(host, from(origin, "POST"))).is_forbidden(Step::Origin, VARY);
    }
    let twice = with_host("evil.example", with_host("api.example.com", from(SERVICE, "POST")));
    app().send(twice).is_forbidden(Step::Origin, VARY);
    let without_host = from(SERVICE, "POST");
    app().send(without_host).is_forbidden(Step::Origin, VARY);
}

// In HTTP/2, `:authority` holds the target's host, and it becomes part of the URI.
#[test]
fn authority_takes_precedence_over_host() {
    let target = |uri| Request::post(uri).version(Version::HTTP_2).header("origin", SERVICE);
    app().send(target("https://api.example.com/")).is_same_origin(VARY);
    app().send(target("https://api.example.com:443/")).is_same_origin(VARY);
    // A proxy that terminates TLS forwards the request with this scheme.
    app().send(target("http://api.example.com/")).is_same_origin(VARY);
    app()
        .send(with_host("api.example.com", target("https://evil.example/")))
        .is_forbidden(Step::Origin, VARY);
    app().send(target("https://user@api.example.com/")).is_forbidden(Step::Origin, VARY);
}

// Any client can send these headers.
#[test]
fn forwarded_headers_are_ignored() {
    let request = with_host("10.0.0.1:8080", from(SERVICE, "POST"))
        .header("x-forwarded-host", "api.example.com")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=api.example.com;proto=https");
    app().send(request).is_forbidden(Step::Origin, VARY);
}

// Behind a proxy that terminates TLS and rewrites `Host`, the target cannot be compared with the origin.
#[test]
fn service_origins_replace_the_comparison_with_the_target() {
    let app = app_with_service_origins([SERVICE, "https://www.example.com"]);
    let behind_proxy = |origin| with_host("10.0.0.1:8080", from(origin, "POST"));
    app.send(behind_proxy(SERVICE)).is_same_origin(VARY);
    app.send(behind_proxy("https://www.example.com")).is_same_origin(VARY);
    for other in ["http://api.example.com", "https://api.example.com:8443", "http://10.0.0.1:8080"]
    {
        app.send(behind_proxy(other)).is_forbidden(Step::Origin, VARY);
    }
    let cross_site = behind_proxy(SERVICE).header("sec-fetch-site", "cross-site");
    app.send(cross_site).is_forbidden(Step::Origin, VARY);
}

// Storage Access Headers add `Origin` to requests of images and frames. STANDARDS F11b
#[test]
fn embeds_and_navigations_are_forwarded() {
    for method in ["GET", "HEAD"] {
        for mode in ["no-cors", "navigate", "nested-navigate", "same-origin"] {
            let request = from(EVIL, method)
                .header("sec-fetch-site", "cross-site")
                .header("sec-fetch-mode", mode)
                .header("sec-fetch-storage-access", "active");
            let result = app().send(request);
            result.is_passed_on_with([VARY]);
            assert_eq!(result.decision.outcome(), Outcome::Rejected);
        }
        for mode in ["cors", "websocket", "webtransport"] {
            let request = from(EVIL, method).header("sec-fetch-mode", mode);
            app().send(request).is_forbidden(Step::Origin, VARY);
        }
        let twice =
            from(EVIL, method).header("sec-fetch-mode", "no-cors").header("sec-fetch-mode", "cors");
        app().send(twice).is_forbidden(Step::Origin, VARY);
    }
    // A form of another site, such as OpenID Connect's `form_post`, is rejected.
    let form = from(EVIL, "POST").header("sec-fetch-mode", "navigate");
    app().send(form).is_forbidden(Step::Origin, VARY);
}

// CORS does not protect WebSockets, but `enforce` does.
#[test]
fn upgrades_and_extended_connect_are_checked_by_origin() {
    let upgrade = |origin| {
        get(origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-fetch-mode", "websocket")
    };
    app().send(upgrade(EVIL)).is_forbidden(Step::Origin, VARY);
    let switched = app().with_status(101);
    switched.send(upgrade(APP)).is_passed_on_with([]);
    let connect = |origin| {
        Request::builder()
            .method(Method::CONNECT)
            .uri("https://api.example.com/socket")
            .header("origin", origin)
    };
    app().send(connect(EVIL)).is_forbidden(Step::Origin, VARY);
    app().send(connect(APP)).is_passed_on_with([]);
    app().send(connect(SERVICE)).is_passed_on_with([]);
}

#[test]
fn enforced_any_origin_rule_varies_on_origin() {
    let app = App::new(enforcing(Rule::for_any_origin()).try_into().unwrap());
    app.send(get(EVIL)).is_passed_on_with(["access-control-allow-origin: *", VARY]);
    let malformed = get("https://a.example/");
    app.send(malformed).is_passed_on_with(["access-control-allow-origin: *", VARY]);
    app.send(from(EVIL, "DELETE")).is_forbidden(Step::Method, VARY);
    app.send(Request::get("/")).is_passed_on_with([VARY]);
}

#[test]
fn headers_read_by_predicates_are_in_vary() {
    let predicate = OriginPredicate::new(|_, _| false).varies_on([http::header::HOST]);
    let rule = Rule::for_origins([APP]).add_origin_predicate(predicate);
    let app = App::new(enforcing(rule).try_into().unwrap());
    let vary = "vary: origin, sec-fetch-site, sec-fetch-mode, host";
    app.send(get(APP)).is_passed_on_with([ALLOW_APP, vary]);
    app.send(get(EVIL)).is_forbidden(Step::Origin, vary);
}

#[test]
fn invalid_service_origins_are_all_reported() {
    let service_origins =
        ["https://api.example.com/", "https://*.example.com", "*", "http://localhost:*", "null"];
    let config = enforcing(Rule::for_origins([APP])).service_origins(service_origins);
    let error = CorsPolicy::new(config).unwrap_err();
    let lines: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
    assert_eq!(
        lines,
        [
            "service_origins[0] = \"https://api.example.com/\": the origin ends with a slash; \
             browsers send an origin without a path; remove the slash; write \"https://api.example.com\"",
            "service_origins[1] = \"https://*.example.com\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
            "service_origins[2] = \"*\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
            "service_origins[3] = \"http://localhost:*\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
            "service_origins[4] = \"null\": the value is not a single origin; \
             a pattern, \"*\", \"null\" or \"file://\" matches many pages; use concrete origins",
        ]
    );
    assert_eq!(error.faults()[1].kind(), &FaultKind::NotSingleOrigin);
}

#[test]
fn ineffective_service_origins_are_a_lint() {
    let service_origins = vec![SERVICE.to_owned(), SERVICE.to_owned()];
    let rules = vec![Rule::for_origins([APP])];
    let config = CorsConfig::from(rules).service_origins(service_origins);
    diagnostics::config_has_lints(
        config,
        [
            ("service_origins[1]", SERVICE, LintKind::RepeatedOrigin),
            ("service_origins", "", LintKind::ServiceOriginsWithoutEnforce),
        ],
    );
}

impl TestResponse {
    /// Asserts a response with status 403 and no header except `Vary`.
    #[track_caller]
    fn is_forbidden(&self, step: Step, vary: &str) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::Forbidden, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::FORBIDDEN);
        assert_eq!(self.response.body(), "");
        assert_eq!(self.cors_lines(), [vary], "{self:#?}");
        assert_eq!(self.response.headers().len(), 2, "{self:#?}");
        assert_eq!(self.header("cache-control"), "no-store");
        self
    }

    #[track_caller]
    fn is_same_origin(&self, vary: &str) -> &Self {
        self.is_passed_on_with([vary]);
        assert_eq!(self.decision.outcome(), Outcome::SameOrigin, "{self:#?}");
        assert_eq!(self.decision.failed_step(), None, "{self:#?}");
        self
    }
}

#[test]
fn vary_of_a_custom_rejection_is_merged() {
    for (own_vary, request, expected) in [
        ("Accept, Origin", get(EVIL), "Accept, Origin, sec-fetch-site, sec-fetch-mode"),
        ("*", get(EVIL), "*"),
        (
            "Origin",
            preflight(EVIL, "PUT"),
            "Origin, sec-fetch-site, sec-fetch-mode, access-control-request-method, \
             access-control-request-headers",
        ),
    ] {
        let policy = CorsPolicy::new(enforcing(Rule::for_origins([APP]))).unwrap();
        let layer = CorsLayer::new(policy).reject_with(move |_| {
            let response = Response::builder().status(403).header("vary", own_vary);
            response.body(String::new()).unwrap()
        });
        let mut service = layer.layer(service_fn(|_: Request<()>| {
            ready(Ok::<_, Infallible>(Response::new(String::new())))
        }));
        let response = block_on(service.call(request.body(()).unwrap())).unwrap();
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, [expected]);
    }
}
