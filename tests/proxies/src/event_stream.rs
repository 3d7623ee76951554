use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty, combinators::BoxBody};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// A connection that reads events, as an `EventSource` does.
///
/// Dropping the stream closes the connection and discards unread data.
/// <https://html.spec.whatwg.org/#event-stream-interpretation>
#[derive(Debug)]
pub struct EventStream {
    body: BoxBody<Bytes, anyhow::Error>,
    rest: String,
    event: Event,
    read: VecDeque<Event>,
    /// The id of the last dispatched event.
    last_event_id: String,
}

/// A dispatched event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub data: String,
}

impl EventStream {
    /// Opens a connection, and waits for the first bytes of the response body.
    ///
    /// # Errors
    ///
    /// Returns an error if the request fails or the status is not 200.
    pub async fn open(url: &str, last_event_id: &str) -> Result<Self> {
        // A separate client without a pool, so that dropping the stream closes the connection.
        let client: Client<HttpConnector, Empty<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let mut request = Request::get(url);
        if !last_event_id.is_empty() {
            request = request.header("last-event-id", last_event_id);
        }
        let response = client.request(request.body(Empty::new())?).await?;
        ensure!(response.status() == 200, "{response:?}");
        let body = response.into_body().map_err(anyhow::Error::from).boxed();
        let mut stream = Self {
            body,
            rest: String::new(),
            event: Event::default(),
            read: VecDeque::new(),
            last_event_id: last_event_id.to_owned(),
        };
        stream.read_frame().await?;
        Ok(stream)
    }

    /// Returns the next event.
    ///
    /// # Errors
    ///
    /// Returns an error if the stream ends or is not UTF-8.
    pub async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.last_event_id.clone_from(&event.id);
                return Ok(event);
            }
            self.read_frame().await?;
        }
    }

    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    async fn read_frame(&mut self) -> Result<()> {
        let frame = self.body.frame().await.context("the stream ended")??;
        if let Ok(bytes) = frame.into_data() {
            self.rest.push_str(std::str::from_utf8(&bytes)?);
        }
        while let Some((line, rest)) = self.rest.split_once('\n') {
            let (line, rest) = (line.trim_end_matches('\r').to_owned(), rest.to_owned());
            self.rest = rest;
            self.parse_line(&line);
        }
        Ok(())
    }

    fn parse_line(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                if !self.event.data.is_empty() {
                    self.read.push_back(self.event.clone());
                }
                self.event.data.clear();
            }
            "id" => value.clone_into(&mut self.event.id),
            "data" => self.event.data.push_str(value),
            _ => {}
        }
    }
}
