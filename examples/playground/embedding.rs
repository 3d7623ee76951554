use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{Html, IntoResponse},
    routing::{get, post},
};
use tower_cross_origin::embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy};

/// What other pages embed, or may not, and a document that is isolated.
pub(crate) fn embedded() -> Router {
    let layer = |embedding| {
        EmbeddingLayer::new(EmbeddingPolicy::new(embedding).expect("a preset has no fault"))
    };
    Router::new()
        .route("/asset.svg", get(picture).layer(layer(EmbeddingConfig::public_asset())))
        .route("/private.svg", get(picture).layer(layer(EmbeddingConfig::private_api())))
        .route(
            "/isolated",
            get(Html(ISOLATED)).layer(layer(EmbeddingConfig::cross_origin_isolated())),
        )
        .merge(without_headers())
}

/// The same without any header about that.
pub(crate) fn bare_embedded() -> Router {
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

/// A document that has a worker write into memory that both share, and tells its server what came of
/// that. Whoever opened it holds no reference to it, and so cannot be told.
const ISOLATED: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Isolated</title>
<p>This page closes by itself.</p>
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
