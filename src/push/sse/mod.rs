//! The layer for server-sent events and other streams.

mod body;
mod headers;
#[cfg(feature = "tokio")]
mod parser;
mod settings;
#[cfg(feature = "tokio")]
mod shutdown;
mod timers;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

#[cfg(feature = "tokio")]
pub use self::shutdown::Shutdown;
pub use self::{
    body::SseBody,
    headers::{Streaming, is_not_streaming},
    settings::MediaTypeError,
};
use self::{
    body::Stream,
    headers::{accepts_only_events, make_no_content, set_stream_headers},
    settings::{Settings, Streams},
};
use super::{event::milliseconds, last_event_id::LastEventId};
use crate::{response::has_identity_coding, service::inner_service, telemetry};

/// Prevents intermediaries from buffering, compressing or closing event streams.
///
/// The layer changes responses with status 200 and the media type `text/event-stream`, in any case and with any
/// parameters. It forwards all other responses unchanged.
///
/// | header | effect |
/// |---|---|
/// | `Content-Type` | the media type in lower case, because layers and proxies compare it case-sensitively |
/// | `Cache-Control` | `no-cache, no-transform`; an existing value gets `no-transform` |
/// | `X-Accel-Buffering` | `no` if the header is missing, so that nginx does not buffer |
/// | `Content-Length` | removed |
///
/// By default, the body stays unchanged. [`retry`](Self::retry) and, with the feature `tokio`, `keep_alive`,
/// `max_age` and `shutdown` change it. Inserted comments never change the events that a client dispatches.
///
/// The layer inserts the request's `Last-Event-ID` into the request extensions, as [`LastEventId`].
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
/// Responses to `CONNECT` and the bodies of responses to `HEAD` stay unchanged.
///
/// # Encoded streams
///
/// If a stream has a `Content-Encoding` other than `identity`, the layer inserts nothing, because plain text would
/// corrupt it. `keep_alive` and [`retry`](Self::retry) then have no effect, and the layer emits one event of
/// [`tracing`](crate::guides::observability). To fix this, exclude `text/event-stream` from compression in the
/// service, or let it compress outside of this layer with the predicate [`is_not_streaming`]. A proxy in front of
/// the service can request `Accept-Encoding: identity`, as `examples/gateway` does.
///
/// # Streams that the layer ends
///
/// `max_age` and `shutdown` end only the streams of clients that reconnect, such as `EventSource`: their requests
/// are a `GET` with an `Accept` of only `text/event-stream`. The end is a clean end of the body. Another client,
/// such as a page that reads the events of a `POST` with `fetch`, could not distinguish it from a complete response.
/// The layer therefore never ends its stream. When the server closes the connection at a shutdown, the client sees
/// an error.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct SseLayer {
    settings: Arc<Settings>,
}

impl SseLayer {
    /// Creates a layer that sets headers and does not change bodies.
    pub fn new() -> Self {
        Self { settings: Arc::new(Settings::new(Streams::Events)) }
    }

