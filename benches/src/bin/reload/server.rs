use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    thread,
};

use axum::body::Body;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Builder};
use tower::{Layer, ServiceExt};
use tower_cross_origin::cors::{CorsLayer, CorsPolicy, PolicyHandle};

/// Starts a server with one thread, which uses the active policy of the handle.
pub(crate) fn start(handle: PolicyHandle<CorsPolicy>) -> SocketAddr {
    let (sender, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime =
            Builder::new_current_thread().enable_all().build().expect("the runtime is built");
        runtime.block_on(async {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a loopback port is free");
            sender
                .send(listener.local_addr().expect("the listener has an address"))
                .expect("the caller waits for the address");
            serve(listener, handle).await;
        });
    });
    address.recv().expect("the server listens")
}

async fn serve(listener: TcpListener, handle: PolicyHandle<CorsPolicy>) {
    let application = tower::service_fn(async |_: Request<Incoming>| {
        Ok::<_, Infallible>(Response::new(Body::from("ok")))
    });
    let service = CorsLayer::new(handle).layer(application);
    loop {
        let (stream, _) = listener.accept().await.expect("a client connects");
        stream.set_nodelay(true).expect("the socket accepts `TCP_NODELAY`");
        let service = service.clone();
        let service = service_fn(move |request| service.clone().oneshot(request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
