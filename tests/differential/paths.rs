//! Paths that servers read in different ways. S15

use std::convert::Infallible;

use http::{Request, Response};
use proptest::{prelude::*, sample::select};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::cors::{CorsLayer, CorsPolicy, PolicySource, Rule, policy_fn};

use crate::{
    path_users::{FOLDER, check, covered_below_folder, is_allowed_by_general_rule},
    reference_model::path::Server,
    support::block_on,
};

// S15: a page reads a private document through a path that begins with the public folder.
#[test]
fn page_reads_private_document_only_without_the_check() {
    for (server, path) in [
        (Server::DecodesOnce, "/public/%2e%2e/private"),
        (Server::DecodesOnce, "/public/.%2E/private"),
        (Server::DecodesOnce, "/public/..%2fprivate"),
        (Server::DecodesOnce, "/public/%2e%2e/%70rivate"),
        (Server::DecodesTwice, "/public/%252e%252e/private"),
        (Server::DecodesTwice, "/public/..%252Fprivate"),
        (Server::CutsParametersBefore, "/public/..;/private"),
        (Server::CutsParametersBefore, "/public/%2e%2e;a=b/private"),
        (Server::CutsParametersAfter, "/public/..%3b/private"),
        (Server::CutsParametersAfter, "/public/..%3Ba/private"),
        (Server::CutsAtNul, "/public/..%00/private"),
        (Server::CutsAtNul, "/public/..%00a/private%00.css"),
        (Server::Trims, "/public/..%20/private"),
        (Server::Trims, "/public/%09../private%0D%0A"),
        (Server::ReadsBackslashes, "/public/..\\private"),
        (Server::ReadsBackslashes, "/public/..%5cprivate"),
        (Server::CollapsesSlashes, "/public//../private"),
        (Server::CollapsesSlashes, "/public/..%2f%2fprivate"),
    ] {
        assert_eq!(server.read(path), b"/private", "{path}");
        let public = CorsPolicy::new(Rule::for_any_origin()).unwrap();
        let without_check = {
            let public = public.clone();
            policy_fn(move |request| request.path().starts_with(FOLDER).then(|| public.clone()))
        };
        assert_eq!(read_by_evil_page(without_check, server, path), Some("private"), "{path}");

        let below = policy_fn(move |request| request.path_is_below(FOLDER).then(|| public.clone()));
        assert_eq!(read_by_evil_page(below, server, path), None, "{path}");
        let by_rule = CorsPolicy::new(Rule::for_any_origin().paths(["/public/*"])).unwrap();
        assert_eq!(read_by_evil_page(by_rule.clone(), server, path), None, "{path}");
        assert_eq!(read_by_evil_page(by_rule, server, "/public/a"), Some("public"), "{path}");
        for (setting, is_covered) in covered_below_folder(path) {
            assert!(!is_covered, "{setting}: {path}");
        }
    }
}

// S15: a path that does not begin with the folder, so that only a more general rule has it.
#[test]
fn general_rule_allows_no_other_path_of_a_folder() {
    for (server, path) in [
        (Server::DecodesOnce, "/%70ublic/a"),
        (Server::DecodesOnce, "/a/%2e%2e/public/a"),
        (Server::DecodesTwice, "/%2570ublic/a"),
        (Server::CutsParametersBefore, "/public;a/a"),
        (Server::CutsParametersAfter, "/public%3Ba/a"),
        (Server::CutsAtNul, "/public%00/a"),
        (Server::Trims, "/public%20/a"),
        (Server::ReadsBackslashes, "/public%5Ca"),
        (Server::CollapsesSlashes, "//public/a"),
    ] {
        assert!(server.read(path).starts_with(FOLDER.as_bytes()), "{path}");
        assert!(!path.starts_with(FOLDER), "{path}");
        assert!(!is_allowed_by_general_rule(path), "{path}");
    }
    assert!(is_allowed_by_general_rule("/other/%C3%A9"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn covered_path_is_covered_under_every_reading(
        start in select(&["/public/", "/public/hook", "/public", "/", ""][..]),
        parts in prop::collection::vec(select(PARTS), 0..6),
    ) {
        check(&format!("{start}{}", parts.concat()));
    }
}

/// Returns the document that the page reads, if the policy allows it.
fn read_by_evil_page(
    source: impl PolicySource + Clone,
    server: Server,
    path: &str,
) -> Option<&'static str> {
    let mut service = CorsLayer::new(source).layer(service_fn(async |request: Request<()>| {
        let document = match &*server.read(request.uri().path()) {
            b"/private" => "private",
            _ => "public",
        };
        Ok::<_, Infallible>(Response::new(document))
    }));
    let request = Request::get(path).header("origin", "https://evil.example").body(()).unwrap();
    let response = block_on(service.call(request)).unwrap();
    let is_readable = response.headers().contains_key("access-control-allow-origin");
    is_readable.then(|| response.into_body())
}

const PARTS: &[&str] = &[
    "/", "/", "..", ".", "public", "private", "hook", "a", "%2e", "%2E", "%2f", "%5C", "\\", ";",
    "%3b", ";a=b", "%25", "2e", "2f", "5c", "00", "%", "%%", "%2", "%u002e", "%00", "%0a", "%20",
    "%7F", "%61", "%7e", "%C3%A9", "%c0", "%AE", "%e0%80", "%F0%8", "%3F", "%23", "+", "~", "*",
    "?a=//", "é",
];
