//! Instructions of whole requests with different sources of the policy, counted by callgrind. The id is the
//! index of the request in `RequestKind::ALL`.
//!
//! Separate from `requests`, whose counts would change if both were compiled together.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use axum::body::Body;
use benches::{Bare, RequestKind, call};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::{
    cors::{Cors, CorsPolicy, PolicyHandle},
    cross_origin::{CrossOrigin, CrossOriginBody},
};

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = sources
);

library_benchmark_group!(name = sources, benchmarks = [bare, fixed, by_handle, cross_origin]);

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_bare)]
fn bare((service, request): Input<Bare>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_fixed)]
fn fixed((service, request): Input<Cors<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_by_handle)]
fn by_handle((service, request): Input<Cors<Bare, PolicyHandle<CorsPolicy>>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_cross_origin)]
fn cross_origin((service, request): Input<CrossOrigin<Bare>>) -> Response<CrossOriginBody<Body>> {
    call(service, request)
}

fn given_bare(kind: RequestKind) -> Input<Bare> {
    given(Bare, kind)
}

fn given_fixed(kind: RequestKind) -> Input<Cors<Bare>> {
    given(benches::ours().layer(Bare), kind)
}

fn given_by_handle(kind: RequestKind) -> Input<Cors<Bare, PolicyHandle<CorsPolicy>>> {
    given(benches::ours_by_handle().layer(Bare), kind)
}

fn given_cross_origin(kind: RequestKind) -> Input<CrossOrigin<Bare>> {
    given(benches::ours_cross_origin().layer(Bare), kind)
}

/// The service outlives the measured code, as it outlives a request; gungraun drops the response.
type Input<S> = (&'static mut S, Request<Body>);

fn given<S>(service: S, kind: RequestKind) -> Input<S> {
    (Box::leak(Box::new(service)), kind.request())
}
