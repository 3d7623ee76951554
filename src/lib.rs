//! Tower middleware for every cross-origin concern of an HTTP server.
//!
//! # Recipes
//!
//! The guide [recipes](guides::recipes) describes common mistakes for each of them.
//!
//! **1. A single-page app, with cookies**
//!
//! ```
//! # use std::time::Duration;
//! # use axum::{Router, routing::put};
//! # use http::{Method, header::{CONTENT_TYPE, ETAG}};
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule};
//!
//! # async fn save() {}
//! let policy = CorsPolicy::new(
//!     Rule::for_origins(["https://app.example.com", "https://*.example.org"])
//!         .allow_credentials(true)
//!         .allow_methods([Method::PUT, Method::DELETE])
//!         .allow_headers([CONTENT_TYPE])
//!         .expose_headers([ETAG])
//!         .max_age(Duration::from_secs(600)),
//! )?; // the error lists every fault and how to fix it
//! let app = Router::new().route("/items", put(save)).layer(CorsLayer::new(policy));
//! # let _: Router = app;
//! # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
//! ```
//!
//! **2. A public API**: any origin, any method, any header including `Authorization`, no credentials
//!
//! ```
//! # use axum::Router;
//! # use tower_cross_origin::cors::{CorsLayer, CorsPolicy};
//! # let app: Router = Router::new();
//! let app = app.layer(CorsLayer::new(CorsPolicy::public_api()));
//! ```
//!
//! **3. Origins from the environment**: `CORS_ORIGINS="https://app.example.com, http://localhost:*"`
//!
//! ```
//! # use tower_cross_origin::{cors::{CorsPolicy, Rule}, origin::OriginSet};
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // An error names the invalid item.
//! let origins: OriginSet = std::env::var("CORS_ORIGINS")?.parse()?;
//! let policy = CorsPolicy::new(Rule::for_origins(&origins).allow_credentials(true))?;
//! # Ok(())
//! # }
//! ```
//!
//! **4. A policy for each route**: layers on nested routers, or one layer that chooses by path
//!
//! ```
//! # use tower_cross_origin::cors::{Choice, CorsLayer, CorsPolicy, policy_fn};
//! # let [public, private] = [CorsPolicy::public_api(), CorsPolicy::reject_all()];
//! let cors = CorsLayer::new(policy_fn(move |request| match () {
//!     _ if request.path_is_below("/public/") => public.clone().into(),
//!     _ if request.path_is_below("/api/") => private.clone().into(),
//!     _ => Choice::NotHandled, // no CORS: the request and its response pass unchanged
//! }));
//! ```
//!
//! **5. tonic and gRPC-Web**
//!
//! ```ignore
//! // Compiled and served by `examples/grpc`.
//! Server::builder()
//!     .accept_http1(true)
//!     .layer(CorsLayer::new(CorsPolicy::new(Rule::for_origins(origins).allow_grpc_web())?))
//!     .layer(GrpcWebLayer::new())
//! ```
//!
//! **6. A server on the user's own machine** (feature `guard`): developer tools, MCP
//!
//! ```
//! # use axum::Router;
//! # use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
//! # let app: Router = Router::new();
//! let app = app.layer(LocalServerLayer::new(Rule::for_loopback_origins().allow_mcp())?);
//! # let _: Router = app;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! | module | topic |
//! |---|---|
//! | [`cors`] | CORS: origins that may read responses, and the requests that they may send |
//! | [`guard`] | checks against CSRF, WebSocket hijacking and DNS rebinding, and by Fetch Metadata; they deny requests |
//! | [`embedding`] | COOP, COEP, CORP and related headers: pages that may embed a response, time it, or share its process |
//! | [`cross_origin`] | one configuration for all layers |
//! | [`jsonp`], [`push`], [`beacon`] | JSONP; server-sent events (SSE) and long polling; beacons and image pings |
//! | [`origin`], [`fetch`] | origins, patterns and sets of origins; definitions of the Fetch standard |
//! | `browser` | a model of the browser for tests of any CORS layer |
//!
//! # Guides
//!
//! [Recipes](guides::recipes), [choosing a layer](guides::choosing_a_layer), [coming from
//! tower-http](guides::coming_from_tower_http), [browser messages](guides::my_browser_says),
//! [browser engines](guides::browser_engines), [caches](guides::caches), [many tenants](guides::many_tenants) and
//! [observability](guides::observability).
//!
//! # Features
//!
//! | feature | default | contents |
//! |---|---|---|
//! | `cors` | yes | [`cors`]; [`origin`] and [`fetch`] are always available |
//! | `guard`, `embedding`, `jsonp`, `push`, `beacon` | no | the module of the same name |
//! | `cross-origin` | no | [`cross_origin`]: one configuration for all of these modules |
//! | `tower` | yes | the layers; without them, all decisions are still available, and the crate depends only on `http` |
//! | `tracing` | yes | an event at the level `debug` for every rejection |
//! | `public-suffix` | yes | the Public Suffix List: with credentials, subdomains of a registrable domain are allowed, and subdomains of a public suffix are a fault |
//! | `regex` | no | origins by regular expressions |
//! | `idna` | no | suggests the A-label (punycode) of a Unicode host |
//! | `difference` | no | [`CorsPolicy::difference`](cors::CorsPolicy::difference): the permissions that pages gain or lose by another policy |
//! | `tokio` | no | functions that need a clock: keep-alives, maximum ages and the shutdown of streams; long polling; asynchronous lookups of policies |
//! | `reload` | no | [`PolicyHandle`](cors::PolicyHandle): policies that are replaced at runtime |
//! | `serde` | no | reads [configurations](cors::CorsConfig#from-a-file) from files, and writes them |
//! | `schemars` | no | the JSON Schema of such a file |
//! | `full` | no | all features above |
//! | `browser` | no | `browser`: a model of the browser, for tests |
//!
//! With its default features, the crate adds no other crate to an axum application.
//!
//! A feature only adds to the API; it never makes a response more permissive. Without the default feature
//! `public-suffix`, a pattern for subdomains with credentials needs [`dangerously_allow_public_suffixes`].
//! The documentation of that setting gives the date of the list.
//!
//! [`dangerously_allow_public_suffixes`]: cors::Rule::dangerously_allow_public_suffixes

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "full", feature = "browser")),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        unused_macros,
        reason = "shared items are unused if some features are disabled"
    )
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable
    )
)]

#[cfg(feature = "beacon")]
pub mod beacon;
#[cfg(feature = "browser")]
pub mod browser;
pub mod config;
#[cfg(feature = "cors")]
pub mod cors;
#[cfg(feature = "cross-origin")]
pub mod cross_origin;
#[cfg(feature = "embedding")]
pub mod embedding;
pub mod fetch;
#[cfg(feature = "guard")]
pub mod guard;
pub mod guides;
#[cfg(feature = "jsonp")]
pub mod jsonp;
pub mod limits;
pub mod origin;
#[cfg(feature = "push")]
pub mod push;
#[cfg(feature = "reload")]
mod reload;
mod request;
mod response;
#[cfg(feature = "tower")]
mod service;
mod telemetry;

pub use self::request::RequestHead;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
