//! Lets pages of other origins use your service, by the server side of the [CORS protocol].
//!
//! Write a [`Rule`] for the origins, create a [`CorsPolicy`] from one or more rules, and add a [`CorsLayer`] to the
//! service:
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
//! let response = service.clone().oneshot(preflight).await?;
//! assert_eq!(response.status(), StatusCode::NO_CONTENT);
//! assert_eq!(response.headers()["access-control-allow-methods"], "PUT");
//!
//! let untrusted =
//!     Request::put("/items/1").header("origin", "https://evil.example").body(String::new())?;
//! let response = service.oneshot(untrusted).await?;
//! assert_eq!(response.body(), "saved", "CORS does not block requests");
//! assert!(!response.headers().contains_key("access-control-allow-origin"), "the page cannot read it");
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! # Request handling
//!
//! - The layer responds to preflights. A preflight is an `OPTIONS` request with `Origin` and
//!   `Access-Control-Request-Method`. If the policy allows it, the status is 204, and the headers list all methods and
//!   headers of the rule. One preflight thus fills the browser's cache for all of them.
//! - If no rule allows the origin of a preflight, the status is 403, and the response reveals nothing about the policy.
//!   If the rule does not allow the method or a header, the browser's console names it: see
//!   [`hide_failing_step`](CorsConfig::hide_failing_step).
//! - All other requests reach the service, including other `OPTIONS` requests. CORS only lets pages read
//!   responses; it does not block requests. If a page may read the response, the layer adds the CORS headers.
//! - The layer adds `Vary` to every response that depends on the origin, so that caches can store it safely.
//!
//! # Layer order
//!
//! Make the CORS layer the outermost layer: outside routers, authentication, rate limits and timeouts.
//!
//! - A preflight has no credentials. Authentication outside the CORS layer rejects it, unless it skips requests for
//!   which [`is_preflight`] returns `true`.
//! - The layer cannot add CORS headers to a response that is created outside of it. The page then sees a network
//!   error instead of that response.
//! - If the service returns `Err`, the layer has no response to which it could add headers.
//!
//! With nested CORS layers, the outer layer responds to all preflights. It replaces the CORS headers of the inner
//! layer, unless [`UpstreamHeaders::Keep`] is set. A response never contains headers of both.
//!
//! # Credentials
//!
//! A page of an origin with [credentials](Rule::allow_credentials) can act as the user. Such a rule therefore has
//! faults for origins of people other than you. Each fault has a setting that allows it, for the rare case that this is
//! intended:
//!
//! | fault | setting |
//! |---|---|
//! | plain HTTP, except loopback origins | [`dangerously_allow_insecure_origins`](Rule::dangerously_allow_insecure_origins) |
//! | subdomains of a public suffix, such as `https://*.github.io` | [`dangerously_allow_public_suffixes`](Rule::dangerously_allow_public_suffixes) |
//! | `*`; an expression that matches more than 64 domains and addresses, such as `https://.*\.vercel\.app` | [`dangerously_allow_credentials_for_any_origin`](Rule::dangerously_allow_credentials_for_any_origin) |
//! | the origin `null` | none: use a separate rule without credentials |
//!
//! The analysis of an expression covers all origins that it matches. It is limited by
//! [`REGEX_AUTOMATON_BYTES`](crate::limits::REGEX_AUTOMATON_BYTES) and
//! [`REGEX_ANALYSIS_STEPS`](crate::limits::REGEX_ANALYSIS_STEPS); past these limits, the expression is a fault. A
//! [predicate](OriginPredicate) is code, which cannot be analyzed.
//!
//! # Policy sources
//!
//! A [`CorsLayer`] gets its policy from a [`PolicySource`]. A [`CorsPolicy`] is a source with one policy for all
//! requests. Each request uses one policy from its beginning to its end, even if the policy changes meanwhile.
//!
//! Sources can be combined. For example, a handle can contain the table from which a function chooses, and a dry run
//! accepts any two sources.
//!
//! ## Changing policies at runtime
//!
//! With the feature `reload`, a `PolicyHandle` replaces the active policy. It accepts a new policy, a stream of
//! policies, or a single origin to add or remove. If the new policy is invalid, the old one stays active.
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
//! assert!(handle.try_swap(CorsConfig::default()).is_err(), "a policy without rules is invalid");
//! assert_eq!(handle.load().origins().len(), 2, "the old policy stays active");
//! # Ok(())
//! # }
//! # #[cfg(all(feature = "reload", feature = "tower"))]
//! # example().unwrap();
//! ```
//!
//! ## Limitations of policy changes
//!
//! A new policy does not affect these:
//!
//! - Preflights that browsers have cached, for [`Rule::max_age`] or else for 5 seconds. Meanwhile, a browser sends the
//!   requests that the old policy allowed. The new policy decides about the responses, so a page of a removed origin
//!   cannot read them. With [`enforce`](CorsConfig::enforce), the layer rejects such requests with status 403.
//! - Responses that caches have stored. They stay unchanged until they expire or are purged. `Vary` does not depend on
//!   the list of origins, so a cache never serves them to pages of other origins. A policy whose only rule is for any
//!   origin, or has a static origin, is an exception. Its responses have no `Vary`, so caches serve them to all origins
//!   until they expire.
//! - Requests that are in progress.
//!
//! ## Choosing a policy for each request
//!
//! A [`PolicyFn`] chooses the policy by the method, the target and the host of the request. It can also read the
//! request headers that it declares, and the layer adds these to `Vary`. It cannot read other parts.
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
//! ## Looking up policies in a database
//!
//! With the feature `tokio`, use `ResolveCorsLayer` instead of `CorsLayer` if the lookup of a policy is asynchronous.
//! The layer limits the number and the duration of lookups. If it finds no policy, no page may read the response.
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::{io, time::Duration};
//! use tower_cross_origin::cors::{CorsPolicy, ResolveCorsLayer, Rule};
//!
//! async fn find(tenant: Option<String>) -> io::Result<Option<CorsPolicy>> {
//!     let Some(tenant) = tenant else { return Ok(None) };
//!     let origins = [format!("https://{tenant}")]; // in production: read this from your database
//!     CorsPolicy::new(Rule::for_origins(origins)).map(Some).map_err(io::Error::other)
//! }
//!
//! let layer = ResolveCorsLayer::new(|request| find(request.host().map(String::from)))
//!     .timeout(Duration::from_millis(250))
//!     .max_concurrent_lookups(200);
//! # Ok(())
//! # }
//! # #[cfg(feature = "tokio")]
//! # example().unwrap();
//! ```
//!
//! ## Testing a candidate policy
//!
//! [`DryRun`] evaluates a candidate policy in addition to the active one, and reports requests for which the response
//! would differ.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule, DryRun};
//!
//! let active = CorsPolicy::new(Rule::for_any_origin())?;
//! let candidate = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
//! let differences = Arc::new(AtomicU64::new(0));
//! let count = differences.clone();
//! let source = DryRun::new(active, candidate).on_difference(move |_| {
//!     count.fetch_add(1, Ordering::Relaxed);
//! });
//! let layer = CorsLayer::new(source);
//! # Ok(())
//! # }
//! # #[cfg(feature = "tower")]
//! # example().unwrap();
//! ```
//!
//! # Enforcement
//!
//! By default, a policy only decides which pages may read responses. With [`enforce`](CorsConfig::enforce), the layer
//! also rejects actual requests that no rule allows: it responds with status 403, and the service is not called.
//!
//! Use [guards](crate::guard) to deny requests by other criteria, such as `Host` or `Sec-Fetch-Site`.
//!
//! # Logs and metrics
//!
//! [`CorsPolicy::decide`] returns the decision about a request without calling a service. With
//! [`CorsLayer::decision_in_extensions`], every response carries its [`Decision`] in the extensions. An outer layer can
//! count its outcomes and steps (`examples/prometheus`).
//!
//! With the feature `tracing`, the first rejection of an origin at a step is an event at the level `info`, with the
//! fix; the next ones have the level `debug`. The guide [`observability`](crate::guides::observability#events) lists
//! the fields. `outcome` and `step` have few values and are suitable as metric labels. The other fields are not:
//! clients choose their values.
//!
//! # Debugging rejected requests
//!
//! Browsers hide the reason of a rejection from the page. Their console names the method or the header at which a
//! preflight of an allowed origin fails. Otherwise, it reports a missing `Access-Control-Allow-Origin`, since a
//! rejected response has no CORS header. [`CorsPolicy::explain`] reports the step at which a request fails, the values
//! that were compared, and the change to make in the configuration or in the page:
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
//! println!("{explanation}"); // all steps
//! # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
//! ```
//!
//! # Limitations
//!
//! Private Network Access (`Access-Control-Allow-Private-Network`) is not supported, unlike in other libraries. No
//! browser enforces it, and its replacement, Local Network Access, is a permission prompt without headers.
//!
//! [CORS protocol]: https://fetch.spec.whatwg.org/#http-cors-protocol

