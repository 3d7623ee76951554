//! `Csrf` next to a CORS policy: the requests that it allows, and the attacks that each condition stops.
//!
//! DESIGN, "Settled behaviour", 24. <https://github.com/tokens-studio/figma-plugin/issues/970>

use std::{
    convert::Infallible,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

use http::{Request, Response, request};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    RequestHead,
    browser::{Credentials, Fetch, Mode, Page},
    cors::{CorsConfig, CorsLayer, CorsPolicy, Rule},
    guard::{Check, Csrf, GuardLayer, Rejection, Verdict},
};

use crate::support::{block_on, guarded::expect};

const APP: &str = "https://app.example";
const SITE: Option<Rejection> = Some(Rejection::CsrfSite);
const ORIGIN: Option<Rejection> = Some(Rejection::CsrfOrigin);

/// Returns a rule without credentials for pages with bearer tokens.
fn bearer() -> Rule {
    Rule::for_origins([APP])
        .allow_methods(["PUT", "QUERY"])
        .allow_headers(["authorization", "content-type"])
}

fn check(config: impl Into<CorsConfig>) -> Csrf {
    Csrf::new().trust_policy(CorsPolicy::new(config).unwrap())
}

/// Adds lines such as `cookie: a=b` to a request.
fn with_lines(mut request: request::Builder, lines: &[&str]) -> request::Builder {
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request
}

/// Returns a request by `fetch` of a page of the origin.
fn fetched(method: &str, origin: &str, lines: &[&str]) -> request::Builder {
    let request = Request::builder().method(method).uri("/files/1").header("host", "api.example");
    let metadata = ["sec-fetch-site: cross-site", "sec-fetch-mode: cors", "sec-fetch-dest: empty"];
    with_lines(with_lines(request, &metadata).header("origin", origin), lines)
}

/// Returns the same request of a browser that sends no `Sec-Fetch-*`.
fn fetched_without_metadata(method: &str, origin: &str, lines: &[&str]) -> request::Builder {
    let request = Request::builder().method(method).uri("/files/1").header("host", "api.example");
    with_lines(request.header("origin", origin), lines)
}

#[test]
fn request_after_an_allowed_preflight_is_allowed() {
    let json = "content-type: application/json";
    let token = "authorization: Bearer t";
    #[rustfmt::skip]
    let cases: &[(&str, &str, &[&str], bool)] = &[
        ("PUT", APP, &[], true),
        ("PUT", APP, &[token], true),
        ("PUT", APP, &[token, json], true),
        ("PUT", APP, &["content-type: text/plain"], true),
        ("QUERY", APP, &[], true),
        ("POST", APP, &[json], true),
        ("POST", APP, &[json, token], true),
        ("POST", APP, &["content-type: Application/VND.api+JSON ; charset=utf-8"], true),
        ("POST", APP, &["content-type: application/offset+octet-stream"], true),
        // Other headers prove nothing, and do not harm.
        ("PUT", APP, &["x-requested-with: fetch"], true),
        ("POST", APP, &["x-requested-with: fetch"], false),
        ("DELETE", APP, &[token], false),
        ("put", APP, &[token], false),
        ("PUT", "https://evil.example", &[token], false),
        ("PUT", "null", &[token], false),
        ("PUT", "https://app.example.evil", &[token], false),
        ("PUT", APP, &["cookie: session=1"], false),
        ("PUT", APP, &["cookie: "], false),
        ("POST", APP, &[], false),
        ("POST", APP, &[json, json], false),
        ("POST", APP, &["content-type: application/json, text/plain"], false),
        ("POST", APP, &["content-type: json"], false),
        ("POST", APP, &["content-type: "], false),
        ("POST", APP, &["content-type: text/plain"], false),
        ("POST", APP, &["content-type: TEXT/Plain; x=application/json"], false),
        ("POST", APP, &["content-type: multipart/form-data; boundary=a"], false),
        ("POST", APP, &["content-type: application/x-www-form-urlencoded"], false),
        ("POST", APP, &["content-type: text/ping"], false),
        ("POST", APP, &["content-type: application/csp-report"], false),
        ("POST", APP, &["content-type: application/expect-ct-report+json"], false),
        ("POST", APP, &["content-type: application/xss-auditor-report"], false),
        ("POST", APP, &["content-type: application/ocsp-request"], false),
        ("TRACE", APP, &[], false),
        ("TRACK", APP, &[], false),
        ("CONNECT", APP, &[], false),
        ("PUT", APP, &["upgrade: websocket"], false),
        ("PUT", APP, &["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="], false),
    ];
    for (method, origin, lines, is_allowed) in cases {
        let about = format!("{method} {origin} {lines:?}");
        let denied = |rejection| if *is_allowed { None } else { rejection };
        let request = || fetched(method, origin, lines);
        expect(check(bearer()), request, denied(SITE), &about);
        let request = || fetched_without_metadata(method, origin, lines);
        expect(check(bearer()), request, denied(ORIGIN), &format!("{about}, no metadata"));
        // Without the policy, the check denies all of them.
        let request = || fetched(method, origin, lines);
        expect(Csrf::new(), request, SITE, &format!("{about}, no policy"));
    }
}

