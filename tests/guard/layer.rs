//! The layer that asks: refusals, reports, several checks, and what stands around it. DESIGN 11 and 14 hold by
//! `tests/layer_properties/`.

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

fn forged() -> http::request::Builder {
    Request::post("/").header("host", "own.example").header("sec-fetch-site", "cross-site")
}

#[test]
fn a_refusal_says_nothing_to_the_page_and_why_to_the_service() {
    let answer = send(Csrf::new(), forged());
    assert_eq!((answer.status.as_u16(), answer.headers.len(), answer.calls), (403, 0, 0));
    assert_eq!(answer.refusal, Some(Rejection::CsrfSite));
}

#[test]
fn each_rejection_has_a_label_a_line_and_help() {
    let all = [
        Rejection::WebSocketOrigin,
        Rejection::WebSocketWithoutOrigin,
        Rejection::CsrfSite,
        Rejection::CsrfOrigin,
        Rejection::CrossSite,
        Rejection::SameSite,
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
        // One line for the author of a policy file: no name of a Rust item, no advice.
        assert!((20..=100).contains(&line.len()), "{line}");
        assert!(!line.contains("::") && !line.contains(['\n', ';', '_']), "{line}");
        assert!(rejection.help().len() > 20 && rejection.help() != line, "{line}");
    }
}

#[test]
fn composed_checks_report_the_first_refusal() {
    let both = || HostCheck::new(["own.example"]).and(Csrf::new());
    assert_eq!(send(both(), forged()).refusal, Some(Rejection::CsrfSite));
    let elsewhere = Request::post("/").header("host", "evil.example");
    assert_eq!(
        send(both(), elsewhere.header("sec-fetch-site", "cross-site")).refusal,
        Some(Rejection::UnknownHost)
    );
    let fine = Request::post("/").header("host", "own.example");
    assert_eq!(send(both(), fine).refusal, None);
}

#[test]
fn a_check_that_only_reports_lets_pass_and_tells() {
    let verdict = |check: &dyn Fn(&RequestHead<'_>) -> Verdict| {
        let request = forged().body(()).unwrap();
        check(&RequestHead::from(&request))
    };
    let (site, host) = (Rejection::CsrfSite, Rejection::UnknownHost);
    let other = || HostCheck::new(["other.example"]);
    for (about, actual, expected) in [
        ("one", verdict(&|head| Csrf::new().report_only(true).check(head)), Verdict::Report(site)),
        (
            "the other refuses",
            verdict(&|head| Csrf::new().report_only(true).and(other()).check(head)),
            Verdict::Deny(host),
        ),
        (
            "the first refuses",
            verdict(&|head| other().and(Csrf::new().report_only(true)).check(head)),
            Verdict::Deny(host),
        ),
        (
            "both report, and the first is told",
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
    let answer = block_on(service.oneshot(forged().body(()).unwrap())).unwrap();
    assert_eq!(answer.status(), 200);
    let reported: Option<&ReportedRejection> = answer.extensions().get();
    assert_eq!(reported.map(|reported| reported.reason()), Some(site));
    assert_eq!(answer.extensions().get::<Rejection>(), None);
}

/// A body without `Default`.
#[derive(Debug, PartialEq)]
struct Json(String);

#[test]
fn rejection_response_is_the_closures_with_vary_and_reason() {
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
fn rejection_response_to_get_varies_on_what_the_check_reads() {
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
fn report_only_check_does_not_use_the_rejection_response() {
    let guard = GuardLayer::new(Csrf::new().report_only(true)).unwrap();
    let guard = guard.reject_with(|_, _| -> Response<()> { panic!("a report is not a rejection") });
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let response = block_on(guard.layer(inner).oneshot(forged().body(()).unwrap())).unwrap();
    assert_eq!(response.status(), 200);
}

/// What it says changes nothing of the answer, so that the answer varies on nothing.
#[test]
fn only_what_decides_is_in_vary() {
    let get = || Request::get("/").header("host", "own.example");
    let vary = |answer: Guarded| answer.headers.get("vary").cloned();
    assert_eq!(vary(send(FetchMetadata::new().report_only(true), get())), None);
    assert_eq!(vary(send(Csrf::new().and(WebSocket::new()), get())), None);
    let all = FetchMetadata::new().and(FetchMetadata::new().deny_frames(true));
    let all = all.and(HostCheck::new(["own.example"]).trust_x_forwarded_host(true));
    let names = "sec-fetch-dest, sec-fetch-mode, sec-fetch-site, x-forwarded-host";
    assert_eq!(vary(send(all, get())), Some(HeaderValue::from_static(names)));
}

#[test]
fn vary_is_merged_and_not_put_where_there_is_no_response() {
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
        let answer = block_on(service.oneshot(Request::new(()))).unwrap();
        assert_eq!(answer.headers()["vary"], expected);
    }
}

/// Inside of CORS a page that may read sees that it was refused; a preflight is answered before.
#[test]
fn cors_stands_outside_of_what_pages_may_see() {
    let policy = CorsPolicy::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap();
    let service = ServiceBuilder::new()
        .layer(CorsLayer::new(policy))
        .layer(GuardLayer::new(Csrf::new().and(FetchMetadata::new())).unwrap())
        .service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    let request = |method: &str| {
        let request = Request::builder().method(method).uri("/").header("origin", APP);
        request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "cors")
    };
    let answer = block_on(service.clone().oneshot(request("PUT").body(()).unwrap())).unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["access-control-allow-origin"]),
        (403, &HeaderValue::from_static(APP))
    );
    let preflight = request("OPTIONS").header("access-control-request-method", "PUT");
    let answer = block_on(service.oneshot(preflight.body(()).unwrap())).unwrap();
    assert_eq!(answer.status(), 204);
}

#[test]
fn everything_can_be_sent_shared_and_shown() {
    fn is<T: Send + Sync + Clone + std::fmt::Debug + 'static>(value: &T) -> String {
        format!("{value:?}")
    }
    let check = Csrf::new()
        .skip_if(|_| true)
        .and(WebSocket::new())
        .and(FetchMetadata::new().report_only(true));
    let layer = GuardLayer::new(check.and(HostCheck::loopback())).unwrap();
    assert!(is(&layer).contains("skipped: 1"));
    let service =
        layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let _ = service.clone();
}
