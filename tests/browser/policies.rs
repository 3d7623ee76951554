//! Tests of the parsers of embedding headers, as tables for clauses of the standards.
//!
//! The cases of the Web Platform Tests are in `tests/embedding/wpt_embedding.rs`.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tower_cross_origin::{
    browser::policies::{
        OpaqueResponse, OpenerPolicyValue as Opener, document_isolation_policy, embedder_policy,
        is_nosniff, opaque_response, opener_policy, reporting_endpoints,
        requests_origin_keyed_agent_cluster, resource_policy, timing_allow_origins,
    },
    embedding::{
        CrossOriginEmbedderPolicy as Embedder, CrossOriginResourcePolicy as Resource,
        DocumentIsolationPolicy as Isolation,
    },
};

// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>, and
// `fetch/cross-origin-resource-policy/syntax.any.js`
#[test]
fn resource_policy_is_one_of_three_values() {
    const NAME: &str = "cross-origin-resource-policy";
    for (lines, expected) in [
        (&["same-origin"][..], Some(Resource::SameOrigin)),
        (&["same-site"], Some(Resource::SameSite)),
        (&["cross-origin"], Some(Resource::CrossOrigin)),
        // HTTP parsers strip the whitespace around a value.
        (&[" same-origin\t"], Some(Resource::SameOrigin)),
        (&[], None),
        (&[""], None),
        (&["same"], None),
        (&["same, same-origin"], None),
        (&["SAME-ORIGIN"], None),
        (&["Same-Origin"], None),
        (&["same-origin, <>"], None),
        (&["same-origin, same-origin"], None),
        (&["same-origin", "same-origin"], None),
        (&["https://www.example.com"], None),
        (&["\"same-origin\""], None),
        (&["same-origin; report-to=\"a\""], None),
    ] {
        assert_eq!(resource_policy(&headers(NAME, lines)), expected, "{lines:?}");
    }
}

// <https://html.spec.whatwg.org/#the-coop-headers>
#[test]
fn opener_policy_is_a_token_with_parameters() {
    const NAME: &str = "cross-origin-opener-policy";
    for (lines, value, endpoint) in [
        (&["same-origin"][..], Opener::SameOrigin, None),
        (&["same-origin-allow-popups"], Opener::SameOriginAllowPopups, None),
        (&["noopener-allow-popups"], Opener::NoopenerAllowPopups, None),
        (&["unsafe-none"], Opener::UnsafeNone, None),
        (&["same-origin; report-to=\"a b\""], Opener::SameOrigin, Some("a b")),
        (&["same-origin;report-to=\"a\";report-to=\"b\""], Opener::SameOrigin, Some("b")),
        (&["same-origin; report-to=a"], Opener::SameOrigin, None),
        (&["same-origin; report-to"], Opener::SameOrigin, None),
        (&["unsafe-none; report-to=\"a\""], Opener::UnsafeNone, Some("a")),
        (&["restrict-properties"], Opener::UnsafeNone, None),
        (&["same-origin-plus-COEP"], Opener::UnsafeNone, None),
        (&["same-origin; Report-To=\"a\""], Opener::UnsafeNone, None),
        (&["same-origin", ""], Opener::UnsafeNone, None),
        (&["(same-origin)"], Opener::UnsafeNone, None),
        (&[], Opener::UnsafeNone, None),
    ] {
        let parsed = opener_policy(&headers(NAME, lines));
        assert_eq!((parsed.value(), parsed.reporting_endpoint()), (value, endpoint), "{lines:?}");
        assert_eq!(parsed.report_only_value(), Opener::UnsafeNone);

        let parsed = opener_policy(&headers(&format!("{NAME}-report-only"), lines));
        // Browsers do not report `noopener-allow-popups`.
        let value = if value == Opener::NoopenerAllowPopups { Opener::UnsafeNone } else { value };
        let report_only = (parsed.report_only_value(), parsed.report_only_reporting_endpoint());
        assert_eq!(report_only, (value, endpoint), "{lines:?}");
        assert_eq!(parsed.value(), Opener::UnsafeNone);
    }
}

