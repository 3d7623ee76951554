//! May that page reach the service at all? Checks that refuse a request before the service sees it.
//!
//! CORS says who may **read**, and lets everything through. What a page of another origin can do without
//! being asked, it does: it opens WebSockets, sends forms, embeds images, each with the user's cookies; and
//! a name that it has the browser resolve to the service's own address makes it the service's own page.
//!
//! | check | stops |
//! |---|---|
//! | [`WebSocket`] | a page of another origin that opens a WebSocket and reads what it says |
//! | [`Csrf`] | one that sends a form, or a `POST` that it need not ask for |
//! | [`FetchMetadata`] | one that embeds or fetches what is not meant for it, though it only reads |
//! | [`Host`] | one that calls the service by a name that is not the service's (DNS rebinding) |
//!
//! A [`Check`] looks at a request's head and says whether it passes; `GuardLayer` asks it. They compose,
//! and each can be tried without refusing anything:
//!
//! ```
//! use tower_cross_origin::{
//!     guard::{Check, Csrf, FetchMetadata, HostCheck, WebSocket},
//!     origin::OriginSet,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let partners = OriginSet::parse(["https://partner.example"])?;
//! let check = HostCheck::new(["shop.example"])
//!     .and(WebSocket::new().trust_origins(&partners))
//!     .and(Csrf::new().trust_origins(&partners))
//!     .and(FetchMetadata::new().report_only(true));
//! # #[cfg(feature = "tower")]
//! let layer = tower_cross_origin::guard::GuardLayer::new(check)?;
//! # Ok(())
//! # }
//! ```
//!
//! The same [`OriginSet`](crate::origin::OriginSet) serves [`CorsLayer`](crate::cors::CorsLayer), so that two
//! lists never drift apart.
//!
//! # Where the layers stand
//!
//! From the outside to the inside: tracing, `GuardLayer` with [`Host`], `CorsLayer`, `GuardLayer` with the
//! rest, compression, the application. Inside of CORS, a page that may read sees why it was refused:
//! that the answer is 403. [`Host`] is for no page to read.
//!
//! For a server on the user's own machine `LocalServerLayer` is all of that in one value: see
//! `examples/local_server`. `examples/websocket.rs` has a guard around axum, and around hyper.
//!
//! # What they do not stop
//!
//! A program that is no browser writes every header as it likes. What a page of the service's own origin
//! does, by script that was injected, is the service's own doing. And `GET` passes [`Csrf`]: it must change
//! nothing.

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
    host::{HostCheck, HostPatternFault},
    rejection::{Rejection, ReportedRejection},
    web_socket::WebSocket,
};
pub use crate::request::path::PathFault;
