//! Deliberate defects, which the claims of the target `streams` must find.

use crate::cut_streams::{CutStream, Piece};

/// A possible defect of the layer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Defect {
    /// Writes a blank line after each comment, even inside an event.
    BlankLines,
    /// Writes a blank line after a comment at the beginning of the stream.
    LeadingBlankLine,
    /// Treats a CR at the end of a frame as a complete line end.
    CarriageReturns,
    /// Writes comments after any frame, even inside a line.
    InsideLines,
    /// Keeps a byte order mark after inserted bytes.
    KeptMark,
    /// Does not remember that the previous frame ended with CR.
    SeparateFrames,
}

pub(crate) const DEFECTS: [Defect; 6] = [
    Defect::BlankLines,
    Defect::LeadingBlankLine,
    Defect::CarriageReturns,
    Defect::InsideLines,
    Defect::KeptMark,
    Defect::SeparateFrames,
];

impl Defect {
    /// Returns the output of a layer with this defect.
    pub(crate) fn output(self, stream: &CutStream) -> Vec<u8> {
        let (mut sent, mut output, mut is_preceded) = (Vec::new(), Vec::new(), false);
        if stream.begins_with_retry {
            output.extend_from_slice(b"retry: 8765432\n");
            is_preceded = true;
        }
        let mut last: &[u8] = b"";
        for piece in &stream.pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    let keeps_mark = !is_preceded || matches!(self, Self::KeptMark);
                    let is_first = sent.is_empty();
                    sent.extend_from_slice(bytes);
                    last = bytes;
                    let mark = bytes.strip_prefix(b"\xEF\xBB\xBF");
                    let kept = if is_first && !keeps_mark { mark.unwrap_or(bytes) } else { bytes };
                    output.extend_from_slice(kept);
                }
                Piece::Silence => {
                    is_preceded |= sent.is_empty();
                    output.extend_from_slice(self.comment(&sent, last));
                }
            }
        }
        output
    }

    fn comment(self, sent: &[u8], last_frame: &[u8]) -> &'static [u8] {
        let is_at_line = sent.is_empty() || sent.ends_with(b"\n");
        match self {
            Self::BlankLines if is_at_line => b":\n\n",
            Self::LeadingBlankLine if sent.is_empty() => b":\n\n",
            Self::CarriageReturns if sent.ends_with(b"\r") => b":\n",
            Self::InsideLines => b":\n",
            // After a CR in the previous frame, the LF only looks like a blank line.
            Self::SeparateFrames if matches!(last_frame, b"\n" | b"\r\n") => b":\n\n",
            _ if is_at_line => b":\n",
            _ => b"",
        }
    }
}
