//! How does a page only ping? By an image that it never shows, and by `navigator.sendBeacon`: it says
//! something, and waits for nothing.
//!
//! | what the page does | what arrives |
//! |---|---|
//! | `new Image().src = url` | a `GET` without `Origin`, from anywhere |
//! | `navigator.sendBeacon(url, text)` | a `POST` with `Origin` and cookies, of at most 64 KiB; nothing is asked before it |
//! | the same with a `Blob` of `application/json`, or `fetch` with `keepalive` | a preflight, and then the same (Beacon, section 4.2) |
//!
//! `Beacon` is a service that answers all of them at once, and hands them to a `PingSink` that
//! it never waits for. `BeaconLayer` is for handlers of one's own: it sets what the answer to a ping
//! needs.
//!
//! | header of the answer | why |
//! |---|---|
//! | `Cache-Control: no-store` | the second ping must arrive, too |
//! | `Cross-Origin-Resource-Policy: cross-origin` | a page with `Cross-Origin-Embedder-Policy: require-corp` gets no image without it |
//! | `X-Content-Type-Options: nosniff` | nobody takes it for something else |
//!
//! An image is never answered with JSON or HTML, which a browser keeps from the page and complains of
//! (ORB): with 204, for which `onerror` is called, or with the smallest of images, for which `onload` is.
//!
//! # Who may ping
//!
//! Everybody: no browser asks before it fetches an image or sends text. With an
//! [`OriginSet`](crate::origin::OriginSet) `Beacon` takes pings of its origins alone, and answers all
//! alike. `Origin` and `Referer` are hints: who is no browser writes what it likes.
//!
//! CORS is for the beacons that are asked for, and for pages that read the answer. The layer stands
//! outside, and its preset is [`Rule::allow_beacons`](crate::cors::Rule::allow_beacons):
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
//! let (sender, pings) = sync_channel(1_000); // bounded: what is over is dropped, and counted
//! let beacon = Beacon::new(move |ping| sender.try_send(ping).into()).allow_origins(set);
//! let service = ServiceBuilder::new().layer(CorsLayer::new(policy)).service(beacon.clone());
//!
//! let request = Request::post("/ping?page=7")
//!     .header("origin", "https://app.example.com")
//!     .header("content-type", "text/plain;charset=UTF-8")
//!     .body("left after 12 s".to_owned())?;
//! let answer = service.oneshot(request).await?;
//! assert_eq!(answer.status(), StatusCode::NO_CONTENT);
//! assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example.com");
//!
//! let ping: Ping<String> = pings.recv()?;
//! assert_eq!(ping.request().uri(), "/ping?page=7");
//! assert_eq!(beacon.dropped(), 0);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tower"))]
//! # fn main() {}
//! ```

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
