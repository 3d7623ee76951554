use http::{Request, request};

use crate::support::{APP, EVIL, from, get, preflight};

/// A request of the tests. Layers do not read its body.
pub(crate) type TestRequest = Request<&'static str>;

/// Returns named requests of all kinds that some layer treats specially.
pub(crate) fn requests() -> Vec<(&'static str, TestRequest)> {
    [
        ("without origin", Request::get("/items/1")),
        ("from a page", get(APP)),
        ("from another page", get(EVIL)),
        ("a save", from(APP, "PUT").header("content-type", "application/json")),
        ("a save of another page", from(EVIL, "PUT")),
        ("HEAD", from(APP, "HEAD")),
        ("OPTIONS", Request::options("*")),
        ("a preflight", preflight(APP, "PUT")),
        ("a preflight of another page", preflight(EVIL, "PUT")),
        ("an event source", get(APP).header("accept", "text/event-stream")),
        ("a reconnecting event source", get(APP).header("last-event-id", "7")),
        ("a range request", Request::get("/items/1").header("range", "bytes=0-1")),
        ("a WebSocket", web_socket(APP)),
        ("a WebSocket of another page", web_socket(EVIL)),
        ("CONNECT", Request::connect("app.example.com:443")),
        ("CONNECT of a page", from(APP, "CONNECT")),
        ("CONNECT of another page", from(EVIL, "CONNECT")),
    ]
    .into_iter()
    .map(|(name, request)| (name, request.header("host", HOST).body("the body").unwrap()))
    .collect()
}

fn web_socket(origin: &str) -> request::Builder {
    get(origin)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// The host of all requests.
const HOST: &str = "api.example.com";
