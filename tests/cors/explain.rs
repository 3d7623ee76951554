//! Decisions in words: each text as whoever debugs a page reads it. PEERS 45; MATRIX 2.4, and section 4,
//! items 1 and 10.

use std::time::Duration;

use http::{HeaderValue, Request, request};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use tower_cross_origin::{
    RequestHead,
    cors::{
        CorsConfig, CorsPolicy, DebugOrigins, Explanation, OriginPredicate, Outcome, Rule,
        UpstreamHeaders,
    },
    limits::{REQUEST_HEADERS_BYTES, REQUEST_HEADERS_NAMES},
};

use crate::support::{APP, EVIL, asking, from, get, is_explained, policy_of, preflight, rule};

fn site() -> Rule {
    Rule::for_origins([APP, "https://*.example.org", "http://localhost:3000"])
        .allow_methods(["PUT", "PATCH"])
        .allow_headers(["content-type", "x-a"])
}

fn metadata(request: request::Builder, site: &str, mode: &str) -> request::Builder {
    request.header("sec-fetch-site", site).header("sec-fetch-mode", mode)
}

fn explained<const N: usize>(rules: [Rule; N], request: request::Builder) -> Explanation {
    let policy = CorsPolicy::new(rules).expect("a policy without faults");
    let request = request.body(()).expect("a request");
    let head = RequestHead::from(&request);
    let explanation = policy.explain(head);
    is_explained(&explanation, &policy.decide(&head));
    explanation
}

/// The whole text, line by line.
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
fn a_refused_origin_is_compared_with_what_the_rules_cover() {
    explains(
        [site()],
        preflight(EVIL, "PUT"),
        [
            "refused at the origin: no rule covers https://evil.example",
            PUT_ASKS,
            COMPARED,
            NOT_SENT,
            "to change: nothing, unless the page is yours: then rules[0].origins: add \
             \"https://evil.example\"",
        ],
    );
    explains(
        [site()],
        get(EVIL),
        [
            "refused at the origin: no rule covers https://evil.example",
            GET_DOES_NOT_ASK,
            COMPARED,
            NOT_READABLE,
            "to change: nothing, unless the page is yours: then rules[0].origins: add \
             \"https://evil.example\"",
        ],
    );
    explains(
        [rule(), Rule::for_origins(["https://b.example"]).dangerously_allow_null_origin(true)],
        get(EVIL),
        [
            "refused at the origin: no rule covers https://evil.example",
            GET_DOES_NOT_ASK,
            "origin: compared with rules[0] (\"https://app.example.com\"), rules[1] \
             (\"https://b.example\", null)",
            NOT_READABLE,
            "to change: nothing, unless the page is yours: then add \"https://evil.example\" to \
             the origins of a rule",
        ],
    );
    explains(
        [Rule::for_origins_where(OriginPredicate::new(|_, _| false))],
        get(EVIL),
        [
            "refused at the origin: no rule covers https://evil.example",
            GET_DOES_NOT_ASK,
            "origin: compared with rules[0] (a predicate)",
            NOT_READABLE,
            "to change: nothing, unless the page is yours: then rules[0].origins: add \
             \"https://evil.example\"",
        ],
    );
}

