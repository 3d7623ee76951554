//! What is CORS's own of the layer as a citizen of Tower: early answers, types, sizes. What holds for
//! every layer is in `tests/layer_properties/`.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use http::{Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn, util::BoxCloneService};
use tower_cross_origin::cors::{
    Cors, CorsLayer, CorsPolicy, Decision, Outcome, ResponseFuture, Rule,
};

use crate::support::{APP, EVIL, block_on, get, poll_once, preflight};

fn layer() -> CorsLayer {
    CorsLayer::new(CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap())
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
fn an_early_answer_has_the_default_body() {
    #[derive(Debug, Default, PartialEq)]
    struct Empty;
    let mut service = layer().layer(application(|| Response::new(Empty)));
    let answer = block_on(service.call(preflight(APP, "PUT").body(()).unwrap())).unwrap();
    assert_eq!(answer.into_body(), Empty);
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
        (get(APP), Outcome::Allowed),
        (get(EVIL), Outcome::Rejected),
        (preflight(APP, "GET"), Outcome::PreflightAllowed),
        (preflight(APP, "PUT"), Outcome::PreflightRejected),
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
