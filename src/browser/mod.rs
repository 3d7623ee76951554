//! What would a browser do with all that? The user agent's side of the [Fetch standard], executable.
//!
//! A [`Page`] has an origin and makes calls of any [`tower_service::Service`], whose request body is
//! `From<Vec<u8>>`: of an application with all its layers, without a socket. The [`Outcome`] holds what
//! script sees and each request that was sent, preflights among them. Where the page gets nothing,
//! [`Blocked`] says at which step, as a browser's console does, and what to change on the server.
//!
//! ```
//! # use std::convert::Infallible;
//! use http::{Method, Request, Response};
//! use tower::{Layer, service_fn};
//! use tower_cross_origin::{
//!     browser::{Credentials, Fetch, Page, Step},
//!     cors::{CorsLayer, CorsPolicy, Rule},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tower_cross_origin::cors::CorsConfigError> {
//! let application = service_fn(|_: Request<Vec<u8>>| async {
//!     Ok::<_, Infallible>(Response::new(String::from("saved")))
//! });
//! let rule = Rule::for_origins(["https://app.example.com"]).allow_methods([Method::PUT]);
//! let mut service = CorsLayer::new(CorsPolicy::new(rule)?).layer(application);
//!
//! let mut page = Page::open("https://app.example.com");
//! let outcome = page.fetch(&mut service, Fetch::put("https://api.example.com/items")).await;
//! outcome.assert_readable().assert_preflights(1);
//! assert_eq!(outcome.text().as_deref(), Some("saved"));
//!
//! let call = Fetch::put("https://api.example.com/items").credentials(Credentials::Include);
//! let outcome = page.fetch(&mut service, call).await;
//! outcome.assert_blocked_at(Step::AllowCredentials);
//!
//! let mut page = Page::open("https://evil.example");
//! let outcome = page.fetch(&mut service, Fetch::get("https://api.example.com/items")).await;
//! outcome.assert_blocked_at(Step::AllowOrigin);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing one's own CORS
//!
//! Put the whole application before a page, with its router, its fallback, its authentication and
//! whatever else answers by itself, and make the calls that its pages make, those that end with an
//! error too. A layer in a wrong place shows as a page that reads nothing, and the message says which
//! answer was made outside of the CORS layer. `examples/tested.rs` does that for an application on axum
//! and for four wrong orders of its layers.
//!
//! A router of axum takes bodies of any kind; `router.into_service::<axum::body::Body>()` names the one
//! that its own server gives it.
//!
//! # What is modelled
//!
//! | what | by |
//! |---|---|
//! | `fetch()`, `XMLHttpRequest`, upload listeners, streams | [`Fetch`], [`Page::fetch`] |
//! | scripts, images, frames, workers | [`Fetch::element`] |
//! | links, forms, the address bar | [`Page::navigate`] |
//! | preflights, what is remembered of them, and for how long | [`Page::wait`], [`Engine`] |
//! | redirects, `Origin`, `Referer`, `Sec-Fetch-*` | [`Outcome::exchanges`] |
//! | what a page may embed: `Cross-Origin-Resource-Policy`, `Cross-Origin-Embedder-Policy`, `nosniff` | [`Step`], [`Page::with_embedder_policy`] |
//! | whether a script runs, whatever the page can read of it | [`Outcome::script`] |
//! | `crossOriginIsolated`; timings | [`Page::is_cross_origin_isolated`], [`Outcome::shows_timing`] |
//! | what these and other headers say to a browser | [`policies`] |
//! | cookies: `Domain`, `Path`, `Secure`, `SameSite`, `Max-Age` | [`Credentials`] |
//! | the cache of responses, where a test wants it | [`Page::with_http_cache`] |
//! | a cache between pages and the service, which all of them share | [`SharedCache`] |
//!
//! Not modelled: opaque response blocking of anything but scripts, `Document-Isolation-Policy`, windows and
//! their openers, mixed content, `Sec-Fetch-Storage-Access`, Content Security Policy, service workers,
//! partitions of storage, third-party cookies that a browser blocks, dates in cookies, `data:` and
//! `blob:` as targets, frames within frames, WebSocket, and authentication that asks the user.
//!
//! The facts of the Web Platform Tests hold in the model: tests/facts/README.md.
//!
//! [Fetch standard]: https://fetch.spec.whatwg.org/

mod answer;
mod blocked;
mod cache_control;
mod call;
mod cookie;
mod cookies;
mod destination;
mod engine;
mod exchange;
mod header_values;
mod http_cache;
mod journey;
mod location;
mod network;
mod outcome;
mod page;
pub mod policies;
mod preflight;
mod preflight_cache;
mod prepared;
mod relation;
mod request;
mod response_checks;
mod sent;
mod shared_cache;
mod site;
mod visible;
mod wire;

pub use self::{
    blocked::{Blocked, Step},
    call::Fetch,
    engine::Engine,
    exchange::Exchange,
    outcome::{Outcome, ResponseType},
    page::Page,
    request::{Credentials, Mode, Redirect, ReferrerPolicy},
    shared_cache::{CachedBody, SharedCache},
};
pub use crate::fetch::Destination;
