//! Tests of the check against cross-site request forgery.
//!
//! The first cases are from Go's `CrossOriginProtection` (`src/net/http/csrf_test.go`). A comment marks each
//! case with a different result.

use http::{Method, Request, request};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Rule},
    guard::{
        Check, Csrf, FaultKind, FetchMetadata, GuardLayer, PathErrorKind, Rejection, Verdict,
        WebSocket,
    },
    origin::{OriginErrorKind, OriginSet},
};

use crate::support::guarded::expect;

const SITE: Option<Rejection> = Some(Rejection::CsrfSite);
const ORIGIN: Option<Rejection> = Some(Rejection::CsrfOrigin);

fn sent(method: &str, path: &str, site: &str, origin: &str) -> request::Builder {
    let mut request = Request::builder().method(method).uri(path).header("host", "example.com");
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    request
}

#[test]
fn unsafe_cross_origin_requests_are_denied() {
    let evil = "https://attacker.example";
    #[rustfmt::skip]
    let cases = [
        ("POST", "same-origin", "", None),
        ("POST", "none", "", None),
        ("POST", "cross-site", "", SITE),
        ("POST", "same-site", "", SITE),
        ("POST", "", "", None),
        ("POST", "", "https://example.com", None),
        ("POST", "", evil, ORIGIN),
        ("POST", "", "null", ORIGIN),
        ("GET", "cross-site", "", None),
        ("HEAD", "cross-site", "", None),
        ("OPTIONS", "cross-site", "", None),
        ("PUT", "cross-site", "", SITE),
        // Not in Go's tests: other methods, values that browsers never send, contradictory headers.
        ("DELETE", "cross-site", "", SITE),
        ("PATCH", "", evil, ORIGIN),
        ("BREW", "cross-site", "", SITE),
        ("TRACE", "cross-site", "", SITE),
        ("get", "cross-site", "", SITE),
        ("POST", "invalid", "", SITE),
        ("POST", "Same-Origin", "", SITE),
        ("POST", "", "http://example.com", None),
        ("POST", "", "https://example.com:8443", ORIGIN),
        ("POST", "", "https://example.com.evil", ORIGIN),
        ("POST", "cross-site", "https://example.com", SITE),
        ("POST", "same-origin", evil, None),
    ];
    for (method, site, origin, rejection) in cases {
        let about = format!("{method} {site:?} {origin:?}");
        expect(Csrf::new(), || sent(method, "/", site, origin), rejection, &about);
    }
}

// RFC 10008. The method is case-sensitive, as every method is.
#[test]
fn query_is_allowed_only_if_it_is_safe() {
    let evil = "https://attacker.example";
    for (method, site, origin, rejection) in [
        ("QUERY", "cross-site", evil, SITE),
        ("QUERY", "", evil, ORIGIN),
        ("QUERY", "same-origin", "", None),
        ("query", "cross-site", evil, SITE),
        ("QUERY2", "cross-site", evil, SITE),
        ("POST", "cross-site", evil, SITE),
    ] {
        expect(Csrf::new(), || sent(method, "/", site, origin), rejection, method);
        let is_safe = method == "QUERY";
        let rejection = rejection.filter(|_| !is_safe);
        let check = Csrf::new().query_is_safe(true);
        expect(check, || sent(method, "/", site, origin), rejection, method);
    }
}

#[test]
fn repeated_headers_are_denied() {
    let sites = || sent("POST", "/", "same-origin", "").header("sec-fetch-site", "same-origin");
    expect(Csrf::new(), sites, SITE, "two Sec-Fetch-Site");
    let origins =
        || sent("POST", "/", "", "https://example.com").header("origin", "https://example.com");
    expect(Csrf::new(), origins, ORIGIN, "two Origin");
}

// Over HTTP/2, the host is in the request target, and `Host` is missing.
#[test]
fn http_2_host_is_read_from_the_target() {
    let post = |origin| move || Request::post("https://example.com/").header("origin", origin);
    expect(Csrf::new(), post("https://example.com"), None, "same origin");
    expect(Csrf::new(), post("https://attacker.example"), ORIGIN, "another origin");
    // `CONNECT` for a WebSocket over HTTP/2 is not a safe method.
    let connect =
        || Request::connect("https://example.com/").header("sec-fetch-site", "cross-site");
    expect(Csrf::new(), connect, SITE, "extended CONNECT");
}

