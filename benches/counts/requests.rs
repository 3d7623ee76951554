//! Instructions of whole requests, counted by callgrind: `CONTENDER` or `CONTENDER_WAY`, and under it
//! the request by its place in `Asked::ALL`. The table takes the differences.
//!
//! The functions are written out: gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // of modules that gungraun makes

use axum::body::Body;
use benches::{Asked, Bare, ByHand, answer, answer_by_clone};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower::Layer;
use tower_cross_origin::cors::Cors;
// Functions below make modules of the same name.
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
#[benches::asked(iter = Asked::ALL, setup = given_bare)]
fn bare((service, request): Given<Bare>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_by_hand)]
fn by_hand((service, request): Given<ByHand>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_tower_http)]
fn tower_http((service, request): Given<TowerHttp<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_tower_http_mirror)]
fn tower_http_mirror((service, request): Given<TowerHttp<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::asked(iter = Asked::ALL, setup = given_ours)]
fn ours((service, request): Given<Cors<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_bare)]
fn bare_by_clone((service, request): Given<Bare>) -> Response<Body> {
    answer_by_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_by_hand)]
fn by_hand_by_clone((service, request): Given<ByHand>) -> Response<Body> {
    answer_by_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_tower_http)]
fn tower_http_by_clone((service, request): Given<TowerHttp<Bare>>) -> Response<Body> {
    answer_by_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_ours)]
fn ours_by_clone((service, request): Given<Cors<Bare>>) -> Response<Body> {
    answer_by_clone(service, request)
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_bare)]
fn bare_dropped((service, request): Given<Bare>) {
    drop(answer(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_by_hand)]
fn by_hand_dropped((service, request): Given<ByHand>) {
    drop(answer(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_tower_http)]
fn tower_http_dropped((service, request): Given<TowerHttp<Bare>>) {
    drop(answer(service, request));
}

#[library_benchmark]
#[bench::allowed(args = (Asked::Allowed), setup = given_ours)]
fn ours_dropped((service, request): Given<Cors<Bare>>) {
    drop(answer(service, request));
}

fn given_bare(asked: Asked) -> Given<Bare> {
    given(Bare, asked)
}

fn given_by_hand(asked: Asked) -> Given<ByHand> {
    given(ByHand, asked)
}

fn given_tower_http(asked: Asked) -> Given<TowerHttp<Bare>> {
    given(benches::tower_http().layer(Bare), asked)
}

fn given_tower_http_mirror(asked: Asked) -> Given<TowerHttp<Bare>> {
    given(benches::tower_http_mirror().layer(Bare), asked)
}

fn given_ours(asked: Asked) -> Given<Cors<Bare>> {
    given(benches::ours().layer(Bare), asked)
}

/// The service outlives the measured part, as it outlives a request; gungraun drops the response.
type Given<S> = (&'static mut S, Request<Body>);

fn given<S>(service: S, asked: Asked) -> Given<S> {
    (Box::leak(Box::new(service)), asked.request())
}
