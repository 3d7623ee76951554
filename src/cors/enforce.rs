use http::{HeaderValue, Method};

use super::{outcome::Step, preflight::AllowedMethods, request::OriginHeader};
use crate::{
    RequestHead,
    fetch::is_cors_safelisted_method,
    origin::OriginSet,
    request::{
        RequestFacts, fetch_metadata::SEC_FETCH_MODE, fields::single_value,
        same_origin::is_same_origin,
    },
};

/// The checks of actual requests by `enforce`.
#[derive(Clone, Debug)]
pub(super) struct Enforcement {
    pub(super) service_origins: OriginSet,
}

/// The result of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnforceVerdict {
    /// The request reaches the service.
    Allow,
    /// The request comes from a page of the service, and reaches the service.
    SameOrigin,
    /// The layer responds with status 403.
    Reject(Step),
}

impl Enforcement {
    /// Checks the origin and the method.
    ///
    /// The request headers are not checked: a server cannot know which headers the page set, and which ones
    /// the browser or a proxy added.
    pub(super) fn evaluate(
        &self,
        facts: &RequestFacts<'_>,
        origin: OriginHeader<'_>,
        methods: Option<&AllowedMethods>,
    ) -> EnforceVerdict {
        let step = match methods {
            Some(methods) if is_method_allowed(facts.head().method(), methods) => {
                return EnforceVerdict::Allow;
            }
            Some(_) => Step::Method,
            None => Step::Origin,
        };
        let is_service_origin =
            |value: &HeaderValue| is_same_origin(facts, value.as_bytes(), &self.service_origins);
        if origin.value().is_some_and(is_service_origin) {
            EnforceVerdict::SameOrigin
        } else if is_exempt(facts.head()) {
            EnforceVerdict::Allow
        } else {
            EnforceVerdict::Reject(step)
        }
    }
}

/// Returns whether the method is allowed.
///
/// `CONNECT` is always allowed, since no page can choose this method. Over HTTP/2 and HTTP/3 it opens a
/// WebSocket or a WebTransport session, for which only the origin is checked (RFC 8441, RFC 9220).
fn is_method_allowed(method: &Method, methods: &AllowedMethods) -> bool {
    *method == Method::CONNECT
        || is_cors_safelisted_method(method.as_str().as_bytes())
        || methods.contains(method.as_str().as_bytes())
}

/// Returns whether the request is exempt, since CORS does not apply to it.
///
/// Browsers may send `Origin` for embedded resources and for navigations, too.
/// <https://privacycg.github.io/storage-access-headers/>
fn is_exempt(head: &RequestHead<'_>) -> bool {
    matches!(*head.method(), Method::GET | Method::HEAD)
        && single_value(head.headers(), &SEC_FETCH_MODE)
            .is_some_and(|mode| mode != "cors" && mode != "websocket")
}
