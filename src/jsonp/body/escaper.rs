use std::sync::LazyLock;

use bytes::{Buf, Bytes};
use memchr::memchr;

use crate::{jsonp::config::Escapes, response::len_u64};

/// Escapes characters of a text that comes in frames, wherever it is cut.
///
/// What has nothing to escape for a while is passed on as a part of its frame. The rest is written anew
/// in pieces: a frame of nothing but U+2028 would otherwise come out as thousands.
#[derive(Debug)]
pub(super) struct Escaper {
    escapes: Escapes,
    /// What is not passed on yet of the frame in hand.
    rest: Bytes,
    /// How many bytes of the beginning of a line terminator, with which the last frame ended, are held
    /// back.
    held: usize,
}

/// What the bytes at one place are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// Nothing to escape.
    Plain,
    /// So many bytes that are to be escaped.
    Whole(usize),
    /// All of them are the beginning of a line terminator.
    Begun,
}

impl Escaper {
    pub(super) fn new(escapes: Escapes) -> Self {
        Self { escapes, rest: Bytes::new(), held: 0 }
    }

    /// The next frame. That before it has been passed on.
    pub(super) fn push(&mut self, data: Bytes) {
        self.rest = data;
    }

    /// The next piece of the frame in hand; never an empty one.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        if self.held > 0 && !self.rest.is_empty() {
            if let Some(piece) = self.resume() {
                return Some(piece);
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let clean = self.clean(&self.rest);
        let (_, dirty) = self.rest.split_at_checked(clean)?;
        if clean < SLICED && matches!(self.found(dirty), Found::Whole(_)) {
            if self.escapes.line_terminators {
                if let Some((read, run)) = escaped_run(&self.rest) {
                    self.rest.advance(read);
                    return Some(run);
                }
            }
            return Some(self.rewrite());
        }
        if clean > 0 {
            return Some(self.rest.split_to(clean));
        }
        self.held = self.rest.len();
        self.rest.clear();
        None
    }

    /// What was held back, at the end of all frames. It is no character of UTF-8, and stays what it is.
    pub(super) fn end(&mut self) -> &'static [u8] {
        LINE_TERMINATOR.get(..std::mem::take(&mut self.held)).unwrap_or_default()
    }

    /// How many bytes it has that are not passed on.
    pub(super) fn unread(&self) -> u64 {
        len_u64(&self.rest)
            .saturating_add(len_u64(LINE_TERMINATOR.get(..self.held).unwrap_or_default()))
    }

    /// How many bytes one byte becomes at most.
    pub(super) fn factor(&self) -> u64 {
        self.escapes.factor()
    }

    /// Goes on with what is held back.
    fn resume(&mut self) -> Option<Bytes> {
        let held = LINE_TERMINATOR.get(..self.held).unwrap_or_default();
        let more = self.rest.get(..self.rest.len().min(3 - held.len())).unwrap_or_default();
        let joined = [held, more].concat();
        match self.found(&joined) {
            Found::Begun => {
                self.held = joined.len();
                self.rest.clear();
                None
            }
            Found::Whole(_) => {
                self.rest.advance(more.len());
                self.held = 0;
                Some(Bytes::from_static(line_terminator(&joined)))
            }
            Found::Plain => {
                self.held = 0;
                Some(Bytes::from_static(held))
            }
        }
    }

    /// The beginning of the frame, escaped; up to where it is long enough without.
    fn rewrite(&mut self) -> Bytes {
        let bytes = &self.rest[..];
        // It grows with what is written, since that may be little, and is held until it is sent.
        let mut written = Vec::new();
        let mut read = 0;
        while read < WRITTEN {
            let Some(rest) = bytes.get(read..) else { break };
            let clean = self.clean(rest);
            let Some((plain, dirty)) = rest.split_at_checked(clean) else { break };
            if clean >= SLICED {
                break;
            }
            written.extend_from_slice(plain);
            read += clean;
            let Found::Whole(width) = self.found(dirty) else { break };
            write(&mut written, dirty.get(..width).unwrap_or_default());
            read += width;
        }
        self.rest.advance(read);
        written.into()
    }

    /// How many bytes there are before the first that are to be escaped, or may be.
    fn clean(&self, bytes: &[u8]) -> usize {
        let mut start = 0;
        while let Some(rest) = bytes.get(start..) {
            let Some(candidate) = self.candidate(rest) else { break };
            start += candidate;
            if self.found(bytes.get(start..).unwrap_or_default()) != Found::Plain {
                return start;
            }
            start += 1;
        }
        bytes.len()
    }

    fn candidate(&self, bytes: &[u8]) -> Option<usize> {
        let Escapes { line_terminators, html, string } = self.escapes;
        if html || string {
            return bytes.iter().position(|&byte| self.is_candidate(byte));
        }
        if line_terminators { memchr(LINE_TERMINATOR[0], bytes) } else { None }
    }

    fn is_candidate(&self, byte: u8) -> bool {
        let Escapes { line_terminators, html, string } = self.escapes;
        match byte {
            0xE2 => line_terminators,
            b'<' | b'>' | b'&' => html,
            b'"' | b'\\' | ..b' ' => string,
            _ => false,
        }
    }

    /// What the text begins with.
    fn found(&self, bytes: &[u8]) -> Found {
        match bytes {
            [first, ..] if !self.is_candidate(*first) => Found::Plain,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => Found::Whole(3),
            [0xE2] | [0xE2, 0x80] => Found::Begun,
            [] | [0xE2, ..] => Found::Plain,
            [_, ..] => Found::Whole(1),
        }
    }
}

