//! Attacks that pages in Chromium can make without a preflight.
//!
//! Each attack succeeds without its guard and fails with it. The same action of a same-origin page is allowed.

#[path = "guards/mod.rs"]
mod guards;

use anyhow::Result;
use axum::Router;
use browsers::{Browser, Engine};
use guards::{
    attack::Attack::{self, BlindPost, Form, Image, Read, WebSocket, WebSocketOverConnection},
    service::Service,
    tls::acceptor,
};
use tokio_rustls::TlsAcceptor;
use tower_cross_origin::{
    cors::Rule,
    guard::{self, Check, Csrf, FetchMetadata, GuardLayer, HostCheck, LocalServerLayer},
};

// Chromium sends `Sec-Fetch-Site` to trustworthy URLs, but only `Origin` with WebSocket handshakes. Over HTTP/2, a
// handshake is an extended `CONNECT`.
#[tokio::test]
async fn attacks_over_tls_are_rejected_by_guards() -> Result<()> {
    let site = Site::start(Some(acceptor("guards").await?)).await?;
    let Site { web_socket, csrf, fetch_metadata, .. } = &site;
    #[rustfmt::skip]
    let rows = [
        Row(WebSocket, web_socket, "HTTP/1.1 GET /chat [origin]", "HTTP/2.0 CONNECT /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        Row(WebSocketOverConnection, web_socket, "HTTP/2.0 CONNECT /chat [origin]", "HTTP/2.0 CONNECT /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        Row(Form, csrf, "HTTP/2.0 POST /transfer [origin, cross-site]", "HTTP/2.0 POST /transfer [origin, same-origin]", ["transferred", SERVICE, "transferred"]),
        Row(BlindPost, csrf, "HTTP/2.0 POST /transfer [origin, cross-site]", "HTTP/2.0 POST /transfer [origin, same-origin]", ["opaque 0", "opaque 0", "basic 200"]),
        Row(Image, fetch_metadata, "HTTP/2.0 GET /delete [cross-site]", "HTTP/2.0 GET /delete [same-origin]", ["load", "error", "load"]),
    ];
    site.run_attacks(&rows).await
}

// Without TLS, Chromium only sends `Origin`, and sends it for no image.
#[tokio::test]
async fn attacks_without_tls_are_rejected_by_origin() -> Result<()> {
    let site = Site::start(None).await?;
    let Site { web_socket, csrf, .. } = &site;
    #[rustfmt::skip]
    let rows = [
        Row(WebSocket, web_socket, "HTTP/1.1 GET /chat [origin]", "HTTP/1.1 GET /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        Row(Form, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["transferred", SERVICE, "transferred"]),
        Row(BlindPost, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["opaque 0", "opaque 0", "basic 200"]),
    ];
    site.run_attacks(&rows).await?;
    let browser = start().await?;
    let image = Image.run(&browser, &site.evil(), &site.fetch_metadata.origin(SERVICE)).await?;
    assert_eq!(image, "load", "image requests cannot be detected without TLS");
    assert_eq!(site.fetch_metadata.seen().await?, "HTTP/1.1 GET /delete []: carried out");
    browser.close().await
}

// DNS rebinding: the attacker's host name first resolves to the attacker's server and later to this machine. The page
// then has the same origin as the service.
#[tokio::test]
async fn dns_rebinding_page_is_rejected() -> Result<()> {
    let open = Service::start(None, |app| app).await?;
    let guarded = Service::start(None, behind(HostCheck::loopback())).await?;
    let browser = start().await?;
    let notes = "200 the user's notes";
    for (about, service, host, expected, seen) in [
        ("rebinding page", &open, EVIL, notes, "HTTP/1.1 GET /notes []: carried out"),
        ("rebinding page", &guarded, EVIL, "403 ", "HTTP/1.1 GET /notes []: rejected"),
        (
            "same-origin page",
            &guarded,
            "localhost",
            notes,
            "HTTP/1.1 GET /notes [same-origin]: carried out",
        ),
        (
            "same-origin page",
            &guarded,
            "127.0.0.1",
            notes,
            "HTTP/1.1 GET /notes [same-origin]: carried out",
        ),
    ] {
        let address = service.origin(host);
        assert_eq!(Read.run(&browser, &address, &address).await?, expected, "{about}, {host}");
        assert_eq!(service.seen().await?, seen, "{about}, {host}");
    }
    browser.close().await
}

#[tokio::test]
async fn local_server_is_reachable_only_by_local_pages() -> Result<()> {
    let open = Service::start(None, |app| app).await?;
    let layer = LocalServerLayer::new(Rule::for_loopback_origins())?;
    let local = Service::start(None, |app| app.layer(layer)).await?;
    let elsewhere = Service::start(None, |app| app).await?;
    let browser = start().await?;
    let (evil, inspector) = (elsewhere.origin(EVIL), elsewhere.origin("localhost"));
    #[rustfmt::skip]
    let rows = [
        (WebSocket, "HTTP/1.1 GET /chat [origin]", "HTTP/1.1 GET /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        (Form, "HTTP/1.1 POST /transfer [origin, cross-site]", "HTTP/1.1 POST /transfer [origin, same-site]", ["transferred", "localhost", "transferred"]),
        (BlindPost, "HTTP/1.1 POST /transfer [origin, cross-site]", "HTTP/1.1 POST /transfer [origin, same-site]", ["opaque 0", "opaque 0", "opaque 0"]),
    ];
    for (attack, by_evil, by_local, [unguarded, rejected, allowed]) in rows {
        for (about, service, page, expected, seen) in [
            ("unguarded", &open, &evil, unguarded, format!("{by_evil}: carried out")),
            ("other site", &local, &evil, rejected, format!("{by_evil}: rejected")),
            ("local page", &local, &inspector, allowed, format!("{by_local}: carried out")),
        ] {
            let address = service.origin("localhost");
            assert_eq!(
                attack.run(&browser, page, &address).await?,
                expected,
                "{attack:?}, {about}"
            );
            assert_eq!(service.seen().await?, seen, "{attack:?}, {about}");
        }
    }
    // The guard allows `GET`, which must not change state. CORS decides which pages can read the response.
    let address = local.origin("localhost");
    let read = Read.run(&browser, &inspector, &address).await?;
    assert_eq!(read, "200 the user's notes");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes [origin, same-site]: carried out");
    let read = Read.run(&browser, &evil, &address).await;
    assert!(read.is_err(), "CORS must block the response");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes [origin, cross-site]: carried out");
    // A page after DNS rebinding cannot read either.
    let rebound = local.origin(EVIL);
    assert_eq!(Read.run(&browser, &rebound, &rebound).await?, "403 ");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes []: rejected");
    browser.close().await
}

/// An attack with the guarded service and the expected results.
///
/// The texts are the requests of a page of another site and of a same-origin page. The array holds the result of the
/// other site without and with the guard, and the result of the same-origin page.
struct Row<'a>(Attack, &'a Service, &'static str, &'static str, [&'static str; 3]);

/// A service without a guard, a service behind each guard, and the attacker's server.
struct Site {
    open: Service,
    web_socket: Service,
    csrf: Service,
    fetch_metadata: Service,
    attacker: Service,
}

impl Site {
    async fn start(tls: Option<TlsAcceptor>) -> Result<Self> {
        Ok(Self {
            open: Service::start(tls.clone(), |app| app).await?,
            web_socket: Service::start(tls.clone(), behind(guard::WebSocket::new())).await?,
            csrf: Service::start(tls.clone(), behind(Csrf::new())).await?,
            fetch_metadata: Service::start(tls.clone(), behind(FetchMetadata::new())).await?,
            attacker: Service::start(tls, |app| app).await?,
        })
    }

    fn evil(&self) -> String {
        self.attacker.origin(EVIL)
    }

    async fn run_attacks(&self, rows: &[Row<'_>]) -> Result<()> {
        let browser = start().await?;
        for Row(attack, guarded, by_evil, by_same_origin, [unguarded, rejected, same_origin]) in
            rows
        {
            for (about, service, page, expected, seen) in [
                (
                    "unguarded",
                    &self.open,
                    self.evil(),
                    unguarded,
                    format!("{by_evil}: carried out"),
                ),
                ("guarded", guarded, self.evil(), rejected, format!("{by_evil}: rejected")),
                (
                    "same-origin page",
                    guarded,
                    guarded.origin(SERVICE),
                    same_origin,
                    format!("{by_same_origin}: carried out"),
                ),
            ] {
                let address = service.origin(SERVICE);
                let actual = attack.run(&browser, &page, &address).await?;
                assert_eq!(actual, *expected, "{attack:?}, {about}");
                assert_eq!(service.seen().await?, seen, "{attack:?}, {about}");
            }
        }
        browser.close().await
    }
}

fn behind(check: impl Check + Send + Sync + 'static) -> impl FnOnce(Router) -> Router {
    move |application| application.layer(GuardLayer::new(check).unwrap())
}

async fn start() -> Result<Browser> {
    Browser::start_with(Engine::from_env()?, &["--host-resolver-rules=MAP *.example 127.0.0.1"])
        .await
}

const SERVICE: &str = "service.example";
const EVIL: &str = "evil.example";
