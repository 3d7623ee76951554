use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD},
};

use crate::{
    RequestHead,
    origin::{InvalidOriginError, Origin},
    request::{RequestFacts, fields::FieldValue},
};

/// The kind of a request in the CORS protocol, independent of any policy.
///
/// <https://fetch.spec.whatwg.org/#http-requests>
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::RequestKind};
///
/// let request = Request::options("/items").header("origin", "https://app.example.com");
/// let plain_options = request.body(()).unwrap();
/// assert!(matches!(RequestKind::new(&RequestHead::from(&plain_options)), RequestKind::Cors { .. }));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RequestKind<'a> {
    /// The request has no `Origin`, so it is not a CORS request.
    Plain,
    /// The request has an `Origin`, and is not a preflight.
    Cors {
        /// The request origin.
        origin: OriginHeader<'a>,
    },
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method`, sent by a browser before the actual
    /// request.
    Preflight {
        /// The request origin.
        origin: OriginHeader<'a>,
        /// The method of the actual request.
        method: RequestMethod<'a>,
        /// The names of the headers of the actual request that need a preflight.
        headers: RequestHeaders<'a>,
    },
}

impl<'a> RequestKind<'a> {
    /// Returns the kind of a request.
    pub fn new(head: &RequestHead<'a>) -> Self {
        Self::from_facts(&RequestFacts::new(head))
    }

    #[expect(clippy::inline_always, reason = "the value is then not built in memory")]
    #[inline(always)]
    pub(super) fn from_facts(facts: &RequestFacts<'a>) -> Self {
        let origin = OriginHeader { field: facts.origin() };
        if origin.field.is_absent() {
            return Self::Plain;
        }
        // https://fetch.spec.whatwg.org/#cors-preflight-request
        if *facts.head().method() == Method::OPTIONS {
            let headers = facts.head().headers();
            let method = FieldValue::get(headers, &ACCESS_CONTROL_REQUEST_METHOD);
            if !method.is_absent() {
                let method = RequestMethod { field: method };
                return Self::Preflight { origin, method, headers: RequestHeaders { headers } };
            }
        }
        Self::Cors { origin }
    }
}

/// The `Origin` of a request, not parsed yet.
#[derive(Clone, Copy, Debug)]
pub struct OriginHeader<'a> {
    field: FieldValue<'a>,
}

impl<'a> OriginHeader<'a> {
    pub(super) fn from_value(value: &'a HeaderValue) -> Self {
        Self { field: FieldValue::Single(value) }
    }

    /// Parses the origin.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidOriginError`] if the header has several field lines, or a value that no browser
    /// sends.
    pub fn parse(&self) -> Result<Origin<'a>, InvalidOriginError> {
        self.value().map_or(Err(InvalidOriginError), |value| Origin::parse(value.as_bytes()))
    }

    /// Returns the value of the header.
    ///
    /// Returns `None` if the header has several field lines, which no browser sends.
    pub fn value(&self) -> Option<&'a HeaderValue> {
        self.field.single()
    }
}

/// The `Access-Control-Request-Method` of a preflight.
#[derive(Clone, Copy, Debug)]
pub struct RequestMethod<'a> {
    field: FieldValue<'a>,
}

impl<'a> RequestMethod<'a> {
    /// Returns the value of the header.
    ///
    /// Returns `None` if the header has several field lines, which no browser sends.
    pub fn value(&self) -> Option<&'a HeaderValue> {
        self.field.single()
    }
}

/// The `Access-Control-Request-Headers` of a preflight.
#[derive(Clone, Copy, Debug)]
pub struct RequestHeaders<'a> {
    headers: &'a HeaderMap,
}

impl<'a> RequestHeaders<'a> {
    /// Returns the field lines of the header. A missing header is equivalent to an empty one.
    pub fn lines(&self) -> impl Iterator<Item = &'a HeaderValue> + use<'a> {
        self.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter()
    }
}
