//! Event streams and the layers around them.

mod drain;
mod stream_layer;

use axum::body::Body;
use http::{Request, header::ACCEPT};

pub use self::{drain::drain, stream_layer::StreamLayer};

/// Returns the request of an `EventSource`, whose streams the layer ends.
///
/// # Panics
///
/// Never; the parts of the request are constants.
pub fn event_source() -> Request<Body> {
    let request = Request::get("/").header(ACCEPT, "text/event-stream");
    request.body(Body::empty()).expect("the parts of the request are valid")
}

/// The data of each event, which has 64 bytes with its field name.
pub const EVENT_DATA: &str = "a message that is as long as the messages in a chat usually are";
