//! Checks that decide whether a request may reach the service at all.
//!
//! CORS decides which pages may **read** a response, and rejects no request by default. Every page can open
//! WebSockets, submit forms and embed images without a preflight, each with the user's cookies. With DNS
//! rebinding, a page even becomes same-origin to the browser.
//!
//! | check | denies |
//! |---|---|
//! | [`WebSocket`] | WebSockets that pages of other origins open |
//! | [`Csrf`] | forms and other requests with which pages of other origins change data |
//! | [`FetchMetadata`] | embedding and fetching by other sites, even where they only read |
//! | [`HostCheck`] | requests to a name that is not the service's own (DNS rebinding) |
//!
//! A [`Check`] reads the head of a request and returns a [`Verdict`]; `GuardLayer` applies it. Checks can be
//! combined, and each can report instead of deny:
//!
//! ```
//! use tower_cross_origin::guard::{Check, Csrf, FetchMetadata, HostCheck, WebSocket};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let partners = ["https://partner.example"];
//! let check = HostCheck::new(["shop.example"])
//!     .and(WebSocket::new().trust_origins(partners))
//!     .and(Csrf::new().trust_origins(partners))
//!     .and(FetchMetadata::new().report_only(true));
//! # #[cfg(feature = "tower")]
//! let layer = tower_cross_origin::guard::GuardLayer::new(check)?;
//! # Ok(())
//! # }
//! ```
//!
//! [`CorsLayer`](crate::cors::CorsLayer) uses the same [`OriginSet`](crate::origin::OriginSet), so that two
//! allow-lists cannot drift apart.
//!
//! # Layer order
//!
//! Outermost first: tracing, `GuardLayer` with [`HostCheck`], `CorsLayer`, `GuardLayer` with the other checks,
//! compression, the application. A page that CORS allows can then read that the status is 403 when another
//! check denies its request; no page should read the rejections of [`HostCheck`].
//!
//! For a server on the user's own machine, `LocalServerLayer` is all of that in one layer: see
//! `examples/local_server`. `examples/websocket.rs` has a guard around axum and around hyper.
//!
//! # Limitations
//!
//! Programs other than browsers can send any header. Guards do not protect against scripts that were injected
//! into the service's own pages. [`Csrf`] allows every `GET`, which must change nothing.

mod check;
mod csrf;
mod error;
mod exemptions;
mod fetch_metadata;
mod host;
#[cfg(feature = "tower")]
mod layer;
#[cfg(all(feature = "cors", feature = "tower"))]
mod local_server;
mod rejection;
mod web_socket;

#[cfg(feature = "cross-origin")]
pub(crate) use self::error::check_faults;
#[cfg(feature = "tower")]
pub use self::layer::{EmptyForbidden, Guard, GuardLayer, RejectionResponse, ResponseFuture};
#[cfg(all(feature = "cors", feature = "tower"))]
pub use self::local_server::{LocalServer, LocalServerError, LocalServerFuture, LocalServerLayer};
pub use self::{
    check::{And, Check, ReportOnly, Verdict},
    csrf::Csrf,
    error::{Fault, FaultKind, GuardConfigError},
    fetch_metadata::FetchMetadata,
    host::{HostCheck, HostPatternErrorKind},
    rejection::{Rejection, ReportedRejection},
    web_socket::WebSocket,
};
pub use crate::request::path::PathErrorKind;