#[track_caller]
fn explained_by<const L: usize>(config: CorsConfig, request: request::Builder, lines: [&str; L]) {
    let policy = policy_of(config);
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
fn what_enforcement_refuses_is_told_from_the_services_own_pages() {
    let enforced = || CorsConfig::from(vec![rule()]).enforce(true);
    let only = "origin: compared with rules[0] (\"https://app.example.com\")";
    let adding = "to change: nothing, unless the page is yours: then rules[0].origins: add \
                  \"https://evil.example\"";
    let not_passed =
        "then: the request is not passed on: enforce = true answers it with status 403";
    explained_by(
        enforced(),
        metadata(from(EVIL, "POST"), "cross-site", "cors"),
        [
            "refused at the origin: no rule covers https://evil.example",
            "asked first: no: POST with such headers needs no preflight",
            only,
            "own page: Sec-Fetch-Site says \"cross-site\", and not same-origin",
            not_passed,
            adding,
        ],
    );
    explained_by(
        enforced(),
        metadata(from(EVIL, "POST"), "cross-site", "navigate"),
        [
            "refused at the origin: no rule covers https://evil.example",
            "mode: Sec-Fetch-Mode says navigate: a form or a link, whose response no script reads, \
             with or without CORS",
            only,
            "own page: Sec-Fetch-Site says \"cross-site\", and not same-origin",
            not_passed,
            adding,
            "to change: if another site posts this form on purpose, as OpenID Connect does: leave its \
             path out of the layer",
        ],
    );
    explained_by(
        enforced(),
        from("https://api.example.com", "POST").header("host", "10.0.0.1:8080"),
        [
            "refused at the origin: no rule covers https://api.example.com",
            "asked first: no: POST with such headers needs no preflight",
            only,
            "own page: its host and port are not the request's, and there is no Sec-Fetch-Site",
            not_passed,
            "to change: nothing, unless the page is yours: then rules[0].origins: add \
             \"https://api.example.com\"",
            "to change: if browsers reach the service itself as \"https://api.example.com\", behind a \
             proxy: service_origins: add it",
        ],
    );
    explained_by(
        enforced(),
        from(APP, "DELETE"),
        [
            "refused at the method: rules[0] does not allow DELETE",
            "asked first: method DELETE needs a preflight: only GET, HEAD and POST do not",
            NAMED,
            "own page: its host and port are not the request's, and there is no Sec-Fetch-Site",
            NO_CREDENTIALS,
            "method: rules[0] allows none but GET, HEAD and POST, and not DELETE: a browser \
             that asks first is refused",
            not_passed,
            "to change: rules[0].allow_methods: add \"DELETE\"",
        ],
    );
    explained_by(
        enforced(),
        metadata(from("https://api.example.com", "POST"), "same-origin", "cors"),
        [
            "passed on: the service's own page asks",
            "mode: Sec-Fetch-Site says same-origin: the service's own page asks, and reads the response \
             without CORS",
            only,
            "then: the request is passed on, and its page reads the response, for which it needs no CORS",
        ],
    );
}

#[test]
fn who_is_told_is_said() {
    let rules = vec![rule()];
    let diagnostics = DebugOrigins::Origins(vec![APP.to_owned()]);
    explained_by(
        CorsConfig::from(rules).debug_origins(diagnostics),
        preflight(APP, "DELETE"),
        [
            "refused at the method: rules[0] does not allow DELETE",
            "asked first: method DELETE needs a preflight: only GET, HEAD and POST do not",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows none but GET, HEAD and POST, and not DELETE",
            "request headers: none is asked for",
            "debug_origins: the answer lacks only what is refused, so that the browser's console names it",
            NOT_SENT,
            "to change: rules[0].allow_methods: add \"DELETE\"",
        ],
    );
}

#[test]
fn headers_that_are_kept_are_mentioned() {
    let upstream_headers = UpstreamHeaders::Keep;
    let config = CorsConfig::from(vec![rule()]).upstream_headers(upstream_headers);
    let request = get(APP).body(()).unwrap();
    let text = policy_of(config).explain(&request).to_string();
    let line = "\nupstream headers: \"keep\": where the service sets Access-Control-Allow-Origin by \
                itself, its headers hold in the place of all of these\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_method_that_no_rule_allows_is_to_be_added() {
    explains(
        [site()],
        preflight(APP, "DELETE"),
        [
            "refused at the method: rules[0] does not allow DELETE",
            "asked first: method DELETE needs a preflight: only GET, HEAD and POST do not",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH, and not DELETE",
            "request headers: none is asked for",
            NOT_SENT,
            r#"to change: rules[0].allow_methods: add "DELETE""#,
        ],
    );
    explains(
        [rule()],
        preflight(APP, "PUT"),
        [
            "refused at the method: rules[0] does not allow PUT",
            PUT_ASKS,
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows none but GET, HEAD and POST, and not PUT",
            "request headers: none is asked for",
            NOT_SENT,
            r#"to change: rules[0].allow_methods: add "PUT""#,
        ],
    );
    explains(
        [site().allow_credentials(true)],
        preflight(APP, "DELETE").header("access-control-request-headers", "x-foo,content-type"),
        [
            "refused at the method: rules[0] does not allow DELETE",
            "asked first: method DELETE needs a preflight: only GET, HEAD and POST do not",
            CONTENT_TYPE_ASKS,
            "asked first: header x-foo needs a preflight",
            NAMED,
            "credentials: rules[0] allows them",
            "method: rules[0] allows PUT, PATCH, and not DELETE",
            "request headers: rules[0] allows content-type, x-a, and not x-foo",
            NOT_SENT,
            r#"to change: rules[0].allow_methods: add "DELETE""#,
            r#"to change: rules[0].allow_headers: add "x-foo""#,
        ],
    );
    explains(
        [rule(), site()],
        preflight(APP, "PUT"),
        [
            "refused at the method: rules[0] does not allow PUT",
            PUT_ASKS,
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows none but GET, HEAD and POST, and not PUT",
            "nearest: rules[1] would allow it, but rules[0] covers the origin, too, and the \
             first rule that does decides alone",
            "request headers: none is asked for",
            NOT_SENT,
            r#"to change: rules[0].allow_methods: add "PUT""#,
        ],
    );
}

#[test]
fn what_is_no_method_comes_from_no_browser() {
    explains(
        [site()],
        preflight(APP, "a b"),
        [
            r#"refused at the method: "a b" is no method"#,
            NAMED,
            NO_CREDENTIALS,
            r#"method: "a b" is not one token of RFC 9110, as a method is"#,
            "request headers: none is asked for",
            NOT_SENT,
            NO_BROWSER,
        ],
    );
    explains(
        [site()],
        preflight(APP, "PUT").header("access-control-request-method", "PUT"),
        [
            "refused at the method: there are several lines of Access-Control-Request-Method",
            NAMED,
            NO_CREDENTIALS,
            "method: a preflight asks for one method, in one line",
            "request headers: none is asked for",
            NOT_SENT,
            NO_BROWSER,
        ],
    );
    explains(
        [rule().allow_any_method()],
        preflight(APP, &"M".repeat(65)),
        [
            "refused at the method: the method has 65 bytes",
            "asked first: method \
             MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM needs a \
             preflight: only GET, HEAD and POST do not",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows any method of at most 64 bytes",
            "request headers: none is asked for",
            NOT_SENT,
            "to change: use a method of at most 64 bytes",
        ],
    );
}

/// F20: `fetch` normalises six methods, and PATCH is not among them.
#[test]
fn methods_that_differ_by_case_are_named() {
    explains(
        [site()],
        preflight(APP, "patch"),
        [
            "refused at the method: rules[0] does not allow patch",
            "asked first: method patch needs a preflight: only GET, HEAD and POST do not",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH, and not patch",
            "nearest: PATCH is allowed, and another method: they are compared with case",
            "request headers: none is asked for",
            NOT_SENT,
            "to change: write method: \"PATCH\" in the page's script: browsers send patch as it \
             is written",
        ],
    );
}

#[test]
fn request_headers_that_no_rule_allows_are_to_be_added() {
    explains(
        [site()],
        asking(["x-b,x-a,X-C"]),
        [
            "refused at the request headers: rules[0] does not allow x-b, X-C",
            PUT_ASKS,
            "asked first: headers x-b, x-a, X-C need a preflight",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a, and not x-b, X-C",
            NOT_SENT,
            r#"to change: rules[0].allow_headers: add "x-b", "x-c""#,
        ],
    );
    explains(
        [rule().allow_methods(["PUT"])],
        asking(["content-type"]),
        [
            "refused at the request headers: rules[0] does not allow content-type",
            PUT_ASKS,
            CONTENT_TYPE_ASKS,
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT",
            "request headers: rules[0] allows none, and so not content-type",
            NOT_SENT,
            r#"to change: rules[0].allow_headers: add "content-type""#,
        ],
    );
}

/// <https://github.com/whatwg/fetch/issues/1919>
#[test]
fn any_request_header_but_authorization() {
    explains(
        [rule().allow_methods(["PUT"]).allow_any_header()],
        asking(["authorization,x-a"]),
        [
            "refused at the request headers: rules[0] does not allow authorization",
            PUT_ASKS,
            "asked first: headers authorization, x-a need a preflight",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT",
            r#"request headers: "*" of rules[0] does not cover authorization"#,
            NOT_SENT,
            r#"to change: rules[0].allow_headers: add "authorization", which "*" never covers"#,
        ],
    );
}

#[test]
fn request_headers_that_are_not_read_are_told_by_their_bound() {
    explains(
        [site().allow_any_header()],
        asking([&vec!["a"; REQUEST_HEADERS_NAMES + 1].join(",")]),
        [
            "refused at the request headers: Access-Control-Request-Headers has more than 256 \
             names",
            PUT_ASKS,
            "asked first: header a needs a preflight",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: more than 256 names are not read",
            NOT_SENT,
            "to change: ask for fewer headers, of shorter names, in one line",
        ],
    );
}

#[test]
fn a_granted_preflight_tells_what_the_page_gets() {
    explains(
        [site()],
        asking(["content-type,x-a"]),
        [
            "granted by rules[0]",
            PUT_ASKS,
            CONTENT_TYPE_ASKS,
            "asked first: header x-a needs a preflight",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a",
            EXPOSES_NONE,
            "kept: for 5 seconds, since rules[0].max_age is not set",
            SENT,
            SET_CREDENTIALS,
        ],
    );
    explains(
        [site()
            .allow_credentials(true)
            .max_age(Duration::from_secs(86_400))
            .expose_headers(["etag"])],
        asking(["content-type"]),
        [
            "granted by rules[0]",
            PUT_ASKS,
            CONTENT_TYPE_ASKS,
            NAMED,
            "credentials: rules[0] allows them",
            "method: rules[0] allows PUT, PATCH",
            "request headers: rules[0] allows content-type, x-a",
            "exposed headers: etag, beside cache-control, content-language, content-length, \
             content-type, expires, last-modified, pragma",
            "kept: for 86400 seconds, by Chromium for 7200 and by WebKit for 600",
            SENT,
        ],
    );
    explains(
        [Rule::for_any_origin()
            .allow_any_method()
            .allow_any_header()
            .expose_any_header()
            .max_age(Duration::ZERO)],
        asking(["x-b"]),
        [
            "granted by rules[0]",
            PUT_ASKS,
            "asked first: header x-b needs a preflight",
            r#"origin: rules[0] is for any origin, and answers "*""#,
            NO_CREDENTIALS,
            "method: rules[0] allows any",
            "request headers: rules[0] allows every name but authorization",
            "exposed headers: all, but set-cookie, which no page reads",
            "kept: not at all, since rules[0].max_age is 0: every request is asked about",
            SENT,
            "to change: only if the page asks with credentials: \"include\" (cookies): its \
             origin needs a rule of its own, before this one, with allow_credentials = true",
        ],
    );
}

/// F31
#[test]
fn a_preflight_without_a_reason_of_its_own_has_one() {
    explains(
        [site().allow_credentials(true).max_age(Duration::from_secs(601))],
        preflight("https://a.example.org", "POST"),
        [
            "granted by rules[0]",
            "asked first: a preflight for POST with no header: an upload listener or a stream \
             as the body asks for it",
            r#"origin: https://a.example.org is covered by "https://*.example.org" of rules[0]"#,
            "credentials: rules[0] allows them",
            "method: POST passes whatever a rule says",
            "request headers: none is asked for",
            EXPOSES_NONE,
            "kept: for 601 seconds, by WebKit for 600",
            SENT,
        ],
    );
}

#[test]
fn an_actual_request_tells_whether_a_browser_asked_first() {
    explains(
        [site().allow_credentials(true)],
        get(APP),
        [
            "granted by rules[0]",
            GET_DOES_NOT_ASK,
            NAMED,
            "credentials: rules[0] allows them",
            EXPOSES_NONE,
            READABLE,
        ],
    );
    explains(
        [site()],
        from(APP, "POST")
            .header("content-type", "application/json")
            .header("user-agent", "Mozilla/5.0")
            .header("accept", "*/*"),
        ["granted by rules[0]", JSON_ASKS, NAMED, NO_CREDENTIALS, EXPOSES_NONE, READABLE],
    );
    explains(
        [rule()],
        from(APP, "PATCH").header("content-type", "application/json").header("x-foo", "1"),
        [
            "granted by rules[0]",
            "asked first: method PATCH needs a preflight: only GET, HEAD and POST do not",
            JSON_ASKS,
            "asked first: header x-foo needs a preflight, if the page set it",
            NAMED,
            NO_CREDENTIALS,
            "method: rules[0] allows none but GET, HEAD and POST, and not PATCH: a browser that \
             asks first is refused",
            "request headers: rules[0] allows none, and so not content-type, x-foo: a browser \
             that asks first is refused",
            EXPOSES_NONE,
            READABLE,
            r#"to change: rules[0].allow_methods: add "PATCH""#,
            "to change: only if the page set them: rules[0].allow_headers: add \
             \"content-type\", \"x-foo\"",
        ],
    );
    explains(
        [site()],
        from(APP, "OPTIONS"),
        [
            "granted by rules[0]",
            "asked first: this OPTIONS is no preflight, which has \
             Access-Control-Request-Method: it is the service's",
            NAMED,
            NO_CREDENTIALS,
            EXPOSES_NONE,
            READABLE,
        ],
    );
}

#[test]
fn an_actual_request_that_looks_like_one_with_credentials_names_them() {
    explains(
        [site()],
        get(APP).header("cookie", "a=b"),
        [
            "granted by rules[0]",
            GET_DOES_NOT_ASK,
            NAMED,
            NO_CREDENTIALS,
            EXPOSES_NONE,
            READABLE,
            SET_CREDENTIALS,
        ],
    );
    explains(
        [Rule::for_any_origin()],
        get(APP).header("cookie", "a=b"),
        [
            "granted by rules[0]",
            GET_DOES_NOT_ASK,
            r#"origin: rules[0] is for any origin, and answers "*""#,
            NO_CREDENTIALS,
            EXPOSES_NONE,
            READABLE,
            "to change: only if the page asks with credentials: \"include\" (cookies): its \
             origin needs a rule of its own, before this one, with allow_credentials = true",
        ],
    );
}

#[test]
fn a_request_without_origin_is_no_cors_request() {
    explains(
        [site()],
        Request::get("/"),
        [
            "no Origin: not a CORS request",
            "origin: browsers send none with GET and HEAD to the page's own origin, with \
             images, scripts and links; other programs hardly ever do",
            "then: the request is passed on",
        ],
    );
    explains(
        [Rule::for_any_origin()],
        Request::get("/"),
        [
            "no Origin: not a CORS request",
            "origin: browsers send none with GET and HEAD to the page's own origin, with \
             images, scripts and links; other programs hardly ever do",
            r#"answer: "*" all the same, as to everybody"#,
            "then: the request is passed on",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "same-origin", "cors"),
        [
            "no Origin: not a CORS request",
            "origin: Sec-Fetch-Site says same-origin: browsers send none with a page's GET and \
             HEAD to its own origin",
            "then: the request is passed on",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "cross-site", "no-cors"),
        [
            "no Origin: not a CORS request",
            "origin: Sec-Fetch-Mode says no-cors: an image, a script or the like, which its \
             page cannot read",
            "then: the request is passed on",
            "to change: if the page should read it: write crossorigin on the element, or mode: \
             \"cors\" in the script",
        ],
    );
    explains(
        [site()],
        metadata(Request::get("/"), "none", "navigate"),
        [
            "no Origin: not a CORS request",
            "origin: Sec-Fetch-Mode says navigate: somebody opens the address, and no script \
             reads the response",
            "then: the request is passed on",
        ],
    );
    explains(
        [site()],
        Request::options("/").header("access-control-request-method", "PUT"),
        [
            "no Origin: not a CORS request",
            "origin: a preflight has one: what sent this is no browser, or something on the way \
             removed it",
            "then: the request is passed on",
        ],
    );
}

/// F10, F11b: `Origin` alone does not make a request one of CORS.
#[test]
fn a_browser_that_does_not_ask_by_cors_says_so() {
    explains(
        [site()],
        metadata(from("https://api.example.com", "POST"), "same-origin", "cors"),
        [
            "refused at the origin: no rule covers https://api.example.com",
            "mode: Sec-Fetch-Site says same-origin: the service's own page asks, and reads the \
             response without CORS",
            COMPARED,
            NOT_READABLE,
            "to change: nothing: CORS is not asked",
        ],
    );
    explains(
        [site()],
        metadata(from(EVIL, "POST"), "cross-site", "navigate"),
        [
            "refused at the origin: no rule covers https://evil.example",
            "mode: Sec-Fetch-Mode says navigate: a form or a link, whose response no script \
             reads, with or without CORS",
            COMPARED,
            NOT_READABLE,
            "to change: nothing: CORS is not asked",
        ],
    );
    explains(
        [site()],
        metadata(get(EVIL), "cross-site", "no-cors"),
        [
            "refused at the origin: no rule covers https://evil.example",
            "mode: Sec-Fetch-Mode says no-cors: the page does not ask by CORS, and cannot read \
             the response",
            COMPARED,
            NOT_READABLE,
            "to change: nothing, unless the page should read it: then write crossorigin on the \
             element, or mode: \"cors\" in the script, and let a rule cover the origin",
        ],
    );
    explains(
        [site()],
        metadata(get(EVIL), "cross-site", "websocket"),
        [
            "refused at the origin: no rule covers https://evil.example",
            "mode: Sec-Fetch-Mode says websocket: CORS does not apply to WebSockets, enforce = true does",
            COMPARED,
            NOT_READABLE,
            "to change: nothing: CORS is not asked",
        ],
    );
}

#[test]
fn null_is_what_every_page_can_be() {
    explains(
        [site()],
        preflight("null", "GET"),
        [
            "refused at the origin: no rule covers null",
            GET_ASKS,
            "origin: null is what sandboxed frames, local files and data: documents send, and \
             what is left of an origin after a redirect over another one",
            NOT_SENT,
            "to change: serve the page over http or https, give a sandboxed frame of yours \
             allow-same-origin, or answer without a redirect",
            "to change: only where every page there is may read: \
             rules[0].dangerously_allow_null_origin = true",
        ],
    );
    explains(
        [rule().dangerously_allow_null_origin(true)],
        get("null"),
        [
            "granted by rules[0]",
            GET_DOES_NOT_ASK,
            "origin: null is covered by rules[0].dangerously_allow_null_origin",
            NO_CREDENTIALS,
            EXPOSES_NONE,
            READABLE,
        ],
    );
}

#[test]
fn an_origin_that_is_not_well_formed_is_quoted_and_cut() {
    explains(
        [site()],
        get(&"a".repeat(64 * 1024)),
        [
            "refused at the origin: \
             \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" \
             (65536 bytes) is no well-formed origin",
            GET_DOES_NOT_ASK,
            "origin: it has more than 326 bytes",
            NOT_READABLE,
            NO_BROWSER,
        ],
    );
    explains(
        [site()],
        get(APP).header("origin", APP),
        [
            "refused at the origin: there are several lines of Origin",
            GET_DOES_NOT_ASK,
            "origin: a browser sends one line, and none of several is taken",
            NOT_READABLE,
            NO_BROWSER,
        ],
    );
    explains(
        [Rule::for_any_origin()],
        get("https://a.example/"),
        [
            "granted by rules[0]",
            GET_DOES_NOT_ASK,
            r#"origin: rules[0] is for any origin, and answers "*""#,
            NO_CREDENTIALS,
            EXPOSES_NONE,
            READABLE,
        ],
    );
    explains(
        [Rule::for_any_origin()],
        preflight("https://a.example/", "GET"),
        [
            r#"refused at the origin: "https://a.example/" is no well-formed origin"#,
            GET_ASKS,
            "origin: the origin ends with a slash; browsers send an origin without a path",
            "nearest: rules[0] covers https://a.example",
            NOT_SENT,
            "to change: let the program that asks send https://a.example, as a browser does",
        ],
    );
}

/// The first line about something.
fn text<'a>(explanation: &'a Explanation, about: &str) -> Option<&'a str> {
    let line = explanation.steps().iter().find(|line| line.about() == about)?;
    Some(line.text())
}

