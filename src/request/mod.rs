//! What the crate reads of requests.

pub(crate) mod fetch_metadata;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod host;
pub(crate) mod path;
pub(crate) mod same_origin;

use http::{Extensions, HeaderMap, Method, Request, Uri, request::Parts};

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
