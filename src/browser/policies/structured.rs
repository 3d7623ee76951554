//! Structured fields (RFC 9651), as the Fetch standard gets them.

use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

use crate::browser::values::get;

/// A header that is one token with parameters.
/// <https://fetch.spec.whatwg.org/#concept-header-list-get-structured-header>
pub(super) struct Token {
    pub(super) name: String,
    /// The parameter `report-to`, where it is a string.
    pub(super) report_to: Option<String>,
}

impl Token {
    pub(super) fn of(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        Self::parse(&get(headers, name)?)
    }

    /// Anything else, such as a list, is no token.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let Item { bare_item, params } = Parser::new(value).parse().ok()?;
        let name = bare_item.as_token()?.as_str().to_owned();
        let report_to = params.get("report-to").and_then(BareItem::as_string);
        Some(Self { name, report_to: report_to.map(|name| name.as_str().to_owned()) })
    }
}

/// A header that is a boolean.
pub(super) fn boolean(headers: &HeaderMap, name: &HeaderName) -> Option<bool> {
    let item: Item = Parser::new(&get(headers, name)?).parse().ok()?;
    item.bare_item.as_boolean()
}

/// The members of a dictionary that are strings, in their order.
pub(super) fn strings(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, String)> {
    let Some(value) = get(headers, name) else { return Vec::new() };
    let Ok(dictionary) = Parser::new(&value).parse::<Dictionary>() else { return Vec::new() };
    let member = |(key, entry): (&sfv::Key, &ListEntry)| match entry {
        ListEntry::Item(item) => {
            let text = item.bare_item.as_string()?;
            Some((key.as_str().to_owned(), text.as_str().to_owned()))
        }
        ListEntry::InnerList(_) => None,
    };
    dictionary.iter().filter_map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of `html/cross-origin-embedder-policy/header-parsing.https.html` and
    /// `html/cross-origin-opener-policy/header-parsing-failures.https.html` whose bytes the crate `http`
    /// refuses; `tests/embedding_facts.rs` names them too.
    #[test]
    fn bytes_that_no_http_library_sends_are_no_token() {
        for (row, value) in [
            ("coep/parsing#06", "\x0brequire-corp\x0b"),
            ("coep/parsing#08", "\rrequire-corp\r"),
            ("coop/parsing#02", "\x0bsame-origin\x0b"),
            ("coop/parsing#03", "\x0csame-origin\x0c"),
            ("coop/parsing#04", "\rsame-origin\r"),
        ] {
            assert!(Token::parse(value.as_bytes()).is_none(), "{row}");
        }
        for value in ["require-corp", "same-origin"] {
            assert_eq!(Token::parse(value.as_bytes()).unwrap().name, value);
        }
    }
}
