//! Counts CORS requests by outcome and failed step with the `metrics` crate, for Prometheus.
//!
//! Rejected requests are also logged.
//!
//! `cargo run -p prometheus` prints the address and commands to try.

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
    // With enforcement, requests of other origins do not reach the application.
    CorsPolicy::new(CorsConfig::from(rule).enforce(true))
}

fn app(policy: CorsPolicy, metrics: PrometheusHandle) -> Router {
    let layers = ServiceBuilder::new()
        // Outside of the CORS layer, so that preflights are counted, too.
        .map_response(count)
        .layer(CorsLayer::new(policy).decision_in_extensions());
    let api = Router::new().route("/items/1", put("saved").get("tea")).layer(layers);
    api.route("/metrics", get(async move || metrics.render()))
}

/// Counts a response by outcome and failed step.
///
/// Both labels have few values. Do not use the origin as a label: clients can send any value, and each new
/// value needs memory in the metrics store.
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
        extra: None,
    });
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(Targets::new().with_target("tower_cross_origin", Level::DEBUG))
        .init();
    let policy = policy(&arguments.origins)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    describe_counter!(REQUESTS, "Requests by outcome and failed step of the CORS policy.");
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, metrics)).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
A page of {origin} writes:
  curl -i {url}/items/1 -X PUT -H 'Origin: {origin}'
The request of another origin does not reach the application:
  curl -i {url}/items/1 -X PUT -H 'Origin: https://evil.example'
A preflight for a method that no rule allows:
  curl -i {url}/items/1 -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: DELETE'
The counters:
  curl {url}/metrics"
    )
}
