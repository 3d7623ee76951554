//! HTTP/2 connections to the upstream, as few as the current requests need.
//!
//! hyper-util's pooled client writes the connection's address into `:authority`. This client writes the
//! host name of the client's request.

use std::{
    error::Error,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{Request, Response, Uri};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::{
    client::legacy::connect::HttpConnector,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::{sync::OnceCell, time::timeout};
use tower::ServiceExt;
use tracing::warn;

use crate::{
    body::{RequestBody, ResponseBody},
    proxy::with_sources,
};

#[derive(Debug)]
pub(crate) struct Http2 {
    connector: HttpConnector,
    upstream: Uri,
    connections: Mutex<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    open: Vec<Connection>,
    /// The attempt to open another connection. All requests without a free stream slot wait for it.
    attempt: Arc<OnceCell<Result<(), String>>>,
}

#[derive(Clone, Debug)]
struct Connection {
    sender: SendRequest<RequestBody>,
    /// Has one additional reference for each stream.
    streams: Arc<()>,
}

impl Http2 {
    pub(crate) fn new(connector: HttpConnector, upstream: Uri) -> Self {
        Self { connector, upstream, connections: Mutex::default() }
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
                    self.connections().open.retain(is_other);
                    let Connection { mut sender, streams } = self.connection().await?;
                    (sender.send_request(request).await, streams)
                }
                None => (Err(error.into_error()), streams),
            },
        };
        Ok(sent?.map(|body| ResponseBody::Upstream { body, _slot: Some(streams) }))
    }

    /// Returns a connection with a free stream slot, or opens one. Concurrent calls wait for the same attempt.
    async fn connection(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        loop {
            let attempt = {
                let mut connections = self.connections();
                connections.open.retain(|connection| !connection.sender.is_closed());
                let has_free_slot = |connection: &&Connection| {
                    Arc::strong_count(&connection.streams) <= MAX_STREAMS
                };
                if let Some(connection) = connections.open.iter().find(has_free_slot) {
                    return Ok(connection.clone());
                }
                Arc::clone(&connections.attempt)
            };
            // No lock is held: a slow connection must not delay requests that have a slot.
            let mut own = None;
            let attempted = attempt.get_or_init(|| async {
                own = Some(self.attempt().await?);
                Ok(())
            });
            attempted.await.clone()?;
            // The request that opened a connection uses it, even if the upstream has already closed it. Otherwise
            // this loop could open connections without end.
            if let Some(connection) = own {
                return Ok(connection);
            }
        }
    }

    /// Opens a connection, or returns the reason of the failure.
    async fn attempt(&self) -> Result<Connection, String> {
        let opened = match timeout(CONNECT_TIME, self.open()).await {
            Ok(opened) => opened,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        let mut connections = self.connections();
        // Later requests begin another attempt.
        connections.attempt = Arc::default();
        let connection = opened.map_err(|error| with_sources(&*error))?;
        connections.open.push(connection.clone());
        Ok(connection)
    }

    async fn open(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
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
        Ok(Connection { sender, streams: Arc::default() })
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time limit for a connection, which is shorter than the limit for a response.
pub(crate) const CONNECT_TIME: Duration = Duration::from_secs(5);
/// The number of streams on a connection.
///
/// Beyond the number that the upstream allows, streams would wait for streams that never end, such as
/// events. Servers usually allow at least 100. <https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2-2.6.1>
const MAX_STREAMS: usize = 100;

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http_body_util::Empty;
    use hyper::{server::conn::http2, service::service_fn};
    use hyper_util::rt::TokioIo;
    use tokio::net::{TcpSocket, TcpStream};

    use super::*;

    // S23: while a connection was opened, no request could use the free slots of another one.
    #[tokio::test]
    async fn slow_connection_does_not_block_free_slots() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service =
                service_fn(|_| async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) });
            let server = http2::Builder::new(TokioExecutor::new());
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
            drop(listener);
        });
        let upstream = format!("http://{address}/").parse().unwrap();
        let http2 = Arc::new(Http2::new(HttpConnector::new(), upstream));
        let mut slots = vec![http2.connection().await.unwrap()];
        while slots.len() < MAX_STREAMS {
            slots.push(http2.connection().await.unwrap());
        }
        // The upstream accepts no second connection. The attack without the protection: connecting never ends.
        let short = Duration::from_millis(300);
        let mut queued = Vec::new();
        while let Ok(stream) = timeout(short, TcpStream::connect(address)).await {
            queued.push(stream.unwrap());
        }
        let waiting = tokio::spawn({
            let http2 = Arc::clone(&http2);
            async move { http2.connection().await.map(drop).map_err(|error| error.to_string()) }
        });
        assert!(timeout(short, http2.connection()).await.is_err());
        slots.pop();
        slots.push(timeout(short, http2.connection()).await.unwrap().unwrap());
        assert!(!waiting.is_finished());
        assert_eq!(waiting.await.unwrap(), Err("timed out".to_owned()));
    }
}
