use std::sync::LazyLock;

use bytes::Bytes;

/// How many bytes the text begins with that are a run of one line terminator, and what that becomes; `None`
/// where the run is short.
///
/// A text of nothing else is the longest script for its length, and chosen by whoever wants one. It costs
/// no memory, and no copy: every run is a part of the same one.
pub(super) fn of(text: &[u8]) -> Option<(usize, Bytes)> {
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
