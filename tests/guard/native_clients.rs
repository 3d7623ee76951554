//! Native clients, which write `Origin` with a slash at the end or with a default port.
//!
//! DESIGN, "Settled behaviour", 19. <https://github.com/facebook/react-native/issues/16304>,
//! <https://github.com/CollaboraOnline/online/issues/12334>

use http::{Request, request};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Outcome, Rule},
    guard::{Csrf, Rejection, WebSocket},
};

use crate::support::guarded::expect;

const HOST: &str = "api.example.com:443";

/// The origin that a client writes, and whether guards read it as `https://api.example.com`.
#[rustfmt::skip]
const WRITTEN: &[(&str, bool)] = &[
    ("https://api.example.com", true),
    ("https://api.example.com/", true),
    ("https://api.example.com:443", true),
    ("https://api.example.com:443/", true),
    ("https://api.example.com//", false),
    ("https://api.example.com/:443", false),
    ("https://api.example.com:443:443", false),
    ("https://api.example.com:80", false),
    ("https://api.example.com:0443", false),
    ("https://api.example.com:443//", false),
    ("https://api.example.com:8443", false),
    ("https://api.example.com/x", false),
    ("https://api.example.com/?", false),
    ("wss://api.example.com", false),
    ("wss://api.example.com:443", false),
    ("https://evil.example:443", false),
    ("https://evil.example/", false),
    ("https://api.example.com.", false),
];

fn handshake(host: &str, origin: &str) -> request::Builder {
    let request = Request::get("/socket").header("host", host).header("upgrade", "websocket");
    request.header("origin", origin)
}

fn post(host: &str, origin: &str) -> request::Builder {
    Request::post("/").header("host", host).header("origin", origin)
}

#[test]
fn guards_compare_without_slash_and_default_port() {
    for (origin, is_allowed) in WRITTEN {
        let denied = |rejection| if *is_allowed { None } else { Some(rejection) };
        let csrf = denied(Rejection::CsrfOrigin);
        let web_socket = denied(Rejection::WebSocketOrigin);
        let api = ["https://api.example.com"];
        let rule = Rule::for_origins(api).allow_credentials(true);
        let policy = CorsPolicy::new(rule).unwrap();
        expect(Csrf::new(), || post(HOST, origin), csrf, origin);
        expect(WebSocket::new(), || handshake(HOST, origin), web_socket, origin);
        for (name, check) in [
            ("service", Csrf::new().service_origins(api)),
            ("trusted", Csrf::new().trust_origins(api)),
            ("policy", Csrf::new().trust_policy(policy.clone())),
        ] {
            expect(check, || post("backend", origin), csrf, &format!("{name} {origin}"));
        }
        for (name, check) in [
            ("service", WebSocket::new().service_origins(api)),
            ("trusted", WebSocket::new().trust_origins(api)),
            ("policy", WebSocket::new().trust_policy(policy.clone())),
        ] {
            expect(check, || handshake("backend", origin), web_socket, &format!("{name} {origin}"));
        }
    }
}

#[test]
fn plain_http_has_its_own_default_port() {
    let denied = Some(Rejection::WebSocketOrigin);
    for (origin, rejection) in [
        ("http://localhost:80", None),
        ("http://localhost:80/", None),
        ("http://localhost:443", denied),
        ("http://localhost:8080", denied),
        ("http://localhost:0", denied),
    ] {
        expect(WebSocket::new(), || handshake("localhost", origin), rejection, origin);
    }
}

#[test]
fn origin_of_files_keeps_its_slashes() {
    let check = || {
        let check = WebSocket::new().dangerously_allow_null_origin(true);
        check.trust_origins(["file://"])
    };
    expect(check(), || handshake("a.example", "file://"), None, "file://");
    let denied = Some(Rejection::WebSocketOrigin);
    expect(check(), || handshake("a.example", "file:/"), denied, "file:/");
    expect(WebSocket::new(), || handshake("a.example", "file://"), denied, "not trusted");
}

#[test]
fn enforce_reads_the_origin_of_handshakes_as_guards_do() {
    let policy = |config: CorsConfig| CorsPolicy::new(config.enforce(true)).unwrap();
    let rule = || CorsConfig::from(Rule::for_origins(["https://api.example.com"]));
    let elsewhere = || CorsConfig::from(Rule::for_origins(["https://other.example"]));
    let is_early = |policy: &CorsPolicy, request: request::Builder| {
        policy.decide(&RequestHead::from(&request.body(()).unwrap())).is_early()
    };
    for (origin, is_allowed) in WRITTEN {
        let is_browser = *origin == "https://api.example.com";
        for (name, config, host) in [
            ("rule", rule(), "backend"),
            ("service", elsewhere().service_origins(["https://api.example.com"]), "backend"),
            ("host", elsewhere(), HOST),
        ] {
            let policy = policy(config);
            let about = format!("{name} {origin}");
            assert_eq!(!is_early(&policy, handshake(host, origin)), *is_allowed, "{about}");
            let connect =
                Request::connect("/socket").header("host", host).header("origin", *origin);
            assert_eq!(!is_early(&policy, connect), *is_allowed, "{about}, CONNECT");
            // Other requests are requests of CORS, where such an origin is malformed.
            assert_eq!(!is_early(&policy, post(host, origin)), is_browser, "{about}, POST");
        }
    }
    // CORS itself reads the value as it is.
    let cors = CorsPolicy::new(rule()).unwrap();
    let request = post("backend", "https://api.example.com/").body(()).unwrap();
    assert_eq!(cors.decide(&RequestHead::from(&request)).outcome(), Outcome::Rejected);
}
