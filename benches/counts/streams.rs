//! Instructions of streams of events, counted by callgrind: who keeps them, and under it how many events
//! they say. The table takes the differences.
//!
//! The functions are written out: gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // of modules that gungraun makes

use ::axum::body::Body;
use benches::streams::{Keeper, drain};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::Request;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use tower_cross_origin::push::Shutdown;

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = streams
);

library_benchmark_group!(
    name = streams,
    benchmarks = [nobody, axum, headers, keep_alive, everything]
);

#[library_benchmark]
#[bench::few(args = (Keeper::Nobody, 100), setup = given)]
#[bench::many(args = (Keeper::Nobody, 1_100), setup = given)]
fn nobody(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (Keeper::Axum, 100), setup = given)]
#[bench::many(args = (Keeper::Axum, 1_100), setup = given)]
fn axum(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (Keeper::Headers, 100), setup = given)]
#[bench::many(args = (Keeper::Headers, 1_100), setup = given)]
fn headers(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (Keeper::KeepAlive, 100), setup = given)]
#[bench::many(args = (Keeper::KeepAlive, 1_100), setup = given)]
fn keep_alive(stream: &'static mut Body) -> usize {
    drain(stream)
}

#[library_benchmark]
#[bench::few(args = (Keeper::Everything, 100), setup = given)]
#[bench::many(args = (Keeper::Everything, 1_100), setup = given)]
fn everything(stream: &'static mut Body) -> usize {
    drain(stream)
}

/// The stream outlives the measured part, and so does the runtime whose clock it asks.
fn given(keeper: Keeper, events: usize) -> &'static mut Body {
    let runtime: &'static Runtime = Box::leak(Box::new(
        Builder::new_current_thread().enable_time().build().expect("a runtime"),
    ));
    std::mem::forget(runtime.enter());
    let request = Request::new(Body::empty());
    let app = keeper.app(events, &Shutdown::new());
    let response = runtime.block_on(app.oneshot(request)).expect("the service does not fail");
    Box::leak(Box::new(response.into_body()))
}
