//! Sections of the companions of CORS that have no configuration of their own.

use std::time::Duration;

use http::StatusCode;

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::file::{self, duration, is_default, status};

/// Configures streams of events: [`SseLayer`](crate::push::SseLayer).
///
/// [`keep_alive`](Self::keep_alive), [`max_age`](Self::max_age), [`jitter_percent`](Self::jitter_percent) and
/// [`stop_reconnecting`](Self::stop_reconnecting) need the feature `tokio`. Without it they are faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct SseConfig {
    /// `Cache-Control` of streams that have none. Absent: `no-cache, no-transform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) cache_control: Option<String>,
    /// Adds no `no-transform` to a stream's own `Cache-Control`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) keep_cache_control: bool,
    /// Whether streams are sent with `X-Accel-Buffering: no`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(in crate::cross_origin) send_x_accel_buffering: bool,
    /// After how many milliseconds a browser connects again.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::milliseconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) retry: Option<Duration>,
    /// The parameter of the query that stands for `Last-Event-ID` where a page cannot set that.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) last_event_id_parameter: Option<String>,
    /// After how many seconds of silence a comment is sent, 1 at the least. It needs the feature `tokio`,
    /// as the next three do.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) keep_alive: Option<Duration>,
    /// After how many seconds a stream ends, for the browser to connect anew.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) max_age: Option<Duration>,
    /// By how much of it ages differ, so that not all streams end at once: percent, 100 at most. Absent:
    /// 20.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) jitter_percent: Option<u8>,
    /// Tells browsers at the end of a stream not to connect again.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) stop_reconnecting: bool,
    /// The media types of other streams, of which the same is said, and into which nothing is put.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::media_type_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) other_media_types: Vec<String>,
}

impl Default for SseConfig {
    fn default() -> Self {
        Self {
            cache_control: None,
            keep_cache_control: false,
            send_x_accel_buffering: true,
            retry: None,
            last_event_id_parameter: None,
            keep_alive: None,
            max_age: None,
            jitter_percent: None,
            stop_reconnecting: false,
            other_media_types: Vec::new(),
        }
    }
}

impl SseConfig {
    /// Creates a configuration with the defaults of [`SseLayer`](crate::push::SseLayer).
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces `Cache-Control` of streams that have none. The default is `no-cache, no-transform`.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Replaces whether a `Cache-Control` of the inner service stays without `no-transform`.
    ///
    /// The default is `false`: the layer adds `no-transform`.
    pub fn keep_cache_control(mut self, keep: bool) -> Self {
        self.keep_cache_control = keep;
        self
    }

    /// Replaces whether streams are sent with `X-Accel-Buffering: no`. The default is `true`.
    pub fn send_x_accel_buffering(mut self, send: bool) -> Self {
        self.send_x_accel_buffering = send;
        self
    }

    /// Replaces the time after which a browser reconnects.
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(time);
        self
    }

    /// Replaces the name of the query parameter that is read as `Last-Event-ID`.
    pub fn last_event_id_parameter(mut self, name: impl Into<String>) -> Self {
        self.last_event_id_parameter = Some(name.into());
        self
    }

    /// Replaces the silence after which the layer sends a comment; at least one second.
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        self.keep_alive = Some(silence);
        self
    }

    /// Replaces the age at which a stream ends, so that the browser reconnects.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Replaces by how many percent maximum ages differ, so that not all streams end at once.
    ///
    /// The default is 20; at most 100.
    pub fn jitter_percent(mut self, percent: u8) -> Self {
        self.jitter_percent = Some(percent);
        self
    }

    /// Replaces whether browsers stop reconnecting when a stream ends. The default is `false`.
    pub fn stop_reconnecting(mut self, stop: bool) -> Self {
        self.stop_reconnecting = stop;
        self
    }

    /// Adds media types of other streams, which get the same headers and whose bodies stay unchanged.
    pub fn other_media_types<I>(mut self, media_types: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.other_media_types, media_types);
        self
    }
}

/// Configures requests that wait for an event: `LongPollLayer`. It needs the feature `tokio`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct LongPollConfig {
    /// The paths of such requests: `/poll`, or `/poll/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) paths: Vec<String>,
    /// After how many seconds they are answered that nothing happened. Absent: 25.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) window: Option<Duration>,
    /// The status of that response. Absent: 204.
    #[cfg_attr(feature = "serde", serde(with = "status", skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u16>"))]
    pub(in crate::cross_origin) timeout_status: Option<StatusCode>,
}

impl LongPollConfig {
    /// Creates a configuration without paths. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths of such requests: `/poll`, or `/poll/*` for every path below it.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.paths, paths);
        self
    }

    /// Replaces the time after which the layer responds that nothing happened. The default is 25 seconds.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// Replaces the status of that response. The default is 204.
    pub fn timeout_status(mut self, status: StatusCode) -> Self {
        self.timeout_status = Some(status);
        self
    }
}

/// Configures images and beacons that pages send as pings: [`BeaconLayer`](crate::beacon::BeaconLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct BeaconConfig {
    /// The paths of pings: `/ping`, or `/ping/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) paths: Vec<String>,
}

impl BeaconConfig {
    /// Creates a configuration without paths. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths of pings: `/ping`, or `/ping/*` for every path below it.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.paths, paths);
        self
    }
}
