//! Implementations of `Check`: closures, options, pointers and combined checks.

use std::sync::Arc;

use http::{HeaderName, Request};
use tower_cross_origin::{
    RequestHead,
    guard::{Check, Csrf, FetchMetadata, Rejection, Verdict},
};

const DENIED: Verdict = Verdict::Deny(Rejection::CrossSite);

/// Returns the verdict on a cross-site request for a script.
fn verdict(check: &(impl Check + ?Sized)) -> Verdict {
    let request = Request::get("/").header("sec-fetch-site", "cross-site");
    let request = request.header("sec-fetch-mode", "no-cors").header("sec-fetch-dest", "script");
    check.check(&RequestHead::from(&request.body(()).unwrap()))
}

fn names(check: &(impl Check + ?Sized)) -> Vec<HeaderName> {
    check.varies_on()
}

#[test]
fn closure_is_a_check_with_empty_vary() {
    let other = Rejection::Other("unsafe");
    let check = |head: &RequestHead<'_>| {
        if head.method().is_safe() { Verdict::Deny(other) } else { Verdict::Allow }
    };
    assert_eq!(verdict(&check), Verdict::Deny(other));
    assert_eq!(verdict(&Csrf::new().and(check)), Verdict::Deny(other));
    assert_eq!(verdict(&check.report_only(true)), Verdict::Report(other));
    let boxed: Box<dyn Fn(&RequestHead<'_>) -> Verdict> = Box::new(check);
    assert_eq!(verdict(&boxed), Verdict::Deny(other));
    assert!(names(&check).is_empty());
}

#[test]
fn none_allows_every_request_with_empty_vary() {
    let none: Option<FetchMetadata> = None;
    assert_eq!(verdict(&none), Verdict::Allow);
    assert!(names(&none).is_empty());
    let some = Some(FetchMetadata::new());
    assert_eq!(verdict(&some), DENIED);
    assert_eq!(names(&some), FetchMetadata::new().varies_on());
}

#[test]
fn pointers_forward_to_their_check() {
    let arc: Arc<dyn Check + Send + Sync> = Arc::new(FetchMetadata::new());
    let shared: Box<dyn Check + Send + Sync> = Box::new(FetchMetadata::new());
    let sent: Box<dyn Check + Send> = Box::new(FetchMetadata::new());
    let local: Box<dyn Check> = Box::new(FetchMetadata::new());
    for (about, actual, names) in [
        ("Arc", verdict(&arc), names(&arc)),
        ("Box", verdict(&shared), names(&shared)),
        ("Box, Send only", verdict(&sent), names(&sent)),
        ("Box, neither Send nor Sync", verdict(&local), names(&local)),
        ("combined", verdict(&shared.and(arc)), FetchMetadata::new().varies_on()),
    ] {
        assert_eq!((actual, names), (DENIED, FetchMetadata::new().varies_on()), "{about}");
    }
}

#[test]
fn report_only_can_be_switched_off() {
    let check = |is_report_only| FetchMetadata::new().report_only(is_report_only);
    assert_eq!(verdict(&check(true)), Verdict::Report(Rejection::CrossSite));
    assert!(names(&check(true)).is_empty());
    assert_eq!(verdict(&check(false)), DENIED);
    assert_eq!(names(&check(false)), FetchMetadata::new().varies_on());
}
