//! May that page read the response? The [CORS protocol], from the side of the server.
//!
//! A [`Rule`] says what pages of certain origins may read and send. A [`CorsPolicy`] is made of rules
//! and knows no fault. A [`CorsLayer`] asks it about every request:
//!
//! - A preflight is answered at once. Granted: the status is 204, and the headers name everything that
//!   the rule allows, so that one preflight fills the browser's cache. Refused: the status is 403, and
//!   nothing of the policy is told.
//! - Every other request reaches the service, whoever asks: CORS lets pages read what they could not
//!   read without it, and blocks nothing. The response to a page that may read it gets the CORS
//!   headers; other responses get none. `Vary` is on all of them.
//!
//! A preflight is `OPTIONS` with `Origin` and `Access-Control-Request-Method`. Every other `OPTIONS`
//! belongs to the service.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::{convert::Infallible, time::Duration};
//! use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule};
//!
//! let policy = CorsPolicy::new(
//!     Rule::for_origins(["https://app.example.com"])
//!         .allow_credentials()
//!         .allow_methods([Method::PUT])
//!         .allow_request_headers([CONTENT_TYPE])
//!         .max_age(Duration::from_secs(600)),
//! )?;
//! let service = ServiceBuilder::new().layer(CorsLayer::new(policy)).service_fn(
//!     async |_: Request<String>| Ok::<_, Infallible>(Response::new("saved".to_owned())),
//! );
//!
//! let preflight = Request::options("/items/1")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT")
//!     .header("access-control-request-headers", "content-type")
//!     .body(String::new())?;
//! let answer = service.clone().oneshot(preflight).await?;
//! assert_eq!(answer.status(), StatusCode::NO_CONTENT);
//! assert_eq!(answer.headers()["access-control-allow-methods"], "PUT");
//!
//! let from_elsewhere =
//!     Request::put("/items/1").header("origin", "https://evil.example").body(String::new())?;
//! let response = service.oneshot(from_elsewhere).await?;
//! assert_eq!(response.body(), "saved", "CORS blocks nothing");
//! assert!(!response.headers().contains_key("access-control-allow-origin"), "and here lets nobody read");
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! # Where the layer stands
//!
//! Outside of everything that answers by itself: routers, authentication, rate limits, time-outs. A
//! preflight carries no credentials, so that authentication outside of CORS refuses it, unless it asks
//! [`is_preflight`] first; and an error made outside of CORS has no CORS headers, so that a page sees a
//! network error in its place. Where the service ends with `Err`, there is no response that could carry
//! headers.
//!
//! A layer within a layer: the outer one answers every preflight, and replaces the CORS headers of the
//! inner one unless it is told to [keep](UpstreamHeaders::Keep) them. Either way what arrives is the
//! answer of one of them, never a mix.
//!
//! # What became of a request
//!
//! [`CorsPolicy::decide`] says it without a service. With
//! [`CorsLayer::decision_in_extensions`] every response carries its [`Decision`], from which an outer
//! layer counts outcomes and steps (`examples/metrics.rs`). With the feature `tracing` each refusal is
//! an event at the level `debug`, whose fields are `outcome`, `step`, `method`, `path` and `origin`.
//! `outcome` and `step` have a handful of values and make good labels of metrics; the others are what
//! anyone sends, and do not.
//!
//! # Why was it refused?
//!
//! A browser tells a page nothing, and its console little: what a policy refuses has no CORS header, so
//! that the message is mostly that `Access-Control-Allow-Origin` is missing, whichever step failed.
//! [`CorsPolicy::explain`] says at which step a request fails, what was compared with what, and what to
//! write in the configuration or in the page:
//!
//! ```
//! use http::Request;
//! use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Rule}};
//!
//! let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_methods(["PUT"]))?;
//! let preflight = Request::options("/items/1")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT")
//!     .header("access-control-request-headers", "content-type,x-foo")
//!     .body(())
//!     .unwrap();
//! let explanation = policy.explain(&RequestHead::from(&preflight));
//! assert_eq!(
//!     explanation.summary(),
//!     "refused at the request headers: rules[0] does not allow content-type, x-foo",
//! );
//! assert_eq!(
//!     explanation.advice().collect::<Vec<_>>(),
//!     [r#"rules[0].request_headers: add "content-type", "x-foo""#],
//! );
//! println!("{explanation}"); // the whole, step by step
//! # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
//! ```
//!
//! # What is not here
//!
//! Private Network Access (`Access-Control-Allow-Private-Network`), which other libraries offer, has
//! been given up: no browser enforces it, and the permission prompt that took its place, Local Network
//! Access, has no headers.
//!
//! [CORS protocol]: https://fetch.spec.whatwg.org/#http-cors-protocol

mod actual;
mod compile;
mod compiled;
mod compiled_rule;
mod config;
mod decision;
mod diagnosis;
mod difference;
mod early_answer;
mod enforcement;
mod explain;
mod fault;
#[cfg(feature = "serde")]
mod file;
mod finding;
mod lint;
mod policy;
mod predicate;
mod preflight;

mod preset;
mod request;
mod rule;
#[cfg(feature = "tower")]
mod service;
mod settings;
mod source;
mod verdict;
#[cfg(feature = "tower")]
mod whole;

#[cfg(feature = "tower")]
pub use self::service::{Cors, CorsLayer, ResponseFuture};
pub use self::{
    config::{CorsConfig, Diagnostics, UpstreamHeaders},
    decision::{Decision, Outcome, Step},
    difference::{Change, ChangeKind, Effect, Names, PolicyDifference},
    explain::{Explanation, ExplanationLine, Mark},
    fault::{CorsConfigError, Fault, FaultKind},
    finding::Finding,
    lint::{Lint, LintKind},
    policy::CorsPolicy,
    predicate::OriginPredicate,
    request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod, is_preflight},
    rule::Rule,
    source::PolicySource,
};
