//! The order of the layers, from the inside to the outside.

use http::Request;
use tower_layer::Layer;

use super::optional::{Optional, OptionalFuture};
use crate::{
    beacon::{BeaconLayer, Pinged, PingedFuture},
    cors::{self, Cors},
    cross_origin::{
        CrossOriginPolicy,
        guards::{HostCheck, PageChecks},
        timed::{Timed, TimedFuture},
    },
    embedding::{Embedded, EmbeddingFuture, EmbeddingLayer},
    guard::{Guard, GuardFuture},
    jsonp::{self, Jsonp, JsonpLayer},
    push::{Sse, SseFuture},
};

pub(super) type Stack<S> = Pinged<Embedded<Guard<Optional<Cors<Pages<S>>, Pages<S>>, HostCheck>>>;

pub(super) type StackFuture<F> = PingedFuture<
    EmbeddingFuture<
        GuardFuture<OptionalFuture<cors::ResponseFuture<PagesFuture<F>>, PagesFuture<F>>>,
    >,
>;

type PagesFuture<F> = GuardFuture<jsonp::ResponseFuture<SseFuture<SseFuture<TimedFuture<F>>>>>;

type Pages<S> = Guard<Jsonp<Sse<Sse<Timed<S>>>>, PageChecks>;

/// The service, behind the layers that `policy` has for this request.
pub(super) fn around<S, B>(
    inner: S,
    policy: &CrossOriginPolicy,
    request: &Request<B>,
    carries_decision: bool,
) -> Stack<S> {
    let parts = policy.compiled();
    let path = request.uri().path();
    let timed = parts.long_polls.around(inner, path);
    let streams = parts.events.layer(parts.other_streams.layer(timed));
    let pages = parts.pages.layer(JsonpLayer::new(parts.jsonp.clone()).layer(streams));
    let read = match &parts.cors {
        None => Optional::Without(pages),
        Some(cors) => {
            let cors = Cors::new(pages, cors.clone());
            Optional::With(if carries_decision { cors.decision_in_extensions() } else { cors })
        }
    };
    let embedded = EmbeddingLayer::new(parts.embedding.clone()).layer(parts.host.layer(read));
    // Outside of embedding, whose resource policy would keep images from the pages that ping by them.
    BeaconLayer::around(embedded, parts.beacons.matches(path))
}
