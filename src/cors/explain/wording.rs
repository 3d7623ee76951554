//! What the explanations of all steps have in common.

use crate::cors::policy::CompiledRule;

/// Why a step fails.
pub(super) struct StepFailure {
    /// What failed, for the first line.
    pub(super) reason: String,
    pub(super) compared: String,
    /// What would have passed and is nearly the same.
    pub(super) nearest: Option<String>,
    pub(super) advice: Vec<String>,
}

/// The first rule that matches the origin.
#[derive(Clone, Copy)]
pub(super) struct MatchedRule<'a> {
    /// Its place among the rules.
    pub(super) index: usize,
    pub(super) rule: &'a CompiledRule,
}

impl MatchedRule<'_> {
    /// The rule, as diagnostics write it.
    pub(super) fn path(&self) -> &str {
        &self.rule.path
    }

    /// A setting of the rule, as diagnostics write it.
    pub(super) fn setting(&self, name: &str) -> String {
        format!("{}.{name}", self.path())
    }
}

/// Who adds it to a rule allows everything.
pub(super) const ASTERISK: &str =
    "nothing: what the page asks for is named *, and \"*\" in a rule stands for all names";

pub(super) const NO_BROWSER: &str =
    "nothing: no browser sends this; find out which program did, or what changed it on the way";

/// Printable ASCII, without quotation marks; the beginning of what is long.
pub(super) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes.iter().take(SHOWN_BYTES) {
        match byte {
            b'\'' => text.push('\''),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
    }
    if bytes.len() > SHOWN_BYTES {
        text.push_str("...");
    }
    text
}

pub(super) fn quoted(bytes: &[u8]) -> String {
    let text = shown(bytes);
    if bytes.len() > SHOWN_BYTES {
        format!("\"{text}\" ({} bytes)", bytes.len())
    } else {
        format!("\"{text}\"")
    }
}

/// The first of `total` items, and the number of the others.
pub(super) fn listed(items: impl IntoIterator<Item = String>, total: usize) -> String {
    let text = items.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
    match total.saturating_sub(LISTED) {
        0 => text,
        others => format!("{text} and {others} more"),
    }
}

/// Longer than every name and method in use; four characters each where they are escaped.
pub(super) const SHOWN_BYTES: usize = 80;

/// As many of a list as a person reads.
pub(super) const LISTED: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_moves_a_terminal() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for bytes in all.chunks(SHOWN_BYTES) {
            assert!(quoted(bytes).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        }
        assert_eq!(quoted(b"\x1b[31m\"\\'\n\xe2"), r#""\x1b[31m\"\\'\n\xe2""#);
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = [b'a'; SHOWN_BYTES + 1];
        assert_eq!(quoted(&long), format!("\"{}...\" (81 bytes)", "a".repeat(SHOWN_BYTES)));
        let items = |number: usize| listed((0..number).map(|item| item.to_string()), number);
        assert_eq!(items(6), "0, 1, 2, 3, 4, 5");
        assert_eq!(items(9), "0, 1, 2, 3, 4, 5 and 3 more");
    }
}
