//! Texts of explanations. PEERS 45; MATRIX 2.4, and section 4, items 1 and 10.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, request};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Explanation, OriginPredicate, Outcome, Rule, UpstreamHeaders},
    limits::{REQUEST_HEADERS_BYTES, REQUEST_HEADERS_NAMES},
    origin::OriginErrorKind,
};

use crate::support::{
    APP, EVIL, from, get, is_explained, policy_from_config, preflight, preflight_with_headers, rule,
};

fn site() -> Rule {
    Rule::for_origins([APP, "https://*.example.org", "http://localhost:3000"])
        .allow_methods(["PUT", "PATCH"])
        .allow_headers(["content-type", "x-a"])
}

fn metadata(request: request::Builder, site: &str, mode: &str) -> request::Builder {
    request.header("sec-fetch-site", site).header("sec-fetch-mode", mode)
}

fn explained<const N: usize>(rules: [Rule; N], request: request::Builder) -> Explanation {
    let policy = CorsPolicy::new(rules).expect("a valid policy");
    let request = request.body(()).expect("a request");
    let head = RequestHead::from(&request);
    let explanation = policy.explain(head);
    is_explained(&explanation, &policy.decide(&head));
    explanation
}

/// Asserts all lines of the explanation.
#[track_caller]
fn explains<const N: usize, const L: usize>(
    rules: [Rule; N],
    request: request::Builder,
    lines: [&str; L],
) {
    let text = explained(rules, request).to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "\n{text}\n");
}

#[test]
fn rejected_origin_is_compared_with_all_rules() {
    explains(
        [site()],
        preflight(EVIL, "PUT"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            PUT_REASON,
            NO_MATCH,
            NOT_SENT,
            "fix: if the page is yours: rules[0].origins: add \"https://evil.example\"",
        ],
    );
    explains(
        [site()],
        get(EVIL),
        [
            "rejected at the origin: no rule allows https://evil.example",
            GET_NO_REASON,
            NO_MATCH,
            NOT_READABLE,
            "fix: if the page is yours: rules[0].origins: add \"https://evil.example\"",
        ],
    );
    explains(
        [rule(), Rule::for_origins(["https://b.example"]).dangerously_allow_null_origin(true)],
        get(EVIL),
        [
            "rejected at the origin: no rule allows https://evil.example",
            GET_NO_REASON,
            "origin: no match in rules[0] (\"https://app.example.com\"), rules[1] \
             (\"https://b.example\", null)",
            NOT_READABLE,
            "fix: if the page is yours: add \"https://evil.example\" to the origins of a rule",
        ],
    );
    explains(
        [Rule::for_origins_where(OriginPredicate::new(|_, _| false))],
        get(EVIL),
        [
            "rejected at the origin: no rule allows https://evil.example",
            GET_NO_REASON,
            "origin: no match in rules[0] (a predicate)",
            NOT_READABLE,
            "fix: if the page is yours: rules[0].origins: add \"https://evil.example\"",
        ],
    );
}

#[track_caller]
fn explains_config<const L: usize>(
    config: CorsConfig,
    request: request::Builder,
    lines: [&str; L],
) {
    let policy = policy_from_config(config);
    let request = request.body(()).expect("a request");
    let head = RequestHead::from(&request);
    let explanation = policy.explain(head);
    let decision = policy.decide(&head);
    assert_eq!(explanation.outcome(), decision.outcome());
    assert_eq!(explanation.failed_step(), decision.failed_step());
    if decision.failed_step().is_some() {
        is_explained(&explanation, &decision);
    }
    let text = explanation.to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "\n{text}\n");
}

#[test]
fn enforcement_lines_distinguish_same_origin_requests() {
    let enforced = || CorsConfig::from(vec![rule()]).enforce(true);
    let no_match = "origin: no match in rules[0] (\"https://app.example.com\")";
    let add = "fix: if the page is yours: rules[0].origins: add \"https://evil.example\"";
    let forbidden = "result: the layer responds with status 403, because enforce is true";
    explains_config(
        enforced(),
        metadata(from(EVIL, "POST"), "cross-site", "cors"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "preflight reason: none: POST with these headers needs no preflight",
            no_match,
            "same origin: Sec-Fetch-Site is \"cross-site\", not same-origin",
            forbidden,
            add,
        ],
    );
    explains_config(
        enforced(),
        metadata(from(EVIL, "POST"), "cross-site", "navigate"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: navigate; a form or a link, and no script reads the \
             response",
            no_match,
            "same origin: Sec-Fetch-Site is \"cross-site\", not same-origin",
            forbidden,
            add,
            "fix: if another site submits this form on purpose, as OpenID Connect does: exempt_paths: add \
             its path",
        ],
    );
    explains_config(
        enforced(),
        from("https://api.example.com", "POST").header("host", "10.0.0.1:8080"),
        [
            "rejected at the origin: no rule allows https://api.example.com",
            "preflight reason: none: POST with these headers needs no preflight",
            no_match,
            "same origin: Origin differs from the request's host and port, and Sec-Fetch-Site is \
             missing",
            forbidden,
            "fix: if the page is yours: rules[0].origins: add \"https://api.example.com\"",
        ],
    );
    // Only here the message names the setting: a rebound name looks the same.
    explains_config(
        enforced().service_origins(["https://www.example.com"]),
        from("https://api.example.com", "POST").header("host", "api.example.com"),
        [
            "rejected at the origin: no rule allows https://api.example.com",
            "preflight reason: none: POST with these headers needs no preflight",
            no_match,
            "same origin: Origin has the request's host and port, but service_origins replace this \
             comparison",
            forbidden,
            "fix: if the page is yours: rules[0].origins: add \"https://api.example.com\"",
            "fix: if this is an address of your service: service_origins: add \
             \"https://api.example.com\"",
        ],
    );
    explains_config(
        enforced().exempt_paths(["/saml/*"]),
        metadata(from(EVIL, "POST"), "cross-site", "navigate").uri("/saml/acs"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: navigate; a form or a link, and no script reads the \
             response",
            no_match,
            "exempt path: exempt_paths matches \"/saml/acs\"",
            "result: the layer forwards the request, but the page cannot read the response",
            "fix: none: CORS does not apply to this request",
        ],
    );
    explains_config(
        enforced(),
        from(APP, "DELETE"),
        [
            "rejected at the method: rules[0] does not allow DELETE",
            "preflight reason: method DELETE needs a preflight: only GET, HEAD and POST do not",
            LISTED,
            "same origin: Origin differs from the request's host and port, and Sec-Fetch-Site is \
             missing",
            NO_CREDENTIALS,
            "method: rules[0] allows only GET, HEAD and POST, not DELETE; a preflight would be \
             rejected",
            forbidden,
            "fix: rules[0].allow_methods: add \"DELETE\"",
        ],
    );
    explains_config(
        enforced(),
        metadata(from("https://api.example.com", "POST"), "same-origin", "cors"),
        [
            "allowed: same-origin request",
            "fetch metadata: Sec-Fetch-Site: same-origin; the page reads the response without CORS",
            no_match,
            "result: the layer forwards the request, and the page reads the response without CORS",
        ],
    );
}

