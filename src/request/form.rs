//! The query syntax of forms. <https://url.spec.whatwg.org/#concept-urlencoded-parser>

/// The decoded bytes of a percent-encoded text, with `+` for a space.
///
/// A `%` without two hexadecimal digits remains a `%`.
pub(crate) struct Decoded<'a>(pub(crate) &'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        let (byte, rest) = match (first, rest) {
            (b'%', [high, low, rest @ ..]) => match digit(*high).zip(digit(*low)) {
                Some((high, low)) => (high << 4 | low, rest),
                None => (b'%', self.0.get(1..).unwrap_or_default()),
            },
            (b'+', rest) => (b' ', rest),
            (byte, rest) => (byte, rest),
        };
        self.0 = rest;
        Some(byte)
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
