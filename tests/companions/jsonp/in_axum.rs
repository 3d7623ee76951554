//! The layer among others: within axum's router and outside of it, compression, layers that know a user
//! by a cookie, and hyper on both versions of HTTP. COMPANIONS section 1, the rows on `HEAD`,
//! `strip_credentials` and compression.

use std::convert::Infallible;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::Request as AxumRequest,
    middleware::{self, Next},
    response::{IntoResponse, Response as AxumResponse},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_cross_origin::jsonp::{Callback, JsonpConfig, JsonpLayer, JsonpPolicy};
use tower_http::{compression::CompressionLayer, decompression::DecompressionLayer};

fn layer(config: JsonpConfig) -> JsonpLayer {
    JsonpLayer::new(JsonpPolicy::new(config).unwrap())
}

fn data() -> Router {
    Router::new().route("/data", get(async || Json(json!({ "a": 1 }))))
}

const SCRIPT: &str = "/**/ typeof cb === 'function' && cb({\"a\":1});";

async fn text(body: Body) -> String {
    String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// A router cuts the body of an answer to `HEAD`, and what stands outside of one gets it cut.
#[tokio::test]
async fn head_is_answered_with_the_headers_of_a_script_inside_and_outside_of_a_router() {
    let inside = data().layer(JsonpLayer::default());
    let outside = Router::new().fallback_service(JsonpLayer::default().layer(data()));
    let nested = Router::new().nest("/api", inside.clone());
    for (app, path) in [(inside, "/data"), (outside, "/data"), (nested, "/api/data")] {
        for method in ["HEAD", "GET"] {
            let request = Request::builder().method(method).uri(format!("{path}?callback=cb"));
            let request = request.body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
            assert!(!response.headers().contains_key("content-length"), "{method} {path}");
            let expected = if method == "HEAD" { "" } else { SCRIPT };
            assert_eq!(text(response.into_body()).await, expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn compression_outside_compresses_the_script() {
    // What a browser would do with it.
    let app = ServiceBuilder::new()
        .layer(DecompressionLayer::new())
        .map_response(|response: Response<_>| {
            assert_eq!(response.headers()["content-encoding"], "gzip");
            let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
            let lines =
                vary.iter().filter(|line| line.to_str().unwrap().contains("accept-encoding"));
            assert_eq!(lines.count(), 1, "{vary:?}");
            response
        })
        .layer(CompressionLayer::new())
        .layer(JsonpLayer::default())
        .service(Router::new().route("/data", get(async || Json(vec!["\u{2028}"; 100]))));
    let request = Request::get("/data?callback=cb").header("accept-encoding", "gzip");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
    let body = response.into_body().collect().await.map_err(|_| "broken").unwrap();
    let list = vec!["\"\\u2028\""; 100].join(",");
    let expected = format!("/**/ typeof cb === 'function' && cb([{list}]);");
    assert_eq!(body.to_bytes(), expected);
}

/// As a gateway has it before it: a browser takes what is compressed, and what is wrapped cannot be.
#[tokio::test]
async fn compression_inside_is_asked_for_none() {
    let app = Router::new().route("/data", get(async || Json(vec!["a"; 100])));
    let app = app.layer(CompressionLayer::new()).layer(JsonpLayer::default());
    for (target, coding, media_type) in [
        ("/data?callback=cb", None, "text/javascript; charset=utf-8"),
        ("/data", Some("gzip"), "application/json"),
    ] {
        let request = Request::get(target).header("accept-encoding", "gzip");
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let encoded = response.headers().get("content-encoding").map(HeaderValue::as_bytes);
        assert_eq!(encoded, coding.map(str::as_bytes), "{target}");
        assert_eq!(response.headers()["content-type"], media_type, "{target}");
    }
}

/// Bytes that no one here reads.
#[tokio::test]
async fn what_is_compressed_all_the_same_stays_json() {
    let compressed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let app = Router::new().route("/data", get(async move || (compressed, [0x1f, 0x8b])));
    let app = app.layer(JsonpLayer::default());
    let request = Request::get("/data?callback=cb").header("accept-encoding", "gzip");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}

#[derive(Clone)]
struct User(String);

/// A layer that knows a user by the cookie.
async fn session(mut request: AxumRequest, next: Next) -> AxumResponse {
    let cookie = request.headers().get("cookie").and_then(|cookie| cookie.to_str().ok());
    let user = cookie.and_then(|cookie| cookie.strip_prefix("user=")).unwrap_or("nobody");
    let user = User(user.to_owned());
    request.extensions_mut().insert(user);
    next.run(request).await
}

async fn whoami(Extension(User(name)): Extension<User>) -> impl IntoResponse {
    Json(name)
}

/// J8: a layer inside of the one that knows the user cannot make it forget.
#[tokio::test]
async fn credentials_are_stripped_before_the_session_or_they_are_not() {
    let whoami = || Router::new().route("/me", get(whoami));
    let strips = || layer(JsonpConfig::new().strip_credentials(true));
    let outside = whoami().layer(middleware::from_fn(session)).layer(strips());
    let inside = whoami().layer(strips()).layer(middleware::from_fn(session));
    let default = || layer(JsonpConfig::new());
    let default_inside = whoami().layer(default()).layer(middleware::from_fn(session));
    for (app, site, expected) in [
        (&outside, "cross-site", "/**/ typeof cb === 'function' && cb(\"nobody\");"),
        (&outside, "same-origin", "/**/ typeof cb === 'function' && cb(\"alice\");"),
        // The leak, which is why the layer stands outside.
        (&inside, "cross-site", "/**/ typeof cb === 'function' && cb(\"alice\");"),
        // Without stripping, the place does not matter: it is not wrapped.
        (&default_inside, "cross-site", "\"alice\""),
        (&default_inside, "same-origin", "/**/ typeof cb === 'function' && cb(\"alice\");"),
    ] {
        let request = Request::get("/me?callback=cb").header("cookie", "user=alice");
        let request = request.header("sec-fetch-site", site).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(text(response.into_body()).await, expected, "{site}");
    }
}

/// Opt-in is by route: the one beside it knows nothing of callbacks.
#[tokio::test]
async fn only_the_routes_that_are_wrapped_are() {
    let app = data().layer(JsonpLayer::default()).merge(Router::new().route(
        "/private",
        get(async |callback: Option<Extension<Callback>>| Json(callback.is_none())),
    ));
    let request = Request::get("/private?callback=cb").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(text(response.into_body()).await, "true");
}

#[tokio::test]
async fn over_both_versions_of_http_the_script_and_the_answer_to_head_are_the_same() {
    for is_h2 in [false, true] {
        for (method, path, status, body) in [
            ("GET", "/data?callback=cb", 200, SCRIPT),
            ("HEAD", "/data?callback=cb", 200, ""),
            ("GET", "/data", 200, "{\"a\":1}"),
            ("GET", "/nowhere?callback=cb", 404, ""),
        ] {
            let request = Request::builder().method(method).uri(format!("http://localhost{path}"));
            let request = request.header("host", "localhost").body(Empty::<Bytes>::new()).unwrap();
            // Around the router, so that hyper sees the layer's body.
            let response = over_hyper(is_h2, JsonpLayer::default(), request).await;
            let (head, text) = response.into_parts();
            assert_eq!((head.status.as_u16(), &*text), (status, body), "{method} {path}");
            if path.contains("cb") && status == 200 {
                assert_eq!(head.headers.get("content-length"), None, "{method} h2: {is_h2}");
                assert_eq!(head.headers["content-type"], "text/javascript; charset=utf-8");
            }
        }
        let request = Request::get("http://localhost/data?callback=a()");
        let request = request.header("host", "localhost").body(Empty::<Bytes>::new()).unwrap();
        let response = over_hyper(is_h2, JsonpLayer::default(), request).await;
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["content-length"], response.body().len().to_string());
    }
}

/// One exchange with the router in that layer, over a connection in memory.
async fn over_hyper(
    is_h2: bool,
    layer: JsonpLayer,
    request: Request<Empty<Bytes>>,
) -> Response<String> {
    let (client, server) = tokio::io::duplex(64 * 1024);
    let service = layer.layer(data());
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.oneshot(request.map(Body::new)).await.unwrap()) }
    });
    tokio::spawn(async move {
        let io = TokioIo::new(server);
        let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
            .serve_connection(io, service)
            .await;
    });
    let io = TokioIo::new(client);
    let response = if is_h2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    };
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, String::from_utf8(body.to_vec()).unwrap())
}
