use std::{
    convert::Infallible,
    hint::black_box,
    time::{Duration, Instant},
};

use axum::body::Body;
use benches::{
    call,
    origins::{Lookup, Queries, request_from},
};
use http::{Request, Response};
use tower::Service;
use tower_cross_origin::origin::{Origin, OriginSet};

use crate::table::count_as_f64;

/// Returns the median of several passes of each contender.
///
/// The contenders take turns, so that a slow phase of the machine affects all of them.
pub(crate) fn medians<const N: usize>(mut contenders: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut passes = [const { Vec::new() }; N];
    for _ in 0..PASSES {
        for (passes, contender) in passes.iter_mut().zip(&mut contenders) {
            passes.push(contender());
        }
    }
    passes.map(|mut passes| {
        passes.sort_by(f64::total_cmp);
        passes[PASSES / 2]
    })
}

/// Returns the nanoseconds for one lookup.
pub(crate) fn lookups(set: &impl Lookup, queries: &Queries) -> f64 {
    let start = Instant::now();
    for query in queries.iter() {
        black_box(set.matches(black_box(query.as_bytes())));
    }
    nanoseconds(start.elapsed()) / count_as_f64(queries.len())
}

/// Returns the nanoseconds for one lookup of an origin that was parsed before.
pub(crate) fn contains(set: &OriginSet, queries: &Queries) -> f64 {
    let parsed: Result<Vec<_>, _> =
        queries.iter().map(|query| Origin::parse(query.as_bytes())).collect();
    let parsed = parsed.expect("every query is a valid origin");
    let start = Instant::now();
    for origin in &parsed {
        black_box(set.contains(black_box(origin)));
    }
    nanoseconds(start.elapsed()) / count_as_f64(parsed.len())
}

/// Returns the nanoseconds for one request, from `poll_ready` to the response.
pub(crate) fn requests<S>(service: &mut S, queries: &Queries) -> f64
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let mut spent = Duration::ZERO;
    let mut rest = queries.iter();
    let mut responses = Vec::with_capacity(AT_ONCE);
    loop {
        let requests: Vec<_> = rest.by_ref().take(AT_ONCE).map(request_from).collect();
        if requests.is_empty() {
            return nanoseconds(spent) / count_as_f64(queries.len());
        }
        let start = Instant::now();
        responses.extend(requests.into_iter().map(|request| call(service, request)));
        spent += start.elapsed();
        responses.clear();
    }
}

pub(crate) fn milliseconds(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1e3
}

pub(crate) fn microseconds(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1e6
}

fn nanoseconds(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1e9
}

/// The number of requests in a batch.
///
/// The batch is small, so that its requests are still in the CPU cache when the service handles them.
const AT_ONCE: usize = 64;

const PASSES: usize = 7;
