use std::{convert::Infallible, error::Error, io, net::IpAddr, pin::pin, time::Duration};

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    signal::ctrl_c,
    sync::watch,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt, service_fn};
use tracing::warn;

use crate::{
    body::ClientBody,
    client_io::ClientIo,
    connections::{Connection, Connections, Limits},
    proxy::Client,
};

/// Serves HTTP/1.1 and HTTP/2 on one port until `end` completes. Open requests get some more seconds.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    end: impl Future<Output = ()>,
) where
    S: Service<Request<ClientBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let connections = Connections::new(limits);
    let (stop, stopped) = watch::channel(());
    let mut end = pin!(end);
    loop {
        let accepted = select! {
            () = &mut end => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            // For example, too many files are open. The error is temporary.
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let connection = select! {
            () = &mut end => break,
            connection = connections.add() => connection,
        };
        let service = service.clone();
        let stopped = stopped.clone();
        tokio::spawn(async move {
            serve_connection(stream, client.ip(), service, limits, &connection, stopped).await;
        });
    }
    drop((listener, stopped));
    // The connections drop their receivers.
    let ended = async {
        let _ = stop.send(());
        stop.closed().await;
    };
    // Streams would not end otherwise.
    let _ = timeout(SHUTDOWN_TIME, ended).await;
}

async fn serve_connection<S, B>(
    stream: TcpStream,
    client: IpAddr,
    service: S,
    limits: Limits,
    connection: &Connection,
    mut stopped: watch::Receiver<()>,
) where
    S: Service<Request<ClientBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    // Frames must be sent without delay.
    let _ = stream.set_nodelay(true);
    // Detects clients that disappeared silently, such as laptops that sleep.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE));
    let requested = connection.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let open = requested.begin_request();
        let mut request = ClientBody::wrap(request);
        request.extensions_mut().insert(Client { address: client, request: open.clone() });
        let response = service.clone().oneshot(request);
        async move {
            // The request is open until its response is dropped.
            let hold = move |error| {
                let _ = &open;
                error
            };
            response.await.map(|response| response.map(|body| body.map_err(hold)))
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .max_concurrent_streams(MAX_STREAMS)
        // Allows WebSockets over HTTP/2, so that browsers need not open a connection for each.
        .enable_connect_protocol();
    let stream = TokioIo::new(ClientIo::new(stream, limits.idle));
    let service = TowerToHyperService::new(service);
    let mut serving = pin!(server.serve_connection_with_upgrades(stream, service));
    let is_stopped = select! {
        // A client that disconnects is not an error.
        _ = serving.as_mut() => return,
        () = connection.unused() => false,
        _ = stopped.changed() => true,
    };
    serving.as_mut().graceful_shutdown();
    if is_stopped {
        let _ = serving.await;
        return;
    }
    // A request can arrive at the same time. A silent client has sent no request.
    while connection.has_begun() {
        let is_ended = timeout(CLOSE_TIME, serving.as_mut()).await.is_ok();
        if is_ended || !connection.is_used() {
            return;
        }
    }
}

/// Returns a future that waits for Ctrl-C or the signal that ends services.
#[cfg(unix)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        select! {
            result = ctrl_c() => if result.is_err() {
                // Ctrl-C is unavailable, so only the other signal can stop the gateway.
                terminated.recv().await;
            },
            _ = terminated.recv() => {}
        }
    })
}

/// Returns a future that waits for Ctrl-C.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal handler, the server runs until it is killed.
        if ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// The time of silence before a probe, and the time limit for its acknowledgment.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// The number of streams on an HTTP/2 connection. Browsers open at most 100.
const MAX_STREAMS: u32 = 200;
/// The time in which an unused connection ends after the announcement of its end.
const CLOSE_TIME: Duration = Duration::from_secs(1);
/// The time for open requests. Docker, for example, waits ten seconds before it kills a container.
const SHUTDOWN_TIME: Duration = Duration::from_secs(8);
