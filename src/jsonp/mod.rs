//! How does a page read without CORS? As a script that calls a function of its own, with the data as
//! the argument: JSON with padding, the way of the time before 2009.
//!
//! **Where a page can use `fetch`, [`cors`](crate::cors) is the answer**: it lets chosen origins read,
//! with their users' credentials where that is meant, and shows errors. JSONP lets *every* site read; it
//! has no `Origin`, no preflight and no status, and the page that uses it runs whatever the server says.
//! What remains is data that is public anyway, for pages that are there already and only load scripts.
//!
//! ```
//! use std::convert::Infallible;
//! use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
//! use http_body_util::BodyExt;
//! use tower::{Service, ServiceBuilder};
//! use tower_cross_origin::jsonp::JsonpLayer;
//!
//! async fn weather(_: Request<()>) -> Result<Response<String>, Infallible> {
//!     let mut response = Response::new(r#"{"sky":"blue"}"#.to_owned());
//!     let content_type = HeaderValue::from_static("application/json");
//!     response.headers_mut().insert(CONTENT_TYPE, content_type);
//!     Ok(response)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut service = ServiceBuilder::new().layer(JsonpLayer::default()).service_fn(weather);
//!
//! // A page has <script src="https://api.example.com/weather?callback=app.show"></script>
//! let request = Request::get("/weather?callback=app.show").body(())?;
//! let response = service.call(request).await?;
//! assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
//! assert_eq!(response.headers()["x-content-type-options"], "nosniff");
//! let script = response.into_body().collect().await?.to_bytes();
//! let call = r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue"});"#;
//! assert_eq!(script, call);
//!
//! // Whoever names no callback gets what the service says, byte for byte.
//! let response = service.call(Request::get("/weather").body(())?).await?;
//! assert_eq!(response.headers()["content-type"], "application/json");
//!
//! // What is no callback is never sent back.
//! let response = service.call(Request::get("/weather?callback=alert(1)").body(())?).await?;
//! assert_eq!(response.status(), 400);
//! # Ok(())
//! # }
//! ```
//!
//! # What is wrapped
//!
//! A response to `GET` or `HEAD` whose query names a [`Callback`], and whose body is JSON: the type
//! `application/json`, `text/json` or `...+json`, UTF-8, whole and not compressed. All else is passed on
//! as it is. The body is written into the script as it comes, and never gathered.
//!
//! | header | of a script |
//! |---|---|
//! | `Content-Type` | `text/javascript; charset=utf-8` |
//! | `X-Content-Type-Options` | `nosniff`; also of JSON that was asked for by a callback and is not wrapped |
//! | `Content-Disposition` | `attachment; filename="f.txt"`, where it is absent: for who navigates there |
//! | `Cross-Origin-Resource-Policy` | `cross-origin`, where it is absent |
//! | `Vary` | also `sec-fetch-dest, sec-fetch-site, service-worker, cookie`; so of what is withheld |
//! | `Cache-Control` | `no-store` of an error that becomes a 200, where it is absent |
//! | `ETag` | a weak one |
//! | `Content-Length`, `Accept-Ranges`, and what sums up the bytes | removed |
//!
//! # Whom it is for
//!
//! Every site can load a script, and a browser sends its user's cookies along. So a request with `Cookie`
//! or `Authorization` is answered with plain JSON, which no other site can read, unless
//! `Sec-Fetch-Site: same-origin` proves that it is a page of the service's own. A request of which the
//! browser says that it is for a document, a frame or a worker gets plain JSON too: a wrapped response is
//! a script of this origin, and anyone could make a service worker of it.
//!
//! To answer the users of other sites as nobody, there is
//! [`strip_credentials`](JsonpConfig::strip_credentials). It takes the credentials from the request, and
//! so **stands outside of every layer that asks for them**: a session that was looked up outside of it is
//! in the request already. Certificates of clients are none of its concern; and neither is what the service
//! knows of a user by other means, such as an address in its own network.
//!
//! # Where it stands
//!
//! On the routes that offer it, and on no others. From the outside to the inside: `TraceLayer`, a guard of
//! hosts, `CorsLayer` for those who read by `fetch`, compression, JSONP, caches of
//! the application, the application, whose errors are responses by then. What compresses inside of it is
//! asked to leave these responses alone (`Accept-Encoding: identity`), and what it compresses all the same
//! is not wrapped; a cache outside of it keeps a response for each callback.
//!
//! Name the callback once, such as `app.show`, and allow only that ([`CallbackPolicy::OneOf`]). Libraries
//! that make up a name for each request (jQuery's `jsonpCallback` changes that) make each response a new
//! one to every cache.

#[cfg(feature = "tower")]
mod body;
mod callback;
mod callback_policy;
mod config;
mod error;
mod grammar;
#[cfg(feature = "tower")]
mod headers;
#[cfg(feature = "tower")]
mod layer;
mod media_type;
mod policy;
mod request;

#[cfg(feature = "cross-origin")]
pub(crate) use self::layer::{CallbackRequest, JsonpBodyChange};
#[cfg(feature = "tower")]
pub use self::{
    body::JsonpBody,
    layer::{Jsonp, JsonpApplied, JsonpLayer, ResponseFuture},
};
pub use self::{
    callback::Callback,
    callback_policy::{CallbackPolicy, CallbackPredicate},
    config::{JsonpConfig, Payload, StatusMode},
    error::{CallbackError, Fault, FaultKind, JsonpConfigError},
    policy::{JsonpCall, JsonpDecision, JsonpPolicy, JsonpResponseDecision, WithheldReason},
};