    /// Creates a layer for streams of other media types.
    ///
    /// The layer sets `Cache-Control`, `X-Accel-Buffering` and [`Streaming`] as for events. It never changes
    /// the bodies, so [`retry`](Self::retry) and the timers have no effect.
    ///
    /// ```
    /// # use tower_cross_origin::push::SseLayer;
    /// SseLayer::for_other_streams(["application/x-ndjson", "multipart/x-mixed-replace"])?;
    /// // "application/*"              prohibited: list each media type
    /// // "text/plain; charset=utf-8"  prohibited: write "text/plain", which matches any parameters
    /// // "text/event-stream"          prohibited: use `SseLayer::new`
    /// # Ok::<(), tower_cross_origin::push::MediaTypeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for the first item that is not a single media type.
    pub fn for_other_streams<I>(media_types: I) -> Result<Self, MediaTypeError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let streams = Streams::try_others(media_types)?;
        Ok(Self { settings: Arc::new(Settings::new(streams)) })
    }

    /// Replaces the `Cache-Control` for streams whose service sets none.
    ///
    /// The default is `no-cache, no-transform`.
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

    /// Sets whether a `Cache-Control` of the service stays unchanged; `false` by default.
    ///
    /// By default, the layer adds `no-transform`. Without it, a proxy may compress, and so buffer, the stream.
    pub fn keep_cache_control(mut self, keep: bool) -> Self {
        self.settings_mut().adds_no_transform = !keep;
        self
    }

    /// Sets whether streams have `X-Accel-Buffering: no`; `true` by default.
    ///
    /// Use `false` if the configuration of nginx controls buffering.
    pub fn send_x_accel_buffering(mut self, send: bool) -> Self {
        self.settings_mut().sets_accel_buffering = send;
        self
    }

    /// Replaces the time after which clients reconnect when a stream has ended.
    ///
    /// Each stream begins with this time, in whole milliseconds. A `retry` field of the service comes later
    /// and takes precedence.
    ///
    /// The layer sends the line before the service has sent data, so that proxies forward the head of the
    /// response. No blank line follows, because clients would clear their last event id at a blank line
    /// before the first id.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage>
    pub fn retry(mut self, time: Duration) -> Self {
        let line = format!("retry: {}\n", milliseconds(time));
        self.settings_mut().retry = Some(Bytes::from(line));
        self
    }

    /// Sets the query parameter that contains the last event's id if the header is missing.
    ///
    /// The layer adds the id to the request as `Last-Event-ID`, so that every service finds it there, even a server
    /// behind a proxy. A request that already has this header keeps it.
    ///
    /// A page of any origin can send the parameter without a preflight. The id is as trustworthy as the rest of the
    /// URL. The layer compares the name without percent-decoding. See [`LastEventId::from_request_or_query`].
    ///
    /// ```
    /// # use tower_cross_origin::push::SseLayer;
    /// let layer = SseLayer::new().last_event_id_parameter("lastEventId");
    /// ```
    pub fn last_event_id_parameter(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().id_parameter = Some(name.into().into());
        self
    }

    fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Inserts the request's last event id into its extensions.
    ///
    /// Returns whether the client reconnects after the end of the stream. The result is always `false` if no setting
    /// ends streams.
    pub(crate) fn prepare<B>(&self, request: &mut Request<B>) -> bool {
        if !self.settings.is_for_events() {
            return false;
        }
        let id = match &self.settings.id_parameter {
            None => LastEventId::from_request(request),
            Some(name) => LastEventId::from_request_or_query(request, name),
        };
        if let Some(id) = id {
            if self.settings.id_parameter.is_some() {
                id.add_to(request.headers_mut());
            }
            request.extensions_mut().insert(id);
        }
        self.settings.timers.end_streams()
            && *request.method() == Method::GET
            && accepts_only_events(request.headers())
    }

    /// Changes the head of the response, and returns the change of its body.
    ///
    /// `reconnects` is the result of [`prepare`](Self::prepare).
    pub(crate) fn apply<B>(
        &self,
        response: &mut Response<B>,
        method: MethodKind,
        reconnects: bool,
    ) -> SseBodyChange {
        let settings = &self.settings;
        // After a 2xx response to CONNECT, the bytes are not a body (RFC 9110, section 9.3.6).
        if method == MethodKind::Connect || !set_stream_headers(response, settings) {
            return SseBodyChange::Unchanged;
        }
        if reconnects && settings.timers.stops_reconnecting() {
            make_no_content(response);
            return SseBodyChange::Empty;
        }
        if !settings.is_for_events() || method == MethodKind::Head {
            return SseBodyChange::Unchanged;
        }
        let is_plain = has_identity_coding(response.headers());
        if !is_plain && settings.inserts_lines() && settings.reported_coding.is_first() {
            telemetry::nothing_inserted(response.headers());
        }
        let stream = Stream::new(settings, is_plain, reconnects);
        stream.map_or(SseBodyChange::Unchanged, SseBodyChange::Stream)
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
        Sse { inner, layer: self.clone() }
    }
}

/// Settings with timers, which need the feature `tokio`.
///
/// With these settings, a body must be read in a Tokio runtime with enabled timers, as for
/// `tokio::time::sleep`.
#[cfg(feature = "tokio")]
impl SseLayer {
    /// The recommended interval for [`keep_alive`](Self::keep_alive): 15 seconds.
    ///
    /// The authoring notes of HTML recommend this interval.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes>
    pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

