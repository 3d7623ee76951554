use crate::limits::JSON_DEPTH;

/// Checks that a text that arrives in pieces is JSON.
///
/// JSON is an expression of ECMAScript that calls nothing. Other text could end the call of the script, and run
/// code in the page: `0);alert(1);(0`. RFC 8259
///
/// A byte order mark at the beginning is permitted, since `fetch` permits it.
#[derive(Debug)]
pub(super) struct JsonValidator {
    state: State,
    /// Whether the current or last text is the name of a member.
    is_name: bool,
    /// Whether each open bracket is the bracket of an object; one bit per bracket.
    objects: [u64; JSON_DEPTH / 64],
    depth: usize,
}

impl JsonValidator {
    pub(super) fn new() -> Self {
        Self { state: State::Start, is_name: false, objects: [0; JSON_DEPTH / 64], depth: 0 }
    }

    /// Reads the next piece. Returns the number of its leading bytes that can be part of JSON.
    pub(super) fn accept(&mut self, piece: &[u8]) -> usize {
        let mut rest = piece;
        let mut state = self.state;
        loop {
            if state == State::Text {
                rest = rest.get(plain_text_length(rest)..).unwrap_or_default();
            }
            let Some((byte, after)) = rest.split_first() else { break };
            let next = NEXT.get(state as usize).and_then(|row| row.get(usize::from(*byte)));
            let mut next = next.copied().unwrap_or(State::Invalid);
            if next.is_action() {
                next = self.act(next);
                if next == State::Invalid {
                    break;
                }
            }
            state = next;
            rest = after;
        }
        self.state = state;
        piece.len() - rest.len()
    }

    /// Returns whether the pieces are complete JSON.
    pub(super) fn is_complete(&self) -> bool {
        self.state.is_complete() && self.depth == 0
    }

    /// Returns the state after an action.
    fn act(&mut self, action: State) -> State {
        match (action, self.is_in_object()) {
            (State::StartName | State::StartText, _) => {
                self.is_name = action == State::StartName;
                State::Text
            }
            (State::EndText, _) if self.is_name => State::Colon,
            (State::EndText, _) => State::AfterValue,
            (State::OpenObject, _) => self.open(true, State::FirstName),
            (State::OpenArray, _) => self.open(false, State::FirstElement),
            (State::CloseObject, Some(true)) | (State::CloseArray, Some(false)) => {
                self.depth -= 1;
                State::AfterValue
            }
            (State::Comma, Some(true)) => State::Name,
            (State::Comma, Some(false)) => State::Value,
            _ => State::Invalid,
        }
    }

    /// Returns `Invalid` if the JSON is too deep.
    fn open(&mut self, is_object: bool, first: State) -> State {
        let Some(bits) = self.objects.get_mut(self.depth / 64) else { return State::Invalid };
        let bit = 1 << (self.depth % 64);
        *bits = if is_object { *bits | bit } else { *bits & !bit };
        self.depth += 1;
        first
    }

    /// Returns `None` outside of all brackets.
    fn is_in_object(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        let bits = self.objects.get(last / 64)?;
        Some(bits >> (last % 64) & 1 == 1)
    }
}

/// The part of the JSON that the next byte continues, or an action.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Start,
    /// After the first and the second byte of a byte order mark.
    Mark1,
    Mark2,
    Value,
    /// A value, or the end of an empty array.
    FirstElement,
    /// A name, or the end of an empty object.
    FirstName,
    Name,
    Colon,
    AfterValue,
    Text,
    Escape,
    /// The digits of `\u0000`.
    Digit1,
    Digit2,
    Digit3,
    Digit4,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// The letters of `true`, `false` and `null` after the first one.
    True2,
    True3,
    True4,
    False2,
    False3,
    False4,
    False5,
    Null2,
    Null3,
    Null4,
    // The actions.
    StartName,
    StartText,
    EndText,
    OpenObject,
    OpenArray,
    CloseObject,
    CloseArray,
    Comma,
    Invalid,
}

impl State {
    const fn is_complete(self) -> bool {
        use State::{AfterValue, ExponentDigits, Fraction, Integer, Zero};
        matches!(self, AfterValue | Zero | Integer | Fraction | ExponentDigits)
    }

    const fn is_action(self) -> bool {
        self as u8 >= Self::StartName as u8
    }

