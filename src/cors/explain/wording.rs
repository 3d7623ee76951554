//! Helpers that the explanations of all steps share.

use crate::cors::policy::CompiledRule;

/// The explanation of a failed step.
pub(super) struct StepFailure {
    /// The failure, for the first line of the explanation.
    pub(super) reason: String,
    /// The comparison that failed, for the line of the step.
    pub(super) compared: String,
    /// A similar value that passes.
    pub(super) closest: Option<String>,
    pub(super) help: Vec<String>,
}

/// The first rule that matches the origin.
#[derive(Clone, Copy)]
pub(super) struct MatchedRule<'a> {
    /// The index of the rule in the policy.
    pub(super) index: usize,
    pub(super) rule: &'a CompiledRule,
}

impl MatchedRule<'_> {
    /// Returns the path of the rule in the configuration, such as `rules[0]`.
    pub(super) fn path(&self) -> &str {
        &self.rule.path
    }

    /// Returns the path of one of the rule's settings, such as `rules[0].max_age`.
    pub(super) fn setting(&self, name: &str) -> String {
        format!("{}.{name}", self.path())
    }
}

/// Help for a requested name `*`. Adding `*` to a rule would allow every name.
pub(super) const ASTERISK: &str =
    "none: the requested name is \"*\", and \"*\" in a rule allows every name";

/// Help for a requested name with `*` inside.
pub(super) const INNER_ASTERISK: &str = "a rule cannot list a name that contains \"*\"";

pub(super) const NO_BROWSER: &str = "none: browsers never send this value; find the client that sent it or the proxy that changed it";

/// Returns the bytes as printable ASCII without quotation marks. Long values are truncated.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes.iter().take(PRINTED_BYTES) {
        match byte {
            b'\'' => text.push('\''),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
    }
    if bytes.len() > PRINTED_BYTES {
        text.push_str("...");
    }
    text
}

/// Returns the escaped bytes in quotation marks, and the length of truncated values.
pub(super) fn quote(bytes: &[u8]) -> String {
    let text = escape(bytes);
    if bytes.len() > PRINTED_BYTES {
        format!("\"{text}\" ({} bytes)", bytes.len())
    } else {
        format!("\"{text}\"")
    }
}

/// Joins the first items, and adds the number of the others. `total` is the number of all items.
pub(super) fn join_items(items: impl IntoIterator<Item = String>, total: usize) -> String {
    let text = items.into_iter().take(PRINTED_ITEMS).collect::<Vec<_>>().join(", ");
    match total.saturating_sub(PRINTED_ITEMS) {
        0 => text,
        others => format!("{text} and {others} more"),
    }
}

/// The most bytes of a value that are printed. Names and methods in use are shorter; escaping takes up to
/// four characters per byte.
pub(super) const PRINTED_BYTES: usize = 80;

/// The most items of a list that are printed.
pub(super) const PRINTED_ITEMS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_bytes_are_printable_ascii() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for bytes in all.chunks(PRINTED_BYTES) {
            assert!(quote(bytes).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
        assert_eq!(quote(b"\x1b[31m\"\\'\n\xe2"), r#""\x1b[31m\"\\'\n\xe2""#);
    }

    #[test]
    fn long_values_and_lists_are_truncated() {
        let long = [b'a'; PRINTED_BYTES + 1];
        assert_eq!(quote(&long), format!("\"{}...\" (81 bytes)", "a".repeat(PRINTED_BYTES)));
        let items = |number: usize| join_items((0..number).map(|item| item.to_string()), number);
        assert_eq!(items(6), "0, 1, 2, 3, 4, 5");
        assert_eq!(items(9), "0, 1, 2, 3, 4, 5 and 3 more");
    }
}
