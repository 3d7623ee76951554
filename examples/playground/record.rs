use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::Next,
    response::Response,
};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Explanation, ExplanationLine},
};

use crate::application::parameter;

/// The last [`CAPACITY`] requests and responses of all servers.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    stored: Arc<Mutex<Records>>,
    /// Sends one JSON line for each response.
    decisions: broadcast::Sender<String>,
}

impl Default for Log {
    fn default() -> Self {
        Self { stored: Arc::default(), decisions: broadcast::Sender::new(CAPACITY) }
    }
}

impl Log {
    /// Returns the records with these query parameters, oldest first. `None` matches all records.
    pub(crate) fn select(&self, row: Option<&str>, run: Option<&str>) -> Value {
        let is_selected = |record: &&Record| {
            row.is_none_or(|row| parameter(&record.uri, "row") == Some(row))
                && run.is_none_or(|run| parameter(&record.uri, "run") == Some(run))
        };
        self.lock().records.iter().filter(is_selected).map(Record::to_json).collect()
    }

    /// Returns a receiver for future decisions, as JSON lines.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<String> {
        self.decisions.subscribe()
    }

    fn begin(&self, record: Record) -> Entry {
        let mut stored = self.lock();
        let number = stored.dropped + stored.records.len();
        stored.records.push_back(record);
        if stored.records.len() > CAPACITY {
            stored.records.pop_front();
            stored.dropped += 1;
        }
        Entry { log: self.clone(), number }
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of a server that records its requests.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    pub(crate) log: Log,
    pub(crate) server: &'static str,
    pub(crate) layered: bool,
    /// Only explains requests for the record; the layer has its own policy.
    pub(crate) policy: CorsPolicy,
}

/// Records the request, the explanation and the response, outside of the layers.
pub(crate) async fn exchange(
    State(recorder): State<Recorder>,
    mut request: Request,
    next: Next,
) -> Response {
    let head = RequestHead::from(&request);
    let entry = recorder.log.begin(Record {
        server: recorder.server,
        layered: recorder.layered,
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        explanation: recorder.policy.explain(head),
        reached_application: false,
        response: None,
    });
    request.extensions_mut().insert(entry.clone());
    let response = next.run(request).await;
    let head = (response.status(), response.headers().clone());
    entry.change(|record| {
        record.response = Some(head);
        // There may be no receivers.
        let _ = entry.log.decisions.send(record.to_line().to_string());
    });
    response
}

/// Records that the request reached the application, inside the layers.
pub(crate) async fn call(request: Request, next: Next) -> Response {
    if let Some(entry) = request.extensions().get::<Entry>() {
        entry.change(|record| record.reached_application = true);
    }
    next.run(request).await
}

/// The number of a record, which the request carries in its extensions.
#[derive(Clone, Debug)]
struct Entry {
    log: Log,
    number: usize,
}

impl Entry {
    /// Changes the record, unless it was dropped.
    fn change(&self, change: impl FnOnce(&mut Record)) {
        let mut stored = self.log.lock();
        let index = self.number.checked_sub(stored.dropped);
        if let Some(record) = index.and_then(|index| stored.records.get_mut(index)) {
            change(record);
        }
    }
}

#[derive(Debug, Default)]
struct Records {
    records: VecDeque<Record>,
    dropped: usize,
}

#[derive(Debug)]
struct Record {
    server: &'static str,
    layered: bool,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    explanation: Explanation,
    reached_application: bool,
    /// `None` until the response, or if the browser disconnected before it.
    response: Option<(StatusCode, HeaderMap)>,
}

impl Record {
    fn to_line(&self) -> Value {
        json!({
            "server": self.server,
            "layered": self.layered,
            "method": self.method.as_str(),
            "path": self.uri.path(),
            "rejected": self.explanation.failed_step().is_some(),
            "summary": self.explanation.summary(),
            "status": self.response.as_ref().map(|(status, _)| status.as_u16()),
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "server": self.server,
            "layered": self.layered,
            "method": self.method.as_str(),
            "target": self.uri.to_string(),
            "headers": lines(&self.headers),
            "decision": {
                "outcome": format!("{:?}", self.explanation.outcome()),
                "failedStep": self.explanation.failed_step().map(|step| format!("{step:?}")),
                "rule": self.explanation.rule(),
            },
            "explanation": {
                "summary": self.explanation.summary(),
                "steps": self.explanation.steps().iter().map(step).collect::<Value>(),
                "help": self.explanation.help().collect::<Value>(),
            },
            "application": self.reached_application,
            "response": self.response.as_ref().map(|(status, headers)| json!({
                "status": status.as_u16(),
                "reason": status.canonical_reason(),
                "headers": lines(headers),
            })),
        })
    }
}

fn step(step: &ExplanationLine) -> Value {
    json!({ "about": step.about(), "mark": format!("{:?}", step.mark()), "text": step.text() })
}

fn lines(headers: &HeaderMap) -> Value {
    let line = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| json!([name.as_str(), line(value.as_bytes())])).collect()
}

/// The number of recent records. A run of all rows makes far fewer.
const CAPACITY: usize = 1_000;
