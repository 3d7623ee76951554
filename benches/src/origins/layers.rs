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

/// Returns a policy that allows the given origins, and no other methods or headers.
///
/// # Panics
///
/// If the policy is invalid.
pub fn policy_for(set: &OriginSet) -> CorsPolicy {
    CorsPolicy::new(Rule::for_origins(set.clone())).expect("the policy is valid")
}

/// Returns a policy for any origin, which does not compare origins.
///
/// # Panics
///
/// If the policy is invalid.
pub fn any_origin_policy() -> CorsPolicy {
    CorsPolicy::new(Rule::for_any_origin()).expect("the policy is valid")
}

/// Returns whether the policy allows the page to read the response.
#[inline]
pub fn allows(policy: &CorsPolicy, request: &Request<Body>) -> bool {
    policy.decide(&RequestHead::from(request)).outcome() == Outcome::Allowed
}

/// Returns the bare service in this crate's layer with the given origins.
pub fn ours_for(set: &OriginSet) -> Cors<Bare> {
    CorsLayer::new(policy_for(set)).layer(Bare)
}

/// Returns an axum router with this crate's layer.
pub fn ours_by_router(set: &OriginSet) -> Router {
    Router::new().route(PATH, any_service(Bare)).layer(CorsLayer::new(policy_for(set)))
}

/// Returns the bare service in tower-http's layer with a list of the given origins.
pub fn tower_http_for(origins: &[String]) -> TowerHttp<Bare> {
    tower_http_layer(origins).layer(Bare)
}

/// Returns an axum router with tower-http's layer.
pub fn tower_http_by_router(origins: &[String]) -> Router {
    Router::new().route(PATH, any_service(Bare)).layer(tower_http_layer(origins))
}

/// Returns an axum router with the bare service.
pub fn bare_by_router() -> Router {
    Router::new().route(PATH, any_service(Bare))
}

/// Returns a request with this origin.
pub fn request_from(origin: &str) -> Request<Body> {
    actual(Some(origin))
}

fn tower_http_layer(origins: &[String]) -> TowerHttpLayer {
    let values = origins.iter().map(|origin| HeaderValue::from_str(origin));
    let values =
        values.collect::<Result<Vec<_>, _>>().expect("an origin consists of visible ASCII");
    TowerHttpLayer::new().allow_origin(AllowOrigin::list(values))
}

/// The path of all requests in this package.
const PATH: &str = "/items";
