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
    /// Whether each open bracket is the bracket of an object; one bit per bracket.
    objects: [u64; JSON_DEPTH / 64],
    depth: usize,
}

/// The part of the JSON that the next byte continues.
#[derive(Clone, Copy, Debug)]
enum State {
    Start,
    Value,
    /// A value, or the end of an empty array.
    FirstElement,
    /// A name, or the end of an empty object.
    FirstName,
    Name,
    Colon,
    AfterValue,
    Text(Role),
    Escape(Role),
    /// The rest of `\u0000`.
    Digits(Role, u8),
    Number(Number),
    /// The rest of a word, and the state after it.
    Word(&'static [u8], AfterWord),
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Name,
    Value,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

#[derive(Clone, Copy, Debug)]
enum AfterWord {
    Value,
    AfterValue,
}

impl JsonValidator {
    pub(super) fn new() -> Self {
        Self { state: State::Start, objects: [0; JSON_DEPTH / 64], depth: 0 }
    }

    /// Reads the next piece. Returns the number of its leading bytes that can be part of JSON.
    pub(super) fn accept(&mut self, piece: &[u8]) -> usize {
        let mut read = 0;
        while let Some(rest) = piece.get(read..) {
            if matches!(self.state, State::Text(_)) {
                read += plain_text_length(rest);
            }
            let Some(byte) = piece.get(read) else { break };
            let Some(state) = self.next_state(*byte) else { return read };
            self.state = state;
            read += 1;
        }
        piece.len()
    }

    /// Returns whether the pieces are complete JSON.
    pub(super) fn is_complete(&self) -> bool {
        let is_after_value = match self.state {
            State::AfterValue => true,
            State::Number(number) => number.is_complete(),
            _ => false,
        };
        is_after_value && self.depth == 0
    }

    fn next_state(&mut self, byte: u8) -> Option<State> {
        Some(match (self.state, byte) {
            (State::Text(Role::Name), b'"') => State::Colon,
            (State::Text(Role::Value), b'"') => State::AfterValue,
            (State::Text(role), b'\\') => State::Escape(role),
            (State::Text(_), ..b' ') => return None,
            (State::Text(role), _) => State::Text(role),
            (State::Escape(role), b'u') => State::Digits(role, 4),
            (State::Escape(role), b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                State::Text(role)
            }
            (State::Digits(role, left), _) if byte.is_ascii_hexdigit() => {
                if left > 1 {
                    State::Digits(role, left - 1)
                } else {
                    State::Text(role)
                }
            }
            (State::Number(number), _) => match number.next(byte) {
                Some(number) => State::Number(number),
                None if number.is_complete() => return self.after_value(byte),
                None => return None,
            },
            (State::Word([first, rest @ ..], after), _) if byte == *first => match (rest, after) {
                ([], AfterWord::Value) => State::Value,
                ([], AfterWord::AfterValue) => State::AfterValue,
                _ => State::Word(rest, after),
            },
            (State::AfterValue, _) => return self.after_value(byte),
            (State::Start, 0xEF) => State::Word(b"\xBB\xBF", AfterWord::Value),
            (State::Start, b' ' | b'\t' | b'\n' | b'\r') => State::Value,
            (
                State::Value | State::FirstElement | State::FirstName | State::Name | State::Colon,
                b' ' | b'\t' | b'\n' | b'\r',
            ) => self.state,
            (State::FirstElement, b']') | (State::FirstName, b'}') => self.close(),
            (State::Start | State::Value | State::FirstElement, _) => return self.value(byte),
            (State::FirstName | State::Name, b'"') => State::Text(Role::Name),
            (State::Colon, b':') => State::Value,
            _ => return None,
        })
    }

    fn value(&mut self, first: u8) -> Option<State> {
        Some(match first {
            b'"' => State::Text(Role::Value),
            b'{' => self.open(true)?,
            b'[' => self.open(false)?,
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Integer),
            b't' => after_first_letter(b"true"),
            b'f' => after_first_letter(b"false"),
            b'n' => after_first_letter(b"null"),
            _ => return None,
        })
    }

    fn after_value(&mut self, byte: u8) -> Option<State> {
        match (byte, self.is_in_object()) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => Some(State::AfterValue),
            (b',', Some(true)) => Some(State::Name),
            (b',', Some(false)) => Some(State::Value),
            (b'}', Some(true)) | (b']', Some(false)) => Some(self.close()),
            _ => None,
        }
    }

    /// Returns `None` if the JSON is too deep.
    fn open(&mut self, is_object: bool) -> Option<State> {
        let bits = self.objects.get_mut(self.depth / 64)?;
        let bit = 1 << (self.depth % 64);
        *bits = if is_object { *bits | bit } else { *bits & !bit };
        self.depth += 1;
        Some(if is_object { State::FirstName } else { State::FirstElement })
    }

    fn close(&mut self) -> State {
        self.depth = self.depth.saturating_sub(1);
        State::AfterValue
    }

    /// Returns `None` outside of all brackets.
    fn is_in_object(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        let bits = self.objects.get(last / 64)?;
        Some(bits >> (last % 64) & 1 == 1)
    }
}

impl Number {
    fn is_complete(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }

    /// Returns `None` if the byte does not continue the number.
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Self::ExponentDigits
            }
            _ => return None,
        })
    }
}

fn after_first_letter(word: &'static [u8]) -> State {
    State::Word(word.get(1..).unwrap_or_default(), AfterWord::AfterValue)
}

/// Returns the number of leading bytes that continue a text of JSON.
///
/// The other bytes are a quotation mark, a backslash and control characters.
/// Reads eight bytes at once. Each term has the highest bit of the first such byte:
/// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
fn plain_text_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let mut length = 0;
    while let Some(word) = text.get(length..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
        let found = (quotes | backslashes | controls) & HIGHEST;
        if found != 0 {
            return length + found.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    let rest = text.get(length..).unwrap_or_default();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    length + rest.iter().position(is_special).unwrap_or(rest.len())
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
    fn invalid_utf8_in_a_text_is_valid() {
        // The browser replaces it with U+FFFD.
        assert_eq!(read(&[b"\"\xFF\xE2\x80\""]), (5, true));
        assert_eq!(read(&[b"[\xFF]"]), (1, false));
    }

    #[test]
    fn plain_text_ends_at_every_special_byte() {
        for position in 0..20 {
            for byte in 0..=u8::MAX {
                let mut text = [b'a'; 20];
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
