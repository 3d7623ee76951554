//! Instructions of whole requests, counted by callgrind. The function is `CONTENDER` or `CONTENDER_MODE`,
//! and the id is the index of the request in `RequestKind::ALL`. The table shows the differences.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use axum::body::Body;
use benches::{Bare, ByHand, RequestKind, call, call_clone};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::cors::Cors;
// The functions below generate modules of the same name.
use ::tower_http::cors::Cors as TowerHttp;

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = requests
);

library_benchmark_group!(
    name = requests,
    benchmarks = [
        bare,
        by_hand,
        tower_http,
        tower_http_mirror,
        ours,
        bare_by_clone,
        by_hand_by_clone,
        tower_http_by_clone,
        ours_by_clone,
        bare_dropped,
        by_hand_dropped,
        tower_http_dropped,
        ours_dropped,
    ]
);

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_bare)]
fn bare((service, request): Input<Bare>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_by_hand)]
fn by_hand((service, request): Input<ByHand>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_tower_http)]
fn tower_http((service, request): Input<TowerHttp<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_tower_http_mirror)]
fn tower_http_mirror((service, request): Input<TowerHttp<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::request(iter = RequestKind::ALL, setup = given_ours)]
fn ours((service, request): Input<Cors<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_bare)]
fn bare_by_clone((service, request): Input<Bare>) -> Response<Body> {
    call_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_by_hand)]
fn by_hand_by_clone((service, request): Input<ByHand>) -> Response<Body> {
    call_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_tower_http)]
fn tower_http_by_clone((service, request): Input<TowerHttp<Bare>>) -> Response<Body> {
    call_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_ours)]
fn ours_by_clone((service, request): Input<Cors<Bare>>) -> Response<Body> {
    call_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_bare)]
fn bare_dropped((service, request): Input<Bare>) {
    drop(call(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_by_hand)]
fn by_hand_dropped((service, request): Input<ByHand>) {
    drop(call(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_tower_http)]
fn tower_http_dropped((service, request): Input<TowerHttp<Bare>>) {
    drop(call(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (RequestKind::Allowed), setup = given_ours)]
fn ours_dropped((service, request): Input<Cors<Bare>>) {
    drop(call(service, request));
}

fn given_bare(kind: RequestKind) -> Input<Bare> {
    given(Bare, kind)
}

fn given_by_hand(kind: RequestKind) -> Input<ByHand> {
    given(ByHand, kind)
}

fn given_tower_http(kind: RequestKind) -> Input<TowerHttp<Bare>> {
    given(benches::tower_http().layer(Bare), kind)
}

fn given_tower_http_mirror(kind: RequestKind) -> Input<TowerHttp<Bare>> {
    given(benches::tower_http_mirror().layer(Bare), kind)
}

fn given_ours(kind: RequestKind) -> Input<Cors<Bare>> {
    given(benches::ours().layer(Bare), kind)
}

/// The service outlives the measured code, as it outlives a request; gungraun drops the response.
type Input<S> = (&'static mut S, Request<Body>);

fn given<S>(service: S, kind: RequestKind) -> Input<S> {
    (Box::leak(Box::new(service)), kind.request())
}
