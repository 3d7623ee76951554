//! Records the requests that the application receives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header::HOST},
    middleware::Next,
    response::Response,
};

/// The received requests of each scenario number, in order.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<BTreeMap<usize, Vec<Arrived>>>>);

/// The compared names and values of a received request.
pub type Arrived = BTreeMap<&'static str, String>;

impl Recorder {
    pub fn take(&self) -> BTreeMap<usize, Vec<Arrived>> {
        std::mem::take(&mut *self.0.lock().expect("recording does not panic"))
    }
}

pub async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    if let Some((number, arrived)) = arrived(&request) {
        let mut all = recorder.0.lock().expect("recording does not panic");
        all.entry(number).or_default().push(arrived);
    }
    next.run(request).await
}

fn arrived(request: &Request) -> Option<(usize, Arrived)> {
    let path = request.uri().path();
    let number = path.split('/').nth(3)?.parse().ok()?;
    let mut arrived = Arrived::from([
        ("method", request.method().to_string()),
        ("path", path.to_owned()),
        ("host", text(request.headers(), HOST.as_str()).unwrap_or_default()),
    ]);
    for name in COMPARED {
        if let Some(value) = text(request.headers(), name) {
            arrived.insert(name, value);
        }
    }
    Some((number, arrived))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    (!lines.is_empty()).then(|| String::from_utf8_lossy(&lines.join(&b", "[..])).into_owned())
}

/// The compared request headers: all headers that the model supports.
const COMPARED: [&str; 17] = [
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "content-language",
    "content-length",
    "content-type",
    "cookie",
    "accept",
    "origin",
    "range",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "x-one",
    "x-two",
];

pub fn is_preflight(one: &Arrived) -> bool {
    one.contains_key("access-control-request-method")
}
