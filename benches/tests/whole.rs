//! `CrossOriginLayer` with all sections does not make a request allocate more than its headers need.

use benches::{
    Bare, RequestKind,
    allocations::{self, count_during},
    call,
    whole::WholeRequest,
};
use http::{HeaderMap, Response};
use tower::Layer;

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

#[test]
fn all_sections_together_add_no_allocations() {
    for kind in WholeRequest::ALL {
        let (bare, service_response) = send(kind, &mut Bare);
        let (made, response) = send(kind, &mut benches::whole::whole().layer(Bare));
        let is_preflight = kind == WholeRequest::Cors(RequestKind::AllowedPreflight);
        assert_eq!(response.status(), if is_preflight { 204 } else { 200 }, "{kind:?}");
        // A map of more than six headers allocates more, also if the service inserts the headers.
        let growth =
            map_allocations(response.headers()) - map_allocations(service_response.headers());
        assert!(
            made <= bare + growth,
            "{kind:?}: {made} allocations, but {bare} without the layer, and {growth} for headers"
        );
    }
}

#[test]
fn embedding_alone_adds_no_allocations() {
    for kind in WholeRequest::ALL {
        let (bare, _) = send(kind, &mut Bare);
        let (made, _) = send(kind, &mut benches::whole::embedding().layer(Bare));
        assert_eq!(made, bare, "{kind:?}");
    }
}

/// Returns the number of allocations of a request, and its response.
fn send<S, B>(kind: WholeRequest, service: &mut S) -> (u64, Response<B>)
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = Response<B>,
            Error = std::convert::Infallible,
        >,
{
    let request = kind.request();
    let mut response = None;
    let made = count_during(|| response = Some(call(service, request)));
    (made, response.expect("the service responds"))
}

/// Returns the number of allocations of a map that gets these headers one by one.
fn map_allocations(headers: &HeaderMap) -> u64 {
    let mut map = HeaderMap::new();
    let lines: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    count_during(|| {
        for (name, value) in lines {
            map.insert(name, value);
        }
    })
}
