//! What `enforce` refuses: DESIGN, "Behaviour that is settled", 4; PEERS rows 6 to 9.

use std::{convert::Infallible, future::ready};

use http::{Method, Request, Response, StatusCode, Version, request};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::cors::{
    CorsConfig, CorsLayer, CorsPolicy, Fault, FaultKind, LintKind, OriginPredicate, Outcome, Rule,
    Step,
};

use crate::support::{APP, Answer, App, EVIL, asking, block_on, findings, from, get, preflight};

const VARY: &str = "vary: origin, sec-fetch-site, sec-fetch-mode";
const ALLOW_APP: &str = "access-control-allow-origin: https://app.example.com";
const OWN: &str = "https://api.example.com";

fn enforcing(rule: Rule) -> CorsConfig {
    CorsConfig::from(vec![rule]).enforce(true)
}

fn app() -> App {
    app_with_own([])
}

fn app_with_own<const N: usize>(own: [&str; N]) -> App {
    let service_origins = own;
    let rule = Rule::for_origins([APP]).allow_methods(["PUT"]);
    App::of(CorsPolicy::new(enforcing(rule).service_origins(service_origins)).unwrap())
}

fn to(host: &str, request: request::Builder) -> request::Builder {
    request.header("host", host)
}

/// <https://github.com/tower-rs/tower-http/issues/510>: "Does not return 401 for bad origin any more".
#[test]
fn a_request_of_another_origin_is_refused_before_the_service_is_reached() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CHICKEN"] {
        app().send(from(EVIL, method)).is_forbidden(Step::Origin, VARY);
        app().send(from("null", method)).is_forbidden(Step::Origin, VARY);
        app().send(from("https://a.example/", method)).is_forbidden(Step::Origin, VARY);
        let twice = from(APP, method).header("origin", APP);
        app().send(twice).is_forbidden(Step::Origin, VARY);
    }
    let lax = App::with(Rule::for_origins([APP]));
    lax.send(from(EVIL, "DELETE")).is_passed_on_with(["vary: origin"]);
}

/// <https://github.com/actix/actix-extras/issues/319>: `allowed_methods(["GET"])` does not stop `POST`;
/// here `GET`, `HEAD` and `POST` are what every page may use, and the others are judged.
#[test]
fn a_method_that_the_rule_lacks_is_refused() {
    for allowed in ["GET", "HEAD", "POST", "PUT"] {
        app().send(from(APP, allowed)).is_passed_on_with([ALLOW_APP, VARY]);
    }
    for refused in ["DELETE", "PATCH", "put", "OPTIONS"] {
        app().send(from(APP, refused)).is_forbidden(Step::Method, VARY);
    }
    let any = App::of(enforcing(Rule::for_origins([APP]).allow_any_method()).try_into().unwrap());
    any.send(from(APP, "CHICKEN")).is_passed_on_with([ALLOW_APP, VARY]);
}

/// A server cannot tell the page's headers from the browser's or a proxy's.
#[test]
fn request_headers_are_not_judged() {
    let request = from(APP, "PUT").header("x-forwarded-for", "192.0.2.1").header("x-foo", "1");
    app().send(request).is_passed_on_with([ALLOW_APP, VARY]);
}

#[test]
fn a_request_without_an_origin_passes() {
    for method in ["GET", "POST", "DELETE"] {
        let request = Request::builder().method(method).uri("/");
        app().send(request).is_passed_on_with([VARY]);
        let request = Request::builder().method(method).uri("/");
        let answer = app().send(request.header("sec-fetch-site", "cross-site"));
        assert_eq!(answer.decision.outcome(), Outcome::Plain);
    }
}

#[test]
fn a_preflight_is_answered_as_ever() {
    app().send(preflight(APP, "PUT")).is_granted_preflight([
        "access-control-allow-methods: PUT",
        ALLOW_APP,
        "vary: origin, sec-fetch-site, sec-fetch-mode, access-control-request-method, \
         access-control-request-headers",
    ]);
    app().send(preflight(EVIL, "PUT")).is_refused_preflight(Step::Origin);
    app().send(asking(["x-foo"])).is_refused_preflight(Step::RequestHeaders);
}

/// <https://github.com/actix/actix-extras/issues/378>: same-origin requests were refused.
#[test]
fn the_browser_says_that_a_page_is_the_services_own() {
    let site = |site: &str| to("api.example.com", from(OWN, "POST")).header("sec-fetch-site", site);
    app().send(site("same-origin")).is_of_same_origin(VARY);
    // The browser knows better than any comparison.
    for other in ["same-site", "cross-site", "none", "Same-Origin", ""] {
        app().send(site(other)).is_forbidden(Step::Origin, VARY);
    }
    app()
        .send(site("same-origin").header("sec-fetch-site", "same-origin"))
        .is_forbidden(Step::Origin, VARY);
    // A form of a page with `Referrer-Policy: no-referrer`. STANDARDS F13
    let opaque = from("null", "POST").header("sec-fetch-site", "same-origin");
    app().send(opaque).is_of_same_origin(VARY);
    // It is the same for a method that no rule allows.
    app().send(from(OWN, "DELETE").header("sec-fetch-site", "same-origin")).is_of_same_origin(VARY);
    app()
        .send(from(APP, "DELETE").header("sec-fetch-site", "same-origin"))
        .is_passed_on_with([ALLOW_APP, VARY]);
}

