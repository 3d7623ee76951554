//! The layer as a citizen of Tower: readiness, permits, cancellation, streams, upgrades, errors, types.
//! PEERS section 2 row 20; DESIGN 11, 13, 14.

mod support;

use std::{
    convert::Infallible,
    future::{Ready, pending, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use support::{APP, EVIL, block_on, get, preflight};
use tower::{
    Layer, Service, ServiceExt, limit::ConcurrencyLimit, service_fn, util::BoxCloneService,
};
use tower_cross_origin::cors::{
    Cors, CorsConfig, CorsLayer, CorsPolicy, Decision, Outcome, ResponseFuture, Rule,
};

fn layer() -> CorsLayer {
    CorsLayer::new(CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap())
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// An application whose answers are made by `answer`.
fn application<B, F>(
    answer: F,
) -> impl Service<
    Request<()>,
    Response = Response<B>,
    Error = Infallible,
    Future = Ready<Result<Response<B>, Infallible>>,
> + Clone
where
    F: Fn() -> Response<B> + Clone,
{
    service_fn(move |_: Request<()>| ready(Ok(answer())))
}

#[test]
fn readiness_is_that_of_the_inner_service() {
    #[derive(Clone)]
    struct Inner(Poll<Result<(), &'static str>>);
    impl Service<Request<()>> for Inner {
        type Response = Response<()>;
        type Error = &'static str;
        type Future = Ready<Result<Response<()>, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            self.0
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(Response::new(())))
        }
    }
    for readiness in [Poll::Pending, Poll::Ready(Ok(())), Poll::Ready(Err("broken"))] {
        let mut service = layer().layer(Inner(readiness));
        assert_eq!(service.poll_ready(&mut Context::from_waker(Waker::noop())), readiness);
    }
}

/// With tower-http 0.7.1 the permit of a preflight stays held for as long as the handle lives, and
/// other clones wait for it.
#[test]
fn a_preflight_gives_its_permit_back() {
    for (origin, status) in [(APP, StatusCode::NO_CONTENT), (EVIL, StatusCode::FORBIDDEN)] {
        let limited = ConcurrencyLimit::new(application(|| Response::new(())), 1);
        let mut preflights = layer().layer(limited);
        let mut others = preflights.clone();

        block_on(preflights.ready()).unwrap();
        let answer = preflights.call(preflight(origin, "PUT").body(()).unwrap());
        block_on(others.ready()).expect("the permit is free before the answer is polled");
        drop(others);
        assert_eq!(block_on(answer).unwrap().status(), status);

        // The handle itself goes on: it is made ready again like any other.
        block_on(preflights.ready()).unwrap();
        let response = block_on(preflights.call(get(origin).body(()).unwrap())).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
}

/// The same for what `enforce` refuses.
#[test]
fn a_forbidden_request_gives_its_permit_back() {
    let rules = vec![Rule::for_origins([APP])];
    let config = CorsConfig { rules, enforce: true, ..CorsConfig::default() };
    let layer = CorsLayer::new(CorsPolicy::try_from(config).unwrap());
    let limited = ConcurrencyLimit::new(application(|| Response::new(())), 1);
    let mut forbidden = layer.layer(limited);
    let mut others = forbidden.clone();
    block_on(forbidden.ready()).unwrap();
    let answer = forbidden.call(get(EVIL).body(()).unwrap());
    block_on(others.ready()).expect("the permit is free before the answer is polled");
    assert_eq!(block_on(answer).unwrap().status(), StatusCode::FORBIDDEN);
}

#[test]
fn an_actual_request_keeps_its_permit_until_it_is_done() {
    let inner = service_fn(|_: Request<()>| pending::<Result<Response<()>, Infallible>>());
    let mut service = layer().layer(ConcurrencyLimit::new(inner, 1));
    let mut other = service.clone();
    block_on(service.ready()).unwrap();
    let mut response = Box::pin(service.call(get(APP).body(()).unwrap()));
    assert!(poll_once(response.as_mut()).is_pending());
    let mut waiting = std::pin::pin!(other.ready());
    assert!(poll_once(waiting.as_mut()).is_pending());
    drop(response);
    assert!(poll_once(waiting.as_mut()).is_ready(), "a dropped request gives its permit back");
}

/// The handle that is ready is the one that is called.
#[test]
fn the_handle_that_was_made_ready_is_called() {
    struct Inner {
        is_ready: bool,
    }
    impl Clone for Inner {
        fn clone(&self) -> Self {
            Self { is_ready: false }
        }
    }
    impl Service<Request<()>> for Inner {
        type Response = Response<()>;
        type Error = Infallible;
        type Future = Ready<Result<Response<()>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.is_ready = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            assert!(self.is_ready, "called before it was ready");
            self.is_ready = false;
            ready(Ok(Response::new(())))
        }
    }
    let mut service = layer().layer(Inner { is_ready: false });
    for request in [get(APP), preflight(APP, "PUT"), get(EVIL), preflight(EVIL, "PUT"), get(APP)] {
        block_on(service.ready()).unwrap();
        block_on(service.call(request.body(()).unwrap())).unwrap();
    }
}

#[test]
fn dropping_the_response_drops_the_inner_future() {
    struct OnDrop(Arc<AtomicUsize>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let inner = {
        let drops = drops.clone();
        service_fn(move |_: Request<()>| {
            let guard = OnDrop(drops.clone());
            async move {
                let _guard = guard;
                pending::<Result<Response<()>, Infallible>>().await
            }
        })
    };
    let mut response = Box::pin(layer().layer(inner).oneshot(get(APP).body(()).unwrap()));
    assert!(poll_once(response.as_mut()).is_pending());
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(response);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn an_error_of_the_inner_service_passes_unchanged() {
    #[derive(Debug, PartialEq)]
    struct Broken;
    let inner = service_fn(|_: Request<()>| ready(Err::<Response<()>, _>(Broken)));
    let mut service = layer().layer(inner);
    let error = block_on(service.call(get(APP).body(()).unwrap())).unwrap_err();
    assert_eq!(error, Broken);
    // A preflight does not reach the service, and so does not meet its error.
    let answer = block_on(service.call(preflight(APP, "PUT").body(()).unwrap())).unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

/// Two chunks and trailers, one for each poll, after having been pending once each.
#[derive(Default)]
struct Stream {
    polls: usize,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        self.polls += 1;
        cx.waker().wake_by_ref();
        match self.polls {
            2 => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"one"))))),
            4 => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"two"))))),
            6 => {
                let value = HeaderValue::from_static("0");
                let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), value)]);
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
            8 => Poll::Ready(Some(Err("cut"))),
            _ => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.polls >= 6
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(6)
    }
}

