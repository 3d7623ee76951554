//! Policies that are awaited: the bound, the time, and what is reserved meanwhile. Time is Tokio's, paused:
//! nothing sleeps. What holds for every layer is in `tests/layer_properties/`.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::{Future, pending, poll_fn, ready},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderName, Request, Response, header::HOST, request};
use tokio::{
    sync::{Notify, Semaphore, oneshot},
    task::consume_budget,
    time::{Instant, advance, sleep},
};
use tower::{Layer, Service, ServiceExt, limit::ConcurrencyLimit, service_fn};
use tower_cross_origin::cors::{CorsPolicy, Decision, RequestView, ResolveCorsLayer, Rule};

use crate::support::{APP, EVIL, block_on, cors_lines, from, get, preflight, respond};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn each_tenant_has_the_policy_that_is_found_for_it() {
    let layer = ResolveCorsLayer::new(|request| {
        let host = request.host().map(String::from);
        async move {
            // Some find it at once, and some do not.
            if host.as_deref() != Some("a.example") {
                tokio::task::yield_now().await;
            }
            Ok::<_, Infallible>(match host.as_deref() {
                Some("a.example" | "b.example") => Some(policy()),
                _ => None,
            })
        }
    });
    let granted = ["access-control-allow-origin: https://app.example.com", "vary: origin"];
    for (host, origin, expected) in [
        ("a.example", APP, &granted[..]),
        ("b.example", APP, &granted),
        ("a.example", EVIL, &["vary: origin"]),
        ("b.example", EVIL, &["vary: origin"]),
        ("unknown.example", APP, &["vary: origin"]),
    ] {
        let answer =
            layer.layer(service_fn(respond)).oneshot(built(get(origin).header(HOST, host)));
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(cors_lines(answer.headers()), expected, "{host} {origin}");
        let asked = preflight(origin, "PUT").header(HOST, host);
        let answer = layer.layer(service_fn(respond)).oneshot(built(asked)).await.unwrap();
        assert_eq!(answer.status(), if expected.len() == 1 { 403 } else { 204 }, "{host} {origin}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_policy_a_preflight_is_refused_and_no_page_reads() {
    let enforced = || CorsPolicy::reject_all_enforced(["https://api.example.com"]).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    for (lookup, is_enforced, waited) in [
        (Lookup::Unknown, false, Duration::ZERO),
        (Lookup::Unknown, true, Duration::ZERO),
        (Lookup::Broken, false, Duration::ZERO),
        (Lookup::Broken, true, Duration::ZERO),
        (Lookup::Slow, false, SECOND),
        (Lookup::Slow, true, SECOND),
        (Lookup::TooMany, false, Duration::ZERO),
        (Lookup::TooMany, true, Duration::ZERO),
    ] {
        let what = format!("{lookup:?} {is_enforced}");
        let layer = resolver(lookup);
        let layer = if is_enforced { layer.otherwise(enforced()) } else { layer };
        let vary = if is_enforced {
            "vary: origin, sec-fetch-site, sec-fetch-mode"
        } else {
            "vary: origin"
        };
        let send = |request: request::Builder| {
            let calls = calls.clone();
            let service = layer.layer(service_fn(move |request| {
                calls.fetch_add(1, Ordering::SeqCst);
                respond(request)
            }));
            service.oneshot(built(request))
        };
        for (request, status) in [
            (preflight(APP, "GET"), 403),
            (get(APP), if is_enforced { 403 } else { 200 }),
            (from(APP, "POST"), if is_enforced { 403 } else { 200 }),
            (get("https://api.example.com"), 200),
            (Request::get("/"), 200),
        ] {
            let start = Instant::now();
            let is_preflight = request.method_ref().unwrap() == "OPTIONS";
            let answer = send(request).await.unwrap();
            assert_eq!(answer.status(), status, "{what}");
            assert_eq!(start.elapsed(), waited, "{what}");
            let lines = cors_lines(answer.headers());
            if is_preflight {
                assert!(lines.len() == 1 && lines[0].starts_with(vary), "{what} {lines:?}");
            } else {
                assert_eq!(lines, [vary], "{what}");
            }
            let called = calls.swap(0, Ordering::SeqCst);
            assert_eq!(called, usize::from(status == 200), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_can_be_set() {
    for (timeout, waited) in [
        (Duration::from_millis(200), Duration::from_millis(200)),
        (Duration::ZERO, Duration::ZERO),
        (Duration::MAX, 86_400 * SECOND),
    ] {
        let layer = ResolveCorsLayer::new(|_| async {
            sleep(86_400 * SECOND).await;
            Ok::<_, Infallible>(Some(policy()))
        });
        let start = Instant::now();
        let service = layer.timeout(timeout).layer(service_fn(respond));
        let answer = service.oneshot(built(get(APP))).await.unwrap();
        assert_eq!(start.elapsed(), waited);
        let is_found = answer.headers().contains_key("access-control-allow-origin");
        assert_eq!(is_found, timeout == Duration::MAX);
    }
}

/// Tokio's own timers wait while what they are polled with has spent the budget of its task.
#[tokio::test(start_paused = true)]
async fn a_lookup_that_is_never_idle_has_no_longer() {
    let layer = ResolveCorsLayer::new(|_| async {
        for _ in 0..u64::MAX {
            consume_budget().await;
        }
        Ok::<_, Infallible>(Some(policy()))
    });
    let mut answer = pin!(layer.layer(service_fn(respond)).oneshot(built(preflight(APP, "PUT"))));
    assert!(poll_once(answer.as_mut()).await.is_pending());
    advance(Duration::from_millis(999)).await;
    assert!(poll_once(answer.as_mut()).await.is_pending());
    advance(Duration::from_millis(1)).await;
    let Poll::Ready(answer) = poll_once(answer.as_mut()).await else { panic!("its time is over") };
    assert_eq!(answer.unwrap().status(), 403);
}

#[tokio::test(start_paused = true)]
async fn no_more_lookups_than_may_be_are_under_way_at_once() {
    for (layer, most) in
        [(resolver(Lookup::Slow), 64), (resolver(Lookup::Slow).lookups_at_once(3), 3)]
    {
        // Each route of a router has a service of its own.
        let call = || Box::pin(layer.layer(service_fn(respond)).oneshot(built(get(APP))));
        let mut under_way: Vec<_> = (0..most).map(|_| call()).collect();
        for one in &mut under_way {
            assert!(poll_once(one.as_mut()).await.is_pending());
        }
        assert!(poll_once(call().as_mut()).await.is_ready(), "it does not wait for the others");
        // A client goes away.
        under_way.pop();
        let mut next = call();
        assert!(poll_once(next.as_mut()).await.is_pending());
        assert!(poll_once(call().as_mut()).await.is_ready());
        // The time of the first ones is over.
        for one in under_way {
            one.await.unwrap();
        }
        assert!(poll_once(next.as_mut()).await.is_ready(), "so is its own");
        let mut after = call();
        assert!(poll_once(after.as_mut()).await.is_pending());
    }
}

/// The lookup's place is free while the service takes its time.
#[tokio::test(start_paused = true)]
async fn a_lookup_that_has_ended_takes_no_place() {
    let layer = ResolveCorsLayer::new(|_| async {
        sleep(SECOND / 2).await;
        Ok::<_, Infallible>(Some(policy()))
    });
    let layer = layer.lookups_at_once(1);
    let never = service_fn(|_: Request<()>| pending::<Result<Response<()>, Infallible>>());
    let mut first = pin!(layer.layer(never).oneshot(built(get(APP))));
    assert!(poll_once(first.as_mut()).await.is_pending());
    sleep(SECOND / 2).await;
    assert!(poll_once(first.as_mut()).await.is_pending(), "in the service");
    let second = layer.layer(service_fn(respond)).oneshot(built(get(APP))).await.unwrap();
    assert!(second.headers().contains_key("access-control-allow-origin"));
    // Nor does one whose answer is there at once.
    let layer = ResolveCorsLayer::new(|_| ready(Ok::<_, Infallible>(Some(policy()))));
    let layer = layer.lookups_at_once(1);
    for _ in 0..2 {
        let answer = layer.layer(service_fn(respond)).oneshot(built(get(APP))).await.unwrap();
        assert!(answer.headers().contains_key("access-control-allow-origin"));
    }
}

#[tokio::test(start_paused = true)]
async fn lookup_holds_no_permit() {
    let found = Arc::new(Notify::new());
    let layer = {
        let found = found.clone();
        ResolveCorsLayer::new(move |_: &RequestView<'_>| {
            let found = found.clone();
            async move {
                found.notified().await;
                Ok::<_, Infallible>(Some(policy()))
            }
        })
    };
    let go_on = Arc::new(Semaphore::new(0));
    let inner = {
        let go_on = go_on.clone();
        service_fn(move |_: Request<()>| {
            let go_on = go_on.clone();
            async move {
                go_on.acquire().await.unwrap().forget();
                Ok::<_, Infallible>(Response::new(()))
            }
        })
    };
    let limited = ConcurrencyLimit::new(inner, 1);
    let mut service = layer.layer(limited.clone());
    let mut answer = Box::pin(service.ready().await.unwrap().call(built(get(APP))));
    // The permit is free before the answer is polled, and after.
    let mut other = limited.clone();
    block_on(other.ready()).unwrap();
    assert!(poll_once(answer.as_mut()).await.is_pending());
    let mut others_answer = Box::pin(other.call(built(get(APP))));
    assert!(poll_once(others_answer.as_mut()).await.is_pending());
    // The policy is there, and the service is not ready.
    found.notify_one();
    assert!(poll_once(answer.as_mut()).await.is_pending());
    go_on.add_permits(1);
    others_answer.await.unwrap();
    assert!(poll_once(answer.as_mut()).await.is_pending(), "called by now");
    go_on.add_permits(1);
    let answer = answer.await.unwrap();
    assert!(answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test(start_paused = true)]
async fn a_preflight_waits_for_no_service() {
    let never = service_fn(|_: Request<()>| pending::<Result<Response<()>, Infallible>>());
    let limited = ConcurrencyLimit::new(never, 1);
    for wait in [Duration::ZERO, SECOND / 2] {
        let layer = ResolveCorsLayer::new(move |_: &RequestView<'_>| async move {
            if !wait.is_zero() {
                sleep(wait).await;
            }
            Ok::<_, Infallible>(Some(policy()))
        });
        let mut service = layer.layer(limited.clone());
        let answer = service.ready().await.unwrap().call(built(preflight(APP, "PUT")));
        // Somebody else takes the only permit meanwhile.
        let mut other = limited.clone();
        let _held = block_on(other.ready()).unwrap();
        assert_eq!(answer.await.unwrap().status(), 204);
    }
}

#[tokio::test]
async fn resolved_policy_wakes_the_request() {
    let (found, finds) = oneshot::channel();
    let finds = Arc::new(Mutex::new(Some(finds)));
    let layer = ResolveCorsLayer::new(move |_: &RequestView<'_>| {
        let finds: oneshot::Receiver<CorsPolicy> = finds.lock().unwrap().take().unwrap();
        async move { finds.await.map(Some) }
    });
    let waiting = tokio::spawn(layer.layer(service_fn(respond)).oneshot(built(get(APP))));
    tokio::task::yield_now().await;
    found.send(policy()).unwrap();
    let answer = waiting.await.unwrap().unwrap();
    assert!(answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_dropped_future_drops_its_lookup() {
    let held = Arc::new(());
    let layer = {
        let held = held.clone();
        ResolveCorsLayer::new(move |_: &RequestView<'_>| {
            let held = held.clone();
            async move {
                let never = pending::<Result<Option<CorsPolicy>, Infallible>>().await;
                drop(held);
                never
            }
        })
    };
    let before = Arc::strong_count(&held);
    for is_polled in [false, true] {
        let mut service = layer.layer(service_fn(respond));
        let mut answer = Box::pin(service.call(built(get(APP))));
        if is_polled {
            assert!(poll_once(answer.as_mut()).await.is_pending());
        }
        drop(service);
        assert!(Arc::strong_count(&held) > before);
        drop(answer);
        assert_eq!(Arc::strong_count(&held), before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_readiness_that_is_waited_for_passes() {
    #[derive(Clone)]
    struct BreaksAfter(usize);
    impl Service<Request<()>> for BreaksAfter {
        type Response = Response<()>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Response<()>, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(if self.0 == 0 { Err("broken") } else { Ok(()) })
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(Response::new(())))
        }
    }
    for (lookup, readiness, expected) in [
        (Lookup::Slow, 1, Ok(200)),
        (Lookup::Slow, 0, Err("broken")),
        (Lookup::Unknown, 0, Ok(200)),
    ] {
        let answer = resolver(lookup).layer(BreaksAfter(readiness)).call(built(get(APP))).await;
        assert_eq!(answer.map(|answer| answer.status().as_u16()), expected);
    }
}

#[tokio::test]
async fn a_lookup_reads_what_is_declared() {
    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    let layer = ResolveCorsLayer::new(|request: &RequestView<'_>| {
        let is_known = request.header(&TENANT).is_some_and(|tenant| tenant == "a");
        ready(Ok::<_, Infallible>(is_known.then(policy)))
    });
    let request = || built(get(APP).header(TENANT, "a"));
    let undeclared = layer.clone().layer(service_fn(respond)).oneshot(request()).await.unwrap();
    assert_eq!(cors_lines(undeclared.headers()), ["vary: origin"]);
    let declared = layer.varies_on([TENANT]).decision_in_extensions();
    let answer = declared.layer(service_fn(respond)).oneshot(request()).await.unwrap();
    assert_eq!(
        cors_lines(answer.headers()),
        ["access-control-allow-origin: https://app.example.com", "vary: origin, x-tenant"]
    );
    let decision = answer.extensions().get::<Decision>().expect("the decision");
    assert_eq!(decision.rule(), Some(0));
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn assert_send_sync_clone<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn assert_send<T: Send + 'static>(_: T) {}
    let tenants: Arc<HashMap<String, CorsPolicy>> = Arc::default();
    let layer = ResolveCorsLayer::new(move |request: &RequestView<'_>| {
        let policy = request.host().and_then(|host| tenants.get(&*host).cloned());
        async move { Ok::<_, Infallible>(policy) }
    });
    assert_send_sync_clone(&layer);
    let mut service = layer.layer(service_fn(respond));
    assert_send_sync_clone(&service);
    assert_send(service.call(built(get(APP))));
    assert!(format!("{layer:?}").starts_with("ResolveCorsLayer"));
}

#[derive(Clone, Copy, Debug)]
enum Lookup {
    Unknown,
    Broken,
    Slow,
    TooMany,
}

type Looking = Pin<Box<dyn Future<Output = Result<Option<CorsPolicy>, &'static str>> + Send>>;

fn resolver(lookup: Lookup) -> ResolveCorsLayer<impl Fn(&RequestView<'_>) -> Looking + Clone> {
    let layer = ResolveCorsLayer::new(move |_: &RequestView<'_>| -> Looking {
        match lookup {
            Lookup::Unknown => Box::pin(ready(Ok(None))),
            Lookup::Broken => Box::pin(ready(Err("the store is away"))),
            Lookup::Slow => Box::pin(pending()),
            Lookup::TooMany => panic!("not looked up"),
        }
    });
    if matches!(lookup, Lookup::TooMany) { layer.lookups_at_once(0) } else { layer }
}

fn policy() -> CorsPolicy {
    CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap()
}

fn built(request: request::Builder) -> Request<()> {
    request.body(()).unwrap()
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
