//! The CORS layer as a Tower service: early responses, types and sizes.
//!
//! `tests/layer_properties/` tests the properties of all layers.

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

/// Returns an application whose responses `make_response` creates.
fn application<B, F>(
    make_response: F,
) -> impl Service<
    Request<()>,
    Response = Response<B>,
    Error = Infallible,
    Future = Ready<Result<Response<B>, Infallible>>,
> + Clone
where
    F: Fn() -> Response<B> + Clone,
{
    service_fn(move |_: Request<()>| ready(Ok(make_response())))
}

#[test]
fn early_response_has_the_default_body() {
    #[derive(Debug, Default, PartialEq)]
    struct Empty;
    let mut service = layer().layer(application(|| Response::new(Empty)));
    let response = block_on(service.call(preflight(APP, "PUT").body(()).unwrap())).unwrap();
    assert_eq!(response.into_body(), Empty);
}

#[test]
fn completed_future_can_be_polled_again() {
    let mut service = layer().layer(application(|| Response::new(())));
    let mut response = Box::pin(service.call(preflight(APP, "PUT").body(()).unwrap()));
    for _ in 0..2 {
        assert!(poll_once(response.as_mut()).is_ready());
    }
}

// axum boxes its routes and clones them for each request.
#[test]
fn clones_of_a_boxed_service_respond_equally() {
    let boxed = BoxCloneService::new(layer().layer(application(|| Response::new(()))));
    for _ in 0..2 {
        let response = block_on(boxed.clone().oneshot(preflight(APP, "PUT").body(()).unwrap()));
        assert_eq!(response.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

#[test]
fn inner_service_is_accessible() {
    let policy = CorsPolicy::new(Rule::for_any_origin()).unwrap();
    let mut cors = Cors::new(1, policy);
    *cors.get_mut() += 1;
    assert_eq!(*cors.get_ref(), 2);
    assert_eq!(cors.into_inner(), 2);
}

// A policy is one reference, so a clone per request costs one update of a reference count.
#[test]
fn service_adds_two_words_to_the_inner_service() {
    assert_eq!(size_of::<CorsPolicy>(), size_of::<usize>());
    assert_eq!(size_of::<Cors<()>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<CorsLayer>(), 2 * size_of::<usize>());
}

#[test]
fn public_types_are_send_sync_and_unpin() {
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

// <https://github.com/quarkusio/quarkus/pull/56661>: the application reads the reason of a rejection.
#[test]
fn decision_is_in_the_response_extensions_if_enabled() {
    let policy = CorsPolicy::new(Rule::for_origins([APP])).unwrap();
    for (request, outcome) in [
        (get(APP), Outcome::Allowed),
        (get(EVIL), Outcome::Rejected),
        (preflight(APP, "GET"), Outcome::PreflightAllowed),
        (preflight(APP, "PUT"), Outcome::PreflightRejected),
        (Request::get("/"), Outcome::Plain),
    ] {
        let request = request.body(()).unwrap();
        let send = |layer: CorsLayer| {
            let mut service = layer
                .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
            block_on(service.call(request.clone())).unwrap()
        };
        let response = send(CorsLayer::new(policy.clone()).decision_in_extensions());
        let decision = response.extensions().get::<Decision>().expect("the decision");
        assert_eq!(decision.outcome(), outcome);
        let without_decision = send(CorsLayer::new(policy.clone()));
        assert!(without_decision.extensions().get::<Decision>().is_none());
        assert_eq!(response.headers(), without_decision.headers(), "{outcome:?}");
    }
}
