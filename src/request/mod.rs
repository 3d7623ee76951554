//! What the crate reads of requests.

pub(crate) mod fetch_metadata;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod host;
pub(crate) mod path;
pub(crate) mod same_origin;

use http::{
    Extensions, HeaderMap, Method, Request, Uri,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
    request::Parts,
};

/// What decides may look at of a request: everything but the body, borrowed.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::RequestHead;
///
/// let request = Request::put("https://api.example.com/items").body(()).unwrap();
/// let head = RequestHead::from(&request);
/// assert_eq!(head.method(), "PUT");
/// assert_eq!(head.uri().path(), "/items");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// The request's method.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// The request's target; over HTTP/2 it holds the authority that HTTP/1.1 puts into `Host`.
    pub fn uri(&self) -> &'a Uri {
        self.uri
    }

    /// The request's headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What outer layers and the server attached to the request.
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }
}

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

impl<'a> From<&RequestHead<'a>> for RequestHead<'a> {
    fn from(head: &RequestHead<'a>) -> Self {
        *head
    }
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

/// Whether a browser asks what a page may do, without credentials, before it does it: `OPTIONS` with
/// `Origin` and `Access-Control-Request-Method`.
///
/// For a layer outside of CORS that would refuse what has no credentials: a preflight never has any.
/// Pass it on, and let CORS answer. <https://fetch.spec.whatwg.org/#cors-preflight-request>
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::is_preflight};
///
/// fn needs_a_token(request: &Request<()>) -> bool {
///     !is_preflight(&RequestHead::from(request))
/// }
///
/// let preflight = Request::options("/items")
///     .header("origin", "https://app.example.com")
///     .header("access-control-request-method", "PUT");
/// assert!(!needs_a_token(&preflight.body(()).unwrap()));
/// assert!(needs_a_token(&Request::options("/items").body(()).unwrap()));
/// ```
pub fn is_preflight(head: &RequestHead<'_>) -> bool {
    *head.method() == Method::OPTIONS
        && head.headers().contains_key(ORIGIN)
        && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
