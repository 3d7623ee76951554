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

/// What the servers were sent and what they answered, the last [`KEPT`] requests.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    kept: Arc<Mutex<Kept>>,
    /// One line a request, as it is answered.
    news: broadcast::Sender<String>,
}

impl Default for Log {
    fn default() -> Self {
        Self { kept: Arc::default(), news: broadcast::Sender::new(KEPT) }
    }
}

impl Log {
    /// The records whose targets carry these parameters, oldest first; all where none is given.
    pub(crate) fn select(&self, row: Option<&str>, run: Option<&str>) -> Value {
        let is_meant = |record: &&Record| {
            row.is_none_or(|row| parameter(&record.uri, "row") == Some(row))
                && run.is_none_or(|run| parameter(&record.uri, "run") == Some(run))
        };
        self.lock().records.iter().filter(is_meant).map(Record::to_json).collect()
    }

    /// What becomes of each request from now on, as JSON.
    pub(crate) fn news(&self) -> broadcast::Receiver<String> {
        self.news.subscribe()
    }

    fn begin(&self, record: Record) -> Entry {
        let mut kept = self.lock();
        let number = kept.dropped + kept.records.len();
        kept.records.push_back(record);
        if kept.records.len() > KEPT {
            kept.records.pop_front();
            kept.dropped += 1;
        }
        Entry { log: self.clone(), number }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who records: one of the servers.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    pub(crate) log: Log,
    pub(crate) server: &'static str,
    pub(crate) layered: bool,
    /// Asked for the record alone; the layer asks its own.
    pub(crate) policy: CorsPolicy,
}

/// Outside of the layer: what was sent, what the policy says of it, and what was answered.
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
        answer: None,
    });
    request.extensions_mut().insert(entry.clone());
    let response = next.run(request).await;
    let answer = (response.status(), response.headers().clone());
    entry.change(|record| {
        record.answer = Some(answer);
        // Nobody may be listening.
        let _ = entry.log.news.send(record.to_line().to_string());
    });
    response
}

/// Inside of the layer: that the application was called.
pub(crate) async fn call(request: Request, next: Next) -> Response {
    if let Some(entry) = request.extensions().get::<Entry>() {
        entry.change(|record| record.reached_application = true);
    }
    next.run(request).await
}

/// The place of a record, which travels with its request.
#[derive(Clone, Debug)]
struct Entry {
    log: Log,
    number: usize,
}

impl Entry {
    /// Nothing happens where the record is no longer kept.
    fn change(&self, change: impl FnOnce(&mut Record)) {
        let mut kept = self.log.lock();
        let place = self.number.checked_sub(kept.dropped);
        if let Some(record) = place.and_then(|place| kept.records.get_mut(place)) {
            change(record);
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
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
    /// `None` before the answer, and where the browser went away before it.
    answer: Option<(StatusCode, HeaderMap)>,
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
            "status": self.answer.as_ref().map(|(status, _)| status.as_u16()),
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
                "advice": self.explanation.help().collect::<Value>(),
            },
            "application": self.reached_application,
            "response": self.answer.as_ref().map(|(status, headers)| json!({
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

/// A run of all rows takes about 30.
const KEPT: usize = 1_000;
