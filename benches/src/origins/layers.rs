use axum::{Router, body::Body, routing::any_service};
use http::{HeaderValue, Request};
use tower::Layer;
use tower_cross_origin::{
    RequestHead,
    cors::{Cors, CorsLayer, CorsPolicy, Outcome, Rule},
    origin::OriginSet,
};
use tower_http::cors::{AllowOrigin, Cors as TowerHttp, CorsLayer as TowerHttpLayer};

use crate::{Bare, request::actual};

/// The policy whose pages are of these origins, and which allows nothing else.
///
/// # Panics
///
/// If this crate finds a fault in the policy.
pub fn policy_of(set: &OriginSet) -> CorsPolicy {
    CorsPolicy::new(Rule::for_origins(set.clone())).expect("the policy has no fault")
}

/// The policy for any origin, which never asks who it is.
///
/// # Panics
///
/// If this crate finds a fault in the policy.
pub fn policy_of_any() -> CorsPolicy {
    CorsPolicy::new(Rule::for_any_origin()).expect("the policy has no fault")
}

/// Whether the policy lets a page read the response, as the layer asks it.
#[inline]
pub fn grants(policy: &CorsPolicy, request: &Request<Body>) -> bool {
    policy.decide(&RequestHead::from(request)).outcome() == Outcome::Allowed
}

/// This crate's service with such a policy.
pub fn ours_of(set: &OriginSet) -> Cors<Bare> {
    CorsLayer::new(policy_of(set)).layer(Bare)
}

/// The same as a layer of axum's router.
pub fn ours_by_router(set: &OriginSet) -> Router {
    Router::new().route(PATH, any_service(Bare)).layer(CorsLayer::new(policy_of(set)))
}

/// tower-http's service with a list of these origins.
pub fn tower_http_of(origins: &[String]) -> TowerHttp<Bare> {
    tower_http_layer(origins).layer(Bare)
}

/// The same as a layer of axum's router.
pub fn tower_http_by_router(origins: &[String]) -> Router {
    Router::new().route(PATH, any_service(Bare)).layer(tower_http_layer(origins))
}

/// The bare service in axum's router.
pub fn bare_by_router() -> Router {
    Router::new().route(PATH, any_service(Bare))
}

/// A page of this origin reads.
pub fn request_of(origin: &str) -> Request<Body> {
    actual(Some(origin))
}

fn tower_http_layer(origins: &[String]) -> TowerHttpLayer {
    let values = origins.iter().map(|origin| HeaderValue::from_str(origin));
    let values = values.collect::<Result<Vec<_>, _>>().expect("an origin is of visible ASCII");
    TowerHttpLayer::new().allow_origin(AllowOrigin::list(values))
}

/// What every request of this package asks for.
const PATH: &str = "/items";
