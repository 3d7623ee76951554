//! Frames of bodies.

use bytes::{Buf, Bytes};
use http_body::Frame;

/// The same frame. Of `Bytes` this copies nothing.
pub(crate) fn in_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}
