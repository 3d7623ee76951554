//! A stream of events, cut into frames, with silences between them.
//!
//! Written as it is, so that a seed can be read and written by hand, with these marks:
//!
//! | byte | meaning |
//! |---|---|
//! | `+`, the first one | the layer begins streams with `retry` |
//! | `|` | a frame ends here |
//! | `~` | a frame ends here, and there is silence |
//! | `\` | the next byte is one of the stream, whatever it is |

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutStream {
    pub(crate) begins_with_retry: bool,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A frame, not empty.
    Bytes(Vec<u8>),
    Silence,
}

impl CutStream {
    /// The stream that is written so.
    pub(crate) fn read(bytes: &[u8]) -> Self {
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

    /// All that the service says.
    pub(crate) fn whole(&self) -> Vec<u8> {
        let said = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Bytes(bytes) => Some(&bytes[..]),
            Piece::Silence => None,
        });
        said.collect::<Vec<_>>().concat()
    }

    fn end(&mut self, frame: &mut Vec<u8>) {
        if !frame.is_empty() {
            self.pieces.push(Piece::Bytes(std::mem::take(frame)));
        }
    }
}
