//! Instructions of requests that a guard lets pass: the guard, and under it the request by its place in
//! `Passed::ALL`. The table takes the differences.
//!
//! The functions are written out: gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // of modules that gungraun makes

use axum::body::Body;
use benches::{Bare, answer, guards::Passed};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::guard::{
    And, Check, Csrf, FetchMetadata, Guard, GuardLayer, HostCheck, WebSocket,
};

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = guards
);

library_benchmark_group!(
    name = guards,
    benchmarks = [bare, host, web_socket, csrf, fetch_metadata, all_four]
);

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_bare)]
fn bare((service, request): Given<Bare>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_host)]
fn host((service, request): Given<Guard<Bare, HostCheck>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_web_socket)]
fn web_socket((service, request): Given<Guard<Bare, WebSocket>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_csrf)]
fn csrf((service, request): Given<Guard<Bare, Csrf>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_fetch_metadata)]
fn fetch_metadata((service, request): Given<Guard<Bare, FetchMetadata>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::passed(iter = Passed::ALL, setup = given_all_four)]
fn all_four((service, request): Given<Guard<Bare, AllFour>>) -> Response<Body> {
    answer(service, request)
}

type AllFour = And<And<And<HostCheck, WebSocket>, Csrf>, FetchMetadata>;

fn given_bare(passed: Passed) -> Given<Bare> {
    (Box::leak(Box::new(Bare)), passed.request())
}

fn given_host(passed: Passed) -> Given<Guard<Bare, HostCheck>> {
    given(benches::guards::host(), passed)
}

fn given_web_socket(passed: Passed) -> Given<Guard<Bare, WebSocket>> {
    given(benches::guards::web_socket(), passed)
}

fn given_csrf(passed: Passed) -> Given<Guard<Bare, Csrf>> {
    given(benches::guards::csrf(), passed)
}

fn given_fetch_metadata(passed: Passed) -> Given<Guard<Bare, FetchMetadata>> {
    given(benches::guards::fetch_metadata(), passed)
}

fn given_all_four(passed: Passed) -> Given<Guard<Bare, AllFour>> {
    let check = benches::guards::host()
        .and(benches::guards::web_socket())
        .and(benches::guards::csrf())
        .and(benches::guards::fetch_metadata());
    given(check, passed)
}

/// The service outlives the measured part, as it outlives a request; gungraun drops the response.
type Given<S> = (&'static mut S, Request<Body>);

fn given<C: Check>(check: C, passed: Passed) -> Given<Guard<Bare, C>> {
    (Box::leak(Box::new(GuardLayer::new(check).expect("no faults").layer(Bare))), passed.request())
}
