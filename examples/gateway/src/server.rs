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

use crate::proxy::Client;

/// Serves HTTP/1.1 and HTTP/2 on one port until `end` comes, and what is under way then for some seconds more.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S, end: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
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
            // Too many open files, for one; they are closed in time.
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        // What is written is a frame of somebody's, and waits for nothing.
        let _ = stream.set_nodelay(true);
        let service = ServiceBuilder::new()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Client(client.ip()));
                request
            })
            .service(service.clone());
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Without a timer hyper waits for ever for the rest of a request's head.
            server.http1().timer(TokioTimer::new());
            // WebSockets by HTTP/2, too: browsers would open a connection for each otherwise.
            server.http2().timer(TokioTimer::new()).enable_connect_protocol();
            let stream = TokioIo::new(stream);
            let service = TowerToHyperService::new(service);
            let connection = server.serve_connection_with_upgrades(stream, service);
            // Clients that go away are no errors of anyone's.
            let _ = watcher.watch(connection).await;
        });
    }
    drop(listener);
    // Streams have no end of their own.
    let _ = timeout(LAST_SECONDS, connections.shutdown()).await;
}

/// Ctrl-C, or the signal by which services are ended.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        select! {
            told = ctrl_c() => if told.is_err() {
                // Nobody can tell it so.
                terminated.recv().await;
            },
            _ = terminated.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where nobody can tell it to stop, it serves on.
        if ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Docker, for one, waits ten seconds before it kills.
const LAST_SECONDS: Duration = Duration::from_secs(8);
