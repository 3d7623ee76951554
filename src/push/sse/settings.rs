use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

use super::timers::TimerSettings;
use crate::{
    config::Message,
    fetch::{has_essence, mime_essence},
    request::fields,
};

/// The settings of a layer, which its services and their streams share.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) streams: Streams,
    /// The value for streams whose service sets no `Cache-Control`.
    pub(super) cache_control: HeaderValue,
    /// Adds `no-transform` to a `Cache-Control` of the service.
    pub(super) adds_no_transform: bool,
    pub(super) sets_accel_buffering: bool,
    /// The query parameter of the last event's id.
    pub(super) id_parameter: Option<Box<str>>,
    /// The `retry` line at the beginning of streams.
    pub(super) retry: Option<Bytes>,
    pub(super) timers: TimerSettings,
    pub(super) reported_coding: ReportedOnce,
}

impl Settings {
    pub(super) fn new(streams: Streams) -> Self {
        Self {
            streams,
            cache_control: HeaderValue::from_static("no-cache, no-transform"),
            adds_no_transform: true,
            sets_accel_buffering: true,
            id_parameter: None,
            retry: None,
            timers: TimerSettings::default(),
            reported_coding: ReportedOnce::default(),
        }
    }

    /// Returns whether the settings insert lines into streams without a content coding.
    pub(super) fn inserts_lines(&self) -> bool {
        self.retry.is_some() || self.timers.send_comments()
    }

    pub(super) fn is_for_events(&self) -> bool {
        matches!(self.streams, Streams::Events)
    }
}

/// Whether a layer has emitted an event that it emits only once. A layer with other settings emits it again.
#[derive(Debug, Default)]
pub(super) struct ReportedOnce(AtomicBool);

impl ReportedOnce {
    /// Returns `true` for the first call.
    pub(super) fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

impl Clone for ReportedOnce {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The responses that are streams.
#[derive(Clone, Debug)]
pub(super) enum Streams {
    Events,
    /// Responses of these media types, in lower case.
    Others(Box<[Box<str>]>),
}

impl Streams {
    pub(super) fn try_others<I>(media_types: I) -> Result<Self, MediaTypeError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let lower = media_types.into_iter().map(|one| parse_media_type(one.as_ref()));
        Ok(Self::Others(lower.collect::<Result<_, _>>()?))
    }

    pub(super) fn matches(&self, headers: &HeaderMap) -> bool {
        // Skip the search if the list is empty.
        if matches!(self, Self::Others(media_types) if media_types.is_empty()) {
            return false;
        }
        let Some(value) = content_type(headers) else { return false };
        match self {
            Self::Events => has_essence(value, &[EVENT_STREAM]),
            Self::Others(media_types) => has_essence(value, media_types),
        }
    }
}

/// An error for text that is not a valid media type for [`SseLayer::for_other_streams`].
///
/// ```
/// use tower_cross_origin::push::SseLayer;
///
/// let error = SseLayer::for_other_streams(["ndjson"]).unwrap_err();
/// assert_eq!(error.input(), "ndjson");
/// ```
///
/// [`SseLayer::for_other_streams`]: crate::push::SseLayer::for_other_streams
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaTypeError {
    input: String,
}

impl MediaTypeError {
    /// Returns the invalid text.
    pub fn input(&self) -> &str {
        &self.input
    }
}

impl MediaTypeError {
    fn message(&self) -> Message {
        if self.input.eq_ignore_ascii_case(EVENT_STREAM) {
            return Message::new(
                "the media type is the type of event streams",
                "only a layer for events keeps event streams alive",
                "handle event streams in a layer of SseLayer::new",
            );
        }
        Message::new(
            "the value is not a media type",
            "the layer compares the type and the subtype of a response",
            "use a media type without parameters and \"*\", such as \"application/x-ndjson\"",
        )
    }
}

impl fmt::Display for MediaTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.input, self.message())
    }
}

impl Error for MediaTypeError {}

/// Returns the media type in lower case.
fn parse_media_type(text: &str) -> Result<Box<str>, MediaTypeError> {
    let has_no_parameters = mime_essence(text.as_bytes())
        .is_some_and(|(kind, subtype)| kind.len() + 1 + subtype.len() == text.len());
    if has_no_parameters && !text.contains('*') && !text.eq_ignore_ascii_case(EVENT_STREAM) {
        return Ok(text.to_ascii_lowercase().into());
    }
    Err(MediaTypeError { input: text.to_owned() })
}

/// Returns the value of `Content-Type` if it has one field line.
///
/// Clients interpret several field lines differently.
fn content_type(headers: &HeaderMap) -> Option<&[u8]> {
    fields::single_value(headers, CONTENT_TYPE).map(HeaderValue::as_bytes)
}

pub(super) const EVENT_STREAM: &str = "text/event-stream";