/// The first line, what is nearest to the request, and what to change.
#[track_caller]
fn advises<const N: usize, const L: usize>(
    rules: [Rule; N],
    request: request::Builder,
    summary: &str,
    nearest: Option<&str>,
    advice: [&str; L],
) {
    let explanation = explained(rules, request);
    assert_eq!(explanation.summary(), summary, "\n{explanation}\n");
    assert_eq!(text(&explanation, "nearest"), nearest, "\n{explanation}\n");
    assert_eq!(explanation.help().collect::<Vec<_>>(), advice, "\n{explanation}\n");
}

#[test]
fn an_origin_that_is_nearly_covered_is_told_by_what_differs() {
    for (origin, nearest, advice) in [
        (
            "http://app.example.com",
            "rules[0] covers https://app.example.com: the scheme differs",
            &[
                "open the page as https://app.example.com",
                r#"or rules[0].origins: add "http://app.example.com""#,
            ][..],
        ),
        (
            "https://localhost:3000",
            "rules[0] covers http://localhost:3000: the scheme differs",
            &[r#"if the page is yours, rules[0].origins: add "https://localhost:3000""#],
        ),
        (
            "https://app.example.com:8443",
            "rules[0] covers https://app.example.com: the port differs",
            &[r#"if the page is yours, rules[0].origins: add "https://app.example.com:8443""#],
        ),
        (
            "https://a.example.org:8443",
            "rules[0] covers https://a.example.org: the port differs",
            &[r#"if the page is yours, rules[0].origins: add "https://a.example.org:8443""#],
        ),
        (
            "http://localhost:5173",
            "rules[0] covers http://localhost:3000: the port differs",
            &[
                r#"rules[0].origins: add "http://localhost:5173", or "http://localhost:*" for every port"#,
            ],
        ),
        (
            "https://www.app.example.com",
            "rules[0] covers https://app.example.com: www. differs",
            &[r#"if the page is yours, rules[0].origins: add "https://www.app.example.com""#],
        ),
        (
            "https://b.a.app.example.com",
            "rules[0] covers https://app.example.com, and no subdomain of it",
            &[concat!(
                r#"if the page is yours, rules[0].origins: add "https://b.a.app.example.com", "#,
                r#"or "https://*.app.example.com" for all subdomains"#,
            )],
        ),
        (
            "https://example.org",
            "rules[0] covers https://*.example.org: its subdomains, and not the host itself",
            &[r#"if the page is yours, rules[0].origins: add "https://example.org""#],
        ),
    ] {
        let explanation = explained([site()], get(origin));
        assert_eq!(
            explanation.summary(),
            format!("refused at the origin: no rule covers {origin}")
        );
        assert_eq!(text(&explanation, "nearest"), Some(nearest), "{origin}");
        assert_eq!(explanation.help().collect::<Vec<_>>(), advice, "{origin}");
    }
}

/// What only looks like an origin that is covered has no business there.
#[test]
fn an_origin_that_looks_alike_is_not_near() {
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
        assert_eq!(text(&explanation, "nearest"), None, "{explanation}");
        let advice =
            format!("nothing, unless the page is yours: then rules[0].origins: add \"{origin}\"");
        assert_eq!(explanation.help().collect::<Vec<_>>(), [advice]);
    }
}

#[test]
fn an_origin_that_no_rule_can_name_is_not_to_be_added() {
    advises(
        [rule(), site()],
        get("file://host"),
        "refused at the origin: no rule covers file://host",
        None,
        ["nothing: a rule cannot name it; serve the page over http or https"],
    );
}

/// Among a million origins, too: few are looked up.
#[test]
fn a_near_origin_is_found_among_many() {
    let many = (0..5000).map(|number| format!("https://tenant-{number}.example"));
    advises(
        [Rule::for_origins(many)],
        get("http://tenant-4999.example"),
        "refused at the origin: no rule covers http://tenant-4999.example",
        Some("rules[0] covers https://tenant-4999.example: the scheme differs"),
        [
            "open the page as https://tenant-4999.example",
            r#"or rules[0].origins: add "http://tenant-4999.example""#,
        ],
    );
}

#[test]
fn an_insecure_origin_beside_credentials_names_the_danger() {
    advises(
        [site().allow_credentials(true)],
        get("http://app.example.com"),
        "refused at the origin: no rule covers http://app.example.com",
        Some("rules[0] covers https://app.example.com: the scheme differs"),
        [
            "open the page as https://app.example.com",
            "or rules[0].origins: add \"http://app.example.com\", and \
             rules[0].dangerously_allow_insecure_origins = true: whoever is on the way can write such a \
             page",
        ],
    );
    advises(
        [Rule::for_origins_where(OriginPredicate::new(|_, _| true)).allow_credentials(true)],
        get("http://a.example"),
        "refused at the origin: no rule covers http://a.example",
        Some(
            "rules[0] has credentials, and so asks neither predicates nor regular expressions about \
             http://a.example, which is insecure",
        ),
        [
            "serve the page over https",
            "or, though whoever is on the way can write such a page, \
             rules[0].dangerously_allow_insecure_origins = true",
        ],
    );
}

#[test]
fn what_is_wrong_with_an_origin_is_said() {
    let other =
        "nothing: no browser sends this; find out which program did, or what changed it on the way";
    let send = "let the program that asks send https://app.example.com, as a browser does";
    let covered = Some("rules[0] covers https://app.example.com");
    for (origin, compared, nearest, advice) in [
        ("", "the header is empty", None, other),
        ("Null", "browsers write null in lower case", None, other),
        (
            "*",
            "a \"*\" stands in configurations and in answers, and no page has such an origin",
            None,
            other,
        ),
        (
            "https://*.example.org",
            "a \"*\" stands in configurations and in answers, and no page has such an origin",
            None,
            other,
        ),
        (
            "https://a.example, https://b.example",
            "it names several origins, and a page has one",
            None,
            other,
        ),
        (
            "https://App.example.com",
            "the origin has upper-case letters; browsers send the scheme and the host in lower case",
            covered,
            send,
        ),
        (
            "https://app.example.com/",
            "the origin ends with a slash; browsers send an origin without a path",
            covered,
            send,
        ),
        (
            "https://app.example.com:443",
            "the port is the default port of the scheme; browsers omit the default port",
            covered,
            send,
        ),
        (
            "app.example.com",
            "the origin has no scheme; browsers send an origin with its scheme",
            covered,
            send,
        ),
        (
            "https://Evil.example",
            "the origin has upper-case letters; browsers send the scheme and the host in lower case",
            None,
            other,
        ),
        (
            "https://app.example.com.",
            "the host ends with a dot; browsers treat the host without the dot as a different host",
            covered,
            "open the page as https://app.example.com",
        ),
        (
            "file://",
            "the origin has the scheme \"file\"; browsers send \"null\" for local files, as for every \
             sandboxed page",
            None,
            "serve the page over http, from a loopback address",
        ),
    ] {
        let explanation = explained([site()], get(origin));
        let summary = format!("refused at the origin: \"{origin}\" is no well-formed origin");
        assert_eq!(explanation.summary(), summary);
        assert_eq!(text(&explanation, "origin"), Some(compared), "{origin}");
        assert_eq!(text(&explanation, "nearest"), nearest, "{origin}");
        assert_eq!(explanation.help().collect::<Vec<_>>(), [advice], "{origin}");
    }
}

/// What may come over HTTP, and what a terminal takes for more than text.
#[test]
fn bytes_that_are_not_printable_are_escaped() {
    let bytes = HeaderValue::from_bytes(b"https://\xe2\x98\x95.example\t\xff\"").unwrap();
    let origin = Request::get("/").header("origin", bytes.clone());
    let summary =
        r#"refused at the origin: "https://\xe2\x98\x95.example\t\xff\"" is no well-formed origin"#;
    assert_eq!(explained([site()], origin).summary(), summary);
    let method = Request::options("/").header("origin", APP);
    let method = method.header("access-control-request-method", bytes.clone());
    let summary = r#"refused at the method: "https://\xe2\x98\x95.example\t\xff\"" is no method"#;
    assert_eq!(explained([site()], method).summary(), summary);
    let headers = preflight(APP, "PUT").header("access-control-request-headers", bytes);
    let summary = r#"refused at the request headers: "https://\xe2\x98\x95.example\t\xff\"" is no header name"#;
    assert_eq!(explained([site()], headers).summary(), summary);
}

#[test]
fn a_method_is_told_what_browsers_make_of_it() {
    for (method, nearest, advice) in [
        (
            "put",
            Some("PUT is allowed, and another method: they are compared with case"),
            "nothing, or write PUT in the program that asks: browsers send PUT for put",
        ),
        (
            "get",
            Some("GET is allowed, and another method: they are compared with case"),
            "nothing, or write GET in the program that asks: browsers send GET for get",
        ),
        (
            "delete",
            None,
            r#"rules[0].allow_methods: add "DELETE": browsers send DELETE for delete"#,
        ),
        ("TRACE", None, "nothing: no page can send TRACE, so that no browser asks for it"),
        ("CHICKEN", None, r#"rules[0].allow_methods: add "CHICKEN""#),
    ] {
        let summary = format!("refused at the method: rules[0] does not allow {method}");
        advises([site()], preflight(APP, method), &summary, nearest, [advice]);
    }
    advises(
        [rule().allow_methods(["patch"])],
        preflight(APP, "PATCH"),
        "refused at the method: rules[0] does not allow PATCH",
        Some("patch is allowed, and another method: they are compared with case"),
        [r#"rules[0].allow_methods: add "PATCH""#],
    );
}

/// Who followed such an advice would allow everything.
#[test]
fn an_asterisk_that_is_asked_for_is_never_to_be_added() {
    let advice =
        "nothing: what the page asks for is named *, and \"*\" in a rule stands for all names";
    let summary = "refused at the method: rules[0] does not allow *";
    advises([site()], preflight(APP, "*"), summary, None, [advice]);
    advises(
        [site()],
        asking(["*,x-b"]),
        "refused at the request headers: rules[0] does not allow *, x-b",
        None,
        [r#"rules[0].allow_headers: add "x-b""#, advice],
    );
}

/// A frequent mistake: <https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS> is about the response.
#[test]
fn response_headers_in_a_pages_script_are_to_be_taken_out() {
    advises(
        [site()],
        asking(["access-control-allow-origin,content-type,cookie"]),
        "refused at the request headers: rules[0] does not allow access-control-allow-origin, cookie",
        None,
        [
            "take access-control-allow-origin out of the page's script: servers send that, and pages do \
             not",
            "nothing about cookie: no page can set it, so that no browser asks for it",
        ],
    );
}

#[test]
fn every_reason_for_a_preflight_is_named() {
    let rows = [
        (
            get(APP).header("content-type", "text/plain"),
            "no: GET with such headers needs no preflight",
        ),
        (
            get(APP).header("accept", "a".repeat(129)),
            "accept needs a preflight: its value has more than 128 bytes",
        ),
        (
            get(APP).header("accept-language", "\"de\""),
            "accept-language needs a preflight for a value that is longer than 128 bytes, or has \
             quotation marks, brackets or the like",
        ),
        (
            get(APP).header("range", "bytes=-500"),
            "range needs a preflight for other values than one range with a start, such as bytes=0-499",
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
            "no: GET with such headers needs no preflight",
        ),
        (
            from(APP, "POST").header("content-type", "application/json; charset=utf-8"),
            "content-type \"application/json; charset=utf-8\" needs a preflight: only \
             application/x-www-form-urlencoded, multipart/form-data and text/plain do not",
        ),
        (
            (0..9).fold(get(APP), |request, _| request.header("accept", "a".repeat(128))),
            "accept needs a preflight: the safelisted headers have more than 1024 bytes together",
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
            "no: POST with such headers needs no preflight",
        ),
    ];
    for (request, reason) in rows {
        let explanation = explained([site()], request);
        assert_eq!(text(&explanation, "asked first"), Some(reason), "{explanation}");
    }
}

#[test]
fn a_text_is_bounded_whatever_is_configured_and_asked() {
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

    /// The words are those of the decision, and their text does nothing to a terminal.
    #[test]
    fn an_explanation_is_that_of_the_decision(policy in policies(), request in requests()) {
        let head = RequestHead::from(&request);
        let decision = policy.decide(&head);
        let explanation = policy.explain(head);
        is_explained(&explanation, &decision);
        let is_granted = matches!(decision.outcome(), Outcome::Allowed | Outcome::PreflightAllowed);
        if is_granted {
            prop_assert_eq!(explanation.rule(), decision.rule());
            let index = decision.rule().unwrap();
            prop_assert_eq!(explanation.summary(), format!("granted by rules[{index}]"));
        }
        prop_assert!(explanation.steps().iter().all(|line| !line.text().is_empty()));
    }
}

fn policies() -> impl Strategy<Value = CorsPolicy> {
    prop::collection::vec(rules(), 1..=3)
        .prop_filter_map("a policy without faults", |rules| CorsPolicy::new(rules).ok())
}

fn rules() -> impl Strategy<Value = Rule> {
    let is_mostly_not = || prop::bool::weighted(0.25);
    let whom =
        (subsequence(PATTERNS, 1..=3), is_mostly_not(), is_mostly_not(), prop::bool::weighted(0.1));
    let what = (subsequence(ALLOWED, 0..=4), subsequence(NAMES, 0..=3), is_mostly_not());
    (whom, what).prop_map(|((patterns, null, asks, is_any), (methods, names, credentials))| {
        let rule = if is_any { Rule::for_any_origin() } else { Rule::for_origins(patterns) };
        let rule = rule.allow_methods(methods).allow_headers(names);
        let rule = if null { rule.dangerously_allow_null_origin(true) } else { rule };
        let rule = if credentials { rule.allow_credentials(true) } else { rule };
        if asks && !is_any {
            rule.add_origin_predicate(OriginPredicate::new(|origin, _| origin.port() == Some(1)))
        } else {
            rule
        }
    })
}

fn requests() -> impl Strategy<Value = Request<()>> {
    let method = prop_oneof![2 => Just("OPTIONS"), 1 => select(METHODS)];
    let parts = (method, lines(ORIGINS), lines(METHODS), lines(ASKED), subsequence(OTHERS, 0..=3));
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

/// Mostly one, mostly of these.
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
const ASKED: &[&str] =
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

const PUT_ASKS: &str = "asked first: method PUT needs a preflight: only GET, HEAD and POST do not";
const GET_DOES_NOT_ASK: &str = "asked first: no: GET with such headers needs no preflight";
const CONTENT_TYPE_ASKS: &str = "asked first: content-type needs a preflight for other values than \
     application/x-www-form-urlencoded, multipart/form-data and text/plain";
const JSON_ASKS: &str = "asked first: content-type application/json needs a preflight: only \
     application/x-www-form-urlencoded, multipart/form-data and text/plain do not";
const GET_ASKS: &str = "asked first: a preflight for GET with no header: an upload listener or a stream as the \
     body asks for it";
const NAMED: &str = "origin: https://app.example.com is named by rules[0]";
const COMPARED: &str = "origin: compared with rules[0] (\"https://app.example.com\", \"http://localhost:3000\", \
     \"https://*.example.org\")";
const NO_CREDENTIALS: &str = "credentials: rules[0] does not allow them: a page that asks with credentials: \"include\" \
     is refused";
const EXPOSES_NONE: &str = "exposed headers: rules[0].expose_headers names none: the page reads cache-control, \
     content-language, content-length, content-type, expires, last-modified, pragma";
const NOT_SENT: &str =
    "then: the browser does not send the request itself, and the page sees a network error";
const SENT: &str = "then: the browser sends the request itself";
const NOT_READABLE: &str =
    "then: the request is passed on, and the response has no header that lets a page read it";
const READABLE: &str = "then: the request is passed on, and its page may read the response";
const NO_BROWSER: &str = "to change: nothing: no browser sends this; find out which program did, or what changed it \
     on the way";
const SET_CREDENTIALS: &str = "to change: only if the page asks with credentials: \"include\" (cookies): \
     rules[0].allow_credentials = true";
