//! Receives pings of pages: image pings, and `navigator.sendBeacon` with and without a preflight.
//!
//! A task counts the pings for each origin.
//!
//! `cargo run --example beacon` prints the address and commands to try.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use http_body_util::BodyExt;
use tokio::{
    sync::mpsc::{self, Receiver},
    time::timeout,
};
use tower::ServiceBuilder;
use tower_cross_origin::{
    beacon::{Beacon, Ping},
    cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule},
    origin::OriginSet,
};

use self::support::{Arguments, Defaults, Report};

mod support;

/// The number of pings that can wait for the counting task. Further pings are dropped and counted.
const MAX_WAITING: usize = 1_000;

/// The time that a client may take to send the body of a ping.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

fn policy(origins: OriginSet) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(Rule::for_origins(origins).allow_beacons())
}

fn app(policy: CorsPolicy, origins: OriginSet) -> Router {
    let (sender, pings) = mpsc::channel(MAX_WAITING);
    let counts = Counts::default();
    tokio::spawn(count(pings, counts.clone()));
    // The same origins may read the responses, and their pings are counted.
    let beacon =
        Beacon::new(move |ping: Ping<Body>| sender.try_send(ping).into()).allow_origins(origins);
    let counted_beacon = beacon.clone();
    let cors = ServiceBuilder::new().layer(CorsLayer::new(policy));
    Router::new()
        .route_service("/ping", cors.clone().service(beacon.clone()))
        .route_service("/pixel.gif", cors.service(beacon.respond_with_image(true)))
        .route("/counts", get(async move || counts.to_text(counted_beacon.dropped())))
}

/// The number of pings and of bytes for each origin.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, (u64, usize)>>>);

impl Counts {
    fn add(&self, origin: String, bytes: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pings, all) = counts.entry(origin).or_default();
        *pings += 1;
        *all += bytes;
    }

    fn to_text(&self, dropped: u64) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(origin, (pings, bytes)): (&String, &(u64, usize))| {
            format!("{origin}: {pings} pings, {bytes} bytes\n")
        };
        counts.iter().map(line).chain([format!("dropped: {dropped}\n")]).collect()
    }
}

async fn count(mut pings: Receiver<Ping<Body>>, counts: Counts) {
    while let Some(ping) = pings.recv().await {
        let origin = ping.origin().map_or("no origin".to_owned(), |origin| origin.to_string());
        // A slow body delays all following pings. A service with more pings reads several at a time.
        if let Ok(Ok(read)) = timeout(BODY_TIMEOUT, ping.into_request().into_body().collect()).await
        {
            counts.add(origin, read.to_bytes().len());
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7109).into(),
        origin: "https://app.example.com",
        extra: None,
    });
    let origins = OriginSet::parse(&arguments.origins)?;
    let policy = policy(origins.clone())?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, origins)).await?)
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
A ping by an image that the page does not show:
  curl -i {url}/ping -H 'Referer: {origin}/'
A ping by an image that the page waits for:
  curl -i {url}/pixel.gif -H 'Referer: {origin}/' --output -
A ping by navigator.sendBeacon:
  curl -i {url}/ping -H 'Origin: {origin}' -H 'Content-Type: text/plain;charset=UTF-8' -d 'left'
The preflight before a ping with JSON:
  curl -i {url}/ping -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
A ping of another origin, which gets the same response:
  curl -i {url}/ping -H 'Origin: https://evil.example' -d 'left'
The counted pings:
  curl {url}/counts"
    )
}
