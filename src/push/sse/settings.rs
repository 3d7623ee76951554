use bytes::Bytes;
use http::HeaderValue;

use super::{media_type::Streams, timers::TimerSettings};

/// What a layer was told, shared by its services and their streams.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) streams: Streams,
    /// Where there is none.
    pub(super) cache_control: HeaderValue,
    /// Where there is another.
    pub(super) adds_no_transform: bool,
    pub(super) sets_accel_buffering: bool,
    /// Where the id of the last event is looked for, beside its header.
    pub(super) id_parameter: Option<Box<str>>,
    /// The line that streams begin with.
    pub(super) retry: Option<Bytes>,
    pub(super) timers: TimerSettings,
}

impl Settings {
    pub(super) fn of(streams: Streams) -> Self {
        Self {
            streams,
            cache_control: HeaderValue::from_static("no-cache, no-transform"),
            adds_no_transform: true,
            sets_accel_buffering: true,
            id_parameter: None,
            retry: None,
            timers: TimerSettings::default(),
        }
    }

    pub(super) fn is_of_events(&self) -> bool {
        matches!(self.streams, Streams::Events)
    }
}