#[test]
fn hidden_failing_step_gets_a_line() {
    explains_config(
        CorsConfig::from(rule()).hide_failing_step(true),
        preflight(APP, "DELETE"),
        [
            "rejected at the method: rules[0] does not allow DELETE",
            "preflight reason: method DELETE needs a preflight: only GET, HEAD and POST do not",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows only GET, HEAD and POST, not DELETE",
            "request headers: none requested",
            "hide_failing_step: the response is an empty 403, so that the browser console does not \
             name the step",
            NOT_SENT,
            "fix: rules[0].allow_methods: add \"DELETE\"",
        ],
    );
}

#[test]
fn kept_upstream_headers_get_a_line() {
    let upstream_headers = UpstreamHeaders::Keep;
    let config = CorsConfig::from(vec![rule()]).upstream_headers(upstream_headers);
    let request = get(APP).body(()).unwrap();
    let text = policy_from_config(config).explain(&request).to_string();
    let line = "\nupstream headers: \"keep\": if the service sets Access-Control-Allow-Origin, its \
        CORS headers replace all of these\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn rejected_method_is_suggested_for_the_rule() {
    explains(
        [site()],
        preflight(APP, "DELETE"),
        [
            "rejected at the method: rules[0] does not allow DELETE",
            "preflight reason: method DELETE needs a preflight: only GET, HEAD and POST do not",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH, but not DELETE",
            "request headers: none requested",
            NAMES_METHOD,
            r#"fix: rules[0].allow_methods: add "DELETE""#,
        ],
    );
    explains(
        [rule()],
        preflight(APP, "PUT"),
        [
            "rejected at the method: rules[0] does not allow PUT",
            PUT_REASON,
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows only GET, HEAD and POST, not PUT",
            "request headers: none requested",
            NAMES_METHOD,
            r#"fix: rules[0].allow_methods: add "PUT""#,
        ],
    );
    explains(
        [site().allow_credentials(true)],
        preflight(APP, "DELETE").header("access-control-request-headers", "x-foo,content-type"),
        [
            "rejected at the method: rules[0] does not allow DELETE",
            "preflight reason: method DELETE needs a preflight: only GET, HEAD and POST do not",
            CONTENT_TYPE_REASON,
            "preflight reason: header x-foo needs a preflight",
            LISTED,
            "credentials: rules[0] allows credentials",
            "method: rules[0] allows PUT, PATCH, but not DELETE",
            "request headers: rules[0] allows content-type, x-a, but not x-foo",
            NAMES_METHOD,
            r#"fix: rules[0].allow_methods: add "DELETE""#,
            r#"fix: rules[0].allow_headers: add "x-foo""#,
        ],
    );
    explains(
        [rule(), site()],
        preflight(APP, "PUT"),
        [
            "rejected at the method: rules[0] does not allow PUT",
            PUT_REASON,
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows only GET, HEAD and POST, not PUT",
            "closest match: rules[1] would allow it, but rules[0] matches the origin first",
            "request headers: none requested",
            NAMES_METHOD,
            r#"fix: rules[0].allow_methods: add "PUT""#,
        ],
    );
}

#[test]
fn malformed_method_is_not_suggested_for_the_rule() {
    explains(
        [site()],
        preflight(APP, "a b"),
        [
            r#"rejected at the method: "a b" is not a valid method"#,
            LISTED,
            NO_CREDENTIALS,
            r#"method: "a b" is not a token (RFC 9110)"#,
            "request headers: none requested",
            NOT_SENT,
            NO_BROWSER,
        ],
    );
    explains(
        [site()],
        preflight(APP, "PUT").header("access-control-request-method", "PUT"),
        [
            "rejected at the method: Access-Control-Request-Method has several field lines",
            LISTED,
            NO_CREDENTIALS,
            "method: a preflight requests one method, in one field line",
            "request headers: none requested",
            NOT_SENT,
            NO_BROWSER,
        ],
    );
    explains(
        [rule().allow_any_method()],
        preflight(APP, &"M".repeat(65)),
        [
            "rejected at the method: the method is 65 bytes long",
            "preflight reason: method \
             MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM needs a preflight: \
             only GET, HEAD and POST do not",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows any method of at most 64 bytes",
            "request headers: none requested",
            NAMES_METHOD,
            "fix: use a method of at most 64 bytes",
        ],
    );
}

// F20: `fetch` normalises six methods, and PATCH is not among them.
#[test]
fn method_with_different_case_is_the_closest_match() {
    explains(
        [site()],
        preflight(APP, "patch"),
        [
            "rejected at the method: rules[0] does not allow patch",
            "preflight reason: method patch needs a preflight: only GET, HEAD and POST do not",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH, but not patch",
            "closest match: PATCH is allowed; method names are case-sensitive",
            "request headers: none requested",
            NAMES_METHOD,
            "fix: write method: \"PATCH\" in the page's script; browsers do not change the case of \
             patch",
        ],
    );
}

#[test]
fn rejected_request_headers_are_suggested_for_the_rule() {
    explains(
        [site()],
        preflight_with_headers(["x-b,x-a,X-C"]),
        [
            "rejected at the request headers: rules[0] does not allow x-b, X-C",
            PUT_REASON,
            "preflight reason: headers x-b, x-a, X-C need a preflight",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a, but not x-b, X-C",
            NAMES_HEADER,
            r#"fix: rules[0].allow_headers: add "x-b", "x-c""#,
        ],
    );
    explains(
        [rule().allow_methods(["PUT"])],
        preflight_with_headers(["content-type"]),
        [
            "rejected at the request headers: rules[0] does not allow content-type",
            PUT_REASON,
            CONTENT_TYPE_REASON,
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT",
            "request headers: rules[0].allow_headers is empty and does not include content-type",
            NAMES_HEADER,
            r#"fix: rules[0].allow_headers: add "content-type""#,
        ],
    );
}

