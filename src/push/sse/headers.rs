use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

use super::settings::{EVENT_STREAM, Settings, Streams};
use crate::request::fields::list_members;

/// Says to all who stand between that this response is to be passed on as it comes. Whether it is one
/// at all: only one with the status 200 is a stream to its reader.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
///
/// Never `Connection`, which HTTP/2 forbids (RFC 9113, section 8.2.2), and for which WebKit drops the
/// response; nor `Pragma`, which is for requests (RFC 9111, section 5.4).
pub(super) fn mark<B>(response: &mut Response<B>, settings: &Settings) -> bool {
    if response.status() != StatusCode::OK || !settings.streams.matches(response.headers()) {
        return false;
    }
    response.extensions_mut().insert(Streaming);
    let headers = response.headers_mut();
    if matches!(settings.streams, Streams::Events) {
        lower_event_stream(headers);
        // Whatever it says: what is put into the stream is not counted.
        headers.remove(CONTENT_LENGTH);
    }
    set_cache_control(headers, settings);
    if settings.sets_accel_buffering && !headers.contains_key(X_ACCEL_BUFFERING) {
        headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    }
    true
}

/// Makes the head of a stream the one of an answer without a body, after which an `EventSource` does not
/// come again.
pub(super) fn make_no_content<B>(response: &mut Response<B>) {
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.extensions_mut().remove::<Streaming>();
    let headers = response.headers_mut();
    for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, X_ACCEL_BUFFERING] {
        headers.remove(name);
    }
    // A cache may keep a 204 (RFC 9110, section 15.1).
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// What is there was chosen, for example by a service whose streams a cache hands on to many.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6>
fn set_cache_control(headers: &mut HeaderMap, settings: &Settings) {
    let is_no_transform = |one: &[u8]| one.eq_ignore_ascii_case(NO_TRANSFORM);
    let is_there =
        headers.get_all(CACHE_CONTROL).iter().flat_map(list_members).any(is_no_transform);
    let Some(first) = headers.get_mut(CACHE_CONTROL) else {
        headers.insert(CACHE_CONTROL, settings.cache_control.clone());
        return;
    };
    if is_there || !settings.adds_no_transform {
        return;
    }
    let more = match first.as_bytes() {
        b"" => NO_TRANSFORM.to_vec(),
        first => [first, NO_TRANSFORM].join(&b", "[..]),
    };
    // Values joined by a comma are a value: this cannot fail.
    if let Ok(more) = HeaderValue::from_bytes(&more) {
        *first = more;
    }
}

/// Several layers outside look for the type in lower case only. Parameters stay as they are.
fn lower_event_stream(headers: &mut HeaderMap) {
    let Some(value) = headers.get_mut(CONTENT_TYPE) else { return };
    if value.as_bytes().starts_with(EVENT_STREAM.as_bytes()) {
        return;
    }
    let semicolon = value.as_bytes().iter().position(|&byte| byte == b';');
    let parameters = semicolon.and_then(|start| value.as_bytes().get(start..)).unwrap_or_default();
    let lower = [EVENT_STREAM.as_bytes(), parameters].concat();
    // A part of a value is one: this cannot fail.
    if let Ok(lower) = HeaderValue::from_bytes(&lower) {
        *value = lower;
    }
}

/// In the extensions of a response whose body is a stream that must reach its reader as it comes.
///
/// [`SseLayer`](crate::push::SseLayer) puts it there, for layers outside of it that would wait for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Streaming;

/// Whether a response may be compressed: for `CompressionLayer::compress_when` of tower-http, which
/// takes functions of this form.
///
/// ```
/// use tower::ServiceBuilder;
/// use tower_cross_origin::push::{SseLayer, is_not_streaming};
/// use tower_http::compression::{CompressionLayer, Predicate, predicate::DefaultPredicate};
///
/// let compression = CompressionLayer::new()
///     .compress_when(DefaultPredicate::new().and(is_not_streaming));
/// let layers = ServiceBuilder::new().layer(compression).layer(SseLayer::new());
/// ```
///
/// tower-http leaves `text/event-stream` alone by itself, and lines of JSON it does not. It does not
/// look at `no-transform`, which is for proxies.
pub fn is_not_streaming(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Streaming>().is_none()
}

const NO_TRANSFORM: &[u8] = b"no-transform";

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
