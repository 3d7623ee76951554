use http::{Request, request};

use crate::support::{APP, EVIL, from, get, preflight};

/// A request whose body no layer reads.
pub(crate) type Asked = Request<&'static str>;

/// Requests of every kind that some layer treats in a way of its own, by their names.
pub(crate) fn requests() -> Vec<(&'static str, Asked)> {
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
        ("an event source again", get(APP).header("last-event-id", "7")),
        ("a part", Request::get("/items/1").header("range", "bytes=0-1")),
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

/// By which all of them call the service.
const HOST: &str = "api.example.com";
