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
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule, policy_fn};
//!
//! let policy = CorsPolicy::new(
//!     Rule::for_origins(["https://app.example.com"])
//!         .allow_credentials(true)
//!         .allow_methods([Method::PUT])
//!         .allow_headers([CONTENT_TYPE])
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
//! # Where the policy comes from
//!
//! A [`CorsLayer`] asks a [`PolicySource`]. A [`CorsPolicy`] is one, and costs nothing beside itself. A
//! request sees one policy, from its beginning to its end, whatever is changed meanwhile.
//!
//! **Swapped while serving**, with the feature `reload`: a `PolicyHandle` takes a whole policy, a stream of
//! them, or one origin more or less of a million. What is no policy leaves the old one in force.
//!
//! ```
//! # #[cfg(all(feature = "reload", feature = "tower"))]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use tower_cross_origin::cors::{CorsConfig, CorsLayer, CorsPolicy, PolicyHandle, Rule};
//!
//! let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
//! let handle = PolicyHandle::new(policy);
//! let layer = CorsLayer::new(handle.clone());
//!
//! // From the next request on:
//! handle.insert_origin(0, &"https://new.example".parse()?)?;
//! assert!(handle.try_swap(CorsConfig::default()).is_err(), "a policy without rules");
//! assert_eq!(handle.load().origins().len(), 2, "is not put in force");
//! # Ok(())
//! # }
//! # #[cfg(all(feature = "reload", feature = "tower"))]
//! # example().unwrap();
//! ```
//!
//! **By request**: [`PolicyFn`] is a function of the method, the target and the host. It names what else it
//! reads, and can read nothing else, so that `Vary` is right.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use tower_cross_origin::cors::{Choice, CorsLayer, CorsPolicy, Rule, policy_fn};
//!
//! let public = CorsPolicy::new(Rule::for_any_origin())?;
//! let private = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_credentials(true))?;
//! let layer = CorsLayer::new(policy_fn(move |request| {
//!     if request.path_is_below("/public/") {
//!         Choice::from(public.clone())
//!     } else if request.path_is_below("/api/") {
//!         private.clone().into()
//!     } else {
//!         Choice::RejectAll
//!     }
//! }));
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # example().unwrap();
//! ```
//!
//! **Awaited**, with the feature `tokio`: `ResolveCorsLayer` takes the place of `CorsLayer` where the policy
//! is in a store. Lookups are bounded in number and in time; without a policy, nobody may read.
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::{io, time::Duration};
//! use tower_cross_origin::cors::{CorsPolicy, ResolveCorsLayer, Rule};
//!
//! async fn find(tenant: Option<String>) -> io::Result<Option<CorsPolicy>> {
//!     let Some(tenant) = tenant else { return Ok(None) };
//!     let origins = [format!("https://{tenant}")]; // in earnest, of a store
//!     CorsPolicy::new(Rule::for_origins(origins)).map(Some).map_err(io::Error::other)
//! }
//!
//! let layer = ResolveCorsLayer::new(|request| find(request.host().map(String::from)))
//!     .timeout(Duration::from_millis(250))
//!     .lookups_at_once(200);
//! # Ok(())
//! # }
//! # #[cfg(feature = "tokio")]
//! # example().unwrap();
//! ```
//!
//! **In the shadow**: [`DryRun`] asks a candidate beside the source in force, and tells what it would answer
//! otherwise, before it is put in force.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule, DryRun};
//!
//! let in_force = CorsPolicy::new(Rule::for_any_origin())?;
//! let candidate = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
//! let differences = Arc::new(AtomicU64::new(0));
//! let count = differences.clone();
//! let source = DryRun::new(in_force, candidate).on_difference(move |_| {
//!     count.fetch_add(1, Ordering::Relaxed);
//! });
//! let layer = CorsLayer::new(source);
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # example().unwrap();
//! ```
//!
//! They compose: a handle may hold a table that a function asks, and a shadow takes any two sources.
//!
//! ## What a change does not reach
//!
//! - Preflights that browsers have cached: for [`Rule::max_age`], or for 5 seconds where that is not set, a
//!   browser sends what it was allowed to send. The response has the headers of the new policy, so that a
//!   page whose origin was taken out does not read it; with [`enforce`](CorsConfig::enforce) it gets a 403.
//! - Responses that caches hold: they stay as they were stored until they expire or are purged. `Vary` does
//!   not change with the origins, so that none of them is given to a page of another origin. A policy
//!   whose only rule is for any origin is the exception: it has no `Vary`, and what was stored under it
//!   is given to everyone until it expires.
//! - Requests that are under way.
//!
//! # What became of a request
//!
//! [`CorsPolicy::decide`] says it without a service. With
//! [`CorsLayer::decision_in_extensions`] every response carries its [`Decision`], from which an outer
//! layer counts outcomes and steps (`examples/prometheus`). With the feature `tracing` each refusal is
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
//! let explanation = policy.explain(&preflight);
//! assert_eq!(
//!     explanation.summary(),
//!     "rejected at the request headers: rules[0] does not allow content-type, x-foo",
//! );
//! assert_eq!(
//!     explanation.help().collect::<Vec<_>>(),
//!     [r#"rules[0].allow_headers: add "content-type", "x-foo""#],
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

mod compile;
mod config;
mod decision;
#[cfg(feature = "difference")]
mod difference;
mod dry_run;
mod edit_origins;
mod enforce;
mod error;
mod explain;
#[cfg(feature = "tower")]
mod layer;
mod origin_matcher;
mod outcome;
mod policy;
mod predicate;
mod preflight;
mod preset;
mod request;
#[cfg(feature = "tokio")]
mod resolve;
mod response;
mod rule;
mod source;

#[cfg(feature = "difference")]
pub use self::difference::{Change, ChangeKind, Effect, Names, PolicyDifference};
#[cfg(feature = "tower")]
pub use self::layer::{Cors, CorsLayer, EmptyRejection, MakeRejection, ResponseFuture};
#[cfg(feature = "tokio")]
pub use self::resolve::{ResolveCors, ResolveCorsLayer, ResolveFuture};
pub use self::{
    config::{CorsConfig, DebugOrigins, UpstreamHeaders},
    decision::Decision,
    dry_run::{DryRun, DryRunDifference},
    edit_origins::RuleRef,
    error::{CorsConfigError, Fault, FaultKind, Lint, LintKind},
    explain::{Explanation, ExplanationLine, Mark},
    outcome::{Outcome, Step},
    policy::CorsPolicy,
    predicate::OriginPredicate,
    request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod},
    rule::Rule,
    source::{Choice, PolicyFn, PolicySource, RequestView, policy_fn},
};
#[cfg(feature = "reload")]
pub use crate::reload::PolicyHandle;
pub use crate::request::is_preflight;
