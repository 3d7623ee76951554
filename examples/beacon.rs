//! Pings of pages, taken while nobody waits: by images, and by `navigator.sendBeacon`, with and without a
//! preflight. One task counts them, by the origin that sent them.
//!
//! `cargo run --example beacon` prints where it listens and what to try.

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

/// How many pings may wait to be counted; what comes beyond is dropped, and that is counted.
const WAITING: usize = 1_000;

/// How long a client may take to send what it has to say.
const PATIENCE: Duration = Duration::from_secs(10);

fn policy(origins: OriginSet) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(Rule::for_origins(origins).allow_beacons())
}

fn app(policy: CorsPolicy, origins: OriginSet) -> Router {
    let (sender, pings) = mpsc::channel(WAITING);
    let counts = Counts::default();
    tokio::spawn(count(pings, counts.clone()));
    // The same origins may read the answers, and are counted.
    let beacon =
        Beacon::new(move |ping: Ping<Body>| sender.try_send(ping).into()).allow_origins(origins);
    let shown = beacon.clone();
    let cors = ServiceBuilder::new().layer(CorsLayer::new(policy));
    Router::new()
        .route_service("/ping", cors.clone().service(beacon.clone()))
        .route_service("/pixel.gif", cors.service(beacon.respond_with_image(true)))
        .route("/counts", get(async move || counts.shown(shown.dropped())))
}

/// What each origin said: how often, and how many bytes.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<String, (u64, usize)>>>);

impl Counts {
    fn add(&self, origin: String, bytes: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pings, all) = counts.entry(origin).or_default();
        *pings += 1;
        *all += bytes;
    }

    fn shown(&self, dropped: u64) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(origin, (pings, bytes)): (&String, &(u64, usize))| {
            format!("{origin}: {pings} pings, {bytes} bytes\n")
        };
        counts.iter().map(line).chain([format!("dropped: {dropped}\n")]).collect()
    }
}

async fn count(mut pings: Receiver<Ping<Body>>, counts: Counts) {
    while let Some(ping) = pings.recv().await {
        let origin = ping.origin().map_or("nobody".to_owned(), |origin| origin.to_string());
        // One that is slow holds up the others for so long. A service with more to count reads several
        // at a time.
        if let Ok(Ok(read)) = timeout(PATIENCE, ping.into_request().into_body().collect()).await {
            counts.add(origin, read.to_bytes().len());
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7109).into(),
        origin: "https://app.example.com",
        further: None,
    });
    let origins = OriginSet::parse(&arguments.origins)?;
    let policy = policy(origins.clone())?;
    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    Ok(axum::serve(listener, app(policy, origins)).await?)
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
An image that is never shown:
  curl -i {url}/ping -H 'Referer: {origin}/'
One for pages that wait for it:
  curl -i {url}/pixel.gif -H 'Referer: {origin}/' --output -
What navigator.sendBeacon sends:
  curl -i {url}/ping -H 'Origin: {origin}' -H 'Content-Type: text/plain;charset=UTF-8' -d 'left'
What a browser asks before it sends JSON:
  curl -i {url}/ping -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type'
Of another origin, which the answer does not tell apart:
  curl -i {url}/ping -H 'Origin: https://evil.example' -d 'left'
What was counted:
  curl {url}/counts"
    )
}
