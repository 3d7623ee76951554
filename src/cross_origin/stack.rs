//! The order of the layers, from the inside to the outside.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Request;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    guards::{OptionalHostCheck, PageChecks},
    policy::CrossOriginPolicy,
    timed::{Timed, TimedFuture},
};
use crate::{
    beacon::{self, BeaconLayer, BeaconService},
    cors::{self, Cors},
    embedding::{self, Embedding, EmbeddingLayer},
    guard::{self, Guard},
    jsonp::{self, Jsonp, JsonpBody, JsonpLayer},
    push::{Sse, SseBody, SseFuture},
};

pub(super) type Stack<S> =
    BeaconService<Embedding<Guard<Optional<Cors<Pages<S>>, Pages<S>>, OptionalHostCheck>>>;

pub(super) type StackFuture<F, B> = beacon::ResponseFuture<
    embedding::ResponseFuture<
        guard::ResponseFuture<
            OptionalFuture<cors::ResponseFuture<PagesFuture<F, B>>, PagesFuture<F, B>>,
            StackBody<B>,
        >,
    >,
>;

pub(super) type StackBody<B> = JsonpBody<SseBody<SseBody<B>>>;

type PagesFuture<F, B> = guard::ResponseFuture<
    jsonp::ResponseFuture<SseFuture<SseFuture<TimedFuture<F>>>>,
    StackBody<B>,
>;

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
    if parts.beacons.matches(path) {
        BeaconLayer::new().layer(embedded)
    } else {
        BeaconService::disabled(embedded)
    }
}

/// A service with a layer around it, or without.
#[derive(Clone, Debug)]
pub(super) enum Optional<A, B> {
    With(A),
    Without(B),
}

impl<A, B, R> Service<R> for Optional<A, B>
where
    A: Service<R>,
    B: Service<R, Response = A::Response, Error = A::Error>,
{
    type Response = A::Response;
    type Error = A::Error;
    type Future = OptionalFuture<A::Future, B::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::With(service) => service.poll_ready(cx),
            Self::Without(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self {
            Self::With(service) => OptionalFuture::With { future: service.call(request) },
            Self::Without(service) => OptionalFuture::Without { future: service.call(request) },
        }
    }
}

pin_project! {
    #[project = OptionalProjection]
    #[derive(Debug)]
    pub(super) enum OptionalFuture<A, B> {
        With {
            #[pin]
            future: A,
        },
        Without {
            #[pin]
            future: B,
        },
    }
}

impl<A, B> Future for OptionalFuture<A, B>
where
    A: Future,
    B: Future<Output = A::Output>,
{
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            OptionalProjection::With { future } => future.poll(cx),
            OptionalProjection::Without { future } => future.poll(cx),
        }
    }
}
