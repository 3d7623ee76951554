//! Requests and layers for measuring the cost of all sections together.

use axum::body::Body;
use http::Request;
use tower_cross_origin::{
    cross_origin::{
        CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, CsrfConfig, FetchMetadataConfig,
        GuardConfig, HostConfig, WebSocketConfig,
    },
    embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy},
    fetch::Destination,
};

use crate::{
    RequestKind,
    contender::rule,
    guards::{AllowedRequest, HOSTS, trusted},
};

/// Requests that all guards allow, and the requests of CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeRequest {
    /// A request of the table of guards.
    Guarded(AllowedRequest),
    /// A request of the table of CORS.
    Cors(RequestKind),
}

impl WholeRequest {
    /// All variants, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Guarded(AllowedRequest::Plain),
        Self::Guarded(AllowedRequest::Get),
        Self::Guarded(AllowedRequest::Post),
        Self::Guarded(AllowedRequest::OldPost),
        Self::Guarded(AllowedRequest::Image),
        Self::Guarded(AllowedRequest::WebSocket),
        Self::Guarded(AllowedRequest::TrustedWebSocket),
        Self::Cors(RequestKind::Rejected),
        Self::Cors(RequestKind::Allowed),
        Self::Cors(RequestKind::AllowedPreflight),
    ];

    /// Returns the request.
    pub fn request(self) -> Request<Body> {
        match self {
            Self::Guarded(kind) => kind.request(),
            Self::Cors(kind) => kind.request(),
        }
    }
}

/// Creates a layer that adds the headers of a private API.
///
/// # Panics
///
/// Never: the policy is valid.
pub fn embedding() -> EmbeddingLayer {
    let policy = EmbeddingPolicy::new(EmbeddingConfig::private_api());
    EmbeddingLayer::new(policy.expect("the policy is valid"))
}

/// Creates `CrossOriginLayer` with all guards, CORS and embedding, as the single layers have them.
///
/// # Panics
///
/// Never: the policy is valid.
pub fn whole() -> CrossOriginLayer {
    let guards = GuardConfig::new()
        .host(HostConfig::new().names(HOSTS))
        .web_socket(WebSocketConfig::new().trust_origins(trusted()))
        .csrf(CsrfConfig::new().trust_origins(trusted()))
        .fetch_metadata(
            FetchMetadataConfig::new()
                .allow_destinations([Destination::Image])
                .allow_web_sockets(true),
        );
    let config = CrossOriginConfig::new()
        .guard(guards)
        .cors(rule())
        .embedding(EmbeddingConfig::private_api());
    CrossOriginLayer::new(CrossOriginPolicy::new(config).expect("the policy is valid"))
}
