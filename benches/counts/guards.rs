//! Instructions of requests that a guard allows, counted by callgrind. The function names the guard, and
//! the id is the index of the request in `AllowedRequest::ALL`. The table shows the differences.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use axum::body::Body;
use benches::{Bare, call, guards::AllowedRequest};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::guard::{
    And, Check, Csrf, FetchMetadata, Guard, GuardLayer, HostCheck, RequirePreflight, WebSocket,
};

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = guards
);

library_benchmark_group!(
    name = guards,
    benchmarks = [bare, host, web_socket, csrf, fetch_metadata, require_preflight, all_four]
);

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_bare)]
fn bare((service, request): Input<Bare>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_host)]
fn host((service, request): Input<Guard<Bare, HostCheck>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_web_socket)]
fn web_socket((service, request): Input<Guard<Bare, WebSocket>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_csrf)]
fn csrf((service, request): Input<Guard<Bare, Csrf>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_fetch_metadata)]
fn fetch_metadata((service, request): Input<Guard<Bare, FetchMetadata>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_require_preflight)]
fn require_preflight((service, request): Input<Guard<Bare, RequirePreflight>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = AllowedRequest::ALL, setup = given_all_four)]
fn all_four((service, request): Input<Guard<Bare, AllFour>>) -> Response<Body> {
    call(service, request)
}

type AllFour = And<And<And<HostCheck, WebSocket>, Csrf>, FetchMetadata>;

fn given_bare(kind: AllowedRequest) -> Input<Bare> {
    (Box::leak(Box::new(Bare)), kind.request())
}

fn given_host(kind: AllowedRequest) -> Input<Guard<Bare, HostCheck>> {
    given(benches::guards::host(), kind)
}

fn given_web_socket(kind: AllowedRequest) -> Input<Guard<Bare, WebSocket>> {
    given(benches::guards::web_socket(), kind)
}

fn given_csrf(kind: AllowedRequest) -> Input<Guard<Bare, Csrf>> {
    given(benches::guards::csrf(), kind)
}

fn given_fetch_metadata(kind: AllowedRequest) -> Input<Guard<Bare, FetchMetadata>> {
    given(benches::guards::fetch_metadata(), kind)
}

fn given_require_preflight(kind: AllowedRequest) -> Input<Guard<Bare, RequirePreflight>> {
    given(benches::guards::require_preflight(), kind)
}

fn given_all_four(kind: AllowedRequest) -> Input<Guard<Bare, AllFour>> {
    let check = benches::guards::host()
        .and(benches::guards::web_socket())
        .and(benches::guards::csrf())
        .and(benches::guards::fetch_metadata());
    given(check, kind)
}

/// The service outlives the measured code, as it outlives a request; gungraun drops the response.
type Input<S> = (&'static mut S, Request<Body>);

fn given<C: Check>(check: C, kind: AllowedRequest) -> Input<Guard<Bare, C>> {
    (
        Box::leak(Box::new(GuardLayer::new(check).expect("the check is valid").layer(Bare))),
        kind.request(),
    )
}
