//! A guard around a service that counts its calls.

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

/// What came of a request.
#[derive(Debug)]
pub struct Guarded {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub refusal: Option<Rejection>,
    pub calls: usize,
}

/// Sends the request through a guard with this check to a service that answers 204.
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
    let answer = block_on(service.oneshot(request.body(()).unwrap())).unwrap();
    let refusal = answer.extensions().get().copied();
    let (head, ()) = answer.into_parts();
    Guarded {
        status: head.status,
        headers: head.headers,
        refusal,
        calls: calls.load(Ordering::SeqCst),
    }
}

/// That the request passes, and, without a check at all, would too: or else that it does not, though it
/// would.
#[track_caller]
pub fn expect<C: Check>(
    check: C,
    request: impl Fn() -> request::Builder,
    refusal: Option<Rejection>,
    about: &str,
) {
    let unguarded = send(Unguarded, request());
    assert_eq!((unguarded.status.as_u16(), unguarded.calls), (204, 1), "{about}, unguarded");
    let guarded = send(check, request());
    assert_eq!(guarded.refusal, refusal, "{about}");
    let (status, calls) = if refusal.is_some() { (403, 0) } else { (204, 1) };
    assert_eq!((guarded.status.as_u16(), guarded.calls), (status, calls), "{about}");
    assert_eq!(guarded.headers.contains_key("x-own"), refusal.is_none(), "{about}");
}

/// What there is without a check.
struct Unguarded;

impl Check for Unguarded {
    fn check(&self, _: &RequestHead<'_>) -> Verdict {
        Verdict::Allow
    }
}
