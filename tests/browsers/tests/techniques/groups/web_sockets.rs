//! WebSockets, which CORS does not protect.

use super::{super::places::Place, super::technique::Technique, ALWAYS};

pub fn techniques() -> Vec<Technique> {
    let socket = |name, script, result: &str| {
        Technique::new(name, "https://websockets.spec.whatwg.org/#opening-handshake", script)
            .credentials(ALWAYS)
            .at(Place::SocketService)
            .to("/whole")
            .same_origin(result, &[ACCEPTED])
            .allowed(result, &[ACCEPTED])
            .rejected("error", &["WebSocket /sockets [origin, cookie] 403"])
            .unprotected(result, &[ACCEPTED])
    };
    vec![
        socket("WebSocket of text", "return socket('hello');", "hello"),
        socket("WebSocket of bytes", "return socket(new Uint8Array([1, 2, 3]));", "1 2 3"),
    ]
}

const ACCEPTED: &str = "WebSocket /sockets [origin, cookie] 101";