/// The one character, escaped. The same in a string of ECMAScript and in one of JSON, also where the
/// first is read to be the second.
fn write(to: &mut Vec<u8>, character: &[u8]) {
    match character {
        [0xE2, ..] => to.extend_from_slice(line_terminator(character)),
        [b'\n'] => to.extend_from_slice(b"\\n"),
        [b'\r'] => to.extend_from_slice(b"\\r"),
        [b'\t'] => to.extend_from_slice(b"\\t"),
        [byte @ (b'"' | b'\\')] => to.extend_from_slice(&[b'\\', *byte]),
        [byte] => {
            let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
            to.extend_from_slice(b"\\u00");
            to.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        _ => {}
    }
}

fn line_terminator(character: &[u8]) -> &'static [u8; 6] {
    if character.last() == Some(&0xA8) { b"\\u2028" } else { b"\\u2029" }
}

/// How many bytes the text begins with that are a run of one line terminator, and what that becomes; `None`
/// where the run is short.
///
/// A text of nothing else is the longest script for its length, and chosen by whoever wants one. It costs
/// no memory, and no copy: every run is a part of the same one.
fn escaped_run(text: &[u8]) -> Option<(usize, Bytes)> {
    let (character, escaped) = match text {
        [0xE2, 0x80, 0xA8, ..] => (LINE_SEPARATOR, &RUNS.0),
        [0xE2, 0x80, 0xA9, ..] => (PARAGRAPH_SEPARATOR, &RUNS.1),
        _ => return None,
    };
    let eights = text.chunks_exact(character.len()).take(LONGEST);
    let number = eights.take_while(|eight| *eight == character.as_bytes()).count();
    let read = number * character.len();
    // Six bytes for three.
    (number >= SHORTEST).then(|| (read, escaped.slice(..2 * read)))
}

/// What U+2028 and U+2029 begin with in UTF-8.
const LINE_TERMINATOR: [u8; 2] = [0xE2, 0x80];

/// So many bytes without anything to escape are passed on as they are, and fewer are copied.
const SLICED: usize = 4096;

/// About so many bytes of a frame are written anew at once. What is sent together then has less memory than
/// allocators give back to the system, and ask for again, at each turn.
const WRITTEN: usize = 8 * 1024;

static RUNS: LazyLock<(Bytes, Bytes)> = LazyLock::new(|| {
    let run = |escaped: &str| Bytes::from(escaped.repeat(8 * LONGEST));
    (run("\\u2028"), run("\\u2029"))
});

const LINE_SEPARATOR: &str = "\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}";

const PARAGRAPH_SEPARATOR: &str =
    "\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}";

/// In eights, which are compared at once: 48 KiB of escapes.
const LONGEST: usize = 1024;

/// Fewer are not worth a frame of their own.
const SHORTEST: usize = 16;
