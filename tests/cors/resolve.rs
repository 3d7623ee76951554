//! Policies resolved by asynchronous lookups: limit, timeout and readiness of the inner service.
//!
//! The tests use Tokio's paused clock and do not sleep. `tests/layer_properties/` tests the properties of all layers.

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
use tower_cross_origin::cors::{
    CorsConfig, CorsPolicy, Decision, RequestView, ResolveCorsLayer, Rule,
};

use crate::support::{APP, EVIL, block_on, cors_lines, from, get, preflight, respond};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn each_tenant_gets_its_resolved_policy() {
    let layer = ResolveCorsLayer::new(|request| {
        let host = request.host().map(String::from);
        async move {
            // The lookup of `a.example` completes at once, the others wait once.
            if host.as_deref() != Some("a.example") {
                tokio::task::yield_now().await;
            }
            Ok::<_, Infallible>(match host.as_deref() {
                Some("a.example" | "b.example") => Some(policy()),
                _ => None,
            })
        }
    });
    let allowed = ["access-control-allow-origin: https://app.example.com", "vary: origin"];
    for (host, origin, expected) in [
        ("a.example", APP, &allowed[..]),
        ("b.example", APP, &allowed),
        ("a.example", EVIL, &["vary: origin"]),
        ("b.example", EVIL, &["vary: origin"]),
        ("unknown.example", APP, &["vary: origin"]),
    ] {
        let response =
            layer.layer(service_fn(respond)).oneshot(build(get(origin).header(HOST, host)));
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(cors_lines(response.headers()), expected, "{host} {origin}");
        let request = preflight(origin, "PUT").header(HOST, host);
        let response = layer.layer(service_fn(respond)).oneshot(build(request)).await.unwrap();
        assert_eq!(
            response.status(),
            if expected.len() == 1 { 403 } else { 204 },
            "{host} {origin}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failed_lookup_uses_the_fallback_policy() {
    let enforced = || CorsPolicy::reject_all_enforced(["https://api.example.com"]).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    for (lookup, has_fallback, waited) in [
        (Lookup::Unknown, false, Duration::ZERO),
        (Lookup::Unknown, true, Duration::ZERO),
        (Lookup::Broken, false, Duration::ZERO),
        (Lookup::Broken, true, Duration::ZERO),
        (Lookup::Slow, false, SECOND),
        (Lookup::Slow, true, SECOND),
        (Lookup::TooMany, false, Duration::ZERO),
        (Lookup::TooMany, true, Duration::ZERO),
    ] {
        let case = format!("{lookup:?} {has_fallback}");
        let layer = resolver(lookup);
        let layer = if has_fallback { layer.fallback(enforced()) } else { layer };
        // The policy of a failed lookup is unknown, and may enforce. S5
        let is_enforced = has_fallback || !matches!(lookup, Lookup::Unknown);
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
            service.oneshot(build(request))
        };
        for (request, status) in [
            (preflight(APP, "GET"), 403),
            (get(APP), if is_enforced { 403 } else { 200 }),
            (from(APP, "POST"), if is_enforced { 403 } else { 200 }),
            (get("https://api.example.com").header("host", "api.example.com"), 200),
            (Request::get("/"), 200),
        ] {
            let start = Instant::now();
            let is_preflight = request.method_ref().unwrap() == "OPTIONS";
            let response = send(request).await.unwrap();
            assert_eq!(response.status(), status, "{case}");
            assert_eq!(start.elapsed(), waited, "{case}");
            let lines = cors_lines(response.headers());
            if is_preflight {
                assert!(lines.len() == 1 && lines[0].starts_with(vary), "{case} {lines:?}");
            } else {
                assert_eq!(lines, [vary], "{case}");
            }
            let called = calls.swap(0, Ordering::SeqCst);
            assert_eq!(called, usize::from(status == 200), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lookup_timeout_is_configurable() {
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
        let response = service.oneshot(build(get(APP))).await.unwrap();
        assert_eq!(start.elapsed(), waited);
        let is_found = response.headers().contains_key("access-control-allow-origin");
        assert_eq!(is_found, timeout == Duration::MAX);
    }
}

/// Checks that slow lookups let no request pass that the policy would reject. S5
#[tokio::test(start_paused = true)]
async fn forged_request_is_rejected_while_all_lookups_are_slow() {
    let enforced = CorsConfig::from(Rule::for_origins([APP])).enforce(true);
    let enforced = CorsPolicy::new(enforced).unwrap();
    let layer = || {
        let policy = enforced.clone();
        ResolveCorsLayer::new(move |_| {
            let policy = policy.clone();
            async move {
                sleep(SECOND / 4).await;
                Ok::<_, Infallible>(Some(policy))
            }
        })
    };
    let forged = || build(from("https://evil.example", "POST").header("host", "api.example.com"));
    for (layer, status) in [
        (layer(), 403),
        // The attack succeeds with a fallback that does not enforce.
        (layer().fallback(CorsPolicy::reject_all()), 200),
    ] {
        let service = layer.layer(service_fn(respond));
        let mut lookups: Vec<_> =
            (0..64).map(|_| Box::pin(service.clone().oneshot(build(get(APP))))).collect();
        for lookup in &mut lookups {
            assert!(poll_once(lookup.as_mut()).await.is_pending());
        }
        let response = service.clone().oneshot(forged()).await.unwrap();
        assert_eq!(response.status(), status);
        for lookup in lookups {
            assert_eq!(lookup.await.unwrap().status(), 200);
        }
        assert_eq!(service.oneshot(forged()).await.unwrap().status(), 403);
    }
}

// Tokio's timers stay pending while the future polled with them has used up the task's budget.
#[tokio::test(start_paused = true)]
async fn busy_lookup_is_stopped_by_the_timeout() {
    let layer = ResolveCorsLayer::new(|_| async {
        for _ in 0..u64::MAX {
            consume_budget().await;
        }
        Ok::<_, Infallible>(Some(policy()))
    });
    let mut response = pin!(layer.layer(service_fn(respond)).oneshot(build(preflight(APP, "PUT"))));
    assert!(poll_once(response.as_mut()).await.is_pending());
    advance(Duration::from_millis(999)).await;
    assert!(poll_once(response.as_mut()).await.is_pending());
    advance(Duration::from_millis(1)).await;
    let Poll::Ready(response) = poll_once(response.as_mut()).await else {
        panic!("expected the timeout")
    };
    assert_eq!(response.unwrap().status(), 403);
}

#[tokio::test(start_paused = true)]
async fn concurrent_lookups_are_limited() {
    for (layer, limit) in
        [(resolver(Lookup::Slow), 64), (resolver(Lookup::Slow).max_concurrent_lookups(3), 3)]
    {
        // Each route of a router has its own service.
        let call = || Box::pin(layer.layer(service_fn(respond)).oneshot(build(get(APP))));
        let mut pending_calls: Vec<_> = (0..limit).map(|_| call()).collect();
        for one in &mut pending_calls {
            assert!(poll_once(one.as_mut()).await.is_pending());
        }
        assert!(poll_once(call().as_mut()).await.is_ready(), "a call over the limit does not wait");
        // A client disconnects.
        pending_calls.pop();
        let mut next = call();
        assert!(poll_once(next.as_mut()).await.is_pending());
        assert!(poll_once(call().as_mut()).await.is_ready());
        // The first lookups reach their timeout.
        for one in pending_calls {
            one.await.unwrap();
        }
        assert!(poll_once(next.as_mut()).await.is_ready(), "the later lookup timed out, too");
        let mut after = call();
        assert!(poll_once(after.as_mut()).await.is_pending());
    }
}

// A lookup occupies no slot while the service processes the request.
#[tokio::test(start_paused = true)]
async fn completed_lookup_frees_its_slot() {
    let layer = ResolveCorsLayer::new(|_| async {
        sleep(SECOND / 2).await;
        Ok::<_, Infallible>(Some(policy()))
    });
    let layer = layer.max_concurrent_lookups(1);
    let never = service_fn(|_: Request<()>| pending::<Result<Response<()>, Infallible>>());
    let mut first = pin!(layer.layer(never).oneshot(build(get(APP))));
    assert!(poll_once(first.as_mut()).await.is_pending());
    sleep(SECOND / 2).await;
    assert!(poll_once(first.as_mut()).await.is_pending(), "waiting for the service");
    let second = layer.layer(service_fn(respond)).oneshot(build(get(APP))).await.unwrap();
    assert!(second.headers().contains_key("access-control-allow-origin"));
    // A lookup that completes immediately frees its slot, too.
    let layer = ResolveCorsLayer::new(|_| ready(Ok::<_, Infallible>(Some(policy()))));
    let layer = layer.max_concurrent_lookups(1);
    for _ in 0..2 {
        let response = layer.layer(service_fn(respond)).oneshot(build(get(APP))).await.unwrap();
        assert!(response.headers().contains_key("access-control-allow-origin"));
    }
}

#[tokio::test(start_paused = true)]
async fn pending_lookup_holds_no_permit() {
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
    let release = Arc::new(Semaphore::new(0));
    let inner = {
        let release = release.clone();
        service_fn(move |_: Request<()>| {
            let release = release.clone();
            async move {
                release.acquire().await.unwrap().forget();
                Ok::<_, Infallible>(Response::new(()))
            }
        })
    };
    let limited = ConcurrencyLimit::new(inner, 1);
    let mut service = layer.layer(limited.clone());
    let mut response = Box::pin(service.ready().await.unwrap().call(build(get(APP))));
    // The permit is free before and after the response future is polled.
    let mut other = limited.clone();
    block_on(other.ready()).unwrap();
    assert!(poll_once(response.as_mut()).await.is_pending());
    let mut other_response = Box::pin(other.call(build(get(APP))));
    assert!(poll_once(other_response.as_mut()).await.is_pending());
    // The lookup is complete, but the service is not ready.
    found.notify_one();
    assert!(poll_once(response.as_mut()).await.is_pending());
    release.add_permits(1);
    other_response.await.unwrap();
    assert!(poll_once(response.as_mut()).await.is_pending(), "waiting for the service");
    release.add_permits(1);
    let response = response.await.unwrap();
    assert!(response.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test(start_paused = true)]
async fn preflight_does_not_wait_for_the_service() {
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
        let response = service.ready().await.unwrap().call(build(preflight(APP, "PUT")));
        // Another caller takes the only permit in the meantime.
        let mut other = limited.clone();
        let _held = block_on(other.ready()).unwrap();
        assert_eq!(response.await.unwrap().status(), 204);
    }
}

#[tokio::test]
async fn resolved_policy_wakes_the_request() {
    let (sender, receiver) = oneshot::channel();
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let layer = ResolveCorsLayer::new(move |_: &RequestView<'_>| {
        let receiver: oneshot::Receiver<CorsPolicy> = receiver.lock().unwrap().take().unwrap();
        async move { receiver.await.map(Some) }
    });
    let waiting = tokio::spawn(layer.layer(service_fn(respond)).oneshot(build(get(APP))));
    tokio::task::yield_now().await;
    sender.send(policy()).unwrap();
    let response = waiting.await.unwrap().unwrap();
    assert!(response.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn dropped_response_future_drops_its_lookup() {
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
        let mut response = Box::pin(service.call(build(get(APP))));
        if is_polled {
            assert!(poll_once(response.as_mut()).await.is_pending());
        }
        drop(service);
        assert!(Arc::strong_count(&held) > before);
        drop(response);
        assert_eq!(Arc::strong_count(&held), before);
    }
}

#[tokio::test(start_paused = true)]
async fn readiness_error_after_the_lookup_is_returned() {
    #[derive(Clone)]
    struct FailsAfter(usize);
    impl Service<Request<()>> for FailsAfter {
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
        let request = build(Request::get("/"));
        let response = resolver(lookup).layer(FailsAfter(readiness)).call(request).await;
        assert_eq!(response.map(|response| response.status().as_u16()), expected);
    }
}

#[tokio::test]
async fn lookup_reads_only_declared_headers() {
    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    let layer = ResolveCorsLayer::new(|request: &RequestView<'_>| {
        let is_known = request.header(&TENANT).is_some_and(|tenant| tenant == "a");
        ready(Ok::<_, Infallible>(is_known.then(policy)))
    });
    let request = || build(get(APP).header(TENANT, "a"));
    let undeclared = layer.clone().layer(service_fn(respond)).oneshot(request()).await.unwrap();
    assert_eq!(cors_lines(undeclared.headers()), ["vary: origin"]);
    let declared = layer.varies_on([TENANT]).decision_in_extensions();
    let response = declared.layer(service_fn(respond)).oneshot(request()).await.unwrap();
    assert_eq!(
        cors_lines(response.headers()),
        ["access-control-allow-origin: https://app.example.com", "vary: origin, x-tenant"]
    );
    let decision = response.extensions().get::<Decision>().expect("the decision");
    assert_eq!(decision.rule(), Some(0));
}

#[test]
fn layer_service_and_future_are_send() {
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
    assert_send(service.call(build(get(APP))));
    assert!(format!("{layer:?}").starts_with("ResolveCorsLayer"));
}

#[derive(Clone, Copy, Debug)]
enum Lookup {
    Unknown,
    Broken,
    Slow,
    TooMany,
}

type LookupFuture = Pin<Box<dyn Future<Output = Result<Option<CorsPolicy>, &'static str>> + Send>>;

fn resolver(lookup: Lookup) -> ResolveCorsLayer<impl Fn(&RequestView<'_>) -> LookupFuture + Clone> {
    let layer = ResolveCorsLayer::new(move |_: &RequestView<'_>| -> LookupFuture {
        match lookup {
            Lookup::Unknown => Box::pin(ready(Ok(None))),
            Lookup::Broken => Box::pin(ready(Err("the store is unavailable"))),
            Lookup::Slow => Box::pin(pending()),
            Lookup::TooMany => panic!("a lookup over the limit must not start"),
        }
    });
    if matches!(lookup, Lookup::TooMany) { layer.max_concurrent_lookups(0) } else { layer }
}

fn policy() -> CorsPolicy {
    CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap()
}

fn build(request: request::Builder) -> Request<()> {
    request.body(()).unwrap()
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
