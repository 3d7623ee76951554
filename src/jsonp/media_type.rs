//! Checks whether a response body is JSON that can be wrapped.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE},
};

use crate::{fetch::mime_essence, request::fields, response::has_identity_coding};

/// Returns whether `Content-Type` is a JSON type, in exactly one field line.
///
/// <https://mimesniff.spec.whatwg.org/#json-mime-type>
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some((kind, subtype)) = content_type(headers).and_then(mime_essence) else { return false };
    let has_suffix =
        subtype.last_chunk::<5>().is_some_and(|end| end.eq_ignore_ascii_case(b"+json"));
    let is_json_of = |expected: &[u8]| {
        kind.eq_ignore_ascii_case(expected) && subtype.eq_ignore_ascii_case(b"json")
    };
    has_suffix || is_json_of(b"application") || is_json_of(b"text")
}

/// Returns whether the body is complete, uncompressed and UTF-8.
pub(super) fn is_complete_utf8(status: StatusCode, headers: &HeaderMap) -> bool {
    status != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(CONTENT_RANGE)
        && has_identity_coding(headers)
        && content_type(headers).and_then(charset).is_none_or(is_utf8)
}

/// Returns the value of the first `charset`, possibly with quotation marks.
///
/// <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
fn charset(content_type: &[u8]) -> Option<&[u8]> {
    let mut parameters = content_type.split(|&byte| byte == b';').skip(1);
    parameters.find_map(|parameter| {
        let equals = parameter.iter().position(|&byte| byte == b'=')?;
        let (name, value) = parameter.split_at_checked(equals)?;
        let is_charset = name.trim_ascii().eq_ignore_ascii_case(b"charset");
        is_charset.then(|| value.get(1..).unwrap_or_default().trim_ascii())
    })
}

/// Returns whether the value is `utf-8` or `utf8`. Other labels of UTF-8 are not recognized.
///
/// <https://encoding.spec.whatwg.org/#names-and-labels>
fn is_utf8(label: &[u8]) -> bool {
    let unquoted = label.strip_prefix(b"\"").and_then(|label| label.strip_suffix(b"\""));
    let label = unquoted.unwrap_or(label);
    label.eq_ignore_ascii_case(b"utf-8") || label.eq_ignore_ascii_case(b"utf8")
}

fn content_type(headers: &HeaderMap) -> Option<&[u8]> {
    fields::single_value(headers, CONTENT_TYPE).map(HeaderValue::as_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_of_json_are_recognized() {
        for (content_type, expected) in [
            ("application/json", (true, true)),
            ("text/json", (true, true)),
            ("Application/JSON", (true, true)),
            (" application/json ;x=y", (true, true)),
            ("application/problem+json", (true, true)),
            ("application/vnd.api+JSON; version=1", (true, true)),
            ("application/json; charset=utf-8", (true, true)),
            ("application/json;CHARSET=UTF8", (true, true)),
            ("application/json; a=b; charset=\"utf-8\"", (true, true)),
            ("application/json; charset=utf-16", (true, false)),
            ("application/json; charset=iso-8859-1; charset=utf-8", (true, false)),
            ("application/json; charset=", (true, false)),
            ("image/json", (false, true)),
            ("application/x-ndjson", (false, true)),
            ("application/jsonp", (false, true)),
            ("application/json-seq", (false, true)),
            ("application/+jsonx", (false, true)),
            ("text/javascript", (false, true)),
            ("text/html", (false, true)),
            ("json", (false, true)),
            ("application/json, text/html", (false, true)),
            ("", (false, true)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            let actual = (is_json(&headers), is_complete_utf8(StatusCode::OK, &headers));
            assert_eq!(actual, expected, "{content_type:?}");
            headers.append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            assert!(!is_json(&headers), "a second field line");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