// <https://github.com/whatwg/fetch/issues/1919>
#[test]
fn any_request_header_excludes_authorization() {
    explains(
        [rule().allow_methods(["PUT"]).allow_any_header()],
        preflight_with_headers(["authorization,x-a"]),
        [
            "rejected at the request headers: rules[0] does not allow authorization",
            PUT_REASON,
            "preflight reason: headers authorization, x-a need a preflight",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT",
            r#"request headers: "*" in rules[0] does not include authorization"#,
            NAMES_HEADER,
            r#"fix: rules[0].allow_headers: add "authorization"; "*" does not include authorization"#,
        ],
    );
}

#[test]
fn exceeded_request_header_limit_is_reported() {
    explains(
        [site().allow_any_header()],
        preflight_with_headers([&vec!["a"; REQUEST_HEADERS_NAMES + 1].join(",")]),
        [
            "rejected at the request headers: Access-Control-Request-Headers has more than 256 names",
            PUT_REASON,
            "preflight reason: header a needs a preflight",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: the policy reads at most 256 names",
            NOT_SENT,
            "fix: request fewer headers, with shorter names, in one field line",
        ],
    );
}

#[test]
fn allowed_preflight_lists_exposed_headers_and_caching() {
    explains(
        [site()],
        preflight_with_headers(["content-type,x-a"]),
        [
            "allowed by rules[0]",
            PUT_REASON,
            CONTENT_TYPE_REASON,
            "preflight reason: header x-a needs a preflight",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a",
            EXPOSES_DEFAULT,
            "cached for: 5 seconds; rules[0].max_age is not set",
            SENT,
            SET_CREDENTIALS,
        ],
    );
    explains(
        [site()
            .allow_credentials(true)
            .max_age(Duration::from_secs(86_400))
            .expose_headers(["etag"])],
        preflight_with_headers(["content-type"]),
        [
            "allowed by rules[0]",
            PUT_REASON,
            CONTENT_TYPE_REASON,
            LISTED,
            "credentials: rules[0] allows credentials",
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a",
            "exposed headers: etag, in addition to cache-control, content-language, content-length, \
             content-type, expires, last-modified, pragma",
            "cached for: 86400 seconds; 7200 in Chromium and 600 in WebKit",
            SENT,
        ],
    );
    explains(
        [Rule::for_any_origin()
            .allow_any_method()
            .allow_any_header()
            .expose_any_header()
            .max_age(Duration::ZERO)],
        preflight_with_headers(["x-b"]),
        [
            "allowed by rules[0]",
            PUT_REASON,
            "preflight reason: header x-b needs a preflight",
            r#"origin: rules[0] allows any origin and responds with "*""#,
            NO_CREDENTIALS,
            "method: rules[0] allows any method",
            "request headers: rules[0] allows every name except authorization",
            "exposed headers: all except set-cookie, which pages cannot read",
            "cached for: 0 seconds; rules[0].max_age is 0, so that every request has a preflight",
            SENT,
            "fix: only if the page uses credentials: \"include\" (cookies): add a rule for its \
             origin before this one, with allow_credentials = true",
        ],
    );
}

// F31
/// Checks the response headers of clients that fail without them. R26
#[test]
fn unexposed_response_headers_are_suggested_for_the_rule() {
    let cookie = || site().allow_credentials(true).expose_headers(["x-amz-*", "Location"]);
    for (rule, request, names, unexposed) in [
        (site(), from(APP, "GET"), &["location", "upload-offset"][..], "location, upload-offset"),
        (site(), from(APP, "GET"), &["etag", "date", "vary", "content-type"], "etag"),
        (site(), from(APP, "GET"), &["content-type", "cache-control", "set-cookie"], ""),
        (cookie(), from(APP, "GET"), &["location", "x-amz-id", "x-total-count"], "x-total-count"),
        (site().expose_any_header(), from(APP, "GET"), &["etag", "location"], ""),
        (Rule::for_any_origin(), from(EVIL, "GET"), &["mcp-session-id"], "mcp-session-id"),
    ] {
        let policy = CorsPolicy::new(rule).unwrap();
        let mut headers = HeaderMap::new();
        for name in names {
            headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from(1));
        }
        let request = request.body(()).unwrap();
        let explanation = policy.explain_response(&request, &headers);
        let line = text(&explanation, "response headers").unwrap();
        if unexposed.is_empty() {
            assert_eq!(line, "the page can read them");
            continue;
        }
        assert_eq!(line, format!("the page cannot read {unexposed}"));
        let quoted = unexposed.split(", ").map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
        let fix = format!(
            "if the page reads {unexposed}: rules[0].expose_headers: add {}",
            quoted.join(", ")
        );
        let is_fix = |help: &str| help.split("; or ").next() == Some(&fix);
        assert!(explanation.help().any(is_fix), "{explanation}");
    }
    // Pages of rejected origins read nothing.
    let policy = CorsPolicy::new(site()).unwrap();
    let request = from(EVIL, "GET").body(()).unwrap();
    let explanation = policy.explain_response(&request, &HeaderMap::new());
    assert_eq!(explanation.to_string(), policy.explain(&request).to_string());
}

#[test]
fn preflight_without_visible_reason_has_a_reason_line() {
    explains(
        [site().allow_credentials(true).max_age(Duration::from_secs(601))],
        preflight("https://a.example.org", "POST"),
        [
            "allowed by rules[0]",
            "preflight reason: an upload listener or a stream body; POST without other headers needs \
             no preflight",
            r#"origin: https://a.example.org matches "https://*.example.org" in rules[0]"#,
            "credentials: rules[0] allows credentials",
            "method: POST is always allowed",
            "request headers: none requested",
            EXPOSES_DEFAULT,
            "cached for: 601 seconds; 600 in WebKit",
            SENT,
        ],
    );
}

#[test]
fn actual_request_lists_preflight_reasons() {
    explains(
        [site().allow_credentials(true)],
        get(APP),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            LISTED,
            "credentials: rules[0] allows credentials",
            EXPOSES_DEFAULT,
            READABLE,
        ],
    );
    explains(
        [site()],
        from(APP, "POST")
            .header("content-type", "application/json")
            .header("user-agent", "Mozilla/5.0")
            .header("accept", "*/*"),
        ["allowed by rules[0]", JSON_REASON, LISTED, NO_CREDENTIALS, EXPOSES_DEFAULT, READABLE],
    );
    explains(
        [rule()],
        from(APP, "PATCH").header("content-type", "application/json").header("x-foo", "1"),
        [
            "allowed by rules[0]",
            "preflight reason: method PATCH needs a preflight: only GET, HEAD and POST do not",
            JSON_REASON,
            "preflight reason: header x-foo needs a preflight, if the page set it",
            LISTED,
            NO_CREDENTIALS,
            "method: rules[0] allows only GET, HEAD and POST, not PATCH; a preflight would be rejected",
            "request headers: rules[0].allow_headers is empty and does not include content-type, \
             x-foo; a preflight would be rejected",
            EXPOSES_DEFAULT,
            READABLE,
            r#"fix: rules[0].allow_methods: add "PATCH""#,
            "fix: only if the page set them: rules[0].allow_headers: add \"content-type\", \"x-foo\"",
        ],
    );
    explains(
        [site()],
        from(APP, "OPTIONS"),
        [
            "allowed by rules[0]",
            "preflight reason: none: this OPTIONS request has no Access-Control-Request-Method and \
             is not a preflight",
            LISTED,
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            READABLE,
        ],
    );
}