mod client_presets;
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
mod header_prefixes;
#[cfg(feature = "tower")]
mod layer;
mod origin_matcher;
mod outcome;
mod policy;
mod predicate;
mod preflight;
mod preset;
mod request;
#[cfg(feature = "guard")]
mod request_rule;
#[cfg(feature = "tokio")]
mod resolve;
mod response;
mod rule;
mod source;
mod unexposed;

#[cfg(feature = "difference")]
pub use self::difference::{Change, ChangeKind, Effect, Names, PolicyDifference};
#[cfg(feature = "cross-origin")]
pub(crate) use self::enforce::EnforceExemptions;
#[cfg(feature = "cross-origin")]
pub(crate) use self::explain::escape;
#[cfg(feature = "cross-origin")]
pub(crate) use self::layer::log_rejection;
#[cfg(feature = "tower")]
pub use self::layer::{Cors, CorsLayer, EmptyRejection, MakeRejection, ResponseFuture};
#[cfg(feature = "guard")]
pub(crate) use self::request_rule::RequestRule;
#[cfg(feature = "tokio")]
pub use self::resolve::{ResolveCors, ResolveCorsLayer, ResolveFuture};
#[cfg(feature = "tracing")]
pub(crate) use self::unexposed::unexposed;
#[cfg(all(feature = "cross-origin", feature = "serde"))]
pub(crate) use self::{config::CorsSettings, rule::RuleSettings};
pub use self::{
    config::{CorsConfig, UpstreamHeaders},
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
pub use crate::request::{is_preflight, path::PathErrorKind};