#[test]
fn mode_must_be_cors_or_absent_with_the_site() {
    let put = |lines: &'static [&'static str]| {
        move || {
            let request = Request::put("/").header("host", "api.example").header("origin", APP);
            with_lines(request, lines)
        }
    };
    #[rustfmt::skip]
    let cases: &[(&'static [&'static str], Option<Rejection>)] = &[
        (&["sec-fetch-site: cross-site", "sec-fetch-mode: cors"], None),
        (&["sec-fetch-site: same-site", "sec-fetch-mode: cors"], None),
        (&["sec-fetch-mode: cors"], None),
        (&[], None),
        (&["sec-fetch-site: cross-site"], SITE),
        (&["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"], SITE),
        (&["sec-fetch-site: cross-site", "sec-fetch-mode: navigate"], SITE),
        (&["sec-fetch-site: cross-site", "sec-fetch-mode: CORS"], SITE),
        (&["sec-fetch-site: cross-site", "sec-fetch-mode: cors", "sec-fetch-mode: cors"], SITE),
        (&["sec-fetch-mode: no-cors"], ORIGIN),
        (&["sec-fetch-mode: websocket"], ORIGIN),
    ];
    for (lines, rejection) in cases {
        expect(check(bearer()), put(lines), *rejection, &format!("{lines:?}"));
    }
    let two = || fetched("PUT", APP, &[]).header("origin", APP);
    expect(check(Rule::for_any_origin().allow_methods(["PUT"])), two, SITE, "two Origin lines");
    let without = || {
        let request = Request::put("/").header("host", "api.example");
        with_lines(request, &["sec-fetch-site: cross-site", "sec-fetch-mode: cors"])
    };
    expect(check(Rule::for_any_origin().allow_methods(["PUT"])), without, SITE, "no Origin");
}

#[test]
fn rule_must_allow_the_method_and_the_headers() {
    let token = "authorization: Bearer t";
    let json = "content-type: application/json";
    let rule = || Rule::for_origins([APP]);
    let any = Rule::for_any_origin;
    #[rustfmt::skip]
    let cases: &[(Rule, &str, &str, &[&str], bool)] = &[
        (rule(), "PUT", APP, &[], false),
        (rule().allow_methods(["PUT"]), "PUT", APP, &[], true),
        (rule().allow_any_method(), "CHICKEN", APP, &[], true),
        (rule().allow_methods(["PUT"]), "PUT", APP, &[token], false),
        (rule().allow_methods(["PUT"]).allow_any_header(), "PUT", APP, &[token], false),
        (rule(), "POST", APP, &[json], false),
        (rule().allow_headers(["content-type"]), "POST", APP, &[json], true),
        (rule().allow_any_header(), "POST", APP, &[json], true),
        (rule().allow_headers(["content-*"]), "POST", APP, &[json], true),
        (rule().allow_headers(["x-content-type"]), "POST", APP, &[json], false),
        (any().allow_any_method(), "PUT", "https://evil.example", &[], true),
        (any().allow_any_method(), "PUT", "null", &[], true),
        (any().allow_any_method(), "PUT", "null", &["cookie: a=b"], false),
        (rule().allow_methods(["PUT"]).dangerously_allow_null_origin(true), "PUT", "null", &[], true),
    ];
    for (rule, method, origin, lines, is_allowed) in cases {
        let about = format!("{rule:?} {method} {origin} {lines:?}");
        let rejection = if *is_allowed { None } else { SITE };
        expect(check(rule.clone()), || fetched(method, origin, lines), rejection, &about);
    }
}

