//! What pages in Chromium do to a service without asking: each attack succeeds without its guard and fails with
//! it, while a page of the service's own does the same and may.

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

/// Chromium says of requests to trustworthy addresses which site they come from; of WebSockets it says the
/// origin alone. Over HTTP/2 they are an extended `CONNECT`.
#[tokio::test]
async fn attacks_over_tls_fail_with_a_guard_and_succeed_without() -> Result<()> {
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
    site.is_attacked(&rows).await
}

/// There it says the origin alone, and of an image nothing.
#[tokio::test]
async fn attacks_without_tls_are_known_by_their_origin() -> Result<()> {
    let site = Site::start(None).await?;
    let Site { web_socket, csrf, .. } = &site;
    #[rustfmt::skip]
    let rows = [
        Row(WebSocket, web_socket, "HTTP/1.1 GET /chat [origin]", "HTTP/1.1 GET /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        Row(Form, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["transferred", SERVICE, "transferred"]),
        Row(BlindPost, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["opaque 0", "opaque 0", "basic 200"]),
    ];
    site.is_attacked(&rows).await?;
    let browser = start().await?;
    let image = Image.run(&browser, &site.evil(), &site.fetch_metadata.origin(SERVICE)).await?;
    assert_eq!(image, "load", "GET must change nothing");
    assert_eq!(site.fetch_metadata.seen().await?, "HTTP/1.1 GET /delete []: carried out");
    browser.close().await
}

/// The attacker's name leads to the attacker's page first, and to this machine then: the page is of the same
/// origin as what it reads.
#[tokio::test]
async fn a_page_whose_name_comes_to_lead_here_reads_nothing() -> Result<()> {
    let open = Service::start(None, |app| app).await?;
    let guarded = Service::start(None, behind(HostCheck::loopback())).await?;
    let browser = start().await?;
    let notes = "200 the user's notes";
    for (about, service, host, got, seen) in [
        ("rebound", &open, EVIL, notes, "HTTP/1.1 GET /notes []: carried out"),
        ("rebound", &guarded, EVIL, "403 ", "HTTP/1.1 GET /notes []: rejected"),
        ("the own", &guarded, "localhost", notes, "HTTP/1.1 GET /notes [same-origin]: carried out"),
        ("the own", &guarded, "127.0.0.1", notes, "HTTP/1.1 GET /notes [same-origin]: carried out"),
    ] {
        let address = service.origin(host);
        assert_eq!(Read.run(&browser, &address, &address).await?, got, "{about}, {host}");
        assert_eq!(service.seen().await?, seen, "{about}, {host}");
    }
    browser.close().await
}

#[tokio::test]
async fn a_local_server_is_reached_by_local_pages_alone() -> Result<()> {
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
    for (attack, by_evil, by_local, [unguarded, refused, allowed]) in rows {
        for (about, service, page, got, seen) in [
            ("unguarded", &open, &evil, unguarded, format!("{by_evil}: carried out")),
            ("guarded", &local, &evil, refused, format!("{by_evil}: rejected")),
            ("a local page", &local, &inspector, allowed, format!("{by_local}: carried out")),
        ] {
            let address = service.origin("localhost");
            assert_eq!(attack.run(&browser, page, &address).await?, got, "{attack:?}, {about}");
            assert_eq!(service.seen().await?, seen, "{attack:?}, {about}");
        }
    }
    // Reading changes nothing, so that it passes; who may read it is for CORS to say.
    let address = local.origin("localhost");
    let read = Read.run(&browser, &inspector, &address).await?;
    assert_eq!(read, "200 the user's notes");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes [origin, same-site]: carried out");
    assert!(Read.run(&browser, &evil, &address).await.is_err(), "the page sees a network error");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes [origin, cross-site]: carried out");
    // By a name of the page's own, reading does not pass either.
    let rebound = local.origin(EVIL);
    assert_eq!(Read.run(&browser, &rebound, &rebound).await?, "403 ");
    assert_eq!(local.seen().await?, "HTTP/1.1 GET /notes []: rejected");
    browser.close().await
}

/// An attack; the service that a guard keeps from it; what arrives of a page of another site and of one of the
/// service's own; and what the former gets of a service without a guard, what with one, and what the latter
/// gets.
struct Row<'a>(Attack, &'a Service, &'static str, &'static str, [&'static str; 3]);

/// One service without a guard, one behind each, and an attacker's.
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

    async fn is_attacked(&self, rows: &[Row<'_>]) -> Result<()> {
        let browser = start().await?;
        for Row(attack, guarded, by_evil, by_own, [unguarded, refused, own]) in rows {
            for (about, service, page, got, seen) in [
                (
                    "unguarded",
                    &self.open,
                    self.evil(),
                    unguarded,
                    format!("{by_evil}: carried out"),
                ),
                ("guarded", guarded, self.evil(), refused, format!("{by_evil}: rejected")),
                (
                    "its own",
                    guarded,
                    guarded.origin(SERVICE),
                    own,
                    format!("{by_own}: carried out"),
                ),
            ] {
                let address = service.origin(SERVICE);
                let actual = attack.run(&browser, &page, &address).await?;
                assert_eq!(actual, *got, "{attack:?}, {about}");
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