/// The body is the inner one itself: chunk for chunk, poll for poll, trailers, size and end.
#[test]
fn a_stream_stays_the_stream_that_it_is() {
    let inner = application(|| Response::new(Stream::default()));
    let mut service = layer().layer(inner);
    let response = block_on(service.call(get(APP).body(()).unwrap())).unwrap();
    let mut body: Stream = response.into_body();
    assert_eq!(body.polls, 0, "nothing is read ahead");
    assert_eq!(body.size_hint().exact(), Some(6));
    let mut frames = Vec::new();
    for poll in 1..=8 {
        match poll_once(std::pin::pin!(body.frame()).as_mut()) {
            Poll::Pending => frames.push("pending".to_owned()),
            Poll::Ready(Some(Ok(frame))) => frames.push(format!("{frame:?}")),
            Poll::Ready(Some(Err(error))) => frames.push(error.to_owned()),
            Poll::Ready(None) => frames.push("end".to_owned()),
        }
        assert_eq!(body.polls, poll);
        assert_eq!(body.is_end_stream(), poll >= 6);
    }
    assert_eq!(frames[0], "pending");
    assert!(frames[1].contains("one") && frames[3].contains("two"), "{frames:?}");
    assert!(frames[5].contains("grpc-status"), "{frames:?}");
    assert_eq!(frames[7], "cut");
}

#[test]
fn an_early_answer_has_the_default_body() {
    #[derive(Debug, Default, PartialEq)]
    struct Empty;
    let mut service = layer().layer(application(|| Response::new(Empty)));
    let answer = block_on(service.call(preflight(APP, "PUT").body(()).unwrap())).unwrap();
    assert_eq!(answer.into_body(), Empty);
}

