use http::{HeaderMap, header::X_CONTENT_TYPE_OPTIONS};

use crate::browser::values::{decode_and_split, get};

/// Whether `X-Content-Type-Options` says `nosniff`, in whatever case: the first member of the list, and no
/// other, is asked.
///
/// <https://fetch.spec.whatwg.org/#determine-nosniff>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::is_nosniff;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-content-type-options", HeaderValue::from_static("NoSniff"));
/// assert!(is_nosniff(&headers));
///
/// headers.insert("x-content-type-options", HeaderValue::from_static("no, nosniff"));
/// assert!(!is_nosniff(&headers));
/// ```
pub fn is_nosniff(headers: &HeaderMap) -> bool {
    get(headers, &X_CONTENT_TYPE_OPTIONS).is_some_and(|value| says_nosniff(&value))
}

fn says_nosniff(value: &[u8]) -> bool {
    let members = decode_and_split(value);
    members.first().is_some_and(|first| first.eq_ignore_ascii_case(b"nosniff"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of `fetch/nosniff/parsing-nosniff.window.js` whose bytes the crate `http` refuses;
    /// `tests/embedding_facts.rs` names them too.
    #[test]
    fn bytes_that_no_http_library_sends_are_not_trimmed() {
        for (row, value) in [
            ("nosniff/parsing#10", &b"nosniff\x0c"[..]),
            ("nosniff/parsing#11", b"nosniff\x0b"),
            ("nosniff/parsing#12", b"nosniff\x0b,nosniff"),
        ] {
            assert!(!says_nosniff(value), "{row}");
        }
        assert!(says_nosniff(b"nosniff \t,no"));
    }
}
