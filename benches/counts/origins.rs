//! Instructions of lookups among many origins, counted by callgrind. The function names the contender, and
//! the id is the index in `Case` or `PatternCase`. Sets are made before the measurement, and never dropped.
//!
//! The functions are written out, since gungraun's attributes do not work within a `macro_rules!`.

#![allow(missing_docs)] // gungraun generates undocumented modules

use std::{collections::HashSet, hint::black_box};

use ::tower_http::cors::Cors as TowerHttp;
use axum::body::Body;
use benches::{
    Bare, call,
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
fn list((set, origin): LookupInput<Vec<String>>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_hash_set)]
#[benches::large(iter = Case::LARGE, setup = given_hash_set)]
fn hash_set((set, origin): LookupInput<HashSet<String>>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_parsed)]
#[benches::large(iter = Case::LARGE, setup = given_parsed)]
fn contains((set, origin): ParsedInput) -> bool {
    set.contains(&origin)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_set)]
fn parse_and_contains((set, origin): LookupInput<OriginSet>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_policy)]
#[benches::large(iter = Case::LARGE, setup = given_policy)]
fn decide((policy, request): PolicyInput) -> bool {
    origins::allows(policy, request)
}

#[library_benchmark]
#[bench::one(args = (Case::SMALL[0]), setup = given_policy_of_any)]
fn decide_of_any((policy, request): PolicyInput) -> bool {
    origins::allows(policy, request)
}

#[library_benchmark]
#[bench::one(args = (Case::SMALL[0]), setup = given_bare)]
fn bare((service, request): Service<Bare>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_tower_http)]
fn tower_http((service, request): Service<TowerHttp<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::small(iter = Case::SMALL, setup = given_ours)]
fn ours((service, request): Service<Cors<Bare>>) -> Response<Body> {
    call(service, request)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_patterns_list)]
fn patterns_list((set, origin): LookupInput<List>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_suffix_map)]
fn patterns_suffix_map((set, origin): LookupInput<SuffixMap>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_text)]
fn patterns_parse(origin: &'static [u8]) -> bool {
    Origin::parse(origin).is_ok()
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_parsed_for_patterns)]
fn patterns_contain((set, origin): ParsedInput) -> bool {
    set.contains(&origin)
}

#[library_benchmark]
#[benches::case(iter = PatternCase::ALL, setup = given_patterns)]
fn patterns_parse_and_contain((set, origin): LookupInput<OriginSet>) -> bool {
    set.matches(origin)
}

#[library_benchmark]
#[benches::case(iter = [true, false], setup = given_regexes)]
fn regexes_parse_and_contain((set, origin): LookupInput<OriginSet>) -> bool {
    set.matches(origin)
}

fn given_list(case: Case) -> LookupInput<Vec<String>> {
    (leak(origins::tenants(case.tenants)), bytes(case.origin()))
}

fn given_hash_set(case: Case) -> LookupInput<HashSet<String>> {
    (leak(origins::tenants(case.tenants).into_iter().collect()), bytes(case.origin()))
}

fn given_set(case: Case) -> LookupInput<OriginSet> {
    (leak(set(&origins::tenants(case.tenants))), bytes(case.origin()))
}

fn given_parsed(case: Case) -> ParsedInput {
    parsed(given_set(case))
}

fn given_policy(case: Case) -> PolicyInput {
    let policy = origins::policy_for(&set(&origins::tenants(case.tenants)));
    (leak(policy), leak(origins::request_from(&case.origin())))
}

fn given_policy_of_any(case: Case) -> PolicyInput {
    (leak(origins::any_origin_policy()), leak(origins::request_from(&case.origin())))
}

fn given_bare(case: Case) -> Service<Bare> {
    (leak(Bare), origins::request_from(&case.origin()))
}

fn given_tower_http(case: Case) -> Service<TowerHttp<Bare>> {
    let service = origins::tower_http_for(&origins::tenants(case.tenants));
    (leak(service), origins::request_from(&case.origin()))
}

fn given_ours(case: Case) -> Service<Cors<Bare>> {
    let service = origins::ours_for(&set(&origins::tenants(case.tenants)));
    (leak(service), origins::request_from(&case.origin()))
}

fn given_patterns_list(case: PatternCase) -> LookupInput<List> {
    (leak(List::new(&case.patterns.texts())), bytes(case.origin()))
}

fn given_suffix_map(case: PatternCase) -> LookupInput<SuffixMap> {
    (leak(SuffixMap::new(&case.patterns.texts())), bytes(case.origin()))
}

fn given_text(case: PatternCase) -> &'static [u8] {
    bytes(case.origin())
}

fn given_patterns(case: PatternCase) -> LookupInput<OriginSet> {
    (leak(set(&case.patterns.texts())), bytes(case.origin()))
}

fn given_parsed_for_patterns(case: PatternCase) -> ParsedInput {
    parsed(given_patterns(case))
}

fn given_regexes(is_hit: bool) -> LookupInput<OriginSet> {
    let (set, origin) = origins::regexes(is_hit);
    let given: LookupInput<OriginSet> = (leak(set), bytes(origin));
    // The automaton makes its states when they are first needed.
    black_box(given.0.matches(given.1));
    given
}

type LookupInput<T> = (&'static T, &'static [u8]);

type ParsedInput = (&'static OriginSet, Origin<'static>);

type PolicyInput = (&'static CorsPolicy, &'static Request<Body>);

/// The service outlives the measured code, as it outlives a request; gungraun drops the response.
type Service<S> = (&'static mut S, Request<Body>);

fn parsed((set, origin): LookupInput<OriginSet>) -> ParsedInput {
    (set, Origin::parse(origin).expect("the query is a valid origin"))
}

fn set(texts: &[String]) -> OriginSet {
    OriginSet::parse(texts).expect("every string is a valid pattern")
}

fn bytes(origin: String) -> &'static [u8] {
    origin.leak().as_bytes()
}

fn leak<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}
