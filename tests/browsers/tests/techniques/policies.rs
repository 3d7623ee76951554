//! The layers of the crate below each path.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use axum::{Router, body::Body, middleware, routing::get};
use tower_cross_origin::{
    beacon::{Beacon, Delivery, Ping},
    cors::{CorsLayer, CorsPolicy, Rule},
    cross_origin::{
        CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, CsrfConfig, GuardConfig,
        LongPollConfig, SseConfig, WebSocketConfig,
    },
    embedding::{CrossOriginResourcePolicy, EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy},
    guard::{FetchMetadata, GuardLayer},
    jsonp::{JsonpConfig, JsonpLayer},
};

use super::{
    application::{REQUEST_HEADERS, application, control, handwritten_jsonp},
    places::{Place, Ports},
    recorder::{Explain, Recorder, record},
    row::Protocol,
    state::Rows,
};

/// Returns the service of all hosts: the application behind each policy, and the pages.
pub fn service(ports: &Ports, recorder: &Recorder) -> Result<Router> {
    let rows = Rows::default();
    let app = || application(rows.clone());
    let mut router = control(rows.clone());
    let mut add = |path: &str, layered: Router, explain: Explain| {
        let state = (recorder.clone(), explain);
        let recorded = layered.layer(middleware::from_fn_with_state(state, record));
        router = std::mem::take(&mut router).nest(path, recorded);
    };
    for (path, rule) in rules(ports) {
        let policy = CorsPolicy::new(rule)?;
        let layered = app().layer(CorsLayer::new(policy.clone()));
        add(path, layered, Arc::new(move |head| policy.explain(head).to_string()));
    }
    for (path, layered) in other_layers(app)? {
        add(path, layered, Arc::new(|_| "no CORS policy".to_owned()));
    }
    let policy = CrossOriginPolicy::new(whole(ports))?;
    let layered = app().layer(CrossOriginLayer::new(policy.clone()));
    add("/whole", layered, Arc::new(move |head| policy.explain(head).to_string()));
    let isolated = EmbeddingPolicy::new(EmbeddingConfig::cross_origin_isolated())?;
    Ok(router.nest("/isolated", control(rows).layer(EmbeddingLayer::new(isolated))))
}

/// Returns a rule for each path.
fn rules(ports: &Ports) -> Vec<(&'static str, Rule)> {
    let origins = |places: &[Place]| -> Vec<String> {
        let of = |place: &Place| Protocol::ALL.map(|protocol| place.origin(ports, protocol));
        places.iter().flat_map(of).collect()
    };
    let complete = |rule: Rule| {
        let rule = rule.allow_methods(["PUT", "PATCH", "DELETE", "QUERY"]);
        let rule = rule.allow_headers(REQUEST_HEADERS).expose_headers(["demo-exposed"]);
        // Each row sends its own preflight.
        rule.max_age(Duration::ZERO)
    };
    let app = || complete(Rule::for_origins(origins(&[Place::App])));
    let mut names = origins(&[Place::Ipv6, Place::Punycode, Place::TrailingDot]);
    let [plain, tls] = [ports.plain[0], ports.tls[0]];
    names.extend([
        format!("http://*.tenants.site.localhost:{plain}"),
        format!("https://*.tenants.site.localhost:{tls}"),
        "http://app.site.localhost:*".to_owned(),
        "https://app.site.localhost:*".to_owned(),
    ]);
    vec![
        ("/cors", app().allow_credentials(true)),
        ("/cached", app().allow_credentials(true).max_age(Duration::from_secs(600))),
        ("/anonymous", app()),
        ("/any", complete(Rule::for_any_origin())),
        ("/null", app().dangerously_allow_null_origin(true)),
        ("/names", complete(Rule::for_origins(names))),
    ]
}

/// Returns all sections in one policy.
fn whole(ports: &Ports) -> CrossOriginConfig {
    let (_, rule) = rules(ports).swap_remove(0);
    let guard = GuardConfig::new().web_socket(WebSocketConfig::new()).csrf(CsrfConfig::new());
    CrossOriginConfig::new()
        .cors(rule)
        .guard(guard)
        .jsonp(JsonpConfig::new().paths(["/data.json"]).strip_credentials(true))
        .sse(SseConfig::new())
        .long_poll(LongPollConfig::new().paths(["/long-poll"]).window(Duration::from_secs(30)))
}

/// Returns the layers without a CORS policy, and the application without a layer.
fn other_layers(app: impl Fn() -> Router) -> Result<Vec<(&'static str, Router)>> {
    let embedding = |config| anyhow::Ok(EmbeddingLayer::new(EmbeddingPolicy::new(config)?));
    let same_site =
        EmbeddingConfig::new().resource_policy(CrossOriginResourcePolicy::SameSite).nosniff(true);
    let timed = EmbeddingConfig::public_asset();
    let isolated = EmbeddingConfig::cross_origin_isolated();
    // The pages have the same site, but different origins.
    let fetch_metadata = FetchMetadata::new().deny_same_site(true);
    let ping = Beacon::new(|_: Ping<Body>| Delivery::Accepted).respond_with_image(true);
    Ok(vec![
        ("/open", app()),
        ("/private", app().layer(embedding(EmbeddingConfig::private_api())?)),
        ("/same-site", app().layer(embedding(same_site)?)),
        ("/public", app().layer(embedding(timed)?)),
        ("/isolating", app().layer(embedding(isolated)?)),
        ("/guarded", app().layer(GuardLayer::new(fetch_metadata)?)),
        ("/jsonp", app().layer(JsonpLayer::default())),
        ("/handwritten", Router::new().route("/data.json", get(handwritten_jsonp))),
        ("/beacon", Router::new().route_service("/ping", ping)),
    ])
}
