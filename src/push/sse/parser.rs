/// The position in an event stream after its last byte.
///
/// The position decides whether a comment may be inserted, and whether the stream may end.
///
/// Lines end with LF, CR or CRLF.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ParserState {
    /// At the beginning, after this number of bytes of a byte order mark.
    Beginning(usize),
    /// At the beginning of the service's data, after a line that the layer inserted.
    AfterPrefix,
    /// At the beginning of a line, after a line that is not blank. An event may be incomplete.
    Line,
    /// After a blank line: between events.
    Event,
    /// After a CR. A following LF belongs to the same line end.
    CarriageReturn { after_blank_line: bool },
    /// In the middle of a line.
    InLine,
    /// Unknown, because the bytes have a content coding.
    Unknown,
}

impl ParserState {
    /// Returns the position after these bytes.
    pub(super) fn after(self, bytes: &[u8]) -> Self {
        if self == Self::Unknown {
            return self;
        }
        // The last three bytes determine the position, except within a byte order mark.
        match bytes.split_last_chunk::<3>() {
            Some((before, last)) if before.len() >= BOM_BYTES => Self::InLine.after_each(last),
            _ => self.after_each(bytes),
        }
    }

    /// Returns the comment that may be inserted here.
    ///
    /// No comment may follow a CR, because it could split a line end in two.
    pub(super) fn comment(self) -> Option<&'static [u8]> {
        match self {
            Self::Beginning(0 | BOM_BYTES) | Self::AfterPrefix | Self::Line => Some(b":\n"),
            // With a blank line, because many clients split streams at blank lines. Not at the beginning of a
            // stream: by the standard, a blank line sets the last event id, which is empty in a new stream.
            // https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
            Self::Event => Some(b":\n\n"),
            Self::Beginning(_) | Self::CarriageReturn { .. } | Self::InLine | Self::Unknown => None,
        }
    }

    /// Returns the position after that comment.
    pub(super) fn after_comment(self) -> Self {
        match self {
            Self::Beginning(_) => Self::AfterPrefix,
            other => other,
        }
    }

    /// Returns whether the stream may end here without the loss of an event.
    pub(super) fn is_between_events(self) -> bool {
        match self {
            Self::Beginning(_) | Self::AfterPrefix | Self::Event | Self::Unknown => true,
            Self::CarriageReturn { after_blank_line } => after_blank_line,
            Self::Line | Self::InLine => false,
        }
    }

    fn after_each(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |state, byte| state.after_byte(*byte))
    }

    fn after_byte(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Beginning(read), _) if BOM.get(read) == Some(&byte) => Self::Beginning(read + 1),
            (Self::CarriageReturn { after_blank_line: true }, b'\n') => Self::Event,
            (Self::CarriageReturn { after_blank_line: false }, b'\n') => Self::Line,
            (_, b'\r') => Self::CarriageReturn { after_blank_line: self.begins_line() },
            (_, b'\n') if self.begins_line() => Self::Event,
            (_, b'\n') => Self::Line,
            _ => Self::InLine,
        }
    }

    fn begins_line(self) -> bool {
        match self {
            Self::Beginning(read) => matches!(read, 0 | BOM_BYTES),
            Self::AfterPrefix | Self::Line | Self::Event | Self::CarriageReturn { .. } => true,
            Self::InLine | Self::Unknown => false,
        }
    }
}

const BOM: [u8; BOM_BYTES] = *b"\xEF\xBB\xBF";
const BOM_BYTES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns all texts of up to six bytes of the relevant alphabet.
    fn texts() -> Vec<Vec<u8>> {
        let mut texts = vec![Vec::new()];
        let mut start = 0;
        for _ in 0..6 {
            let end = texts.len();
            for index in start..end {
                for byte in *b"\n\ra\xEF\xBB\xBF" {
                    texts.push([&texts[index][..], &[byte]].concat());
                }
            }
            start = end;
        }
        texts
    }

    #[test]
    fn last_three_bytes_determine_the_position() {
        for text in texts() {
            for start in [
                ParserState::Beginning(0),
                ParserState::AfterPrefix,
                ParserState::Line,
                ParserState::Event,
            ] {
                assert_eq!(start.after(&text), start.after_each(&text), "{start:?} {text:?}");
            }
        }
    }

    #[test]
    fn split_input_gives_the_same_position() {
        for text in texts() {
            let expected = ParserState::Beginning(0).after(&text);
            for cut in 0..=text.len() {
                let (one, other) = text.split_at(cut);
                assert_eq!(
                    ParserState::Beginning(0).after(one).after(other),
                    expected,
                    "{text:?} at {cut}"
                );
            }
        }
    }

    #[test]
    fn comment_and_end_depend_on_the_position() {
        for (text, comment, is_between_events) in [
            (&b""[..], Some(":\n"), true),
            (b"\xEF", None, true),
            (b"\xEF\xBB\xBF", Some(":\n"), true),
            // A second byte order mark is the beginning of a field name.
            (b"\xEF\xBB\xBF\xEF\xBB\xBF", None, false),
            (b"\n", Some(":\n\n"), true),
            (b"data: a", None, false),
            (b"data: a\n", Some(":\n"), false),
            (b"data: a\r", None, false),
            (b"data: a\r\n", Some(":\n"), false),
            (b"data: a\n\n", Some(":\n\n"), true),
            (b"data: a\n\r", None, true),
            (b"data: a\r\r", None, true),
            (b"data: a\r\n\r", None, true),
            (b"data: a\r\n\r\n", Some(":\n\n"), true),
            (b"data: a\r\r\n", Some(":\n\n"), true),
            (b"data: a\n\n:", None, false),
            (b":\n", Some(":\n"), false),
        ] {
            let state = ParserState::Beginning(0).after(text);
            assert_eq!(state.comment(), comment.map(str::as_bytes), "{text:?}");
            assert_eq!(state.is_between_events(), is_between_events, "{text:?}");
        }
    }
}
