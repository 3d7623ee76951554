use http::{HeaderValue, Method};

use super::{OriginHeader, Step, compiled_rule::CompiledRule};
use crate::{
    RequestHead, fetch::is_cors_safelisted_method, origin::OriginSet,
    request::fetch_metadata::SEC_FETCH_MODE, request::fields, request::same_origin::is_same_origin,
};

/// What `enforce` asks about actual requests.
#[derive(Clone, Debug)]
pub(super) struct Enforcement {
    pub(super) own_origins: OriginSet,
}

/// What becomes of an actual request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enforced {
    /// It is passed on, whoever asks.
    Passed,
    /// It is passed on, since the service's own page asks.
    SameOrigin,
    /// It is answered with 403.
    Forbidden(Step),
}

impl Enforcement {
    /// Judges the origin and the method. Not the headers: a server cannot tell those that a page set
    /// from those that its browser, or a proxy, added.
    pub(super) fn judge(
        &self,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
        rule: Option<&CompiledRule>,
    ) -> Enforced {
        let step = match rule {
            Some(rule) if is_method_allowed(head.method(), rule) => return Enforced::Passed,
            Some(_) => Step::Method,
            None => Step::Origin,
        };
        let is_own =
            |value: &HeaderValue| is_same_origin(head, value.as_bytes(), &self.own_origins);
        if origin.value().is_some_and(is_own) {
            Enforced::SameOrigin
        } else if is_left_alone(head) {
            Enforced::Passed
        } else {
            Enforced::Forbidden(step)
        }
    }
}

/// `CONNECT` opens a WebSocket or a WebTransport session over HTTP/2 and HTTP/3, where the origin alone
/// is judged: no page chooses that method. RFC 8441, RFC 9220
fn is_method_allowed(method: &Method, rule: &CompiledRule) -> bool {
    *method == Method::CONNECT
        || is_cors_safelisted_method(method.as_str().as_bytes())
        || rule.preflight.methods.grants(method.as_str().as_bytes())
}

/// Browsers may send `Origin` on what a page embeds and on what a user navigates to, which CORS does
/// not concern. <https://privacycg.github.io/storage-access-headers/>
fn is_left_alone(head: &RequestHead<'_>) -> bool {
    matches!(*head.method(), Method::GET | Method::HEAD)
        && fields::single_value(head.headers(), &SEC_FETCH_MODE)
            .is_some_and(|mode| mode != "cors" && mode != "websocket")
}
