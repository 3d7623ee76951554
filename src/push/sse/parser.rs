/// Where in a stream of events its last byte leaves the reader: what may be written there that no event
/// takes notice of, and whether it may end there.
///
/// Lines end with LF, CR or CRLF.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ParserState {
    /// At the beginning, after so many bytes of a byte order mark.
    Beginning(usize),
    /// At the beginning of what the service says, after what was put before it.
    AfterPrefix,
    /// At the beginning of a line after one that is not blank: perhaps inside an event.
    Line,
    /// After a blank line: between events.
    Event,
    /// After a CR, which an LF may follow that belongs to it.
    CarriageReturn { after_blank_line: bool },
    /// Inside a line.
    InLine,
    /// Nobody can tell: the bytes are encoded.
    Unknown,
}

impl ParserState {
    pub(super) fn after(self, bytes: &[u8]) -> Self {
        if self == Self::Unknown {
            return self;
        }
        // After three bytes it makes no difference what was before them, once no mark is among it.
        match bytes.split_last_chunk::<3>() {
            Some((before, last)) if before.len() >= BOM_BYTES => Self::InLine.after_each(last),
            _ => self.after_each(bytes),
        }
    }

    /// A comment that may be written here. None after a CR: before its LF, a comment would be in the
    /// middle of a line end.
    pub(super) fn comment(self) -> Option<&'static [u8]> {
        match self {
            Self::Beginning(0 | BOM_BYTES) | Self::AfterPrefix | Self::Line => Some(b":\n"),
            // With a blank line, since many clients cut streams at those. Not where none has been, as at
            // the beginning: by the standard's letter a client takes the id of its last event at a blank
            // line, and has none in this stream yet. https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
            Self::Event => Some(b":\n\n"),
            Self::Beginning(_) | Self::CarriageReturn { .. } | Self::InLine | Self::Unknown => None,
        }
    }

    /// The state after that comment.
    pub(super) fn after_comment(self) -> Self {
        match self {
            Self::Beginning(_) => Self::AfterPrefix,
            other => other,
        }
    }

    /// Whether a client misses nothing of an event where the stream ends here.
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

    /// All texts of up to six bytes that make a difference.
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
    fn the_last_bytes_tell_what_all_bytes_do() {
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
    fn a_cut_makes_no_difference() {
        for text in texts() {
            let whole = ParserState::Beginning(0).after(&text);
            for cut in 0..=text.len() {
                let (one, other) = text.split_at(cut);
                assert_eq!(
                    ParserState::Beginning(0).after(one).after(other),
                    whole,
                    "{text:?} at {cut}"
                );
            }
        }
    }

    #[test]
    fn what_may_be_written_where() {
        for (text, comment, is_between_events) in [
            (&b""[..], Some(":\n"), true),
            (b"\xEF", None, true),
            (b"\xEF\xBB\xBF", Some(":\n"), true),
            // A second mark is the beginning of a name.
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
