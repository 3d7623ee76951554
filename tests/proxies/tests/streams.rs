//! Server-sent events in Chromium, through nginx, which compresses and gives up after two seconds of
//! silence, and through Varnish, which gives up as well. Without the layer the same breaks.

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

#[tokio::test]
async fn through_nginx_events_come_at_once_and_an_idle_stream_lives() -> Result<()> {
    through(nginx).await
}

#[tokio::test]
async fn through_varnish_events_come_at_once_and_an_idle_stream_lives() -> Result<()> {
    through(varnish).await
}

/// The first event is seen before the second is made, since that is made when the page says that it saw
/// the first; then nothing is said for ten seconds, and the third comes on the same connection.
async fn through(proxy: impl AsyncFn(SocketAddr) -> Result<Proxy>) -> Result<()> {
    let browser = Browser::start(Engine::from_env()?).await?;
    let whole = json!({ "seen": ["1", "2", "3"], "errors": 0 });
    for layer in [true, false] {
        let server = serve(layer).await?;
        let (port, _proxy) = proxy(server).await?;
        browser.open(&format!("http://127.0.0.1:{port}/")).await?;
        let seen = browser.evaluate_async(WATCH, vec![]).await?;
        println!("layer {layer}: {seen}");
        assert_eq!(seen == whole, layer, "{seen}");
    }
    browser.close().await
}

/// An application that makes an event whenever somebody asks for the next one.
async fn serve(layer: bool) -> Result<SocketAddr> {
    let asked = Arc::new(Semaphore::new(1));
    let events = get(async |State(asked): State<Arc<Semaphore>>| -> Response {
        let (sender, events) = mpsc::channel(1);
        tokio::spawn(async move {
            for number in 1.. {
                let Ok(permit) = asked.acquire().await else { return };
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
    let next = post(async |State(asked): State<Arc<Semaphore>>| asked.add_permits(1));
    let mut application = Router::new()
        .route("/", get(Html("<!doctype html><title>a page</title>")))
        .route("/events", events)
        .route("/next", next)
        .with_state(asked);
    if layer {
        application = application.layer(SseLayer::new().keep_alive(Duration::from_secs(1)));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

/// Its port, and what ends it when it is dropped.
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

/// Asks for an event after each one that it sees, after the second one ten seconds later.
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
