//! A guard does not make an allowed request allocate more than without the guard.

use benches::{
    Bare, allocations, call,
    guards::{AllowedRequest, csrf, fetch_metadata, host, require_preflight, web_socket},
};
use tower::Layer;
use tower_cross_origin::guard::{Check, GuardLayer};

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

#[test]
fn guards_add_no_allocations_to_allowed_requests() {
    for kind in AllowedRequest::ALL {
        let bare = allocations_of(kind, &mut Bare);
        for (name, allocations) in [
            ("host", guarded(kind, host())),
            ("web_socket", guarded(kind, web_socket())),
            ("csrf", guarded(kind, csrf())),
            ("fetch_metadata", guarded(kind, fetch_metadata())),
            ("require_preflight", guarded(kind, require_preflight())),
            ("all", guarded(kind, host().and(web_socket()).and(csrf()).and(fetch_metadata()))),
        ] {
            assert_eq!(allocations, bare, "{name}, {kind:?}");
        }
    }
}

fn guarded<C: Check>(kind: AllowedRequest, check: C) -> u64 {
    allocations_of(kind, &mut GuardLayer::new(check).unwrap().layer(Bare))
}

fn allocations_of<S>(kind: AllowedRequest, service: &mut S) -> u64
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<axum::body::Body>,
            Error = std::convert::Infallible,
        >,
{
    let request = kind.request();
    let mut response = None;
    let allocations = allocations::count_during(|| response = Some(call(service, request)));
    assert_eq!(response.expect("the guard allows the request").status(), 200, "{kind:?}");
    allocations
}
