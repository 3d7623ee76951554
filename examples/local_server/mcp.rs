//! The part of the Model Context Protocol that clients of tools need.
//! <https://modelcontextprotocol.io/specification/2025-06-18/basic/transports>

use std::convert::Infallible;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::ACCEPT},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::{
    Stream, StreamExt,
    wrappers::{BroadcastStream, ReceiverStream},
};

use crate::{
    notes::{self, Notes},
    sessions::Sessions,
};

pub(crate) const SESSION_ID: &str = "mcp-session-id";

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/mcp", post(receive).get(subscribe).delete(end))
        .with_state(Server::default())
}

#[derive(Clone, Default)]
struct Server {
    notes: Notes,
    sessions: Sessions,
}

/// A JSON-RPC message: a call, or a notification without an `id`.
#[derive(Deserialize)]
struct Message {
    id: Option<Value>,
    method: String,
    #[serde(default)]
    params: Value,
}

/// The result of a call, or the code and message of an error.
type Outcome = Result<Value, (i32, &'static str)>;

/// Receives a message of a client by `POST`.
async fn receive(
    State(server): State<Server>,
    headers: HeaderMap,
    Json(message): Json<Message>,
) -> Result<Response, StatusCode> {
    if message.method == "initialize" {
        let session = [(SESSION_ID, server.sessions.begin()?)];
        return Ok((session, Json(answer(message.id.as_ref(), Ok(server_info())))).into_response());
    }
    server.sessions.subscribe(&headers)?;
    if message.id.is_none() {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let takes_long = message.params["name"] == "search";
    let (sender, mut messages) = mpsc::channel(1);
    tokio::spawn(server.run(message, sender));
    if takes_long && accepts_events(&headers) {
        return Ok(events(ReceiverStream::new(messages)).into_response());
    }
    let mut last = Value::Null;
    while let Some(message) = messages.recv().await {
        last = message;
    }
    Ok(Json(last).into_response())
}

/// Streams the notifications of the server for `GET`.
async fn subscribe(
    State(server): State<Server>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    Ok(events(BroadcastStream::new(server.sessions.subscribe(&headers)?).filter_map(Result::ok)))
}

/// Ends a session for `DELETE`.
async fn end(State(server): State<Server>, headers: HeaderMap) -> Result<StatusCode, StatusCode> {
    server.sessions.end(&headers)?;
    Ok(StatusCode::NO_CONTENT)
}

impl Server {
    /// Runs a call. Sends progress notifications if requested, and then the response.
    ///
    /// The client may have closed the connection.
    async fn run(self, Message { id, method, params }: Message, client: mpsc::Sender<Value>) {
        let outcome = match &*method {
            "ping" => Ok(json!({})),
            "tools/list" => Ok(tools()),
            "tools/call" => self.call(&params, &client).await,
            _ => Err((-32601, "method not found")),
        };
        let _ = client.send(answer(id.as_ref(), outcome)).await;
    }

    async fn call(&self, params: &Value, client: &mpsc::Sender<Value>) -> Outcome {
        let text = params["arguments"]["text"].as_str();
        let lines = match (params["name"].as_str(), text) {
            (Some("notes"), _) => self.notes.all(),
            (Some("add_note"), Some(text)) => {
                self.notes.add(text);
                let params = json!({ "level": "info", "data": "a note was added" });
                self.sessions.broadcast(&notification("notifications/message", &params));
                vec!["added".to_owned()]
            }
            (Some("search"), Some(text)) => {
                self.search(text, &params["_meta"]["progressToken"], client).await
            }
            _ => return Err((-32602, "unknown tool or invalid arguments")),
        };
        Ok(json!({ "content": [{ "type": "text", "text": lines.join("\n") }] }))
    }

    async fn search(&self, text: &str, token: &Value, client: &mpsc::Sender<Value>) -> Vec<String> {
        let mut found = Vec::new();
        let notes = self.notes.all();
        let total = notes.len();
        for (note, progress) in notes.into_iter().zip(1..) {
            // The client has closed the connection.
            if client.is_closed() {
                break;
            }
            if notes::contains(&note, text).await {
                found.push(note);
            }
            if !token.is_null() {
                let params =
                    json!({ "progressToken": token, "progress": progress, "total": total });
                let _ = client.send(notification("notifications/progress", &params)).await;
            }
        }
        found
    }
}

fn server_info() -> Value {
    json!({
        "protocolVersion": "2025-06-18",
        "capabilities": { "logging": {}, "tools": {} },
        "serverInfo": { "name": "notes", "version": "1" },
    })
}

fn tools() -> Value {
    let none = json!({ "type": "object" });
    let text = json!({
        "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"],
    });
    json!({ "tools": [
        { "name": "notes", "description": "Returns the user's notes", "inputSchema": none },
        { "name": "add_note", "description": "Adds a note", "inputSchema": text },
        {
            "name": "search",
            "description": "Returns the notes that contain the text; takes a while",
            "inputSchema": text,
        },
    ] })
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.any(|line| line.contains("text/event-stream"))
}

fn events(
    messages: impl Stream<Item = Value> + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(messages.map(|message| Ok(Event::default().data(message.to_string()))))
}

fn answer(id: Option<&Value>, outcome: Outcome) -> Value {
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, message)) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
        }
    }
}

fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}
