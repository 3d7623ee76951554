//! Tests of the preset for servers on the user's own machine.
//!
//! Hostile pages use a loopback name, another name, or a name that resolves to the machine. PEERS rows 39 and
//! 40, RUSTSEC-2026-0189 and similar advisories.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{HeaderMap, Method, Request, Response, StatusCode, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    cors::{OriginPredicate, Rule},
    guard::{FaultKind, LocalServerError, LocalServerLayer, Rejection},
    origin::OriginSet,
};

use crate::support::block_on;

/// Status, reason of the guard, allowed origin, and number of calls of the server.
type Outcome = (u16, Option<Rejection>, Option<String>, usize);

fn send(layer: Option<&LocalServerLayer>, request: request::Builder) -> Outcome {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let server = service_fn(move |_: Request<()>| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, Infallible>(Response::new(())) }
    });
    let request = request.body(()).unwrap();
    let response = match layer {
        Some(layer) => block_on(layer.layer(server).oneshot(request)),
        None => block_on(server.oneshot(request)),
    };
    let response = response.unwrap();
    let allowed_origin = response.headers().get("access-control-allow-origin");
    let allowed_origin = allowed_origin.map(|origin| origin.to_str().unwrap().to_owned());
    (
        response.status().as_u16(),
        response.extensions().get().copied(),
        allowed_origin,
        calls.load(Ordering::SeqCst),
    )
}

fn post(host: &str, origin: &str) -> request::Builder {
    let request = Request::post("/mcp").header("host", host).header("content-type", "text/plain");
    if origin.is_empty() { request } else { request.header("origin", origin) }
}

/// Sends a request with and without the layer. Without the layer, it always reaches the server.
#[track_caller]
fn expect(layer: &LocalServerLayer, request: request::Builder, expected: &Outcome, about: &str) {
    let (head, ()) = request.body(()).unwrap().into_parts();
    let copy = || {
        let mut request = Request::builder().method(&head.method).uri(&head.uri);
        *request.headers_mut().unwrap() = head.headers.clone();
        request
    };
    assert_eq!(send(None, copy()), (200, None, None, 1), "{about}, without the layer");
    assert_eq!(&send(Some(layer), copy()), expected, "{about}");
}

fn denied(rejection: Rejection) -> Outcome {
    (403, Some(rejection), None, 0)
}

fn allowed() -> Outcome {
    (200, None, None, 1)
}

fn allowed_to(origin: &str) -> Outcome {
    (200, None, Some(origin.to_owned()), 1)
}

