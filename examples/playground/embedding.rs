use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use tower_cross_origin::embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy};

/// Returns resources with different embedding headers, and an isolated document.
pub(crate) fn embedding() -> Router {
    let layer =
        |config| EmbeddingLayer::new(EmbeddingPolicy::new(config).expect("presets are valid"));
    Router::new()
        .route("/asset.svg", get(picture).layer(layer(EmbeddingConfig::public_asset())))
        .route("/private.svg", get(picture).layer(layer(EmbeddingConfig::private_api())))
        .route(
            "/isolated",
            get(Html(ISOLATED)).layer(layer(EmbeddingConfig::cross_origin_isolated())),
        )
        .merge(without_headers())
}

/// Returns the same resources without these headers.
pub(crate) fn bare_embedding() -> Router {
    Router::new()
        .route("/asset.svg", get(picture))
        .route("/private.svg", get(picture))
        .route("/isolated", get(Html(ISOLATED)))
        .merge(without_headers())
}

fn without_headers() -> Router {
    Router::new()
        .route("/picture.svg", get(picture))
        .route("/isolated/result", post(StatusCode::NO_CONTENT))
}

async fn picture() -> impl IntoResponse {
    ([(CONTENT_TYPE, "image/svg+xml")], PICTURE)
}

const PICTURE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>"#;

/// A document that shares memory with a worker, and sends the result to its server.
///
/// The page that opened the document has no reference to it, so it cannot receive the result.
const ISOLATED: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Isolated</title>
<p>This page closes automatically.</p>
<script type="module">
  async function sharedWithWorker() {
    if (!crossOriginIsolated) {
      return "not isolated";
    }
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const code = "onmessage = ({ data }) => { Atomics.store(data, 0, 42); postMessage(null); };";
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const written = new Promise((resolve) => worker.addEventListener("message", resolve));
    worker.postMessage(cell);
    await written;
    return `isolated, and a worker wrote ${Atomics.load(cell, 0)}`;
  }
  const headers = { "x-result": await sharedWithWorker() };
  await fetch(`/isolated/result${location.search}`, { method: "POST", headers });
  close();
</script>
</html>
"#;
