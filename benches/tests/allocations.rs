//! The layer does not make a request allocate more than without the layer.

use benches::{
    Bare, CallMode, Contender, RequestKind,
    allocations::{self, Memory},
    ours, ours_by_handle, ours_cross_origin,
};
use tower::Layer;

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

#[test]
fn layer_adds_no_allocations() {
    for kind in RequestKind::ALL {
        for mode in [CallMode::Direct, CallMode::ByClone, CallMode::WithDrop] {
            let bare = Contender::Bare.allocations(kind, mode);
            // The body of a rejection needs an allocation.
            let text = u64::from(kind.is_rejected_preflight());
            for (one, made) in [
                ("fixed", mode.allocations(ours().layer(Bare), kind)),
                ("handle", mode.allocations(ours_by_handle().layer(Bare), kind)),
                (
                    "CrossOriginLayer",
                    mode.allocations(ours_cross_origin().layer(Bare), kind) - text,
                ),
            ] {
                // The layer responds to preflights, which saves the allocations of the service.
                assert!(
                    made <= bare,
                    "{one}, {kind:?}, {mode:?}: {made} allocations, but {bare} without a layer"
                );
            }
        }
    }
}

#[test]
fn cloned_service_is_small_and_does_not_allocate() {
    let service = ours().layer(());
    assert!(size_of_val(&service) <= 16);
    assert_eq!(allocations::count_during(|| drop(service.clone())), 0);
}

#[test]
fn allocation_counters_match_allocations() {
    assert_eq!(allocations::count_during(|| drop(Box::new(1))), 1);
    let (held, memory) = allocations::measure(|| {
        drop(vec![0_u8; 1_000]);
        vec![0_u8; 100]
    });
    assert_eq!(memory, Memory { made: 2, held: 100, peak: 1_000 });
    let ((), memory) = allocations::measure(|| drop(held));
    assert_eq!(memory, Memory { made: 0, held: -100, peak: 0 });
}
