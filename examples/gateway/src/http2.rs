//! Connections of HTTP/2 to the upstream, as few as have room for what is under way.
//!
//! hyper-util's pooled client writes the address that it connects to into `:authority`; here that is the name
//! by which the client asked.

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
    /// As many references, besides this one, as there are streams.
    streams: Arc<()>,
}

impl Http2 {
    pub(crate) fn new(connector: HttpConnector, upstream: Uri) -> Self {
        Self { connector, upstream, open: Mutex::default() }
    }

    /// # Errors
    ///
    /// Where the upstream cannot be reached, or breaks off.
    pub(crate) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<ResponseBody>, Box<dyn Error + Send + Sync>> {
        let Connection { mut sender, streams } = self.connection().await?;
        let (sent, streams) = match sender.try_send_request(request).await {
            Ok(response) => (Ok(response), streams),
            Err(mut error) => match error.take_message() {
                // The connection ended before it took the request: nobody has seen it.
                Some(request) => {
                    let is_other = |open: &Connection| !Arc::ptr_eq(&open.streams, &streams);
                    self.open.lock().await.retain(is_other);
                    let Connection { mut sender, streams } = self.connection().await?;
                    (sender.send_request(request).await, streams)
                }
                None => (Err(error.into_error()), streams),
            },
        };
        Ok(sent?.map(|body| ResponseBody::Upstream { body, _place: Some(streams) }))
    }

    /// One with room. While it is being made, others wait for it in place of making their own.
    async fn connection(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        let mut open = self.open.lock().await;
        open.retain(|connection| !connection.sender.is_closed());
        let has_room = |connection: &&Connection| Arc::strong_count(&connection.streams) <= STREAMS;
        if let Some(connection) = open.iter().find(has_room) {
            return Ok(connection.clone());
        }
        let stream = self.connector.clone().oneshot(self.upstream.clone()).await?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // Otherwise streams wait for an upstream that is gone without a word.
            .keep_alive_interval(Duration::from_secs(20))
            .handshake(stream)
            .await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                warn!("a connection to the upstream ended early: {error}");
            }
        });
        let connection = Connection { sender, streams: Arc::default() };
        open.push(connection.clone());
        Ok(connection)
    }
}

/// Past the number that the upstream permits, streams would wait in line behind those that do not end, such as
/// events. Servers permit a hundred at least. <https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2-2.6.1>
const STREAMS: usize = 100;
