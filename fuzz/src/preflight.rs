//! The target `preflight`.

use http::{HeaderMap, Response};
use tower_cross_origin::{RequestHead, cors::Outcome};

use crate::{
    exchange::Exchange,
    expected::{CorsHeaders, Expected, sorted, text, vary},
    lists::{is_token, lines, members},
    policies::{Policy, PolicyText},
};

/// Checks that the response equals the response of the reference model, and breaks no invariant.
pub fn check(exchange: &Exchange) {
    let Exchange { policy, request, response } = exchange;
    let Policy { text: policy, compiled, varies_on } = Policy::by_number(*policy);
    let decision = compiled.decide(&RequestHead::from(request)).with_vary(varies_on);
    let early: Option<Response<()>> = decision.early_response();
    let mut finished = response.clone();
    decision.apply_to(&mut finished);

    let is_rejected = matches!(decision.outcome(), Outcome::PreflightRejected | Outcome::Rejected);
    assert_eq!(decision.failed_step().is_some(), is_rejected, "{decision:?}");
    assert!(!is_rejected || decision.rule().is_none(), "{decision:?}");

    let expected = Expected::new(policy, request, response);
    if let Some(response) = early {
        let (status, cors) = (response.status().as_u16(), cors_headers(response.headers()));
        assert_eq!(Expected::LayerResponse { status, cors }, expected);
        let no_headers = HeaderMap::new();
        assert!(is_rejected || status != 403);
        check_vary(&no_headers, response.headers(), &vary(policy, true));
        check_safe_headers(response.headers());
        check_allowed_names(response.headers(), policy, request.headers());
        if is_rejected {
            check_rejection(status, response.headers());
        }
    } else if response.status() == 101
        || (request.method() == "CONNECT" && response.status().is_success())
    {
        assert_eq!(
            finished.headers(),
            response.headers(),
            "the layer must not change the response of a tunnel"
        );
    } else {
        assert_eq!(finished.status(), response.status());
        assert_eq!(Expected::ServiceResponse { cors: cors_headers(finished.headers()) }, expected);
        check_vary(response.headers(), finished.headers(), &vary(policy, false));
        check_safe_headers(finished.headers());
        check_other_headers(response.headers(), finished.headers());
        if is_rejected {
            assert_eq!(cors_headers(finished.headers()), CorsHeaders::new());
        }
    }
}

/// Checks that a rejected preflight is a bare 403, or names the failing step. DESIGN 10
///
/// Browsers let `*` in a list cover other names, and take a missing list of methods for consent.
fn check_rejection(status: u16, headers: &HeaderMap) {
    assert_eq!(lines(headers, "cache-control"), [b"no-store"]);
    if status == 403 {
        return assert_eq!(access_control(headers), Vec::<&str>::new());
    }
    assert!(!members(headers, "access-control-allow-methods").is_empty());
    assert!(!headers.contains_key("access-control-max-age"));
    for name in ["access-control-allow-methods", "access-control-allow-headers"] {
        assert!(!members(headers, name).iter().any(|one| one == b"*"), "{name}");
    }
}

/// Checks that CORS headers have one field line, and no `*` with credentials.
pub(crate) fn check_safe_headers(headers: &HeaderMap) {
    for name in CORS {
        assert!(lines(headers, name).len() <= 1, "{name} has several field lines");
    }
    let credentials = lines(headers, "access-control-allow-credentials");
    if !credentials.is_empty() {
        assert_eq!(credentials, [b"true"]);
        let origin = lines(headers, "access-control-allow-origin");
        assert!(!origin.is_empty() && origin != [b"*"], "credentials with the origin {origin:?}");
        assert_ne!(lines(headers, "access-control-expose-headers"), [b"*"]);
    }
}

/// Checks the methods and header names that a preflight response allows.
///
/// Each is a token that the policy lists or that the request contains, or the method `GET`. `authorization` must be listed. With
/// credentials, `*` has no special meaning, so the request must contain it.
fn check_allowed_names(response: &HeaderMap, policy: &PolicyText, request: &HeaderMap) {
    let rules = policy.rules.iter();
    let methods: Vec<&str> = rules.clone().flat_map(|rule| rule.methods).copied().collect();
    let names: Vec<&str> = rules.flat_map(|rule| rule.request_headers).copied().collect();
    let with_credentials = response.contains_key("access-control-allow-credentials");
    let known = |member: &[u8], configured: &[&str], requested: &[Vec<u8>]| {
        let requested = requested.iter().any(|one| one == member);
        let configured = configured.iter().any(|one| one.as_bytes() == member);
        is_token(member)
            && (requested || configured)
            && (requested || !with_credentials || member != b"*")
    };

    let requested = members(request, "access-control-request-method");
    for method in members(response, "access-control-allow-methods") {
        let is_known = method == b"GET" || known(&method, &methods, &requested);
        assert!(is_known, "{:?}", text(&method));
    }

    let lower = |name: &[u8]| name.to_ascii_lowercase();
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let requested = members(request, "access-control-request-headers");
    let requested: Vec<Vec<u8>> = requested.iter().map(|name| lower(name)).collect();
    for name in members(response, "access-control-allow-headers") {
        assert!(known(&lower(&name), &names, &requested), "{:?}", text(&name));
        assert!(lower(&name) != b"authorization" || names.contains(&"authorization"));
    }
}

/// Checks that `Vary` keeps its members, and contains `names` once or `*`.
pub(crate) fn check_vary(before: &HeaderMap, after: &HeaderMap, names: &[&str]) {
    let vary = |headers| {
        let members = members(headers, "vary").into_iter();
        let mut members: Vec<String> = members.map(|one| text(&one).to_lowercase()).collect();
        members.sort();
        members
    };
    let mut expected = vary(before);
    if !expected.iter().any(|one| one == "*") {
        let missing: Vec<String> = names.iter().map(|&one| one.to_owned()).collect();
        expected.extend(missing.into_iter().filter(|one| !vary(before).contains(one)));
        expected.sort();
    }
    assert_eq!(vary(after), expected, "{:?}", lines(after, "vary"));
}

/// Checks that the layer changes only CORS headers and `Vary`.
pub(crate) fn check_other_headers(before: &HeaderMap, after: &HeaderMap) {
    let others = |headers: &HeaderMap| {
        let is_other = |name: &str| !CORS.contains(&name) && name != "vary";
        let mut others = headers.clone();
        for name in headers.keys().filter(|name| !is_other(name.as_str())) {
            others.remove(name);
        }
        others
    };
    assert_eq!(others(after), others(before));
}

fn cors_headers(headers: &HeaderMap) -> CorsHeaders {
    let mut cors = CorsHeaders::new();
    for name in CORS {
        if headers.contains_key(name) {
            let members = members(headers, name).into_iter().map(|one| text(&one));
            cors.insert(name, sorted(name, members));
        }
    }
    cors
}

fn access_control(headers: &HeaderMap) -> Vec<&str> {
    let names = headers.keys().map(http::HeaderName::as_str);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

const CORS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];
