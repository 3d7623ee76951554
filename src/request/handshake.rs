//! Detection of requests that open a WebSocket or another tunnel.

use http::{
    HeaderName, HeaderValue, Method,
    header::{SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};

use super::{
    RequestHead,
    fetch_metadata::{SEC_FETCH_MODE, is_mode_of_tunnel},
};

/// Returns whether any server could treat the request as a WebSocket handshake. RFC 6455, RFC 8441
pub(crate) fn is_handshake(head: &RequestHead<'_>) -> bool {
    let headers = head.headers();
    if *head.method() == Method::CONNECT {
        // Every extended `CONNECT` has a path, and other ones do not: RFC 8441, section 4. Servers differ in the headers
        // that they require of it.
        return head.uri().path_and_query().is_some()
            || headers.contains_key(SEC_WEBSOCKET_VERSION)
            || headers.get_all(UPGRADE).iter().any(contains_web_socket);
    }
    // One iteration costs less than three lookups of rarely present names. The lengths rule out most names.
    headers.keys().map(HeaderName::as_str).any(|name| match name.len() {
        7 => name == UPGRADE.as_str() && headers.get_all(UPGRADE).iter().any(contains_web_socket),
        17 => name == SEC_WEBSOCKET_KEY.as_str(),
        21 => name == SEC_WEBSOCKET_VERSION.as_str(),
        _ => false,
    })
}

/// Returns whether the request opens a WebSocket or another tunnel.
///
/// This is a WebSocket handshake, or a `CONNECT`, as for WebTransport. No preflight precedes such a request, and no
/// exempt path applies to it.
#[inline(never)]
pub(crate) fn opens_tunnel(head: &RequestHead<'_>) -> bool {
    *head.method() == Method::CONNECT
        || is_handshake(head)
        || head
            .headers()
            .get_all(&SEC_FETCH_MODE)
            .iter()
            .any(|mode| is_mode_of_tunnel(mode.as_bytes()))
}

/// Returns whether the value contains `websocket` anywhere, which is enough for some servers.
fn contains_web_socket(upgrade: &HeaderValue) -> bool {
    // The fast path: the usual value.
    upgrade == "websocket"
        || upgrade.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"websocket"))
}
