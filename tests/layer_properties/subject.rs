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
    gate::{Cut, Gate, Gated},
    requests::{Asked, requests},
};
use crate::support::{block_on, poll_once};

/// Any service that a property puts behind a layer.
pub(crate) type Inner = BoxCloneSyncService<Asked, Response<Gated>, Broken>;

/// The error of a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Broken;

/// A layer whose service can be cloned, sent and shared, as axum's router asks for, and whose errors are
/// those of what it wraps.
pub(crate) trait Subject:
    Layer<
        Inner,
        Service: Service<Asked, Response = Response<Self::Body>, Error = Broken, Future: Send>
                     + Clone
                     + Send
                     + Sync
                     + 'static,
    >
{
    type Body: Body<Data = Bytes, Error = Cut> + Send + 'static;
}

impl<L, S, B> Subject for L
where
    L: Layer<Inner, Service = S>,
    S: Service<Asked, Response = Response<B>, Error = Broken, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    B: Body<Data = Bytes, Error = Cut> + Send + 'static,
{
    type Body = B;
}

/// Holds the layer to the property, where Tokio's timers are, and stand still.
pub(crate) fn hold<L>(property: impl FnOnce(&L), layer: &L) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    property(layer);
}

/// The name of the layer's type, without its module and parameters.
pub(crate) fn name_of<L>(_: &L) -> &'static str {
    let path = type_name::<L>().split('<').next().unwrap();
    path.rsplit("::").next().unwrap()
}

/// The names of the requests that the layer answers without calling the service.
pub(crate) fn answered_by_itself<L: Subject>(layer: &L) -> Vec<&'static str> {
    let is_early = |request: &Asked| !reaches_the_service(layer, request);
    requests().into_iter().filter(|(_, request)| is_early(request)).map(|(name, _)| name).collect()
}

/// The requests that the layer passes on. What is being tried stands in the output of a failing test.
pub(super) fn passed_on<L: Subject>(layer: &L) -> impl Iterator<Item = Asked> {
    requests().into_iter().filter_map(move |(name, request)| {
        println!("{name}");
        reaches_the_service(layer, &request).then_some(request)
    })
}

/// Those that it answers by itself.
pub(super) fn kept<L: Subject>(layer: &L) -> impl Iterator<Item = Asked> {
    requests().into_iter().filter_map(move |(name, request)| {
        println!("{name}");
        (!reaches_the_service(layer, &request)).then_some(request)
    })
}

/// The bodies of the responses to all requests that are passed on, in several media types, with their
/// gates.
pub(super) fn streams<L: Subject>(layer: &L) -> impl Iterator<Item = (Gate, Pin<Box<L::Body>>)> {
    MEDIA_TYPES.into_iter().flat_map(move |media_type| streams_of(layer, media_type, None))
}

/// Those in one media type; `length` is what they know of their length.
pub(super) fn streams_of<L: Subject>(
    layer: &L,
    media_type: &'static str,
    length: Option<u64>,
) -> impl Iterator<Item = (Gate, Pin<Box<L::Body>>)> {
    passed_on(layer).map(move |request| {
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

/// What the layer makes of the service's response.
pub(super) fn respond<L: Subject>(
    layer: &L,
    request: Asked,
    response: Response<Gated>,
) -> Response<L::Body> {
    let response = Arc::new(Mutex::new(Some(response)));
    let inner = service_fn(move |_: Asked| {
        let response = response.lock().unwrap().take().expect("one call");
        async { Ok::<_, Broken>(response) }
    });
    let mut service = layer.layer(Inner::new(inner));
    block_on(service.call(request)).unwrap()
}

/// Whether who waits was told to look again.
#[derive(Default)]
pub(super) struct Woken(AtomicBool);

impl Woken {
    /// Whether it was, since the last question.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn reaches_the_service<L: Subject>(layer: &L, request: &Asked) -> bool {
    let calls = Arc::new(AtomicUsize::new(0));
    let inner = {
        let calls = calls.clone();
        service_fn(move |_: Asked| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, Broken>(Response::new(Gated::default())) }
        })
    };
    let mut service = layer.layer(Inner::new(inner));
    let answer = pin!(service.call(request.clone()));
    assert!(poll_once(answer).is_ready(), "nothing is waited for");
    match calls.load(Ordering::SeqCst) {
        0 => false,
        1 => true,
        calls => panic!("{calls} calls"),
    }
}
