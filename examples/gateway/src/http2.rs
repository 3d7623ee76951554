//! HTTP/2 connections to the upstream, as few as the current requests need.
//!
//! hyper-util's pooled client writes the connection's address into `:authority`. This client writes the
//! host name of the client's request.

use std::{error::Error, sync::Arc, time::Duration};

use http::{Request, Response, Uri};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::{
    client::legacy::connect::HttpConnector,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::sync::Mutex;
use tower::ServiceExt;
use tracing::warn;

use crate::body::{RequestBody, ResponseBody};

#[derive(Debug)]
pub(crate) struct Http2 {
    connector: HttpConnector,
    upstream: Uri,
    open: Mutex<Vec<Connection>>,
}

#[derive(Clone, Debug)]
struct Connection {
    sender: SendRequest<RequestBody>,
    /// Has one additional reference for each stream.
    streams: Arc<()>,
}

impl Http2 {
    pub(crate) fn new(connector: HttpConnector, upstream: Uri) -> Self {
        Self { connector, upstream, open: Mutex::default() }
    }

    /// Sends a request to the upstream.
    ///
    /// # Errors
    ///
    /// The upstream cannot be reached, or the connection fails.
    pub(crate) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<ResponseBody>, Box<dyn Error + Send + Sync>> {
        let Connection { mut sender, streams } = self.connection().await?;
        let (sent, streams) = match sender.try_send_request(request).await {
            Ok(response) => (Ok(response), streams),
            Err(mut error) => match error.take_message() {
                // The connection ended before it accepted the request, so the request can be sent again.
                Some(request) => {
                    let is_other = |open: &Connection| !Arc::ptr_eq(&open.streams, &streams);
                    self.open.lock().await.retain(is_other);
                    let Connection { mut sender, streams } = self.connection().await?;
                    (sender.send_request(request).await, streams)
                }
                None => (Err(error.into_error()), streams),
            },
        };
        Ok(sent?.map(|body| ResponseBody::Upstream { body, _slot: Some(streams) }))
    }

    /// Returns a connection with a free stream slot, or opens one. Concurrent calls wait instead of opening
    /// more.
    async fn connection(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        let mut open = self.open.lock().await;
        open.retain(|connection| !connection.sender.is_closed());
        let has_free_slot =
            |connection: &&Connection| Arc::strong_count(&connection.streams) <= MAX_STREAMS;
        if let Some(connection) = open.iter().find(has_free_slot) {
            return Ok(connection.clone());
        }
        let stream = self.connector.clone().oneshot(self.upstream.clone()).await?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // Without this, streams would wait for an upstream that disappeared silently.
            .keep_alive_interval(Duration::from_secs(20))
            .handshake(stream)
            .await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                warn!("a connection to the upstream failed: {error}");
            }
        });
        let connection = Connection { sender, streams: Arc::default() };
        open.push(connection.clone());
        Ok(connection)
    }
}

/// The number of streams on a connection.
///
/// Beyond the number that the upstream allows, streams would wait for streams that never end, such as
/// events. Servers usually allow at least 100. <https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2-2.6.1>
const MAX_STREAMS: usize = 100;
