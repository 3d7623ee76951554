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

use http::{Request, Response, request};
use tower::{Layer, ServiceExt, service_fn};
use tower_cross_origin::{
    cors::Rule,
    guard::{LocalServerError, LocalServerLayer, Rejection},
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

#[test]
fn only_trusted_clients_reach_the_server() {
    const HOST: &str = "localhost:3000";
    let evil = "https://evil.example";
    let inspector = "http://localhost:6274";
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
    let own = Some(inspector.to_owned());
    #[rustfmt::skip]
    let cases = [
        // The name of the page resolves to this machine, so the request is same-origin to the browser.
        ("rebinding", site(post("evil.example:3000", "http://evil.example:3000"), "same-origin"), (403, Some(Rejection::UnknownHost), None, 0)),
        ("rebinding, GET", Request::get("/mcp").header("host", "evil.example:3000"), (403, Some(Rejection::UnknownHost), None, 0)),
        ("0.0.0.0", post("0.0.0.0:3000", evil), (403, Some(Rejection::UnknownHost), None, 0)),
        ("no-cors POST", site(post(HOST, evil), "cross-site"), (403, Some(Rejection::CsrfSite), None, 0)),
        ("no-cors POST of an older browser", post(HOST, evil), (403, Some(Rejection::CsrfOrigin), None, 0)),
        ("sandboxed frame", post(HOST, "null"), (403, Some(Rejection::CsrfOrigin), None, 0)),
        ("a name that begins with localhost", post(HOST, "https://localhost.evil.example"), (403, Some(Rejection::CsrfOrigin), None, 0)),
        ("WebSocket", socket(evil), (403, Some(Rejection::WebSocketOrigin), None, 0)),
        ("WebSocket of a sandboxed frame", socket("null"), (403, Some(Rejection::WebSocketOrigin), None, 0)),
        ("preflight", preflight(evil), (403, None, None, 0)),
        // The request reaches the server, but the page cannot read the response.
        ("GET", Request::get("/mcp").header("host", HOST).header("origin", evil), (200, None, None, 1)),
        // Trusted clients.
        ("a program", post(HOST, ""), (200, None, None, 1)),
        ("a program, by address", post("127.0.0.1:3000", ""), (200, None, None, 1)),
        ("a program, by IPv6", post("[::1]:3000", ""), (200, None, None, 1)),
        ("a local page", site(post(HOST, inspector), "same-site"), (200, None, own.clone(), 1)),
        ("a local page's preflight", preflight(inspector), (204, None, own.clone(), 0)),
        ("a local page's WebSocket", socket(inspector), (200, None, own, 1)),
        ("the server's own page", site(post(HOST, "http://localhost:3000"), "same-origin"), (200, None, Some("http://localhost:3000".to_owned()), 1)),
    ];
    let layer = LocalServerLayer::new(Rule::for_loopback_origins()).unwrap();
    for (about, request, expected) in cases {
        let (head, ()) = request.body(()).unwrap().into_parts();
        let copy = || {
            let mut request = Request::builder().method(&head.method).uri(&head.uri);
            *request.headers_mut().unwrap() = head.headers.clone();
            request
        };
        assert_eq!(send(None, copy()), (200, None, None, 1), "{about}, without the layer");
        assert_eq!(send(Some(&layer), copy()), expected, "{about}");
    }
}

#[test]
fn listed_page_of_the_vendor_is_allowed() {
    let vendor = "https://inspector.example";
    let listed = LocalServerLayer::new(Rule::for_origins([vendor])).unwrap();
    let loopback = LocalServerLayer::new(Rule::for_loopback_origins()).unwrap();
    let request = || post("localhost:3000", vendor).header("sec-fetch-site", "cross-site");
    assert_eq!(send(Some(&listed), request()), (200, None, Some(vendor.to_owned()), 1));
    assert_eq!(send(Some(&loopback), request()).1, Some(Rejection::CsrfSite));
    let page = || post("localhost:3000", "http://localhost:6274");
    assert_eq!(
        send(Some(&listed), page()).1,
        Some(Rejection::CsrfOrigin),
        "an origin that is not listed"
    );
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
    assert!(matches!(&error, LocalServerError::Hosts(error) if error.faults().len() == 2));
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
        "with a rule for any origin, every page of the web could use a server of the user's own \
         machine; write Rule::for_loopback_origins(), or name the origins"
    );
    let faulty = LocalServerLayer::new(Rule::for_origins(["localhost:3000"])).unwrap_err();
    assert!(matches!(&faulty, LocalServerError::Rule(error) if error.faults().len() == 1));
    assert!(faulty.to_string().contains("rules[0].origins[0]"), "{faulty}");
}
