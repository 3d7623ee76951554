//! Tests of the guard layer: rejections, reports, several checks and the layer order.
//!
//! `tests/layer_properties/` tests DESIGN 11 and 14.

use std::convert::Infallible;

use http::{HeaderValue, Request, Response};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsLayer, CorsPolicy, Rule},
    guard::{
        Check, Csrf, FetchMetadata, GuardLayer, HostCheck, Rejection, ReportedRejection, Verdict,
        WebSocket,
    },
};

use crate::support::{
    APP, block_on,
    guarded::{Guarded, send},
};

fn forged_request() -> http::request::Builder {
    Request::post("/").header("host", "own.example").header("sec-fetch-site", "cross-site")
}

#[test]
fn rejection_is_empty_with_the_reason_in_extensions() {
    let response = send(Csrf::new(), forged_request());
    assert_eq!((response.status.as_u16(), response.headers.len(), response.calls), (403, 1, 0));
    assert_eq!(response.headers["cache-control"], "no-store");
    assert_eq!(response.rejection, Some(Rejection::CsrfSite));
}

#[test]
fn each_rejection_has_a_label_a_line_and_help() {
    let all = [
        Rejection::WebSocketOrigin,
        Rejection::WebSocketServiceOrigin,
        Rejection::WebSocketWithoutOrigin,
        Rejection::CsrfSite,
        Rejection::CsrfOrigin,
        Rejection::CsrfServiceOrigin,
        Rejection::CrossSite,
        Rejection::SameSite,
        Rejection::LocalServerOrigin,
        Rejection::LocalServerSite,
        Rejection::UnknownHost,
        Rejection::MalformedHost,
        Rejection::Other("own"),
    ];
    let mut labels = all.map(Rejection::as_str).to_vec();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), all.len());
    let lines = all.map(|rejection| rejection.to_string());
    for (rejection, line) in all.iter().zip(&lines) {
        assert_eq!(lines.iter().filter(|other| *other == line).count(), 1, "{line}");
        // One line for the author of a policy file: no Rust item, no help.
        assert!((20..=100).contains(&line.len()), "{line}");
        assert!(!line.contains("::") && !line.contains(['\n', ';', '_']), "{line}");
        assert!(rejection.help().len() > 20 && rejection.help() != line, "{line}");
    }
}

#[test]
fn combined_checks_return_the_first_rejection() {
    let both = || HostCheck::new(["own.example"]).and(Csrf::new());
    assert_eq!(send(both(), forged_request()).rejection, Some(Rejection::CsrfSite));
    let other_host = Request::post("/").header("host", "evil.example");
    assert_eq!(
        send(both(), other_host.header("sec-fetch-site", "cross-site")).rejection,
        Some(Rejection::UnknownHost)
    );
    let allowed = Request::post("/").header("host", "own.example");
    assert_eq!(send(both(), allowed).rejection, None);
}

#[test]
fn report_only_check_allows_and_reports() {
    let verdict = |check: &dyn Fn(&RequestHead<'_>) -> Verdict| {
        let request = forged_request().body(()).unwrap();
        check(&RequestHead::from(&request))
    };
    let (site, host) = (Rejection::CsrfSite, Rejection::UnknownHost);
    let other = || HostCheck::new(["other.example"]);
    for (about, actual, expected) in [
        (
            "one check",
            verdict(&|head| Csrf::new().report_only(true).check(head)),
            Verdict::Report(site),
        ),
        (
            "the second denies",
            verdict(&|head| Csrf::new().report_only(true).and(other()).check(head)),
            Verdict::Deny(host),
        ),
        (
            "the first denies",
            verdict(&|head| other().and(Csrf::new().report_only(true)).check(head)),
            Verdict::Deny(host),
        ),
        (
            "both report, the first is returned",
            verdict(&|head| {
                Csrf::new().report_only(true).and(other().report_only(true)).check(head)
            }),
            Verdict::Report(site),
        ),
        (
            "the second reports",
            verdict(&|head| WebSocket::new().and(other().report_only(true)).check(head)),
            Verdict::Report(host),
        ),
    ] {
        assert_eq!(actual, expected, "{about}");
    }
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let service = GuardLayer::new(Csrf::new().report_only(true)).unwrap().layer(inner);
    let response = block_on(service.oneshot(forged_request().body(()).unwrap())).unwrap();
    assert_eq!(response.status(), 200);
    let reported: Option<&ReportedRejection> = response.extensions().get();
    assert_eq!(reported.map(|reported| reported.reason()), Some(site));
    assert_eq!(response.extensions().get::<Rejection>(), None);
}

/// A body without `Default`.
#[derive(Debug, PartialEq)]
struct Json(String);

