//! Frames of bodies.

use bytes::{Buf, Bytes};
use http_body::Frame;

/// The same frame. Of `Bytes` this copies nothing.
pub(crate) fn in_bytes<D: Buf>(frame: Frame<D>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}

/// Bytes, in the type of sizes.
pub(crate) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
