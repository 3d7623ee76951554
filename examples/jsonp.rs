//! JSON data on axum that pages of all origins read as JSONP scripts, and one origin with `fetch`.
//!
//! With a cookie, the data contain the name of the user. Pages of other sites cannot read the name by
//! JSONP.
//!
//! `cargo run --example jsonp` prints the address and commands to try.

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
    jsonp::{CallbackPolicy, JsonpConfig, JsonpConfigError, JsonpLayer, JsonpPolicy},
};

use self::support::{Arguments, Defaults, Report};

mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(Rule::for_origins(origins).allow_credentials(true))
}

/// Scripts call only this function of a page, so that caches can store them.
fn jsonp_policy() -> Result<JsonpPolicy, JsonpConfigError> {
    let callbacks = CallbackPolicy::OneOf(vec!["app.show".into()]);
    JsonpPolicy::new(JsonpConfig::new().callbacks(callbacks))
}

fn app(policy: CorsPolicy, jsonp_policy: JsonpPolicy) -> Router {
    let layers = ServiceBuilder::new()
        // For pages that use `fetch`, and read with credentials.
        .layer(CorsLayer::new(policy))
        // The session is looked up outside of JSONP. This is safe, since requests with credentials are not
        // wrapped. With `strip_credentials`, the JSONP layer would have to be outside of the session layer.
        .layer(middleware::from_fn(session))
        .layer(JsonpLayer::new(jsonp_policy));
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
        extra: None,
    });
    let policy = policy(&arguments.origins)?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, jsonp_policy()?)).await?)
}

/// The user of a request, from the cookie `user`.
#[derive(Clone)]
struct User(Option<String>);

/// Adds the user to the request, in place of a session layer.
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

/// Responds with an error. Browsers do not run scripts with an error status, so JSONP changes it to 200.
async fn error() -> impl IntoResponse {
    let problem = json!({ "title": "the sky is unavailable", "status": 404 });
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "application/problem+json")], problem.to_string())
}

/// Responds with an array of five numbers, one every half second.
async fn stream() -> impl IntoResponse {
    let elements = ["[1", ",2", ",3", ",4", ",5]"].map(Ok::<_, Infallible>);
    let slowly = tokio_stream::iter(elements).throttle(Duration::from_millis(500));
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(slowly))
}

/// Responds with text, which JSONP does not wrap.
async fn text() -> &'static str {
    "the sky is blue\n"
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
JSON, and a script that passes it to a function of the page:
  curl -i {url}/data
  curl -i '{url}/data?callback=app.show'
Two rejected callbacks: code, and a function that is not on the list:
  curl -i '{url}/data?callback=alert(1)'
  curl -i '{url}/data?callback=opener.location.reload'
A user's name, hidden from a page of another site, and sent to a page of the same site:
  curl -i '{url}/data?callback=app.show' -H 'Cookie: user=alice' -H 'Sec-Fetch-Site: cross-site'
  curl -i '{url}/data?callback=app.show' -H 'Cookie: user=alice' -H 'Sec-Fetch-Site: same-origin'
The same user's name, read with fetch from {origin}:
  curl -i {url}/data -H 'Cookie: user=alice' -H 'Origin: {origin}'
A request for a service worker, which is rejected:
  curl -i '{url}/data?callback=app.show' -H 'Service-Worker: script'
An error that the page can read, an array that arrives slowly, and text that is not wrapped:
  curl -i '{url}/error?callback=app.show'
  curl -iN '{url}/stream?callback=app.show'
  curl -i '{url}/text?callback=app.show'"
    )
}