// <https://html.spec.whatwg.org/#obtain-coop>
#[test]
fn opener_policy_with_an_embedder_policy_isolates() {
    const OPENER: &str = "cross-origin-opener-policy";
    const OPENER_REPORT_ONLY: &str = "cross-origin-opener-policy-report-only";
    const EMBEDDER: &str = "cross-origin-embedder-policy";
    const EMBEDDER_REPORT_ONLY: &str = "cross-origin-embedder-policy-report-only";
    let (isolated, plain) = (Opener::SameOriginPlusCoep, Opener::SameOrigin);
    for (opener, embedder, policy, expected) in [
        (OPENER, EMBEDDER, "require-corp", (isolated, Opener::UnsafeNone)),
        (OPENER, EMBEDDER, "credentialless", (isolated, Opener::UnsafeNone)),
        (OPENER, EMBEDDER, "unsafe-none", (plain, Opener::UnsafeNone)),
        (OPENER, EMBEDDER, "require-corp, require-corp", (plain, Opener::UnsafeNone)),
        (OPENER, EMBEDDER_REPORT_ONLY, "require-corp", (plain, Opener::UnsafeNone)),
        (OPENER_REPORT_ONLY, EMBEDDER, "require-corp", (Opener::UnsafeNone, isolated)),
        (OPENER_REPORT_ONLY, EMBEDDER_REPORT_ONLY, "require-corp", (Opener::UnsafeNone, isolated)),
        (OPENER_REPORT_ONLY, EMBEDDER_REPORT_ONLY, "unsafe-none", (Opener::UnsafeNone, plain)),
    ] {
        let mut lines = headers(opener, &["same-origin"]);
        lines.extend(headers(embedder, &[policy]));
        let parsed = opener_policy(&lines);
        assert_eq!((parsed.value(), parsed.report_only_value()), expected, "{lines:?}");
    }
}

// <https://html.spec.whatwg.org/#matching-coop>, and the next clause
#[test]
fn window_keeps_its_opener_if_the_policies_match() {
    const ALL: [Opener; 5] = [
        Opener::UnsafeNone,
        Opener::SameOriginAllowPopups,
        Opener::SameOrigin,
        Opener::SameOriginPlusCoep,
        Opener::NoopenerAllowPopups,
    ];
    for popup in ALL {
        for opener in ALL {
            for is_same_origin in [true, false] {
                let expected = match (popup, opener) {
                    (Opener::UnsafeNone, Opener::UnsafeNone | Opener::SameOriginAllowPopups) => {
                        true
                    }
                    (Opener::SameOriginAllowPopups, Opener::SameOriginAllowPopups)
                    | (Opener::SameOrigin, Opener::SameOrigin)
                    | (Opener::SameOriginPlusCoep, Opener::SameOriginPlusCoep) => is_same_origin,
                    _ => false,
                };
                let keeps_opener = popup.keeps_opener(opener, is_same_origin);
                let label = format!("{popup:?} opened by {opener:?}, {is_same_origin}");
                assert_eq!(keeps_opener, expected, "{label}");
            }
        }
    }
}

// <https://html.spec.whatwg.org/#the-coep-headers>
#[test]
fn embedder_policy_is_a_token_with_parameters() {
    const NAME: &str = "cross-origin-embedder-policy";
    for (lines, value, endpoint) in [
        (&["require-corp"][..], Embedder::RequireCorp, None),
        (&["credentialless; report-to=\"a\""], Embedder::Credentialless, Some("a")),
        (&["require-corp;report-to=a"], Embedder::RequireCorp, None),
        (&["unsafe-none; report-to=\"a\""], Embedder::UnsafeNone, None),
        (&["Credentialless"], Embedder::UnsafeNone, None),
        (&["\"require-corp\""], Embedder::UnsafeNone, None),
        (&["require-corp", "require-corp"], Embedder::UnsafeNone, None),
        (&["require-corp, credentialless"], Embedder::UnsafeNone, None),
    ] {
        let parsed = embedder_policy(&headers(NAME, lines));
        assert_eq!((parsed.value(), parsed.reporting_endpoint()), (value, endpoint), "{lines:?}");
        let parsed = embedder_policy(&headers(&format!("{NAME}-report-only"), lines));
        let report_only = (parsed.report_only_value(), parsed.report_only_reporting_endpoint());
        assert_eq!(report_only, (value, endpoint), "{lines:?}");
        assert_eq!(parsed.value(), Embedder::UnsafeNone);
    }
}

