//! Sets the headers that control embedding, timing and isolation: CORP, COOP, COEP and others.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::convert::Infallible;
//! use http::{Request, Response};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_cross_origin::embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy};
//!
//! let policy = EmbeddingPolicy::new(EmbeddingConfig::cross_origin_isolated())?;
//! let service = ServiceBuilder::new().layer(EmbeddingLayer::new(policy)).service_fn(
//!     async |_: Request<()>| Ok::<_, Infallible>(Response::new("<!DOCTYPE html>")),
//! );
//! let response = service.oneshot(Request::new(())).await?;
//! assert_eq!(response.headers()["cross-origin-opener-policy"], "same-origin");
//! assert_eq!(response.headers()["cross-origin-embedder-policy"], "require-corp");
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! | header | effect | browsers |
//! |---|---|---|
//! | `Cross-Origin-Resource-Policy` | pages of other origins, or of other sites, cannot embed the response as an image, script or style sheet | Chrome 73, Firefox 74, Safari 12 |
//! | `Cross-Origin-Opener-Policy` | pages that open a document, or that the document opens, have no reference to its window | Chrome 83, Firefox 79, Safari 15.2; `noopener-allow-popups` Chrome 131, Safari 18.4 |
//! | `Cross-Origin-Embedder-Policy` | a document embeds only responses that allow embedding | Chrome 83, Firefox 79, Safari 15.2; `credentialless` Chrome 96, Firefox 119 |
//! | `Document-Isolation-Policy` | a document is isolated, independent of its opener and its frames | Chrome 137, on Android 146 |
//! | `Origin-Agent-Cluster` | pages of other origins of the same site run in a separate agent cluster | Chrome 90, Firefox 138 |
//! | `Timing-Allow-Origin` | pages of other origins can read the duration of each loading step | all |
//! | `Content-Security-Policy: frame-ancestors` | only pages of these origins embed the response in a frame | all |
//! | `Integrity-Policy` | a document embeds only scripts and style sheets with integrity metadata | Chrome 138, Firefox 145, Safari 26; style sheets not in Chrome |
//! | `Activate-Storage-Access` | pages of these origins send requests with cookies, if the user allows this | Chrome 133, Firefox 147 |
//! | `Reporting-Endpoints` | browsers send reports about these policies to the endpoints | Chrome 96, Firefox 130, Safari 16.4 |
//! | `X-Content-Type-Options` | browsers do not use data as a script or a style sheet | all |
//!
//! An [`EmbeddingConfig`] lists the headers, usually based on a preset. [`EmbeddingPolicy::new`] validates
//! the configuration. `EmbeddingLayer` adds the headers of the policy to responses.
//!
//! # Duplicate headers
//!
//! A browser ignores `Cross-Origin-Resource-Policy` and the document policies if a response has two field
//! lines of the header, or a list. Other pages can then embed the resource, and the page is not isolated. The
//! layer therefore inserts these headers and never appends them. By default, it replaces the headers of the
//! inner service. With [`UpstreamPolicies::Keep`], the inner service's headers stay. To use other headers on
//! one route, wrap the route in a second layer and set `Keep` on the outer layer.
//!
//! `frame-ancestors` is different: browsers apply all policies of `Content-Security-Policy`. The layer adds its
//! policy and replaces none.
//!
//! # Layer order
//!
//! Put this layer outside of all layers that respond, so that error responses get the headers, too. The layer
//! adds the headers to every response except `101` and a 2xx to `CONNECT`. The headers for documents have no
//! effect on other responses. Responses that [`jsonp`](crate::jsonp) wraps or [`beacon`](crate::beacon) makes
//! keep their own `Cross-Origin-Resource-Policy`, since pages of other origins must load them. The layer does
//! nothing if the inner service returns `Err`.
//!
//! # Limitations
//!
//! - `Cross-Origin-Resource-Policy` does not replace authorization: the browser blocks the response after the
//!   service has processed the request. The header does not apply to requests in the CORS protocol, which
//!   [`cors`](crate::cors) controls, or to links and forms. It prevents framing only if the framing page has
//!   an embedder policy; use [`frame_ancestors`](EmbeddingConfig::frame_ancestors) instead.
//! - The document policies apply only in secure contexts: over `https` and on the user's own machine.
//! - `Origin-Agent-Cluster` is a hint, not a security boundary.
//! - `Timing-Allow-Origin` does not allow any page to read the response.
//! - A report-only policy blocks nothing. Before a browser sends reports to another origin, it sends a
//!   preflight, which that origin must allow.
//!
//! With the feature `browser`, `browser::policies` parses these headers as browsers do, and `browser::Page`
//! applies them.

mod compile;
mod config;
mod error;
mod frame_ancestors;
mod headers;
#[cfg(feature = "tower")]
mod layer;
mod policy;
mod storage_access;
mod timing;
mod values;

#[cfg(feature = "tower")]
pub use self::layer::{Embedding, EmbeddingLayer, ResponseFuture};
pub use self::{
    config::{EmbeddingConfig, UpstreamPolicies},
    error::{EmbeddingConfigError, Fault, FaultKind, Lint, LintKind},
    policy::{EmbeddingDecision, EmbeddingPolicy},
    values::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, IntegrityPolicy, OriginAgentCluster, WithReporting,
    },
};
#[cfg(feature = "cross-origin")]
pub(crate) use self::{
    headers::{Headers, RequestValues},
    timing::Timing,
};
