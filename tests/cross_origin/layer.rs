//! The responses of the layer, which equal the responses of the separate layers.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE, request};
use http_body_util::{BodyExt, Full};
use tokio::runtime::Builder;
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::cross_origin::{CrossOriginDecision, CrossOriginLayer};

use crate::{
    ALL_SECTIONS, policy,
    support::{APP, EVIL},
};

type Row<'a> = (&'a str, request::Builder, u16, &'a [(&'a str, &'a str)]);

/// Checks the status and the headers of each response. The name of a row is the section that decides.
#[track_caller]
fn check_responses<'a>(rows: impl IntoIterator<Item = Row<'a>>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for (name, request, status, headers) in rows {
        let service = CrossOriginLayer::new(policy(ALL_SECTIONS)).layer(service_fn(serve));
        let response = runtime.block_on(service.oneshot(request.body(()).unwrap())).unwrap();
        assert_eq!(response.status(), status, "{name}");
        for (header, value) in headers {
            assert_eq!(response.headers().get(*header).unwrap(), value, "{name}: {header}");
        }
    }
}

fn service_request(path: &str) -> request::Builder {
    Request::get(path).header("host", "api.example.com")
}

#[test]
fn each_section_sets_its_response_headers() {
    check_responses([
        (
            "embedding",
            service_request("/"),
            200,
            &[
                ("cross-origin-resource-policy", "same-origin"),
                ("x-content-type-options", "nosniff"),
            ][..],
        ),
        (
            "a host that is not configured",
            Request::get("/").header("host", EVIL),
            403,
            &[("cross-origin-resource-policy", "same-origin")],
        ),
        (
            "CORS with credentials",
            service_request("/").header("origin", "https://a.example.org"),
            200,
            &[
                ("access-control-allow-origin", "https://a.example.org"),
                ("access-control-allow-credentials", "true"),
                ("timing-allow-origin", "https://a.example.org"),
            ],
        ),
        (
            "CORS without credentials",
            service_request("/").header("origin", "https://partner.example"),
            200,
            &[("access-control-allow-origin", "https://partner.example")],
        ),
        (
            "a preflight",
            service_request("/")
                .method("OPTIONS")
                .header("origin", APP)
                .header("access-control-request-method", "PUT"),
            204,
            &[("access-control-allow-methods", "PUT")],
        ),
        (
            "JSONP",
            service_request("/feed?callback=app.show"),
            200,
            &[
                ("content-type", "text/javascript; charset=utf-8"),
                ("cross-origin-resource-policy", "cross-origin"),
            ],
        ),
        ("another callback", service_request("/feed?callback=other"), 400, &[]),
        (
            "JSONP elsewhere",
            service_request("/private?callback=app.show"),
            200,
            &[("content-type", "application/json")],
        ),
        ("events", service_request("/events"), 200, &[("x-accel-buffering", "no")]),
        ("other streams", service_request("/lines"), 200, &[("x-accel-buffering", "no")]),
        ("long polling", service_request("/poll"), 200, &[]),
        (
            "a ping",
            service_request("/ping"),
            200,
            &[("cross-origin-resource-policy", "cross-origin"), ("cache-control", "no-store")],
        ),
    ]);
}

#[test]
fn guards_deny_untrusted_requests() {
    check_responses([
        (
            "a form of another site",
            service_request("/").method("POST").header("origin", EVIL),
            403,
            &[][..],
        ),
        (
            "a form at an exempt path",
            service_request("/hooks/payment").method("POST").header("origin", EVIL),
            200,
            &[],
        ),
        (
            "a form of a trusted origin",
            service_request("/").method("POST").header("origin", APP),
            200,
            &[],
        ),
        (
            "a form of an origin without credentials",
            service_request("/").method("POST").header("origin", "https://partner.example"),
            403,
            // An allowed page can read the 403.
            &[("access-control-allow-origin", "https://partner.example")],
        ),
        (
            "a WebSocket of another site",
            service_request("/").header("origin", EVIL).header("upgrade", "websocket"),
            403,
            &[],
        ),
        (
            "a WebSocket of a trusted origin",
            service_request("/").header("origin", APP).header("upgrade", "websocket"),
            200,
            &[],
        ),
        (
            "a WebSocket of the service origin",
            service_request("/")
                .header("origin", "https://api.example.com")
                .header("upgrade", "websocket"),
            200,
            &[],
        ),
        (
            "a WebSocket without `Origin`",
            service_request("/").header("upgrade", "websocket"),
            403,
            &[],
        ),
    ]);
}