#[test]
fn trusted_origins_may_send_every_request() {
    let set = OriginSet::parse(["https://trusted.example"]).unwrap();
    let rules = [
        Rule::for_origins(["https://trusted.example"]).allow_credentials(true),
        Rule::for_origins(["https://reader.example"]),
    ];
    let policy = CorsPolicy::new(rules).unwrap();
    let any = CorsPolicy::new(Rule::for_any_origin()).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("", "https://trusted.example", None),
        ("cross-site", "https://trusted.example", None),
        ("", "https://attacker.example", ORIGIN),
        ("cross-site", "https://attacker.example", SITE),
        ("cross-site", "https://trusted.example.evil", SITE),
        ("cross-site", "http://trusted.example", SITE),
        ("cross-site", "null", SITE),
        ("", "null", ORIGIN),
        ("cross-site", "", SITE),
        // The policy allows this origin to read, but without credentials.
        ("cross-site", "https://reader.example", SITE),
    ];
    for (site, origin, rejection) in cases {
        let request = || sent("POST", "/", site, origin);
        let about = format!("{site:?} {origin:?}");
        expect(Csrf::new().trust_origins(&set), request, rejection, &about);
        expect(Csrf::new().trust_origins(["https://trusted.example"]), request, rejection, &about);
        expect(Csrf::new().trust_policy(policy.clone()), request, rejection, &about);
        // A rule for any origin has no credentials, so it adds no trust (dotnet/aspnetcore#66585).
        let denied = if site.is_empty() { ORIGIN } else { SITE };
        expect(Csrf::new().trust_policy(any.clone()), request, denied, &about);
    }
}

