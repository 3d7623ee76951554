//! Random visits: actions of pages, and requests of programs that are not browsers.

use tower_cross_origin::{
    browser::{self, Engine},
    embedding::CrossOriginEmbedderPolicy,
};

use super::{configurations::destination, random::Random};
use crate::{
    reference_model::{
        cors_model::page::{Body, Call, Credentials, Mode},
        whole::{
            http::Request,
            page::{Action, COOKIE, Embedder, Page, fetch_site, is_trustworthy, split_address},
        },
    },
    written::{fetch, open_page},
};

#[derive(Clone, Debug)]
pub(super) enum Visit {
    /// A page of the browser model.
    Page { page: Page, engine: Engine, action: Action },
    /// A request without the browser model: a WebSocket handshake, or a request of another program.
    Client(Request),
}

/// Returns the targets of most visits of a case, so that caches store some responses.
pub(super) fn frequent_targets(random: &mut Random) -> [&'static str; 3] {
    [random.of(JSONP_TARGETS), random.of(TARGETS), random.of(TARGETS)]
}

pub(super) fn visit(random: &mut Random, frequent: &[&'static str]) -> Visit {
    let origin = random.of(PAGES);
    let has_metadata = random.is(75);
    let service = random.of(SERVICES);
    let origin = if random.is(15) { service } else { origin };
    if random.is(20) {
        return Visit::Client(handshake(random, origin, service, has_metadata));
    }
    if random.is(25) {
        return Visit::Client(client_request(random, origin, frequent));
    }
    if random.is(8) {
        return Visit::Client(without_preflight(random, origin, service, frequent));
    }
    let embedders = [
        Embedder::UnsafeNone,
        Embedder::UnsafeNone,
        Embedder::UnsafeNone,
        Embedder::RequireCorp,
        Embedder::Credentialless,
    ];
    let engine = random.of(&[Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit]);
    // The cookie has `Secure`, which WebKit does not store from loopback without TLS.
    let may_have_cookie = engine != Engine::WebKit || service.starts_with("https:");
    let page = Page {
        origin: origin.to_owned(),
        embedder_policy: random.of(&embedders),
        has_cookie: random.is(50) && may_have_cookie,
        has_metadata,
    };
    let address = format!("{service}{}", target(random, frequent));
    let action = match random.of(&[0, 0, 0, 0, 1, 1, 1, 2, 2]) {
        0 => Action::Fetch(call(random, origin, address)),
        1 => {
            let destination = random.of(ELEMENTS);
            let is_jsonp = address.contains("callback=");
            let destination = if is_jsonp && random.is(60) { "script" } else { destination };
            let has_attribute =
                !["iframe", "object", "worker", "serviceworker", "font"].contains(&destination);
            let crossorigin = (has_attribute && random.is(20))
                .then(|| random.of(&[Credentials::SameOrigin, Credentials::Include]));
            Action::Element { destination, crossorigin, address }
        }
        _ if random.is(15) => Action::AddressBar { address },
        _ => Action::Navigate { is_form: random.is(60), address },
    };
    Visit::Page { page, engine, action }
}

impl Visit {
    /// Returns the same action in another page, often a page of the service.
    pub(super) fn by_another_page(&self, random: &mut Random) -> Option<Self> {
        let Self::Page { page, engine, action } = self else { return None };
        let (scheme, rest) = action.address().split_once("://")?;
        let own = format!("{scheme}://{}", rest.split('/').next()?);
        let origin = if random.is(60) { own } else { random.of(PAGES).to_owned() };
        let action = match action {
            Action::Fetch(call) => Action::Fetch(call.clone().by(&origin)),
            other => other.clone(),
        };
        Some(Self::Page { page: Page { origin, ..page.clone() }, engine: *engine, action })
    }
}

impl Page {
    /// Returns whether the address has the origin of the page.
    pub(super) fn is_own(&self, address: &str) -> bool {
        address.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Opens the page in the browser model, with its cookie and its policy.
    pub(super) fn open(&self, engine: Engine) -> browser::Page {
        open_page(&self.origin, engine)
    }

    pub(super) fn embedder(&self) -> CrossOriginEmbedderPolicy {
        match self.embedder_policy {
            Embedder::UnsafeNone => CrossOriginEmbedderPolicy::UnsafeNone,
            Embedder::RequireCorp => CrossOriginEmbedderPolicy::RequireCorp,
            Embedder::Credentialless => CrossOriginEmbedderPolicy::Credentialless,
        }
    }
}

impl Action {
    /// Returns the call of the browser model, and whether it is a navigation.
    pub(super) fn fetch(&self) -> (browser::Fetch, bool) {
        match self {
            Self::Fetch(call) => (fetch(call), false),
            Self::Element { destination: name, crossorigin, address } => {
                let element = browser::Fetch::element(destination(name), address);
                let element = match crossorigin {
                    None => element,
                    Some(Credentials::Include) => {
                        element.crossorigin(browser::Credentials::Include)
                    }
                    Some(_) => element.crossorigin(browser::Credentials::SameOrigin),
                };
                (element, false)
            }
            Self::Navigate { is_form: true, address } => {
                (browser::Fetch::post(address).form("to=evil").user_activation(), true)
            }
            Self::Navigate { is_form: false, address } => (browser::Fetch::get(address), true),
            Self::AddressBar { address } => (browser::Fetch::get(address).address_bar(), true),
        }
    }
}

fn call(random: &mut Random, origin: &str, address: String) -> Call {
    let method = random
        .of(&["GET", "GET", "GET", "POST", "POST", "PUT", "DELETE", "QUERY", "HEAD", "OPTIONS"]);
    let bodies = [Body::Nothing, Body::Text, Body::Form, Body::Bytes];
    let has_body = !["GET", "HEAD"].contains(&method);
    let headers = random.some(2, CALL_HEADERS);
    let headers = if random.is(50) { headers } else { Vec::new() };
    let call = Call {
        origin: String::new(),
        address,
        is_own: false,
        mode: random.of(&[Mode::Cors, Mode::Cors, Mode::Cors, Mode::NoCors, Mode::SameOrigin]),
        method: method.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: if has_body { random.of(&bodies) } else { Body::Nothing },
        credentials: random.of(&[Credentials::Omit, Credentials::SameOrigin, Credentials::Include]),
        has_upload_listener: false,
    };
    call.by(origin)
}

/// Returns the handshake of a page's `WebSocket`, over HTTP/1.1 or HTTP/2. RFC 6455, RFC 8441
fn handshake(random: &mut Random, origin: &str, service: &str, has_metadata: bool) -> Request {
    let address = format!("{service}/socket");
    let (host, path, query) = split_address(&address);
    let is_http2 = random.is(25);
    let mut request = Request {
        method: if is_http2 { "CONNECT" } else { "GET" }.to_owned(),
        authority: is_http2.then(|| host.clone()),
        path,
        query,
        headers: Vec::new(),
    };
    if !is_http2 {
        request = request.with("host", &host).with("connection", "Upgrade");
        request = request.with("upgrade", random.of(&["websocket", "WebSocket, h2c"]));
        request = request.with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    request = request.with("sec-websocket-version", "13");
    if random.is(90) {
        request = request.with("origin", &as_client_writes(random, origin));
    }
    if random.is(40) {
        request = request.with("cookie", COOKIE);
    }
    // Chromium sends no metadata with handshakes.
    if has_metadata && is_trustworthy(&address) {
        request = request
            .with("sec-fetch-site", fetch_site(origin, &address))
            .with("sec-fetch-mode", "websocket")
            .with("sec-fetch-dest", random.of(&["websocket", "empty"]));
    }
    request
}

/// Returns the origin as browsers write it, or as some native clients do.
fn as_client_writes(random: &mut Random, origin: &str) -> String {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    let suffixes = ["", "", "", "", "", "/", port, "//", ":443/", "/:443", ":8443", ":80/"];
    format!("{origin}{}", random.of(&suffixes))
}

/// Returns a request of a browser that omits the preflight which the standard requires.
///
/// <https://issues.chromium.org/issues/488292218>
fn without_preflight(
    random: &mut Random,
    origin: &str,
    service: &str,
    frequent: &[&'static str],
) -> Request {
    let address = format!("{service}{}", target(random, frequent));
    let (host, path, query) = split_address(&address);
    let method = random.of(&["GET", "GET", "HEAD", "POST", "PUT", "DELETE"]).to_owned();
    let mut request = Request { method, authority: None, path, query, headers: Vec::new() };
    request = request.with("host", &host);
    let mode = random.of(&["cors", "cors", "no-cors"]);
    if mode == "cors" || !["GET", "HEAD"].contains(&&*request.method) {
        request = request.with("origin", origin);
    }
    if random.is(50) {
        request = request.with("cookie", COOKIE);
    }
    if is_trustworthy(&address) {
        request = request
            .with("sec-fetch-site", fetch_site(origin, &address))
            .with("sec-fetch-mode", mode)
            .with("sec-fetch-dest", "empty");
    }
    let content_type = random.of(&["message/ad-auction-trusted-signals-request", "text/", "a/b"]);
    request.with("content-type", content_type)
}

/// Returns a request that need not be consistent, as programs such as `curl` send it.
fn client_request(random: &mut Random, origin: &str, frequent: &[&'static str]) -> Request {
    let target =
        if random.is(30) { random.of(AMBIGUOUS_TARGETS) } else { target(random, frequent) };
    let (_, path, query) = split_address(&format!("https://host{target}"));
    let mut request = Request {
        method: random.of(CLIENT_METHODS).to_owned(),
        authority: random.is(20).then(|| random.of(AUTHORITIES).to_owned()),
        path,
        query,
        headers: Vec::new(),
    };
    let written = as_client_writes(random, origin);
    let mut add = |name: &str, percent, values: &[&str]| {
        while random.is(percent) {
            request.headers.push((name.to_owned(), random.of(values).to_owned()));
            // Few requests have several field lines of a header.
            if !random.is(8) {
                break;
            }
        }
    };
    add("host", 95, HOSTS);
    add(
        "origin",
        50,
        &[
            &written,
            origin,
            origin,
            "https://api.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com.",
            "safari-web-extension://140BB581-A2C0",
            "file://",
            "x",
            "",
        ],
    );
    add(
        "sec-fetch-site",
        40,
        &["same-origin", "same-site", "cross-site", "cross-site", "none", "future"],
    );
    add(
        "sec-fetch-mode",
        40,
        &["cors", "no-cors", "navigate", "nested-navigate", "websocket", "webtransport", "x"],
    );
    add("sec-fetch-dest", 40, &["document", "empty", "script", "image", "iframe", "serviceworker"]);
    add("sec-fetch-storage-access", 25, &["inactive", "inactive", "active", "none", "x"]);
    add("x-forwarded-host", 15, HOSTS);
    add("cookie", 20, &[COOKIE]);
    add("authorization", 15, &["Bearer t"]);
    add("access-control-request-method", 25, &["PUT", "GET", "DELETE", "p ut"]);
    add(
        "access-control-request-headers",
        20,
        &["content-type", "x-a, X-A", "authorization,x-a", "a b", ","],
    );
    add("content-type", 50, CONTENT_TYPES);
    add("service-worker", 12, &["script"]);
    add("upgrade", 6, &["websocket", "h2c"]);
    add("sec-websocket-key", 4, &["dGhlIHNhbXBsZSBub25jZQ=="]);
    add("sec-websocket-version", 4, &["13"]);
    request
}

fn target(random: &mut Random, frequent: &[&'static str]) -> &'static str {
    if random.is(70) { random.of(frequent) } else { random.of(TARGETS) }
}

const PAGES: &[&str] = &[
    "https://app.example.com",
    "https://app.example.com",
    "https://a.b.example.com",
    "https://example.com",
    "http://api.example.com",
    "http://app.example.com",
    "https://api.example.com:8443",
    "https://public.example.com",
    "https://partner.example",
    "https://x.partner.example",
    "https://evil.example",
    "https://evil.example",
    "http://localhost:3000",
    "http://localhost:8080",
    "null",
    "null",
];
const SERVICES: &[&str] = &[
    "https://api.example.com",
    "https://api.example.com",
    "https://api.example.com",
    "https://api.example.com",
    "https://api.example.com:8443",
    "http://api.example.com",
    "http://localhost:3000",
    "https://rebound.example",
];
/// Paths with queries.
const TARGETS: &[&str] = &[
    "/public/",
    "/public",
    "/public/%C3%A9",
    "/text",
    "/",
    "/items?page=2",
    "/items?callback=show",
    "/feed",
    "/feed?callback=app.show",
    "/feed?callback=app.show",
    "/feed?x=1&callback=jQuery1_2",
    "/feed?callback=app%2eshow&callback=alert(1)",
    "/feed?callback=alert(1)",
    "/feed?callback=12",
    "/feed?callback=",
    "/public/a",
    "/public/a?callback=show",
    "/missing",
    "/missing?callback=show",
    "/empty?callback=show",
    "/latin1?callback=show",
    "/problem?callback=show",
    "/text?callback=show",
    "/ping",
    "/ping?callback=show",
    "/ping/1",
    "/pings",
    "/image",
    "/script",
    "/style",
    "/page",
    "/hooks/payment",
    "/hooks/payment/",
];
const JSONP_TARGETS: &[&str] = &[
    "/feed?callback=app.show",
    "/feed?callback=jQuery1",
    "/feed?callback=12",
    "/items?callback=show",
];
const AMBIGUOUS_TARGETS: &[&str] = &[
    "/public/../feed",
    "/public/./a",
    "/public/..",
    "/public/%2E%2e/text",
    "/public/a;b",
    "/public\\a",
    "/public/..\\text",
    "/public/a%2Fb",
    "/public/a%5cb",
    "/public/a%25b",
    "/public/%2561",
    "/public/%61",
    "/public/a%7E",
    "/public/a%20b",
    "/public/a%00",
    "/public/a%7F",
    "/hooks/..%3b/text",
    "/public//a",
    "/public/%2e%2e/feed?callback=show",
    "/public//a?callback=show",
    "/public/..%2ffeed",
    "/hooks/../hooks/payment",
    "//hooks/payment",
    "/ping/..;/page",
    "/socket",
];
const ELEMENTS: &[&str] = &[
    "image",
    "image",
    "script",
    "script",
    "style",
    "font",
    "iframe",
    "object",
    "worker",
    "serviceworker",
];
const CALL_HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("authorization", "Bearer t"),
    ("x-a", "1"),
    ("accept", "text/plain"),
    ("sec-fetch-site", "same-origin"),
];
const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json, text/plain",
    "application/",
    "text/plain; x=application/json",
    "TEXT/PLAIN",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "text/ping",
    "application/csp-report",
    "application/expect-ct-report+json",
    "application/xss-auditor-report",
    "application/ocsp-request",
    "",
];
const CLIENT_METHODS: &[&str] = &[
    "GET", "GET", "GET", "HEAD", "POST", "POST", "POST", "PUT", "QUERY", "DELETE", "OPTIONS",
    "OPTIONS", "CONNECT",
];
const AUTHORITIES: &[&str] = &["api.example.com", "api.example.com:443", "rebound.example"];
const HOSTS: &[&str] = &[
    "api.example.com",
    "api.example.com",
    "api.example.com",
    "API.example.com:443",
    "api.example.com:8443",
    "app.example.com",
    "public.example.com:8443",
    "public.example.com",
    "public.example.com:443",
    "example.com",
    "evilexample.com",
    "rebound.example",
    "api.example.com.rebound.example",
    "localhost:3000",
    "localhost",
    "a.localhost:1",
    "127.0.0.1:8080",
    "127.1.2.3",
    "[::1]:3000",
    "api.example.com:",
    "api.example.com:99999",
    "api.example.com/",
    "",
];
