use std::{borrow::Cow, cmp::Ordering};

use crate::fetch::{is_forbidden_response_header_name, is_token};

/// Prefixes of header names, such as `x-amz-` for the text `x-amz-*`.
///
/// Each prefix ends with `-`, so no prefix matches `authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderPrefixes {
    /// Sorted and in lower case, without `*`. No prefix begins with another one.
    sorted: Box<[Box<str>]>,
}

impl HeaderPrefixes {
    /// Creates the set. Returns `None` for an empty list.
    pub(super) fn new(mut prefixes: Vec<String>) -> Option<Self> {
        prefixes.sort_unstable();
        // A prefix sorts directly before all texts that begin with it.
        prefixes.dedup_by(|next, kept| next.starts_with(&**kept));
        let sorted: Box<[Box<str>]> = prefixes.into_iter().map(Into::into).collect();
        (!sorted.is_empty()).then_some(Self { sorted })
    }

    /// Returns the prefix of the text `x-amz-*`, in lower case. Returns `None` if the text is not a prefix.
    pub(super) fn parse(text: &str) -> Option<String> {
        let prefix = text.strip_suffix('*')?;
        let is_prefix = prefix.ends_with('-')
            && prefix.bytes().any(|byte| byte != b'-')
            && is_token(prefix.as_bytes())
            && !prefix.contains('*');
        is_prefix.then(|| prefix.to_ascii_lowercase())
    }

    /// Returns the prefix of a name.
    ///
    /// A name with `*` never matches, so that a response never contains the text of a prefix.
    pub(super) fn find(&self, name: &[u8]) -> Option<&str> {
        let is_after = |prefix: &str| cmp_lower_case(prefix.as_bytes(), name) == Ordering::Greater;
        let end = self.sorted.partition_point(|prefix| !is_after(prefix));
        let prefix: &str = self.sorted.get(end.checked_sub(1)?)?;
        let start = name.get(..prefix.len())?;
        let is_match = start.eq_ignore_ascii_case(prefix.as_bytes())
            && is_token(name)
            && !name.contains(&b'*');
        is_match.then_some(prefix)
    }

    /// Returns whether a prefix exposes the response header. The name is in lower case.
    pub(super) fn exposes(&self, name: &str) -> bool {
        self.find(name.as_bytes()).is_some()
            && !is_forbidden_response_header_name(name.as_bytes())
            && !name.starts_with("access-control-")
    }

    /// Returns the text of each prefix, such as `x-amz-*`.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = String> {
        self.sorted.iter().map(|prefix| prefix_text(prefix))
    }

    /// Returns each prefix without `*`.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.sorted.iter().map(|prefix| &**prefix)
    }
}

/// Returns the text of a prefix in a configuration, such as `x-amz-*`.
pub(super) fn prefix_text(prefix: &str) -> String {
    format!("{prefix}*")
}

/// Joins the rule's own names and other names by commas.
///
/// The other names are sorted and have no duplicates. Returns `None` without other names.
pub(super) fn join_after<'a>(
    own: Option<&[u8]>,
    names: impl Iterator<Item = Cow<'a, [u8]>>,
) -> Option<Vec<u8>> {
    let mut names: Vec<Cow<'a, [u8]>> = names.collect();
    if names.is_empty() {
        return None;
    }
    names.sort_unstable();
    names.dedup();
    let all: Vec<&[u8]> = own.into_iter().chain(names.iter().map(|name| &**name)).collect();
    Some(all.join(&b","[..]))
}

/// Compares a text in lower case with a name, ignoring the case of the name.
pub(super) fn cmp_lower_case(lower: &[u8], name: &[u8]) -> Ordering {
    lower.iter().copied().cmp(name.iter().map(u8::to_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_that_end_with_dash_and_asterisk_are_prefixes() {
        for (text, prefix) in [
            ("x-amz-*", Some("x-amz-")),
            ("X-Amz-Meta-*", Some("x-amz-meta-")),
            ("x-*", Some("x-")),
            ("*", None),
            ("-*", None),
            ("--*", None),
            ("x-amz*", None),
            ("x-*-id", None),
            ("x-*-*", None),
            ("x-**", None),
            ("x amz-*", None),
            ("x-amz-", None),
        ] {
            assert_eq!(HeaderPrefixes::parse(text).as_deref(), prefix, "{text}");
        }
    }

    #[test]
    fn names_match_the_only_prefix_that_they_begin_with() {
        let prefixes = ["x-amz-meta-", "x-amz-", "goog-", "a-", "x-b-"].map(str::to_owned);
        let prefixes = HeaderPrefixes::new(prefixes.to_vec()).unwrap();
        assert_eq!(prefixes.texts().collect::<Vec<_>>(), ["a-*", "goog-*", "x-amz-*", "x-b-*"]);
        for (name, prefix) in [
            ("x-amz-date", Some("x-amz-")),
            ("X-AMZ-Meta-Owner", Some("x-amz-")),
            ("x-amz-", Some("x-amz-")),
            ("x-amz-~", Some("x-amz-")),
            ("x-amz", None),
            ("x-amzn-trace", None),
            ("x-amz-*", None),
            ("x-amz-a b", None),
            ("x-amz-\u{e9}", None),
            ("", None),
            ("zzz", None),
            ("0", None),
            ("a-0", Some("a-")),
            ("goog-id", Some("goog-")),
        ] {
            assert_eq!(prefixes.find(name.as_bytes()), prefix, "{name}");
        }
        assert_eq!(HeaderPrefixes::new(Vec::new()), None);
    }
}
