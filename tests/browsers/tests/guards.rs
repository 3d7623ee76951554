//! Attacks that pages can make without a preflight.
//!
//! Each attack succeeds without its guard and fails with it. The same action of a same-origin page is allowed.

#[path = "guards/mod.rs"]
mod guards;

use anyhow::Result;
use axum::Router;
use browsers::{Browser, Difference, Engine, Options};
use guards::{
    attack::Attack::{
        self, Beacon, BlindGet, BlindPost, EventSource, Form, Frame, Image, ImageSize, Object,
        PostJson, Read, ReadOpen, Script, ScriptWithCors, Style, WebSocket,
        WebSocketOverConnection,
    },
    service::Service,
    tls::acceptor,
};
use tokio_rustls::TlsAcceptor;
use tower_cross_origin::{
    cors::Rule,
    guard::{self, Check, Csrf, FetchMetadata, GuardLayer, HostCheck, LocalServerLayer},
};

browsers::test_in_engines!(
    attacks_over_tls_are_rejected_by_guards,
    attacks_without_tls_are_rejected_by_origin,
    dns_rebinding_page_is_rejected,
    page_of_another_site_steals_nothing_of_a_local_server,
    json_of_another_site_is_rejected_at_the_preflight,
    own_pages_links_and_redirects_reach_a_local_server,
    resource_policy_protects_other_names_of_a_local_server,
);

// Browsers send `Sec-Fetch-Site` to trustworthy URLs. Over HTTP/2, a WebSocket handshake is an extended `CONNECT`: Chromium
// needs an existing connection for it, and WebKitGTK has no such handshakes.
async fn attacks_over_tls_are_rejected_by_guards(engine: Engine) -> Result<()> {
    let site = Site::start(Some(acceptor(&format!("guards-{engine:?}")).await?)).await?;
    let Site { web_socket, csrf, fetch_metadata, .. } = &site;
    let [other, later_other, same] = match engine {
        Engine::Chromium => [
            "HTTP/1.1 GET /chat [origin]",
            "HTTP/2.0 CONNECT /chat [origin]",
            "HTTP/2.0 CONNECT /chat [origin]",
        ],
        Engine::Firefox => [
            "HTTP/2.0 CONNECT /chat [origin, cross-site]",
            "HTTP/2.0 CONNECT /chat [origin, cross-site]",
            "HTTP/2.0 CONNECT /chat [origin, same-origin]",
        ],
        Engine::WebKit => [
            "HTTP/1.1 GET /chat [origin, cross-site]",
            "HTTP/1.1 GET /chat [origin, cross-site]",
            "HTTP/1.1 GET /chat [origin, same-origin]",
        ],
    };
    #[rustfmt::skip]
    let rows = [
        Row(WebSocket, web_socket, other, same, ["heard: hello", "error", "heard: hello"]),
        Row(WebSocketOverConnection, web_socket, later_other, same, ["heard: hello", "error", "heard: hello"]),
        Row(Form, csrf, "HTTP/2.0 POST /transfer [origin, cross-site]", "HTTP/2.0 POST /transfer [origin, same-origin]", ["transferred", "rejected", "transferred"]),
        Row(BlindPost, csrf, "HTTP/2.0 POST /transfer [origin, cross-site]", "HTTP/2.0 POST /transfer [origin, same-origin]", ["opaque 0", "opaque 0", "basic 200"]),
        Row(Image, fetch_metadata, "HTTP/2.0 GET /delete [cross-site]", "HTTP/2.0 GET /delete [same-origin]", ["load", "error", "load"]),
    ];
    site.run_attacks(engine, &rows).await
}

// Without TLS, browsers only send `Origin`, and send it for no image.
async fn attacks_without_tls_are_rejected_by_origin(engine: Engine) -> Result<()> {
    let site = Site::start(None).await?;
    let Site { web_socket, csrf, .. } = &site;
    #[rustfmt::skip]
    let rows = [
        Row(WebSocket, web_socket, "HTTP/1.1 GET /chat [origin]", "HTTP/1.1 GET /chat [origin]", ["heard: hello", "error", "heard: hello"]),
        Row(Form, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["transferred", "rejected", "transferred"]),
        Row(BlindPost, csrf, "HTTP/1.1 POST /transfer [origin]", "HTTP/1.1 POST /transfer [origin]", ["opaque 0", "opaque 0", "basic 200"]),
    ];
    site.run_attacks(engine, &rows).await?;
    let browser = start(engine).await?;
    let image = Image.run(&browser, &site.evil(), &site.fetch_metadata.origin(SERVICE)).await?;
    assert_eq!(image, "load", "image requests cannot be detected without TLS");
    assert_eq!(site.fetch_metadata.seen().await?, "HTTP/1.1 GET /delete []: carried out");
    browser.close().await
}

