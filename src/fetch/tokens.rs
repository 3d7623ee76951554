/// Whether `bytes` is a `token`: the grammar of a method and of a header's name.
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

pub(crate) const fn is_token_byte(byte: u8) -> bool {
    // A table would be one load instead of a few comparisons, but then 256 bytes of the cache are
    // held for names that are mostly letters.
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

/// Without the optional white space around an element of a list: spaces and tabs alone.
///
/// RFC 9110, section 5.6.3
pub(crate) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separators_and_controls_of_rfc_9110_are_not_in_a_token() {
        for byte in 0..=u8::MAX {
            let separator = b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            let visible = (0x21..=0x7e).contains(&byte);
            assert_eq!(is_token(&[byte]), visible && !separator, "{byte:#04x}");
        }
    }
}
