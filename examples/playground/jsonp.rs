use axum::{
    Json, Router,
    body::Body,
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tower_cross_origin::jsonp::{JsonpConfig, JsonpLayer, JsonpPolicy};

use crate::application::{parameter, visit};

/// Returns data that pages read with JSONP.
pub(crate) fn jsonp() -> Router {
    let for_anyone = JsonpPolicy::new(JsonpConfig::new().strip_credentials(true));
    let for_anyone = for_anyone.expect("the configuration is valid");
    let for_anyone = JsonpLayer::new(for_anyone);
    Router::new()
        .route("/sky", get(sky).layer(for_anyone.clone()))
        .route("/no-sky", get(no_sky).layer(for_anyone))
        .route("/my-sky", get(my_sky).layer(JsonpLayer::default()))
}

/// Returns the same data with typical handwritten JSONP, which calls any function for any request.
pub(crate) fn bare_jsonp() -> Router {
    Router::new()
        .route("/sky", get(async |uri: Uri| script(&uri, StatusCode::OK, &sky().await.0)))
        .route(
            "/my-sky",
            get(async |uri: Uri, headers: HeaderMap| {
                script(&uri, StatusCode::OK, &my_sky(headers).await.0)
            }),
        )
        .route(
            "/no-sky",
            get(async |uri: Uri| {
                script(&uri, StatusCode::NOT_FOUND, &json!({ "title": "no sky" }))
            }),
        )
}

async fn sky() -> Json<Value> {
    Json(json!({ "sky": "blue" }))
}

/// Returns data that only same-site pages of the user may read.
async fn my_sky(headers: HeaderMap) -> Json<Value> {
    Json(json!({ "sky": "blue", "visit": visit(&headers) }))
}

async fn no_sky() -> impl IntoResponse {
    let problem = json!({ "title": "no sky" }).to_string();
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/problem+json")], problem)
}

fn script(uri: &Uri, status: StatusCode, data: &Value) -> Response {
    let callback = parameter(uri, "callback").unwrap_or("callback");
    let script = format!("{}({data})", callback.replace("%3D", "=").replace("%3B", ";"));
    (status, [(CONTENT_TYPE, "text/javascript")], Body::from(script)).into_response()
}
