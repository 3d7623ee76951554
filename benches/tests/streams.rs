//! The memory of streams is counted, not computed. With 10,000 streams, each byte is 10 KB.

use axum::{Router, body::Body};
use benches::{
    allocations,
    streams::{EVENT_DATA, StreamLayer, drain, event_source},
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_cross_origin::push::Shutdown;

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

#[test]
fn layer_adds_at_most_512_bytes_per_stream() {
    let no_layer = held_by(StreamLayer::NoLayer);
    for layer in [StreamLayer::Headers, StreamLayer::KeepAlive, StreamLayer::Everything] {
        let added = held_by(layer) - no_layer;
        assert!(added <= 512, "{layer:?} holds {added} bytes");
    }
}

/// Guards against a comparison of zero with zero in the test above.
#[test]
fn stream_with_timers_needs_more_memory() {
    assert!(held_by(StreamLayer::Everything) > held_by(StreamLayer::Headers));
}

#[test]
fn all_layers_forward_all_events() {
    const EVENTS: usize = 1_000;
    let event = "data: \n\n".len() + EVENT_DATA.len();
    for layer in StreamLayer::ALL {
        let retry = if layer == StreamLayer::Everything { "retry: 2000\n".len() } else { 0 };
        let (app, runtime) = (layer.app(EVENTS, &Shutdown::new()), runtime());
        let mut stream = runtime.block_on(open(&app));
        let _guard = runtime.enter();
        assert_eq!(drain(&mut stream), EVENTS * event + retry, "{layer:?}");
    }
}

/// Returns the average bytes of a response body that waits for its second event.
fn held_by(layer: StreamLayer) -> i64 {
    const STREAMS: u16 = 100;
    let app = layer.app(1, &Shutdown::new());
    runtime().block_on(async {
        let mut streams = Vec::with_capacity(usize::from(STREAMS));
        // The first stream causes allocations that all streams share.
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
    let response = app.clone().oneshot(event_source()).await;
    response.unwrap().into_body()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}
