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

use crate::{Bare, ByHand, CallMode, RequestKind};

/// One way to set the headers of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// No headers.
    Bare,
    /// The handler sets them.
    ByHand,
    /// tower-http's layer sets them.
    TowerHttp,
    /// tower-http's layer sets them, and allows all request headers by echoing their names.
    TowerHttpMirror,
    /// This crate's layer sets them.
    Ours,
}

impl Contender {
    /// Returns how many allocations a request needs.
    pub fn allocations(self, kind: RequestKind, mode: CallMode) -> u64 {
        match self {
            Self::Bare => mode.allocations(Bare, kind),
            Self::ByHand => mode.allocations(ByHand, kind),
            Self::TowerHttp => mode.allocations(tower_http().layer(Bare), kind),
            Self::TowerHttpMirror => mode.allocations(tower_http_mirror().layer(Bare), kind),
            Self::Ours => mode.allocations(ours().layer(Bare), kind),
        }
    }
}

/// Creates this crate's layer.
///
/// # Panics
///
/// If the policy is invalid.
pub fn ours() -> CorsLayer {
    CorsLayer::new(policy())
}

/// Creates this crate's layer with a handle that this thread has read before.
///
/// A thread's first read of a handle allocates.
pub fn ours_by_handle() -> CorsLayer<PolicyHandle<CorsPolicy>> {
    let handle = PolicyHandle::new(policy());
    handle.read(|_| ());
    CorsLayer::new(handle)
}

/// Creates `CrossOriginLayer` with the same CORS policy and no other section.
///
/// # Panics
///
/// If the policy is invalid.
pub fn ours_cross_origin() -> CrossOriginLayer {
    let config = CrossOriginConfig::new().cors(rule());
    CrossOriginLayer::new(CrossOriginPolicy::new(config).expect("the policy is valid"))
}

fn policy() -> CorsPolicy {
    CorsPolicy::new(rule()).expect("the policy is valid")
}

pub(crate) fn rule() -> Rule {
    Rule::for_origins([ALLOWED])
        .allow_credentials(true)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([ETAG])
        .max_age(MAX_AGE)
}

/// Creates tower-http's layer. Only with a list of origins does its response vary on `Origin`.
pub fn tower_http() -> TowerHttpLayer {
    TowerHttpLayer::new()
        .allow_origin(AllowOrigin::list([HeaderValue::from_static(ALLOWED)]))
        .allow_credentials(true)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([ETAG])
        .max_age(MAX_AGE)
}

/// Creates tower-http's layer, which allows all request headers by echoing their names.
pub fn tower_http_mirror() -> TowerHttpLayer {
    tower_http().allow_headers(AllowHeaders::mirror_request())
}

/// The only origin that the policy allows.
pub(crate) const ALLOWED: &str = "https://app.example.com";

const MAX_AGE: Duration = Duration::from_mins(10);
