//! May that page embed the response, time it, or share a process with it?
//!
//! | header | what it gives | which browsers |
//! |---|---|---|
//! | `Cross-Origin-Resource-Policy` | pages of other origins, or of other sites, cannot embed the response: no image, script or style sheet of theirs | Chrome 73, Firefox 74, Safari 12 |
//! | `Cross-Origin-Opener-Policy` | pages that open a document, or are opened by it, hold no reference to its window | Chrome 83, Firefox 79, Safari 15.2; `noopener-allow-popups` Chrome 131, Safari 18.4 |
//! | `Cross-Origin-Embedder-Policy` | a document embeds only what says that it may be | Chrome 83, Firefox 79, Safari 15.2; `credentialless` Chrome 96, Firefox 119 |
//! | `Document-Isolation-Policy` | a document is isolated by itself | Chrome 137, on Android 146 |
//! | `Origin-Agent-Cluster` | pages of the site's other origins are kept apart | Chrome 90, Firefox 138 |
//! | `Timing-Allow-Origin` | pages of other origins see how long each step of loading took | all |
//! | `Reporting-Endpoints` | where the policies above are reported to | Chrome 96, Firefox 130, Safari 16.4 |
//! | `X-Content-Type-Options` | data is never taken for a script or a style sheet | all |
//!
//! An [`EmbeddingConfig`] says which of them responses have, mostly beginning with a preset. An
//! [`EmbeddingPolicy`] is made of it and knows no fault. `EmbeddingLayer` puts the headers into responses.
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
//! # One line, and no list
//!
//! A browser that finds two lines of one of these policies, or a list, takes none of them, so that the
//! resource is embedded and the page is not isolated. Headers are therefore inserted, and never appended:
//! what the service set itself is replaced, or, with [`UpstreamPolicies::Keep`], stays alone. For a route
//! that differs, wrap it in a layer of its own and let the outer one keep.
//!
//! # Where the layer stands
//!
//! Outside of everything that answers by itself, errors among it. The headers are on every response but a
//! `101` and a 2xx to `CONNECT`; those that concern documents are harmless on others. Only what
//! [`jsonp`](crate::jsonp) has wrapped and what [`beacon`](crate::beacon) answers keeps its own
//! `Cross-Origin-Resource-Policy`: that is for pages of other origins, or for nobody. Where the service
//! ends with `Err`, there is no response that could carry headers.
//!
//! # What they do not do
//!
//! - `Cross-Origin-Resource-Policy` blocks in the browser, after the response was made: it is no
//!   authorisation, and what a request changes is changed. It does not concern requests by the CORS
//!   protocol, for which [`cors`](crate::cors) answers, nor a link or a form that leads to the response.
//!   Nor does it keep a page from framing a document, unless that page has an embedder policy: that is
//!   `frame-ancestors` of Content Security Policy.
//! - The policies of documents count in secure contexts alone: over `https`, and on the machine itself.
//! - `Origin-Agent-Cluster` is a hint, and no boundary of security.
//! - `Timing-Allow-Origin` lets nobody read the response.
//! - A report-only policy changes nothing. Reports to another origin come after a preflight, which that
//!   origin has to allow.
//!
//! With the feature `browser`, `browser::policies` reads these headers as a browser does, and a
//! `browser::Page` embeds, is isolated and is refused by them.

mod compile;
mod config;
mod error;
mod headers;
#[cfg(feature = "tower")]
mod layer;
mod policy;
mod timing;
mod values;

#[cfg(feature = "tower")]
pub use self::layer::{Embedding, EmbeddingLayer, ResponseFuture};
#[cfg(feature = "cross-origin")]
pub(crate) use self::timing::Timing;
pub use self::{
    config::{EmbeddingConfig, UpstreamPolicies},
    error::{EmbeddingConfigError, Fault, FaultKind, Lint, LintKind},
    policy::{EmbeddingDecision, EmbeddingPolicy},
    values::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, OriginAgentCluster, WithReporting,
    },
};
