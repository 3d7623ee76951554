//! Event streams, cut into frames, with silences between them.
//!
//! A seed is plain text with these marks:
//!
//! | byte | meaning |
//! |---|---|
//! | `+` as the first byte | the layer begins streams with `retry` |
//! | `|` | the frame ends here |
//! | `~` | the frame ends here, and a silence follows |
//! | `\` | the next byte is part of the stream |

/// A parsed seed, see the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutStream {
    pub(crate) begins_with_retry: bool,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A frame that is not empty.
    Bytes(Vec<u8>),
    Silence,
}

impl CutStream {
    /// Parses a seed.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let (begins_with_retry, bytes) = match bytes.strip_prefix(b"+") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let mut stream = Self { begins_with_retry, pieces: Vec::new() };
        let mut frame = Vec::new();
        let mut bytes = bytes.iter().copied();
        while let Some(byte) = bytes.next() {
            match byte {
                b'|' => stream.end(&mut frame),
                b'~' => {
                    stream.end(&mut frame);
                    stream.pieces.push(Piece::Silence);
                }
                b'\\' => frame.extend(bytes.next()),
                byte => frame.push(byte),
            }
        }
        stream.end(&mut frame);
        stream
    }

    /// Returns the whole body of the stream.
    pub(crate) fn body(&self) -> Vec<u8> {
        let frames = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Bytes(bytes) => Some(&bytes[..]),
            Piece::Silence => None,
        });
        frames.collect::<Vec<_>>().concat()
    }

    fn end(&mut self, frame: &mut Vec<u8>) {
        if !frame.is_empty() {
            self.pieces.push(Piece::Bytes(std::mem::take(frame)));
        }
    }
}
