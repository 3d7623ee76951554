use super::tokens::is_token_byte;

/// The type and the subtype of a MIME type, as written; `None` where "parse a MIME type" fails.
///
/// Parameters never make it fail, so they are not looked at.
/// <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
pub(crate) fn essence(value: &[u8]) -> Option<(&[u8], &[u8])> {
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

/// <https://fetch.spec.whatwg.org/#http-whitespace>
const fn is_http_whitespace(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t' | b' ')
}
