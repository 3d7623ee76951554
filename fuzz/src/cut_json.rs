//! JSON bodies, cut into frames.
//!
//! A seed is plain text: optional letters from the first table and a colon, and then the body with marks from the
//! second table.
//!
//! | letter | meaning |
//! |---|---|
//! | `k` | U+2028 and U+2029 are not escaped |
//! | `h` | `<`, `>` and `&` are escaped |
//! | `p` | the callback gets `JSON.parse("...")` |
//! | `e` | the callback gets an envelope |
//! | `s` | the body is the text of a JSON string: a quotation mark before it and, unless it fails, after it |
//!
//! | byte | meaning |
//! |---|---|
//! | `|` | the frame ends here; two in a row make an empty frame |
//! | `~` | the frame ends here, and the body is pending once |
//! | `@` | the data end here, and trailers follow; the rest is ignored |
//! | `!` | the body fails here; the rest is ignored |
//! | `#` | 5,000 times the next byte: more than the layer copies if it can share |
//! | `*` | 400 times U+2028: a long run, which the layer escapes as a block |
//! | `\` | the next byte is part of the body |

use crate::reference_model::script::{ScriptOptions, cut_length};

/// A parsed seed, see the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutJson {
    pub(crate) options: ScriptOptions,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Frame(Vec<u8>),
    Pause,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    #[default]
    Plain,
    Trailers,
    Error,
}

impl CutJson {
    /// Parses a seed.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let letters = bytes.iter().take_while(|byte| b"khpes".contains(byte)).count();
        let (letters, bytes) = match bytes.split_at(letters) {
            (letters, [b':', rest @ ..]) => (letters, rest),
            _ => (&b""[..], bytes),
        };
        let options = ScriptOptions {
            keeps_line_terminators: letters.contains(&b'k'),
            escapes_html: letters.contains(&b'h'),
            parses: letters.contains(&b'p'),
            envelops: letters.contains(&b'e'),
        };
        let quote = if letters.contains(&b's') { &b"\""[..] } else { b"" };
        let mut json = Self { options, ..Self::default() };
        let mut frame = quote.to_vec();
        let mut bytes = bytes.iter().copied();
        while let Some(byte) = bytes.next() {
            match byte {
                b'|' => json.pieces.push(Piece::Frame(std::mem::take(&mut frame))),
                b'~' => {
                    json.end_frame(&mut frame);
                    json.pieces.push(Piece::Pause);
                }
                b'@' | b'!' => {
                    json.end = if byte == b'@' { End::Trailers } else { End::Error };
                    break;
                }
                // The limit keeps the body small, so that the fuzzer stays fast.
                b'*' if json.body().len() + frame.len() < 100_000 => {
                    frame.extend("\u{2028}".repeat(400).bytes());
                }
                b'#' if json.body().len() + frame.len() < 100_000 => {
                    frame.extend(bytes.next().into_iter().flat_map(|byte| vec![byte; 5000]));
                }
                b'\\' => frame.extend(bytes.next()),
                byte => frame.push(byte),
            }
        }
        frame.extend(if json.end == End::Error { b"" } else { quote });
        json.end_frame(&mut frame);
        json
    }

    /// Returns whether the script ends early, since the body is not JSON.
    pub(crate) fn is_cut(&self) -> bool {
        let body = self.body();
        let length = cut_length(&body, self.options);
        length.is_some_and(|length| self.end != End::Error || length < body.len())
    }

    /// Returns the whole body.
    pub(crate) fn body(&self) -> Vec<u8> {
        let frames = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Frame(bytes) => Some(&bytes[..]),
            Piece::Pause => None,
        });
        frames.collect::<Vec<_>>().concat()
    }

    fn end_frame(&mut self, frame: &mut Vec<u8>) {
        if !frame.is_empty() {
            self.pieces.push(Piece::Frame(std::mem::take(frame)));
        }
    }
}
