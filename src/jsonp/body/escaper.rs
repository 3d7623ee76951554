use std::sync::LazyLock;

use bytes::{Buf, Bytes};
use memchr::memchr;

use crate::{jsonp::config::Escapes, response::len_u64};

/// Escapes characters of a text that arrives in frames, which may split characters.
///
/// Long parts without escapes are returned as slices of their frame. Other parts are copied in pieces: a
/// frame that consists only of U+2028 would otherwise become thousands of frames.
#[derive(Debug)]
pub(super) struct Escaper {
    escapes: Escapes,
    /// The part of the current frame that has not been returned.
    rest: Bytes,
    /// The number of held-back bytes, which may begin a line terminator.
    ///
    /// The last frame ended with these bytes.
    held: usize,
}

/// The class of the bytes at one position.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    /// Needs no escape.
    Plain,
    /// A character of this many bytes that needs an escape.
    Special(usize),
    /// The beginning of a line terminator that is cut off.
    Incomplete,
}

impl Escaper {
    pub(super) fn new(escapes: Escapes) -> Self {
        Self { escapes, rest: Bytes::new(), held: 0 }
    }

    /// Sets the next frame. The previous frame must have been returned completely.
    pub(super) fn push(&mut self, data: Bytes) {
        self.rest = data;
    }

    /// Returns the next piece of the current frame, which is never empty.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        if self.held > 0 && !self.rest.is_empty() {
            if let Some(piece) = self.resume() {
                return Some(piece);
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let plain_length = self.plain_length(&self.rest);
        let (_, special) = self.rest.split_at_checked(plain_length)?;
        if plain_length < MIN_SLICE_BYTES && matches!(self.class_of(special), Class::Special(_)) {
            if self.escapes.line_terminators {
                if let Some((read, run)) = escaped_run(&self.rest) {
                    self.rest.advance(read);
                    return Some(run);
                }
            }
            return Some(self.rewrite());
        }
        if plain_length > 0 {
            return Some(self.rest.split_to(plain_length));
        }
        self.held = self.rest.len();
        self.rest.clear();
        None
    }

    /// Returns the held-back bytes after the last frame. They are invalid UTF-8, and stay unchanged.
    pub(super) fn end(&mut self) -> &'static [u8] {
        LINE_TERMINATOR.get(..std::mem::take(&mut self.held)).unwrap_or_default()
    }

    /// Returns whether the current frame has been returned completely.
    pub(super) fn is_read(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the number of bytes that have not been returned.
    pub(super) fn unread(&self) -> u64 {
        len_u64(&self.rest)
            .saturating_add(len_u64(LINE_TERMINATOR.get(..self.held).unwrap_or_default()))
    }

    /// Returns the maximum number of bytes that one byte becomes.
    pub(super) fn max_expansion(&self) -> u64 {
        self.escapes.max_expansion()
    }

    /// Continues with the held-back bytes.
    fn resume(&mut self) -> Option<Bytes> {
        let held = LINE_TERMINATOR.get(..self.held).unwrap_or_default();
        let more = self.rest.get(..self.rest.len().min(3 - held.len())).unwrap_or_default();
        let joined = [held, more].concat();
        match self.class_of(&joined) {
            Class::Incomplete => {
                self.held = joined.len();
                self.rest.clear();
                None
            }
            Class::Special(_) => {
                self.rest.advance(more.len());
                self.held = 0;
                Some(Bytes::from_static(line_terminator(&joined)))
            }
            Class::Plain => {
                self.held = 0;
                Some(Bytes::from_static(held))
            }
        }
    }

    /// Returns a copy of the beginning of the frame, with escapes.
    ///
    /// Stops before a long part without escapes.
    fn rewrite(&mut self) -> Bytes {
        let bytes = &self.rest[..];
        // No capacity is reserved: the text may be short, and is held until the client has received it.
        let mut written = Vec::new();
        let mut read = 0;
        while read < PIECE_BYTES {
            let Some(rest) = bytes.get(read..) else { break };
            let plain_length = self.plain_length(rest);
            let Some((plain, special)) = rest.split_at_checked(plain_length) else { break };
            if plain_length >= MIN_SLICE_BYTES {
                break;
            }
            written.extend_from_slice(plain);
            read += plain_length;
            let Class::Special(width) = self.class_of(special) else { break };
            write(&mut written, special.get(..width).unwrap_or_default());
            read += width;
        }
        self.rest.advance(read);
        written.into()
    }

    /// Returns the number of leading bytes that need no escape.
    fn plain_length(&self, bytes: &[u8]) -> usize {
        let mut start = 0;
        while let Some(rest) = bytes.get(start..) {
            let Some(candidate) = self.candidate(rest) else { break };
            start += candidate;
            if self.class_of(bytes.get(start..).unwrap_or_default()) != Class::Plain {
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

    /// Returns the class of the beginning of the bytes.
    fn class_of(&self, bytes: &[u8]) -> Class {
        match bytes {
            [first, ..] if !self.is_candidate(*first) => Class::Plain,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => Class::Special(3),
            [0xE2] | [0xE2, 0x80] => Class::Incomplete,
            [] | [0xE2, ..] => Class::Plain,
            [_, ..] => Class::Special(1),
        }
    }
}

/// Writes one character with an escape.
///
/// The escape is valid in strings of both ECMAScript and JSON, also if a JSON string is parsed as ECMAScript.
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

/// Returns the length of a leading run of one line terminator, and its escapes.
///
/// Returns `None` for a short run. An attacker can send a text of only line terminators, which gives the
/// longest script for its length. Such a run costs no memory and no copy: every run is a slice of the same
/// bytes.
fn escaped_run(text: &[u8]) -> Option<(usize, Bytes)> {
    let (character, escaped) = match text {
        [0xE2, 0x80, 0xA8, ..] => (LINE_SEPARATOR, &RUNS.0),
        [0xE2, 0x80, 0xA9, ..] => (PARAGRAPH_SEPARATOR, &RUNS.1),
        _ => return None,
    };
    let groups = text.chunks_exact(character.len()).take(MAX_RUN_GROUPS);
    let number = groups.take_while(|group| *group == character.as_bytes()).count();
    let read = number * character.len();
    // Six bytes replace three.
    (number >= MIN_RUN_GROUPS).then(|| (read, escaped.slice(..2 * read)))
}

/// The first two bytes of U+2028 and U+2029 in UTF-8.
const LINE_TERMINATOR: [u8; 2] = [0xE2, 0x80];

/// The minimum length of a slice without escapes; shorter parts are copied.
const MIN_SLICE_BYTES: usize = 4096;

/// The approximate number of bytes of a frame that are copied into one piece.
///
/// The pieces that are sent together then use little memory: allocators would return larger blocks to the
/// system, and request them again, for each piece.
const PIECE_BYTES: usize = 8 * 1024;

static RUNS: LazyLock<(Bytes, Bytes)> = LazyLock::new(|| {
    let run = |escaped: &str| Bytes::from(escaped.repeat(8 * MAX_RUN_GROUPS));
    (run("\\u2028"), run("\\u2029"))
});

const LINE_SEPARATOR: &str = "\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}\u{2028}";

const PARAGRAPH_SEPARATOR: &str =
    "\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}\u{2029}";

/// The maximum length of a run, in groups of eight characters: 48 KiB of escapes.
///
/// The characters of a group are compared at once.
const MAX_RUN_GROUPS: usize = 1024;

/// The minimum length of a run, in groups; shorter runs are copied.
const MIN_RUN_GROUPS: usize = 16;