/// Returns a request to the server with these field lines.
fn request(method: &str, host: &str, lines: &[(&str, &str)]) -> request::Builder {
    let request = Request::builder().method(method).uri("/mcp").header("host", host);
    lines.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

const HOST: &str = "localhost:3000";
const EVIL: &str = "https://evil.example";
const INSPECTOR: &str = "http://localhost:6274";

fn loopback() -> LocalServerLayer {
    LocalServerLayer::new(Rule::for_loopback_origins()).unwrap()
}

#[test]
fn only_trusted_clients_reach_the_server() {
    let socket = |origin: &str| {
        let request = Request::get("/socket").header("host", HOST).header("upgrade", "websocket");
        request.header("origin", origin)
    };
    let preflight = |origin: &str| {
        Request::options("/mcp")
            .header("host", HOST)
            .header("origin", origin)
            .header("access-control-request-method", "DELETE")
            .header("access-control-request-headers", "authorization,content-type,mcp-session-id")
    };
    let site = |request: request::Builder, site: &str| request.header("sec-fetch-site", site);
    let (unknown_host, origin) =
        (denied(Rejection::UnknownHost), denied(Rejection::LocalServerOrigin));
    #[rustfmt::skip]
    let cases = [
        // The name of the page resolves to this machine, so the request is same-origin to the browser.
        ("rebinding", site(post("evil.example:3000", "http://evil.example:3000"), "same-origin"), &unknown_host),
        ("rebinding, GET", Request::get("/mcp").header("host", "evil.example:3000"), &unknown_host),
        ("0.0.0.0", post("0.0.0.0:3000", EVIL), &unknown_host),
        ("no-cors POST", site(post(HOST, EVIL), "cross-site"), &origin),
        ("no-cors POST of an older browser", post(HOST, EVIL), &origin),
        ("a wrong Sec-Fetch-Site", site(post(HOST, EVIL), "same-origin"), &origin),
        ("sandboxed frame", post(HOST, "null"), &origin),
        ("sandboxed frame of an own page", site(post(HOST, "null"), "same-origin"), &origin),
        ("a name that begins with localhost", post(HOST, "https://localhost.evil.example"), &origin),
        ("a name with the host as a user", post(HOST, "https://localhost:3000@evil.example"), &origin),
        ("the host with another scheme", post(HOST, "ftp://localhost:3000"), &origin),
        ("two origins", post(HOST, INSPECTOR).header("origin", EVIL), &origin),
        ("two own origins", post(HOST, INSPECTOR).header("origin", INSPECTOR), &origin),
        ("an empty origin", post(HOST, "").header("origin", ""), &origin),
        ("WebSocket", socket(EVIL), &origin),
        ("WebSocket of a sandboxed frame", socket("null"), &origin),
        ("preflight", preflight(EVIL), &origin),
        // S3: the MCP transport requires 403 for every connection.
        ("GET", Request::get("/mcp").header("host", HOST).header("origin", EVIL), &origin),
        ("HEAD", request("HEAD", HOST, &[("origin", EVIL)]), &origin),
        ("event stream", request("GET", HOST, &[("origin", EVIL), ("accept", "text/event-stream"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")]), &origin),
        ("navigation with Origin", request("GET", HOST, &[("origin", EVIL), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]), &origin),
        ("OPTIONS without a preflight", request("OPTIONS", HOST, &[("origin", EVIL)]), &origin),
        ("CONNECT", request("CONNECT", HOST, &[("origin", EVIL)]), &origin),
        ("WebSocket over HTTP/2", request("CONNECT", HOST, &[("origin", EVIL), ("sec-websocket-version", "13")]), &origin),
        ("WebTransport", request("CONNECT", HOST, &[("origin", EVIL), ("sec-webtransport-http3-draft02", "1")]), &origin),
        ("QUERY", request("QUERY", HOST, &[("origin", EVIL)]), &origin),
        ("DELETE", request("DELETE", HOST, &[("origin", EVIL)]), &origin),
        // Trusted clients.
        ("a program", post(HOST, ""), &allowed()),
        ("a program, by address", post("127.0.0.1:3000", ""), &allowed()),
        ("a program, by IPv6", post("[::1]:3000", ""), &allowed()),
        ("a program's tunnel", request("CONNECT", HOST, &[]), &allowed()),
        ("a program's WebSocket", request("GET", HOST, &[("upgrade", "websocket"), ("sec-websocket-version", "13")]), &allowed()),
        ("Node.js", request("POST", HOST, &[("sec-fetch-mode", "cors")]), &allowed()),
        ("a local page", site(post(HOST, INSPECTOR), "same-site"), &allowed_to(INSPECTOR)),
        ("a local page of another site", site(post("127.0.0.1:3000", INSPECTOR), "cross-site"), &allowed_to(INSPECTOR)),
        ("a local page's preflight", preflight(INSPECTOR), &(204, None, Some(INSPECTOR.to_owned()), 0)),
        ("a local page's WebSocket", socket(INSPECTOR), &allowed_to(INSPECTOR)),
        // Layers do not change the headers of a tunnel.
        ("a local page's WebTransport", request("CONNECT", HOST, &[("origin", INSPECTOR)]), &allowed()),
        ("the server's own page", site(post(HOST, "http://localhost:3000"), "same-origin"), &allowed_to("http://localhost:3000")),
        ("the origin of a native client", post(HOST, "http://localhost:6274/"), &allowed()),
    ];
    let layer = loopback();
    for (about, request, expected) in cases {
        expect(&layer, request, expected, about);
    }
}

/// The `Sec-Fetch-*` values of requests without `Origin`.
type Metadata = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const EMBEDDED: [Metadata; 15] = [
    ("script", "GET", "no-cors", "script"),
    ("image", "GET", "no-cors", "image"),
    ("style", "GET", "no-cors", "style"),
    ("frame", "GET", "navigate", "iframe"),
    ("old frame", "GET", "navigate", "frame"),
    ("object", "GET", "navigate", "object"),
    ("embed", "GET", "navigate", "embed"),
    ("fenced frame", "GET", "navigate", "fencedframe"),
    ("fetch", "GET", "no-cors", "empty"),
    ("video", "GET", "no-cors", "video"),
    ("manifest", "GET", "cors", "manifest"),
    ("script as a document", "GET", "no-cors", "document"),
    ("form", "POST", "navigate", "document"),
    ("HEAD navigation", "HEAD", "navigate", "document"),
    ("tunnel", "CONNECT", "websocket", "websocket"),
];

// S2, CVE-2025-30359: a page loads a response as a script and reads it.
#[test]
fn embedding_by_other_sites_is_denied() {
    let layer = loopback();
    for host in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"] {
        for (about, method, mode, destination) in EMBEDDED {
            let lines = |site| {
                [
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", mode),
                    ("sec-fetch-dest", destination),
                ]
            };
            let send = |site| request(method, host, &lines(site));
            expect(&layer, send("cross-site"), &denied(Rejection::LocalServerSite), about);
            let twice = send("same-origin").header("sec-fetch-site", "same-origin");
            expect(&layer, twice, &denied(Rejection::LocalServerSite), about);
            // Pages of this machine, the address bar, and future values.
            for site in ["same-origin", "same-site", "none", "future"] {
                expect(&layer, send(site), &allowed(), about);
            }
        }
    }
}

// RFC 8252, section 7.3: the authorization server redirects the user to a loopback address.
#[test]
fn links_and_oauth_redirects_are_allowed() {
    let vendor = LocalServerLayer::new(Rule::for_origins(["https://vendor.example"])).unwrap();
    for layer in [loopback(), vendor] {
        for host in ["localhost:3000", "127.0.0.1:51004", "[::1]:61023"] {
            for site in ["cross-site", "same-site"] {
                let lines = [
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                    ("sec-fetch-user", "?1"),
                    ("upgrade-insecure-requests", "1"),
                ];
                expect(&layer, request("GET", host, &lines), &allowed(), site);
            }
            let address_bar = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
            expect(&layer, request("GET", host, &address_bar), &allowed(), "address bar");
            expect(&layer, request("GET", host, &[]), &allowed(), "older browser");
        }
    }
}

// A page of the same site is trusted only if the rule matches all of them.
#[test]
fn same_site_pages_need_a_rule_for_loopback_origins() {
    let script = [
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "script"),
    ];
    let site = denied(Rejection::LocalServerSite);
    let vendor = "https://vendor.example";
    #[rustfmt::skip]
    let cases = [
        (Rule::for_loopback_origins(), "localhost:3000", allowed()),
        (Rule::for_loopback_origins().add_origins([vendor]), "localhost:3000", allowed()),
        (Rule::for_loopback_origins(), "app.localhost:3000", allowed()),
        (Rule::for_loopback_origins(), "127.0.0.1", allowed()),
        // Another machine of the same site is not a loopback origin.
        (Rule::for_loopback_origins(), "tool.corp.example:3000", site.clone()),
        (Rule::for_origins([vendor]), "localhost:3000", site.clone()),
        (Rule::for_origins([INSPECTOR]), "localhost:3000", site.clone()),
        (Rule::for_origins(["http://localhost:*"]), "localhost:3000", site),
    ];
    for (rule, host, expected) in cases {
        let layer = LocalServerLayer::new(rule.clone()).unwrap();
        let layer = layer.add_hosts(["tool.corp.example"]).unwrap();
        expect(&layer, request("GET", host, &script), &expected, &format!("{host}, {rule:?}"));
    }
}

// An attacker in the network can change a plain HTTP page of the server's name.
#[test]
fn own_host_with_another_scheme_is_denied() {
    let layer = LocalServerLayer::new(Rule::for_origins(["https://vendor.example"])).unwrap();
    let layer = layer.add_hosts(["tool.internal"]).unwrap();
    let own = "http://tool.internal";
    let send = |site: &[(&str, &str)]| {
        request("POST", "tool.internal", &[&[("origin", own)], site].concat())
    };
    expect(&layer, send(&[("sec-fetch-site", "same-origin")]), &allowed(), "own page");
    expect(&layer, send(&[]), &allowed(), "own page without TLS");
    for site in ["cross-site", "same-site"] {
        let lines = [("sec-fetch-site", site)];
        expect(&layer, send(&lines), &denied(Rejection::LocalServerOrigin), site);
    }
}

#[test]
fn listed_page_of_the_vendor_is_allowed() {
    let vendor = "https://inspector.example";
    let listed = LocalServerLayer::new(Rule::for_origins([vendor])).unwrap();
    let request = || post(HOST, vendor).header("sec-fetch-site", "cross-site");
    let denied = denied(Rejection::LocalServerOrigin);
    expect(&listed, request(), &allowed_to(vendor), "listed");
    expect(&loopback(), request(), &denied, "not listed");
    expect(&listed, post(HOST, INSPECTOR), &denied, "an origin that is not listed");
    expect(&listed, post(HOST, "http://localhost:3000"), &allowed(), "the server's own page");
    // Every response has the CORS headers for a static origin, but other pages cannot use the server.
    let fixed = LocalServerLayer::new(Rule::for_static_origin(vendor)).unwrap();
    expect(&fixed, request(), &allowed_to(vendor), "static origin");
    expect(&fixed, post(HOST, EVIL), &denied, "other than the static origin");
    // At other paths, no rule allows the origin.
    let layer = LocalServerLayer::new(Rule::for_origins([vendor]).paths(["/mcp"])).unwrap();
    expect(&layer, request(), &allowed_to(vendor), "path of the rule");
    let other = Request::get("/other").header("host", HOST).header("origin", vendor);
    expect(&layer, other, &denied, "another path");
}

#[test]
fn predicate_and_null_settings_of_the_rule_apply() {
    let every = OriginPredicate::new(|origin, _| origin.as_str().ends_with("//tool.example"));
    let layer = LocalServerLayer::new(Rule::for_origins_where(every.clone())).unwrap();
    let (https, http) = ("https://tool.example", "http://tool.example");
    let rejected = denied(Rejection::LocalServerOrigin);
    expect(&layer, post(HOST, https), &allowed_to(https), "predicate");
    expect(&layer, post(HOST, http), &rejected, "an insecure origin");
    expect(&layer, post(HOST, "null"), &rejected, "null");
    let rule = Rule::for_origins_where(every).dangerously_allow_insecure_origins(true);
    let layer = LocalServerLayer::new(rule.dangerously_allow_null_origin(true)).unwrap();
    expect(&layer, post(HOST, http), &allowed_to(http), "an insecure origin that is allowed");
    expect(&layer, post(HOST, "null"), &allowed_to("null"), "null that is allowed");
}

#[test]
fn exempt_paths_allow_forms_of_other_sites() {
    let layer = loopback().exempt_paths(["/callback", "/saml/*"]).unwrap();
    let form = |path: &str| {
        Request::post(path)
            .header("host", HOST)
            .header("origin", EVIL)
            .header("sec-fetch-site", "cross-site")
    };
    for path in ["/callback", "/callback?code=1", "/saml/acs"] {
        expect(&layer, form(path), &allowed(), path);
    }
    let rejected = denied(Rejection::LocalServerOrigin);
    for path in ["/", "/callback/", "/saml/../mcp", "/saml/..%2fmcp", "//callback"] {
        expect(&layer, form(path), &rejected, path);
    }
    let rebound = Request::post("/callback").header("host", "evil.example");
    expect(&layer, rebound, &denied(Rejection::UnknownHost), "rebinding");
    expect(&layer, form("/callback").header("upgrade", "websocket"), &rejected, "WebSocket");
    expect(&layer, form("/callback").method("CONNECT"), &rejected, "CONNECT");
    expect(&layer, form("/callback").header("origin", EVIL), &allowed(), "two origins");
    let error = layer.exempt_paths(["callback"]).unwrap_err();
    assert!(matches!(&error, LocalServerError::Guard(error) if error.faults().len() == 1));
    assert!(error.to_string().contains(r#"local_server.exempt_paths[2] = "callback""#), "{error}");
}

/// Returns the headers of a response. The inner service responds with `status` and its own headers.
fn headers(request: request::Builder, status: StatusCode, own: &HeaderMap) -> (u16, HeaderMap) {
    let own = own.clone();
    let server = service_fn(move |_: Request<()>| {
        let mut response = Response::new(());
        *response.status_mut() = status;
        *response.headers_mut() = own.clone();
        async { Ok::<_, Infallible>(response) }
    });
    let response = block_on(loopback().layer(server).oneshot(request.body(()).unwrap())).unwrap();
    let (parts, ()) = response.into_parts();
    (parts.status.as_u16(), parts.headers)
}

#[test]
fn responses_cannot_be_embedded_by_other_origins() {
    let policy = |request, status, own: &[(&'static str, &str)]| {
        let own = own.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let (status, headers) = headers(request, status, &own.collect());
        let policies = headers.get_all("cross-origin-resource-policy").iter();
        (status, policies.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let get = || request("GET", HOST, &[]);
    let same_origin = vec!["same-origin".to_owned()];
    let own = [("cross-origin-resource-policy", "cross-origin")];
    let ok = StatusCode::OK;
    assert_eq!(policy(get(), ok, &[]), (200, same_origin.clone()));
    assert_eq!(policy(get(), StatusCode::NOT_MODIFIED, &[]), (304, same_origin.clone()));
    assert_eq!(policy(get(), StatusCode::NOT_FOUND, &[]), (404, same_origin.clone()));
    assert_eq!(policy(get(), ok, &own), (200, vec!["cross-origin".to_owned()]));
    assert_eq!(
        policy(request("GET", HOST, &[("origin", EVIL)]), ok, &[]),
        (403, same_origin.clone())
    );
    // Upgrades are unchanged.
    assert_eq!(policy(get(), StatusCode::SWITCHING_PROTOCOLS, &[]), (101, vec![]));
    let connect = || get().method(Method::CONNECT);
    assert_eq!(policy(connect(), ok, &[]), (200, vec![]));
    assert_eq!(policy(connect(), StatusCode::NOT_FOUND, &[]), (404, same_origin));
}

#[test]
fn responses_vary_on_the_headers_of_the_decision() {
    let evil: &[_] = &[("origin", EVIL)];
    for (lines, status) in
        [(&[] as &[_], 200), (&[("sec-fetch-site", "cross-site")], 403), (evil, 403)]
    {
        let (actual, headers) =
            headers(request("GET", HOST, lines), StatusCode::OK, &HeaderMap::new());
        let vary =
            headers.get_all("vary").iter().flat_map(|line| line.to_str().unwrap().split(", "));
        let mut vary = vary.map(str::to_owned).collect::<Vec<_>>();
        vary.sort_unstable();
        assert_eq!(
            (actual, vary.join(", ").as_str()),
            (status, "origin, sec-fetch-dest, sec-fetch-mode, sec-fetch-site")
        );
    }
}

#[test]
fn added_hosts_extend_the_loopback_names() {
    let layer = LocalServerLayer::new(Rule::for_loopback_origins()).unwrap();
    let layer = layer.add_hosts(["tool.internal"]).unwrap().add_hosts(["*.lan:3000"]).unwrap();
    for host in ["tool.internal:3000", "my.lan:3000", "localhost:3000", "[::1]"] {
        assert_eq!(send(Some(&layer), post(host, "")).0, 200, "{host}");
    }
    for host in ["evil.example", "my.lan:3001"] {
        assert_eq!(send(Some(&layer), post(host, "")).1, Some(Rejection::UnknownHost), "{host}");
    }
    let error = layer.add_hosts(["http://tool.internal", "*"]).unwrap_err();
    assert!(matches!(&error, LocalServerError::Guard(error) if error.faults().len() == 2));
    assert!(error.to_string().contains(r#"host.names[2] = "http://tool.internal""#), "{error}");
}

#[test]
fn inner_service_of_a_local_server_is_accessible() {
    let layer = LocalServerLayer::new(Rule::for_loopback_origins()).unwrap();
    let mut service = layer.layer(7);
    *service.get_mut() += 1;
    assert_eq!((*service.get_ref(), service.into_inner()), (8, 8));
}

// salvo#1308 and the daemons of PEERS row 39: with such a rule, every page can use the server.
#[test]
fn any_origin_rule_is_rejected() {
    let error = LocalServerLayer::new(Rule::for_any_origin()).unwrap_err();
    assert_eq!(error, LocalServerError::AnyOrigin);
    assert_eq!(
        error.to_string(),
        "the rule allows every origin; every web page could use a server on the user's own machine; \
         list the allowed origins, such as \"http://localhost:*\""
    );
    let faulty = LocalServerLayer::new(Rule::for_origins(["localhost:3000"])).unwrap_err();
    assert!(matches!(&faulty, LocalServerError::Rule(error) if error.faults().len() == 1));
    assert!(faulty.to_string().contains("rules[0].origins[0]"), "{faulty}");
}

// S12 and S4: a rule that pages of strangers match is rejected, as a pattern, an expression or a set.
#[test]
fn rule_that_pages_of_strangers_match_is_rejected() {
    let regex = |text: &str| Rule::for_origin_regexes([text]);
    let kind = |rule: Rule| match LocalServerLayer::new(rule).unwrap_err() {
        LocalServerError::Guard(error) => {
            assert!(error.faults()[0].setting().starts_with("rules"), "{error}");
            error.faults()[0].kind().clone()
        }
        error => panic!("{error}"),
    };
    let many = |kind: FaultKind| matches!(kind, FaultKind::ManyDomainsTrusted { .. });
    #[rustfmt::skip]
    let expressions = [
        r"https?://.*", r"https://.*", r".*", r".+", r"https://[^/]+", r"https?://[a-z.-]+(:[0-9]+)?", r"https://.*\.com",
        r"https://[a-z-]+\.github\.io", r"https://app\.example\.[a-z]+", r"[a-z]+://.*", r"(?s).*", r"https://.*|http://localhost",
        r"https://localhost.*", r"http.*://.*localhost.*",
    ];
    for text in expressions {
        let error = LocalServerLayer::new(regex(text)).unwrap_err();
        let LocalServerError::Guard(error) = error else { panic!("{text}: {error}") };
        let mut kinds = error.faults().iter().map(|fault| fault.kind().clone());
        assert!(kinds.any(many), "{text}: {error}");
        // Next to other origins, too.
        let rule = Rule::for_loopback_origins().add_origin_regexes([text]);
        assert!(matches!(LocalServerLayer::new(rule), Err(LocalServerError::Guard(_))), "{text}");
        let set = OriginSet::default().with_regexes([text]).unwrap();
        let rule = Rule::for_origins(&set);
        assert!(matches!(LocalServerLayer::new(rule), Err(LocalServerError::Guard(_))), "{text}");
    }
    let one = |text: &str| Rule::for_origins([text]);
    assert_eq!(kind(one("https://*.github.io")), FaultKind::PublicSuffixTrusted);
    let team = one("https://*.apps.example.com");
    assert!(LocalServerLayer::new(team.clone()).is_ok());
    assert_eq!(kind(team.public_suffixes(["apps.example.com"])), FaultKind::PublicSuffixTrusted);
    assert_eq!(kind(one("https://*.com")), FaultKind::PublicSuffixTrusted);
    assert_eq!(kind(one("http://intranet.example")), FaultKind::InsecureOriginTrusted);
    assert_eq!(kind(one("http://*.example.com").name("app")), FaultKind::InsecureOriginTrusted);
    let insecure = kind(regex(r"https?://app\.example\.com"));
    assert!(matches!(insecure, FaultKind::InsecureOriginRegexTrusted { .. }), "{insecure:?}");

    for rule in [
        one("https://*.github.io").dangerously_allow_public_suffixes(true),
        one("http://intranet.example").dangerously_allow_insecure_origins(true),
        regex(r"https://.*\.com").dangerously_allow_credentials_for_any_origin(true),
        regex(r"https://app\.(shop-a|shop-b)\.com"),
        regex(r"https?://localhost(:[0-9]+)?"),
        one("https://*.example.com"),
        one("vscode-webview://abc"),
    ] {
        assert!(LocalServerLayer::new(rule.clone()).is_ok(), "{rule:?}");
    }
    for rule in [Rule::for_any_origin(), Rule::public_read_only(), one("*")] {
        let rule = rule.dangerously_allow_credentials_for_any_origin(true);
        assert_eq!(LocalServerLayer::new(rule).unwrap_err(), LocalServerError::AnyOrigin);
    }
}

/// One combination of the parts of a request that decide.
#[derive(Clone, Copy, Debug)]
struct Combination {
    host: &'static str,
    method: &'static str,
    origins: &'static [&'static str],
    sites: &'static [&'static str],
    mode: Option<&'static str>,
    destination: Option<&'static str>,
}

impl Combination {
    fn request(self) -> request::Builder {
        let metadata = [("sec-fetch-mode", self.mode), ("sec-fetch-dest", self.destination)];
        let metadata = metadata.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let origins = self.origins.iter().map(|origin| ("origin", *origin));
        let sites = self.sites.iter().map(|site| ("sec-fetch-site", *site));
        let lines = origins.chain(sites).chain(metadata).collect::<Vec<_>>();
        request(self.method, self.host, &lines)
    }

    /// Returns the expected reason, without the code of the layer.
    fn expected(self, rule_origins: &[&str], is_for_loopback: bool) -> Option<Rejection> {
        let Self { host, method, origins, sites, mode, destination } = self;
        if host.starts_with("evil") {
            return Some(Rejection::UnknownHost);
        }
        let is_of_other_site = matches!(sites, ["cross-site"] | [_, _]);
        match origins {
            [] => {
                let is_navigation =
                    method == "GET" && mode == Some("navigate") && destination == Some("document");
                let is_local = is_for_loopback && host.starts_with("localhost");
                let is_of_untrusted_page =
                    is_of_other_site || (sites == ["same-site"] && !is_local);
                (is_of_untrusted_page && !is_navigation).then_some(Rejection::LocalServerSite)
            }
            [origin] if rule_origins.contains(origin) => None,
            [origin] if *origin == format!("http://{host}") => {
                let is_own = !is_of_other_site && sites != ["same-site"];
                (!is_own).then_some(Rejection::LocalServerOrigin)
            }
            _ => Some(Rejection::LocalServerOrigin),
        }
    }
}

#[test]
fn every_combination_follows_the_rules() {
    const HOSTS: [&str; 3] = ["localhost:3000", "tool.example:3000", "evil.example:3000"];
    const METHODS: [&str; 5] = ["GET", "HEAD", "POST", "OPTIONS", "CONNECT"];
    const ORIGINS: [&[&str]; 8] = [
        &[],
        &["http://localhost:3000"],
        &["http://tool.example:3000"],
        &["http://evil.example:3000"],
        &[INSPECTOR],
        &[EVIL],
        &["null"],
        &[INSPECTOR, INSPECTOR],
    ];
    const SITES: [&[&str]; 7] = [
        &[],
        &["same-origin"],
        &["same-site"],
        &["cross-site"],
        &["none"],
        &["future"],
        &["none", "none"],
    ];
    const MODES: [Option<&str>; 4] = [None, Some("navigate"), Some("cors"), Some("no-cors")];
    const DESTINATIONS: [Option<&str>; 3] = [None, Some("document"), Some("iframe")];
    let vendor = Rule::for_origins([INSPECTOR]);
    let local: &[&str] = &["http://localhost:3000", INSPECTOR];
    for (rule, rule_origins, is_for_loopback) in
        [(Rule::for_loopback_origins(), local, true), (vendor, &[INSPECTOR], false)]
    {
        let layer = LocalServerLayer::new(rule).unwrap().add_hosts(["tool.example"]).unwrap();
        let mut count = 0;
        for host in HOSTS {
            for method in METHODS {
                for (origins, sites) in
                    ORIGINS.iter().flat_map(|one| SITES.iter().map(move |other| (one, other)))
                {
                    for (mode, destination) in MODES
                        .iter()
                        .flat_map(|one| DESTINATIONS.iter().map(move |other| (*one, *other)))
                    {
                        let one = Combination { host, method, origins, sites, mode, destination };
                        let (status, rejection, _, calls) = send(Some(&layer), one.request());
                        assert_eq!(
                            rejection,
                            one.expected(rule_origins, is_for_loopback),
                            "{one:?}"
                        );
                        assert_eq!(
                            (status == 403, calls == 0),
                            (rejection.is_some(), rejection.is_some())
                        );
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, 10_080);
    }
}

// "The HTTP response body MAY comprise a JSON-RPC error response that has no id."
// https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint
#[test]
fn rejection_can_have_a_body_of_json_rpc() {
    let layer = loopback().add_hosts(["tool.internal"]).unwrap().reject_with(|rejection, head| {
        let id = head.headers().get("x-request-id").map_or("none", |id| id.to_str().unwrap());
        Response::builder().status(403).body(format!("{} for {id}", rejection.as_str())).unwrap()
    });
    let text = format!("{layer:?}");
    let service = layer.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new("served".to_owned()))
    }));
    assert!(text.starts_with("LocalServerLayer"), "{text}");
    let local = "localhost:3000";
    let evil = ("origin", "https://evil.example");
    let preflight = ("access-control-request-method", "POST");
    let cross_site = ("sec-fetch-site", "cross-site");
    for (about, request, expected) in [
        ("a program", request("POST", local, &[]), "served"),
        ("an added host", request("POST", "tool.internal", &[]), "served"),
        ("a request", request("POST", local, &[evil]), "local-server-origin for 7"),
        ("a preflight", request("OPTIONS", local, &[evil, preflight]), "local-server-origin for 7"),
        ("an element", request("GET", local, &[cross_site]), "local-server-site for 7"),
        ("another host", request("GET", "evil.example", &[]), "unknown-host for 7"),
        ("a bad host", request("POST", "a b", &[]), "malformed-host for 7"),
    ] {
        let is_get = request.method_ref() == Some(&Method::GET);
        let request = request.header("x-request-id", "7").body(()).unwrap();
        let response = block_on(service.clone().oneshot(request)).unwrap();
        assert_eq!(response.body(), expected, "{about}");
        let is_rejected = expected != "served";
        assert_eq!(response.status() == 403, is_rejected, "{about}");
        assert_eq!(response.extensions().get::<Rejection>().is_some(), is_rejected, "{about}");
        let headers = response.headers();
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{about}");
        assert_eq!(headers.contains_key("cache-control"), is_rejected, "{about}");
        assert_eq!(headers.contains_key("vary"), is_get || !is_rejected, "{about}");
    }
}
