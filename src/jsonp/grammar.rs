//! The grammar of callback names.
//!
//! ```text
//! callback   = member *("." member)          at most 128 bytes
//! member     = identifier *("[" index "]")
//! identifier = (ALPHA / "_" / "$") *(ALPHA / DIGIT / "_" / "$"), not a reserved word
//! index      = "0" / (%x31-39 *8DIGIT)
//! ```
//!
//! The grammar is a subset of member expressions of ECMAScript. A name cannot contain a call, an assignment,
//! the end of a statement or the beginning of a string. An index has no leading zero, since scripts read
//! `010` as 8. <https://tc39.es/ecma262/#prod-MemberExpression>

use super::error::CallbackError;
use crate::limits::CALLBACK_BYTES;

/// Returns the text if it is a valid callback name.
pub(super) fn parse(text: &[u8]) -> Result<&str, CallbackError> {
    if text.len() > CALLBACK_BYTES {
        return Err(CallbackError::TooLong);
    }
    text.split(|&byte| byte == b'.').try_for_each(member)?;
    // This cannot fail: the name is ASCII.
    std::str::from_utf8(text).map_err(|_| CallbackError::Malformed)
}

/// Returns whether an identifier may contain these bytes after its first byte.
pub(super) fn is_identifier_part(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'_' | b'$') || byte.is_ascii_alphanumeric())
}

/// Returns whether the bytes are an index.
pub(super) fn is_index(bytes: &[u8]) -> bool {
    match bytes {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() <= 8 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn member(text: &[u8]) -> Result<(), CallbackError> {
    let mut parts = text.split(|&byte| byte == b'[');
    let identifier = parts.next().unwrap_or_default();
    let has_valid_start = identifier.first().is_some_and(|first| !first.is_ascii_digit());
    if !has_valid_start || !is_identifier_part(identifier) {
        return Err(CallbackError::Malformed);
    }
    if RESERVED.iter().any(|word| word.as_bytes() == identifier) {
        return Err(CallbackError::ReservedWord);
    }
    let mut indexes = parts.map(|part| part.strip_suffix(b"]"));
    let are_closed = indexes.all(|index| index.is_some_and(is_index));
    if are_closed { Ok(()) } else { Err(CallbackError::Malformed) }
}

/// The reserved words of ECMAScript, including strict mode and modules.
///
/// <https://tc39.es/ecma262/#prod-ReservedWord>
const RESERVED: [&str; 46] = [
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names_are_accepted() {
        let longest = "a".repeat(CALLBACK_BYTES);
        for name in [
            "a",
            "_",
            "$",
            "$._x[1].y",
            "cb[12]",
            "cb[0][123456789].show",
            "jQuery19108562055646907538_1422301960073",
            "angular.callbacks._0",
            "instances",
            "classes.newest",
            "undefined",
            &longest,
        ] {
            assert_eq!(parse(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn invalid_names_are_rejected() {
        let too_long = "a".repeat(CALLBACK_BYTES + 1);
        for (text, error) in [
            ("", CallbackError::Malformed),
            (".", CallbackError::Malformed),
            (".a", CallbackError::Malformed),
            ("a.", CallbackError::Malformed),
            ("a..b", CallbackError::Malformed),
            ("1a", CallbackError::Malformed),
            ("a.1", CallbackError::Malformed),
            ("a[", CallbackError::Malformed),
            ("a]", CallbackError::Malformed),
            ("a[]", CallbackError::Malformed),
            ("a[1", CallbackError::Malformed),
            ("a[1]]", CallbackError::Malformed),
            ("a[[1]]", CallbackError::Malformed),
            ("a[1]b", CallbackError::Malformed),
            ("[1]", CallbackError::Malformed),
            ("a.[1]", CallbackError::Malformed),
            ("a[x]", CallbackError::Malformed),
            ("a[-1]", CallbackError::Malformed),
            ("a[1.5]", CallbackError::Malformed),
            ("a[1e3]", CallbackError::Malformed),
            ("a[ 1]", CallbackError::Malformed),
            ("a[\"k\"]", CallbackError::Malformed),
            ("a[010]", CallbackError::Malformed),
            ("a[00]", CallbackError::Malformed),
            ("a[1234567890]", CallbackError::Malformed),
            ("a-b", CallbackError::Malformed),
            (" a", CallbackError::Malformed),
            ("a ", CallbackError::Malformed),
            ("a\n", CallbackError::Malformed),
            ("a\0", CallbackError::Malformed),
            ("a;b", CallbackError::Malformed),
            ("a()", CallbackError::Malformed),
            ("a=b", CallbackError::Malformed),
            ("a,b", CallbackError::Malformed),
            ("a`b`", CallbackError::Malformed),
            ("a?.b", CallbackError::Malformed),
            ("a.#b", CallbackError::Malformed),
            ("a//", CallbackError::Malformed),
            ("a/**/", CallbackError::Malformed),
            ("<!--", CallbackError::Malformed),
            ("\\u0061", CallbackError::Malformed),
            ("йcb", CallbackError::Malformed),
            ("a\u{200C}", CallbackError::Malformed),
            ("a\u{2028}", CallbackError::Malformed),
            ("class", CallbackError::ReservedWord),
            ("a.false", CallbackError::ReservedWord),
            ("this.a", CallbackError::ReservedWord),
            ("a.new[1]", CallbackError::ReservedWord),
            ("let", CallbackError::ReservedWord),
            (&too_long, CallbackError::TooLong),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(error), "{text:?}");
        }
        assert_eq!(parse(b"a\xFF"), Err(CallbackError::Malformed));
        assert_eq!(parse(b"a\xE2\x80"), Err(CallbackError::Malformed));
    }

    #[test]
    fn reserved_words_are_rejected_at_every_position() {
        for word in RESERVED {
            for name in [word.to_owned(), format!("a.{word}"), format!("a.{word}[0].b")] {
                assert_eq!(parse(name.as_bytes()), Err(CallbackError::ReservedWord), "{name}");
            }
            for name in [format!("{word}_"), format!("${word}"), word.to_uppercase()] {
                assert!(parse(name.as_bytes()).is_ok(), "{name}");
            }
        }
    }
}
