//! Denies unwanted cross-origin requests before they reach the service: CSRF, WebSocket hijacking, DNS
//! rebinding.
//!
//! ```
//! use http::{Request, Response, StatusCode};
//! use tower_cross_origin::guard::{Check, Csrf, FetchMetadata, HostCheck, WebSocket};
//!
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! # #[cfg(feature = "tower")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_cross_origin::guard::GuardLayer;
//!
//! let partners = ["https://partner.example"];
//! let check = HostCheck::new(["shop.example"])
//!     .and(WebSocket::new().trust_origins(partners))
//!     .and(Csrf::new().trust_origins(partners))
//!     .and(FetchMetadata::new().report_only(true));
//! let service = ServiceBuilder::new()
//!     .layer(GuardLayer::new(check)?)
//!     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
//!
//! let form = Request::post("/transfer").header("host", "shop.example");
//! let form = form.header("sec-fetch-site", "cross-site").body(())?;
//! let response = service.oneshot(form).await?;
//! assert_eq!(response.status(), StatusCode::FORBIDDEN);
//! # Ok(())
//! # }
//! ```
//!
//! CORS decides which pages may **read** a response, and rejects no request by default. Every page can open
//! WebSockets, submit forms and embed images without a preflight. The browser sends the user's cookies with
//! each of these requests. With DNS rebinding, the browser even treats such a page as same-origin.
//!
//! | check | denies |
//! |---|---|
//! | [`WebSocket`] | WebSockets that pages of other origins open |
//! | [`Csrf`] | forms and other requests with which pages of other origins change data |
//! | [`FetchMetadata`] | embedding and fetching by other sites, even if they only read |
//! | [`HostCheck`] | requests to an unknown host name (DNS rebinding) |
//! | [`RequirePreflight`] | requests that a browser sends without the preflight that the standard requires |
//!
//! A [`Check`] reads the head of a request and returns a [`Verdict`]. `GuardLayer` applies the verdict.
//! [`Check::and`] combines checks. With [`Check::report_only`], a check only reports the requests that it
//! would deny.
//!
//! [`CorsLayer`](crate::cors::CorsLayer) accepts the same [`OriginSet`](crate::origin::OriginSet), so that
//! CORS and guards can share one allow-list.
//!
//! # Layer order
//!
//! Outermost first: tracing, `GuardLayer` with [`HostCheck`], `CorsLayer`, `GuardLayer` with the other
//! checks, compression, the application. Pages that CORS allows can then read the status 403 of the inner
//! guard. No page should be able to read a rejection of [`HostCheck`].
//!
//! For a server on the user's own machine, `LocalServerLayer` has its own check of every request, and CORS: see
//! `examples/local_server`. `examples/websocket.rs` shows a guard around axum and around hyper.
//!
//! # Limitations
//!
//! Programs other than browsers can send any header. Guards do not protect against scripts that were injected
//! into the service's own pages. [`Csrf`] allows every `GET`, so a `GET` must not change data.

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
#[cfg(feature = "cors")]
mod preflight_proof;
mod rejection;
#[cfg(feature = "cors")]
mod require_preflight;
mod web_socket;

#[cfg(feature = "tower")]
pub use self::layer::{EmptyForbidden, Guard, GuardLayer, RejectionResponse, ResponseFuture};
#[cfg(all(feature = "cors", feature = "tower"))]
pub use self::local_server::{LocalServer, LocalServerError, LocalServerFuture, LocalServerLayer};
#[cfg(feature = "cors")]
pub use self::require_preflight::RequirePreflight;
pub use self::{
    check::{And, Check, ReportOnly, Verdict},
    csrf::Csrf,
    error::{Fault, FaultKind, GuardConfigError},
    fetch_metadata::FetchMetadata,
    host::{HostCheck, HostPatternErrorKind},
    rejection::{Rejection, ReportedRejection},
    web_socket::WebSocket,
};
#[cfg(feature = "cross-origin")]
pub(crate) use self::{
    check::{Evaluate, Evaluation},
    error::check_faults,
    exemptions::{ANY, suggested_path},
};
pub use crate::request::path::PathErrorKind;
