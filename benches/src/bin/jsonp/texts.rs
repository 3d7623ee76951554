use bytes::Bytes;

use crate::FRAME_BYTES;

/// JSON in frames, of which the server repeats the middle ones.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) before: Bytes,
    pub(crate) repeated: Vec<Bytes>,
    pub(crate) after: Bytes,
}

/// Returns a long ASCII string.
pub(crate) fn ascii() -> Text {
    string(vec![Bytes::from("a".repeat(FRAME_BYTES))])
}

/// Returns a long string in three frames, which end inside characters.
pub(crate) fn line_separators() -> Text {
    let text = Bytes::from("\u{2028}".repeat(FRAME_BYTES));
    let frame = |number| text.slice(number * FRAME_BYTES..(number + 1) * FRAME_BYTES);
    string((0..3).map(frame).collect())
}

/// Returns an array of small objects.
pub(crate) fn records() -> Text {
    let record =
        r#"{"id":1234567,"name":"a sky","tags":["blue","clear"],"value":-1.25,"old":null},"#;
    let mut frame = record.repeat(FRAME_BYTES / record.len());
    frame.push_str(&" ".repeat(FRAME_BYTES - frame.len()));
    Text { before: "[".into(), repeated: vec![frame.into()], after: "0]".into() }
}

fn string(repeated: Vec<Bytes>) -> Text {
    Text { before: "\"".into(), repeated, after: "\"".into() }
}
