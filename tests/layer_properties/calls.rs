//! Properties of service calls: readiness, permits, cancellation, errors, upgrades. DESIGN 11, 13, 14;
//! PEERS section 2 row 20; COMPANIONS, section 3, L3 and L6.

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
    requests::TestRequest,
    subject::{
        EVENT_STREAM, Inner, MEDIA_TYPES, ServiceError, Subject, WakeFlag, early_requests,
        forwarded_requests, respond,
    },
};
use crate::support::{block_on, poll_once};

pub(crate) fn readiness_matches_inner_service<L: Subject>(layer: &L) {
    #[derive(Clone)]
    struct Readiness(Poll<Result<(), ServiceError>>);
    impl Service<TestRequest> for Readiness {
        type Response = Response<Gated>;
        type Error = ServiceError;
        type Future = Ready<Result<Response<Gated>, ServiceError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ServiceError>> {
            self.0
        }

        fn call(&mut self, _: TestRequest) -> Self::Future {
            ready(Err(ServiceError))
        }
    }
    for readiness in [Poll::Pending, Poll::Ready(Ok(())), Poll::Ready(Err(ServiceError))] {
        let mut service = layer.layer(Inner::new(Readiness(readiness)));
        assert_eq!(service.poll_ready(&mut Context::from_waker(Waker::noop())), readiness);
    }
}

/// Checks that the layer calls the instance that it polled for readiness.
///
/// Its clone is not ready, since a clone does not have the reserved capacity.
pub(crate) fn ready_instance_is_called<L: Subject>(layer: &L) {
    struct Reserved {
        is_ready: bool,
    }
    impl Clone for Reserved {
        fn clone(&self) -> Self {
            Self { is_ready: false }
        }
    }
    impl Service<TestRequest> for Reserved {
        type Response = Response<Gated>;
        type Error = ServiceError;
        type Future = Ready<Result<Response<Gated>, ServiceError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ServiceError>> {
            self.is_ready = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: TestRequest) -> Self::Future {
            assert!(self.is_ready, "the service was called before it was ready");
            self.is_ready = false;
            ready(Ok(Response::new(Gated::default())))
        }
    }
    let mut service = layer.layer(Inner::new(Reserved { is_ready: false }));
    for request in
        forwarded_requests(layer).chain(early_requests(layer)).chain(forwarded_requests(layer))
    {
        block_on(service.ready()).unwrap();
        block_on(service.call(request)).unwrap();
    }
}

/// Checks that an early response releases its permit immediately.
///
/// With tower-http 0.7.1, the service holds the permit of a preflight as long as it lives. Its clones wait
/// for the permit.
pub(crate) fn early_response_releases_permit<L: Subject>(layer: &L) {
    for request in early_requests(layer) {
        let mut service = layer.layer(limited());
        let mut other = service.clone();
        block_on(service.ready()).unwrap();
        let response = service.call(request);
        block_on(other.ready()).expect("the permit is free before the response is polled");
        drop(other);
        block_on(response).unwrap();
        // The service can become ready again.
        block_on(service.ready()).unwrap();
    }
}

pub(crate) fn forwarded_request_holds_permit_until_dropped<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer) {
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

pub(crate) fn dropped_future_drops_inner_future<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer) {
        let guard = Arc::new(());
        let inner = {
            let guard = guard.clone();
            service_fn(move |_: TestRequest| {
                let guard = guard.clone();
                async move {
                    let response = pending::<Result<Response<Gated>, ServiceError>>().await;
                    drop(guard);
                    response
                }
            })
        };
        let mut service = layer.layer(Inner::new(inner));
        for is_polled in [false, true] {
            let before = Arc::strong_count(&guard);
            let mut response = Box::pin(service.call(request.clone()));
            if is_polled {
                assert!(poll_once(response.as_mut()).is_pending());
            }
            assert_eq!(Arc::strong_count(&guard), before + 1, "one call is running");
            assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "no task was spawned");
            drop(response);
            assert_eq!(Arc::strong_count(&guard), before);
        }
    }
}

pub(crate) fn waiting_caller_is_woken_by_response<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer) {
        let notify = Arc::new(Notify::new());
        let inner = {
            let notify = notify.clone();
            service_fn(move |_: TestRequest| {
                let notify = notify.clone();
                async move {
                    notify.notified().await;
                    Ok::<_, ServiceError>(Response::new(Gated::default()))
                }
            })
        };
        let wake_flag = Arc::new(WakeFlag::default());
        let waker = Waker::from(wake_flag.clone());
        let mut response = pin!(layer.layer(Inner::new(inner)).call(request));
        assert!(response.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(!wake_flag.take(), "woken before the response");
        notify.notify_one();
        assert!(wake_flag.take());
        assert!(poll_once(response).is_ready());
    }
}

