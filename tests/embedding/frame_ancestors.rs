//! Tests of `frame-ancestors` and of `Integrity-Policy`.

use http::{HeaderMap, Request, Response};
use tower_cross_origin::{
    RequestHead,
    embedding::{
        EmbeddingConfig, EmbeddingPolicy, FaultKind, IntegrityPolicy, LintKind, UpstreamPolicies,
    },
    origin::{OriginErrorKind, OriginSet},
};

use crate::support::APP;

const OWN: &str = "frame-ancestors 'self'";
const NONE: &str = "frame-ancestors 'none'";

#[test]
fn frame_ancestors_are_a_policy_of_their_own() {
    let set = OriginSet::parse(["https://b.example", "https://*.a.example"]).unwrap();
    for (embedding, expected) in [
        (EmbeddingConfig::new().frame_ancestors_none(), NONE),
        (EmbeddingConfig::new().frame_ancestors([""; 0]), OWN),
        (EmbeddingConfig::new().frame_ancestors(OriginSet::default()), OWN),
        (
            EmbeddingConfig::new().frame_ancestors([APP, "http://localhost:*"]),
            "frame-ancestors 'self' https://app.example.com http://localhost:*",
        ),
        (
            EmbeddingConfig::new().frame_ancestors(set).frame_ancestors(["http://127.0.0.1:3000"]),
            "frame-ancestors 'self' http://127.0.0.1:3000 https://*.a.example https://b.example",
        ),
        (EmbeddingConfig::new().frame_ancestors([APP]).frame_ancestors_none(), NONE),
        (EmbeddingConfig::new().frame_ancestors_none().frame_ancestors([""; 0]), OWN),
    ] {
        assert_eq!(policies(&embedding, &[]), [expected]);
    }
}

#[test]
fn policies_of_the_service_stay() {
    let csp = "content-security-policy";
    let own = [(csp, "default-src 'self'; frame-ancestors 'none'"), (csp, "img-src *")];
    for upstream_headers in [UpstreamPolicies::Replace, UpstreamPolicies::Keep] {
        let embedding =
            EmbeddingConfig::new().frame_ancestors([""; 0]).upstream_headers(upstream_headers);
        assert_eq!(policies(&embedding, &own), [own[0].1, own[1].1, OWN]);
    }
}

// https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-x-frame-options
#[test]
fn x_frame_options_keeps_its_effect() {
    for (options, expected) in [
        (&["DENY"][..], Some(NONE)),
        (&["deny"], Some(NONE)),
        (&[" Deny "], Some(NONE)),
        (&["DENY", "deny"], Some(NONE)),
        (&["DENY, DENY"], Some(NONE)),
        (&["SAMEORIGIN"], Some(OWN)),
        (&["SameOrigin, SAMEORIGIN"], Some(OWN)),
        (&["SAMEORIGIN", "DENY"], Some(NONE)),
        (&["SAMEORIGIN, ALLOWALL"], Some(NONE)),
        (&["other, SAMEORIGIN"], Some(NONE)),
        (&[",SAMEORIGIN"], Some(NONE)),
        (&["ALLOWALL, other"], Some(NONE)),
        (&["ALLOWALL"], None),
        (&["ALLOW-FROM https://a.example"], None),
        (&["other"], None),
        (&["one, two"], None),
        (&[""], None),
        (&[], None),
    ] {
        let sent: Vec<_> = options.iter().map(|value| ("x-frame-options", *value)).collect();
        let embedding = EmbeddingConfig::new().frame_ancestors(["https://partner.example"]);
        let mut added = vec!["frame-ancestors 'self' https://partner.example"];
        added.extend(expected);
        assert_eq!(policies(&embedding, &sent), added, "{options:?}");
        // The header stays, for browsers without `frame-ancestors`.
        let headers = headers(&embedding, &sent);
        assert_eq!(headers.get_all("x-frame-options").iter().count(), options.len());
        let others = EmbeddingConfig::new().nosniff(true);
        assert_eq!(policies(&others, &sent), [""; 0], "{options:?}");
    }
}

