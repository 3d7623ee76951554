//! Tests of the check of WebSocket handshakes. COMPANIONS, section 5, W1 to W8.
//!
//! Each attack that the check denies succeeds without the guard, in the same call.

use http::{Request, request};
use tower_cross_origin::{
    cors::{CorsPolicy, Rule},
    guard::{Check, FaultKind, Rejection, WebSocket},
    origin::{OriginErrorKind, OriginSet},
};

use crate::support::guarded::expect;

const OTHER: Option<Rejection> = Some(Rejection::WebSocketOrigin);

pub(super) fn handshake(headers: &[(&str, &str)]) -> request::Builder {
    let request = Request::get("/chat")
        .header("host", "app.example")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Returns a handshake over HTTP/2. RFC 8441, section 5.1
fn extended_connect(headers: &[(&str, &str)]) -> request::Builder {
    let request =
        Request::connect("https://app.example/chat").header("sec-websocket-version", "13");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

#[test]
fn only_pages_of_the_service_open_web_sockets() {
    type Case = (&'static [(&'static str, &'static str)], Option<Rejection>);
    #[rustfmt::skip]
    let cases: [Case; 23] = [
        (&[("origin", "https://app.example")], None),
        // The service does not know its scheme behind a TLS-terminating proxy.
        (&[("origin", "http://app.example")], None),
        (&[("origin", "https://evil.example")], OTHER),
        (&[("origin", "https://app.example.evil")], OTHER),
        (&[("origin", "https://evilapp.example")], OTHER),
        (&[("origin", "https://app.example@evil")], OTHER),
        (&[("origin", "https://app.example//")], OTHER),
        (&[("origin", "https://app.example:8443")], OTHER),
        // No browser sends these.
        (&[("origin", "HTTPS://APP.EXAMPLE")], OTHER),
        (&[("origin", "https://app.example:443:443")], OTHER),
        (&[("origin", "app.example")], OTHER),
        (&[("origin", "")], OTHER),
        (&[("origin", "null")], OTHER),
        (&[("origin", "https://app.example"), ("origin", "https://app.example")], OTHER),
        // CVE-2025-30360: an address has no special trust.
        (&[("origin", "http://127.0.0.1")], OTHER),
        (&[("origin", "http://localhost:3000")], OTHER),
        // Native clients.
        (&[], None),
        // `Sec-Fetch-Site` wins over `Origin`, also behind a proxy that changes the host.
        (&[("origin", "https://public.example"), ("sec-fetch-site", "same-origin")], None),
        (&[("origin", "https://app.example"), ("sec-fetch-site", "cross-site")], OTHER),
        (&[("origin", "https://app.example"), ("sec-fetch-site", "same-site")], OTHER),
        (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], OTHER),
        // Forwarding headers are ignored, since every client can send them.
        (&[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")], OTHER),
        (&[("origin", "https://evil.example"), ("forwarded", "host=evil.example")], OTHER),
    ];
    for (headers, rejection) in cases {
        for request in [handshake, extended_connect] {
            expect(WebSocket::new(), || request(headers), rejection, &format!("{headers:?}"));
        }
    }
}

// Detection is broader than the rules of servers, so that it misses no handshake.
#[test]
fn possible_handshakes_of_other_origins_are_denied() {
    let with_origin = |request: request::Builder| request.header("origin", "https://evil.example");
    let get = || Request::get("https://app.example/chat");
    let connect = || Request::connect("https://app.example/chat");
    #[rustfmt::skip]
    let cases: [(request::Builder, Option<Rejection>); 18] = [
        (get().header("upgrade", "websocket"), OTHER),
        (get().header("upgrade", "WEBSOCKET"), OTHER),
        (get().header("upgrade", "h2c, WebSocket"), OTHER),
        (get().header("upgrade", "h2c").header("upgrade", "websocket/13"), OTHER),
        (get().header("upgrade", "xwebsocketx"), OTHER),
        (get().header("sec-websocket-key", "x"), OTHER),
        (get().header("sec-websocket-version", "13"), OTHER),
        (get().method("POST").header("upgrade", "websocket"), OTHER),
        (get().method("BREW").header("upgrade", "websocket"), OTHER),
        (connect().header("sec-websocket-version", "13"), OTHER),
        (connect().header("upgrade", "websocket"), OTHER),
        // S14: some servers do not require the version.
        (connect(), OTHER),
        (connect().header("sec-websocket-protocol", "chat"), OTHER),
        // Requests that are not handshakes.
        (get(), None),
        (get().header("upgrade", "h2c"), None),
        (get().header("upgrade", "web-socket"), None),
        (get().method("POST"), None),
        (Request::connect("app.example:443"), None),
    ];
    for (request, rejection) in cases {
        let (head, ()) = with_origin(request).body(()).unwrap().into_parts();
        let copy = || {
            let mut request = Request::builder().method(&head.method).uri(&head.uri);
            *request.headers_mut().unwrap() = head.headers.clone();
            request
        };
        expect(WebSocket::new(), copy, rejection, &format!("{head:?}"));
    }
}

#[test]
fn trusted_origins_open_web_sockets() {
    let origins = OriginSet::parse(["https://*.example.com", "https://partner.example"]).unwrap();
    let credentialed = Rule::for_origins(["https://app.example.org"]).allow_credentials(true);
    let public = Rule::for_origins(["https://*.example.org"]);
    let policy = CorsPolicy::new([credentialed, public]).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("https://a.b.example.com", None, OTHER),
        ("http://a.example.com", OTHER, OTHER),
        ("https://example.com", OTHER, OTHER),
        ("https://evilexample.com", OTHER, OTHER),
        ("https://example.com.evil", OTHER, OTHER),
        ("https://partner.example", None, OTHER),
        // Credentialed origins of the policy are trusted, other origins of the policy are not.
        ("https://app.example.org", OTHER, None),
        ("https://other.example.org", OTHER, OTHER),
        ("null", OTHER, OTHER),
    ];
    for (origin, by_set, by_policy) in cases {
        let request = || handshake(&[("origin", origin), ("sec-fetch-site", "cross-site")]);
        expect(WebSocket::new().trust_origins(&origins), request, by_set, origin);
        expect(WebSocket::new().trust_policy(policy.clone()), request, by_policy, origin);
        let both = if by_set.is_none() { None } else { by_policy };
        let check = WebSocket::new().trust_policy(policy.clone()).trust_origins(&origins);
        expect(check, request, both, origin);
    }
}

// COMPANIONS, section 5: users most often report problems with a proxy that changes the host.
#[test]
fn service_origins_replace_the_host_behind_a_proxy() {
    let request = || {
        Request::get("/chat")
            .header("host", "127.0.0.1:8015")
            .header("upgrade", "websocket")
            .header("origin", "https://public.example")
    };
    expect(WebSocket::new(), request, OTHER, "not configured");
    let origins = || OriginSet::parse(["https://public.example"]).unwrap();
    expect(WebSocket::new().service_origins(origins()), request, None, "configured");
    let cross_site = || request().header("sec-fetch-site", "cross-site");
    expect(WebSocket::new().service_origins(origins()), cross_site, OTHER, "Sec-Fetch-Site wins");
    let address = || {
        let request = Request::get("/chat").header("host", "127.0.0.1:8015");
        request.header("upgrade", "websocket").header("origin", "http://127.0.0.1:8015")
    };
    let ignored = Some(Rejection::WebSocketServiceOrigin);
    expect(WebSocket::new().service_origins(origins()), address, ignored, "the host is ignored");
}

#[test]
fn missing_origin_can_be_denied_and_null_allowed() {
    let without = Some(Rejection::WebSocketWithoutOrigin);
    expect(WebSocket::new().require_origin(true), || handshake(&[]), without, "no Origin");
    let own = || handshake(&[("origin", "https://app.example")]);
    expect(WebSocket::new().require_origin(true), own, None, "with Origin");
    let null = || handshake(&[("origin", "null")]);
    expect(WebSocket::new().dangerously_allow_null_origin(true), null, None, "null");
    let evil = || handshake(&[("origin", "https://evil.example")]);
    expect(
        WebSocket::new().dangerously_allow_null_origin(true),
        evil,
        OTHER,
        "an origin that is not null",
    );
}

/// Checks origins of public reports in the trusted origins. R1, R2
#[test]
fn origins_as_engines_send_them_can_be_trusted() {
    for origin in [
        "https://www.example.com.",
        "safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA",
        "app://.",
    ] {
        let sent = || handshake(&[("origin", origin)]);
        expect(WebSocket::new().trust_origins([origin]), sent, None, origin);
        expect(WebSocket::new().trust_origins(["https://other.example"]), sent, OTHER, origin);
        let literal = origin.replace('.', r"\.");
        let trusted = OriginSet::default().with_regexes([literal]).unwrap();
        expect(WebSocket::new().trust_origins(trusted), sent, None, origin);
    }
}

/// Checks that `file://` needs the setting for `null`: every local file has this origin.
#[test]
fn file_origin_is_trusted_only_with_the_setting_for_null() {
    let file = || handshake(&[("origin", "file://")]);
    let fault = FaultKind::Origin(OriginErrorKind::FileScheme);
    let listed = OriginSet::parse(["https://a.example", "file://"]).unwrap();
    for (check, setting) in [
        (
            WebSocket::new().trust_origins(["https://a.example", "file://"]),
            "web_socket.trust_origins[1]",
        ),
        (WebSocket::new().trust_origins(&listed), "web_socket.trust_origins"),
        (WebSocket::new().service_origins(["file://"]), "web_socket.service_origins[0]"),
    ] {
        let faults = check.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((faults[0].setting(), faults[0].kind()), (setting, &fault));
        let check = check.dangerously_allow_null_origin(true);
        assert_eq!(check.faults().is_empty(), setting.contains("trust_origins"), "{setting}");
    }
    let check = WebSocket::new().trust_origins(["file://"]).dangerously_allow_null_origin(true);
    expect(check, file, None, "listed");
    let check = WebSocket::new().dangerously_allow_null_origin(true);
    expect(check, file, OTHER, "the setting alone");
    let any = OriginSet::default().with_regexes(["(https|file)://.*"]).unwrap();
    let check = WebSocket::new().dangerously_allow_credentials_for_any_origin(true);
    let check = check.trust_origins(any);
    expect(check.clone(), file, OTHER, "an expression");
    let check = check.dangerously_allow_null_origin(true);
    expect(check, file, None, "an expression with the setting");
}
