use regex_syntax::hir::literal::{Extractor, Literal};

use super::parsed;

/// Whether a legal regular expression might match something that begins with `http://`; `false` is
/// certain.
pub(crate) fn may_admit_http(text: &str) -> bool {
    let hir = parsed::parse_ast(text).and_then(|ast| parsed::parse_hir(text, &ast, false));
    let Ok(hir) = hir else { return true };
    let beginnings = Extractor::new().extract(&hir);
    beginnings.literals().is_none_or(|beginnings| {
        let mut beginnings = beginnings.iter().map(Literal::as_bytes);
        beginnings.any(|one| one.starts_with(HTTP) || HTTP.starts_with(one))
    })
}

const HTTP: &[u8] = b"http://";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_begins_otherwise_admits_no_http_origin() {
        for (text, may) in [
            (r"https://pr-[0-9]+\.example\.com", false),
            (r"(https|wss)://[a-z]+\.example\.com", false),
            (r"^https://a\.example$", false),
            (r"https?://a\.example", true),
            (r".*\.example", true),
            (r"[a-z]+://a\.example", true),
            (r"(?i)https://a\.example", false),
            (r"(?i)http://a\.example", true),
            (r"(|https://)a\.example", false),
            (r"(|https://).*a\.example", true),
            (r"h.*", true),
        ] {
            assert_eq!(may_admit_http(text), may, "{text}");
        }
    }
}
