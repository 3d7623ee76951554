use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

use super::settings::{EVENT_STREAM, Settings, Streams};
use crate::{
    fetch::has_essence,
    request::fields::{self, list_members},
    response::NO_STORE,
};

/// Sets the headers of a stream, and returns whether the response is a stream.
///
/// Clients accept a stream only with status 200.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
///
/// The function never sets `Connection` or `Pragma`. HTTP/2 forbids `Connection` (RFC 9113, section 8.2.2),
/// and WebKit drops a response that has it. `Pragma` is a request header (RFC 9111, section 5.4).
pub(super) fn set_stream_headers<B>(response: &mut Response<B>, settings: &Settings) -> bool {
    if response.status() != StatusCode::OK || !settings.streams.matches(response.headers()) {
        return false;
    }
    response.extensions_mut().insert(Streaming);
    let headers = response.headers_mut();
    if matches!(settings.streams, Streams::Events) {
        lower_event_stream(headers);
        // The length does not include the comments of the layer.
        headers.remove(CONTENT_LENGTH);
    }
    set_cache_control(headers, settings);
    if settings.sets_accel_buffering && !headers.contains_key(X_ACCEL_BUFFERING) {
        headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    }
    true
}

/// Returns whether the client accepts only event streams, as `EventSource` does.
///
/// A client that also accepts other media types reads a response to its end, and does not reconnect.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource>
pub(super) fn accepts_only_events(headers: &HeaderMap) -> bool {
    let value = fields::single_value(headers, ACCEPT).map(HeaderValue::as_bytes);
    value.is_some_and(|value| !value.contains(&b',') && has_essence(value, &[EVENT_STREAM]))
}

/// Changes the response to a 204, after which an `EventSource` does not reconnect.
pub(super) fn make_no_content<B>(response: &mut Response<B>) {
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.extensions_mut().remove::<Streaming>();
    let headers = response.headers_mut();
    for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, X_ACCEL_BUFFERING] {
        headers.remove(name);
    }
    // A cache may store a 204 (RFC 9110, section 15.1).
    headers.insert(CACHE_CONTROL, NO_STORE);
}

/// Sets `Cache-Control`, or adds `no-transform` to the service's value.
///
/// The rest of the service's value stays, because a shared cache may distribute the stream to many clients.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6>
fn set_cache_control(headers: &mut HeaderMap, settings: &Settings) {
    let is_no_transform = |one: &[u8]| one.eq_ignore_ascii_case(NO_TRANSFORM);
    let has_no_transform =
        headers.get_all(CACHE_CONTROL).iter().flat_map(list_members).any(is_no_transform);
    let Some(first) = headers.get_mut(CACHE_CONTROL) else {
        headers.insert(CACHE_CONTROL, settings.cache_control.clone());
        return;
    };
    if has_no_transform || !settings.adds_no_transform {
        return;
    }
    let extended = match first.as_bytes() {
        b"" => NO_TRANSFORM.to_vec(),
        first => [first, NO_TRANSFORM].join(&b", "[..]),
    };
    // This cannot fail, because a comma is valid between two valid values.
    if let Ok(extended) = HeaderValue::from_bytes(&extended) {
        *first = extended;
    }
}

/// Changes the media type to lower case, because several outer layers compare it case-sensitively.
///
/// The parameters stay unchanged.
fn lower_event_stream(headers: &mut HeaderMap) {
    let Some(value) = headers.get_mut(CONTENT_TYPE) else { return };
    if value.as_bytes().starts_with(EVENT_STREAM.as_bytes()) {
        return;
    }
    let semicolon = value.as_bytes().iter().position(|&byte| byte == b';');
    let parameters = semicolon.and_then(|start| value.as_bytes().get(start..)).unwrap_or_default();
    let lower = [EVENT_STREAM.as_bytes(), parameters].concat();
    // This cannot fail, because each part of a valid value is valid.
    if let Ok(lower) = HeaderValue::from_bytes(&lower) {
        *value = lower;
    }
}

/// A marker in the response extensions: intermediaries must not buffer the body.
///
/// [`SseLayer`](crate::push::SseLayer) inserts it for outer layers that would otherwise buffer the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Streaming;

/// Returns whether a response may be compressed.
///
/// Pass this function to `CompressionLayer::compress_when` of tower-http:
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
/// By default, tower-http does not compress `text/event-stream`, but it compresses lines of JSON. It ignores
/// `no-transform`, which is meant for proxies.
pub fn is_not_streaming(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Streaming>().is_none()
}

const NO_TRANSFORM: &[u8] = b"no-transform";

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
