//! Streams of events, and other streams, by a layer.

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
    headers::{make_no_content, mark},
    settings::{Settings, Streams},
};
use super::{event::milliseconds, last_event_id::LastEventId};
use crate::{response::has_identity_coding, service::inner_service};

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
/// A request's `Last-Event-ID` is handed to the service as [`LastEventId`].
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
    settings: Arc<Settings>,
}

impl SseLayer {
    /// A layer that sets headers, and leaves bodies as they are.
    pub fn new() -> Self {
        Self { settings: Arc::new(Settings::new(Streams::Events)) }
    }

    /// A layer that says of responses of other media types that they are streams. It sets
    /// `Cache-Control`, `X-Accel-Buffering` and [`Streaming`] as for events. Their
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
        Ok(Self { settings: Arc::new(Settings::new(streams)) })
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

    /// Sets whether a `Cache-Control` of the service stays unchanged; `false` if it is not set, and then
    /// the layer adds `no-transform`.
    ///
    /// Without `no-transform` a proxy may compress the stream, and buffer it for that.
    pub fn keep_cache_control(mut self, keep: bool) -> Self {
        self.settings_mut().adds_no_transform = !keep;
        self
    }

    /// Sets whether streams are sent with `X-Accel-Buffering: no`; `true` if it is not set.
    ///
    /// Use `false` where the configuration of nginx decides about buffering.
    pub fn send_x_accel_buffering(mut self, send: bool) -> Self {
        self.settings_mut().sets_accel_buffering = send;
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

    /// Sets the query parameter that holds the id of the last event where there is no header, see
    /// [`LastEventId::from_request_or_query`]. The name is compared as it is written in the query.
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
    pub(crate) fn prepare<B>(&self, request: &mut Request<B>) {
        if !self.settings.is_for_events() {
            return;
        }
        let id = match &self.settings.id_parameter {
            None => LastEventId::from_request(request),
            Some(name) => LastEventId::from_request_or_query(request, name),
        };
        if let Some(id) = id {
            request.extensions_mut().insert(id);
        }
    }

    /// Changes the head of the response, and returns the change of its body.
    pub(crate) fn apply<B>(&self, response: &mut Response<B>, method: MethodKind) -> SseBodyChange {
        let settings = &self.settings;
        // After a 2xx response to CONNECT, the bytes are not a body (RFC 9110, section 9.3.6).
        if method == MethodKind::Connect || !mark(response, settings) {
            return SseBodyChange::Unchanged;
        }
        // An `EventSource` sends only GET. For other methods, the service has already done the work.
        if method == MethodKind::Get
            && settings.is_for_events()
            && settings.timers.stops_reconnecting()
        {
            make_no_content(response);
            return SseBodyChange::Empty;
        }
        let is_events = settings.is_for_events() && method != MethodKind::Head;
        let is_plain = has_identity_coding(response.headers());
        let stream = is_events.then(|| Stream::new(settings, is_plain)).flatten();
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

/// What streams do by the clock, with the feature `tokio`. Their bodies must then be read where Tokio's
/// time runs, as `tokio::time::sleep` must.
#[cfg(feature = "tokio")]
impl SseLayer {
    /// How long a stream is silent before it is kept alive, as HTML's authoring notes have it: 15 s.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes>
    pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

    /// Puts a comment into a stream that has been silent for so long. A second at least.
    ///
    /// Proxies take a silent connection for a dead one: nginx after 60 s. And a server sees that a client
    /// is gone when it writes. Whatever passes begins the time anew, so that beside a keep-alive of the
    /// handler's own that is as frequent, as that of axum's `Sse`, this one is silent.
    ///
    /// The comment comes between lines and nowhere else, however the frames are cut: `:` and a blank line
    /// between events, `:` without one inside of an event, and none where a line has not ended.
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        let silence = silence.max(Duration::from_secs(1));
        self.settings_mut().timers.keep_alive = Some(silence);
        self
    }

    /// How long a stream goes on at most. It then ends cleanly, and its client comes again: to another
    /// server perhaps, with credentials that are checked anew.
    ///
    /// So that not all come again at once, each ends at a random moment of the last fifth, see
    /// [`jitter_percent`](Self::jitter_percent). An end waits for the end of an event, for a second at
    /// most; an event that is cut is not dispatched, and `Last-Event-ID` asks for it again.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings_mut().timers.max_age = Some(age);
        self
    }

    /// In which part of the longest age, in percent counted from its end, streams end: 20 by default. 0 is
    /// all at that age, 100 and more any time before.
    pub fn jitter_percent(mut self, percent: u8) -> Self {
        self.settings_mut().timers.jitter_percent = u32::from(percent.min(100));
        self
    }

    /// The shutdown with which streams end. Each ends as after its longest age, at a random moment of the
    /// [`shutdown_window`](Self::shutdown_window), and so do those that begin later.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.settings_mut().timers.shutdown = Some(shutdown.clone());
        self
    }

    /// The time from the beginning of a shutdown in which streams end, each at a random moment, so that
    /// their clients do not come again all at once. By default zero: at once.
    pub fn shutdown_window(mut self, window: Duration) -> Self {
        self.settings_mut().timers.shutdown_window = window;
        self
    }

    /// Once a shutdown has begun, clients that open a stream by `GET` are answered 204, with which an
    /// `EventSource` stops for good. Otherwise it would come again for ever, and so this is not for a
    /// server that another one takes the place of.
    /// <https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model>
    ///
    /// The service is asked as ever: only its response tells that this is a stream.
    pub fn stop_reconnecting(mut self) -> Self {
        self.settings_mut().timers.stops_reconnecting = true;
        self
    }
}

/// Keeps the streams of the service that it wraps streams: see [`SseLayer`].
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
        self.layer.prepare(&mut request);
        let method = request.method().into();
        SseFuture { future: self.inner.call(request), layer: self.layer.clone(), method }
    }
}

pin_project! {
    /// The response of an [`Sse`] service.
    #[derive(Debug)]
    pub struct SseFuture<F> {
        #[pin]
        future: F,
        layer: SseLayer,
        method: MethodKind,
    }
}

/// The methods between which a response differs.
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
        let change = this.layer.apply(&mut response, *this.method);
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
