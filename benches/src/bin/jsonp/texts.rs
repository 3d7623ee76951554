use bytes::Bytes;

use crate::FRAME_BYTES;

/// Frames of a string that are served again and again. None of them is JSON by itself, and nobody reads
/// them as that.
pub(crate) fn ascii() -> Vec<Bytes> {
    vec![Bytes::from("a".repeat(FRAME_BYTES))]
}

/// Three frames that end within a character, but the last.
pub(crate) fn line_separators() -> Vec<Bytes> {
    let whole = Bytes::from("\u{2028}".repeat(FRAME_BYTES));
    (0..3).map(|number| whole.slice(number * FRAME_BYTES..(number + 1) * FRAME_BYTES)).collect()
}
