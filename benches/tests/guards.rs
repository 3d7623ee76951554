//! A request that a guard lets pass allocates no more than one without it.

use benches::{
    Bare, allocations, answer,
    guards::{Passed, csrf, fetch_metadata, host, web_socket},
};
use tower::Layer;
use tower_cross_origin::guard::{Check, GuardLayer};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

#[test]
fn a_guard_allocates_nothing_for_what_passes() {
    for passed in Passed::ALL {
        let bare = allocations_of(passed, &mut Bare);
        for (name, allocations) in [
            ("host", guarded(passed, host())),
            ("web_socket", guarded(passed, web_socket())),
            ("csrf", guarded(passed, csrf())),
            ("fetch_metadata", guarded(passed, fetch_metadata())),
            ("all", guarded(passed, host().and(web_socket()).and(csrf()).and(fetch_metadata()))),
        ] {
            assert_eq!(allocations, bare, "{name}, {passed:?}");
        }
    }
}

fn guarded<C: Check>(passed: Passed, check: C) -> u64 {
    allocations_of(passed, &mut GuardLayer::new(check).unwrap().layer(Bare))
}

fn allocations_of<S>(passed: Passed, service: &mut S) -> u64
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<axum::body::Body>,
            Error = std::convert::Infallible,
        >,
{
    let request = passed.request();
    let mut response = None;
    let allocations = allocations::during(|| response = Some(answer(service, request)));
    assert_eq!(response.expect("an answer").status(), 200, "{passed:?}");
    allocations
}
