//! The headers of responses and requests, as JSONP needs them.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH,
        CONTENT_TYPE, ETAG, Entry, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, SET_COOKIE,
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
    response::{CROSS_ORIGIN_RESOURCE_POLICY, KeepResourcePolicy},
};

/// A part of JSON is none, and what is compressed cannot be wrapped.
pub(super) fn ask_for_the_whole(request: &mut HeaderMap) {
    request.remove(RANGE);
    request.remove(IF_RANGE);
    // Only in the place of another: who asks for no coding is sent none.
    if request.contains_key(ACCEPT_ENCODING) {
        request.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// A browser that has kept one form of a response asks whether it is still good where the other form is
/// meant; "not modified" would then make a service worker of a script that was wrapped for a page.
pub(super) fn ask_anew(request: &mut HeaderMap) {
    request.remove(IF_NONE_MATCH);
    request.remove(IF_MODIFIED_SINCE);
}

/// Makes the head of JSON the one of a script.
pub(super) fn wrap<B>(response: &mut Response<B>, policy: &JsonpPolicy, call: &JsonpCall) {
    let settings = policy.settings();
    let status = response.status();
    let headers = response.headers_mut();
    let length = length(headers).filter(|_| !settings.escapes().any());
    let length = length.and_then(|json| length_around(json, call));
    for name in [CONTENT_LENGTH, ACCEPT_RANGES].iter().chain(&DIGESTS) {
        headers.remove(name);
    }
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    weaken_etag(headers);
    // `application/json` beside `nosniff` is no script: https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if let Some(name) = settings.file_name() {
        // Its bytes are those of a value: a policy has no other name.
        let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
        if let (Entry::Vacant(entry), Ok(value)) = (headers.entry(CONTENT_DISPOSITION), value) {
            entry.insert(value);
        }
    }
    headers.entry(CROSS_ORIGIN_RESOURCE_POLICY).or_insert(HeaderValue::from_static("cross-origin"));
    response.extensions_mut().insert(KeepResourcePolicy);
    let headers = response.headers_mut();
    policy.vary().apply(headers);
    if settings.status != StatusMode::Preserve && status != StatusCode::OK {
        // What was an error is not to be kept by caches like a success.
        if !status.is_success() {
            headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
        }
        *response.status_mut() = StatusCode::OK;
    }
}

/// JSON that stays JSON is no script, whatever loads it.
pub(super) fn seal(headers: &mut HeaderMap, policy: &JsonpPolicy, varies: bool, is_private: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if varies {
        policy.vary().apply(headers);
    }
    if is_private {
        make_private(headers);
    }
}

/// A session that began because the service was not shown the user's cookie is not the user's.
pub(super) fn keep_session(headers: &mut HeaderMap) {
    headers.remove(SET_COOKIE);
}

/// Returns the headers of a response whose text is for a person.
pub(super) fn refusal() -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        (CACHE_CONTROL, NO_STORE),
    ])
}

/// The script is no longer, byte for byte, what the service named so.
/// RFC 9110, section 8.8.1
fn weaken_etag(headers: &mut HeaderMap) {
    let Some(etag) = headers.get_mut(ETAG) else { return };
    if etag.as_bytes().starts_with(b"\"") {
        // A mark before a value is a value: this cannot fail.
        if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()) {
            *etag = weak;
        }
    }
}

/// RFC 9111, sections 5.2.2.5, 5.2.2.7, 5.2.2.9 and 5.2.2.10
fn make_private(headers: &mut HeaderMap) {
    let members = || headers.get_all(CACHE_CONTROL).iter().flat_map(fields::list_members);
    let is = |member: &[u8], name: &[u8]| trim_ows(member).eq_ignore_ascii_case(name);
    if members().any(|member| is(member, b"no-store")) {
        return;
    }
    let is_for_shared = |member: &[u8]| {
        let name = member.split(|&byte| byte == b'=').next().unwrap_or_default();
        is(name, b"public") || is(name, b"s-maxage") || is(name, b"private")
    };
    let kept = members().filter(|one| !one.is_empty() && !is_for_shared(one));
    let all: Vec<&[u8]> = std::iter::once(&b"private"[..]).chain(kept).collect();
    // Members of values, joined by commas, are a value: this cannot fail.
    if let Ok(value) = HeaderValue::from_bytes(&all.join(&b", "[..])) {
        headers.insert(CACHE_CONTROL, value);
    }
}

/// Of the script around so many bytes of JSON that are not changed.
fn length_around(json: u64, call: &JsonpCall) -> Option<u64> {
    let filler = if json == 0 { call.filler().len() } else { 0 };
    let around = call.prefix().len() + filler + call.suffix().len();
    json.checked_add(u64::try_from(around).ok()?)
}

/// The only line, where it is a number. Bytes of a service that says two lengths are not counted.
fn length(headers: &HeaderMap) -> Option<u64> {
    fields::single_value(headers, CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Of the bytes that were. RFC 9530; RFC 3230 and RFC 2616 before it
pub(super) const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];
