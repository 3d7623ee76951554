//! Records the requests that the servers receive for each row.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, Version, header::COOKIE},
    middleware::Next,
    response::Response,
};
use tower_cross_origin::RequestHead;

use super::state::parameter;

/// Returns the explanation of a request by a layer.
pub type Explain = Arc<dyn Fn(RequestHead<'_>) -> String + Send + Sync>;

/// The received requests of each row number, in order.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<BTreeMap<usize, Vec<Arrived>>>>);

/// A received request with the status of its response.
#[derive(Clone, Debug)]
pub struct Arrived {
    version: Version,
    method: Method,
    path: String,
    origin: Option<String>,
    has_cookie: bool,
    is_web_socket: bool,
    status: Option<StatusCode>,
    pub explanation: String,
}

impl Recorder {
    /// Returns the requests of a row.
    pub fn of(&self, row: usize) -> Vec<Arrived> {
        self.lock().get(&row).cloned().unwrap_or_default()
    }

    /// Returns whether the row has this number of responses.
    pub fn has_responses(&self, row: usize, count: usize) -> bool {
        let all = self.lock();
        let arrived = all.get(&row).into_iter().flatten();
        arrived.filter(|arrived| arrived.status.is_some()).count() >= count
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Vec<Arrived>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrived {
    /// Returns the request in the notation of `Outcome`, with its HTTP version.
    pub fn to_line(&self, page: &str) -> String {
        let origin = match self.origin.as_deref() {
            Some("null") => Some("null"),
            Some(origin) if origin == page => Some("origin"),
            other => other,
        };
        let cookie = self.has_cookie.then_some("cookie");
        let headers = origin.into_iter().chain(cookie).collect::<Vec<_>>().join(", ");
        let path = &self.path;
        let status = self.status.map_or(0, |status| status.as_u16());
        if self.is_web_socket {
            // An extended CONNECT has the status 200 instead of 101.
            let status = if status == 200 { 101 } else { status };
            return format!("WebSocket {path} [{headers}] {status}");
        }
        format!("{:?} {} {path} [{headers}] {status}", self.version, self.method)
    }
}

/// Records a request and its response, outside of the layers that explain it.
pub async fn record(
    State((recorder, explain)): State<(Recorder, Explain)>,
    request: Request,
    next: Next,
) -> Response {
    let row = parameter(request.uri(), "row").and_then(|row| row.parse().ok());
    let Some(row) = row else {
        return next.run(request).await;
    };
    let headers = request.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_upgrade = header("upgrade").is_some_and(|upgrade| upgrade.contains("websocket"));
    let arrived = Arrived {
        version: request.version(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        origin: header("origin").map(str::to_owned),
        has_cookie: headers.contains_key(COOKIE),
        is_web_socket: is_upgrade || request.method() == Method::CONNECT,
        status: None,
        explanation: explain(RequestHead::from(&request)),
    };
    let index = {
        let mut all = recorder.lock();
        let of_row = all.entry(row).or_default();
        of_row.push(arrived);
        of_row.len() - 1
    };
    let response = next.run(request).await;
    if let Some(arrived) = recorder.lock().get_mut(&row).and_then(|of_row| of_row.get_mut(index)) {
        arrived.status = Some(response.status());
    }
    response
}
