//! The layer inside and outside of axum's router, with compression, with a session layer, and with hyper over
//! HTTP/1 and HTTP/2. COMPANIONS section 1, the rows on `HEAD`, `strip_credentials` and compression.

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

fn layer_with(config: JsonpConfig) -> JsonpLayer {
    JsonpLayer::new(JsonpPolicy::new(config).unwrap())
}

fn data_router() -> Router {
    Router::new().route("/data", get(async || Json(json!({ "a": 1 }))))
}

const SCRIPT: &str = "/**/ typeof cb === 'function' && cb({\"a\":1});";

async fn body_text(body: Body) -> String {
    String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

// A router removes the body of a response to `HEAD`, so an outer layer receives an empty body.
#[tokio::test]
async fn response_to_head_has_script_headers_in_axum() {
    let inside = data_router().layer(JsonpLayer::default());
    let outside = Router::new().fallback_service(JsonpLayer::default().layer(data_router()));
    let nested = Router::new().nest("/api", inside.clone());
    for (app, path) in [(inside, "/data"), (outside, "/data"), (nested, "/api/data")] {
        for method in ["HEAD", "GET"] {
            let request = Request::builder().method(method).uri(format!("{path}?callback=cb"));
            let request = request.body(Body::empty()).unwrap();
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers()["content-type"], "text/javascript; charset=utf-8");
            assert!(!response.headers().contains_key("content-length"), "{method} {path}");
            let expected = if method == "HEAD" { "" } else { SCRIPT };
            assert_eq!(body_text(response.into_body()).await, expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn outer_compression_compresses_the_script() {
    // Decompresses the response like a browser.
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

// The layer cannot wrap compressed JSON, so it removes `Accept-Encoding`.
#[tokio::test]
async fn inner_compression_does_not_compress_wrapped_json() {
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

// The service may compress although `Accept-Encoding` is missing.
#[tokio::test]
async fn compressed_json_is_not_wrapped() {
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

/// Inserts the user of the cookie into the request extensions.
async fn session(mut request: AxumRequest, next: Next) -> AxumResponse {
    let cookie = request.headers().get("cookie").and_then(|cookie| cookie.to_str().ok());
    let user = cookie.and_then(|cookie| cookie.strip_prefix("user=")).unwrap_or("anonymous");
    let user = User(user.to_owned());
    request.extensions_mut().insert(user);
    next.run(request).await
}

async fn whoami(Extension(User(name)): Extension<User>) -> impl IntoResponse {
    Json(name)
}

// J8: inside of the session layer, the JSONP layer is too late to strip credentials.
#[tokio::test]
async fn credentials_are_only_stripped_outside_of_the_session() {
    let whoami = || Router::new().route("/me", get(whoami));
    let strip_layer = || layer_with(JsonpConfig::new().strip_credentials(true));
    let outside = whoami().layer(middleware::from_fn(session)).layer(strip_layer());
    let inside = whoami().layer(strip_layer()).layer(middleware::from_fn(session));
    let default = || layer_with(JsonpConfig::new());
    let default_inside = whoami().layer(default()).layer(middleware::from_fn(session));
    for (app, site, expected) in [
        (&outside, "cross-site", "/**/ typeof cb === 'function' && cb(\"anonymous\");"),
        (&outside, "same-origin", "/**/ typeof cb === 'function' && cb(\"alice\");"),
        // The response leaks data of the user. The JSONP layer must be outside of the session layer.
        (&inside, "cross-site", "/**/ typeof cb === 'function' && cb(\"alice\");"),
        // Without stripping, the order is not important, because the response is not wrapped.
        (&default_inside, "cross-site", "\"alice\""),
        (&default_inside, "same-origin", "/**/ typeof cb === 'function' && cb(\"alice\");"),
    ] {
        let request = Request::get("/me?callback=cb").header("cookie", "user=alice");
        let request = request.header("sec-fetch-site", site).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(body_text(response.into_body()).await, expected, "{site}");
    }
}

// Each route opts in, and the layer does not change other routes.
#[tokio::test]
async fn only_routes_with_the_layer_are_wrapped() {
    let app = data_router().layer(JsonpLayer::default()).merge(Router::new().route(
        "/private",
        get(async |callback: Option<Extension<Callback>>| Json(callback.is_none())),
    ));
    let request = Request::get("/private?callback=cb").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(body_text(response.into_body()).await, "true");
}

#[tokio::test]
async fn script_is_the_same_over_http_1_and_http_2() {
    for is_h2 in [false, true] {
        for (method, path, status, body) in [
            ("GET", "/data?callback=cb", 200, SCRIPT),
            ("HEAD", "/data?callback=cb", 200, ""),
            ("GET", "/data", 200, "{\"a\":1}"),
            ("GET", "/nowhere?callback=cb", 404, ""),
        ] {
            let request = Request::builder().method(method).uri(format!("http://localhost{path}"));
            let request = request.header("host", "localhost").body(Empty::<Bytes>::new()).unwrap();
            // The layer is outside of the router, so that hyper reads the layer's body.
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

/// Sends a request to the router inside the layer, over a connection in memory.
async fn over_hyper(
    is_h2: bool,
    layer: JsonpLayer,
    request: Request<Empty<Bytes>>,
) -> Response<String> {
    let (client, server) = tokio::io::duplex(64 * 1024);
    let service = layer.layer(data_router());
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
