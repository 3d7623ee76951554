//! Service origins: one list for `Csrf`, `WebSocket` and `enforce`, instead of the comparison with `Host`.
//!
//! DESIGN, "Settled behaviour", 18; S13. <https://github.com/amiantos/lurker/issues/580>

use http::{Request, request};
use tower_cross_origin::guard::{Check, Csrf, FaultKind, Rejection, WebSocket};

use crate::support::guarded::expect;

const SERVICE: &str = "https://irc.example.com";

fn post(host: &str, lines: &[(&str, &str)]) -> request::Builder {
    let request = Request::post("/").header("host", host);
    lines.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

fn handshake(host: &str, lines: &[(&str, &str)]) -> request::Builder {
    let request = Request::get("/socket").header("host", host).header("upgrade", "websocket");
    lines.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

#[test]
fn service_origins_replace_the_comparison_with_the_host() {
    let other = (Some(Rejection::CsrfOrigin), Some(Rejection::WebSocketOrigin));
    let equal = (Some(Rejection::CsrfServiceOrigin), Some(Rejection::WebSocketServiceOrigin));
    #[rustfmt::skip]
    let cases = [
        // The proxy changes the host.
        ("backend:3000", SERVICE, (None, None)),
        ("irc.example.com", SERVICE, (None, None)),
        ("irc.example.com", "http://irc.example.com", equal),
        ("irc.example.com:8443", "https://irc.example.com:8443", equal),
        ("rebound.evil.example", "http://rebound.evil.example", equal),
        ("backend:3000", "http://backend:3000", equal),
        ("backend:3000", "https://evil.example", other),
        ("backend:3000", "http://irc.example.com", other),
        ("backend:3000", "null", other),
    ];
    for (host, origin, (csrf, web_socket)) in cases {
        let about = format!("{origin} to {host}");
        let check = Csrf::new().service_origins([SERVICE]);
        expect(check, || post(host, &[("origin", origin)]), csrf, &about);
        let check = WebSocket::new().service_origins([SERVICE]);
        expect(check, || handshake(host, &[("origin", origin)]), web_socket, &about);
    }
    // Without service origins, the host decides: a rebound name passes.
    let rebound = [("origin", "http://rebound.evil.example")];
    expect(Csrf::new(), || post("rebound.evil.example", &rebound), None, "no service origins");
}

#[test]
fn fetch_metadata_takes_precedence_over_service_origins() {
    let check = || Csrf::new().service_origins([SERVICE]);
    for (site, rejection) in [
        ("same-origin", None),
        ("none", None),
        ("same-site", Some(Rejection::CsrfSite)),
        ("cross-site", Some(Rejection::CsrfSite)),
    ] {
        let lines = [("origin", SERVICE), ("sec-fetch-site", site)];
        expect(check(), || post("backend:3000", &lines), rejection, site);
    }
}

#[test]
fn trusted_origins_stay_trusted_next_to_service_origins() {
    let check = Csrf::new().service_origins([SERVICE]).trust_origins(["https://a.example"]);
    expect(check, || post("backend", &[("origin", "https://a.example")]), None, "trusted");
}

#[test]
fn help_names_the_setting_only_for_the_own_host() {
    for rejection in [Rejection::CsrfServiceOrigin, Rejection::WebSocketServiceOrigin] {
        let help = rejection.help();
        assert!(help.starts_with("if this is an address of your service"), "{help}");
        assert!(help.contains("service_origins"), "{help}");
    }
    for rejection in [Rejection::CsrfOrigin, Rejection::CsrfSite, Rejection::WebSocketOrigin] {
        assert!(!rejection.help().contains("service"), "{}", rejection.help());
    }
}

#[test]
fn invalid_service_origin_is_a_fault() {
    let check = Csrf::new().service_origins([SERVICE, "irc.example.com"]);
    let [fault] = &check.faults()[..] else { panic!("{:?}", check.faults()) };
    assert_eq!(fault.setting(), "csrf.service_origins[1]");
    assert!(matches!(fault.kind(), FaultKind::Origin(_)));
    assert_eq!(fault.suggestion(), Some("https://irc.example.com"));
}
