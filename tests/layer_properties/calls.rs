//! What holds for every call of a service: readiness, permits, cancellation, errors, upgrades.
//! DESIGN 11, 13, 14; PEERS section 2 row 20; COMPANIONS, section 3, L3 and L6.

use std::{
    future::{Future, Ready, pending, ready},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body::Body;
use tokio::{runtime::Handle, sync::Notify};
use tower::{Service, ServiceExt, limit::ConcurrencyLimit, service_fn};

use super::{
    gate::{Gate, Gated},
    requests::Asked,
    subject::{Broken, EVENT_STREAM, Inner, MEDIA_TYPES, Subject, Woken, kept, passed_on, respond},
};
use crate::support::{block_on, poll_once};

pub(crate) fn readiness_is_that_of_the_service<L: Subject>(layer: &L) {
    #[derive(Clone)]
    struct As(Poll<Result<(), Broken>>);
    impl Service<Asked> for As {
        type Response = Response<Gated>;
        type Error = Broken;
        type Future = Ready<Result<Response<Gated>, Broken>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
            self.0
        }

        fn call(&mut self, _: Asked) -> Self::Future {
            ready(Err(Broken))
        }
    }
    for readiness in [Poll::Pending, Poll::Ready(Ok(())), Poll::Ready(Err(Broken))] {
        let mut service = layer.layer(Inner::new(As(readiness)));
        assert_eq!(service.poll_ready(&mut Context::from_waker(Waker::noop())), readiness);
    }
}

/// A handle that was made ready holds what it was made ready with, which its clone does not have.
pub(crate) fn the_handle_that_was_made_ready_is_called<L: Subject>(layer: &L) {
    struct Reserved {
        is_ready: bool,
    }
    impl Clone for Reserved {
        fn clone(&self) -> Self {
            Self { is_ready: false }
        }
    }
    impl Service<Asked> for Reserved {
        type Response = Response<Gated>;
        type Error = Broken;
        type Future = Ready<Result<Response<Gated>, Broken>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
            self.is_ready = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Asked) -> Self::Future {
            assert!(self.is_ready, "called before it was ready");
            self.is_ready = false;
            ready(Ok(Response::new(Gated::default())))
        }
    }
    let mut service = layer.layer(Inner::new(Reserved { is_ready: false }));
    for request in passed_on(layer).chain(kept(layer)).chain(passed_on(layer)) {
        block_on(service.ready()).unwrap();
        block_on(service.call(request)).unwrap();
    }
}

/// With tower-http 0.7.1 the permit of a preflight stays held for as long as the handle lives, and
/// other clones wait for it.
pub(crate) fn an_answer_of_the_layer_holds_no_permit<L: Subject>(layer: &L) {
    for request in kept(layer) {
        let mut service = layer.layer(limited());
        let mut other = service.clone();
        block_on(service.ready()).unwrap();
        let answer = service.call(request);
        block_on(other.ready()).expect("the permit is free before the answer is polled");
        drop(other);
        block_on(answer).unwrap();
        // The handle goes on: it is made ready again like any other.
        block_on(service.ready()).unwrap();
    }
}

pub(crate) fn a_request_that_is_passed_on_holds_its_permit_until_it_is_dropped<L: Subject>(
    layer: &L,
) {
    for request in passed_on(layer) {
        let mut service = layer.layer(limited());
        let mut other = service.clone();
        block_on(service.ready()).unwrap();
        let mut response = Box::pin(service.call(request));
        assert!(poll_once(response.as_mut()).is_pending());
        let mut waiting = pin!(other.ready());
        assert!(poll_once(waiting.as_mut()).is_pending());
        drop(response);
        assert!(poll_once(waiting.as_mut()).is_ready());
    }
}

pub(crate) fn a_dropped_future_drops_that_of_the_service_at_once<L: Subject>(layer: &L) {
    for request in passed_on(layer) {
        let held = Arc::new(());
        let inner = {
            let held = held.clone();
            service_fn(move |_: Asked| {
                let held = held.clone();
                async move {
                    let response = pending::<Result<Response<Gated>, Broken>>().await;
                    drop(held);
                    response
                }
            })
        };
        let mut service = layer.layer(Inner::new(inner));
        for is_polled in [false, true] {
            let before = Arc::strong_count(&held);
            let mut response = Box::pin(service.call(request.clone()));
            if is_polled {
                assert!(poll_once(response.as_mut()).is_pending());
            }
            assert_eq!(Arc::strong_count(&held), before + 1, "one call is under way");
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "within no task");
            drop(response);
            assert_eq!(Arc::strong_count(&held), before);
        }
    }
}

