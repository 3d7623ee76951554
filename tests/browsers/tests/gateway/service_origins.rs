//! Requests from service origins, at exempt paths, and from native clients. R5, R11, R12

use std::path::Path;

use anyhow::{Context, Result};
use browsers::{Browser, Engine, Example, Nginx, Options, free_ports};
use http::Version;
use serde_json::{Value, json};

use super::{
    PAGE,
    gateway::{client::curl, policy::PolicyFile, upstream::Upstream},
    open_web_socket, raw_server,
};

browsers::test_in_engines!(
    own_page_is_allowed_behind_a_proxy_that_rewrites_host,
    form_of_a_login_is_allowed_at_an_exempt_path,
    native_client_is_allowed_next_to_pages,
);

// R5: https://github.com/amiantos/lurker/issues/580. Over plain HTTP, browsers send no `Sec-Fetch-Site`, and `Host` names
// the server behind the proxy.
async fn own_page_is_allowed_behind_a_proxy_that_rewrites_host(engine: Engine) -> Result<()> {
    let site = Site::start(engine, "r5", |own| format!("service_origins = [\"{own}\"]\n")).await?;
    let unnamed = Site::start(engine, "r5-unnamed", |_| String::new()).await?;
    let own_page = async |site: &Site| -> Result<Value> {
        site.browser.open(&format!("{}/seen", site.guarded.origin())).await?;
        site.browser.evaluate_async(USE, vec![json!(site.guarded.origin())]).await
    };
    let allowed = json!({ "post": 200, "put": 200, "socket": "received: hello" });
    assert_eq!(own_page(&site).await?, allowed);
    // Without the setting, the guards compare `Origin` with the rewritten `Host`.
    let rejected = json!({ "post": 403, "put": 403, "socket": "error" });
    assert_eq!(own_page(&unnamed).await?, rejected);

    // A page of another site succeeds only without the sections.
    for (service, socket, form) in
        [(&site.open, "received: hello", "POST /save"), (&site.guarded, "error", "403 Forbidden")]
    {
        site.open_evil_page().await?;
        let seen = site.browser.evaluate_async(USE, vec![json!(service.origin())]).await?;
        assert_eq!(seen, json!({ "post": "error", "put": "error", "socket": socket }));
        let text = site.submit_form(service, "/save").await?;
        assert!(text.starts_with(form), "{text}");
    }
    site.browser.close().await?;
    unnamed.browser.close().await
}

// R11: https://github.com/nhosoya/omniauth-apple/issues/100. A page of another site sends the result of a login by a form.
async fn form_of_a_login_is_allowed_at_an_exempt_path(engine: Engine) -> Result<()> {
    let site = Site::start(engine, "r11", |own| {
        format!("service_origins = [\"{own}\"]\nexempt_paths = [\"/saml/*\", \"/chat\"]\n")
    })
    .await?;
    let without =
        Site::start(engine, "r11-without", |own| format!("service_origins = [\"{own}\"]\n"))
            .await?;
    for (about, site, service, path, expected) in [
        ("exempt path", &site, &site.guarded, "/saml/acs", "POST /saml/acs"),
        ("other path", &site, &site.guarded, "/save", "403 Forbidden"),
        ("without exempt paths", &without, &without.guarded, "/saml/acs", "403 Forbidden"),
        ("without the sections", &without, &without.open, "/save", "POST /save"),
    ] {
        site.open_evil_page().await?;
        let text = site.submit_form(service, path).await?;
        assert!(text.starts_with(expected), "{about}: {text}");
    }
    // A handshake is not exempt.
    for (service, expected) in [(&site.open, "received: hello"), (&site.guarded, "error")] {
        site.open_evil_page().await?;
        let seen = site.browser.evaluate_async(USE, vec![json!(service.origin())]).await?;
        assert_eq!(seen["socket"], expected);
    }
    site.browser.close().await?;
    without.browser.close().await
}

// R12: https://github.com/react/react-native/issues/16304. Native clients write the default port, or a slash.
async fn native_client_is_allowed_next_to_pages(engine: Engine) -> Result<()> {
    let site = Site::start(engine, "r12", |own| {
        format!("service_origins = [\"{own}\", \"https://api.example.com\"]\n")
    })
    .await?;
    let settings = "service_origins = [\"https://api.example.com\"]\n[guard.csrf]\n";
    let file = PolicyFile::new(settings)?;
    let guards = file.gateway(site.upstream.address(), &[]).await?;
    for (origin, is_allowed) in [
        ("https://api.example.com", true),
        ("https://api.example.com:443", true),
        ("https://api.example.com/", true),
        ("https://api.example.com:443/", true),
        ("https://api.example.com//", false),
        ("https://api.example.com:80", false),
        ("https://api.example.com:0443", false),
        ("http://api.example.com:443", false),
        ("https://evil.example:443", false),
    ] {
        for (gateway, status) in
            [(&site.guarded, if is_allowed { 101 } else { 403 }), (&site.open, 101)]
        {
            let handshake =
                open_web_socket(&gateway.gateway, Version::HTTP_11, "/chat", origin).await?;
            assert_eq!(handshake.status(), status, "{origin}");
        }
        let from = format!("Origin: {origin}");
        let post = ["/save", "-d", "a", "-H", &from];
        let status = curl(guards.address(), &post).await?.status;
        assert_eq!(status, if is_allowed { 200 } else { 403 }, "{origin}");
        // `enforce` follows CORS, except for handshakes.
        let status = curl(site.guarded.gateway.address(), &post).await?.status;
        let is_exact = origin == "https://api.example.com";
        assert_eq!(status, if is_exact { 200 } else { 403 }, "{origin}, with enforce");
    }
    // In CORS, these values stay malformed.
    for (origin, is_allowed) in [
        ("https://app.example.com", true),
        ("https://app.example.com:443", false),
        ("https://app.example.com/", false),
    ] {
        let from = format!("Origin: {origin}");
        let read = curl(site.guarded.gateway.address(), &["/seen", "-H", &from]).await?;
        let headers = read.headers_with_prefix("access-control-allow-origin");
        assert_eq!(!headers.is_empty(), is_allowed, "{origin}: {headers:?}");
    }
    // Pages are judged as before.
    for (page, expected) in
        [(site.guarded.origin(), "received: hello"), (site.evil.clone(), "error")]
    {
        site.browser.open(&format!("{page}/seen")).await?;
        let seen = site.browser.evaluate_async(USE, vec![json!(site.guarded.origin())]).await?;
        assert_eq!(seen["socket"], expected, "{page}");
    }
    site.browser.close().await
}

