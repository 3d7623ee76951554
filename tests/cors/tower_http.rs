//! Unit tests of tower-http 0.7.1's `cors`, for behaviour that this crate shares.
//!
//! Tests that are not adopted:
//!
//! | test | reason |
//! |---|---|
//! | `include_custom_permissive_to_vary_set_by_inner_service` | `Vary` has no custom list. `PolicySource::varies_on` returns the names, and the layer merges them into an existing `Vary`. |
//! | `permissive_with_custom_vary_builder`, `permissive_with_inner_and_builder_vary` | the same reason |
//! | `exact_origin_does_not_emit_origin_vary_header` | A single exact origin is treated as a list: other origins do not receive it, and the response varies on `Origin`. |
//! | `cors_private_network_header_is_added_correctly`, `..._with_predicate` | Browsers have abandoned Private Network Access. |

use std::{convert::Infallible, future::ready};

use http::{Request, Response};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::cors::{Cors, CorsLayer, CorsPolicy, RequestView, ResolveCorsLayer, Rule};

use crate::support::{APP, App, block_on, cors_lines, get, preflight};

/// Returns a rule with the settings of `CorsLayer::permissive()`.
fn permissive() -> Rule {
    Rule::for_any_origin().allow_any_method().allow_any_header().expose_any_header()
}

// `test_allow_origin_async_predicate`. The origins depend on the path. `tests/cors/resolve.rs` tests pending lookups.
#[test]
fn origins_are_resolved_by_an_async_lookup() {
    let origins_for = |path: &str| {
        ready(if path == "/a" { vec!["http://a.example", "http://b.example"] } else { vec![] })
    };
    let layer = ResolveCorsLayer::new(|request: &RequestView<'_>| {
        let origins = origins_for(request.path());
        async move { Ok::<_, Infallible>(CorsPolicy::new(Rule::for_origins(origins.await)).ok()) }
    });
    for (path, is_allowed) in [("/a", true), ("/b", false)] {
        let mut service =
            layer.layer(service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(())))));
        let request = Request::get(path).header("origin", "http://a.example").body(()).unwrap();
        let response = block_on(service.call(request)).unwrap();
        let origin = response.headers().get("access-control-allow-origin");
        assert_eq!(origin.is_some_and(|origin| origin == "http://a.example"), is_allowed, "{path}");
    }
}

// `permissive_vary_header_is_empty`
#[test]
fn permissive_policy_has_no_vary() {
    App::with(permissive()).send(get(APP)).lacks("vary");
    App::with(permissive()).send(Request::get("/")).lacks("vary");
}

// `derived_vary_header_for_mixed_wildcard_configuration`
#[test]
fn any_origin_preflight_varies_on_two_headers() {
    let result = App::with(permissive()).send(preflight(APP, "PUT"));
    let names = "access-control-request-method, access-control-request-headers";
    assert_eq!(result.header("vary"), names);
}

// `very_permissive_emits_vary_headers`, without the echo of any origin.
#[test]
fn listed_origin_preflight_varies_on_three_headers() {
    let rule = Rule::for_origins([APP]).allow_any_method().allow_any_header();
    let result = App::with(rule.allow_credentials(true)).send(preflight(APP, "PUT"));
    let names = "origin, access-control-request-method, access-control-request-headers";
    assert_eq!(result.header("vary"), names);
}

// `cors_map_layer_smoke_without_vary_header`, `..._with_vary_header`: in tower-http, a service created without the
// layer had other headers.
#[test]
fn layer_and_manual_service_respond_equally() {
    for rule in [permissive(), Rule::for_origins([APP]).allow_credentials(true)] {
        let policy = CorsPolicy::new(rule).unwrap();
        let application =
            service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(()))));
        let mut by_layer = CorsLayer::new(policy.clone()).layer(application);
        let mut by_hand = Cors::new(application, policy);
        for request in [|| get(APP), || preflight(APP, "GET"), || Request::get("/")] {
            let one = block_on(by_layer.call(request().body(()).unwrap())).unwrap();
            let other = block_on(by_hand.call(request().body(()).unwrap())).unwrap();
            assert_eq!(cors_lines(one.headers()), cors_lines(other.headers()));
        }
    }
}