#[test]
fn rule_with_credentials_trusts_its_methods() {
    let rule = || Rule::for_origins([APP]).allow_credentials(true).allow_methods(["PUT"]);
    let cookie: &[&str] = &["cookie: session=1"];
    for (method, rejection) in [
        ("POST", None),
        ("PUT", None),
        ("DELETE", SITE),
        ("put", SITE),
        ("TRACE", SITE),
        // A WebSocket over HTTP/2.
        ("CONNECT", None),
    ] {
        expect(check(rule()), || fetched(method, APP, cookie), rejection, method);
        // A list of trusted origins is for all methods.
        expect(Csrf::new().trust_origins([APP]), || fetched(method, APP, cookie), None, method);
    }
    let no_cors = || {
        let request = Request::post("/").header("host", "api.example").header("origin", APP);
        with_lines(request, &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"])
    };
    expect(check(rule()), no_cors, None, "a form of a trusted origin");
    let by_guard = check(rule()).dangerously_allow_null_origin(true);
    expect(by_guard, || fetched("DELETE", "null", cookie), None, "null by the guard");
    expect(check(rule()), || fetched("PUT", "null", cookie), SITE, "null");
}

#[test]
fn first_rule_at_the_path_decides() {
    let rules = || {
        CorsConfig::from([
            Rule::for_origins([APP]).paths(["/read/*"]),
            Rule::for_origins([APP]).paths(["/files/*", "/read/*"]).allow_methods(["PUT"]),
        ])
        .not_handled(["/files/raw"])
    };
    for (path, rejection) in [
        ("/files/1", None),
        ("/read/1", SITE),
        ("/other", SITE),
        ("/files/raw", SITE),
        ("/files//1", SITE),
        ("/files/../files/1", SITE),
        ("/read/..%2ffiles/1", SITE),
    ] {
        expect(check(rules()), || fetched("PUT", APP, &[]).uri(path), rejection, path);
    }
    // Where the service handles CORS itself, no rule decides.
    let trusted = || {
        let rule = Rule::for_origins([APP]).allow_credentials(true);
        CorsConfig::from(rule).not_handled(["/files/*"])
    };
    expect(check(trusted()), || fetched("POST", APP, &[]), SITE, "not handled");
    expect(check(trusted()), || fetched("POST", APP, &[]).uri("/"), None, "handled");
}

/// A condition under which no form and no `no-cors` request is allowed.
type Condition = (&'static str, fn(&Request<()>) -> bool);

/// Returns the conditions of DESIGN 24 (b) for a rule that may allow two headers.
fn conditions(allows_authorization: bool, allows_content_type: bool) -> Vec<Condition> {
    fn value<'a>(request: &'a Request<()>, name: &str) -> &'a str {
        request.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }
    fn essence(request: &Request<()>) -> String {
        value(request, "content-type").split(';').next().unwrap().trim().to_lowercase()
    }
    let mut conditions: Vec<Condition> = vec![
        ("mode", |request| {
            let headers = request.headers();
            value(request, "sec-fetch-mode") == "cors"
                || !(headers.contains_key("sec-fetch-mode")
                    || headers.contains_key("sec-fetch-site"))
        }),
        ("cookie", |request| !request.headers().contains_key("cookie")),
        ("method", |request| !["GET", "TRACE"].contains(&request.method().as_str())),
        ("content-type is present", |request| {
            request.method() != "POST" || request.headers().contains_key("content-type")
        }),
        ("one content-type", |request| {
            request.headers().get_all("content-type").iter().count() < 2
        }),
        ("content-type parses", |request| {
            let has_type = request.headers().contains_key("content-type");
            !has_type || essence(request).split_once('/').is_some_and(|(_, end)| !end.contains(','))
        }),
        ("not of a form", |request| {
            let forms = ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
            !forms.contains(&&*essence(request))
        }),
        ("not a ping", |request| essence(request) != "text/ping"),
        ("not a report", |request| {
            let reports = [
                "application/csp-report",
                "application/expect-ct-report+json",
                "application/xss-auditor-report",
                "application/ocsp-request",
            ];
            !reports.contains(&&*essence(request))
        }),
    ];
    if !allows_authorization {
        let condition = |request: &Request<()>| !request.headers().contains_key("authorization");
        conditions.push(("authorization", condition));
    }
    if !allows_content_type {
        conditions.push(("rule allows content-type", |request| request.method() != "POST"));
    }
    conditions
}

