use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    },
};

use super::{
    Step,
    answers::{Answers, RuleAnswers},
    preflight::Repeated,
    rule::ANY,
    verdict::{Early, Grant},
};
use crate::response::EarlyResponse;

/// What the policy answers by itself.
///
/// What is refused has no CORS header at all, so that its page learns nothing of the policy.
/// <https://fetch.spec.whatwg.org/#http-responses>: "the 403 status can be used"
pub(super) fn early_answer(answers: &Answers, early: Early<'_>) -> EarlyResponse {
    let (Early::Granted(grant) | Early::Told(_, grant)) = early else {
        return refused(answers, early);
    };
    let Some(rule) = answers.of(grant) else { return refused(answers, early) };
    let status = answers.preflight_status;
    match early {
        Early::Told(step, grant) => {
            EarlyResponse { status, headers: told(answers, step, grant, rule) }
        }
        _ => EarlyResponse { status, headers: granted(grant, rule) },
    }
}

#[inline]
fn granted(grant: &Grant, rule: &RuleAnswers) -> HeaderMap {
    let mut headers: HeaderMap = rule.preflight.clone();
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
    headers
}

/// Apart, since hardly anyone is told. Everything up to the step that fails, and nothing of it, so that the browser fails there too, and
/// says so in its console. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
#[inline(never)]
fn told(answers: &Answers, step: Step, grant: &Grant, rule: &RuleAnswers) -> HeaderMap {
    let mut full = granted(grant, rule);
    let mut headers = answers.refused_preflight.clone();
    for name in [ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_CREDENTIALS] {
        if let Some(value) = full.remove(&name) {
            headers.insert(name, value);
        }
    }
    let methods = full.remove(ACCESS_CONTROL_ALLOW_METHODS);
    let methods = match (step, methods) {
        (Step::Method, Some(listed)) if listed != ANY => Some(listed),
        // Without the header, a browser takes the method of an upload for granted (use-CORS-preflight
        // flag, step 7.5); and `*` would cover the method that is refused.
        (Step::Method, _) => Some(HeaderValue::from_static("GET")),
        (_, methods) => methods,
    };
    if let Some(methods) = methods {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers
}

fn refused(answers: &Answers, early: Early<'_>) -> EarlyResponse {
    let headers = match early {
        Early::Forbidden => answers.forbidden.clone(),
        _ => answers.refused_preflight.clone(),
    };
    EarlyResponse { status: StatusCode::FORBIDDEN, headers }
}
