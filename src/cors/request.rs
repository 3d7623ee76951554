use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use crate::{
    RequestHead,
    origin::{InvalidOriginError, Origin},
};

/// What a request is to CORS, before any policy is asked.
///
/// <https://fetch.spec.whatwg.org/#http-requests>
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::RequestKind};
///
/// let request = Request::options("/items").header("origin", "https://app.example.com");
/// let plain_options = request.body(()).unwrap();
/// assert!(matches!(RequestKind::of(&RequestHead::from(&plain_options)), RequestKind::Cors { .. }));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RequestKind<'a> {
    /// No `Origin`: not a CORS request.
    Plain,
    /// An `Origin`, and not a preflight.
    Cors {
        /// Who asks.
        origin: OriginHeader<'a>,
    },
    /// `OPTIONS` with `Origin` and `Access-Control-Request-Method`: a browser asks what a page may do.
    Preflight {
        /// Who asks.
        origin: OriginHeader<'a>,
        /// With which method.
        method: RequestMethod<'a>,
        /// With which headers.
        headers: RequestHeaders<'a>,
    },
}

impl<'a> RequestKind<'a> {
    /// What the request is.
    pub fn of(head: &RequestHead<'a>) -> Self {
        let headers = head.headers();
        let Some(line) = Line::of(headers, &ORIGIN) else { return Self::Plain };
        let origin = OriginHeader { line };
        // https://fetch.spec.whatwg.org/#cors-preflight-request
        if *head.method() == Method::OPTIONS {
            if let Some(line) = Line::of(headers, &ACCESS_CONTROL_REQUEST_METHOD) {
                let method = RequestMethod { line };
                return Self::Preflight { origin, method, headers: RequestHeaders { headers } };
            }
        }
        Self::Cors { origin }
    }
}

/// The `Origin` of a request; what it says is looked at only where that decides something.
#[derive(Clone, Copy, Debug)]
pub struct OriginHeader<'a> {
    line: Line<'a>,
}

impl<'a> OriginHeader<'a> {
    /// The origin.
    ///
    /// # Errors
    ///
    /// [`InvalidOriginError`] for a header of several lines and for what no browser sends.
    pub fn parse(&self) -> Result<Origin<'a>, InvalidOriginError> {
        self.value().map_or(Err(InvalidOriginError), |value| Origin::parse(value.as_bytes()))
    }

    /// The header's one line; `None` where there are several, which no browser sends.
    pub fn value(&self) -> Option<&'a HeaderValue> {
        self.line.only()
    }
}

/// The `Access-Control-Request-Method` of a preflight.
#[derive(Clone, Copy, Debug)]
pub struct RequestMethod<'a> {
    line: Line<'a>,
}

impl<'a> RequestMethod<'a> {
    /// The header's one line; `None` where there are several, which is no method.
    pub fn value(&self) -> Option<&'a HeaderValue> {
        self.line.only()
    }
}

/// The `Access-Control-Request-Headers` of a preflight.
#[derive(Clone, Copy, Debug)]
pub struct RequestHeaders<'a> {
    headers: &'a HeaderMap,
}

impl<'a> RequestHeaders<'a> {
    /// The header's lines; none is the same as an empty one.
    pub fn lines(&self) -> impl Iterator<Item = &'a HeaderValue> + use<'a> {
        self.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter()
    }
}

/// A header that is there, and that has one line if it says anything.
#[derive(Clone, Copy, Debug)]
enum Line<'a> {
    Only(&'a HeaderValue),
    Several,
}

impl<'a> Line<'a> {
    #[inline]
    fn of(headers: &'a HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter();
        let first = lines.next()?;
        Some(lines.next().map_or(Self::Only(first), |_| Self::Several))
    }

    fn only(self) -> Option<&'a HeaderValue> {
        match self {
            Self::Only(line) => Some(line),
            Self::Several => None,
        }
    }
}
