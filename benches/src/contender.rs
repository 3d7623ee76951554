use std::time::Duration;

use http::{
    HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG},
};
use tower::Layer;
use tower_cross_origin::{
    cors::{CorsLayer, CorsPolicy, PolicyHandle, Rule},
    cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer as TowerHttpLayer};

use crate::{Asked, Bare, ByHand, Way};

/// One way to have the headers of the one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// None of them.
    Bare,
    /// The handler sets them.
    ByHand,
    /// tower-http's layer sets them.
    TowerHttp,
    /// The same, but every request header is allowed by sending its name back.
    TowerHttpMirror,
    /// This crate's layer sets them.
    Ours,
}

impl Contender {
    /// How many allocations a request needs.
    pub fn allocations(self, asked: Asked, way: Way) -> u64 {
        match self {
            Self::Bare => way.allocations(Bare, asked),
            Self::ByHand => way.allocations(ByHand, asked),
            Self::TowerHttp => way.allocations(tower_http().layer(Bare), asked),
            Self::TowerHttpMirror => way.allocations(tower_http_mirror().layer(Bare), asked),
            Self::Ours => way.allocations(ours().layer(Bare), asked),
        }
    }
}

/// This crate's layer.
///
/// # Panics
///
/// If this crate finds a fault in the policy.
pub fn ours() -> CorsLayer {
    CorsLayer::new(policy())
}

/// The same, by a handle that this thread has read before: its first read of any takes a place of its own.
pub fn ours_by_handle() -> CorsLayer<PolicyHandle<CorsPolicy>> {
    let handle = PolicyHandle::new(policy());
    handle.read(|_| ());
    CorsLayer::new(handle)
}

/// The layer for everything, with that policy alone.
///
/// # Panics
///
/// If this crate finds a fault in the policy.
pub fn whole() -> CrossOriginLayer {
    let config = CrossOriginConfig::new().cors(rule());
    CrossOriginLayer::new(CrossOriginPolicy::new(config).expect("the policy has no fault"))
}

fn policy() -> CorsPolicy {
    CorsPolicy::new(rule()).expect("the policy has no fault")
}

fn rule() -> Rule {
    Rule::for_origins([ALLOWED])
        .allow_credentials(true)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([ETAG])
        .max_age(MAX_AGE)
}

/// tower-http's layer. It has a list of one origin, since only with a list does it vary on `Origin`.
pub fn tower_http() -> TowerHttpLayer {
    TowerHttpLayer::new()
        .allow_origin(AllowOrigin::list([HeaderValue::from_static(ALLOWED)]))
        .allow_credentials(true)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([ETAG])
        .max_age(MAX_AGE)
}

/// The same, with every request header allowed by sending its name back.
pub fn tower_http_mirror() -> TowerHttpLayer {
    tower_http().allow_headers(AllowHeaders::mirror_request())
}

/// The only origin of the one policy.
pub(crate) const ALLOWED: &str = "https://app.example.com";

const MAX_AGE: Duration = Duration::from_mins(10);
