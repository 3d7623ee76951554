use std::fmt;

use http::{HeaderMap, HeaderName, StatusCode, header::ACCESS_CONTROL_EXPOSE_HEADERS};
use http_body::Body;

use super::{
    blocked::Stop,
    header_values::Tokens,
    request::{Credentials, Request, Tainting},
    response::Response,
    response_checks::script,
};
use crate::fetch::{
    Destination, is_cors_safelisted_response_header_name, is_forbidden_response_header_name,
};

/// The response that the page receives.
#[derive(Clone, Debug)]
pub(super) struct FilteredResponse {
    pub(super) kind: ResponseType,
    pub(super) status: StatusCode,
    pub(super) visible: HeaderMap,
    pub(super) body: Vec<u8>,
    /// The text that runs, if the response is a script.
    pub(super) script: Option<String>,
    pub(super) shows_timing: bool,
}

impl FilteredResponse {
    /// Returns a response that the page cannot read.
    pub(super) fn empty(kind: ResponseType, shows_timing: bool) -> Self {
        Self {
            kind,
            status: StatusCode::OK,
            visible: HeaderMap::new(),
            body: Vec::new(),
            script: None,
            shows_timing,
        }
    }
}

/// The parts of a response that a page can read. <https://fetch.spec.whatwg.org/#concept-response-type>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// The page can read everything except the cookies.
    ///
    /// The response has the page's origin, or is a page itself.
    Basic,
    /// The page can read the status, the body and the exposed headers.
    ///
    /// The CORS protocol allowed access to the response.
    Cors,
    /// The page can read nothing, as with an image of another origin.
    Opaque,
    /// The page can read nothing of this redirect, which the browser did not follow.
    OpaqueRedirect,
}

impl ResponseType {
    pub(super) fn is_opaque(self) -> bool {
        matches!(self, Self::Opaque | Self::OpaqueRedirect)
    }
}

/// Returns the parts of a response that the page can read.
pub(super) async fn filter_response<R>(
    request: &Request,
    response: Response<R>,
) -> Result<FilteredResponse, Stop>
where
    R: Body<Error: fmt::Display>,
{
    let shows_timing = !request.timing_allow_failed;
    let is_script = request.destination == Destination::Script;
    let kind = match request.tainting {
        Tainting::Opaque if !is_script => {
            return Ok(FilteredResponse::empty(ResponseType::Opaque, shows_timing));
        }
        Tainting::Opaque => ResponseType::Opaque,
        Tainting::Basic => ResponseType::Basic,
        Tainting::Cors => ResponseType::Cors,
    };
    let (status, headers) = (response.status, response.headers.clone());
    let body = response.read_body(request).await?;
    let script = if is_script { script(request, status, &headers, &body)? } else { None };
    if kind == ResponseType::Opaque {
        return Ok(FilteredResponse { script, ..FilteredResponse::empty(kind, shows_timing) });
    }
    let visible = visible_headers(request, &headers);
    Ok(FilteredResponse { kind, status, visible, body, script, shows_timing })
}

/// Returns the headers that the page can read. <https://fetch.spec.whatwg.org/#concept-filtered-response>
fn visible_headers(request: &Request, response: &HeaderMap) -> HeaderMap {
    let exposed = Exposed::from_response(request, response);
    let is_visible = |name: &HeaderName| {
        let bytes = name.as_str().as_bytes();
        !is_forbidden_response_header_name(bytes)
            && match request.tainting {
                Tainting::Basic => true,
                Tainting::Cors => {
                    is_cors_safelisted_response_header_name(bytes) || exposed.has(bytes)
                }
                Tainting::Opaque => false,
            }
    };
    let visible = response.iter().filter(|(name, _)| is_visible(name));
    visible.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The headers that `Access-Control-Expose-Headers` lists.
/// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 14.1
enum Exposed {
    All,
    Named(Vec<Vec<u8>>),
}

impl Exposed {
    fn from_response(request: &Request, response: &HeaderMap) -> Self {
        let names = match Tokens::from_headers(response, &ACCESS_CONTROL_EXPOSE_HEADERS) {
            Tokens::List(names) => names,
            Tokens::Absent | Tokens::Malformed => Vec::new(),
        };
        let is_wildcard = names.iter().any(|name| name == b"*");
        if is_wildcard && request.credentials != Credentials::Include {
            Self::All
        } else {
            Self::Named(names)
        }
    }

    fn has(&self, name: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|exposed| exposed.eq_ignore_ascii_case(name)),
        }
    }
}
