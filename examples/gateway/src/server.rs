use std::{convert::Infallible, error::Error, io, time::Duration};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    pin, select,
    signal::ctrl_c,
    time::{sleep, timeout},
};
use tower::{Service, ServiceBuilder};
use tracing::warn;

use crate::{body::ClientBody, proxy::Client};

/// Serves HTTP/1.1 and HTTP/2 on one port until `end` completes. Open requests get some more seconds.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S, end: impl Future<Output = ()>)
where
    S: Service<Request<ClientBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let connections = GracefulShutdown::new();
    pin!(end);
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
        // Frames must be sent without delay.
        let _ = stream.set_nodelay(true);
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Client(client.ip()));
                ClientBody::wrap(request)
            })
            .service(service.clone());
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Without a timer, hyper waits forever for the rest of a request's head.
            server.http1().timer(TokioTimer::new());
            // Allows WebSockets over HTTP/2, so that browsers need not open a connection for each.
            server.http2().timer(TokioTimer::new()).enable_connect_protocol();
            let stream = TokioIo::new(stream);
            let service = TowerToHyperService::new(service);
            let connection = server.serve_connection_with_upgrades(stream, service);
            // A client that disconnects is not an error.
            let _ = watcher.watch(connection).await;
        });
    }
    drop(listener);
    // Streams would not end otherwise.
    let _ = timeout(SHUTDOWN_TIME, connections.shutdown()).await;
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

/// The time for open requests. Docker, for example, waits ten seconds before it kills a container.
const SHUTDOWN_TIME: Duration = Duration::from_secs(8);