#[test]
fn origin_that_no_policy_can_contain_is_a_fault() {
    let too_many: Vec<String> = (0..257).map(|index| format!("https://a{index}.example")).collect();
    let regexes = OriginSet::default().with_regexes([r"https://(a|b)\.example"]).unwrap();
    let unsuitable = FaultKind::NotFrameAncestor;
    for (embedding, expected) in [
        (EmbeddingConfig::new().frame_ancestors(["http://[::1]:3000"]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["http://[::1]:*"]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["https://example.com."]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["https://*.example.com."]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["app://."]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["file://"]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(["app://a_b"]), unsuitable),
        (EmbeddingConfig::new().frame_ancestors(regexes), unsuitable),
        (
            EmbeddingConfig::new().frame_ancestors(["null"]),
            FaultKind::Origin(OriginErrorKind::Null),
        ),
        (
            EmbeddingConfig::new().frame_ancestors(["https://a.example/"]),
            FaultKind::Origin(OriginErrorKind::TrailingSlash),
        ),
        (EmbeddingConfig::new().frame_ancestors(["@partners"]), FaultKind::UnknownList),
        (EmbeddingConfig::new().frame_ancestors(too_many), FaultKind::TooManyFrameAncestors),
    ] {
        let error = EmbeddingPolicy::new(embedding).unwrap_err();
        let faults: Vec<_> =
            error.faults().iter().map(|fault| (fault.setting(), *fault.kind())).collect();
        assert_eq!(faults.len(), 1, "{error}");
        assert!(faults[0].0.starts_with("frame_ancestors"), "{error}");
        assert_eq!(faults[0].1, expected, "{error}");
    }
}

#[test]
fn integrity_policy_is_a_dictionary() {
    let reported = |embedding: EmbeddingConfig| embedding.reporting_endpoint("main", "/reports");
    for (embedding, expected) in [
        (
            EmbeddingConfig::new().integrity_policy(IntegrityPolicy::Script),
            ("integrity-policy", "blocked-destinations=(script)"),
        ),
        (
            EmbeddingConfig::new().integrity_policy(IntegrityPolicy::ScriptAndStyle),
            ("integrity-policy", "blocked-destinations=(script style)"),
        ),
        (
            reported(EmbeddingConfig::new())
                .integrity_policy(IntegrityPolicy::Style.report_to("main")),
            ("integrity-policy", "blocked-destinations=(style), endpoints=(main)"),
        ),
        (
            reported(EmbeddingConfig::new())
                .integrity_policy_report_only(IntegrityPolicy::Script.report_to("main")),
            ("integrity-policy-report-only", "blocked-destinations=(script), endpoints=(main)"),
        ),
    ] {
        let headers = headers(&embedding, &[]);
        assert_eq!(headers[expected.0], expected.1);
    }
    let unknown =
        EmbeddingConfig::new().integrity_policy(IntegrityPolicy::Script.report_to("main"));
    let error = EmbeddingPolicy::new(unknown).unwrap_err();
    assert_eq!(error.faults()[0].setting(), "integrity_policy.report_to");
    assert_eq!(error.faults()[0].kind(), &FaultKind::UnknownEndpoint);
    let silent = EmbeddingConfig::new().integrity_policy_report_only(IntegrityPolicy::Script);
    let policy = EmbeddingPolicy::new(silent).unwrap();
    assert_eq!(policy.lints()[0].kind(), &LintKind::ReportOnlyWithoutEndpoint);
}

#[test]
fn integrity_policy_of_the_service_is_replaced_or_kept() {
    let sent = [("integrity-policy", "blocked-destinations=(style)")];
    for (upstream_headers, expected) in [
        (UpstreamPolicies::Replace, "blocked-destinations=(script)"),
        (UpstreamPolicies::Keep, "blocked-destinations=(style)"),
    ] {
        let embedding = EmbeddingConfig::new()
            .integrity_policy(IntegrityPolicy::Script)
            .upstream_headers(upstream_headers);
        let headers = headers(&embedding, &sent);
        assert_eq!(headers.get_all("integrity-policy").iter().collect::<Vec<_>>(), [expected]);
    }
}

/// Returns the field lines of `Content-Security-Policy`.
fn policies(embedding: &EmbeddingConfig, sent: &[(&'static str, &str)]) -> Vec<String> {
    let headers = headers(embedding, sent);
    let lines = headers.get_all("content-security-policy").iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

/// Returns the headers of a response whose service sent these field lines.
fn headers(embedding: &EmbeddingConfig, sent: &[(&'static str, &str)]) -> HeaderMap {
    let policy = EmbeddingPolicy::new(embedding.clone()).unwrap();
    let mut response = Response::new(());
    for (name, value) in sent {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    let request = Request::new(());
    policy.decide(&RequestHead::from(&request)).apply_to(&mut response);
    response.into_parts().0.headers
}
