//! Defects on purpose, to show that the claims of the target `streams` would find them.

use crate::cut_streams::{CutStream, Piece};

/// What a layer could have overlooked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Defect {
    /// A comment has a blank line after it, also inside of an event.
    BlankLines,
    /// The same, only where nothing has been said.
    BlankLineAtTheBeginning,
    /// A CR at the end of a frame is the end of its line.
    CarriageReturns,
    /// A comment comes at the end of any frame.
    InLines,
    /// What is put before a byte order mark leaves it where it is.
    MarkStays,
    /// A frame that ends with a blank line's second half is judged by itself.
    FramesAlone,
}

pub(crate) const DEFECTS: [Defect; 6] = [
    Defect::BlankLines,
    Defect::BlankLineAtTheBeginning,
    Defect::CarriageReturns,
    Defect::InLines,
    Defect::MarkStays,
    Defect::FramesAlone,
];

impl Defect {
    /// What would leave a layer that has it.
    pub(crate) fn behind(self, stream: &CutStream) -> Vec<u8> {
        let (mut said, mut seen, mut is_preceded) = (Vec::new(), Vec::new(), false);
        if stream.begins_with_retry {
            seen.extend_from_slice(b"retry: 8765432\n");
            is_preceded = true;
        }
        let mut last: &[u8] = b"";
        for piece in &stream.pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    let keeps_mark = !is_preceded || matches!(self, Self::MarkStays);
                    let is_first = said.is_empty();
                    said.extend_from_slice(bytes);
                    last = bytes;
                    let mark = bytes.strip_prefix(b"\xEF\xBB\xBF");
                    let kept = if is_first && !keeps_mark { mark.unwrap_or(bytes) } else { bytes };
                    seen.extend_from_slice(kept);
                }
                Piece::Silence => {
                    is_preceded |= said.is_empty();
                    seen.extend_from_slice(self.comment(&said, last));
                }
            }
        }
        seen
    }

    fn comment(self, said: &[u8], last_frame: &[u8]) -> &'static [u8] {
        let is_at_line = said.is_empty() || said.ends_with(b"\n");
        match self {
            Self::BlankLines if is_at_line => b":\n\n",
            Self::BlankLineAtTheBeginning if said.is_empty() => b":\n\n",
            Self::CarriageReturns if said.ends_with(b"\r") => b":\n",
            Self::InLines => b":\n",
            // The LF that a CR of the frame before it ended looks like a blank line.
            Self::FramesAlone if matches!(last_frame, b"\n" | b"\r\n") => b":\n\n",
            _ if is_at_line => b":\n",
            _ => b"",
        }
    }
}
