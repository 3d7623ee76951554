use http::{HeaderValue, Method};

use super::{outcome::Step, preflight::AllowedMethods, request::OriginHeader};
use crate::{
    RequestHead,
    fetch::is_cors_safelisted_method,
    origin::OriginSet,
    request::{
        RequestFacts,
        fetch_metadata::{SEC_FETCH_MODE, is_mode_of_tunnel},
        fields::single_value,
        path::PathSet,
        same_origin::is_same_origin,
    },
};

/// The checks of actual requests by `enforce`.
#[derive(Clone, Debug)]
pub(super) struct Enforcement {
    pub(super) exemptions: EnforceExemptions,
}

/// The requests that `enforce` never rejects.
#[derive(Clone, Debug, Default)]
pub(crate) struct EnforceExemptions {
    pub(crate) service_origins: OriginSet,
    pub(crate) exempt_paths: PathSet,
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
        let EnforceExemptions { service_origins, exempt_paths } = &self.exemptions;
        let is_service_origin =
            |value: &HeaderValue| is_same_origin(facts, value.as_bytes(), service_origins);
        if origin.value().is_some_and(is_service_origin) {
            EnforceVerdict::SameOrigin
        } else if is_embedded(facts.head()) || exempt_paths.exempts(facts.head()) {
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
pub(super) fn is_method_allowed(method: &Method, methods: &AllowedMethods) -> bool {
    *method == Method::CONNECT
        || is_cors_safelisted_method(method.as_str().as_bytes())
        || methods.contains(method.as_str().as_bytes())
}

/// Returns whether CORS does not apply to the request.
///
/// Browsers may send `Origin` for embedded resources and for navigations, too.
/// <https://privacycg.github.io/storage-access-headers/>
fn is_embedded(head: &RequestHead<'_>) -> bool {
    matches!(*head.method(), Method::GET | Method::HEAD)
        && single_value(head.headers(), &SEC_FETCH_MODE)
            .is_some_and(|mode| mode != "cors" && !is_mode_of_tunnel(mode.as_bytes()))
}
