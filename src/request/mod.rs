//! Parsing of requests.

mod facts;
pub(crate) mod fetch_metadata;
pub(crate) mod fields;
pub(crate) mod form;
#[cfg(any(feature = "cors", feature = "guard"))]
pub(crate) mod handshake;
pub(crate) mod host;
pub(crate) mod path;
pub(crate) mod same_origin;

pub(crate) use self::facts::RequestFacts;
use http::{
    Extensions, HeaderMap, Method, Request, Uri,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
    request::Parts,
};

/// The head of a request: borrowed method, target, headers and extensions.
///
/// All decisions of this crate depend only on the head, never on the body.
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
    /// Returns the method.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Returns the target.
    ///
    /// Over HTTP/2, the target contains the authority that HTTP/1.1 sends as `Host`.
    pub fn uri(&self) -> &'a Uri {
        self.uri
    }

    /// Returns the headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// Returns the extensions that the server and outer layers added to the request.
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

/// Returns `true` for a CORS preflight request.
///
/// A preflight is an `OPTIONS` request with `Origin` and `Access-Control-Request-Method`. Browsers send it
/// without credentials. <https://fetch.spec.whatwg.org/#cors-preflight-request>
///
/// Use this function in a layer outside CORS that rejects requests without credentials. Such a layer must
/// forward preflights, so that the CORS layer can respond to them.
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
