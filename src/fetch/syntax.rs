//! The syntax of header values: tokens, white space, lists, and MIME types.

/// Returns `true` if `bytes` is a `token`, the grammar of methods and header names.
///
/// RFC 9110, section 5.6.2: one or more letters, digits, or ``!#$%&'*+-.^_`|~``.
///
/// ```
/// use tower_cross_origin::fetch::is_token;
///
/// assert!(is_token(b"x-request-id"));
/// assert!(is_token(b"CHICKEN"));
/// assert!(!is_token(b""));
/// assert!(!is_token(b"GET, POST"));
/// ```
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

const fn is_token_byte(byte: u8) -> bool {
    // A table would need only one load, but would occupy 256 bytes of the cache. Most bytes of names are
    // letters.
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Removes the spaces and tabs around a list element.
///
/// RFC 9110, section 5.6.3
pub(crate) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Splits a list at commas outside quotation marks.
///
/// The parts do not include surrounding tabs and spaces.
/// <https://fetch.spec.whatwg.org/#header-value-get-decode-and-split>
pub(super) fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let is_separator = move |&byte: &u8| {
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && !escaped && byte == b'\\';
        byte == b',' && !quoted
    };
    value.split(is_separator).map(trim_ows)
}

/// Returns the type and the subtype of a MIME type; `None` if it is invalid.
///
/// Parameters are ignored, since they are never invalid. This is the essence that "parse a MIME type"
/// returns, in its original case. <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
pub(crate) fn mime_essence(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = trim_http_whitespace(value);
    let slash = value.iter().position(|&byte| byte == b'/')?;
    let (kind, rest) = (value.get(..slash)?, value.get(slash + 1..)?);
    let end = rest.iter().position(|&byte| byte == b';').unwrap_or(rest.len());
    let subtype = trim_http_whitespace_end(rest.get(..end)?);
    let is_token = |part: &[u8]| !part.is_empty() && part.iter().all(|&byte| is_token_byte(byte));
    (is_token(kind) && is_token(subtype)).then_some((kind, subtype))
}

fn trim_http_whitespace(mut value: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = value {
        if !is_http_whitespace(*first) {
            break;
        }
        value = rest;
    }
    trim_http_whitespace_end(value)
}

fn trim_http_whitespace_end(mut value: &[u8]) -> &[u8] {
    while let [rest @ .., last] = value {
        if !is_http_whitespace(*last) {
            break;
        }
        value = rest;
    }
    value
}

/// Returns `true` for HTTP white space. <https://fetch.spec.whatwg.org/#http-whitespace>
const fn is_http_whitespace(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_controls_are_not_token_bytes() {
        for byte in 0..=u8::MAX {
            let separator = b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            let visible = (0x21..=0x7e).contains(&byte);
            assert_eq!(is_token(&[byte]), visible && !separator, "{byte:#04x}");
        }
    }
}