/// hyper keeps the other end of an upgrade in the extensions of both sides.
#[test]
fn an_upgrade_keeps_both_of_its_ends() {
    #[derive(Clone, Debug, PartialEq)]
    struct OnUpgrade(&'static str);
    let inner = service_fn(|request: Request<()>| {
        assert_eq!(request.extensions().get(), Some(&OnUpgrade("of the request")));
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert("upgrade", HeaderValue::from_static("websocket"));
        response.extensions_mut().insert(OnUpgrade("of the response"));
        ready(Ok::<_, Infallible>(response))
    });
    let mut request = get(APP).header("upgrade", "websocket").body(()).unwrap();
    request.extensions_mut().insert(OnUpgrade("of the request"));
    let response = block_on(layer().layer(inner).oneshot(request)).unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.extensions().get(), Some(&OnUpgrade("of the response")));
    assert_eq!(response.headers().len(), 1, "{:?}", response.headers());
}

#[test]
fn the_request_reaches_the_service_as_it_came() {
    let inner = service_fn(|request: Request<String>| {
        assert_eq!(request.method(), "PUT");
        assert_eq!(request.uri(), "/items/1");
        assert_eq!(request.headers()["origin"], APP);
        assert_eq!(request.headers()["x-a"], "1");
        assert_eq!(request.body(), "body");
        ready(Ok::<_, Infallible>(Response::new(())))
    });
    let request = support::from(APP, "PUT").header("x-a", "1").body("body".to_owned()).unwrap();
    block_on(layer().layer(inner).oneshot(request)).unwrap();
}

#[test]
fn polling_an_answered_future_again_does_not_panic() {
    let mut service = layer().layer(application(|| Response::new(())));
    let mut answer = Box::pin(service.call(preflight(APP, "PUT").body(()).unwrap()));
    for _ in 0..2 {
        assert!(poll_once(answer.as_mut()).is_ready());
    }
}

/// axum boxes its routes and clones them for each request.
#[test]
fn a_boxed_service_and_its_clones_answer_alike() {
    let boxed = BoxCloneService::new(layer().layer(application(|| Response::new(()))));
    for _ in 0..2 {
        let answer = block_on(boxed.clone().oneshot(preflight(APP, "PUT").body(()).unwrap()));
        assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

#[test]
fn the_inner_service_can_be_reached() {
    let policy = CorsPolicy::new(Rule::for_any_origin()).unwrap();
    let mut cors = Cors::new(1, policy);
    *cors.get_mut() += 1;
    assert_eq!(*cors.get_ref(), 2);
    assert_eq!(cors.into_inner(), 2);
}

/// A policy is one reference, so that a clone for each request costs one reference count.
#[test]
fn a_service_is_a_reference_and_a_setting_larger_than_its_inner_one() {
    assert_eq!(size_of::<CorsPolicy>(), size_of::<usize>());
    assert_eq!(size_of::<Cors<()>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<CorsLayer>(), 2 * size_of::<usize>());
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn assert_send_sync_unpin<T: Send + Sync + Unpin + 'static>() {}
    assert_send_sync_unpin::<CorsLayer>();
    assert_send_sync_unpin::<Cors<()>>();
    assert_send_sync_unpin::<ResponseFuture<Ready<()>>>();
    assert_send_sync_unpin::<CorsPolicy>();
    assert_send_sync_unpin::<Decision>();
    assert_send_sync_unpin::<Rule>();
    assert_send_sync_unpin::<tower_cross_origin::cors::CorsConfigError>();
    assert_send_sync_unpin::<tower_cross_origin::origin::OriginSet>();
    assert_send_sync_unpin::<tower_cross_origin::origin::Origin<'static>>();
    assert_send_sync_unpin::<tower_cross_origin::RequestHead<'static>>();
}

/// <https://github.com/quarkusio/quarkus/pull/56661>: why was it refused?
#[test]
fn the_decision_is_in_the_extensions_of_every_response_where_that_is_asked_for() {
    let policy = CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    for (request, outcome) in [
        (get(APP), Outcome::Granted),
        (get(EVIL), Outcome::Refused),
        (preflight(APP, "GET"), Outcome::PreflightGranted),
        (preflight(APP, "PUT"), Outcome::PreflightRefused),
        (Request::get("/"), Outcome::Plain),
    ] {
        let request = request.body(()).unwrap();
        let answer = |layer: CorsLayer| {
            let mut service = layer
                .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
            block_on(service.call(request.clone())).unwrap()
        };
        let response = answer(CorsLayer::new(policy.clone()).decision_in_extensions());
        let decision = response.extensions().get::<Decision>().expect("the decision");
        assert_eq!(decision.outcome(), outcome);
        let same = answer(CorsLayer::new(policy.clone()));
        assert!(same.extensions().get::<Decision>().is_none());
        assert_eq!(response.headers(), same.headers(), "{outcome:?}");
    }
}
