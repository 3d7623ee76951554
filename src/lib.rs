//! Tower middleware for every cross-origin question that an HTTP server is asked.
//!
//! | question | module |
//! |---|---|
//! | May that page read the response? | [`cors`] |
//! | May that page reach the service at all? | [`guard`] |
//! | May that page embed or time the response, or share a process? | [`embedding`] |
//! | Who is asking? | [`origin`] |
//! | What does the Fetch standard say? | [`fetch`] |
//! | How does a page read without CORS? | [`jsonp`] |
//! | How does the server push? | [`push`] |
//! | How does a page only ping? | [`beacon`] |
//! | How do I set all of that at once? | [`cross_origin`] |
//! | What would a browser do with all that? | `browser`, with the feature of that name |
//!
//! Three [`guides`]: [coming from tower-http](guides::coming_from_tower_http), what
//! [a browser's console says](guides::my_browser_says), and what [caches](guides::caches) make of it.
//!
//! ```
//! use std::time::Duration;
//! use http::{Method, header::{CONTENT_TYPE, ETAG}};
//! use tower_cross_origin::cors::{CorsLayer, CorsPolicy, Rule};
//!
//! # #[cfg(feature = "tower")]
//! # fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
//! let policy = CorsPolicy::new(
//!     Rule::for_origins(["https://app.example.com", "https://*.example.org", "http://localhost:*"])
//!         .allow_credentials(true)
//!         .allow_methods([Method::PUT, Method::DELETE])
//!         .allow_headers([CONTENT_TYPE])
//!         .expose_headers([ETAG])
//!         .max_age(Duration::from_secs(600)),
//! )?; // an error lists every fault, each with what to write instead
//! let layer = CorsLayer::new(policy);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `cors` | yes | [`cors`]; [`origin`] and [`fetch`] are always there |
//! | `guard`, `embedding`, `jsonp`, `push`, `beacon` | no | the module of that name |
//! | `cross-origin` | no | [`cross_origin`]: one configuration for all of these modules |
//! | `tower` | yes | the layers; without it, every decision is available and the crate depends on `http` alone |
//! | `tracing` | yes | an event at the level `debug` for every rejection |
//! | `public-suffix` | yes | the public suffix list: credentials are allowed for subdomains of a registrable domain, and are a fault for those of a public suffix |
//! | `regex` | no | origins by regular expressions |
//! | `idna` | no | the fault of a Unicode host suggests its A-label |
//! | `difference` | no | [`CorsPolicy::difference`](cors::CorsPolicy::difference): what pages gain and lose by another policy |
//! | `tokio` | no | what depends on a clock: keep-alives, maximum ages and the shutdown of streams; long polling; policies that are awaited |
//! | `reload` | no | [`PolicyHandle`](cors::PolicyHandle): policies that are replaced at runtime |
//! | `serde` | no | reads [configurations](cors::CorsConfig#from-a-file) from files, and writes them |
//! | `schemars` | no | the JSON Schema of such a file |
//! | `full` | no | everything above |
//! | `browser` | no | `browser`: a model of the browser, for tests |
//!
//! With its default features the crate adds one crate to an axum application: itself.
//!
//! A feature adds to the API and never makes an answer more permissive. Without `public-suffix` every
//! pattern for subdomains with credentials needs [`dangerously_allow_public_suffixes`]; with it, the
//! documentation of that setting gives the list's date.
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
        reason = "modules share what not every module uses"
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
