//! Serves JSON as scripts to pages that cannot use `fetch` (JSONP, JSON with padding).
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
//! // A page has <script src="https://api.example.com/weather?callback=show"></script>
//! let request = Request::get("/weather?callback=show").body(())?;
//! let response = service.call(request).await?;
//! assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
//! assert_eq!(response.headers()["x-content-type-options"], "nosniff");
//! let script = response.into_body().collect().await?.to_bytes();
//! let call = r#"/**/ typeof show === 'function' && show({"sky":"blue"});"#;
//! assert_eq!(script, call);
//!
//! // Without a callback, the response stays unchanged.
//! let response = service.call(Request::get("/weather").body(())?).await?;
//! assert_eq!(response.headers()["content-type"], "application/json");
//!
//! // An invalid callback is rejected, and never echoed.
//! let response = service.call(Request::get("/weather?callback=alert(1)").body(())?).await?;
//! assert_eq!(response.status(), 400);
//! # Ok(())
//! # }
//! ```
//!
//! **Prefer [`cors`](crate::cors) if pages can use `fetch`**: CORS allows chosen origins to read, optionally
//! with the user's credentials, and pages can see errors. JSONP allows *every* site to read. It has no
//! `Origin`, no preflight and no status, and the page executes any script that the server sends. Use it only
//! for public data, and only for existing pages that load scripts.
//!
//! **Decide about cookies first.** By default, a request with any cookie of the service gets plain JSON, which the page
//! cannot use. A cookie of a statistics script is enough (`_ga=1`). If the data is the same for all users, set
//! [`strip_credentials`](JsonpConfig::strip_credentials): the layer then removes the cookies from the request, and
//! wraps the response. See [credentials](#credentials).
//!
//! # Wrapped responses
//!
//! The layer wraps the response to a `GET` or `HEAD` if the query contains a [`Callback`] and the body is
//! JSON. The type must be `application/json`, `text/json` or `...+json`. The body must be in UTF-8, complete
//! and not compressed. All other responses stay unchanged. The layer streams the body into the script,
//! without a buffer.
//!
//! A body that is labelled as JSON can be other text, such as `0);alert(1);(0`. The script ends at the first byte
//! that is not JSON. The browser reports a syntax error, and runs nothing.
//!
//! A 304 for a script gets the `Vary`, the `ETag` and the `nosniff` of the script, since caches update the stored
//! script with them.
//!
//! | header | value in a script |
//! |---|---|
//! | `Content-Type` | `text/javascript; charset=utf-8` |
//! | `X-Content-Type-Options` | `nosniff`; also on JSON that the layer does not wrap although the request has a callback |
//! | `Content-Disposition` | `attachment; filename="f.txt"` unless present: for navigations to the response |
//! | `Cross-Origin-Resource-Policy` | `cross-origin` unless present |
//! | `Vary` | adds `sec-fetch-dest, sec-fetch-site, service-worker, cookie`; also on JSON that the layer does not wrap although the callback is valid, and with `strip_credentials` on every response to a valid callback |
//! | `Cache-Control` | `no-store` unless present, if an error becomes a 200 |
//! | `ETag` | weak |
//! | `Content-Length`, `Accept-Ranges` and digests | removed |
//!
//! # Callbacks
//!
//! The sender of the URL chooses the function that the page calls. By default, this is one global function, or a
//! function of a known client library. A path such as `app.show` must be in the [`CallbackPolicy`]. Each element
//! of a page with an `id` is a global, so that paths lead to every function of the page, such as
//! `app.ownerDocument.forms[0].submit`.
//!
//! # Credentials
//!
//! Every site can load a script, and the browser sends the user's cookies with the request. The response to a
//! request with `Cookie` or `Authorization` is therefore plain JSON, which other sites cannot read. The layer
//! wraps it only if `Sec-Fetch-Site: same-origin` proves that a page of the service sent the request.
//! Requests for a document, a frame or a worker get plain JSON, too. A wrapped response is a script of this
//! origin: attackers could register it as a service worker.
//!
//! Use [`strip_credentials`](JsonpConfig::strip_credentials) to serve cross-site requests anonymously. The
//! layer then removes the credentials from the request. **Put it outside of every layer that reads
//! credentials**: a session that an outer layer has looked up is already in the request. The layer ignores
//! client certificates, and other ways to identify a user, such as an address in the local network.
//!
//! # Layer order
//!
//! Use the layer only on routes that offer JSONP. Outermost first: `TraceLayer`, a guard of hosts,
//! `CorsLayer` for pages that use `fetch`, compression, JSONP, caches of the application, the application.
//! The application must turn its errors into responses. JSONP sends `Accept-Encoding: identity` to inner
//! compression layers, and does not wrap compressed responses. An outer cache stores one response per
//! callback.
//!
//! Use one fixed callback name, such as `app.show`, and allow only this name ([`CallbackPolicy::OneOf`]).
//! Libraries that generate a name for each request make every response uncacheable (jQuery's option
//! `jsonpCallback` sets a fixed name).

#[cfg(feature = "tower")]
mod body;
mod callback;
mod callback_policy;
mod client_libraries;
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
pub(crate) use self::layer::JsonpBodyChange;
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