// <https://wicg.github.io/document-isolation-policy/>
#[test]
fn isolation_policy_is_a_token_with_parameters() {
    const NAME: &str = "document-isolation-policy";
    for (lines, value, endpoint) in [
        (&["isolate-and-require-corp"][..], Isolation::IsolateAndRequireCorp, None),
        (
            &["isolate-and-credentialless; report-to=\"a\""],
            Isolation::IsolateAndCredentialless,
            Some("a"),
        ),
        (&["none"], Isolation::None, None),
        (&["require-corp"], Isolation::None, None),
        (&["isolate-and-require-corp", "isolate-and-require-corp"], Isolation::None, None),
    ] {
        let parsed = document_isolation_policy(&headers(NAME, lines));
        assert_eq!((parsed.value(), parsed.reporting_endpoint()), (value, endpoint), "{lines:?}");
        let parsed = document_isolation_policy(&headers(&format!("{NAME}-report-only"), lines));
        let report_only = (parsed.report_only_value(), parsed.report_only_reporting_endpoint());
        assert_eq!(report_only, (value, endpoint), "{lines:?}");
        assert_eq!(parsed.value(), Isolation::None);
    }
}

// <https://w3c.github.io/reporting/#header>
#[test]
fn reporting_endpoints_are_trustworthy_addresses() {
    for (lines, expected) in [
        (&["main=\"https://a.example/r\""][..], &["main https://a.example/r"][..]),
        (&["a=\"/r\", b=\"r\""], &["a https://own.example/r", "b https://own.example/dir/r"]),
        (&["a=\"/1\"", "b=\"/2\""], &["a https://own.example/1", "b https://own.example/2"]),
        (&["a=\"/1\", a=\"/2\""], &["a https://own.example/2"]),
        (&["a=\"http://a.example/\", b=\"/\""], &["b https://own.example/"]),
        (&["a=\"http://localhost:8080/\""], &["a http://localhost:8080/"]),
        (&["a=token, b=1, c, d=(\"/d\"), e=\"/e\";x=y"], &["e https://own.example/e"]),
        (&["A=\"/\""], &[]),
        (&["a=\"/1\", "], &[]),
        (&[], &[]),
    ] {
        let lines = headers("reporting-endpoints", lines);
        let parsed = reporting_endpoints("https://own.example/dir/page", &lines);
        let endpoints: Vec<String> =
            parsed.into_iter().map(|(name, url)| format!("{name} {url}")).collect();
        assert_eq!(endpoints, expected, "{lines:?}");
    }
}

// <https://html.spec.whatwg.org/#origin-agent-cluster>
#[test]
fn origin_keyed_agent_cluster_is_requested_by_a_boolean() {
    for (lines, expected) in [
        (&["?1"][..], true),
        (&["?1;a=b"], true),
        (&["?0"], false),
        (&["1"], false),
        (&["true"], false),
        (&["\"?1\""], false),
        (&["?1, ?1"], false),
        (&["?1", "?1"], false),
        (&[""], false),
        (&[], false),
    ] {
        let lines = headers("origin-agent-cluster", lines);
        assert_eq!(requests_origin_keyed_agent_cluster(&lines), expected, "{lines:?}");
    }
}

// <https://fetch.spec.whatwg.org/#concept-tao-check>
#[test]
fn timing_allow_origin_is_a_list() {
    for (lines, expected) in [
        (&["*"][..], &["*"][..]),
        (&["https://a.example,https://b.example"], &["https://a.example", "https://b.example"]),
        (&["https://a.example", "null"], &["https://a.example", "null"]),
        (&["\"https://a.example,b\", *"], &["\"https://a.example,b\"", "*"]),
        (&[""], &[""]),
        (&[], &[]),
    ] {
        let lines = headers("timing-allow-origin", lines);
        assert_eq!(timing_allow_origins(&lines), expected, "{lines:?}");
    }
}

// <https://fetch.spec.whatwg.org/#determine-nosniff>, and `fetch/nosniff/parsing-nosniff.window.js`
#[test]
fn nosniff_is_the_first_member_of_a_list() {
    for (lines, expected) in [
        (&["NOSNIFF"][..], true),
        (&["nosniff,,@#$#%%&^&^*()()11!"], true),
        (&["nosniff", "no"], true),
        (&["nosniff", "nosniff"], true),
        (&[" nosniff ,no"], true),
        (&["no", "nosniff"], false),
        (&["", "nosniff"], false),
        (&[",nosniff"], false),
        (&["@#$#%%&^&^*()()11!,nosniff"], false),
        (&["'NosniFF'"], false),
        (&["\"nosniFF\""], false),
        (&["nosniff;"], false),
        (&["no sniff"], false),
        (&[""], false),
        (&[], false),
    ] {
        let lines = headers("x-content-type-options", lines);
        assert_eq!(is_nosniff(&lines), expected, "{lines:?}");
    }
}

