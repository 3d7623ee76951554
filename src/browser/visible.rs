use http::{HeaderMap, HeaderName, header::ACCESS_CONTROL_EXPOSE_HEADERS};

use super::{
    header_values::Tokens,
    request::{Credentials, Request, Tainting},
};
use crate::fetch::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};

/// The headers that the page can read. <https://fetch.spec.whatwg.org/#concept-filtered-response>
pub(super) fn visible_headers(request: &Request, response: &HeaderMap) -> HeaderMap {
    let exposed = Exposed::by(request, response);
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

/// What `Access-Control-Expose-Headers` names.
/// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 14.1
enum Exposed {
    All,
    Named(Vec<Vec<u8>>),
}

impl Exposed {
    fn by(request: &Request, response: &HeaderMap) -> Self {
        let names = match Tokens::of(response, &ACCESS_CONTROL_EXPOSE_HEADERS) {
            Tokens::List(names) => names,
            Tokens::Absent | Tokens::Malformed => Vec::new(),
        };
        let is_any = names.iter().any(|name| name == b"*");
        if is_any && request.credentials != Credentials::Include {
            Self::All
        } else {
            Self::Named(names)
        }
    }

    fn has(&self, name: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|one| one.eq_ignore_ascii_case(name)),
        }
    }
}
