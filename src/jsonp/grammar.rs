//! What the name of a callback may look like.
//!
//! ```text
//! callback   = member *("." member)          at most 128 bytes
//! member     = identifier *("[" index "]")
//! identifier = (ALPHA / "_" / "$") *(ALPHA / DIGIT / "_" / "$"), not a reserved word
//! index      = "0" / (%x31-39 *8DIGIT)
//! ```
//!
//! That is less than a member expression of ECMAScript, and no program: nothing in it can be called,
//! assigned or ended, and no text can be begun. A number with a zero before it is left out since a
//! script reads `010` as 8.
//! <https://tc39.es/ecma262/#prod-MemberExpression>

use super::error::CallbackError;
use crate::limits::CALLBACK_BYTES;

/// The text as it is, where it is the name of a callback.
pub(super) fn read(text: &[u8]) -> Result<&str, CallbackError> {
    if text.len() > CALLBACK_BYTES {
        return Err(CallbackError::TooLong);
    }
    text.split(|&byte| byte == b'.').try_for_each(member)?;
    // Of those bytes each is ASCII: this cannot fail.
    std::str::from_utf8(text).map_err(|_| CallbackError::Malformed)
}

/// The identifiers of the name of a callback, from the outermost one on.
pub(super) fn identifiers(name: &str) -> impl Iterator<Item = &str> {
    name.split('.').filter_map(|member| member.split('[').next())
}

/// Whether the bytes can stand within an identifier, after its first one.
pub(super) fn is_identifier_part(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'_' | b'$') || byte.is_ascii_alphanumeric())
}

/// Whether the bytes are an index.
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
    let begins = identifier.first().is_some_and(|first| !first.is_ascii_digit());
    if !begins || !is_identifier_part(identifier) {
        return Err(CallbackError::Malformed);
    }
    if RESERVED.iter().any(|word| word.as_bytes() == identifier) {
        return Err(CallbackError::ReservedWord);
    }
    let mut indexes = parts.map(|part| part.strip_suffix(b"]"));
    let are_closed = indexes.all(|index| index.is_some_and(is_index));
    if are_closed { Ok(()) } else { Err(CallbackError::Malformed) }
}

/// Those of ECMAScript, in strict code and in modules too.
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
    fn these_are_names_of_callbacks() {
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
            assert_eq!(read(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn these_are_not() {
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
            assert_eq!(read(text.as_bytes()), Err(error), "{text:?}");
        }
        assert_eq!(read(b"a\xFF"), Err(CallbackError::Malformed));
        assert_eq!(read(b"a\xE2\x80"), Err(CallbackError::Malformed));
    }

    #[test]
    fn each_reserved_word_is_one_anywhere() {
        for word in RESERVED {
            for name in [word.to_owned(), format!("a.{word}"), format!("a.{word}[0].b")] {
                assert_eq!(read(name.as_bytes()), Err(CallbackError::ReservedWord), "{name}");
            }
            for name in [format!("{word}_"), format!("${word}"), word.to_uppercase()] {
                assert!(read(name.as_bytes()).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn the_identifiers_of_a_name_have_no_indexes() {
        let all: Vec<&str> = identifiers("a[0][1].b.c[2]").collect();
        assert_eq!(all, ["a", "b", "c"]);
    }
}
