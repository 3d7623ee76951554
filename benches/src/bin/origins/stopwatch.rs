use std::{
    convert::Infallible,
    hint::black_box,
    time::{Duration, Instant},
};

use axum::body::Body;
use benches::{
    answer,
    origins::{Lookup, Questions, request_of},
};
use http::{Request, Response};
use tower::Service;
use tower_cross_origin::origin::{Origin, OriginSet};

use crate::table::count_as_f64;

/// The median of several passes of each contender, which take turns: what slows the machine down for a
/// while slows all of them.
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

/// Nanoseconds for a question.
pub(crate) fn lookups(set: &impl Lookup, questions: &Questions) -> f64 {
    let start = Instant::now();
    for question in questions.iter() {
        black_box(set.covers(black_box(question.as_bytes())));
    }
    nanoseconds(start.elapsed()) / count_as_f64(questions.len())
}

/// Nanoseconds for a question that was parsed before.
pub(crate) fn contains(set: &OriginSet, questions: &Questions) -> f64 {
    let parsed: Result<Vec<_>, _> =
        questions.iter().map(|question| Origin::parse(question.as_bytes())).collect();
    let parsed = parsed.expect("every question is an origin");
    let start = Instant::now();
    for origin in &parsed {
        black_box(set.contains(black_box(origin)));
    }
    nanoseconds(start.elapsed()) / count_as_f64(parsed.len())
}

/// Nanoseconds for a request: from `poll_ready` until the response is there.
pub(crate) fn requests<S>(service: &mut S, questions: &Questions) -> f64
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let mut spent = Duration::ZERO;
    let mut rest = questions.iter();
    let mut responses = Vec::with_capacity(AT_ONCE);
    loop {
        let requests: Vec<_> = rest.by_ref().take(AT_ONCE).map(request_of).collect();
        if requests.is_empty() {
            return nanoseconds(spent) / count_as_f64(questions.len());
        }
        let start = Instant::now();
        responses.extend(requests.into_iter().map(|request| answer(service, request)));
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

/// Few enough that a request is still in the cache when it is its turn, as one is that was just read.
const AT_ONCE: usize = 64;

const PASSES: usize = 7;
