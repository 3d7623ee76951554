use http::{HeaderValue, Method};

use super::{outcome::Step, preflight::AllowedMethods, request::OriginHeader};
use crate::{
    RequestHead,
    fetch::is_cors_safelisted_method,
    origin::OriginSet,
    request::{fetch_metadata::SEC_FETCH_MODE, fields::single_value, same_origin::is_same_origin},
};

/// What `enforce` asks about actual requests.
#[derive(Clone, Debug)]
pub(super) struct Enforcement {
    pub(super) service_origins: OriginSet,
}

/// What becomes of an actual request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnforceVerdict {
    /// It is passed on, whoever asks.
    Passed,
    /// It is passed on, since the service's own page asks.
    SameOrigin,
    /// It is answered with 403.
    Rejected(Step),
}

impl Enforcement {
    /// Judges the origin and the method. Not the headers: a server cannot tell those that a page set
    /// from those that its browser, or a proxy, added.
    pub(super) fn evaluate(
        &self,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
        methods: Option<&AllowedMethods>,
    ) -> EnforceVerdict {
        let step = match methods {
            Some(methods) if is_method_allowed(head.method(), methods) => {
                return EnforceVerdict::Passed;
            }
            Some(_) => Step::Method,
            None => Step::Origin,
        };
        let is_own =
            |value: &HeaderValue| is_same_origin(head, value.as_bytes(), &self.service_origins);
        if origin.value().is_some_and(is_own) {
            EnforceVerdict::SameOrigin
        } else if is_left_alone(head) {
            EnforceVerdict::Passed
        } else {
            EnforceVerdict::Rejected(step)
        }
    }
}

/// `CONNECT` opens a WebSocket or a WebTransport session over HTTP/2 and HTTP/3, where the origin alone
/// is judged: no page chooses that method. RFC 8441, RFC 9220
fn is_method_allowed(method: &Method, methods: &AllowedMethods) -> bool {
    *method == Method::CONNECT
        || is_cors_safelisted_method(method.as_str().as_bytes())
        || methods.contains(method.as_str().as_bytes())
}

/// Browsers may send `Origin` on what a page embeds and on what a user navigates to, which CORS does
/// not concern. <https://privacycg.github.io/storage-access-headers/>
fn is_left_alone(head: &RequestHead<'_>) -> bool {
    matches!(*head.method(), Method::GET | Method::HEAD)
        && single_value(head.headers(), &SEC_FETCH_MODE)
            .is_some_and(|mode| mode != "cors" && mode != "websocket")
}
