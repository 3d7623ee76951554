//! Receive beacons and image pings: messages that a page sends without using the response.
//!
//! [`Beacon`] is a service that responds to all pings at once, and gives them to a [`PingSink`]. It never waits
//! for the sink. [`BeaconLayer`] adds the necessary response headers to your own handlers.
//!
//! ```
//! # #[cfg(feature = "tower")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::mpsc::sync_channel;
//! use http::{Request, StatusCode};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_cross_origin::{
//!     beacon::{Beacon, Ping},
//!     cors::{CorsLayer, CorsPolicy, Rule},
//!     origin::OriginSet,
//! };
//!
//! let set = OriginSet::parse(["https://app.example.com"])?;
//! let policy = CorsPolicy::new(Rule::for_origins(set.clone()).allow_beacons())?;
//! let (sender, pings) = sync_channel(1_000); // bounded: a full queue drops pings, and counts them
//! let beacon = Beacon::new(move |ping| sender.try_send(ping).into()).allow_origins(set);
//! let service = ServiceBuilder::new().layer(CorsLayer::new(policy)).service(beacon.clone());
//!
//! let request = Request::post("/ping?page=7")
//!     .header("origin", "https://app.example.com")
//!     .header("content-type", "text/plain;charset=UTF-8")
//!     .body("left after 12 s".to_owned())?;
//! let response = service.oneshot(request).await?;
//! assert_eq!(response.status(), StatusCode::NO_CONTENT);
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
//!
//! let ping: Ping<String> = pings.recv()?;
//! assert_eq!(ping.request().uri(), "/ping?page=7");
//! assert_eq!(beacon.dropped(), 0);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! ```
//!
//! # Requests
//!
//! | the page calls | the server receives |
//! |---|---|
//! | `new Image().src = url` | a `GET` without `Origin`, from any page |
//! | `navigator.sendBeacon(url, text)` | a `POST` with `Origin` and cookies, of at most 64 KiB; no preflight |
//! | `sendBeacon` with a `Blob` of `application/json`, or `fetch` with `keepalive` | a preflight, then the `POST` (Beacon, section 4.2) |
//!
//! # Responses
//!
//! | header | reason |
//! |---|---|
//! | `Cache-Control: no-store` | the next ping must reach the server, too |
//! | `Cross-Origin-Resource-Policy: cross-origin` | pages with `Cross-Origin-Embedder-Policy: require-corp` reject images without it |
//! | `X-Content-Type-Options: nosniff` | browsers must not guess another media type |
//!
//! Never respond to an image request with JSON or HTML: browsers block such a response and log an error (ORB).
//! Respond with 204, for which the browser calls `onerror`, or with a small image, for which it calls `onload`.
//!
//! # Allowed origins
//!
//! Any page can send pings, because browsers send no preflight for images and plain text.
//! [`Beacon::allow_origins`] limits the pings that reach the sink. The response is the same for all origins.
//! `Origin` and `Referer` are only hints: non-browser clients can forge them.
//!
//! `sendBeacon` always sends cookies. If a page sends JSON, the browser therefore rejects the preflight unless the rule
//! [allows credentials](crate::cors::Rule::allow_credentials), which a rule for any origin cannot. A service for pages
//! of every site can receive JSON as `text/plain`, or from `fetch` with `keepalive` and `credentials: "omit"`.
//!
//! # Layer order
//!
//! Place [`CorsLayer`](crate::cors::CorsLayer) outside of the service. It handles preflights, and lets pages
//! read the response. The preset is [`Rule::allow_beacons`](crate::cors::Rule::allow_beacons).

mod layer;
mod ping;
mod service;

#[cfg(feature = "cross-origin")]
pub(crate) use self::layer::apply_to;
pub use self::{
    layer::{BeaconLayer, BeaconService, ResponseFuture},
    ping::{Delivery, Ping, PingBody, PingBodyError, PingSink},
    service::{Beacon, BeaconBody},
};
