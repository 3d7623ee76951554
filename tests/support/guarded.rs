//! A guard with an inner service that counts its calls.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{HeaderMap, Request, Response, StatusCode, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    RequestHead,
    guard::{Check, GuardLayer, Rejection, Verdict},
};

use super::block_on;

/// The result of a request to a guarded service.
#[derive(Debug)]
pub struct Guarded {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub rejection: Option<Rejection>,
    pub calls: usize,
}

/// Sends the request through a guard with this check.
///
/// The inner service responds with 204.
pub fn send<C: Check>(check: C, request: request::Builder) -> Guarded {
    let calls = Arc::new(AtomicUsize::new(0));
    let inner = {
        let calls = calls.clone();
        service_fn(move |_: Request<()>| {
            calls.fetch_add(1, Ordering::SeqCst);
            let response = Response::builder().status(204).header("x-own", "1").body(()).unwrap();
            async { Ok::<_, Infallible>(response) }
        })
    };
    let service = GuardLayer::new(check).unwrap().layer(inner);
    let response = block_on(service.oneshot(request.body(()).unwrap())).unwrap();
    let rejection = response.extensions().get().copied();
    let (head, ()) = response.into_parts();
    Guarded {
        status: head.status,
        headers: head.headers,
        rejection,
        calls: calls.load(Ordering::SeqCst),
    }
}

/// Asserts that the check allows the request, or denies it with the expected rejection.
///
/// Also asserts that the service responds to the request if no check denies it.
#[track_caller]
pub fn expect<C: Check>(
    check: C,
    request: impl Fn() -> request::Builder,
    expected: Option<Rejection>,
    about: &str,
) {
    let unguarded = send(Unguarded, request());
    assert_eq!((unguarded.status.as_u16(), unguarded.calls), (204, 1), "{about}, unguarded");
    let guarded = send(check, request());
    assert_eq!(guarded.rejection, expected, "{about}");
    let (status, calls) = if expected.is_some() { (403, 0) } else { (204, 1) };
    assert_eq!((guarded.status.as_u16(), guarded.calls), (status, calls), "{about}");
    assert_eq!(guarded.headers.contains_key("x-own"), expected.is_none(), "{about}");
}

/// A check that allows every request.
struct Unguarded;

impl Check for Unguarded {
    fn check(&self, _: &RequestHead<'_>) -> Verdict {
        Verdict::Allow
    }
}