#[tokio::test(start_paused = true)]
async fn missing_section_adds_no_layer() {
    let policy = policy("[beacon]\npaths = ['/ping']");
    for request in [
        Request::get("/").header("host", EVIL),
        Request::post("/").header("origin", EVIL).header("sec-fetch-site", "cross-site"),
        Request::options("/").header("origin", EVIL).header("access-control-request-method", "PUT"),
        Request::get("/").header("origin", EVIL).header("upgrade", "websocket"),
        Request::get("/feed?callback=app.show"),
        Request::get("/events"),
        Request::get("/missing"),
    ] {
        let request = request.body(()).unwrap();
        let alone = serve(clone(&request)).await.unwrap();
        let service = CrossOriginLayer::new(policy.clone()).layer(service_fn(serve));
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.status(), alone.status());
        assert_eq!(response.headers(), alone.headers());
        let (one, other) = (response.into_body().collect(), alone.into_body().collect());
        assert_eq!(one.await.unwrap().to_bytes(), other.await.unwrap().to_bytes());
    }
}

#[tokio::test]
async fn decision_is_in_extensions_if_configured() {
    let request = || Request::get("/").header("host", "localhost").body(()).unwrap();
    let layer = CrossOriginLayer::new(policy(ALL_SECTIONS));
    let silent = layer.clone().layer(service_fn(serve)).oneshot(request()).await.unwrap();
    assert!(silent.extensions().get::<CrossOriginDecision>().is_none());
    let layer = layer.decision_in_extensions();
    let counted = layer.layer(service_fn(serve)).oneshot(request()).await.unwrap();
    assert!(counted.extensions().get::<CrossOriginDecision>().is_some());
}

// The layer applies to all routes and to the fallback.
#[tokio::test]
async fn layer_works_in_axum() {
    let app = axum::Router::new()
        .route("/feed", axum::routing::get(async || axum::Json([1])))
        .layer(CrossOriginLayer::new(policy(ALL_SECTIONS)));
    for (request, status, body) in [
        (
            service_request("/feed?callback=app.show"),
            200,
            "/**/ typeof app.show === 'function' && app.show([1]);",
        ),
        (service_request("/elsewhere").header("origin", APP), 404, ""),
        (
            service_request("/feed").method("POST").header("origin", EVIL),
            403,
            "403 Forbidden (guard.csrf): the request can change data, and its Origin is not the origin of \
             this service\n",
        ),
    ] {
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), body);
    }
}

async fn serve(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let status = if request.uri().path() == "/missing" { 404 } else { 200 };
    let (media_type, body) = match request.uri().path() {
        "/events" => ("text/event-stream", "data: 1\n\n"),
        "/lines" => ("application/x-ndjson", "{}\n"),
        "/poll" => std::future::pending().await,
        _ => ("application/json", "[1]"),
    };
    let response = Response::builder().status(status).header(CONTENT_TYPE, media_type);
    Ok(response.body(Full::from(body)).unwrap())
}

fn clone(request: &Request<()>) -> Request<()> {
    let mut clone = Request::new(());
    *clone.method_mut() = request.method().clone();
    *clone.uri_mut() = request.uri().clone();
    *clone.headers_mut() = request.headers().clone();
    clone
}
