//! The cost of sharing a policy between threads.
//!
//! Two threads handle requests with clones of one service. Without sharing, they handle twice as many requests as one
//! thread. A count of references that both threads change moves between the caches of the cores.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::body::Body;
use benches::{Bare, ByHand, RequestKind, call_clone, ours, ours_by_handle, tower_http};
use http::{Request, Response};
use tower::{Layer, Service};

fn main() {
    println!("Requests of two threads over two times the requests of one thread.\n");
    println!("| request | bare | by hand | tower-http | ours | ours, handle |");
    println!("|{}", " --- |".repeat(6));
    for (title, kind) in [
        ("no Origin", RequestKind::NoOrigin),
        ("rejected", RequestKind::Rejected),
        ("allowed", RequestKind::Allowed),
        ("allowed preflight", RequestKind::AllowedPreflight),
    ] {
        let ratios = [
            ratio(&Bare, kind),
            ratio(&ByHand, kind),
            ratio(&tower_http().layer(Bare), kind),
            ratio(&ours().layer(Bare), kind),
            ratio(&ours_by_handle().layer(Bare), kind),
        ];
        print!("| {title} |");
        for ratio in ratios {
            print!(" {:.0} % |", 100.0 * ratio);
        }
        println!();
    }
}

/// Returns the median of several passes.
fn ratio<S, B>(service: &S, kind: RequestKind) -> f64
where
    S: Service<Request<Body>, Response = Response<B>, Error = std::convert::Infallible>
        + Clone
        + Send
        + Sync,
{
    let mut ratios: Vec<f64> = (0..PASSES)
        .map(|_| requests(service, kind, 2) / (2.0 * requests(service, kind, 1)))
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[PASSES / 2]
}

/// Returns the requests that these threads handle in a second.
fn requests<S, B>(service: &S, kind: RequestKind, threads: usize) -> f64
where
    S: Service<Request<Body>, Response = Response<B>, Error = std::convert::Infallible>
        + Clone
        + Send
        + Sync,
{
    let (barrier, is_over) = (Barrier::new(threads + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let (start, mut handled) = (Instant::now(), 0.0);
                    while !is_over.load(Ordering::Relaxed) {
                        for _ in 0..100 {
                            drop(call_clone(service, kind.request()));
                        }
                        handled += 100.0;
                    }
                    handled / start.elapsed().as_secs_f64()
                })
            })
            .collect();
        barrier.wait();
        thread::sleep(PASS);
        is_over.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().expect("the thread does not panic")).sum()
    })
}

const PASSES: usize = 7;

const PASS: Duration = Duration::from_millis(300);
