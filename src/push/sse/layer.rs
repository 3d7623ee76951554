use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderValue;
use tower_layer::Layer;

use super::{MediaTypeError, Sse, media_type::Streams, settings::Settings};
use crate::push::event::milliseconds;

/// Wraps services in [`Sse`], which keeps their streams of events streams.
///
/// It looks at responses with the status 200 and the type `text/event-stream`, in any case and with any
/// parameters, and leaves all others as they are.
///
/// | header | becomes |
/// |---|---|
/// | `Content-Type` | in lower case up to its parameters: layers and proxies look for that |
/// | `Cache-Control` | `no-cache, no-transform`; what is there is kept, and gets `no-transform` |
/// | `X-Accel-Buffering` | `no`, where it is absent: nginx then passes on what it has |
/// | `Content-Length` | removed |
///
/// The body stays as it is until a setting asks for more: [`retry`](Self::retry), and with the feature
/// `tokio` `keep_alive`, `max_age` and `shutdown`. What is put in never changes what a client dispatches.
///
/// A request's `Last-Event-ID` is handed to the service as [`LastEventId`](crate::push::LastEventId).
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::push::SseLayer;
///
/// let layer = SseLayer::new().retry(Duration::from_secs(2));
/// # #[cfg(feature = "tokio")]
/// let layer = layer.keep_alive(SseLayer::KEEP_ALIVE);
/// ```
///
/// Left alone are responses to `CONNECT`, and of a response to `HEAD` the body. A stream with a
/// `Content-Encoding` is ended as others are, and nothing is put into it.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct SseLayer {
    pub(super) settings: Arc<Settings>,
}

impl SseLayer {
    /// A layer that sets headers, and leaves bodies as they are.
    pub fn new() -> Self {
        Self { settings: Arc::new(Settings::of(Streams::Events)) }
    }

    /// A layer that says of responses of other media types that they are streams. It sets
    /// `Cache-Control`, `X-Accel-Buffering` and [`Streaming`](crate::push::Streaming) as for events. Their
    /// bodies are never changed, whatever else the layer is told.
    ///
    /// ```
    /// # use tower_cross_origin::push::SseLayer;
    /// SseLayer::for_other_streams(["application/x-ndjson", "multipart/x-mixed-replace"])?;
    /// // "application/*"              prohibited: name each
    /// // "text/plain; charset=utf-8"  prohibited: write "text/plain", which covers all parameters
    /// // "text/event-stream"          prohibited: that is for `SseLayer::new`
    /// # Ok::<(), tower_cross_origin::push::MediaTypeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// For the first that is not one media type.
    pub fn for_other_streams<I>(media_types: I) -> Result<Self, MediaTypeError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let streams = Streams::others(media_types)?;
        Ok(Self { settings: Arc::new(Settings::of(streams)) })
    }

    /// The `Cache-Control` of streams that have none, instead of `no-cache, no-transform`.
    ///
    /// ```
    /// # use http::HeaderValue;
    /// # use tower_cross_origin::push::SseLayer;
    /// let value = HeaderValue::from_static("private, no-store, no-transform");
    /// let layer = SseLayer::new().cache_control(value);
    /// ```
    pub fn cache_control(mut self, value: HeaderValue) -> Self {
        self.settings_mut().cache_control = value;
        self
    }

    /// A `Cache-Control` that is there stays as it is, without `no-transform`. A proxy may then compress
    /// the stream, and hold it back for that.
    pub fn keep_cache_control(mut self) -> Self {
        self.settings_mut().adds_no_transform = false;
        self
    }

    /// `X-Accel-Buffering` is not set: for those who settle buffering in nginx itself.
    pub fn without_accel_buffering(mut self) -> Self {
        self.settings_mut().sets_accel_buffering = false;
        self
    }

    /// How long a client waits before it comes again once a stream has ended: each stream begins with
    /// it, in whole milliseconds. A `retry` of the service's own comes later, and holds.
    ///
    /// It is sent at once, before the service has said anything, and so it also tells a proxy that the
    /// response has begun. It is a line without a blank one after it: at a blank line before the first
    /// id, a client that follows the standard's letter forgets the id it has.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage>
    pub fn retry(mut self, time: Duration) -> Self {
        let line = format!("retry: {}\n", milliseconds(time));
        self.settings_mut().retry = Some(Bytes::from(line));
        self
    }

    /// Takes the id of the last event from this parameter of the query too, where there is no header, as
    /// [`LastEventId::of_or_query`](crate::push::LastEventId::of_or_query) does. The name is compared as it stands in the query.
    ///
    /// ```
    /// # use tower_cross_origin::push::SseLayer;
    /// let layer = SseLayer::new().last_event_id_parameter("lastEventId");
    /// ```
    pub fn last_event_id_parameter(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().id_parameter = Some(name.into().into());
        self
    }

    /// For no response at all.
    pub(crate) fn of_nothing() -> Self {
        Self { settings: Arc::new(Settings::of(Streams::Others(Box::default()))) }
    }

    pub(super) fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl Default for SseLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for SseLayer {
    type Service = Sse<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Sse::new(inner, self.settings.clone())
    }
}
