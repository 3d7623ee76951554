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
//!         .allow_credentials()
//!         .allow_methods([Method::PUT, Method::DELETE])
//!         .allow_request_headers([CONTENT_TYPE])
//!         .expose_response_headers([ETAG])
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
//! | `tower` | yes | the layers; without it everything that decides is there, and depends on `http` alone |
//! | `regex` | yes | origins by regular expressions |
//! | `tracing` | yes | an event at the level `debug` for every refusal |
//! | `public-suffix` | yes | subdomains of a registered domain may have credentials, those of a public suffix may not; the fault of a Unicode host names its A-labels |
//! | `tokio` | no | what streams do by the clock: keep-alives, longest ages, ends with a shutdown; long polling |
//! | `reload` | no | [policies that are replaced](cors#where-the-policy-comes-from) while they are in force |
//! | `browser` | no | a model of the browser that drives a service: the way to test one's own CORS |
//! | `serde` | no | [`CorsConfig`](cors::CorsConfig#from-a-file) and [`Rule`](cors::Rule) from files, and into them |
//! | `schemars` | no | the JSON Schema of such a file |
//! | `full` | no | all of them |
//!
//! A feature adds to the API and never loosens an answer. Without `public-suffix` every pattern for
//! subdomains needs [`dangerously_allow_public_suffixes`] beside credentials; with it, that setting's
//! documentation says how old the list is and what a newer one changes.
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
