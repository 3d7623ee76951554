use std::time::Duration;

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "serde")]
use crate::{
    config::file,
    cross_origin::file::{duration, is_default, lists},
};

/// What is said of streams of events, and put into them: [`SseLayer`](crate::push::SseLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct EventStreams {
    /// `Cache-Control` of streams that have none. Absent: `no-cache, no-transform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cache_control: Option<String>,
    /// Adds no `no-transform` to a stream's own `Cache-Control`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub keep_cache_control: bool,
    /// Sets no `X-Accel-Buffering: no`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub without_accel_buffering: bool,
    /// After how many milliseconds a browser connects again.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::milliseconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub retry: Option<Duration>,
    /// The parameter of the query that stands for `Last-Event-ID` where a page cannot set that.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub last_event_id_parameter: Option<String>,
    /// After how many seconds of silence a comment is sent, 1 at the least. It needs the feature `tokio`,
    /// as the next three do.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub keep_alive: Option<Duration>,
    /// After how many seconds a stream ends, for the browser to connect anew.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub max_age: Option<Duration>,
    /// By how much of it ages differ, so that not all streams end at once: percent, 100 at most. Absent:
    /// 20.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub jitter_percent: Option<u8>,
    /// Tells browsers at the end of a stream not to connect again.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub stop_reconnecting: bool,
    /// The media types of other streams, of which the same is said, and into which nothing is put.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "lists::media_types", skip_serializing_if = "Vec::is_empty")
    )]
    pub other_media_types: Vec<String>,
}

/// Requests that wait for something to happen: `LongPollLayer`. It needs the feature `tokio`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct LongPolling {
    /// The paths of such requests: `/poll`, or `/poll/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub paths: Vec<String>,
    /// After how many seconds they are answered that nothing happened. Absent: 25.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub window: Option<Duration>,
    /// That is said with status 200, in the place of 204.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub answer_ok: bool,
}

/// Images and beacons by which pages ping: [`BeaconLayer`](crate::beacon::BeaconLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct Beacons {
    /// The paths of pings: `/ping`, or `/ping/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub paths: Vec<String>,
}
