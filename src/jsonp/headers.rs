//! The headers of requests and responses with a callback.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH,
        CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, SET_COOKIE,
        X_CONTENT_TYPE_OPTIONS,
    },
};

use super::{
    config::StatusMode,
    policy::{JsonpCall, JsonpPolicy},
};
use crate::{
    fetch::trim_ows,
    request::fields,
    response::{CROSS_ORIGIN_RESOURCE_POLICY, KeepResourcePolicy, NO_STORE, insert_if_absent},
};

/// Requests a complete, uncompressed response, since other responses cannot be wrapped.
pub(super) fn request_complete_body(request: &mut HeaderMap) {
    request.remove(RANGE);
    request.remove(IF_RANGE);
    // Without `Accept-Encoding`, services usually do not compress, so the header is only replaced.
    if request.contains_key(ACCEPT_ENCODING) {
        request.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Removes the conditions of a request.
///
/// A browser may have cached the wrapped form, and revalidate it for a service worker. With "not modified",
/// the wrapped script would become the service worker.
pub(super) fn remove_conditions(request: &mut HeaderMap) {
    request.remove(IF_NONE_MATCH);
    request.remove(IF_MODIFIED_SINCE);
}

/// Adds the headers of the script to a 304, with which caches update the script.
///
/// The `ETag` of the script is weak. Headers that describe the JSON would replace the script's headers.
/// RFC 9110, section 15.4.5; RFC 9111, section 3.2
pub(super) fn complete_not_modified<B>(response: &mut Response<B>, policy: &JsonpPolicy) {
    // The `Cross-Origin-Resource-Policy` of the stored script stays.
    response.extensions_mut().insert(KeepResourcePolicy);
    let headers = response.headers_mut();
    for name in [CONTENT_LENGTH, ACCEPT_RANGES].iter().chain(&DIGESTS) {
        headers.remove(name);
    }
    weaken_etag(headers);
    if headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, JAVASCRIPT);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    policy.vary().apply(headers);
}

/// Turns the head of a JSON response into the head of a script.
pub(super) fn wrap<B>(response: &mut Response<B>, policy: &JsonpPolicy, call: &JsonpCall) {
    let settings = policy.settings();
    let status = response.status();
    let headers = response.headers_mut();
    let length = content_length(headers).filter(|_| !settings.escapes().any());
    let length = length.and_then(|json| script_length(json, call));
    for name in [CONTENT_LENGTH, ACCEPT_RANGES].iter().chain(&DIGESTS) {
        headers.remove(name);
    }
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    weaken_etag(headers);
    // Browsers do not run `application/json` with `nosniff` as a script:
    // https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?
    headers.insert(CONTENT_TYPE, JAVASCRIPT);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if let Some(name) = settings.file_name() {
        // This cannot fail: the policy has validated the name.
        let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
        if let Ok(value) = value {
            insert_if_absent(headers, CONTENT_DISPOSITION, value);
        }
    }
    let cross_origin = HeaderValue::from_static("cross-origin");
    insert_if_absent(headers, CROSS_ORIGIN_RESOURCE_POLICY, cross_origin);
    response.extensions_mut().insert(KeepResourcePolicy);
    let headers = response.headers_mut();
    policy.vary().apply(headers);
    if settings.status != StatusMode::Preserve && status != StatusCode::OK {
        // Caches must not store an error as a success.
        if !status.is_success() {
            insert_if_absent(headers, CACHE_CONTROL, NO_STORE);
        }
        *response.status_mut() = StatusCode::OK;
    }
}

/// Adds the headers that prevent JSON from being used as a script.
pub(super) fn protect_json(
    headers: &mut HeaderMap,
    policy: &JsonpPolicy,
    varies: bool,
    is_private: bool,
) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if varies {
        policy.vary().apply(headers);
    }
    if is_private {
        make_private(headers);
    }
}

/// Removes `Set-Cookie`, since a request without the user's cookie starts an unrelated session.
pub(super) fn remove_new_session(headers: &mut HeaderMap) {
    headers.remove(SET_COOKIE);
}

/// Returns the headers of a plain-text rejection.
pub(super) fn rejection_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        (CACHE_CONTROL, NO_STORE),
    ])
}

/// Makes the `ETag` weak, since the script differs from the inner service's representation.
///
/// RFC 9110, section 8.8.1
fn weaken_etag(headers: &mut HeaderMap) {
    let Some(etag) = headers.get_mut(ETAG) else { return };
    if etag.as_bytes().starts_with(b"\"") {
        // This cannot fail: a valid value with this prefix is a valid value.
        if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()) {
            *etag = weak;
        }
    }
}

/// Adds `private` to `Cache-Control`, and removes contradictory directives.
///
/// RFC 9111, sections 5.2.2.5, 5.2.2.7, 5.2.2.9 and 5.2.2.10
fn make_private(headers: &mut HeaderMap) {
    let members = || headers.get_all(CACHE_CONTROL).iter().flat_map(fields::list_members);
    let is = |member: &[u8], name: &[u8]| trim_ows(member).eq_ignore_ascii_case(name);
    if members().any(|member| is(member, b"no-store")) {
        return;
    }
    let is_for_shared_caches = |member: &[u8]| {
        let name = member.split(|&byte| byte == b'=').next().unwrap_or_default();
        is(name, b"public") || is(name, b"s-maxage") || is(name, b"private")
    };
    let kept = members().filter(|member| !member.is_empty() && !is_for_shared_caches(member));
    let all: Vec<&[u8]> = std::iter::once(&b"private"[..]).chain(kept).collect();
    // This cannot fail: members of valid values, joined by commas, are a valid value.
    if let Ok(value) = HeaderValue::from_bytes(&all.join(&b", "[..])) {
        headers.insert(CACHE_CONTROL, value);
    }
}

/// Returns the length of the script around this many bytes of unescaped JSON.
fn script_length(json: u64, call: &JsonpCall) -> Option<u64> {
    let filler = if json == 0 { call.filler().len() } else { 0 };
    let around = call.prefix().len() + filler + call.suffix().len();
    json.checked_add(u64::try_from(around).ok()?)
}

/// Returns the number in `Content-Length`, if there is exactly one field line.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    fields::single_value(headers, CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Headers with a digest of the original bytes. RFC 9530, RFC 3230 and RFC 2616
pub(super) const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];
