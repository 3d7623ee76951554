//! A body that is wrapped, cut into frames.
//!
//! Written as it is, so that a seed can be read and written by hand: any of the letters of the first
//! table and a colon, and then the body with the marks of the second.
//!
//! | letter | meaning |
//! |---|---|
//! | `k` | U+2028 and U+2029 are kept |
//! | `h` | `<`, `>` and `&` are escaped |
//! | `p` | the callback is given `JSON.parse("...")` |
//! | `e` | the callback is given an envelope |
//!
//! | byte | meaning |
//! |---|---|
//! | `|` | a frame ends here; two of them are an empty frame |
//! | `~` | a frame ends here, and the service has no more as yet |
//! | `@` | so do the data, and trailers follow; what comes after it is not read |
//! | `!` | the body breaks here; what comes after it is not read |
//! | `#` | 5,000 times the byte after it: more than is copied where it need not be |
//! | `*` | 400 times U+2028: a run of them that is no longer written one by one |
//! | `\` | the next byte is one of the body, whatever it is |

use crate::reference_model::script::ScriptOptions;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutJson {
    pub(crate) told: ScriptOptions,
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
    /// The body that is written so.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let letters = bytes.iter().take_while(|byte| b"khpe".contains(byte)).count();
        let (letters, bytes) = match bytes.split_at(letters) {
            (letters, [b':', rest @ ..]) => (letters, rest),
            _ => (&b""[..], bytes),
        };
        let told = ScriptOptions {
            keeps_line_terminators: letters.contains(&b'k'),
            escapes_html: letters.contains(&b'h'),
            parses: letters.contains(&b'p'),
            envelops: letters.contains(&b'e'),
        };
        let mut json = Self { told, ..Self::default() };
        let mut frame = Vec::new();
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
                // A few of these two, so that a body stays small enough to be looked at often.
                b'*' if json.whole().len() + frame.len() < 100_000 => {
                    frame.extend("\u{2028}".repeat(400).bytes());
                }
                b'#' if json.whole().len() + frame.len() < 100_000 => {
                    frame.extend(bytes.next().into_iter().flat_map(|byte| vec![byte; 5000]));
                }
                b'\\' => frame.extend(bytes.next()),
                byte => frame.push(byte),
            }
        }
        json.end_frame(&mut frame);
        json
    }

    /// All that the service says.
    pub(crate) fn whole(&self) -> Vec<u8> {
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