#[test]
fn custom_rejection_response_has_the_reason() {
    let guard = GuardLayer::new(FetchMetadata::new()).unwrap().reject_with(|rejection, head| {
        let body = format!(r#"{{"error":"{rejection}","path":"{}"}}"#, head.uri().path());
        let response = Response::builder().status(451).header("vary", "accept-language");
        response.body(Json(body)).unwrap()
    });
    let service = guard.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Json("allowed".into())))
    }));
    let respond = |method: &str, destination: &str| {
        let request = Request::builder().method(method).uri("/a?b");
        let request = request.header("sec-fetch-site", "cross-site");
        let request = request.header("sec-fetch-mode", "navigate");
        let request = request.header("sec-fetch-dest", destination).body(()).unwrap();
        block_on(service.clone().oneshot(request)).unwrap()
    };
    let rejected = respond("POST", "document");
    assert_eq!(rejected.status(), 451);
    assert_eq!(rejected.extensions().get(), Some(&Rejection::CrossSite));
    assert_eq!(rejected.headers()["vary"], "accept-language");
    let reason = Rejection::CrossSite;
    assert_eq!(rejected.body().0, format!(r#"{{"error":"{reason}","path":"/a"}}"#));

    let allowed = respond("GET", "document");
    assert_eq!((allowed.status().as_u16(), &*allowed.body().0), (200, "allowed"));
    assert_eq!(allowed.extensions().get::<Rejection>(), None);
}

#[test]
fn custom_rejection_response_to_get_has_merged_vary() {
    let guard = GuardLayer::new(FetchMetadata::new()).unwrap().reject_with(|_, _| {
        Response::builder()
            .status(403)
            .header("vary", "accept-language")
            .body(Json(String::new()))
            .unwrap()
    });
    let service = guard.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Json(String::new())))
    }));
    let request = Request::get("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
    let rejected = block_on(service.oneshot(request)).unwrap();
    let names = "accept-language, sec-fetch-dest, sec-fetch-mode, sec-fetch-site";
    assert_eq!(
        (rejected.status().as_u16(), &rejected.headers()["vary"]),
        (403, &HeaderValue::from_static(names))
    );
}

#[test]
fn report_only_check_skips_the_rejection_response() {
    let guard = GuardLayer::new(Csrf::new().report_only(true)).unwrap();
    let guard =
        guard.reject_with(|_, _| -> Response<()> { panic!("a report-only check must not reject") });
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let response =
        block_on(guard.layer(inner).oneshot(forged_request().body(()).unwrap())).unwrap();
    assert_eq!(response.status(), 200);
}

// A report-only check does not change the response, so it adds no `Vary`.
#[test]
fn vary_lists_only_headers_that_can_deny() {
    let get = || Request::get("/").header("host", "own.example");
    let vary = |response: Guarded| response.headers.get("vary").cloned();
    assert_eq!(vary(send(FetchMetadata::new().report_only(true), get())), None);
    assert_eq!(vary(send(Csrf::new().and(WebSocket::new()), get())), None);
    let all = FetchMetadata::new().and(FetchMetadata::new().deny_frames(true));
    let all = all.and(HostCheck::new(["own.example"]).trust_x_forwarded_host(true));
    let names = "sec-fetch-dest, sec-fetch-mode, sec-fetch-site, x-forwarded-host";
    assert_eq!(vary(send(all, get())), Some(HeaderValue::from_static(names)));
}

#[test]
fn vary_is_merged_except_on_upgrades() {
    for (status, own, expected) in [
        (200, "accept-encoding", "accept-encoding, sec-fetch-dest, sec-fetch-mode, sec-fetch-site"),
        (200, "Sec-Fetch-Site, origin", "Sec-Fetch-Site, origin, sec-fetch-dest, sec-fetch-mode"),
        (200, "*", "*"),
        (101, "accept-encoding", "accept-encoding"),
    ] {
        let inner = service_fn(move |_: Request<()>| async move {
            let response = Response::builder().status(status).header("vary", own);
            Ok::<_, Infallible>(response.body(()).unwrap())
        });
        let service = GuardLayer::new(FetchMetadata::new()).unwrap().layer(inner);
        let response = block_on(service.oneshot(Request::new(()))).unwrap();
        assert_eq!(response.headers()["vary"], expected);
    }
}

// Inside of the CORS layer, an allowed page can read the 403. The CORS layer responds to the preflight.
#[test]
fn allowed_page_can_read_rejection_of_inner_guard() {
    let policy = CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap();
    let service = ServiceBuilder::new()
        .layer(CorsLayer::new(policy))
        .layer(GuardLayer::new(Csrf::new().and(FetchMetadata::new())).unwrap())
        .service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let request = |method: &str| {
        let request = Request::builder().method(method).uri("/").header("origin", APP);
        request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "cors")
    };
    let response = block_on(service.clone().oneshot(request("PUT").body(()).unwrap())).unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["access-control-allow-origin"]),
        (403, &HeaderValue::from_static(APP))
    );
    let preflight = request("OPTIONS").header("access-control-request-method", "PUT");
    let response = block_on(service.oneshot(preflight.body(()).unwrap())).unwrap();
    assert_eq!(response.status(), 204);
}

#[test]
fn layer_and_service_are_send_sync_clone_and_debug() {
    fn debug_text<T: Send + Sync + Clone + std::fmt::Debug + 'static>(value: &T) -> String {
        format!("{value:?}")
    }
    let check = Csrf::new()
        .skip_if(|_| true)
        .and(WebSocket::new())
        .and(FetchMetadata::new().report_only(true));
    let layer = GuardLayer::new(check.and(HostCheck::loopback())).unwrap();
    assert!(debug_text(&layer).contains("skipped: 1"));
    let service =
        layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let _ = service.clone();
}
