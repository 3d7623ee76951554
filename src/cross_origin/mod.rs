//! One configuration and one layer for every cross-origin concern of a server.
//!
//! Use this module instead of single layers if you need several of them, or read the configuration from a file:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use http::{Request, Response, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_cross_origin::{
//!     cors::Rule,
//!     cross_origin::{
//!         CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, CsrfConfig, GuardConfig,
//!         HostConfig,
//!     },
//!     embedding::EmbeddingConfig,
//! };
//!
//! let config = CrossOriginConfig::new()
//!     .cors(Rule::for_origins(["https://app.example.com"]).allow_credentials(true))
//!     .guard(
//!         GuardConfig::new()
//!             .host(HostConfig::new().names(["api.example.com"]))
//!             .csrf(CsrfConfig::new()),
//!     )
//!     .embedding(EmbeddingConfig::private_api());
//! let layer = CrossOriginLayer::new(CrossOriginPolicy::new(config)?);
//! let service = ServiceBuilder::new().layer(layer).service_fn(
//!     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(String::new())),
//! );
//!
//! let forged = Request::post("/transfer")
//!     .header("host", "api.example.com")
//!     .header("origin", "https://evil.example")
//!     .body(())?;
//! assert_eq!(service.oneshot(forged).await?.status(), StatusCode::FORBIDDEN);
//! # Ok(())
//! # }
//! ```
//!
//! - [`CrossOriginConfig`] is plain data with one section for each concern. It can be read from a
//!   [file](CrossOriginConfig#from-a-file).
//! - [`CrossOriginPolicy`] is a validated configuration. [`CrossOriginPolicy::new`] reports all faults at once.
//! - [`CrossOriginLayer`] applies a policy: one service, one future and one body for all sections.
//!
//! # Order of the sections
//!
//! The policy [decides](CrossOriginPolicy::decide) once for each request. The result equals the
//! result of the single layers in this order, from the outermost to the innermost:
//!
//! ```text
//!            request                          response
//!               |                                ^
//! beacon        |                                |  headers for pings
//! embedding     |                                |  Cross-Origin-*-Policy
//! guard.host    |--> 403 for unknown hosts ----->|
//! cors          |--> preflight responses, 403 -->|  Access-Control-*, Vary
//! guard         |--> 403 of the other checks --->|
//! jsonp         |                                |  JSON becomes a script
//! sse           |                                |  headers of event streams
//! long_poll     |--> 204 after the window ------>|  no-store
//!               v                                |
//!            service ----------------------------+
//! ```
//!
//! | section | layer | reason for its position |
//! |---|---|---|
//! | `beacon` | [`BeaconLayer`](crate::beacon::BeaconLayer) | pages of every site may embed its responses |
//! | `embedding` | [`EmbeddingLayer`](crate::embedding::EmbeddingLayer) | rejections get its headers, too |
//! | `guard.host` | [`HostCheck`](crate::guard::HostCheck) | a page at a rebound name cannot read the rejection |
//! | `cors` | [`CorsLayer`](crate::cors::CorsLayer) | preflights have no credentials and must not reach a guard |
//! | `guard` | [`WebSocket`](crate::guard::WebSocket), [`Csrf`](crate::guard::Csrf), [`FetchMetadata`](crate::guard::FetchMetadata), [`RequirePreflight`](crate::guard::RequirePreflight) | a page that CORS allows can read the rejection |
//! | `jsonp` | [`JsonpLayer`](crate::jsonp::JsonpLayer) | |
//! | `sse` | [`SseLayer`](crate::push::SseLayer) for events, and for other streams | |
//! | `long_poll` | `LongPollLayer` | |
//!
//! A section that is not configured changes nothing. Place compression outside of the layer, with
//! [`is_not_streaming`](crate::push::is_not_streaming), so that it does not delay streams.
//!
//! # Rejections
//!
//! The response to a rejected request has the status 403 and one line of text, which names the section. The
//! [`Rejection`](crate::guard::Rejection) of a guard is in its extensions.
//! [`reject_with`](CrossOriginLayer::reject_with) replaces the response.
//!
//! [`CrossOriginPolicy::explain`] names the section and the setting that reject a request, and a fix.
//! With the feature `difference`, `CrossOriginPolicy::difference` compares two policies.
//!
//! # Changing policies at runtime
//!
//! With the feature `reload`, `cors::PolicyHandle` is also a [source](CrossOriginSource) of these policies. One
//! policy decides about all sections of a request. An invalid candidate is rejected, and the active policy stays.
//! `examples/gateway` follows a file, and a key in Redis.
//!
//! # Shared lists of origins
//!
//! Settings refer to a list under `origins` by its name: `"@partners"`. A guard without `trust_origins` trusts the
//! origins to which a CORS rule allows credentials, so that both always agree.
//!
//! # Lints
//!
//! [`CrossOriginPolicy::lints`] returns the lints of each section, and lints about combinations of sections. For
//! example, a guard may deny requests that another section allows. See [`LintKind`].

mod body;
mod compile;
mod config;
mod cross_checks;
mod decision;
#[cfg(feature = "difference")]
mod difference;
mod error;
mod explain;
mod guards;
mod layer;
mod policy;
mod timed;
#[cfg(feature = "serde")]
mod unknown_keys;

#[cfg(feature = "difference")]
pub use self::difference::{CrossOriginChange, CrossOriginDifference};
pub use self::{
    body::CrossOriginBody,
    config::{
        BeaconConfig, CrossOriginConfig, CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig,
        LongPollConfig, RequirePreflightConfig, SseConfig, WebSocketConfig,
    },
    decision::{CrossOriginDecision, PlainTextRejection, RejectionResponse, Section},
    error::{CrossOriginConfigError, Fault, FaultKind, Lint, LintKind},
    explain::CrossOriginExplanation,
    layer::{CrossOrigin, CrossOriginLayer, ResponseFuture},
    policy::{CrossOriginPolicy, CrossOriginSource},
};
