use std::{error::Error, fmt};

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};

use super::layer::{Settings, Streaming};
use crate::{
    fetch::mime_essence,
    request::{fields, fields::list_members},
};

/// Says to all who stand between that this response is to be passed on as it comes. Whether it is one
/// at all: only one with the status 200 is a stream to its reader.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
///
/// Never `Connection`, which HTTP/2 forbids (RFC 9113, section 8.2.2), and for which WebKit drops the
/// response; nor `Pragma`, which is for requests (RFC 9111, section 5.4).
pub(super) fn mark<B>(response: &mut Response<B>, settings: &Settings) -> bool {
    if response.status() != StatusCode::OK || !settings.streams.covers(response.headers()) {
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

const NO_TRANSFORM: &[u8] = b"no-transform";

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Which responses are streams.
#[derive(Clone, Debug)]
pub(super) enum Streams {
    Events,
    /// Of these media types, in lower case.
    Others(Box<[Box<str>]>),
}

impl Streams {
    pub(super) fn others<I>(media_types: I) -> Result<Self, MediaTypeError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let lower = media_types.into_iter().map(|one| in_lower_case(one.as_ref()));
        Ok(Self::Others(lower.collect::<Result<_, _>>()?))
    }

    pub(super) fn covers(&self, headers: &HeaderMap) -> bool {
        // Not even looked for where nothing is covered.
        if matches!(self, Self::Others(media_types) if media_types.is_empty()) {
            return false;
        }
        let Some((kind, subtype)) = content_type(headers).and_then(mime_essence) else {
            return false;
        };
        let is = |media_type: &str| {
            media_type.split_once('/').is_some_and(|(one, other)| {
                kind.eq_ignore_ascii_case(one.as_bytes())
                    && subtype.eq_ignore_ascii_case(other.as_bytes())
            })
        };
        match self {
            Self::Events => is(EVENT_STREAM),
            Self::Others(media_types) => media_types.iter().any(|one| is(one)),
        }
    }
}

/// Several layers outside look for the type in lower case only. Parameters stay as they are.
pub(super) fn lower_event_stream(headers: &mut HeaderMap) {
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

/// Why a text is no media type that [`SseLayer::for_other_streams`] can look for.
///
/// ```
/// use tower_cross_origin::push::SseLayer;
///
/// let error = SseLayer::for_other_streams(["ndjson"]).unwrap_err();
/// assert_eq!(error.media_type(), "ndjson");
/// ```
///
/// [`SseLayer::for_other_streams`]: crate::push::SseLayer::for_other_streams
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTypeError {
    media_type: String,
}

impl MediaTypeError {
    /// The text that is no media type.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
}

impl fmt::Display for MediaTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.media_type();
        if text.eq_ignore_ascii_case(EVENT_STREAM) {
            return write!(f, "{text:?} is covered by SseLayer::new, which also keeps it alive");
        }
        write!(
            f,
            "{text:?} is not one media type: write a type and a subtype, without parameters and `*`, \
             such as \"application/x-ndjson\"",
        )
    }
}

impl Error for MediaTypeError {}

fn in_lower_case(text: &str) -> Result<Box<str>, MediaTypeError> {
    let is_whole = mime_essence(text.as_bytes())
        .is_some_and(|(kind, subtype)| kind.len() + 1 + subtype.len() == text.len());
    if is_whole && !text.contains('*') && !text.eq_ignore_ascii_case(EVENT_STREAM) {
        return Ok(text.to_ascii_lowercase().into());
    }
    Err(MediaTypeError { media_type: text.to_owned() })
}

/// The only line. Clients differ in what several of them mean, so that those are nobody's.
fn content_type(headers: &HeaderMap) -> Option<&[u8]> {
    fields::single_value(headers, CONTENT_TYPE).map(HeaderValue::as_bytes)
}

const EVENT_STREAM: &str = "text/event-stream";
