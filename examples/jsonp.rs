//! Data on axum that pages of every origin read by a script, and pages of one origin by `fetch` too.
//! Who is known by a cookie is told so, where no other site can hear it.
//!
//! `cargo run --example jsonp` prints where it listens and what to try.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::Request,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, COOKIE},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio_stream::StreamExt;
use tower::ServiceBuilder;
use tower_cross_origin::{
    cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule},
    jsonp::JsonpLayer,
};

use self::support::{Arguments, Defaults, Report};

mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(Rule::for_origins(origins).allow_credentials(true))
}

fn app(policy: CorsPolicy) -> Router {
    let layers = ServiceBuilder::new()
        // For pages that can use `fetch`, and read as their user.
        .layer(CorsLayer::new(policy))
        // The session is looked up before JSONP is decided on. That is no harm, since what was asked for
        // with credentials is not wrapped; `strip_credentials` would have to stand outside of it.
        .layer(middleware::from_fn(session))
        .layer(JsonpLayer::default());
    Router::new()
        .route("/data", get(data))
        .route("/error", get(error))
        .route("/stream", get(stream))
        .route("/text", get(text))
        .layer(layers)
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7108).into(),
        origin: "https://app.example.com",
        further: None,
    });
    let policy = policy(&arguments.origins)?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy)).await?)
}

/// Who asks, by the cookie `user`.
#[derive(Clone)]
struct User(Option<String>);

/// Stands for a layer that looks a session up.
async fn session(mut request: Request, next: Next) -> Response {
    let user = User(cookie(request.headers(), "user"));
    request.extensions_mut().insert(user);
    next.run(request).await
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.find(|(one, _)| *one == name).map(|(_, value)| value.to_owned())
}

async fn data(Extension(User(user)): Extension<User>) -> impl IntoResponse {
    Json(json!({ "sky": "blue", "user": user }))
}

/// A script that comes with an error is not run, so that JSONP makes a 200 of it.
async fn error() -> impl IntoResponse {
    let problem = json!({ "title": "the sky is not here", "status": 404 });
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/problem+json")], problem.to_string())
}

/// Five numbers, each half a second after the one before.
async fn stream() -> impl IntoResponse {
    let elements = ["[1", ",2", ",3", ",4", ",5]"].map(Ok::<_, Infallible>);
    let slowly = tokio_stream::iter(elements).throttle(Duration::from_millis(500));
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(slowly))
}

/// No JSON, and so for no callback.
async fn text() -> &'static str {
    "the sky is blue\n"
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
JSON, and a script that calls a function of the page's with it:
  curl -i {url}/data
  curl -i '{url}/data?callback=app.show'
What is no callback, and what has power over a page:
  curl -i '{url}/data?callback=alert(1)'
  curl -i '{url}/data?callback=opener.location.reload'
A user, whom a page of another site does not get to know, and one of this site does:
  curl -i '{url}/data?callback=app.show' -H 'Cookie: user=alice' -H 'Sec-Fetch-Site: cross-site'
  curl -i '{url}/data?callback=app.show' -H 'Cookie: user=alice' -H 'Sec-Fetch-Site: same-origin'
The same user, read by fetch from {origin}:
  curl -i {url}/data -H 'Cookie: user=alice' -H 'Origin: {origin}'
What would become a service worker:
  curl -i '{url}/data?callback=app.show' -H 'Service-Worker: script'
An error that a page can see, an array as it comes, and text that stays text:
  curl -i '{url}/error?callback=app.show'
  curl -iN '{url}/stream?callback=app.show'
  curl -i '{url}/text?callback=app.show'"
    )
}
