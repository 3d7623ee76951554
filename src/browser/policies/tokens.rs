//! The tokens of the embedding headers.
//!
//! The tests of [`embedding`](crate::embedding) use the browser model as their reference. These tables
//! therefore follow the standards and do not use the tokens that `embedding` writes. Otherwise no test
//! could detect a wrong token in `embedding`. `browser` has no other tables of these tokens.

use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Item, Parser};

use crate::{
    browser::header_values::get,
    embedding::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy,
    },
};

/// The tokens of a header and their values.
///
/// The default value has no row, because browsers treat its token like an unknown token.
pub(in crate::browser) type TokenTable<V> = [(&'static str, V)];

/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(in crate::browser) const RESOURCE_POLICIES: &TokenTable<CrossOriginResourcePolicy> = &[
    ("same-origin", CrossOriginResourcePolicy::SameOrigin),
    ("same-site", CrossOriginResourcePolicy::SameSite),
    ("cross-origin", CrossOriginResourcePolicy::CrossOrigin),
];

/// <https://html.spec.whatwg.org/#embedder-policy-value>
pub(super) const EMBEDDER_POLICIES: &TokenTable<CrossOriginEmbedderPolicy> = &[
    ("require-corp", CrossOriginEmbedderPolicy::RequireCorp),
    ("credentialless", CrossOriginEmbedderPolicy::Credentialless),
];

/// <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
pub(super) const OPENER_POLICIES: &TokenTable<CrossOriginOpenerPolicy> = &[
    ("same-origin", CrossOriginOpenerPolicy::SameOrigin),
    ("same-origin-allow-popups", CrossOriginOpenerPolicy::SameOriginAllowPopups),
    ("noopener-allow-popups", CrossOriginOpenerPolicy::NoopenerAllowPopups),
];

/// <https://wicg.github.io/document-isolation-policy/>
pub(super) const ISOLATION_POLICIES: &TokenTable<DocumentIsolationPolicy> = &[
    ("isolate-and-require-corp", DocumentIsolationPolicy::IsolateAndRequireCorp),
    ("isolate-and-credentialless", DocumentIsolationPolicy::IsolateAndCredentialless),
];

/// Returns the value of a token; the comparison is case-sensitive.
pub(super) fn value_of<V: Copy>(table: &TokenTable<V>, token: &[u8]) -> Option<V> {
    table.iter().find(|(name, _)| name.as_bytes() == token).map(|(_, value)| *value)
}

/// Returns the token of a value.
pub(in crate::browser) fn token_of<V: PartialEq>(
    table: &TokenTable<V>,
    value: &V,
) -> Option<&'static str> {
    table.iter().find(|(_, known)| known == value).map(|(name, _)| *name)
}

/// A structured header that consists of one token with parameters.
/// <https://fetch.spec.whatwg.org/#concept-header-list-get-structured-header>
pub(super) struct Token {
    pub(super) name: String,
    /// The parameter `report-to`, if it is a string.
    pub(super) report_to: Option<String>,
}

impl Token {
    pub(super) fn from_headers(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        Self::parse(&get(headers, name)?)
    }

    /// Parses a header value; `None` if the value is not a single token.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let Item { bare_item, params } = Parser::new(value).parse().ok()?;
        let name = bare_item.as_token()?.as_str().to_owned();
        let report_to = params.get("report-to").and_then(BareItem::as_string);
        Some(Self { name, report_to: report_to.map(|name| name.as_str().to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests rows with bytes that the crate `http` rejects.
    ///
    /// They are from `html/cross-origin-embedder-policy/header-parsing.https.html` and
    /// `html/cross-origin-opener-policy/header-parsing-failures.https.html`.
    /// `tests/embedding/wpt_embedding.rs` lists them too.
    #[test]
    fn token_with_control_characters_is_invalid() {
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