    /// Returns the next state, or the action that leads to it.
    #[rustfmt::skip]
    #[allow(clippy::enum_glob_use, reason = "the table is readable without prefixes")]
    #[expect(clippy::match_same_arms, reason = "each state has its own line")]
    const fn next(self, byte: u8) -> Self {
        use State::*;
        match (self, byte) {
            (Text, b'"') => EndText,
            (Text, b'\\') => Escape,
            (Text, b' '..) => Text,
            (Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Text,
            (Escape, b'u') => Digit1,
            (Digit1, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => Digit2,
            (Digit2, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => Digit3,
            (Digit3, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => Digit4,
            (Digit4, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => Text,
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (True2, b'r') => True3,
            (True3, b'u') => True4,
            (False2, b'a') => False3,
            (False3, b'l') => False4,
            (False4, b's') => False5,
            (Null2, b'u') => Null3,
            (Null3, b'l') => Null4,
            (True4 | False5, b'e') | (Null4, b'l') => AfterValue,
            (Start, 0xEF) => Mark1,
            (Mark1, 0xBB) => Mark2,
            (Mark2, 0xBF) | (Start, b' ' | b'\t' | b'\n' | b'\r') => Value,
            (Value | FirstElement | FirstName | Name | Colon, b' ' | b'\t' | b'\n' | b'\r') => self,
            (FirstElement, b']') => CloseArray,
            (FirstName, b'}') => CloseObject,
            (FirstName | Name, b'"') => StartName,
            (Colon, b':') => Value,
            (Start | Value | FirstElement, _) => match byte {
                b'"' => StartText,
                b'{' => OpenObject,
                b'[' => OpenArray,
                b'-' => Minus,
                b'0' => Zero,
                b'1'..=b'9' => Integer,
                b't' => True2,
                b'f' => False2,
                b'n' => Null2,
                _ => Invalid,
            },
            (_, b' ' | b'\t' | b'\n' | b'\r') if self.is_complete() => AfterValue,
            (_, b',') if self.is_complete() => Comma,
            (_, b'}') if self.is_complete() => CloseObject,
            (_, b']') if self.is_complete() => CloseArray,
            _ => Invalid,
        }
    }
}

/// The states before which a byte can come, in the order of their numbers.
#[rustfmt::skip]
#[allow(clippy::enum_glob_use, reason = "the list is readable without prefixes")]
const STATES: [State; State::StartName as usize] = {
    use State::*;
    [
        Start, Mark1, Mark2, Value, FirstElement, FirstName, Name, Colon, AfterValue, Text, Escape,
        Digit1, Digit2, Digit3, Digit4, Minus, Zero, Integer, Point, Fraction, Exponent,
        ExponentSign, ExponentDigits, True2, True3, True4, False2, False3, False4, False5, Null2,
        Null3, Null4,
    ]
};

/// [`State::next`] of each state and byte.
#[expect(clippy::cast_possible_truncation, reason = "the number is a byte")]
#[expect(clippy::indexing_slicing, reason = "a constant: an index out of bounds does not compile")]
static NEXT: [[State; 256]; STATES.len()] = {
    let mut next = [[State::Invalid; 256]; STATES.len()];
    let mut state = 0;
    while state < STATES.len() {
        let mut byte = 0;
        while byte < 256 {
            next[state][byte] = STATES[state].next(byte as u8);
            byte += 1;
        }
        state += 1;
    }
    next
};

/// Returns the number of leading bytes that continue a text of JSON.
///
/// The other bytes are a quotation mark, a backslash and control characters.
///
/// Reads eight bytes at once. Each term has the highest bit of the first such byte:
/// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches, the compiler compares many bytes at once"
)]
fn plain_text_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let ends_text = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk() {
        let word = u64::from_le_bytes(*word);
        let found = below(word, b' ') | equal(word, b'"') | equal(word, b'\\');
        if found & HIGHEST != 0 {
            let plain = (found & HIGHEST).trailing_zeros() as usize / 8;
            return text.len() - rest.len() + plain;
        }
        rest = after;
        while let Some((chunk, after)) = rest.split_first_chunk::<32>() {
            if chunk.iter().fold(false, |found, byte| found | ends_text(*byte)) {
                break;
            }
            rest = after;
        }
    }
    let plain = rest.iter().position(|byte| ends_text(*byte)).unwrap_or(rest.len());
    text.len() - rest.len() + plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the length of the valid beginning, and whether the text is JSON.
    fn read(pieces: &[&[u8]]) -> (usize, bool) {
        let mut validator = JsonValidator::new();
        let mut valid = 0;
        for piece in pieces {
            let accepted = validator.accept(piece);
            valid += accepted;
            if accepted < piece.len() {
                return (valid, false);
            }
        }
        (valid, validator.is_complete())
    }

    #[test]
    fn valid_beginning_does_not_depend_on_the_pieces() {
        let deepest = "[".repeat(JSON_DEPTH) + &"]".repeat(JSON_DEPTH);
        let too_deep = "[".repeat(JSON_DEPTH + 1);
        let closed = "}".repeat(JSON_DEPTH);
        let objects = "{\"a\":".repeat(JSON_DEPTH) + "1" + &closed;
        for (text, expected) in [
            ("", Err(0)),
            (" ", Err(1)),
            ("null", Ok(())),
            ("true", Ok(())),
            ("false ", Ok(())),
            ("nul", Err(3)),
            ("nulL", Err(3)),
            ("nulls", Err(4)),
            ("undefined", Err(0)),
            ("\u{FEFF}1", Ok(())),
            ("\u{FEFF}\u{FEFF}1", Err(3)),
            (" \u{FEFF}1", Err(1)),
            ("0", Ok(())),
            ("-0", Ok(())),
            ("-", Err(1)),
            ("+1", Err(0)),
            ("01", Err(1)),
            ("1.", Err(2)),
            (".5", Err(0)),
            ("1.50", Ok(())),
            ("1e5", Ok(())),
            ("1E+05", Ok(())),
            ("-1.2e-3", Ok(())),
            ("1e", Err(2)),
            ("1e+", Err(3)),
            ("1.e5", Err(2)),
            ("1 1", Err(2)),
            ("1+1", Err(1)),
            ("1,2", Err(1)),
            ("0x10", Err(1)),
            ("10n", Err(2)),
            ("\"\"", Ok(())),
            ("\"abcdefgh\u{2028}ijklmnop\u{7F}\"", Ok(())),
            ("\"abcdefghijklm\nop\"", Err(14)),
            ("\"\t\"", Err(1)),
            ("\"\0\"", Err(1)),
            ("\"a", Err(2)),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF\"", Ok(())),
            ("\"\\x41\"", Err(2)),
            ("\"\\u00g0\"", Err(5)),
            ("\"\\'\"", Err(2)),
            ("'a'", Err(0)),
            ("`a`", Err(0)),
            ("[]", Ok(())),
            ("[1, 2 ,\t[3]\n]\r\n", Ok(())),
            ("[1,]", Err(3)),
            ("[,1]", Err(1)),
            ("[1 2]", Err(3)),
            ("[1}", Err(2)),
            ("[", Err(1)),
            ("]", Err(0)),
            ("{}", Ok(())),
            ("{\"a\":1,\"b\":{\"c\":[{}]}}", Ok(())),
            ("{\"a\" : 1 , \"b\" : 2 }", Ok(())),
            ("{\"a\"}", Err(4)),
            ("{\"a\":}", Err(5)),
            ("{\"a\":1,}", Err(7)),
            ("{a:1}", Err(1)),
            ("{1:1}", Err(1)),
            ("{\"a\":1]", Err(6)),
            ("{\"a\"::1}", Err(5)),
            ("{[\"a\"]:1}", Err(1)),
            ("[1]]", Err(3)),
            ("{}{}", Err(2)),
            ("0);alert(1);(0", Err(1)),
            ("[]);alert(1);([]", Err(2)),
            ("\"\");alert(1);(\"\"", Err(2)),
            ("1}),alert(1),({", Err(1)),
            ("[1/**/]", Err(2)),
            ("[1]//", Err(3)),
            ("alert(1)", Err(0)),
            ("[alert(1)]", Err(1)),
            ("{\"a\":alert(1)}", Err(5)),
            ("{get a(){}}", Err(1)),
            ("[...a]", Err(1)),
            ("null<!--", Err(4)),
            (&deepest, Ok(())),
            (&objects, Ok(())),
            (&too_deep, Err(JSON_DEPTH)),
        ] {
            let expected = match expected {
                Ok(()) => (text.len(), true),
                Err(valid) => (valid, false),
            };
            let bytes = text.as_bytes();
            assert_eq!(read(&[bytes]), expected, "{text}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(read(&single), expected, "{text}");
            for cut in 0..bytes.len().min(40) {
                let (before, after) = bytes.split_at(cut);
                assert_eq!(read(&[before, after]), expected, "{text} at {cut}");
            }
        }
    }

    #[test]
    fn states_are_in_the_order_of_their_numbers() {
        for (number, state) in STATES.into_iter().enumerate() {
            assert_eq!(state as usize, number);
        }
    }

    #[test]
    fn invalid_utf8_in_a_text_is_valid() {
        // The browser replaces it with U+FFFD.
        assert_eq!(read(&[b"\"\xFF\xE2\x80\""]), (5, true));
        assert_eq!(read(&[b"[\xFF]"]), (1, false));
    }

    #[test]
    fn plain_text_ends_at_every_special_byte() {
        for position in 0..70 {
            for byte in 0..=u8::MAX {
                let mut text = [b'a'; 70];
                for other in [b'a', b'!', b'#', b'[', b']', b' ', 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                    text.fill(other);
                    text[position] = byte;
                    let is_special = byte < 0x20 || byte == b'"' || byte == b'\\';
                    let expected = if is_special { position } else { text.len() };
                    assert_eq!(plain_text_length(&text), expected, "{byte} {other} {position}");
                }
            }
        }
    }
}
