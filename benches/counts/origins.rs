//! Instructions of lookups among many origins, counted by callgrind: the function says who is asked, the
//! id which of `Case`, `PatternCase` or `REGEXES` by its place. Sets are made before, and never dropped.
//!
//! The functions are written out: gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // of modules that gungraun makes

use std::{collections::HashSet, hint::black_box};

use ::tower_http::cors::Cors as TowerHttp;
use axum::body::Body;
use benches::{
    Bare, answer,
    origins::{self, Case, List, Lookup, PatternCase, SuffixMap},
};
use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use http::{Request, Response};
use tower_cross_origin::{
    cors::{Cors, CorsPolicy},
    origin::{Origin, OriginSet},
};

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = [exact, whole_requests, patterns, regexes]
);

library_benchmark_group!(
    name = exact,
    benchmarks = [list, hash_set, contains, parse_and_contains, decide, decide_of_any]
);

library_benchmark_group!(name = whole_requests, benchmarks = [bare, tower_http, ours]);

library_benchmark_group!(
    name = patterns,
    benchmarks = [
        patterns_list,
        patterns_suffix_map,
        patterns_parse,
        patterns_contain,
        patterns_parse_and_contain,
    ]
);

library_benchmark_group!(name = regexes, benchmarks = [regexes_parse_and_contain]);

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_list)]
fn list((set, asked): Asked<Vec<String>>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_hash_set)]
#[benches::large(iter = Case::LARGE, setup = given_hash_set)]
fn hash_set((set, asked): Asked<HashSet<String>>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_parsed)]
#[benches::large(iter = Case::LARGE, setup = given_parsed)]
fn contains((set, origin): Parsed) -> bool {
    set.contains(&origin)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_set)]
fn parse_and_contains((set, asked): Asked<OriginSet>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_policy)]
#[benches::large(iter = Case::LARGE, setup = given_policy)]
fn decide((policy, request): Decided) -> bool {
    origins::grants(policy, request)
}

#[library_benchmark]
#[bench::one(args = (Case::SMALL[0]), setup = given_policy_of_any)]
fn decide_of_any((policy, request): Decided) -> bool {
    origins::grants(policy, request)
}

#[library_benchmark]
#[bench::one(args = (Case::SMALL[0]), setup = given_bare)]
fn bare((service, request): Service<Bare>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_tower_http)]
fn tower_http((service, request): Service<TowerHttp<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_ours)]
fn ours((service, request): Service<Cors<Bare>>) -> Response<Body> {
    answer(service, request)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_patterns_list)]
fn patterns_list((set, asked): Asked<List>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_suffix_map)]
fn patterns_suffix_map((set, asked): Asked<SuffixMap>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_text)]
fn patterns_parse(asked: &'static [u8]) -> bool {
    Origin::parse(asked).is_ok()
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_parsed_for_patterns)]
fn patterns_contain((set, origin): Parsed) -> bool {
    set.contains(&origin)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_patterns)]
fn patterns_parse_and_contain((set, asked): Asked<OriginSet>) -> bool {
    set.covers(asked)
}

#[library_benchmark]
#[benches::case(iter = [true, false], setup = given_regexes)]
fn regexes_parse_and_contain((set, asked): Asked<OriginSet>) -> bool {
    set.covers(asked)
}

fn given_list(case: Case) -> Asked<Vec<String>> {
    (leak(origins::tenants(case.tenants)), bytes(case.origin()))
}

fn given_hash_set(case: Case) -> Asked<HashSet<String>> {
    (leak(origins::tenants(case.tenants).into_iter().collect()), bytes(case.origin()))
}

fn given_set(case: Case) -> Asked<OriginSet> {
    (leak(set(&origins::tenants(case.tenants))), bytes(case.origin()))
}

fn given_parsed(case: Case) -> Parsed {
    parsed(given_set(case))
}

fn given_policy(case: Case) -> Decided {
    let policy = origins::policy_of(&set(&origins::tenants(case.tenants)));
    (leak(policy), leak(origins::request_of(&case.origin())))
}

fn given_policy_of_any(case: Case) -> Decided {
    (leak(origins::policy_of_any()), leak(origins::request_of(&case.origin())))
}

fn given_bare(case: Case) -> Service<Bare> {
    (leak(Bare), origins::request_of(&case.origin()))
}

fn given_tower_http(case: Case) -> Service<TowerHttp<Bare>> {
    let service = origins::tower_http_of(&origins::tenants(case.tenants));
    (leak(service), origins::request_of(&case.origin()))
}

fn given_ours(case: Case) -> Service<Cors<Bare>> {
    let service = origins::ours_of(&set(&origins::tenants(case.tenants)));
    (leak(service), origins::request_of(&case.origin()))
}

fn given_patterns_list(case: PatternCase) -> Asked<List> {
    (leak(List::new(&case.patterns.written())), bytes(case.origin()))
}

fn given_suffix_map(case: PatternCase) -> Asked<SuffixMap> {
    (leak(SuffixMap::new(&case.patterns.written())), bytes(case.origin()))
}

fn given_text(case: PatternCase) -> &'static [u8] {
    bytes(case.origin())
}

fn given_patterns(case: PatternCase) -> Asked<OriginSet> {
    (leak(set(&case.patterns.written())), bytes(case.origin()))
}

fn given_parsed_for_patterns(case: PatternCase) -> Parsed {
    parsed(given_patterns(case))
}

fn given_regexes(is_hit: bool) -> Asked<OriginSet> {
    let (set, asked) = origins::regexes(is_hit);
    let given: Asked<OriginSet> = (leak(set), bytes(asked));
    // The states of the automaton are made when they are first needed.
    black_box(given.0.covers(given.1));
    given
}

type Asked<T> = (&'static T, &'static [u8]);

type Parsed = (&'static OriginSet, Origin<'static>);

type Decided = (&'static CorsPolicy, &'static Request<Body>);

/// The service outlives the measured part, as it outlives a request; gungraun drops the response.
type Service<S> = (&'static mut S, Request<Body>);

fn parsed((set, asked): Asked<OriginSet>) -> Parsed {
    (set, Origin::parse(asked).expect("the question is an origin"))
}

fn set(written: &[String]) -> OriginSet {
    OriginSet::parse(written).expect("every text is a pattern")
}

fn bytes(origin: String) -> &'static [u8] {
    origin.leak().as_bytes()
}

fn leak<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}
