//! Instructions of event streams, counted by callgrind. The function names the layer, and the id tells few
//! from many events. The table shows the differences.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use ::axum::body::Body;
use benches::streams::{StreamLayer, drain, event_source};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_cross_origin::push::Shutdown;

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = streams
);

library_benchmark_group!(
    name = streams,
    benchmarks = [no_layer, axum, headers, keep_alive, everything]
);

#[library_benchmark]
#[bench::few(args = (StreamLayer::NoLayer, 100), setup = given)]
#[bench::many(args = (StreamLayer::NoLayer, 1_100), setup = given)]
fn no_layer(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (StreamLayer::Axum, 100), setup = given)]
#[bench::many(args = (StreamLayer::Axum, 1_100), setup = given)]
fn axum(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (StreamLayer::Headers, 100), setup = given)]
#[bench::many(args = (StreamLayer::Headers, 1_100), setup = given)]
fn headers(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (StreamLayer::KeepAlive, 100), setup = given)]
#[bench::many(args = (StreamLayer::KeepAlive, 1_100), setup = given)]
fn keep_alive(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (StreamLayer::Everything, 100), setup = given)]
#[bench::many(args = (StreamLayer::Everything, 1_100), setup = given)]
fn everything(stream: &'static mut Body) -> usize {
    drain(stream)
}

/// Returns a stream that outlives the measured code, as does the runtime with its clock.
fn given(layer: StreamLayer, events: usize) -> &'static mut Body {
    let runtime: &'static Runtime = Box::leak(Box::new(
        Builder::new_current_thread().enable_time().build().expect("the runtime is built"),
    ));
    std::mem::forget(runtime.enter());
    let request = event_source();
    let app = layer.app(events, &Shutdown::new());
    let response = runtime.block_on(app.oneshot(request)).expect("the service is infallible");
    Box::leak(Box::new(response.into_body()))
}
