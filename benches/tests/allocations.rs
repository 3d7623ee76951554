//! A request through the layer allocates no more than one without it.

use benches::{
    Asked, Bare, Contender, Way,
    allocations::{self, Memory},
    ours, ours_by_handle, whole,
};
use tower::Layer;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

#[test]
fn the_layer_allocates_nothing() {
    for asked in Asked::ALL {
        for way in [Way::Directly, Way::ByClone, Way::Dropped] {
            let bare = Contender::Bare.allocations(asked, way);
            for (one, made) in [
                ("fixed", way.allocations(ours().layer(Bare), asked)),
                ("by a handle", way.allocations(ours_by_handle().layer(Bare), asked)),
                ("CrossOriginLayer", way.allocations(whole().layer(Bare), asked)),
            ] {
                // A preflight never reaches the service, whose own allocations it saves.
                assert!(made <= bare, "{one}, {asked:?}, {way:?}: {made}, and bare {bare}");
            }
        }
    }
}

#[test]
fn a_clone_of_the_service_is_small_and_counts_one_reference() {
    let service = ours().layer(());
    assert!(size_of_val(&service) <= 16);
    assert_eq!(allocations::during(|| drop(service.clone())), 0);
}

#[test]
fn what_is_counted_is_what_is_allocated() {
    assert_eq!(allocations::during(|| drop(Box::new(1))), 1);
    let (held, memory) = allocations::of(|| {
        drop(vec![0_u8; 1_000]);
        vec![0_u8; 100]
    });
    assert_eq!(memory, Memory { made: 2, held: 100, peak: 1_000 });
    let ((), memory) = allocations::of(|| drop(held));
    assert_eq!(memory, Memory { made: 0, held: -100, peak: 0 });
}
