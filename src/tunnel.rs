//! Responses after which a connection speaks something else.

use http::StatusCode;

/// Whether the response ends HTTP on its connection or stream: a `101`, or a 2xx to `CONNECT`, which is
/// also how a WebSocket begins over HTTP/2. No layer changes such a response.
/// RFC 9110, sections 15.2.2 and 9.3.6; RFC 8441
#[inline]
pub(crate) fn begins(is_connect: bool, status: StatusCode) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || (is_connect && status.is_success())
}
