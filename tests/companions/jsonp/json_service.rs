//! A JSON service behind the JSONP layer, and the responses that a client receives.

use std::{
    collections::VecDeque,
    future::{Ready, ready},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, request};
use http_body::{Body, Frame, SizeHint};
use tower::{Layer, Service};
use tower_cross_origin::jsonp::{JsonpBody, JsonpConfig, JsonpLayer, JsonpPolicy};

use crate::support::block_on;

/// The result of one poll of a body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Data(Bytes),
    Pending,
    Trailers,
    /// Trailers that include digests of the body.
    Digests,
    Error,
}

/// A body that returns these steps, and then ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    steps: VecDeque<Step>,
    has_known_length: bool,
}

impl Steps {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), has_known_length: false }
    }

    pub(crate) fn from_data(data: impl AsRef<[u8]>) -> Self {
        Self::new([Step::Data(Bytes::copy_from_slice(data.as_ref()))]).with_known_length()
    }

    pub(crate) fn has_trailers(&self) -> bool {
        self.steps.contains(&Step::Trailers)
    }

    pub(crate) fn with_known_length(self) -> Self {
        Self { has_known_length: true, ..self }
    }
}

impl Body for Steps {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(match self.steps.pop_front() {
            None => None,
            Some(Step::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Step::Pending) => return Poll::Pending,
            Some(Step::Trailers) => Some(Ok(Frame::trailers(trailers()))),
            Some(Step::Digests) => Some(Ok(Frame::trailers(digests()))),
            Some(Step::Error) => Some(Err("broken")),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if !self.has_known_length {
            return SizeHint::default();
        }
        let lengths = self.steps.iter().map(|step| match step {
            Step::Data(data) => u64::try_from(data.len()).unwrap(),
            _ => 0,
        });
        SizeHint::with_exact(lengths.sum())
    }
}

pub(crate) fn trailers() -> HeaderMap {
    HeaderMap::from_iter([("x-sum".parse().unwrap(), "17".parse().unwrap())])
}

fn digests() -> HeaderMap {
    let mut digests = trailers();
    for name in ["content-digest", "repr-digest", "digest", "content-md5"] {
        digests.insert(HeaderName::from_static(name), "x".parse().unwrap());
    }
    digests
}

/// A service that responds to all requests equally, and records the last request.
#[derive(Clone, Debug)]
pub(crate) struct App {
    status: StatusCode,
    headers: HeaderMap,
    body: Steps,
    seen_request: Arc<Mutex<Option<request::Parts>>>,
}

impl App {
    /// Creates a service that responds with `{"a":1}` as `application/json`.
    pub(crate) fn json() -> Self {
        Self::with_body(Steps::from_data("{\"a\":1}")).with("content-type", "application/json")
    }

    pub(crate) fn with_body(body: Steps) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body,
            seen_request: Arc::default(),
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap();
        self
    }

    /// Replaces the header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    /// Sends the request through the layer.
    #[track_caller]
    pub(crate) fn send(&self, config: JsonpConfig, request: request::Builder) -> Received {
        let layer = JsonpLayer::new(JsonpPolicy::new(config).unwrap());
        let mut service = layer.layer(self.clone());
        let response = block_on(service.call(request.body(()).unwrap()));
        let (head, body) = response.unwrap().into_parts();
        let seen_request =
            self.seen_request.lock().unwrap().take().expect("the layer must call the service");
        let is_ended_before_read = body.is_end_stream();
        let hint = body.size_hint();
        let body = read_body(body);
        Received { head, body, seen_request, is_ended_before_read, hint }
    }

    /// Returns the layer's body for a request with the callback `cb`.
    pub(crate) fn body(&self, config: JsonpConfig) -> JsonpBody<Steps> {
        let mut service = JsonpLayer::new(JsonpPolicy::new(config).unwrap()).layer(self.clone());
        let request = Request::get("/?callback=cb").body(()).unwrap();
        block_on(service.call(request)).unwrap().into_body()
    }
}

impl Service<Request<()>> for App {
    type Response = Response<Steps>;
    type Error = &'static str;
    type Future = Ready<Result<Response<Steps>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        *self.seen_request.lock().unwrap() = Some(request.into_parts().0);
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        ready(Ok(response))
    }
}

/// A response with its whole body, and the request that the service received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) head: http::response::Parts,
    pub(crate) body: ReadBody,
    pub(crate) seen_request: request::Parts,
    pub(crate) is_ended_before_read: bool,
    pub(crate) hint: SizeHint,
}

impl Received {
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body.bytes).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.headers.get_all(name).iter();
        let line = lines.next().map(|line| line.to_str().unwrap());
        assert_eq!(lines.next(), None, "two lines of {name}");
        line
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// Checks that the response equals the one of the service.
    #[track_caller]
    pub(crate) fn is_unchanged(&self, app: &App) -> &Self {
        assert_eq!(self.head.status, app.status, "{self:#?}");
        assert_eq!(self.head.headers, app.headers, "{self:#?}");
        self.has_unchanged_body(app)
    }

    #[track_caller]
    pub(crate) fn has_unchanged_body(&self, app: &App) -> &Self {
        assert_eq!(self.body, read_body(app.body.clone()), "{self:#?}");
        assert_eq!(self.hint.exact(), app.body.size_hint().exact(), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn is_script(&self, text: &str) -> &Self {
        assert_eq!(self.text(), text, "{self:#?}");
        assert_eq!(self.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        self
    }
}

/// The frames of a body that was read to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReadBody {
    pub(crate) bytes: Vec<u8>,
    pub(crate) frames: Vec<Bytes>,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) error: Option<&'static str>,
}

/// Reads the body to its end, and polls again if it is pending.
#[track_caller]
pub(crate) fn read_body<B>(body: B) -> ReadBody
where
    B: Body<Data = Bytes, Error = &'static str>,
{
    let mut body = pin!(body);
    let mut received = ReadBody::default();
    loop {
        match body.as_mut().poll_frame(&mut noop_context()) {
            Poll::Pending => {}
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(error))) => {
                assert_eq!(received.error.replace(error), None, "two errors");
            }
            Poll::Ready(Some(Ok(frame))) => {
                assert!(received.trailers.is_none() && received.error.is_none(), "after the end");
                match frame.into_data() {
                    Ok(data) => {
                        received.bytes.extend_from_slice(&data);
                        received.frames.push(data);
                    }
                    Err(frame) => received.trailers = frame.into_trailers().ok(),
                }
            }
        }
    }
    assert!(body.is_end_stream());
    received
}

pub(crate) fn noop_context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