#[test]
fn invalid_origins_are_faults_with_suggestions() {
    let set = OriginSet::parse(["https://set.example"]).unwrap();
    let web_socket = WebSocket::new()
        .service_origins(["service.example"])
        .trust_origins(&set)
        .trust_origins(["https://a.example", "https://b.example/"]);
    let csrf = Csrf::new().trust_origins(["@partners"]).trust_origins(["http://a.example:80"]);
    let error = GuardLayer::new(web_socket.and(csrf)).unwrap_err();
    let faults: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
    let starts = [
        r#"web_socket.trust_origins[1] = "https://b.example/": "#,
        r#"web_socket.service_origins[0] = "service.example": "#,
        r#"csrf.trust_origins[0] = "@partners": "#,
        r#"csrf.trust_origins[1] = "http://a.example:80": "#,
    ];
    assert_eq!(faults.len(), starts.len(), "{error}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
    assert!(faults[0].ends_with(r#"; write "https://b.example""#), "{}", faults[0]);
}

// DESIGN 13: the faults of a CORS rule with credentials. S4
#[test]
fn risky_trusted_origins_are_faults_without_their_setting() {
    use FaultKind::{
        AnyOriginTrusted, InsecureOriginRegexTrusted, InsecureOriginTrusted, ManyDomainsTrusted,
        PublicSuffixTrusted, RegexTooComplexTrusted,
    };
    let regex = |text: &str| OriginSet::default().with_regexes([text]).unwrap();
    let matches = |text: &str| text.to_owned();
    let pattern = |text: &str| OriginSet::parse([text]).unwrap();
    let insecure = InsecureOriginRegexTrusted { matches: matches("http://a.example.com") };
    let many = |origin: &str| ManyDomainsTrusted { matches: matches(origin) };
    for (set, kind, settings) in [
        (pattern("http://a.example"), InsecureOriginTrusted, "i"),
        (pattern("http://*.example.com:*"), InsecureOriginTrusted, "i"),
        (pattern("https://*.github.io"), PublicSuffixTrusted, "sa"),
        (pattern("https://*.amazonaws.com"), many("https://a.s3.amazonaws.com"), "a"),
        (regex(r"https?://[a-z]+\.example\.com"), insecure, "i"),
        (regex(r"https://.*\.vercel\.app"), many("https://a.vercel.app"), "a"),
        (regex(r"https://.*"), many("https://a.net"), "a"),
        (regex(r"https://.*a.{14}\.example\.com"), RegexTooComplexTrusted, ""),
    ] {
        for allowed in ["", "n", "i", "s", "a"] {
            let is_allowed = !allowed.is_empty() && settings.contains(allowed);
            let csrf = Csrf::new()
                .trust_origins(&set)
                .dangerously_allow_null_origin(allowed == "n")
                .dangerously_allow_insecure_origins(allowed == "i")
                .dangerously_allow_public_suffixes(allowed == "s")
                .dangerously_allow_credentials_for_any_origin(allowed == "a");
            let web_socket = WebSocket::new()
                .dangerously_allow_null_origin(allowed == "n")
                .dangerously_allow_insecure_origins(allowed == "i")
                .dangerously_allow_public_suffixes(allowed == "s")
                .dangerously_allow_credentials_for_any_origin(allowed == "a")
                .trust_origins(&set);
            for (faults, setting) in [
                (csrf.faults(), "csrf.trust_origins"),
                (web_socket.faults(), "web_socket.trust_origins"),
            ] {
                let found: Vec<_> = faults.iter().map(|it| (it.setting(), it.kind())).collect();
                let expected = if is_allowed { vec![] } else { vec![(setting, &kind)] };
                assert_eq!(found, expected, "{set:?} {allowed}");
            }
        }
    }
    let texts = Csrf::new().trust_origins(["https://a.example", "http://b.example", "*"]);
    let faults = texts.faults();
    let [insecure, any] = &*faults else { panic!("{faults:?}") };
    assert_eq!(
        (insecure.setting(), insecure.kind()),
        ("csrf.trust_origins[1]", &InsecureOriginTrusted)
    );
    assert_eq!(insecure.suggestion(), Some("https://b.example"));
    assert_eq!((any.setting(), any.kind()), ("csrf.trust_origins[2]", &AnyOriginTrusted));
    for harmless in [
        "http://localhost:3000",
        "https://*.example.com",
        "https://*.lan",
        "chrome-extension://abc",
    ] {
        assert_eq!(Csrf::new().trust_origins([harmless]).faults(), [], "{harmless}");
    }
}

#[test]
fn any_origin_can_be_trusted_by_a_dangerous_setting() {
    let check =
        || Csrf::new().trust_origins(["*"]).dangerously_allow_credentials_for_any_origin(true);
    assert_eq!(check().faults(), []);
    let post = |origin: &str| {
        let request = Request::post("/").header("host", "app.example").header("origin", origin);
        request.header("sec-fetch-site", "cross-site").body(()).unwrap()
    };
    let denied = Verdict::Deny(Rejection::CsrfSite);
    for (check, origin, verdict) in [
        (check(), "https://evil.example", Verdict::Allow),
        (check(), "http://evil.example", denied),
        (check(), "http://localhost:3000", Verdict::Allow),
        (check(), "null", denied),
        (check(), "file://", denied),
        (check(), "https://evil.example//", denied),
        (check(), "https://evil.example/", Verdict::Allow),
        (check().dangerously_allow_insecure_origins(true), "http://evil.example", Verdict::Allow),
        (check().dangerously_allow_null_origin(true), "null", Verdict::Allow),
        (Csrf::new().dangerously_allow_null_origin(true), "null", Verdict::Allow),
        (Csrf::new().trust_origins(["*"]), "https://evil.example", denied),
    ] {
        assert_eq!(check.check(&RequestHead::from(&post(origin))), verdict, "{origin}");
    }
    let web_socket = WebSocket::new().trust_origins(["*"]);
    let handshake = Request::get("/").header("host", "app.example").header("upgrade", "websocket");
    let handshake = handshake.header("origin", "https://evil.example").body(()).unwrap();
    let head = RequestHead::from(&handshake);
    assert_eq!(web_socket.check(&head), Verdict::Deny(Rejection::WebSocketOrigin));
    let web_socket = web_socket.dangerously_allow_credentials_for_any_origin(true);
    assert_eq!(web_socket.check(&head), Verdict::Allow);
}

#[test]
fn exempt_paths_are_exact() {
    let check = || {
        Csrf::new()
            .exempt_paths(["/bypass/", "/no-trailing", "/yes-trailing/", "/%C3%A9"])
            // Go's "/only/{foo}" and "POST /post-only/".
            .skip_if(|head| {
                let path = head.uri().path();
                path.strip_prefix("/only/").is_some_and(|rest| !rest.contains('/'))
            })
            .skip_if(|head| *head.method() == Method::POST && head.uri().path() == "/post-only/")
    };
    #[rustfmt::skip]
    let cases = [
        ("POST", "/bypass/", true),
        ("POST", "/bypass/?a=b/../c", true),
        ("POST", "/api/", false),
        // CVE-2025-47910: Go allowed these two requests.
        ("POST", "/foo/../bypass/bar", false),
        ("POST", "/bypass", false),
        ("POST", "/foo/../api/bar", false),
        ("POST", "/api", false),
        ("POST", "/only/123", true),
        ("POST", "/only/123/foo", false),
        ("POST", "/no-trailing", true),
        ("POST", "/no-trailing/", false),
        ("POST", "/yes-trailing/", true),
        ("POST", "/yes-trailing", false),
        ("POST", "/post-only/", true),
        ("PUT", "/post-only/", false),
        // In Go, a pattern with a final slash matches all paths below it. Here it matches one path.
        ("POST", "/bypass/below", false),
        ("POST", "/BYPASS/", false),
        ("POST", "/%62ypass/", false),
        ("POST", "/%C3%A9", true),
        ("POST", "/%c3%a9", false),
        // Ambiguous paths are not exempt, even if a function selects them.
        ("POST", "/only/..", false),
        ("POST", "/only/.", false),
        ("POST", "/only/%2e%2E", false),
        ("POST", "/only/.%2e", false),
        ("POST", "/only/..;a=b", false),
        ("POST", "/only/a%2fb", false),
        ("POST", "/only/a%5Cb", false),
        ("POST", "//only/123", false),
        ("POST", "/only/...", true),
        ("POST", "/only/.hidden", true),
        // S15
        ("POST", "/only/%2ehidden", false),
        ("POST", "/only/..%3b", false),
        ("POST", "/only/..%00", false),
        ("POST", "/only/..%20", false),
        ("POST", "/only/%252e%252e", false),
        ("POST", "/only/a;b", false),
    ];
    for (method, path, is_exempt) in cases {
        for (site, rejection) in [("", ORIGIN), ("cross-site", SITE)] {
            let rejection = if is_exempt { None } else { rejection };
            let request = || sent(method, path, site, "https://attacker.example");
            expect(check(), request, rejection, &format!("{method} {path} {site:?}"));
        }
    }
}

#[test]
fn invalid_exempt_paths_are_faults_with_suggestions() {
    #[rustfmt::skip]
    let cases = [
        ("", PathErrorKind::Relative, None),
        ("hooks", PathErrorKind::Relative, Some("/hooks")),
        ("https://a.example/hooks?a=b", PathErrorKind::Relative, Some("/hooks")),
        ("https://a.example", PathErrorKind::Relative, None),
        ("/hooks?a=b", PathErrorKind::QueryOrFragment, Some("/hooks")),
        ("/hooks#a", PathErrorKind::QueryOrFragment, Some("/hooks")),
        ("//hooks", PathErrorKind::EmptySegment, None),
        ("/hooks//", PathErrorKind::EmptySegment, None),
        ("/a/../hooks", PathErrorKind::DotSegment, None),
        ("/./hooks", PathErrorKind::DotSegment, None),
        ("/%2E%2e/hooks", PathErrorKind::DotSegment, None),
        ("/a%2Fb", PathErrorKind::EncodedSlash, None),
        ("/a;b", PathErrorKind::Semicolon, None),
        ("/a%20b", PathErrorKind::EncodedCharacter, None),
        ("/a%5cb", PathErrorKind::EncodedSlash, None),
        ("/a\\b", PathErrorKind::Backslash, None),
        ("/a b", PathErrorKind::Unencoded, None),
        ("/ä", PathErrorKind::Unencoded, None),
    ];
    let paths = || cases.map(|(path, ..)| path);
    let fetch_metadata = FetchMetadata::new().exempt_paths(paths()).report_only(true);
    let checks = Csrf::new().exempt_paths(["/fine"]).exempt_paths(paths()).and(fetch_metadata);
    let error = GuardLayer::new(checks).unwrap_err();
    assert_eq!(error.faults().len(), 2 * cases.len());
    let (csrf, fetch_metadata) = error.faults().split_at(cases.len());
    for (section, faults, first) in [("csrf", csrf, 1), ("fetch_metadata", fetch_metadata, 0)] {
        for (index, (fault, (path, kind, suggestion))) in faults.iter().zip(cases).enumerate() {
            assert_eq!(fault.setting(), format!("{section}.exempt_paths[{}]", first + index));
            assert_eq!((fault.value(), fault.kind()), (path, &FaultKind::Path(kind)));
            let end = suggestion.map(|path| format!("; write {path:?}")).unwrap_or_default();
            assert!(fault.to_string().ends_with(&format!(": {kind}{end}")), "{fault}");
        }
    }
}

/// Checks origins of public reports in the trusted origins. R1, R2
#[test]
fn origins_as_engines_send_them_can_be_trusted() {
    for origin in ["https://www.example.com.", "moz-extension://2C127FA4", "app://."] {
        let post = || sent("POST", "/", "cross-site", origin);
        expect(Csrf::new().trust_origins([origin]), post, None, origin);
        expect(Csrf::new().trust_origins(["https://example.com"]), post, SITE, origin);
    }
    let faults = Csrf::new().trust_origins(["file://"]).faults();
    assert_eq!(faults[0].kind(), &FaultKind::Origin(OriginErrorKind::FileScheme));
    let file = || sent("POST", "/", "cross-site", "file://");
    let listed = || Csrf::new().trust_origins(["file://"]).dangerously_allow_null_origin(true);
    assert_eq!(listed().faults(), []);
    expect(listed(), file, None, "listed");
    let any = || OriginSet::default().with_regexes(["(https|file)://.*"]).unwrap();
    let check =
        || Csrf::new().trust_origins(any()).dangerously_allow_credentials_for_any_origin(true);
    expect(check(), file, SITE, "an expression");
    let check = check().dangerously_allow_null_origin(true);
    expect(check, file, None, "an expression with the setting");
}

// Rows S1 and S11 of the security cases: the origins of a policy are not wider than the policy.
#[test]
fn expression_that_matches_http_is_not_trusted() {
    for (text, origin) in [
        (r"h{1}t*.?s{0,1}[:]//([a-z0-9]+(-[a-z0-9]+)*\.)+example\.com", "http://a.example.com"),
        (r"https?://app\.example\.com", "http://app.example.com"),
        (r"http[s]{0,1}://app\.example\.com", "http://app.example.com"),
        (r".{4,5}://app\.example\.com", "http://app.example.com"),
        (r"https://.*", "https://evil.example"),
        (r"https://.*\.com", "https://evil.com"),
        (r"https://[a-z-]+\.github\.io", "https://evil.github.io"),
    ] {
        let set = OriginSet::default().with_regexes([text]).unwrap();
        assert_ne!(Csrf::new().trust_origins(&set).faults(), [], "{text}");
        assert_ne!(WebSocket::new().trust_origins(&set).faults(), [], "{text}");
        let rule = Rule::for_origins(&set).allow_credentials(true);
        assert!(CorsPolicy::new(rule).is_err(), "{text}");
        // A rule without credentials may list them. Guards still do not trust its origins.
        let policy = CorsPolicy::new(Rule::for_origins(&set)).unwrap();
        assert_ne!(Csrf::new().trust_origins(policy.origins()).faults(), [], "{text}");
        let post = || sent("POST", "/", "cross-site", origin);
        expect(Csrf::new().trust_policy(policy.clone()), post, SITE, text);
    }
}