// <https://github.com/annevk/orb>, in the order of its steps
#[test]
fn opaque_response_is_blocked_by_type_status_and_body() {
    use OpaqueResponse::{Allowed, AllowedIfScript, Blocked};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JSON: &[u8] = br#"{"a":1}"#;
    let media: [&[u8]; 17] = [
        PNG,
        b"\0\0\x01\0",
        b"\0\0\x02\0",
        b"BM",
        b"GIF87a",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"RIFF....WEBPVP8 ",
        b"RIFF....WAVEfmt ",
        b"RIFF....AVI LIST",
        b"FORM....AIFF",
        b"ID3",
        b"OggS\0",
        b"MThd\0\0\0\x06",
        b"\x1a\x45\xdf\xa3",
        b"\0\0\0\x18ftypmp42",
        b"\0\0\0\x1cftypavif",
    ];
    for body in media {
        assert_eq!(orb(200, Some("text/plain"), false, body), Allowed, "{body:?}");
        assert_eq!(orb(404, Some("x/x"), true, body), Allowed, "{body:?}");
    }
    for essence in [
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/javascript1.0",
        "text/javascript1.1",
        "text/javascript1.2",
        "text/javascript1.3",
        "text/javascript1.4",
        "text/javascript1.5",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
        "text/css",
        "image/svg+xml",
    ] {
        assert_eq!(orb(404, Some(essence), true, JSON), Allowed, "{essence}");
    }
    for (status, content_type, nosniff, body, expected) in [
        (200, Some("Text/JavaScript; charset=utf-8"), true, JSON, Allowed),
        (200, Some("text/javascript1.6"), true, JSON, Blocked),
        (200, Some("text/event-stream"), false, JSON, Blocked),
        (200, Some("text/csv"), false, PNG, Blocked),
        (200, Some("multipart/byteranges; boundary=a"), false, PNG, Blocked),
        (200, Some("application/pdf"), false, PNG, Blocked),
        (200, Some("application/zip"), false, PNG, Blocked),
        (206, Some("text/html"), false, PNG, Blocked),
        (206, Some("application/problem+json"), false, PNG, Blocked),
        (206, Some("application/atom+xml"), false, PNG, Blocked),
        (206, Some("text/plain"), false, PNG, Allowed),
        (200, Some("text/html"), true, PNG, Blocked),
        (200, Some("application/json"), true, PNG, Blocked),
        (200, Some("text/plain"), true, PNG, Blocked),
        (200, Some("application/json"), false, PNG, Allowed),
        (200, Some("application/octet-stream"), true, PNG, Allowed),
        (200, Some("application/octet-stream"), true, JSON, Blocked),
        (200, None, true, JSON, Blocked),
        (404, None, false, JSON, Blocked),
        (302, Some("application/json"), false, JSON, Blocked),
        (200, None, false, JSON, Allowed),
        (200, Some("no type"), false, JSON, Allowed),
        (200, Some("*/*"), false, JSON, Allowed),
        (200, Some("application/json"), false, JSON, AllowedIfScript),
        (200, Some("text/plain"), false, b"f(1)", AllowedIfScript),
        // The last valid type determines the result.
        (200, Some("text/csv, text/javascript"), true, JSON, Allowed),
        (200, Some("text/javascript, text/csv"), true, JSON, Blocked),
        (200, Some("text/javascript, no type"), true, JSON, Allowed),
        (200, Some("text/javascript;a=\",text/csv\""), true, JSON, Allowed),
        (200, Some("text/javascript;a=\"\\\",text/csv;b=\\\"\""), true, JSON, Allowed),
    ] {
        let label = format!("{status} {content_type:?} {nosniff}");
        assert_eq!(orb(status, content_type, nosniff, body), expected, "{label}");
    }
}

fn orb(status: u16, content_type: Option<&str>, nosniff: bool, body: &[u8]) -> OpaqueResponse {
    let mut lines = HeaderMap::new();
    lines.extend(content_type.map(|content_type| {
        (HeaderName::from_static("content-type"), HeaderValue::from_str(content_type).unwrap())
    }));
    if nosniff {
        lines.extend(headers("x-content-type-options", &["nosniff"]));
    }
    opaque_response(StatusCode::from_u16(status).unwrap(), &lines, body)
}

fn headers(name: &str, lines: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_static(line));
    }
    headers
}
