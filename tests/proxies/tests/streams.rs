//! Tests of server-sent events in browsers, through nginx and Varnish.
//!
//! Both proxies close a connection that is idle for two seconds, and nginx also compresses. Without the
//! layer, the stream fails.

use std::{
    any::Any,
    convert::Infallible,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use browsers::{Browser, Daemon, Engine, Nginx, free_ports};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};
use tokio_stream::wrappers::ReceiverStream;
use tower_cross_origin::push::{Event, SseLayer};

browsers::test_in_engines!(
    nginx_forwards_events_at_once_and_keeps_idle_streams,
    varnish_forwards_events_at_once_and_keeps_idle_streams,
);

async fn nginx_forwards_events_at_once_and_keeps_idle_streams(engine: Engine) -> Result<()> {
    assert_stream(engine, nginx).await
}

async fn varnish_forwards_events_at_once_and_keeps_idle_streams(engine: Engine) -> Result<()> {
    assert_stream(engine, varnish).await
}

/// Asserts that a page receives three events on one connection, but only with the layer.
///
/// The page requests the second event after it received the first, so the proxy must forward each event
/// at once. The third event follows after ten seconds without events.
async fn assert_stream(
    engine: Engine,
    proxy: impl AsyncFn(SocketAddr) -> Result<Proxy>,
) -> Result<()> {
    let browser = Browser::start(engine).await?;
    let complete = json!({ "seen": ["1", "2", "3"], "errors": 0 });
    for layer in [true, false] {
        let server = serve(layer).await?;
        let (port, _proxy) = proxy(server).await?;
        browser.open(&format!("http://127.0.0.1:{port}/")).await?;
        let seen = browser.evaluate_async(WATCH, vec![]).await?;
        println!("layer {layer}: {seen}");
        assert_eq!(seen == complete, layer, "{seen}");
    }
    browser.close().await
}

/// Starts an application that sends an event for each request to `/next`.
async fn serve(layer: bool) -> Result<SocketAddr> {
    let requested = Arc::new(Semaphore::new(1));
    let events = get(async |State(requested): State<Arc<Semaphore>>| -> Response {
        let (sender, events) = mpsc::channel(1);
        tokio::spawn(async move {
            for number in 1.. {
                let Ok(permit) = requested.acquire().await else { return };
                permit.forget();
                let event = Event::new().data(number.to_string()).into_bytes();
                if sender.send(Ok::<_, Infallible>(event)).await.is_err() {
                    return;
                }
            }
        });
        let body = Body::from_stream(ReceiverStream::new(events));
        ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
    });
    let next = post(async |State(requested): State<Arc<Semaphore>>| requested.add_permits(1));
    let mut application = Router::new()
        .route("/", get(Html("<!doctype html><title>a page</title>")))
        .route("/events", events)
        .route("/next", next)
        .with_state(requested);
    if layer {
        application = application.layer(SseLayer::new().keep_alive(Duration::from_secs(1)));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

/// A port, and the guard that stops the proxy when it is dropped.
type Proxy = (u16, Box<dyn Any>);

async fn nginx(server: SocketAddr) -> Result<Proxy> {
    let [port] = free_ports().await?;
    let http = format!(
        "gzip on; gzip_types text/event-stream; gzip_min_length 0; gzip_http_version 1.0;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ \
         proxy_pass http://{server}; proxy_http_version 1.1; proxy_read_timeout 2s; }} }}"
    );
    let nginx = Nginx::with(folder("nginx", port)?, &http, [port]).await?;
    Ok((port, Box::new(nginx)))
}

async fn varnish(server: SocketAddr) -> Result<Proxy> {
    let [port] = free_ports().await?;
    let folder = folder("varnish", port)?;
    let (host, upstream) = (server.ip(), server.port());
    let vcl = format!(
        "backend default {{\n\
               .host = \"{host}\"; .port = \"{upstream}\";\n\
               .between_bytes_timeout = 2s; .first_byte_timeout = 2s;\n\
             }}\n"
    );
    let varnish = Daemon::varnish(&folder, &vcl, port).await?;
    Ok((port, Box::new(varnish)))
}

fn folder(name: &str, port: u16) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{port}"));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Requests the next event after each received event; waits ten seconds after the second.
const WATCH: &str = r#"
    const source = new EventSource("/events");
    const seen = [];
    let errors = 0;
    const end = result => { source.close(); return result; };
    return new Promise(resolve => {
        setTimeout(() => resolve(end({ seen, errors })), 14_000);
        source.onerror = () => { errors += 1; };
        source.onmessage = ({ data }) => {
            seen.push(data);
            if (seen.length === 3) {
                resolve(end({ seen, errors }));
            } else {
                setTimeout(() => fetch("/next", { method: "POST" }), seen.length === 2 ? 10_000 : 0);
            }
        };
    });
"#;