/// Browsers without Fetch Metadata, and every browser over plain `http:`.
#[test]
fn without_fetch_metadata_the_origin_is_compared_with_the_target() {
    for (host, origin) in [
        ("api.example.com", "https://api.example.com"),
        ("API.example.com", "https://api.example.com"),
        ("api.example.com:443", "https://api.example.com"),
        ("api.example.com:80", "http://api.example.com"),
        // Behind a proxy that ends TLS the service does not know its own scheme.
        ("api.example.com", "http://api.example.com"),
        ("api.example.com:8443", "https://api.example.com:8443"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        // No origin by the stricter grammar, and a page there is the service's own. Found by
        // `tests/differential/`.
        ("api.example.com.", "http://api.example.com."),
    ] {
        app().send(to(host, from(origin, "POST"))).is_of_same_origin(VARY);
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
        app().send(to(host, from(origin, "POST"))).is_forbidden(Step::Origin, VARY);
    }
    let twice = to("evil.example", to("api.example.com", from(OWN, "POST")));
    app().send(twice).is_forbidden(Step::Origin, VARY);
    let none = from(OWN, "POST");
    app().send(none).is_forbidden(Step::Origin, VARY);
}

/// HTTP/2 says where a request goes in `:authority`, which becomes a part of the URI.
#[test]
fn the_authority_of_the_target_comes_before_host() {
    let target = |uri| Request::post(uri).version(Version::HTTP_2).header("origin", OWN);
    app().send(target("https://api.example.com/")).is_of_same_origin(VARY);
    app().send(target("https://api.example.com:443/")).is_of_same_origin(VARY);
    // As a proxy that ends TLS sends it on.
    app().send(target("http://api.example.com/")).is_of_same_origin(VARY);
    app()
        .send(to("api.example.com", target("https://evil.example/")))
        .is_forbidden(Step::Origin, VARY);
    app().send(target("https://user@api.example.com/")).is_forbidden(Step::Origin, VARY);
}

/// Anyone can write them.
#[test]
fn forwarded_headers_are_ignored() {
    let request = to("10.0.0.1:8080", from(OWN, "POST"))
        .header("x-forwarded-host", "api.example.com")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=api.example.com;proto=https");
    app().send(request).is_forbidden(Step::Origin, VARY);
}

/// A proxy that ends TLS and rewrites `Host` leaves nothing to compare.
#[test]
fn service_origins_take_the_place_of_the_target() {
    let app = app_with_own([OWN, "https://www.example.com"]);
    let behind = |origin| to("10.0.0.1:8080", from(origin, "POST"));
    app.send(behind(OWN)).is_of_same_origin(VARY);
    app.send(behind("https://www.example.com")).is_of_same_origin(VARY);
    for other in ["http://api.example.com", "https://api.example.com:8443", "http://10.0.0.1:8080"]
    {
        app.send(behind(other)).is_forbidden(Step::Origin, VARY);
    }
    let told = behind(OWN).header("sec-fetch-site", "cross-site");
    app.send(told).is_forbidden(Step::Origin, VARY);
}

/// Storage Access Headers put `Origin` on images and frames. STANDARDS F11b
#[test]
fn what_a_page_embeds_or_a_user_follows_is_left_alone() {
    for method in ["GET", "HEAD"] {
        for mode in ["no-cors", "navigate", "nested-navigate", "same-origin"] {
            let request = from(EVIL, method)
                .header("sec-fetch-site", "cross-site")
                .header("sec-fetch-mode", mode)
                .header("sec-fetch-storage-access", "active");
            let answer = app().send(request);
            answer.is_passed_on_with([VARY]);
            assert_eq!(answer.decision.outcome(), Outcome::Rejected);
        }
        for mode in ["cors", "websocket"] {
            let request = from(EVIL, method).header("sec-fetch-mode", mode);
            app().send(request).is_forbidden(Step::Origin, VARY);
        }
        let twice =
            from(EVIL, method).header("sec-fetch-mode", "no-cors").header("sec-fetch-mode", "cors");
        app().send(twice).is_forbidden(Step::Origin, VARY);
    }
    // A form that another site posts, such as OpenID Connect's `form_post`, is refused.
    let form = from(EVIL, "POST").header("sec-fetch-mode", "navigate");
    app().send(form).is_forbidden(Step::Origin, VARY);
}

/// CORS does not protect a WebSocket; `enforce` does.
#[test]
fn upgrades_and_extended_connect_are_judged_by_their_origin() {
    let upgrade = |origin| {
        get(origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-fetch-mode", "websocket")
    };
    app().send(upgrade(EVIL)).is_forbidden(Step::Origin, VARY);
    let switched = app().answering(101);
    switched.send(upgrade(APP)).is_passed_on_with([]);
    let connect = |origin| {
        Request::builder()
            .method(Method::CONNECT)
            .uri("https://api.example.com/socket")
            .header("origin", origin)
    };
    app().send(connect(EVIL)).is_forbidden(Step::Origin, VARY);
    app().send(connect(APP)).is_passed_on_with([]);
    app().send(connect(OWN)).is_passed_on_with([]);
}

#[test]
fn an_answer_for_any_origin_is_no_constant_any_more() {
    let app = App::of(enforcing(Rule::for_any_origin()).try_into().unwrap());
    app.send(get(EVIL)).is_passed_on_with(["access-control-allow-origin: *", VARY]);
    app.send(get("https://a.example/")).is_forbidden(Step::Origin, VARY);
    app.send(from(EVIL, "DELETE")).is_forbidden(Step::Method, VARY);
    app.send(Request::get("/")).is_passed_on_with([VARY]);
}

#[test]
fn headers_read_by_predicates_are_in_vary() {
    let nobody = OriginPredicate::new(|_, _| false).varies_on([http::header::HOST]);
    let rule = Rule::for_origins([APP]).add_origin_predicate(nobody);
    let app = App::of(enforcing(rule).try_into().unwrap());
    let vary = "vary: origin, sec-fetch-site, sec-fetch-mode, host";
    app.send(get(APP)).is_passed_on_with([ALLOW_APP, vary]);
    app.send(get(EVIL)).is_forbidden(Step::Origin, vary);
}

#[test]
fn service_origins_are_exact_and_every_fault_is_reported() {
    let own =
        ["https://api.example.com/", "https://*.example.com", "*", "http://localhost:*", "null"];
    let service_origins = own;
    let config = enforcing(Rule::for_origins([APP])).service_origins(service_origins);
    let error = CorsPolicy::new(config).unwrap_err();
    let lines: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
    assert_eq!(
        lines,
        [
            "service_origins[0] = \"https://api.example.com/\": the origin ends with a slash; \
             browsers send an origin without a path; remove the slash; write \"https://api.example.com\"",
            "service_origins[1] = \"https://*.example.com\": the value is not a single origin; \
             a pattern, \"*\" or \"null\" matches pages of many origins; use concrete origins",
            "service_origins[2] = \"*\": the value is not a single origin; \
             a pattern, \"*\" or \"null\" matches pages of many origins; use concrete origins",
            "service_origins[3] = \"http://localhost:*\": the value is not a single origin; \
             a pattern, \"*\" or \"null\" matches pages of many origins; use concrete origins",
            "service_origins[4] = \"null\": the value is not a single origin; \
             a pattern, \"*\" or \"null\" matches pages of many origins; use concrete origins",
        ]
    );
    assert_eq!(error.faults()[1].kind(), &FaultKind::NotSingleOrigin);
}

#[test]
fn service_origins_without_effect_are_a_lint() {
    let service_origins = vec![OWN.to_owned(), OWN.to_owned()];
    let rules = vec![Rule::for_origins([APP])];
    let config = CorsConfig::from(rules).service_origins(service_origins);
    findings::has_lints_of(
        config,
        [
            ("service_origins[1]", OWN, LintKind::RepeatedOrigin),
            ("service_origins", "", LintKind::ServiceOriginsWithoutEnforce),
        ],
    );
}

impl Answer {
    /// 403, `Vary`, and nothing else.
    #[track_caller]
    fn is_forbidden(&self, step: Step, vary: &str) -> &Self {
        assert_eq!(self.decision.outcome(), Outcome::Forbidden, "{self:#?}");
        assert_eq!(self.decision.failed_step(), Some(step), "{self:#?}");
        assert_eq!(self.calls, 0, "the application is not called: {self:#?}");
        assert_eq!(self.response.status(), StatusCode::FORBIDDEN);
        assert_eq!(self.response.body(), "");
        assert_eq!(self.cors_lines(), [vary], "{self:#?}");
        assert_eq!(self.response.headers().len(), 1, "{self:#?}");
        self
    }

    #[track_caller]
    fn is_of_same_origin(&self, vary: &str) -> &Self {
        self.is_passed_on_with([vary]);
        assert_eq!(self.decision.outcome(), Outcome::SameOrigin, "{self:#?}");
        assert_eq!(self.decision.failed_step(), None, "{self:#?}");
        self
    }
}

#[test]
fn vary_of_a_custom_rejection_is_merged() {
    for (own, request, expected) in [
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
            let response = Response::builder().status(403).header("vary", own);
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
