//! The target `preflight`.

use http::{HeaderMap, Response};
use tower_cross_origin::{RequestHead, cors::Outcome};

use crate::{
    exchange::Exchange,
    expected::{CorsHeaders, Expected, sorted, text, vary},
    lists::{is_token, lines, members},
    policies::{Policy, PolicyText},
};

/// Whatever is asked, the answer is that of the reference model, and holds what no answer may break.
pub fn check(exchange: &Exchange) {
    let Exchange { policy, request, response } = exchange;
    let Policy { text: policy, compiled, varies_on } = Policy::numbered(*policy);
    let decision = compiled.decide(&RequestHead::from(request)).with_vary(varies_on);
    let early: Option<Response<()>> = decision.early_response();
    let mut finished = response.clone();
    decision.apply_to(&mut finished);

    let is_refused = matches!(decision.outcome(), Outcome::PreflightRejected | Outcome::Rejected);
    assert_eq!(decision.failed_step().is_some(), is_refused, "{decision:?}");
    assert!(!is_refused || decision.rule().is_none(), "{decision:?}");

    let expected = Expected::of(policy, request);
    if let Some(answer) = early {
        let (status, cors) = (answer.status().as_u16(), cors_headers(answer.headers()));
        assert_eq!(Expected::Early { status, cors }, expected);
        let nothing = HeaderMap::new();
        assert_eq!(is_refused, status == 403);
        merged(&nothing, answer.headers(), &vary(policy, true));
        safe(answer.headers());
        grants_what_is_known(answer.headers(), policy, request.headers());
        if is_refused {
            assert_eq!(access_control(answer.headers()), Vec::<&str>::new());
        }
    } else if response.status() == 101
        || (request.method() == "CONNECT" && response.status().is_success())
    {
        assert_eq!(finished.headers(), response.headers(), "a tunnel is left alone");
    } else {
        assert_eq!(finished.status(), response.status());
        assert_eq!(Expected::Passed { cors: cors_headers(finished.headers()) }, expected);
        merged(response.headers(), finished.headers(), &vary(policy, false));
        safe(finished.headers());
        others_are_kept(response.headers(), finished.headers());
        if is_refused {
            assert_eq!(cors_headers(finished.headers()), CorsHeaders::new());
        }
    }
}

/// One line of each, and `*` never beside credentials.
pub(crate) fn safe(headers: &HeaderMap) {
    for name in CORS {
        assert!(lines(headers, name).len() <= 1, "{name} has several lines");
    }
    let credentials = lines(headers, "access-control-allow-credentials");
    if !credentials.is_empty() {
        assert_eq!(credentials, [b"true"]);
        let origin = lines(headers, "access-control-allow-origin");
        assert!(!origin.is_empty() && origin != [b"*"], "credentials for {origin:?}");
        assert_ne!(lines(headers, "access-control-expose-headers"), [b"*"]);
    }
}

/// What a preflight grants is a token that is configured or was asked for, and `authorization` is
/// configured; with credentials, where `*` is a name like any other, that one was asked for.
fn grants_what_is_known(answer: &HeaderMap, policy: &PolicyText, request: &HeaderMap) {
    let rules = policy.rules.iter();
    let methods: Vec<&str> = rules.clone().flat_map(|rule| rule.methods).copied().collect();
    let names: Vec<&str> = rules.flat_map(|rule| rule.request_headers).copied().collect();
    let with_credentials = answer.contains_key("access-control-allow-credentials");
    let known = |member: &[u8], configured: &[&str], asked: &[Vec<u8>]| {
        let asked = asked.iter().any(|one| one == member);
        let configured = configured.iter().any(|one| one.as_bytes() == member);
        is_token(member) && (asked || configured) && (asked || !with_credentials || member != b"*")
    };

    let asked = members(request, "access-control-request-method");
    for method in members(answer, "access-control-allow-methods") {
        assert!(known(&method, &methods, &asked), "{:?}", text(&method));
    }

    let lower = |name: &[u8]| name.to_ascii_lowercase();
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let asked = members(request, "access-control-request-headers");
    let asked: Vec<Vec<u8>> = asked.iter().map(|name| lower(name)).collect();
    for name in members(answer, "access-control-allow-headers") {
        assert!(known(&lower(&name), &names, &asked), "{:?}", text(&name));
        assert!(lower(&name) != b"authorization" || names.contains(&"authorization"));
    }
}

/// `Vary` has what it had, and each of `names` once; beside `*` it gets nothing.
pub(crate) fn merged(before: &HeaderMap, after: &HeaderMap, names: &[&str]) {
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

/// Whatever is neither CORS nor `Vary` is the service's own.
pub(crate) fn others_are_kept(before: &HeaderMap, after: &HeaderMap) {
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
