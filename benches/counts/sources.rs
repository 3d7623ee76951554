//! Instructions of whole requests, counted by callgrind, by where the policy comes from: the place of the request in
//! `Asked::ALL` is the id. Apart from `requests`, whose counts would be others if all were compiled together.
//!
//! The functions are written out: gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // of modules that gungraun makes

use axum::body::Body;
use benches::{Asked, Bare, answer};
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

library_benchmark_group!(name = sources, benchmarks = [bare, fixed, by_handle, whole]);

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_bare)]
fn bare((service, request): Given<Bare>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_fixed)]
fn fixed((service, request): Given<Cors<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_by_handle)]
fn by_handle((service, request): Given<Cors<Bare, PolicyHandle<CorsPolicy>>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_whole)]
fn whole((service, request): Given<CrossOrigin<Bare>>) -> Response<CrossOriginBody<Body>> {
    answer(service, request)
}

fn given_bare(asked: Asked) -> Given<Bare> {
    given(Bare, asked)
}

fn given_fixed(asked: Asked) -> Given<Cors<Bare>> {
    given(benches::ours().layer(Bare), asked)
}

fn given_by_handle(asked: Asked) -> Given<Cors<Bare, PolicyHandle<CorsPolicy>>> {
    given(benches::ours_by_handle().layer(Bare), asked)
}

fn given_whole(asked: Asked) -> Given<CrossOrigin<Bare>> {
    given(benches::whole().layer(Bare), asked)
}

/// The service outlives the measured part, as it outlives a request; gungraun drops the response.
type Given<S> = (&'static mut S, Request<Body>);

fn given<S>(service: S, asked: Asked) -> Given<S> {
    (Box::leak(Box::new(service)), asked.request())
}
