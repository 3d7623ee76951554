//! How many requests of which outcome, and at which step the refused ones failed: counted by the
//! `metrics` crate, in the form that Prometheus reads. Refusals also go to the log.
//!
//! `cargo run -p prometheus` prints where it listens and what to try.

use std::{io, net::Ipv4Addr};

use axum::{
    Router,
    response::Response,
    routing::{get, put},
};
use metrics::{counter, describe_counter};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tower::ServiceBuilder;
use tower_cross_origin::cors::{
    CorsConfig, CorsConfigError, CorsLayer, CorsPolicy, Decision, Rule, Step,
};
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use self::support::{Arguments, Defaults, Report};

#[path = "../../support/mod.rs"]
mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    let rule = Rule::for_origins(origins).allow_methods(["PUT"]);
    // Pages of other origins do not even reach the application.
    CorsPolicy::new(CorsConfig::from(rule).enforce(true))
}

fn app(policy: CorsPolicy, metrics: PrometheusHandle) -> Router {
    let counted = ServiceBuilder::new()
        // Outside of CORS, which answers preflights by itself.
        .map_response(count)
        .layer(CorsLayer::new(policy).decision_in_extensions());
    let api = Router::new().route("/items/1", put("saved").get("tea")).layer(counted);
    api.route("/metrics", get(async move || metrics.render()))
}

/// Labels have few values: an outcome and a step do. An origin is whatever anyone sends, and as a label
/// it would fill the memory of whoever stores the numbers.
fn count(response: Response) -> Response {
    if let Some(decision) = response.extensions().get::<Decision>() {
        let outcome = decision.outcome().as_str();
        let step = decision.failed_step().map_or("none", Step::as_str);
        counter!(REQUESTS, "outcome" => outcome, "step" => step).increment(1);
    }
    response
}

const REQUESTS: &str = "cors_requests_total";

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7105).into(),
        origin: "https://app.example.com",
        further: None,
    });
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(Targets::new().with_target("tower_cross_origin", Level::DEBUG))
        .init();
    let policy = policy(&arguments.origins)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    describe_counter!(REQUESTS, "Requests by what became of them under the CORS policy.");
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, metrics)).await?)
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
A page of {origin} writes:
  curl -i {url}/items/1 -X PUT -H 'Origin: {origin}'
A page of another origin does not get as far:
  curl -i {url}/items/1 -X PUT -H 'Origin: https://evil.example'
A preflight for a method that no rule allows:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: DELETE'
What was counted:
  curl {url}/metrics"
    )
}