/// A service with and without guards, each behind nginx, and a page of another site.
struct Site {
    browser: Browser,
    guarded: Service,
    open: Service,
    evil: String,
    upstream: Upstream,
}

impl Site {
    /// Starts the site. `settings` receives the origin of the service with guards.
    async fn start(
        engine: Engine,
        name: &str,
        settings: impl FnOnce(&str) -> String,
    ) -> Result<Self> {
        let upstream = Upstream::start().await?;
        let name = format!("{name}-{engine:?}");
        let guarded = |origin: &str| format!("{}{GUARDS}", settings(origin));
        let guarded = Service::start(&format!("{name}-guarded"), &upstream, guarded).await?;
        let open = Service::start(&format!("{name}-open"), &upstream, |_| OPEN.to_owned()).await?;
        let options = Options { hosts: &[SERVICE, EVIL], ..Options::default() };
        let browser = Browser::start_with(engine, options).await?;
        let evil = raw_server(PAGE).await?.replace("127.0.0.1", EVIL);
        Ok(Self { browser, guarded, open, evil, upstream })
    }

    async fn open_evil_page(&self) -> Result<()> {
        self.browser.open(&self.evil).await
    }

    /// Submits a form to the service, and returns the text of the next page.
    async fn submit_form(&self, service: &Service, path: &str) -> Result<String> {
        let url = format!("{}{path}", service.origin());
        self.browser.evaluate(FORM, vec![json!(url)]).await?;
        let has_left =
            format!("return location.pathname === '{path}' && document.readyState === 'complete';");
        self.browser.wait_until(&has_left).await?;
        let text = self.browser.evaluate("return document.body.textContent;", vec![]).await?;
        text.as_str().map(str::to_owned).context("the page has no text")
    }
}

/// A gateway behind nginx, which replaces `Host`.
struct Service {
    port: u16,
    gateway: Example,
    _file: PolicyFile,
    _nginx: Nginx,
}

impl Service {
    async fn start(
        name: &str,
        upstream: &Upstream,
        policy: impl FnOnce(&str) -> String,
    ) -> Result<Self> {
        let [port] = free_ports().await?;
        let file = PolicyFile::new(&policy(&origin(port)))?;
        let gateway = file.gateway(upstream.address(), &[]).await?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{name}"));
        let http = format!(
            "map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\
             server {{ listen 127.0.0.1:{port}; location / {{\n\
               proxy_pass {}; proxy_http_version 1.1;\n\
               proxy_set_header Upgrade $http_upgrade;\n\
               proxy_set_header Connection $connection_upgrade;\n\
             }} }}",
            gateway.address()
        );
        let nginx = Nginx::with(folder, &http, [port]).await?;
        Ok(Self { port, gateway, _file: file, _nginx: nginx })
    }

    fn origin(&self) -> String {
        origin(self.port)
    }
}

fn origin(port: u16) -> String {
    format!("http://{SERVICE}:{port}")
}

const SERVICE: &str = "service.example";
const EVIL: &str = "evil.example";

const GUARDS: &str = r#"
[cors]
enforce = true
[[cors.rules]]
origins = ["https://app.example.com"]
[guard.csrf]
[guard.web_socket]
"#;
const OPEN: &str = "[beacon]\npaths = [\"/none\"]\n";

/// Sends two requests that change data, and opens a WebSocket.
const USE: &str = r#"
    const [service] = arguments;
    const status = options =>
        fetch(`${service}/save`, options).then(response => response.status, () => "error");
    return {
        post: await status({ method: "POST", body: "a=b" }),
        put: await status({ method: "PUT", body: "a=b" }),
        socket: await new Promise(resolve => {
            const socket = new WebSocket(`${service.replace("http", "ws")}/chat`);
            socket.onopen = () => socket.send("hello");
            socket.onmessage = ({ data }) => { resolve(`received: ${data}`); socket.close(); };
            socket.onerror = () => resolve("error");
        }),
    };
"#;

const FORM: &str = r#"
    const form = document.createElement("form");
    form.method = "POST";
    form.action = arguments[0];
    document.body.append(form);
    form.submit();
"#;
