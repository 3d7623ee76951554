use bytes::Bytes;

use crate::FRAME_BYTES;

/// Returns the frames of a long ASCII string, which the server repeats.
///
/// The frames are not valid JSON; the client does not parse them.
pub(crate) fn ascii() -> Vec<Bytes> {
    vec![Bytes::from("a".repeat(FRAME_BYTES))]
}

/// Returns three frames, of which the first two end inside a character.
pub(crate) fn line_separators() -> Vec<Bytes> {
    let text = Bytes::from("\u{2028}".repeat(FRAME_BYTES));
    (0..3).map(|number| text.slice(number * FRAME_BYTES..(number + 1) * FRAME_BYTES)).collect()
}
