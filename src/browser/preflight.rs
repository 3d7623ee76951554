use std::time::Duration;

use http::{
    HeaderMap, HeaderValue, Method,
    header::{
        ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    },
};

use super::{
    blocked::{Reason, Step, Stop},
    engine::Engine,
    header_values::{Tokens, get, isomorphic_decode},
    preflight_cache::{Of, PreflightCache},
    request::{Credentials, Mode, Redirect, Request, Tainting, User},
    response_checks::cors_check,
};
use crate::fetch::is_cors_non_wildcard_request_header_name;

/// The request that asks for another one. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
pub(super) fn preflight_for(request: &Request) -> Request {
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if let Ok(method) = HeaderValue::from_str(request.method.as_str()) {
        headers.insert(ACCESS_CONTROL_REQUEST_METHOD, method);
    }
    // Joined without a space, and absent where there is none.
    let names = request.unsafe_names().join(",");
    if let Some(names) = HeaderValue::from_str(&names).ok().filter(|names| !names.is_empty()) {
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
    }
    Request {
        method: Method::OPTIONS,
        headers,
        unheld: Vec::new(),
        body: None,
        credentials: Credentials::SameOrigin,
        mode: Mode::Cors,
        redirect: Redirect::Follow,
        tainting: Tainting::Cors,
        use_cors_preflight: false,
        is_unsafe: false,
        user: User::Page,
        ..request.clone()
    }
}

/// Whether nothing that was asked for before makes another question needless.
/// <https://fetch.spec.whatwg.org/#concept-http-fetch>, step 4.1
pub(super) fn is_to_be_asked(request: &Request, cache: &PreflightCache, now: Duration) -> bool {
    let is_plain = request.has_safelisted_method() && !request.use_cors_preflight;
    let mut names = request.unsafe_names().into_iter();
    (!is_plain && !cache.has(request, &Of::Method(request.method.to_string()), now))
        || names.any(|name| !cache.has(request, &Of::Header(name), now))
}

/// What a server said yes to.
#[derive(Debug)]
pub(super) struct Permission {
    pub(super) of: Vec<Of>,
    pub(super) max_age: Duration,
}

/// Whether the answer permits the request. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7
pub(super) fn judge(
    request: &Request,
    status: u16,
    answer: &HeaderMap,
    engine: Engine,
) -> Result<Permission, Stop> {
    cors_check(request, answer)?;
    if !(200..300).contains(&status) {
        return Err((Step::PreflightStatus, Reason::Status(status)));
    }
    let malformed = |step, name| {
        let value = get(answer, name).unwrap_or_default();
        (step, Reason::Malformed { value: isomorphic_decode(&value) })
    };
    let lacks = |step, header, name: &str| {
        let value = get(answer, header).map(|value| isomorphic_decode(&value));
        (step, Reason::Lacks { name: name.to_owned(), value })
    };
    let methods = match Tokens::of(answer, &ACCESS_CONTROL_ALLOW_METHODS) {
        Tokens::Malformed => {
            return Err(malformed(Step::AllowMethods, &ACCESS_CONTROL_ALLOW_METHODS));
        }
        // One that needs no consent is remembered by all engines.
        Tokens::Absent
            if request.use_cors_preflight
                && (engine.takes_silence_on_methods_for_consent()
                    || request.has_safelisted_method()) =>
        {
            vec![request.method.as_str().as_bytes().to_vec()]
        }
        Tokens::Absent => Vec::new(),
        Tokens::List(methods) => methods,
    };
    let names = match Tokens::of(answer, &ACCESS_CONTROL_ALLOW_HEADERS) {
        Tokens::Malformed => {
            return Err(malformed(Step::AllowHeaders, &ACCESS_CONTROL_ALLOW_HEADERS));
        }
        Tokens::Absent => Vec::new(),
        Tokens::List(names) => names.iter().map(|name| name.to_ascii_lowercase()).collect(),
    };
    let takes_any = |list: &[Vec<u8>]| {
        request.credentials != Credentials::Include && list.iter().any(|member| member == b"*")
    };
    let method = request.method.as_str();
    if !methods.iter().any(|one| one == method.as_bytes())
        && !request.has_safelisted_method()
        && !takes_any(&methods)
    {
        return Err(lacks(Step::AllowMethods, &ACCESS_CONTROL_ALLOW_METHODS, method));
    }
    for name in request.unsafe_names() {
        let is_by_name = is_cors_non_wildcard_request_header_name(name.as_bytes())
            && !engine.lets_any_cover_authorization();
        let is_named = names.iter().any(|one| one == name.as_bytes());
        if !is_named && (is_by_name || !takes_any(&names)) {
            return Err(lacks(Step::AllowHeaders, &ACCESS_CONTROL_ALLOW_HEADERS, &name));
        }
    }
    let text = |bytes: Vec<u8>| isomorphic_decode(&bytes);
    let methods = methods.into_iter().map(|method| Of::Method(text(method)));
    let of = methods.chain(names.into_iter().map(|name| Of::Header(text(name)))).collect();
    Ok(Permission { of, max_age: max_age(answer, engine) })
}

/// <https://fetch.spec.whatwg.org/#http-access-control-max-age>
fn max_age(answer: &HeaderMap, engine: Engine) -> Duration {
    let value = get(answer, &ACCESS_CONTROL_MAX_AGE);
    let digits = value.as_deref().map(crate::fetch::trim_ows);
    let seconds = match digits {
        Some(digits) if digits.first().is_some_and(u8::is_ascii_digit) => {
            let text = std::str::from_utf8(digits).unwrap_or_default();
            // Digits that do not fit are a great many seconds.
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().unwrap_or(u64::MAX) } else { DEFAULT_SECONDS }
        }
        // What the Web Platform Tests say (cors/preflight-cache.htm), and browsers do.
        Some([b'-', ..]) => 0,
        _ => DEFAULT_SECONDS,
    };
    let longest = engine.longest_max_age().unwrap_or(Duration::MAX);
    Duration::from_secs(seconds).min(longest)
}

const DEFAULT_SECONDS: u64 = 5;