#[test]
fn actual_request_with_cookie_gets_help_on_credentials() {
    explains(
        [site()],
        get(APP).header("cookie", "a=b"),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            LISTED,
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            READABLE,
            SET_CREDENTIALS,
        ],
    );
    explains(
        [Rule::for_any_origin()],
        get(APP).header("cookie", "a=b"),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            r#"origin: rules[0] allows any origin and responds with "*""#,
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            READABLE,
            "fix: only if the page uses credentials: \"include\" (cookies): add a rule for its \
             origin before this one, with allow_credentials = true",
        ],
    );
}

#[test]
fn request_without_origin_is_not_a_cors_request() {
    explains(
        [site()],
        Request::get("/"),
        [
            "not a CORS request: Origin is missing",
            "origin: browsers send no Origin with same-origin GET and HEAD requests, images, scripts \
             and links; other clients rarely send one",
            "result: the layer forwards the request",
        ],
    );
    explains(
        [Rule::for_any_origin()],
        Request::get("/"),
        [
            "not a CORS request: Origin is missing",
            "origin: browsers send no Origin with same-origin GET and HEAD requests, images, scripts \
             and links; other clients rarely send one",
            r#"response: "*", as for every request"#,
            "result: the layer forwards the request",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "same-origin", "cors"),
        [
            "not a CORS request: Origin is missing",
            "origin: Sec-Fetch-Site: same-origin; browsers send no Origin with same-origin GET and \
             HEAD requests",
            "result: the layer forwards the request",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "cross-site", "no-cors"),
        [
            "not a CORS request: Origin is missing",
            "origin: Sec-Fetch-Mode: no-cors; an image, a script or similar, which the page cannot \
             read",
            "result: the layer forwards the request",
            "fix: if the page should read the response: set crossorigin on the element, or mode: \
             \"cors\" in the script",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "none", "navigate"),
        [
            "not a CORS request: Origin is missing",
            "origin: Sec-Fetch-Mode: navigate; the user opens the address, and no script reads the \
             response",
            "result: the layer forwards the request",
        ],
    );
    explains(
        [site()],
        Request::options("/").header("access-control-request-method", "PUT"),
        [
            "not a CORS request: Origin is missing",
            "origin: a preflight has one: the client is not a browser, or a proxy removed the header",
            "result: the layer forwards the request",
        ],
    );
}

// F10, F11b: a request with `Origin` is not necessarily a CORS request.
#[test]
fn fetch_metadata_of_requests_without_cors_is_reported() {
    explains(
        [site()],
        metadata(from("https://api.example.com", "POST"), "same-origin", "cors"),
        [
            "rejected at the origin: no rule allows https://api.example.com",
            "fetch metadata: Sec-Fetch-Site: same-origin; the page reads the response without CORS",
            NO_MATCH,
            "result: the layer forwards the request, and the page reads the response without CORS",
            "fix: none: CORS does not apply to this request",
        ],
    );
    explains(
        [site()],
        metadata(from(EVIL, "POST"), "cross-site", "navigate"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: navigate; a form or a link, and no script reads the \
             response",
            NO_MATCH,
            NOT_READABLE,
            "fix: none: CORS does not apply to this request",
        ],
    );
    explains(
        [site()],
        metadata(get(EVIL), "cross-site", "no-cors"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: no-cors; the page does not use CORS and cannot read the \
             response",
            NO_MATCH,
            NOT_READABLE,
            "fix: if the page should read the response: set crossorigin on the element, or mode: \
             \"cors\" in the script, and allow the origin in a rule",
        ],
    );
    explains(
        [site()],
        metadata(get(EVIL), "cross-site", "websocket"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: websocket; CORS does not apply to WebSockets; enforce = \
             true does",
            NO_MATCH,
            "result: the layer forwards the request, and the page can open the connection",
            "fix: none: CORS does not apply to this request",
        ],
    );
    explains(
        [site()],
        metadata(get(EVIL), "cross-site", "webtransport"),
        [
            "rejected at the origin: no rule allows https://evil.example",
            "fetch metadata: Sec-Fetch-Mode: webtransport; CORS does not apply to WebTransport; enforce = \
             true does",
            NO_MATCH,
            "result: the layer forwards the request, and the page can open the connection",
            "fix: none: CORS does not apply to this request",
        ],
    );
    // Chromium and WebKit send `Origin` with same-origin requests for modules.
    explains(
        [Rule::for_static_origin("https://app.example.com")],
        metadata(get("https://api.example.com"), "same-origin", "cors"),
        [
            "allowed by rules[0]",
            "fetch metadata: Sec-Fetch-Site: same-origin; the page reads the response without CORS",
            "origin: https://app.example.com is the static origin of rules[0]",
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            "result: the layer forwards the request, and the page can read the response",
        ],
    );
}

#[test]
fn null_origin_explains_its_sources() {
    explains(
        [site()],
        preflight("null", "GET"),
        [
            "rejected at the origin: no rule allows null",
            UPLOAD_REASON,
            "origin: sandboxed frames, local files and data: documents send null, and browsers send \
             it after a cross-origin redirect",
            NOT_SENT,
            "fix: serve the page over http or https, add allow-same-origin to the sandboxed frame, \
             or respond without a redirect",
            "fix: only if any website may read the response: rules[0].dangerously_allow_null_origin \
             = true",
        ],
    );
    explains(
        [rule().dangerously_allow_null_origin(true)],
        get("null"),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            "origin: rules[0].dangerously_allow_null_origin allows null",
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            READABLE,
        ],
    );
}

