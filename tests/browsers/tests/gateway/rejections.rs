//! Rejections of the layers, and the pages that read them.

use anyhow::{Context, Result};
use browsers::{Browser, Engine};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{client::curl, policy::PolicyFile, upstream::Upstream};

browsers::test_in_engines!(
    allowed_page_reads_the_rejection_of_a_guard,
    service_worker_passes_on_embedded_images,
);

// R33: the code of a page reads the reason of a rejection, such as axios with `error.response.data`.
async fn allowed_page_reads_the_rejection_of_a_guard(engine: Engine) -> Result<()> {
    let upstream = Upstream::start().await?;
    let page = site(&[("/", "text/html", "<!doctype html><title>a page</title>")]).await?;
    let policy = format!(
        "[[cors.rules]]\norigins = [\"{page}\"]\n[guard.csrf]\ntrust_origins = []\n[guard.fetch_metadata]\nallow_cors = true"
    );
    let file = PolicyFile::new(&policy)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let text = "403 Forbidden (guard.csrf): ";

    let [origin, other] = [&*page, "https://evil.example"].map(|one| format!("Origin: {one}"));
    let forged = ["/save", "-d", "a=b", "-H", "Sec-Fetch-Site: cross-site", "-H"];
    let allowed = format!("access-control-allow-origin: {page}");
    for protocol in ["--http1.1", "--http2-prior-knowledge"] {
        for (origin, cors) in [(&origin, &[&*allowed][..]), (&other, &[])] {
            let response =
                curl(gateway.address(), &[&forged[..], &[origin, protocol]].concat()).await?;
            assert_eq!(response.status, 403, "{origin}");
            assert_eq!(response.headers_with_prefix("access-control-"), cors, "{origin}");
            let types = response.headers_with_prefix("content-type");
            assert_eq!(types, ["content-type: text/plain; charset=utf-8"], "{origin}");
            assert!(response.body.starts_with(text), "{origin}: {}", response.body);
            assert_eq!(response.body.lines().count(), 1, "{origin}: {}", response.body);
        }
    }

    let browser = Browser::start(engine).await?;
    browser.open(&page).await?;
    let read = browser.evaluate_async(SAVE, vec![gateway.address().into()]).await?;
    let read = read.as_str().context("expected text")?;
    assert!(read.starts_with(&format!("403 {text}")), "{read}");
    assert!(!upstream.has_event().await);
    browser.close().await
}

// R30: from the second visit on, a service worker passes on the requests of its page, with the destination `empty`.
async fn service_worker_passes_on_embedded_images(engine: Engine) -> Result<()> {
    let image = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"#;
    let upstream = site(&[("/image", "image/svg+xml", image)]).await?;
    for (destinations, second_visit) in
        [(r#"["image"]"#, "denied"), (r#"["image", "empty"]"#, "loaded")]
    {
        let policy = format!("[guard.fetch_metadata]\nallow_destinations = {destinations}");
        let file = PolicyFile::new(&policy)?;
        let gateway = file.gateway(&upstream, &[]).await?;
        let page = site(&[
            ("/", "text/html", "<!doctype html><title>a page</title>"),
            ("/worker.js", "text/javascript", WORKER),
        ])
        .await?;
        // Another site than 127.0.0.1, and a secure context, which service workers need.
        let page = page.replace("127.0.0.1", "localhost");
        let browser = Browser::start(engine).await?;
        browser.open(&page).await?;
        let load = async || browser.evaluate_async(LOAD, vec![gateway.address().into()]).await;
        assert_eq!(load().await?, "loaded", "first visit, {destinations}");
        browser.evaluate_async(REGISTER, vec![]).await?;
        browser.open(&page).await?;
        assert_eq!(load().await?, second_visit, "second visit, {destinations}");
        browser.close().await?;
    }
    Ok(())
}

/// Starts a server with these paths, media types and bodies.
async fn site(pages: &[(&'static str, &'static str, &'static str)]) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let pages = pages.to_vec();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send_page(stream, pages.clone()));
        }
    });
    Ok(address)
}

async fn send_page(
    mut stream: TcpStream,
    pages: Vec<(&'static str, &'static str, &'static str)>,
) -> Result<()> {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..length]);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let response = match pages.iter().find(|(known, ..)| *known == path) {
        Some((_, media_type, body)) => format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
        None => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
    };
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await?;
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}

const SAVE: &str = r#"
    const [gateway] = arguments;
    const response = await fetch(`${gateway}/save`, { method: "POST", body: "a=b" });
    return `${response.status} ${await response.text()}`;
"#;
const WORKER: &str = "
    self.addEventListener('install', () => self.skipWaiting());
    self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
    self.addEventListener('fetch', event => event.respondWith(fetch(event.request)));
";
const REGISTER: &str = "
    await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
";
const LOAD: &str = r#"
    const [gateway] = arguments;
    return await new Promise(resolve => {
        const image = new Image();
        image.onload = () => resolve("loaded");
        image.onerror = () => resolve("denied");
        image.src = `${gateway}/image`;
    });
"#;