pub(crate) fn service_error_is_forwarded_unchanged<L: Subject>(layer: &L) {
    let failing = service_fn(|_: TestRequest| ready(Err::<Response<Gated>, _>(ServiceError)));
    for request in forwarded_requests(layer) {
        let mut service = layer.layer(Inner::new(failing));
        assert_eq!(block_on(service.call(request)).err(), Some(ServiceError));
    }
}

pub(crate) fn request_is_forwarded_unchanged<L: Subject>(layer: &L) {
    for mut request in forwarded_requests(layer) {
        request.headers_mut().append("x-a", HeaderValue::from_static("1"));
        request.headers_mut().append("x-a", HeaderValue::from_static("2"));
        request.extensions_mut().insert(OnUpgrade("of the request"));
        let seen = Arc::new(Mutex::new(None));
        let inner = {
            let seen = seen.clone();
            service_fn(move |request: TestRequest| {
                *seen.lock().unwrap() = Some(request);
                ready(Ok::<_, ServiceError>(Response::new(Gated::default())))
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

/// Checks headers that no layer changes.
pub(crate) fn status_and_headers_are_preserved<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer) {
        for status in [200, 204, 206, 304, 404, 500] {
            let response = Response::builder()
                .status(status)
                .header("content-type", "text/plain")
                .header("content-language", "en")
                .header("set-cookie", "a=1")
                .header("set-cookie", "b=2");
            let upstream = response.body(Gated::default()).unwrap();
            let (status, headers) = (upstream.status(), upstream.headers().clone());
            let response = respond(layer, request.clone(), upstream);
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

/// Checks the `Content-Length` of responses to `HEAD`, which describes the response to `GET`.
pub(crate) fn head_response_keeps_content_length<L: Subject>(layer: &L) {
    for request in forwarded_requests(layer).filter(|request| *request.method() == Method::HEAD) {
        for media_type in MEDIA_TYPES {
            let gate = Gate::default();
            gate.end();
            let response = Response::builder()
                .header("content-type", media_type)
                .header("content-length", "7")
                .body(gate.body(Some(0)))
                .unwrap();
            let response = respond(layer, request.clone(), response);
            // A response to `GET` does not have a length if the layer may add comments. RFC 9110, section
            // 9.3.2
            let may_be_missing = media_type == EVENT_STREAM;
            let length = response.headers().get("content-length");
            assert!(length.map_or(may_be_missing, |length| length == "7"), "{length:?}");
            assert!(response.body().is_end_stream());
        }
    }
}

/// Checks that responses to upgrades keep their headers and extensions.
///
/// hyper stores the upgrade in the extensions of the request and the response. A header that implies a body
/// breaks WebSockets over HTTP/2: <https://github.com/tokio-rs/axum/issues/2894>
pub(crate) fn upgrade_response_is_unchanged<L: Subject>(layer: &L) {
    let mut checked = 0;
    for request in forwarded_requests(layer) {
        let is_connect = *request.method() == Method::CONNECT;
        if !is_connect && !request.headers().contains_key("upgrade") {
            continue;
        }
        let status = if is_connect { StatusCode::OK } else { StatusCode::SWITCHING_PROTOCOLS };
        for upstream in [None, Some("of the service")] {
            let mut response = Response::new(Gated::default());
            *response.status_mut() = status;
            for name in ["upgrade", "access-control-allow-origin", "vary", "cache-control"] {
                if let Some(value) = upstream {
                    response.headers_mut().insert(name, HeaderValue::from_static(value));
                }
            }
            response.extensions_mut().insert(OnUpgrade("of the response"));
            let headers = response.headers().clone();
            let response = respond(layer, request.clone(), response);
            assert_eq!(response.status(), status);
            assert_eq!(*response.headers(), headers);
            assert_eq!(response.extensions().get(), Some(&OnUpgrade("of the response")));
            checked += 1;
        }
    }
    assert!(checked > 0, "the layer forwards no upgrade request");
}

/// Returns a service that accepts one request at a time and never responds.
fn limited() -> Inner {
    let inner = service_fn(|_: TestRequest| pending::<Result<Response<Gated>, ServiceError>>());
    Inner::new(ConcurrencyLimit::new(inner, 1))
}

#[derive(Clone, Debug, PartialEq)]
struct OnUpgrade(&'static str);