#[test]
fn any_origin_with_credentials_echoes_all_but_shared_origins() {
    let any = || {
        [Rule::for_any_origin()
            .allow_credentials(true)
            .dangerously_allow_credentials_for_any_origin(true)]
    };
    explains(
        any(),
        get(EVIL),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            "origin: rules[0] allows any origin except null, file:// and plain HTTP and responds with \
             the origin",
            "credentials: rules[0] allows credentials",
            EXPOSES_DEFAULT,
            READABLE,
        ],
    );
    explains(
        any(),
        get("null"),
        [
            "rejected at the origin: no rule allows null",
            GET_NO_REASON,
            "origin: sandboxed frames, local files and data: documents send null, and browsers send \
             it after a cross-origin redirect",
            NOT_READABLE,
            "fix: serve the page over http or https, add allow-same-origin to the sandboxed frame, \
             or respond without a redirect",
            "fix: only if any website may read the response: dangerously_allow_null_origin = true in \
             a rule without credentials",
        ],
    );
    explains(
        any(),
        get("http://a.example"),
        [
            "rejected at the origin: no rule allows http://a.example",
            GET_NO_REASON,
            "origin: no match in rules[0] (any origin except null, file:// and plain HTTP)",
            "closest match: rules[0] allows https://a.example: the scheme differs",
            NOT_READABLE,
            "fix: open the page as https://a.example",
            "fix: or rules[0].dangerously_allow_insecure_origins = true; a network attacker can \
             modify such pages",
        ],
    );
}

#[test]
fn malformed_origin_is_quoted_and_truncated() {
    explains(
        [site()],
        get(&"a".repeat(64 * 1024)),
        [
            "rejected at the origin: \
             \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" \
             (65536 bytes) is not a valid origin",
            GET_NO_REASON,
            "origin: the value has more than 326 bytes",
            NOT_READABLE,
            NO_BROWSER,
        ],
    );
    explains(
        [site()],
        get(APP).header("origin", APP),
        [
            "rejected at the origin: Origin has several field lines",
            GET_NO_REASON,
            "origin: browsers send one field line; several are rejected",
            NOT_READABLE,
            NO_BROWSER,
        ],
    );
    explains(
        [Rule::for_any_origin()],
        get("https://a.example/"),
        [
            "allowed by rules[0]",
            GET_NO_REASON,
            r#"origin: rules[0] allows any origin and responds with "*""#,
            NO_CREDENTIALS,
            EXPOSES_DEFAULT,
            READABLE,
        ],
    );
    explains(
        [Rule::for_origins(["https://a.example"])],
        preflight("https://a.example/", "GET"),
        [
            r#"rejected at the origin: "https://a.example/" is not a valid origin"#,
            UPLOAD_REASON,
            &format!("origin: {}", without_fix(OriginErrorKind::TrailingSlash)),
            "closest match: rules[0] allows https://a.example",
            NOT_SENT,
            "fix: send https://a.example from the client, as browsers do",
        ],
    );
}

/// Returns the first line about a subject.
fn text<'a>(explanation: &'a Explanation, about: &str) -> Option<&'a str> {
    let line = explanation.steps().iter().find(|line| line.about() == about)?;
    Some(line.text())
}

/// Asserts the first line, the closest match and the fixes.
#[track_caller]
fn suggests<const N: usize, const L: usize>(
    rules: [Rule; N],
    request: request::Builder,
    summary: &str,
    closest: Option<&str>,
    help: [&str; L],
) {
    let explanation = explained(rules, request);
    assert_eq!(explanation.summary(), summary, "\n{explanation}\n");
    assert_eq!(text(&explanation, "closest match"), closest, "\n{explanation}\n");
    assert_eq!(explanation.help().collect::<Vec<_>>(), help, "\n{explanation}\n");
}

