use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    },
};

use super::{
    Step,
    compiled::Compiled,
    compiled_rule::CompiledRule,
    preflight::{MethodGrant, Repeated},
    verdict::{Early, Grant},
};
use crate::answer::EarlyAnswer;

/// What the policy answers by itself.
///
/// What is refused has no CORS header at all, so that its page learns nothing of the policy.
/// <https://fetch.spec.whatwg.org/#http-responses>: "the 403 status can be used"
pub(super) fn early_answer(compiled: &Compiled, early: Early<'_>) -> EarlyAnswer {
    let (Early::Granted(grant) | Early::Told(_, grant)) = early else {
        return refused(compiled, early);
    };
    let Some(rule) = compiled.rule(grant) else { return refused(compiled, early) };
    let status = compiled.preflight_status;
    match early {
        Early::Told(step, grant) => {
            EarlyAnswer { status, headers: told(compiled, step, grant, rule) }
        }
        _ => EarlyAnswer { status, headers: granted(grant, rule) },
    }
}

#[inline]
fn granted(grant: &Grant, rule: &CompiledRule) -> HeaderMap {
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
    headers
}

/// Apart, since hardly anyone is told. Everything up to the step that fails, and nothing of it, so that the browser fails there too, and
/// says so in its console. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
#[inline(never)]
fn told(compiled: &Compiled, step: Step, grant: &Grant, rule: &CompiledRule) -> HeaderMap {
    let mut full = granted(grant, rule);
    let mut headers = compiled.refused_preflight.clone();
    for name in [ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_CREDENTIALS] {
        if let Some(value) = full.remove(&name) {
            headers.insert(name, value);
        }
    }
    let methods = full.remove(ACCESS_CONTROL_ALLOW_METHODS);
    let methods = match (step, &rule.preflight.methods) {
        (Step::Method, MethodGrant::Listed(listed)) if !listed.is_empty() => methods,
        // Without the header, a browser takes the method of an upload for granted (use-CORS-preflight
        // flag, step 7.5); and `*` would cover the method that is refused.
        (Step::Method, _) => Some(HeaderValue::from_static("GET")),
        _ => methods,
    };
    if let Some(methods) = methods {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers
}

fn refused(compiled: &Compiled, early: Early<'_>) -> EarlyAnswer {
    let headers = match (early, &compiled.enforcement) {
        (Early::Forbidden, Some(enforcement)) => enforcement.refused.clone(),
        _ => compiled.refused_preflight.clone(),
    };
    EarlyAnswer { status: StatusCode::FORBIDDEN, headers }
}
