//! Instructions of requests through each layer alone and through `CrossOriginLayer` with all sections, counted
//! by callgrind. The function names the layer, and the id is the index of the request in `WholeRequest::ALL`.
//! The table shows the differences.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use axum::body::Body;
use benches::{
    Bare, call,
    guards::{csrf, fetch_metadata, host, web_socket},
    whole::WholeRequest,
};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::{
    cors::Cors,
    cross_origin::{CrossOrigin, CrossOriginBody},
    embedding::Embedding,
    guard::{Check, Csrf, FetchMetadata, Guard, GuardLayer, HostCheck, WebSocket},
};

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = sections
);

library_benchmark_group!(
    name = sections,
    benchmarks = [
        bare,
        only_host,
        only_web_socket,
        only_csrf,
        only_fetch_metadata,
        only_cors,
        only_embedding,
        together
    ]
);

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_bare)]
fn bare((service, request): Input<Bare>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_host)]
fn only_host((service, request): Input<Guard<Bare, HostCheck>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_web_socket)]
fn only_web_socket((service, request): Input<Guard<Bare, WebSocket>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_csrf)]
fn only_csrf((service, request): Input<Guard<Bare, Csrf>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_fetch_metadata)]
fn only_fetch_metadata((service, request): Input<Guard<Bare, FetchMetadata>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_cors)]
fn only_cors((service, request): Input<Cors<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_embedding)]
fn only_embedding((service, request): Input<Embedding<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = WholeRequest::ALL, setup = given_whole)]
fn together((service, request): Input<CrossOrigin<Bare>>) -> Response<CrossOriginBody<Body>> {
    call(service, request)
}

fn given_bare(kind: WholeRequest) -> Input<Bare> {
    given(Bare, kind)
}

fn given_host(kind: WholeRequest) -> Input<Guard<Bare, HostCheck>> {
    given(guarded(host()), kind)
}

fn given_web_socket(kind: WholeRequest) -> Input<Guard<Bare, WebSocket>> {
    given(guarded(web_socket()), kind)
}

fn given_csrf(kind: WholeRequest) -> Input<Guard<Bare, Csrf>> {
    given(guarded(csrf()), kind)
}

fn given_fetch_metadata(kind: WholeRequest) -> Input<Guard<Bare, FetchMetadata>> {
    given(guarded(fetch_metadata()), kind)
}

fn given_cors(kind: WholeRequest) -> Input<Cors<Bare>> {
    given(benches::ours().layer(Bare), kind)
}

fn given_embedding(kind: WholeRequest) -> Input<Embedding<Bare>> {
    given(benches::whole::embedding().layer(Bare), kind)
}

fn given_whole(kind: WholeRequest) -> Input<CrossOrigin<Bare>> {
    given(benches::whole::whole().layer(Bare), kind)
}

fn guarded<C: Check>(check: C) -> Guard<Bare, C> {
    GuardLayer::new(check).expect("the check is valid").layer(Bare)
}

/// The service outlives the measured code, as it outlives a request; gungraun drops the response.
type Input<S> = (&'static mut S, Request<Body>);

fn given<S>(service: S, kind: WholeRequest) -> Input<S> {
    (Box::leak(Box::new(service)), kind.request())
}
