//! What a stream holds is counted, not computed: with 10,000 of them, each byte is 10 KB.

use axum::{Router, body::Body};
use benches::{
    allocations,
    streams::{Keeper, SAID, drain},
};
use http::Request;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_cross_origin::push::Shutdown;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

#[test]
fn the_layer_holds_at_most_512_bytes_of_a_stream() {
    let nobody = held_by(Keeper::Nobody);
    for keeper in [Keeper::Headers, Keeper::KeepAlive, Keeper::Everything] {
        let added = held_by(keeper) - nobody;
        assert!(added <= 512, "{keeper:?} holds {added} bytes");
    }
}

/// So that the row above does not compare nothing with nothing.
#[test]
fn a_keeper_with_timers_holds_something() {
    assert!(held_by(Keeper::Everything) > held_by(Keeper::Headers));
}

#[test]
fn every_keeper_passes_every_event_on() {
    const EVENTS: usize = 1_000;
    let event = "data: \n\n".len() + SAID.len();
    for keeper in Keeper::ALL {
        let retry = if keeper == Keeper::Everything { "retry: 2000\n".len() } else { 0 };
        let (app, runtime) = (keeper.app(EVENTS, &Shutdown::new()), runtime());
        let mut stream = runtime.block_on(open(&app));
        let _guard = runtime.enter();
        assert_eq!(drain(&mut stream), EVENTS * event + retry, "{keeper:?}");
    }
}

/// By a response that waits for its second event, on average.
fn held_by(keeper: Keeper) -> i64 {
    const STREAMS: u16 = 100;
    let app = keeper.app(1, &Shutdown::new());
    runtime().block_on(async {
        let mut streams = Vec::with_capacity(usize::from(STREAMS));
        // What the first one makes for all of them.
        drop(open(&app).await);
        let before = allocations::held();
        for _ in 0..STREAMS {
            let mut stream = open(&app).await;
            drain(&mut stream);
            streams.push(stream);
        }
        (allocations::held() - before) / i64::from(STREAMS)
    })
}

async fn open(app: &Router) -> Body {
    let response = app.clone().oneshot(Request::new(Body::empty())).await;
    response.unwrap().into_body()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
