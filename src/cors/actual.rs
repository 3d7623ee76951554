use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, VARY,
    },
};

use super::{
    compiled::{Compiled, CompiledRule},
    preflight::Echo,
};
use crate::{answer::EarlyAnswer, vary};

/// The service's own response: what it says of CORS is replaced by what the policy says.
pub(super) fn finish(
    headers: &mut HeaderMap,
    compiled: &Compiled,
    granted: Option<&CompiledRule>,
    origin: Option<&HeaderValue>,
) {
    let mut has_vary = false;
    let mut has_cors = false;
    // One pass over the names costs less than looking for each of seven that are rarely there.
    for name in headers.keys() {
        has_vary |= *name == VARY;
        has_cors |= name.as_str().starts_with("access-control-");
    }
    if has_cors {
        for name in CORS_RESPONSE_HEADERS {
            headers.remove(name);
        }
    }
    match &compiled.vary {
        Some(names) if has_vary => vary::merge(headers, names),
        Some(names) => drop(headers.insert(VARY, names.clone())),
        None => {}
    }
    if let Some(rule) = granted {
        share(headers, rule, origin);
        if let Some(names) = &rule.expose {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
        }
    }
}

pub(super) fn granted_preflight(
    compiled: &Compiled,
    rule: &CompiledRule,
    origin: Option<&HeaderValue>,
    echo: &Echo,
) -> EarlyAnswer {
    let mut answer = preflight(compiled.preflight_status, compiled);
    let headers = &mut answer.headers;
    share(headers, rule, origin);
    let preflight = &rule.preflight;
    let values = [
        (ACCESS_CONTROL_ALLOW_METHODS, echo.method.as_ref().or(preflight.methods.static_answer())),
        (ACCESS_CONTROL_ALLOW_HEADERS, echo.headers.as_ref().or(preflight.headers.static_answer())),
        (ACCESS_CONTROL_MAX_AGE, preflight.max_age.as_ref()),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            headers.insert(name, value.clone());
        }
    }
    answer
}

/// No CORS header at all, so that a refused page learns nothing of the policy.
/// <https://fetch.spec.whatwg.org/#http-responses>: "the 403 status can be used"
pub(super) fn refused_preflight(compiled: &Compiled) -> EarlyAnswer {
    preflight(StatusCode::FORBIDDEN, compiled)
}

fn preflight(status: StatusCode, compiled: &Compiled) -> EarlyAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(VARY, compiled.preflight_vary.clone());
    EarlyAnswer { status, headers }
}

/// <https://fetch.spec.whatwg.org/#concept-cors-check>, from the side of the server
fn share(headers: &mut HeaderMap, rule: &CompiledRule, origin: Option<&HeaderValue>) {
    let origin = origin.cloned().unwrap_or(HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if rule.audience.has_credentials() {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// <https://fetch.spec.whatwg.org/#http-responses>
const CORS_RESPONSE_HEADERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_EXPOSE_HEADERS,
];