/// A condition, an attack, the method, and two lists of field lines.
///
/// The browser adds the first list, and the page the second one.
type Attack<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a [&'a str]);

// Each condition stops an attack that all other conditions allow.
#[test]
fn each_condition_alone_stops_an_attack() {
    let beacon: &[&str] = &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"];
    let no_metadata: &[&str] = &[];
    #[rustfmt::skip]
    let attacks: &[Attack<'_>] = &[
        // Until version 80, Chromium sent `sendBeacon` with any type without a preflight (crbug.com/490015).
        ("mode", "a beacon of Chromium 79", "POST", beacon, &["content-type: application/json"]),
        ("cookie", "a beacon with cookies of Chromium 59", "POST", no_metadata, &["content-type: application/json", "cookie: session=1"]),
        ("authorization", "a beacon with stored HTTP credentials", "POST", no_metadata, &["content-type: application/json", "authorization: Basic dTpw"]),
        ("rule allows content-type", "a beacon, and a rule that rejects its preflight", "POST", no_metadata, &["content-type: application/json"]),
        ("content-type is present", "fetch with a Blob without a type (GHSA-2234-fmw7-43wr)", "POST", no_metadata, &[]),
        ("not of a form", "a form", "POST", no_metadata, &["content-type: application/x-www-form-urlencoded"]),
        ("not of a form", "a form with a file", "POST", no_metadata, &["content-type: multipart/form-data; boundary=a"]),
        ("not of a form", "a form with JSON as text", "POST", no_metadata, &["content-type: text/plain"]),
        ("not a ping", "a link with the attribute ping", "POST", no_metadata, &["content-type: text/ping"]),
        ("not a report", "a report-uri that names this service", "POST", no_metadata, &["content-type: application/csp-report"]),
        ("one content-type", "two field lines", "POST", no_metadata, &["content-type: application/json", "content-type: text/plain"]),
        ("content-type parses", "a type that a lenient service reads as text/plain", "POST", no_metadata, &["content-type: application/json,text/plain"]),
    ];
    for (condition, about, method, metadata, lines) in attacks {
        let allows_authorization = *condition != "authorization";
        let allows_content_type = *condition != "rule allows content-type";
        let mut headers = vec![];
        if allows_authorization {
            headers.push("authorization");
        }
        if allows_content_type {
            headers.push("content-type");
        }
        let rule = Rule::for_any_origin().allow_any_method().allow_headers(headers);
        let check = check(rule);
        let request = Request::builder().method(*method).uri("/").header("host", "api.example");
        let request = with_lines(request.header("origin", "https://evil.example"), metadata);
        let request = with_lines(request, lines).body(()).unwrap();
        let conditions = conditions(allows_authorization, allows_content_type);
        let unmet: Vec<&str> = conditions
            .iter()
            .filter(|(_, is_met)| !is_met(&request))
            .map(|(name, _)| *name)
            .collect();
        // Without this condition, the request would pass.
        assert_eq!(unmet, [*condition], "{about}");
        let verdict = check.check(&RequestHead::from(&request));
        assert!(matches!(verdict, Verdict::Deny(_)), "{about}");
    }
}

#[test]
fn browser_sends_only_proven_requests_to_the_service() {
    let address = "https://api.example/files/1";
    let token = |fetch: Fetch| fetch.header("authorization", "Bearer t");
    #[rustfmt::skip]
    let cases = [
        ("PUT with a token", token(Fetch::put(address)), false, 1),
        ("POST of JSON", Fetch::post(address).json("{}"), false, 1),
        ("PUT with cookies", Fetch::put(address).credentials(Credentials::Include), false, 0),
        ("a form", Fetch::post(address).form("to=evil").user_activation(), true, 0),
        ("a no-cors POST", Fetch::post(address).mode(Mode::NoCors).text("{}").credentials(Credentials::Include), false, 0),
        ("a simple POST", Fetch::post(address).text("{}"), false, 0),
        ("a POST of bytes without a type", Fetch::post(address).bytes(b"{}").mode(Mode::NoCors), false, 0),
        ("DELETE", Fetch::delete(address), false, 0),
    ];
    for (about, fetch, is_navigation, expected) in cases {
        for origin in [APP, "https://evil.example"] {
            let policy = CorsPolicy::new(bearer()).unwrap();
            let calls = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&calls);
            let inner = service_fn(move |request: Request<Vec<u8>>| {
                if request.method() != "OPTIONS" {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
                async { Ok::<_, Infallible>(Response::new(String::new())) }
            });
            let guard = GuardLayer::new(Csrf::new().trust_policy(policy.clone())).unwrap();
            let mut service = CorsLayer::new(policy).layer(guard.layer(inner));
            let mut page = Page::open(origin);
            send(&mut page, &mut service, fetch.clone(), is_navigation);
            let expected = if origin == APP { expected } else { 0 };
            assert_eq!(calls.load(Ordering::SeqCst), expected, "{about} of {origin}");
        }
    }
}

fn send<S>(page: &mut Page, service: &mut S, fetch: Fetch, is_navigation: bool)
where
    S: Service<Request<Vec<u8>>, Response = Response<String>, Error = Infallible>,
{
    if is_navigation {
        let _ = block_on(page.navigate(service, fetch));
    } else {
        let _ = block_on(page.fetch(service, fetch));
    }
}
