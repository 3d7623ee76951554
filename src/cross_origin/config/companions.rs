//! The sections `sse`, `long_poll` and `beacon`.

use std::time::Duration;

use http::StatusCode;

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, duration, is_default, status},
};

/// Configures event streams: [`SseLayer`](crate::push::SseLayer).
///
/// The settings [`keep_alive`](Self::keep_alive), [`max_age`](Self::max_age),
/// [`jitter_percent`](Self::jitter_percent) and [`stop_reconnecting`](Self::stop_reconnecting) need the feature
/// `tokio`. Without the feature, they are faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(
        description = "Event streams: their headers, and lines that the layer inserts into them."
    )
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct SseConfig {
    /// The `Cache-Control` of streams whose service sets none. The default is `no-cache, no-transform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) cache_control: Option<String>,
    /// Whether a `Cache-Control` of the service stays unchanged. By default, the layer adds `no-transform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) keep_cache_control: bool,
    /// Whether streams have `X-Accel-Buffering: no`, so that nginx does not buffer.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(in crate::cross_origin) send_x_accel_buffering: bool,
    /// The time in milliseconds after which browsers reconnect when a stream has ended.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::milliseconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) retry: Option<Duration>,
    /// The query parameter that contains the last event's id if a request has no `Last-Event-ID`. The service receives
    /// the id in that header.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) last_event_id_parameter: Option<String>,
    /// The seconds of silence after which a stream gets a comment. At least 1. Without effect on streams with a
    /// `Content-Encoding`. Needs the feature `tokio`.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) keep_alive: Option<Duration>,
    /// The maximum age of the stream of an `EventSource` in seconds. The browser then reconnects. Needs the feature
    /// `tokio`.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) max_age: Option<Duration>,
    /// The jitter of `max_age` in percent, so that streams do not end all at once. At most 100; the default is
    /// 20. Needs the feature `tokio`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) jitter_percent: Option<u8>,
    /// Responds with 204 to clients that open streams during a shutdown. Browsers then never reconnect. Needs the
    /// feature `tokio`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) stop_reconnecting: bool,
    /// Media types of other streams, which get the same headers. Their bodies stay unchanged.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::media_type_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) other_media_types: Vec<String>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
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
            #[cfg(feature = "serde")]
            unknown_keys: UnknownKeys::default(),
        }
    }
}

impl SseConfig {
    /// Creates a configuration with the defaults of [`SseLayer`](crate::push::SseLayer).
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the `Cache-Control` of streams whose service sets none.
    ///
    /// The default is `no-cache, no-transform`.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Sets whether a `Cache-Control` of the service stays unchanged. The default is `false`.
    ///
    /// By default, the layer adds `no-transform`.
    pub fn keep_cache_control(mut self, keep: bool) -> Self {
        self.keep_cache_control = keep;
        self
    }

    /// Sets whether streams have `X-Accel-Buffering: no`. The default is `true`.
    pub fn send_x_accel_buffering(mut self, send: bool) -> Self {
        self.send_x_accel_buffering = send;
        self
    }

    /// Replaces the time after which browsers reconnect when a stream has ended.
    ///
    /// By default, the browser chooses the time.
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(time);
        self
    }

    /// Replaces the query parameter with the last event's id, for requests without `Last-Event-ID`.
    ///
    /// The layer adds the id to the request as `Last-Event-ID`, so that a service behind a proxy finds it, too.
    pub fn last_event_id_parameter(mut self, name: impl Into<String>) -> Self {
        self.last_event_id_parameter = Some(name.into());
        self
    }

    /// Replaces the time of silence after which a stream gets a comment.
    ///
    /// The minimum is one second; shorter times are raised to it. By default, the layer inserts no comments. The
    /// setting has no effect on [encoded streams](crate::push::SseLayer#encoded-streams).
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        self.keep_alive = Some(silence);
        self
    }

    /// Replaces the maximum age of a stream.
    ///
    /// At this age, the stream ends and the browser reconnects. The streams of [other
    /// clients](crate::push::SseLayer#streams-that-the-layer-ends) have no maximum age. By default, no stream has one.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Replaces the jitter of the maximum age, in percent.
    ///
    /// Each stream ends at a random moment of this last part of the maximum age, so that browsers do not
    /// reconnect all at once. The default is 20, and the maximum is 100.
    pub fn jitter_percent(mut self, percent: u8) -> Self {
        self.jitter_percent = Some(percent);
        self
    }

    /// Sets whether browsers stop reconnecting during a shutdown. The default is `false`.
    ///
    /// The layer then responds with 204 to clients that open streams. See
    /// `SseLayer::stop_reconnecting`.
    pub fn stop_reconnecting(mut self, stop: bool) -> Self {
        self.stop_reconnecting = stop;
        self
    }

    /// Adds media types of other streams.
    ///
    /// These streams get the same headers. Their bodies stay unchanged.
    pub fn other_media_types<I>(mut self, media_types: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.other_media_types, media_types);
        self
    }
}

/// Configures requests that wait for an event: `LongPollLayer`.
///
/// The section needs the feature `tokio`. Without the feature, it is a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "Requests that wait for an event. They need the feature `tokio`.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct LongPollConfig {
    /// The paths of these requests: `/poll`, or `/poll/*` for all paths below.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) paths: Vec<String>,
    /// The time in seconds after which the layer responds instead of the service. The default is 25.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub(in crate::cross_origin) window: Option<Duration>,
    /// The status of the layer's response. The default is 204.
    #[cfg_attr(feature = "serde", serde(with = "status", skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u16>"))]
    pub(in crate::cross_origin) timeout_status: Option<StatusCode>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl LongPollConfig {
    /// Creates a configuration without paths. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths of these requests: `/poll`, or `/poll/*` for all paths below.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.paths, paths);
        self
    }

    /// Replaces the time after which the layer responds instead of the service.
    ///
    /// The default is 25 seconds.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// Replaces the status of the layer's response. The default is 204.
    pub fn timeout_status(mut self, status: StatusCode) -> Self {
        self.timeout_status = Some(status);
        self
    }
}

/// Configures images and beacons that pages send as pings: [`BeaconLayer`](crate::beacon::BeaconLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "Images and beacons that pages send as pings.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct BeaconConfig {
    /// The paths of pings: `/ping`, or `/ping/*` for all paths below.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) paths: Vec<String>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl BeaconConfig {
    /// Creates a configuration without paths. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths of pings: `/ping`, or `/ping/*` for all paths below.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.paths, paths);
        self
    }
}
