use http::{
    HeaderMap, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    },
};

use super::{compiled::Compiled, preflight::Repeated, verdict::Grant};
use crate::answer::EarlyAnswer;

/// The answer to a preflight that is granted, or `None` to one that is refused.
///
/// A refused one has no CORS header at all, so that its page learns nothing of the policy.
/// <https://fetch.spec.whatwg.org/#http-responses>: "the 403 status can be used"
pub(super) fn preflight_answer(compiled: &Compiled, grant: Option<&Grant>) -> EarlyAnswer {
    let granted = grant.and_then(|grant| Some((grant, compiled.rule(grant)?)));
    let Some((grant, rule)) = granted else {
        let headers = compiled.refused_preflight.clone();
        return EarlyAnswer { status: StatusCode::FORBIDDEN, headers };
    };
    let mut headers: HeaderMap = rule.preflight.answer.clone();
    // Not `insert`, which makes room first, even for what has its place.
    let place = headers.get_mut(ACCESS_CONTROL_ALLOW_ORIGIN);
    if let (Some(origin), Some(place)) = (&grant.origin, place) {
        *place = origin.clone();
    }
    if let Some(Repeated { method, headers: names }) = grant.repeated.as_deref() {
        if let Some(method) = method {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        }
        if let Some(names) = names {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    }
    EarlyAnswer { status: compiled.preflight_status, headers }
}