#[test]
fn similar_allowed_origin_is_the_closest_match() {
    for (origin, closest, help) in [
        (
            "http://app.example.com",
            "rules[0] allows https://app.example.com: the scheme differs",
            &[
                "open the page as https://app.example.com",
                r#"or rules[0].origins: add "http://app.example.com""#,
            ][..],
        ),
        (
            "https://localhost:3000",
            "rules[0] allows http://localhost:3000: the scheme differs",
            &[r#"if the page is yours: rules[0].origins: add "https://localhost:3000""#],
        ),
        (
            "https://app.example.com:8443",
            "rules[0] allows https://app.example.com: the port differs",
            &[r#"if the page is yours: rules[0].origins: add "https://app.example.com:8443""#],
        ),
        (
            "https://a.example.org:8443",
            "rules[0] allows https://a.example.org: the port differs",
            &[r#"if the page is yours: rules[0].origins: add "https://a.example.org:8443""#],
        ),
        (
            "http://localhost:5173",
            "rules[0] allows http://localhost:3000: the port differs",
            &[
                r#"rules[0].origins: add "http://localhost:5173", or "http://localhost:*" for every port"#,
            ],
        ),
        (
            "http://127.0.0.1:3000",
            "rules[0] allows http://localhost:3000: the same machine, but browsers compare the names",
            &[
                "open the page as http://localhost:3000",
                r#"or rules[0].origins: add "http://127.0.0.1:3000""#,
            ],
        ),
        (
            "https://[::1]:3000",
            "rules[0] allows http://localhost:3000: the same machine, but browsers compare the names",
            &[
                "open the page as http://localhost:3000",
                r#"or rules[0].origins: add "https://[::1]:3000""#,
            ],
        ),
        (
            "https://www.app.example.com",
            "rules[0] allows https://app.example.com: the www. prefix differs",
            &[r#"if the page is yours: rules[0].origins: add "https://www.app.example.com""#],
        ),
        (
            "https://b.a.app.example.com",
            "rules[0] allows https://app.example.com, but not its subdomains",
            &[concat!(
                r#"if the page is yours: rules[0].origins: add "https://b.a.app.example.com", "#,
                r#"or "https://*.app.example.com" for all subdomains"#,
            )],
        ),
        (
            "https://example.org",
            "rules[0] allows https://*.example.org: only subdomains, not the host",
            &[r#"if the page is yours: rules[0].origins: add "https://example.org""#],
        ),
    ] {
        let explanation = explained([site()], get(origin));
        assert_eq!(
            explanation.summary(),
            format!("rejected at the origin: no rule allows {origin}")
        );
        assert_eq!(text(&explanation, "closest match"), Some(closest), "{origin}");
        assert_eq!(explanation.help().collect::<Vec<_>>(), help, "{origin}");
    }
}

// An origin of an attacker must never be presented as similar to an allowed origin.
#[test]
fn lookalike_origin_has_no_closest_match() {
    for origin in [
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "https://evilexample.org",
        "https://example.org.evil.example",
        "capacitor://app.example.com",
        "https://127.0.0.1",
        "https://[::1]",
    ] {
        let explanation = explained([site()], get(origin));
        assert_eq!(text(&explanation, "closest match"), None, "{explanation}");
        let help = format!("if the page is yours: rules[0].origins: add \"{origin}\"");
        assert_eq!(explanation.help().collect::<Vec<_>>(), [help]);
    }
}

#[test]
fn file_origin_explains_its_setting() {
    let summary = "rejected at the origin: no rule allows file://";
    let serve = "serve the page over http, from a loopback address";
    suggests(
        [site()],
        get("file://"),
        summary,
        None,
        [
            serve,
            "only if any local file may read the response: rules[0].origins: add \"file://\", and \
             rules[0].dangerously_allow_null_origin = true",
        ],
    );
    suggests(
        [rule(), site()],
        get("file://"),
        summary,
        None,
        [
            serve,
            "only if any local file may read the response: add \"file://\" and \
             dangerously_allow_null_origin = true to a rule without credentials",
        ],
    );
}

#[test]
fn origin_with_other_trailing_dot_is_the_closest_match() {
    for (listed, origin) in [
        ("https://app.example.com", "https://app.example.com."),
        ("https://app.example.com.:8443", "https://app.example.com:8443"),
    ] {
        suggests(
            [Rule::for_origins([listed])],
            get(origin),
            &format!("rejected at the origin: no rule allows {origin}"),
            Some(&format!("rules[0] allows {listed}: the dot at the end of the host differs")),
            [
                &*format!("open the page as {listed}"),
                &*format!("or rules[0].origins: add \"{origin}\""),
            ],
        );
    }
}

#[test]
fn origin_of_extension_keeps_its_case_in_the_fix() {
    let origin = "safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA";
    suggests(
        [site()],
        get(origin),
        &format!("rejected at the origin: no rule allows {origin}"),
        None,
        [&*format!("if the page is yours: rules[0].origins: add \"{origin}\"")],
    );
}

// Only a few variations are looked up, so that a search among a million origins is cheap.
#[test]
fn closest_match_is_found_among_many_origins() {
    let many = (0..5000).map(|number| format!("https://tenant-{number}.example"));
    suggests(
        [Rule::for_origins(many)],
        get("http://tenant-4999.example"),
        "rejected at the origin: no rule allows http://tenant-4999.example",
        Some("rules[0] allows https://tenant-4999.example: the scheme differs"),
        [
            "open the page as https://tenant-4999.example",
            r#"or rules[0].origins: add "http://tenant-4999.example""#,
        ],
    );
}

#[test]
fn insecure_origin_with_credentials_gets_a_warning() {
    suggests(
        [site().allow_credentials(true)],
        get("http://app.example.com"),
        "rejected at the origin: no rule allows http://app.example.com",
        Some("rules[0] allows https://app.example.com: the scheme differs"),
        [
            "open the page as https://app.example.com",
            "or rules[0].origins: add \"http://app.example.com\", and \
             rules[0].dangerously_allow_insecure_origins = true; a network attacker can modify such \
             pages",
        ],
    );
    suggests(
        [Rule::for_origins_where(OriginPredicate::new(|_, _| true)).allow_credentials(true)],
        get("http://a.example"),
        "rejected at the origin: no rule allows http://a.example",
        Some(
            "rules[0] allows credentials, so its predicates and regular expressions do not match \
             insecure origins such as http://a.example",
        ),
        [
            "serve the page over https",
            "or rules[0].dangerously_allow_insecure_origins = true; a network attacker can modify \
             such pages",
        ],
    );
}

#[test]
fn malformed_origin_problem_is_reported() {
    let other = "none: browsers never send this value; find the client that sent it or the proxy \
        that changed it";
    for (origin, problem) in [
        ("", "the value is empty"),
        ("Null", "browsers send null in lower case"),
        ("*", "\"*\" is used in configurations and responses only; no page has this origin"),
        (
            "https://*.example.org",
            "\"*\" is used in configurations and responses only; no page has this origin",
        ),
        ("https://a.example, https://b.example", "the value lists several origins; a page has one"),
    ] {
        explains_malformed(origin, problem, None, other);
    }
    let send = "send https://app.example.com from the client, as browsers do";
    let allowed = Some("rules[0] allows https://app.example.com");
    for (origin, kind, closest, help) in [
        ("https://App.example.com", OriginErrorKind::UpperCase, allowed, send),
        ("https://app.example.com/", OriginErrorKind::TrailingSlash, allowed, send),
        ("https://app.example.com:443", OriginErrorKind::DefaultPort, allowed, send),
        ("app.example.com", OriginErrorKind::MissingScheme, allowed, send),
        ("https://Evil.example", OriginErrorKind::UpperCase, None, other),
        ("http://127.0.0.1.", OriginErrorKind::TrailingDot, None, other),
        ("file:///index.html", OriginErrorKind::FileScheme, None, other),
        ("file://host", OriginErrorKind::FileScheme, None, other),
    ] {
        explains_malformed(origin, &without_fix(kind), closest, help);
    }
}

/// Returns the problem and the reason of a message.
fn without_fix(kind: OriginErrorKind) -> String {
    kind.to_string().rsplit_once("; ").unwrap().0.to_owned()
}

#[track_caller]
fn explains_malformed(origin: &str, problem: &str, closest: Option<&str>, help: &str) {
    let explanation = explained([site()], get(origin));
    let summary = format!("rejected at the origin: \"{origin}\" is not a valid origin");
    assert_eq!(explanation.summary(), summary);
    assert_eq!(text(&explanation, "origin"), Some(problem), "{origin}");
    assert_eq!(text(&explanation, "closest match"), closest, "{origin}");
    assert_eq!(explanation.help().collect::<Vec<_>>(), [help], "{origin}");
}

// HTTP header values may contain bytes that control a terminal.
#[test]
fn unprintable_bytes_are_escaped() {
    let bytes = HeaderValue::from_bytes(b"https://\xe2\x98\x95.example\t\xff\"").unwrap();
    let origin = Request::get("/").header("origin", bytes.clone());
    let summary =
        r#"rejected at the origin: "https://\xe2\x98\x95.example\t\xff\"" is not a valid origin"#;
    assert_eq!(explained([site()], origin).summary(), summary);
    let method = Request::options("/").header("origin", APP);
    let method = method.header("access-control-request-method", bytes.clone());
    let summary =
        r#"rejected at the method: "https://\xe2\x98\x95.example\t\xff\"" is not a valid method"#;
    assert_eq!(explained([site()], method).summary(), summary);
    let headers = preflight(APP, "PUT").header("access-control-request-headers", bytes);
    let summary = r#"rejected at the request headers: "https://\xe2\x98\x95.example\t\xff\"" is not a valid header name"#;
    assert_eq!(explained([site()], headers).summary(), summary);
}

#[test]
fn method_help_considers_browser_normalization() {
    for (method, closest, help) in [
        (
            "put",
            Some("PUT is allowed; method names are case-sensitive"),
            "none for browsers, which send PUT for put; other clients must send PUT",
        ),
        (
            "get",
            Some("GET is allowed; method names are case-sensitive"),
            "none for browsers, which send GET for get; other clients must send GET",
        ),
        (
            "delete",
            None,
            r#"rules[0].allow_methods: add "DELETE"; browsers send DELETE for delete"#,
        ),
        ("TRACE", None, "none: browsers never send TRACE"),
        ("CHICKEN", None, r#"rules[0].allow_methods: add "CHICKEN""#),
    ] {
        let summary = format!("rejected at the method: rules[0] does not allow {method}");
        suggests([site()], preflight(APP, method), &summary, closest, [help]);
    }
    suggests(
        [rule().allow_methods(["patch"])],
        preflight(APP, "PATCH"),
        "rejected at the method: rules[0] does not allow PATCH",
        Some("patch is allowed; method names are case-sensitive"),
        [r#"rules[0].allow_methods: add "PATCH""#],
    );
}

// Adding `*` to the rule would allow every name.
#[test]
fn requested_asterisk_is_never_suggested_for_the_rule() {
    let help = "none: the requested name is \"*\", and \"*\" in a rule allows every name";
    let summary = "rejected at the method: rules[0] does not allow *";
    suggests([site()], preflight(APP, "*"), summary, None, [help]);
    suggests(
        [site()],
        preflight_with_headers(["*,x-b"]),
        "rejected at the request headers: rules[0] does not allow *, x-b",
        None,
        [r#"rules[0].allow_headers: add "x-b""#, help],
    );
}

// Pages often set these headers by mistake, although they are response headers:
// <https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS>
#[test]
fn requested_response_headers_are_to_be_removed() {
    suggests(
        [site()],
        preflight_with_headers(["access-control-allow-origin,content-type,cookie"]),
        "rejected at the request headers: rules[0] does not allow access-control-allow-origin, cookie",
        None,
        [
            "remove access-control-allow-origin from the page's script; only servers send response \
             headers",
            "none for cookie: scripts cannot set forbidden request headers",
        ],
    );
}

#[test]
fn every_preflight_reason_has_a_text() {
    let rows = [
        (
            get(APP).header("content-type", "text/plain"),
            "none: GET with these headers needs no preflight",
        ),
        (
            get(APP).header("accept", "a".repeat(129)),
            "accept needs a preflight: its value has more than 128 bytes",
        ),
        (
            get(APP).header("accept-language", "\"de\""),
            "accept-language needs a preflight if its value is longer than 128 bytes or contains \
             characters such as quotation marks and brackets",
        ),
        (
            get(APP).header("range", "bytes=-500"),
            "range needs a preflight for values other than one range with a start, such as bytes=0-499",
        ),
        (
            get(APP).header("authorization", "Bearer t"),
            "header authorization needs a preflight, if the page set it",
        ),
        (
            get(APP).header("x-b", "1").header("x-a", "1"),
            "headers x-a, x-b need a preflight, if the page set them",
        ),
        (
            get(APP)
                .header("dnt", "1")
                .header("priority", "u=1")
                .header("cache-control", "no-cache")
                .header("x-forwarded-for", "203.0.113.1")
                .header("sec-gpc", "1"),
            "none: GET with these headers needs no preflight",
        ),
        (
            from(APP, "POST").header("content-type", "application/json; charset=utf-8"),
            "content-type \"application/json; charset=utf-8\" needs a preflight: only \
             application/x-www-form-urlencoded, multipart/form-data and text/plain do not",
        ),
        (
            (0..9).fold(get(APP), |request, _| request.header("accept", "a".repeat(128))),
            "accept needs a preflight: the safelisted headers have more than 1024 bytes in total",
        ),
        (
            from(APP, "POST")
                .header("content-type", "text/plain")
                .header("content-type", "text/xml"),
            "content-type text/xml needs a preflight: only application/x-www-form-urlencoded, \
             multipart/form-data and text/plain do not",
        ),
        (
            from(APP, "POST").header("content-type", "application/csp-report"),
            "none: POST with these headers needs no preflight",
        ),
    ];
    for (request, reason) in rows {
        let explanation = explained([site()], request);
        assert_eq!(text(&explanation, "preflight reason"), Some(reason), "{explanation}");
    }
}

#[test]
fn text_length_is_bounded_for_any_policy_and_request() {
    let backslashes = |index: usize| format!("https://a{index}{}\\.example", "\\.".repeat(300));
    let long_names = |start: &str| -> Vec<String> {
        (0..20).map(|number| format!("{start}{number}{}", "'".repeat(300))).collect()
    };
    let rule = Rule::for_origin_regexes((0..8).map(backslashes))
        .add_origin_regexes(["https://a\\.example"])
        .allow_methods(long_names("M"))
        .allow_headers(long_names("x-"))
        .expose_headers(long_names("y-"));
    let policy = CorsPolicy::new(vec![rule; 5]).unwrap();
    let any = |bytes: usize| HeaderValue::from_bytes(&vec![b'\xff'; bytes]).unwrap();
    let names: Vec<String> =
        (0..200).map(|number| format!("z-{number}{}", "'".repeat(12))).collect();
    let names = names.join(",");
    assert!(names.len() <= REQUEST_HEADERS_BYTES);
    for request in [
        preflight("https://a.example", "GET").header("access-control-request-headers", &names),
        preflight("https://a.example", &"p".repeat(64))
            .header("access-control-request-headers", &names),
        preflight("https://a.example", "P").header("access-control-request-headers", any(4096)),
        preflight("https://a.example", "P").header("access-control-request-method", any(4096)),
        Request::get("/").header("origin", any(64 * 1024)),
        Request::get("/").header("origin", format!("https://{}", "a.".repeat(120) + "b")),
        from("https://a.example", &"p".repeat(4096)).header("content-type", any(4096)),
        (0..1000).fold(get("https://a.example"), |request, number| {
            request.header(format!("z-{number}-{}", "z".repeat(200)), "1")
        }),
    ] {
        let request = request.body(()).unwrap();
        let head = RequestHead::from(&request);
        let explanation = policy.explain(head);
        is_explained(&explanation, &policy.decide(&head));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    // The outcome, the failed step and the rule agree with the decision.
    #[test]
    fn explanation_agrees_with_the_decision(policy in policies(), request in requests()) {
        let head = RequestHead::from(&request);
        let decision = policy.decide(&head);
        let explanation = policy.explain(head);
        is_explained(&explanation, &decision);
        let is_allowed = matches!(decision.outcome(), Outcome::Allowed | Outcome::PreflightAllowed);
        if is_allowed {
            prop_assert_eq!(explanation.rule(), decision.rule());
            let index = decision.rule().unwrap();
            prop_assert_eq!(explanation.summary(), format!("allowed by rules[{index}]"));
        }
        prop_assert!(explanation.steps().iter().all(|line| !line.text().is_empty()));
    }
}

fn policies() -> impl Strategy<Value = CorsPolicy> {
    prop::collection::vec(rules(), 1..=3)
        .prop_filter_map("a valid policy", |rules| CorsPolicy::new(rules).ok())
}

fn rules() -> impl Strategy<Value = Rule> {
    let is_rarely_set = || prop::bool::weighted(0.25);
    let origins =
        (subsequence(PATTERNS, 1..=3), is_rarely_set(), is_rarely_set(), prop::bool::weighted(0.1));
    let names = (subsequence(ALLOWED, 0..=4), subsequence(NAMES, 0..=3), is_rarely_set());
    (origins, names).prop_map(
        |((patterns, null, predicate, is_any), (methods, names, credentials))| {
            let rule = if is_any { Rule::for_any_origin() } else { Rule::for_origins(patterns) };
            let rule = rule.allow_methods(methods).allow_headers(names);
            let rule = if null { rule.dangerously_allow_null_origin(true) } else { rule };
            let rule = if credentials { rule.allow_credentials(true) } else { rule };
            if predicate && !is_any {
                rule.add_origin_predicate(OriginPredicate::new(|origin, _| {
                    origin.port() == Some(1)
                }))
            } else {
                rule
            }
        },
    )
}

fn requests() -> impl Strategy<Value = Request<()>> {
    let method = prop_oneof![2 => Just("OPTIONS"), 1 => select(METHODS)];
    let parts =
        (method, lines(ORIGINS), lines(METHODS), lines(REQUESTED), subsequence(OTHERS, 0..=3));
    parts.prop_map(|(method, origins, methods, names, others)| {
        let mut request = Request::builder().method(method).uri("/");
        for (name, values) in [
            ("origin", origins),
            ("access-control-request-method", methods),
            ("access-control-request-headers", names),
        ] {
            for value in values {
                request = request.header(name, value);
            }
        }
        for (name, value) in others {
            request = request.header(name, value);
        }
        request.body(()).expect("a request")
    })
}

/// Returns field lines: usually one, usually with one of these values.
fn lines(texts: &'static [&'static str]) -> impl Strategy<Value = Vec<HeaderValue>> {
    let known = select(texts).prop_map(HeaderValue::from_static);
    let bytes = prop::collection::vec(any::<u8>(), 0..400);
    let any = bytes.prop_filter_map("a value", |bytes| HeaderValue::from_bytes(&bytes).ok());
    let line = prop_oneof![9 => known, 1 => any];
    (prop_oneof![8 => 1..=1_usize, 1 => 0..=3_usize])
        .prop_flat_map(move |number| prop::collection::vec(line.clone(), number))
}

const PATTERNS: &[&str] = &[APP, "https://*.example.org", "http://localhost:*", "http://b.example"];
const ORIGINS: &[&str] = &[
    APP,
    APP,
    APP,
    "https://a.example.org",
    "https://example.org",
    "http://localhost:3000",
    "https://localhost",
    "http://app.example.com",
    "https://app.example.com:1",
    "http://b.example:1",
    "https://a.b.example",
    EVIL,
    "null",
    "file://a",
    "https://app.example.com/",
    "",
];
const METHODS: &[&str] = &["PUT", "PATCH", "patch", "put", "GET", "POST", "CHICKEN", "DELETE"];
const ALLOWED: &[&str] = &["PUT", "PATCH", "patch", "DELETE", "*"];
const NAMES: &[&str] = &["content-type", "x-a", "*", "authorization"];
const REQUESTED: &[&str] =
    &["content-type", "x-a", "x-b, X-A", "authorization", "", ",,", "a b", "cookie,accept", "*"];
const OTHERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("content-type", "text/plain"),
    ("x-a", "1"),
    ("x-b", "1"),
    ("cookie", "a=b"),
    ("authorization", "Bearer t"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-mode", "no-cors"),
];

const PUT_REASON: &str = "preflight reason: method PUT needs a preflight: only GET, HEAD and POST do \
    not";
const GET_NO_REASON: &str = "preflight reason: none: GET with these headers needs no preflight";
const CONTENT_TYPE_REASON: &str = "preflight reason: content-type needs a preflight for values other \
    than application/x-www-form-urlencoded, multipart/form-data and text/plain";
const JSON_REASON: &str = "preflight reason: content-type application/json needs a preflight: only \
    application/x-www-form-urlencoded, multipart/form-data and text/plain do not";
const UPLOAD_REASON: &str = "preflight reason: an upload listener or a stream body; GET without \
    other headers needs no preflight";
const LISTED: &str = "origin: https://app.example.com is listed in rules[0]";
const NO_MATCH: &str = "origin: no match in rules[0] (\"https://app.example.com\", \
    \"http://localhost:3000\", \"https://*.example.org\")";
const NO_CREDENTIALS: &str = "credentials: rules[0] does not allow credentials; browsers reject \
    fetches with credentials: \"include\"";
const EXPOSES_DEFAULT: &str = "exposed headers: rules[0].expose_headers is empty; the page reads \
    cache-control, content-language, content-length, content-type, expires, last-modified, pragma";
const NOT_SENT: &str =
    "result: the browser does not send the actual request, and the page sees a network error";
const NAMES_METHOD: &str =
    "result: the browser does not send the actual request, and its console names the method";
const NAMES_HEADER: &str = "result: the browser does not send the actual request, and its console \
    names the request header";
const SENT: &str = "result: the browser sends the actual request";
const NOT_READABLE: &str =
    "result: the layer forwards the request, but the page cannot read the response";
const READABLE: &str = "result: the layer forwards the request, and the page can read the response";
const NO_BROWSER: &str = "fix: none: browsers never send this value; find the client that sent it or \
    the proxy that changed it";
const SET_CREDENTIALS: &str = "fix: only if the page uses credentials: \"include\" (cookies): \
    rules[0].allow_credentials = true";