    /// Sets the time of silence after which a stream gets a comment.
    ///
    /// The minimum is one second; shorter times are raised to it.
    ///
    /// Without comments, proxies close silent connections (nginx after 60 seconds), and the server does not
    /// notice that a client has disconnected. Each frame of the service restarts the time. If a handler sends
    /// its own comments at least as often, as axum's `Sse` can, the layer sends none.
    ///
    /// The setting has no effect on [encoded streams](Self#encoded-streams).
    ///
    /// Comments are inserted only between lines, even if a frame ends within a line. The comment is `:` and a
    /// blank line between events, and `:` without a blank line within an event.
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        let silence = silence.max(Duration::from_secs(1));
        self.settings_mut().timers.keep_alive = Some(silence);
        self
    }

    /// Sets the maximum age of a stream.
    ///
    /// At this age, the stream ends and the client reconnects. The client may reconnect to another server,
    /// which checks the credentials again. The streams of [other clients](Self#streams-that-the-layer-ends) have no
    /// maximum age. Do not rely on it as a limit: a client chooses its `Accept` header.
    ///
    /// So that clients do not reconnect all at once, each stream ends at a random moment of the last fifth of
    /// the age; see [`jitter_percent`](Self::jitter_percent). The end waits up to one second for the end of
    /// an event. Clients do not dispatch an incomplete event, and request it again by `Last-Event-ID`.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings_mut().timers.max_age = Some(age);
        self
    }

    /// Replaces the jitter of the maximum age, in percent; 20 by default.
    ///
    /// The jitter is the last part of the maximum age, in which streams end at random moments. With 0, all
    /// streams end exactly at the maximum age. With 100 or more, they end at any moment before.
    pub fn jitter_percent(mut self, percent: u8) -> Self {
        self.settings_mut().timers.jitter_percent = u32::from(percent.min(100));
        self
    }

    /// Sets the shutdown that ends streams.
    ///
    /// Each stream ends at a random moment of the [`shutdown_window`](Self::shutdown_window), even if the
    /// stream begins after the shutdown. As with [`max_age`](Self::max_age), the end waits for the end of an
    /// event. The streams of [other clients](Self#streams-that-the-layer-ends) continue, like other responses: limit
    /// the time of the server's graceful shutdown.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.settings_mut().timers.shutdown = Some(shutdown.clone());
        self
    }

    /// Replaces the time in which a shutdown ends all streams; zero by default.
    ///
    /// The time starts when the shutdown begins. Each stream ends at a random moment of the window, so that
    /// clients do not reconnect all at once. With zero, all streams end at once.
    pub fn shutdown_window(mut self, window: Duration) -> Self {
        self.settings_mut().timers.shutdown_window = window;
        self
    }

    /// Enables the response 204 to clients that open streams during a shutdown.
    ///
    /// The setting applies to [clients that reconnect](Self#streams-that-the-layer-ends), after the beginning of the
    /// shutdown. After a 204, an
    /// `EventSource` never reconnects. Use this only if no other server replaces this one. Without this
    /// setting, an `EventSource` tries to reconnect forever.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
    ///
    /// The layer still calls the service, because only the response shows that the request opens a stream.
    pub fn stop_reconnecting(mut self) -> Self {
        self.settings_mut().timers.stops_reconnecting = true;
        self
    }
}

/// The service of [`SseLayer`].
#[derive(Clone, Debug)]
pub struct Sse<S> {
    inner: S,
    layer: SseLayer,
}

impl<S> Sse<S> {
    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Sse<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = Response<SseBody<ResBody>>;
    type Error = S::Error;
    type Future = SseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let reconnects = self.layer.prepare(&mut request);
        let method = request.method().into();
        let future = self.inner.call(request);
        SseFuture { future, layer: self.layer.clone(), method, reconnects }
    }
}

pin_project! {
    /// The response future of [`Sse`].
    #[derive(Debug)]
    pub struct SseFuture<F> {
        #[pin]
        future: F,
        layer: SseLayer,
        method: MethodKind,
        reconnects: bool,
    }
}

/// The methods with different treatment of responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MethodKind {
    Get,
    Head,
    Connect,
    Other,
}

impl From<&Method> for MethodKind {
    fn from(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Other,
        }
    }
}

impl<F, B, E> Future for SseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<SseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx))?;
        let change = this.layer.apply(&mut response, *this.method, *this.reconnects);
        Poll::Ready(Ok(response.map(|body| change.into_body(body))))
    }
}

/// The change of a response's body.
#[derive(Debug)]
pub(crate) enum SseBodyChange {
    Unchanged,
    /// The layer inserts lines between the frames.
    Stream(Pin<Box<Stream>>),
    Empty,
}

impl SseBodyChange {
    pub(crate) fn into_body<B>(self, inner: B) -> SseBody<B> {
        match self {
            Self::Unchanged => SseBody::untouched(inner),
            Self::Stream(stream) => SseBody::new(inner, Some(stream)),
            Self::Empty => SseBody::empty(),
        }
    }
}
