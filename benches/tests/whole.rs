//! `CrossOriginLayer` with all sections does not make a request allocate more than without it.

use benches::{Bare, RequestKind, allocations, call, whole::WholeRequest};
use tower::Layer;

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

#[test]
fn all_sections_together_add_no_allocations() {
    for kind in WholeRequest::ALL {
        let (bare, _) = allocations_of(kind, &mut Bare);
        let (made, status) = allocations_of(kind, &mut benches::whole::whole().layer(Bare));
        if kind == WholeRequest::Cors(RequestKind::AllowedPreflight) {
            // The layer responds itself, which saves the allocations of the service.
            assert_eq!(status, 204);
            assert!(made <= bare, "{made} allocations, but {bare} without the layer");
        } else {
            assert_eq!((made, status.as_u16()), (bare, 200), "{kind:?}");
        }
    }
}

#[test]
fn embedding_alone_adds_no_allocations() {
    for kind in WholeRequest::ALL {
        let (bare, _) = allocations_of(kind, &mut Bare);
        let (made, _) = allocations_of(kind, &mut benches::whole::embedding().layer(Bare));
        assert_eq!(made, bare, "{kind:?}");
    }
}

/// Returns the number of allocations of a request, and the status of its response.
fn allocations_of<S, B>(kind: WholeRequest, service: &mut S) -> (u64, http::StatusCode)
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<B>,
            Error = std::convert::Infallible,
        >,
{
    let request = kind.request();
    let mut response = None;
    let made = allocations::count_during(|| response = Some(call(service, request)));
    (made, response.expect("the service responds").status())
}