pub(crate) fn who_waits_for_a_response_is_woken_by_it<L: Subject>(layer: &L) {
    for request in passed_on(layer) {
        let news = Arc::new(Notify::new());
        let inner = {
            let news = news.clone();
            service_fn(move |_: Asked| {
                let news = news.clone();
                async move {
                    news.notified().await;
                    Ok::<_, Broken>(Response::new(Gated::default()))
                }
            })
        };
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut response = pin!(layer.layer(Inner::new(inner)).call(request));
        assert!(response.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(!woken.take(), "before there is anything");
        news.notify_one();
        assert!(woken.take());
        assert!(poll_once(response).is_ready());
    }
}

pub(crate) fn an_error_of_the_service_passes_unchanged<L: Subject>(layer: &L) {
    let broken = service_fn(|_: Asked| ready(Err::<Response<Gated>, _>(Broken)));
    for request in passed_on(layer) {
        let mut service = layer.layer(Inner::new(broken));
        assert_eq!(block_on(service.call(request)).err(), Some(Broken));
    }
}

pub(crate) fn the_request_reaches_the_service_as_it_came<L: Subject>(layer: &L) {
    for mut request in passed_on(layer) {
        request.headers_mut().append("x-a", HeaderValue::from_static("1"));
        request.headers_mut().append("x-a", HeaderValue::from_static("2"));
        request.extensions_mut().insert(OnUpgrade("of the request"));
        let seen = Arc::new(Mutex::new(None));
        let inner = {
            let seen = seen.clone();
            service_fn(move |request: Asked| {
                *seen.lock().unwrap() = Some(request);
                ready(Ok::<_, Broken>(Response::new(Gated::default())))
            })
        };
        block_on(layer.layer(Inner::new(inner)).call(request.clone())).unwrap();
        let seen = seen.lock().unwrap().take().expect("the request");
        assert_eq!(seen.method(), request.method());
        assert_eq!(seen.uri(), request.uri());
        assert_eq!(seen.version(), request.version());
        assert_eq!(seen.headers(), request.headers());
        assert_eq!(seen.body(), request.body());
        assert_eq!(seen.extensions().get(), Some(&OnUpgrade("of the request")));
    }
}

/// Every layer has headers of its own, and none touches these.
pub(crate) fn the_status_and_the_headers_of_the_service_reach_the_client<L: Subject>(layer: &L) {
    for request in passed_on(layer) {
        for status in [200, 204, 206, 304, 404, 500] {
            let response = Response::builder()
                .status(status)
                .header("content-type", "text/plain")
                .header("content-language", "en")
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2");
            let own = response.body(Gated::default()).unwrap();
            let (status, headers) = (own.status(), own.headers().clone());
            let response = respond(layer, request.clone(), own);
            assert_eq!(response.status(), status);
            for name in headers.keys() {
                let lines = |headers: &HeaderMap| -> Vec<HeaderValue> {
                    headers.get_all(name).iter().cloned().collect()
                };
                assert_eq!(lines(response.headers()), lines(&headers), "{name}");
            }
        }
    }
}

/// The length of what `GET` would get is in the header alone, and not the body's.
pub(crate) fn the_answer_to_head_keeps_its_length<L: Subject>(layer: &L) {
    for request in passed_on(layer).filter(|request| *request.method() == Method::HEAD) {
        for media_type in MEDIA_TYPES {
            let gate = Gate::default();
            gate.end();
            let response = Response::builder()
                .header("content-type", media_type)
                .header("content-length", "7")
                .body(gate.body(Some(0)))
                .unwrap();
            let response = respond(layer, request.clone(), response);
            // `GET` would get no length where comments may be added. RFC 9110, section 9.3.2
            let has_none = media_type == EVENT_STREAM;
            let length = response.headers().get("content-length");
            assert!(length.map_or(has_none, |length| length == "7"), "{length:?}");
            assert!(response.body().is_end_stream());
        }
    }
}

/// hyper keeps the other end of an upgrade in the extensions of both sides. A header that implies a body
/// breaks WebSockets over HTTP/2: <https://github.com/tokio-rs/axum/issues/2894>
pub(crate) fn a_response_after_which_there_is_no_http_is_untouched<L: Subject>(layer: &L) {
    let mut tried = 0;
    for request in passed_on(layer) {
        let is_connect = *request.method() == Method::CONNECT;
        if !is_connect && !request.headers().contains_key("upgrade") {
            continue;
        }
        let status = if is_connect { StatusCode::OK } else { StatusCode::SWITCHING_PROTOCOLS };
        for own in [None, Some("the service's own")] {
            let mut response = Response::new(Gated::default());
            *response.status_mut() = status;
            for name in ["upgrade", "access-control-allow-origin", "vary", "cache-control"] {
                if let Some(value) = own {
                    response.headers_mut().insert(name, HeaderValue::from_static(value));
                }
            }
            response.extensions_mut().insert(OnUpgrade("of the response"));
            let headers = response.headers().clone();
            let response = respond(layer, request.clone(), response);
            assert_eq!(response.status(), status);
            assert_eq!(*response.headers(), headers);
            assert_eq!(response.extensions().get(), Some(&OnUpgrade("of the response")));
            tried += 1;
        }
    }
    assert!(tried > 0, "a layer lets some page have an upgrade");
}

/// A service that takes one request at a time, and does not answer.
fn limited() -> Inner {
    let inner = service_fn(|_: Asked| pending::<Result<Response<Gated>, Broken>>());
    Inner::new(ConcurrencyLimit::new(inner, 1))
}

#[derive(Clone, Debug, PartialEq)]
struct OnUpgrade(&'static str);
