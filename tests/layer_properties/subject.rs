use std::{
    any::type_name,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Wake,
};

use bytes::Bytes;
use http::Response;
use http_body::Body;
use tokio::runtime::Builder;
use tower::{Layer, Service, service_fn, util::BoxCloneSyncService};

use super::{
    gate::{BodyError, Gate, Gated},
    requests::{TestRequest, requests},
};
use crate::support::{block_on, poll_once};

/// The service that a property wraps in the layer.
pub(crate) type Inner = BoxCloneSyncService<TestRequest, Response<Gated>, ServiceError>;

/// The error of the inner service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ServiceError;

/// A layer whose service can be cloned, sent and shared, as axum's router requires.
///
/// Its errors are the errors of the inner service.
pub(crate) trait Subject:
    Layer<
        Inner,
        Service: Service<
            TestRequest,
            Response = Response<Self::Body>,
            Error = ServiceError,
            Future: Send,
        > + Clone
                     + Send
                     + Sync
                     + 'static,
    >
{
    type Body: Body<Data = Bytes, Error = BodyError> + Send + 'static;
}

impl<L, S, B> Subject for L
where
    L: Layer<Inner, Service = S>,
    S: Service<TestRequest, Response = Response<B>, Error = ServiceError, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    B: Body<Data = Bytes, Error = BodyError> + Send + 'static,
{
    type Body = B;
}

/// Checks a property of the layer, with paused Tokio timers.
pub(crate) fn check<L>(property: impl FnOnce(&L), layer: &L) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    property(layer);
}

/// Returns the name of the layer's type, without its module and parameters.
pub(crate) fn layer_name<L>(_: &L) -> &'static str {
    let path = type_name::<L>().split('<').next().unwrap();
    path.rsplit("::").next().unwrap()
}

/// Returns the names of the requests that get an early response from the layer.
pub(crate) fn early_request_names<L: Subject>(layer: &L) -> Vec<&'static str> {
    let is_early = |request: &TestRequest| !is_forwarded(layer, request);
    requests().into_iter().filter(|(_, request)| is_early(request)).map(|(name, _)| name).collect()
}

/// Returns the requests that the layer forwards to the service.
///
/// Prints the name of each request, for the output of failing tests.
pub(super) fn forwarded_requests<L: Subject>(layer: &L) -> impl Iterator<Item = TestRequest> {
    requests().into_iter().filter_map(move |(name, request)| {
        println!("{name}");
        is_forwarded(layer, &request).then_some(request)
    })
}

/// Returns the requests that get an early response from the layer.
pub(super) fn early_requests<L: Subject>(layer: &L) -> impl Iterator<Item = TestRequest> {
    requests().into_iter().filter_map(move |(name, request)| {
        println!("{name}");
        (!is_forwarded(layer, &request)).then_some(request)
    })
}

/// Returns the bodies for all forwarded requests, in several media types, with their gates.
pub(super) fn streams<L: Subject>(layer: &L) -> impl Iterator<Item = (Gate, Pin<Box<L::Body>>)> {
    MEDIA_TYPES.into_iter().flat_map(move |media_type| streams_with(layer, media_type, None))
}

/// Returns the bodies for all forwarded requests, in one media type, with their gates.
///
/// `length` is the known length of the inner bodies, in bytes.
pub(super) fn streams_with<L: Subject>(
    layer: &L,
    media_type: &'static str,
    length: Option<u64>,
) -> impl Iterator<Item = (Gate, Pin<Box<L::Body>>)> {
    forwarded_requests(layer).map(move |request| {
        println!("- {media_type}");
        let gate = Gate::default();
        let response = Response::builder().header("content-type", media_type);
        let response = response.body(gate.body(length)).unwrap();
        let body = respond(layer, request, response).into_body();
        (gate, Box::pin(body))
    })
}

pub(super) const EVENT_STREAM: &str = "text/event-stream";

pub(super) const MEDIA_TYPES: [&str; 3] =
    ["application/octet-stream", EVENT_STREAM, "application/json"];

/// Returns the response of the layer, given the response of the service.
pub(super) fn respond<L: Subject>(
    layer: &L,
    request: TestRequest,
    response: Response<Gated>,
) -> Response<L::Body> {
    let response = Arc::new(Mutex::new(Some(response)));
    let inner = service_fn(move |_: TestRequest| {
        let response = response.lock().unwrap().take().expect("a single call");
        async { Ok::<_, ServiceError>(response) }
    });
    let mut service = layer.layer(Inner::new(inner));
    block_on(service.call(request)).unwrap()
}

/// A waker that records whether it was woken.
#[derive(Default)]
pub(super) struct WakeFlag(AtomicBool);

impl WakeFlag {
    /// Returns `true` if the task was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn is_forwarded<L: Subject>(layer: &L, request: &TestRequest) -> bool {
    let calls = Arc::new(AtomicUsize::new(0));
    let inner = {
        let calls = calls.clone();
        service_fn(move |_: TestRequest| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, ServiceError>(Response::new(Gated::default())) }
        })
    };
    let mut service = layer.layer(Inner::new(inner));
    let response = pin!(service.call(request.clone()));
    assert!(poll_once(response).is_ready(), "the layer does not wait");
    match calls.load(Ordering::SeqCst) {
        0 => false,
        1 => true,
        calls => panic!("{calls} calls"),
    }
}