// DNS rebinding: the attacker's host name first resolves to the attacker's server and later to this machine. The page
// then has the same origin as the service.
async fn dns_rebinding_page_is_rejected(engine: Engine) -> Result<()> {
    let open = Service::start(None, |app| app).await?;
    let guarded = Service::start(None, behind(HostCheck::loopback())).await?;
    let browser = start(engine).await?;
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

// S2, S3: a page of another site can use nothing of a local server, by any kind of request.
async fn page_of_another_site_steals_nothing_of_a_local_server(engine: Engine) -> Result<()> {
    let local = LocalServer::start(&[]).await?;
    let LocalServer { open, guarded, elsewhere } = &local;
    let browser = start(engine).await?;
    let (evil, inspector) = (elsewhere.origin(EVIL), elsewhere.origin("localhost"));
    let has_policy = Difference::ResourcePolicyOfObjects.is_in(engine);
    let object_of_a_local_page = if has_policy { "error" } else { "a secret" };
    let without_metadata = Difference::HandshakesWithoutFetchMetadata.is_in(engine);
    let handshake =
        if without_metadata { "GET /chat [origin]" } else { "GET /chat [origin, SITE]" };
    // The request, with the relation of the page to the server; and the results of a page of another site without and
    // with the layer, and of a local page. `Cross-Origin-Resource-Policy` blocks responses to no-cors requests.
    #[rustfmt::skip]
    let rows = [
        (Script, "GET /secret.js [SITE]", ["a secret", "error", "error"]),
        (ScriptWithCors, "GET /secret.js [origin, SITE]", ["error", "error", "a secret"]),
        (ImageSize, "GET /secret.svg [SITE]", ["width 42", "error", "error"]),
        (Style, "GET /secret.css [SITE]", ["a secret", "error", "error"]),
        (Frame, "GET /secret [SITE]", ["a secret", "nothing", "a secret"]),
        (Object, "GET /secret [SITE]", ["a secret", "error", object_of_a_local_page]),
        (ReadOpen, "GET /open-notes [origin, SITE]", ["a secret", "error", "a secret"]),
        (BlindGet, "GET /notes [SITE]", ["opaque", "error", "error"]),
        (EventSource, "GET /events [origin, SITE]", ["a secret", "error", "a secret"]),
        (WebSocket, handshake, ["heard: hello", "error", "heard: hello"]),
        (Form, "POST /transfer [origin, SITE]", ["transferred", "rejected", "transferred"]),
        (BlindPost, "POST /transfer [origin, SITE]", ["opaque 0", "error", "error"]),
        (Beacon, "POST /transfer [origin, SITE]", ["true", "true", "true"]),
    ];
    for (attack, request, [unguarded, rejected, allowed]) in rows {
        for (about, service, page, expected, site, outcome) in [
            ("unguarded", open, &evil, unguarded, "cross-site", "carried out"),
            ("other site", guarded, &evil, rejected, "cross-site", "rejected"),
            ("local page", guarded, &inspector, allowed, "same-site", "carried out"),
        ] {
            let address = service.origin("localhost");
            let result = attack.run(&browser, page, &address).await?;
            assert_eq!(result, expected, "{attack:?}, {about}");
            let expected = format!("HTTP/1.1 {}: {outcome}", request.replace("SITE", site));
            assert_eq!(service.seen().await?, expected, "{attack:?}, {about}");
        }
    }
    // A page after DNS rebinding cannot read either.
    let rebound = guarded.origin(EVIL);
    assert_eq!(Read.run(&browser, &rebound, &rebound).await?, "403 ");
    assert_eq!(guarded.seen().await?, "HTTP/1.1 GET /notes []: rejected");
    browser.close().await
}

// The MCP transport requires 403 for every request of another page, preflights included.
async fn json_of_another_site_is_rejected_at_the_preflight(engine: Engine) -> Result<()> {
    let local = LocalServer::start(&[]).await?;
    let LocalServer { open, guarded, elsewhere } = &local;
    let browser = start(engine).await?;
    let (evil, inspector) = (elsewhere.origin(EVIL), elsewhere.origin("localhost"));
    let post = "POST /open-notes [origin, ";
    #[rustfmt::skip]
    let rows = [
        (open, &evil, "a secret", vec!["OPTIONS /open-notes [origin, cross-site]: carried out".to_owned(), format!("{post}cross-site]: carried out")]),
        (guarded, &evil, "error", vec!["OPTIONS /open-notes [origin, cross-site]: rejected".to_owned()]),
        (guarded, &inspector, "a secret", vec!["OPTIONS /open-notes [origin, same-site]: 204, called: false".to_owned(), format!("{post}same-site]: carried out")]),
    ];
    for (service, page, expected, requests) in rows {
        let result = PostJson.run(&browser, page, &service.origin("localhost")).await?;
        assert_eq!(result, expected, "{page}");
        for request in requests {
            assert_eq!(service.seen().await?, format!("HTTP/1.1 {request}"), "{page}");
        }
    }
    browser.close().await
}

async fn own_pages_links_and_redirects_reach_a_local_server(engine: Engine) -> Result<()> {
    let local = LocalServer::start(&[]).await?;
    let LocalServer { guarded, elsewhere, .. } = &local;
    let browser = start(engine).await?;
    for host in ["localhost", "127.0.0.1"] {
        let (own, evil) = (guarded.origin(host), elsewhere.origin(EVIL));
        #[rustfmt::skip]
        let own_page = [
            (Script, "a secret"), (ScriptWithCors, "a secret"), (ImageSize, "width 42"), (Style, "a secret"),
            (Frame, "a secret"), (ReadOpen, "a secret"), (PostJson, "a secret"), (EventSource, "a secret"),
            (WebSocket, "heard: hello"), (Form, "transferred"), (BlindPost, "basic 200"), (Beacon, "true"),
        ];
        for (action, expected) in own_page {
            assert_eq!(action.run(&browser, &own, &own).await?, expected, "{action:?}");
            assert!(guarded.seen().await?.ends_with(": carried out"), "{action:?}");
        }
        // The address bar, a link, and the redirects of a login, which may begin with a form.
        let notes = format!("{own}/notes");
        let login = format!("{evil}/login?{notes}");
        let form = "const form = document.createElement('form'); form.method = 'POST'; \
                    form.action = arguments[0]; document.body.append(form); form.submit();";
        let navigate = "location.href = arguments[0];";
        for (about, page, script, target, site) in [
            ("link", &evil, navigate, &notes, "cross-site"),
            ("link of a local page", &elsewhere.origin(host), navigate, &notes, "same-site"),
            ("login", &own, navigate, &login, "cross-site"),
            ("login by a form", &own, form, &login, "cross-site"),
        ] {
            browser.open(&format!("{page}/page")).await?;
            browser.evaluate(script, vec![target.as_str().into()]).await?;
            browser.wait_until("return document.body?.innerText === \"the user's notes\"").await?;
            let expected = format!("HTTP/1.1 GET /notes [{site}]: carried out");
            assert_eq!(guarded.seen().await?, expected, "{about}");
        }
        browser.open(&notes).await?;
        assert_eq!(guarded.seen().await?, "HTTP/1.1 GET /notes [none]: carried out");
    }
    browser.close().await
}

// Browsers send no `Sec-Fetch-Site` to an address with `http:` that is not a loopback name.
async fn resource_policy_protects_other_names_of_a_local_server(engine: Engine) -> Result<()> {
    let local = LocalServer::start(&[TOOL]).await?;
    let LocalServer { open, guarded, elsewhere } = &local;
    let browser = start(engine).await?;
    let evil = elsewhere.origin(EVIL);
    #[rustfmt::skip]
    let rows = [
        (Script, "a secret", "GET /secret.js []: carried out"),
        (ImageSize, "width 42", "GET /secret.svg []: carried out"),
        (Style, "a secret", "GET /secret.css []: carried out"),
        (ReadOpen, "a secret", "GET /open-notes [origin]: rejected"),
        (EventSource, "a secret", "GET /events [origin]: rejected"),
        (WebSocket, "heard: hello", "GET /chat [origin]: rejected"),
        (BlindPost, "opaque 0", "POST /transfer [origin]: rejected"),
    ];
    for (attack, unguarded, seen) in rows {
        let result = attack.run(&browser, &evil, &open.origin(TOOL)).await?;
        assert_eq!(result, unguarded, "{attack:?}");
        let result = attack.run(&browser, &evil, &guarded.origin(TOOL)).await?;
        assert_eq!(result, "error", "{attack:?}");
        assert_eq!(guarded.seen().await?, format!("HTTP/1.1 {seen}"), "{attack:?}");
    }
    browser.close().await
}

/// A local server without and with the layer, and the server of other pages.
struct LocalServer {
    open: Service,
    guarded: Service,
    elsewhere: Service,
}

impl LocalServer {
    async fn start(hosts: &[&str]) -> Result<Self> {
        let layer = LocalServerLayer::new(Rule::for_loopback_origins())?.add_hosts(hosts)?;
        Ok(Self {
            open: Service::start(None, |app| app).await?,
            guarded: Service::start(None, |app| app.layer(layer)).await?,
            elsewhere: Service::start(None, |app| app).await?,
        })
    }
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

    async fn run_attacks(&self, engine: Engine, rows: &[Row<'_>]) -> Result<()> {
        let browser = start(engine).await?;
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
                let line = service.seen().await?;
                // After a WebSocket, WebKitGTK also uses HTTP/1.1 for the other requests of the host.
                let is_downgraded = engine == Engine::WebKit && line.starts_with("HTTP/1.1 ");
                let seen = if is_downgraded { seen.replace("HTTP/2.0", "HTTP/1.1") } else { seen };
                assert_eq!(line, seen, "{attack:?}, {about}");
            }
        }
        browser.close().await
    }
}

fn behind(check: impl Check + Send + Sync + 'static) -> impl FnOnce(Router) -> Router {
    move |application| application.layer(GuardLayer::new(check).unwrap())
}

async fn start(engine: Engine) -> Result<Browser> {
    let options = Options { hosts: &[SERVICE, EVIL, TOOL], ..Options::default() };
    Browser::start_with(engine, options).await
}

const SERVICE: &str = "service.example";
const EVIL: &str = "evil.example";
const TOOL: &str = "tool.example";
