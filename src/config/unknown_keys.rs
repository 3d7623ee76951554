use super::{Diagnostic, Quoted, UnknownKey, is_name};
use crate::limits::DIAGNOSTICS;

/// The keys in a section of a file that are not settings, in their order.
///
/// The section is read without these keys, and the policy reports all of them at once, next to the other faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnknownKeys {
    keys: Vec<String>,
    /// The keys of the section. Empty if all keys of the file are known.
    known: &'static [&'static str],
}

impl UnknownKeys {
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn push(&mut self, key: String, known: &'static [&'static str]) {
        // One more than the limit is enough to detect that there are too many.
        if self.keys.len() <= DIAGNOSTICS {
            self.keys.push(key);
        }
        self.known = known;
    }

    /// Returns a fault for each key.
    ///
    /// `section` is the path of the section, and `others` are sections to which a key can belong.
    pub(crate) fn faults<'a, K>(
        &'a self,
        section: &'a str,
        others: &'a [OtherSection],
        kind: impl Fn(UnknownKey) -> K + 'a,
    ) -> impl Iterator<Item = Diagnostic<K>> + 'a {
        self.keys.iter().map(move |key| {
            let is_short = key.len() <= MAX_BYTES;
            let name = if is_short && is_name(key) { key.clone() } else { Quoted(key).to_string() };
            let dot = if section.is_empty() { "" } else { "." };
            let setting = format!("{section}{dot}{name}");
            let (unknown, suggestion) = self.correction(key, others);
            Diagnostic::new(setting, "", kind(unknown)).with_suggestion(suggestion)
        })
    }

    fn correction(&self, key: &str, others: &[OtherSection]) -> (UnknownKey, Option<&'static str>) {
        if let Some(near) = nearest(key, self.known) {
            return (UnknownKey { section: None }, Some(near));
        }
        // The first section is the outermost one, whose settings hold for all sections.
        if let Some(outermost) = others.first().filter(|other| other.keys.contains(&key)) {
            return (UnknownKey { section: Some(outermost.name) }, None);
        }
        let mut found = others.iter().filter_map(|other| Some((other, nearest(key, other.keys)?)));
        match (found.next(), found.next()) {
            // A key of several sections can belong to each of them.
            (Some((other, near)), None) => {
                let suggestion = Some(near).filter(|near| *near != key);
                (UnknownKey { section: Some(other.name) }, suggestion)
            }
            _ => (UnknownKey { section: None }, None),
        }
    }
}

/// Fails, since the configuration without its unknown keys could become a policy.
///
/// Without a misspelled `guard`, for example, the policy has no guards.
impl serde::Serialize for UnknownKeys {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        let key = self.keys.first().map_or("", String::as_str);
        Err(serde::ser::Error::custom(format_args!(
            "a configuration with the unknown key {} cannot be written; it would lose the key; correct the key first",
            Quoted(key)
        )))
    }
}

/// A section of the same file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtherSection {
    /// The name in the sentence "move the key to ...".
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [&'static str],
}

/// Returns the known key that a writer of `key` probably meant.
///
/// A key with few different letters comes first: `orgins`. The second choice is a key with more than half of the words:
/// `with_credentials`, `allowedHeaders`. A key that allows something dangerous is never the second choice.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    if key.len() > MAX_BYTES {
        return None;
    }
    let key = snake_case(key);
    if let Some((_, name)) = SYNONYMS.iter().find(|(other, _)| *other == key) {
        return known.iter().copied().find(|known| known == name);
    }
    let key_chars: Vec<char> = key.chars().take(MAX_CHARS + 1).collect();
    if key_chars.len() > MAX_CHARS {
        return None;
    }
    let edits = |name: &&'static str| edit_distance(&key_chars, &name.chars().collect::<Vec<_>>());
    let close = known.iter().map(|name| (edits(name), *name)).min();
    let is_close = |&(distance, _): &(usize, _)| distance <= (key_chars.len() / 4).clamp(1, 3);
    if let Some((_, name)) = close.filter(is_close) {
        return Some(name);
    }
    let key_words = words(&key);
    let mut best: Option<(&'static str, usize, usize)> = None;
    for name in known.iter().filter(|name| !name.starts_with("dangerously_")) {
        let name_words = words(name);
        let common = key_words.iter().filter(|word| name_words.contains(word)).count();
        let all = key_words.len() + name_words.len() - common;
        let is_better = best.is_none_or(|(_, least, of)| common * of > least * all);
        // More than half of the words: "paths" is not "exempt_paths".
        if common * 2 > all && is_better {
            best = Some((name, common, all));
        }
    }
    best.map(|(name, ..)| name)
}

/// Returns the known word that a writer of `text` probably meant.
///
/// `tus` is such a word for `Tus` and `tus-js-client`.
pub(crate) fn nearest_word(text: &str, known: &[&'static str]) -> Option<&'static str> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = snake_case(text).replace('_', "-");
    let chars: Vec<char> = text.chars().take(MAX_CHARS).collect();
    let edits = |word: &&'static str| edit_distance(&chars, &word.chars().collect::<Vec<_>>());
    let close = known.iter().map(|word| (edits(word), *word)).min();
    let is_close = |&(distance, _): &(usize, _)| distance <= (chars.len() / 4).clamp(1, 3);
    let is_part = |word: &&&'static str| {
        text.split(|char: char| !char.is_ascii_alphanumeric()).any(|part| part == **word)
    };
    let part = || known.iter().find(is_part).copied();
    close.filter(is_close).map(|(_, word)| word).or_else(part)
}

/// Returns a key in the style of this crate: `allowed_headers` for `allowedHeaders` and `allowed-headers`.
fn snake_case(key: &str) -> String {
    let mut text = String::new();
    let mut follows_lower = false;
    for char in key.chars() {
        if char.is_uppercase() && follows_lower {
            text.push('_');
        }
        follows_lower = char.is_lowercase() || char.is_ascii_digit();
        text.extend(if char == '-' { '_' } else { char }.to_lowercase());
    }
    let header = text.strip_prefix("access_control_").map(str::to_owned);
    header.unwrap_or(text)
}

/// Returns the words of a key without endings, such as `origin` for `origins`.
fn words(key: &str) -> Vec<&str> {
    let stems = key.split('_').map(|word| word.trim_end_matches(['s', 'd', 'e']));
    let mut words: Vec<&str> = stems.filter(|word| !STOP_WORDS.contains(word)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Returns the number of letters to insert, remove, replace or swap.
fn edit_distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, &char) in from.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &other) in to.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(MAX_CHARS);
            let replaced = at(&above, column) + usize::from(char != other);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(at(&line, column) + 1);
            let is_swapped = row > 0
                && column > 0
                && from.get(row - 1) == Some(&other)
                && to.get(column - 1) == Some(&char);
            if is_swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

/// Words that most libraries use for their keys, without endings.
const STOP_WORDS: &[&str] = &["", "allow", "cor", "ha", "i", "support", "with"];

/// Keys of other libraries that share no word with the key of this crate.
const SYNONYMS: &[(&str, &str)] = &[
    ("allowed_hosts", "names"),
    ("hosts", "names"),
    ("options_success_status", "preflight_status"),
    ("preflight_continue", "not_handled"),
];

/// The length of the longest key to compare. The longest known key is shorter.
const MAX_CHARS: usize = 64;

/// The length of the longest key that is read at all.
const MAX_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::nearest;

    const RULE: &[&str] = &[
        "name",
        "paths",
        "origins",
        "static_origin",
        "origin_regexes",
        "allow_credentials",
        "allow_methods",
        "allow_headers",
        "expose_headers",
        "max_age",
        "dangerously_allow_null_origin",
        "dangerously_allow_credentials_for_any_origin",
    ];

    // The keys of other libraries, and misspelled keys.
    #[test]
    fn nearest_key_is_the_intended_one() {
        for (key, expected) in [
            ("orgins", Some("origins")),
            ("origin", Some("origins")),
            ("Origins", Some("origins")),
            ("allow_origins", Some("origins")),
            ("allowed_origins", Some("origins")),
            ("allowedOrigins", Some("origins")),
            ("Access-Control-Allow-Origin", Some("origins")),
            ("allow_origin_regex", Some("origin_regexes")),
            ("allowed_origin_regexes", Some("origin_regexes")),
            ("allowed_headers", Some("allow_headers")),
            ("allowedHeaders", Some("allow_headers")),
            ("allow-headers", Some("allow_headers")),
            ("headers", Some("allow_headers")),
            ("allwo_headers", Some("allow_headers")),
            ("exposed_headers", Some("expose_headers")),
            ("exposedHeaders", Some("expose_headers")),
            ("Access-Control-Expose-Headers", Some("expose_headers")),
            ("methods", Some("allow_methods")),
            ("allowed_methods", Some("allow_methods")),
            ("credentials", Some("allow_credentials")),
            ("with_credentials", Some("allow_credentials")),
            ("supports_credentials", Some("allow_credentials")),
            ("maxAge", Some("max_age")),
            ("max_age_seconds", Some("max_age")),
            ("path", Some("paths")),
            ("dangerously_allow_null_orgin", Some("dangerously_allow_null_origin")),
            // Nothing similar, or several keys would do.
            ("allow_any_origin", None),
            ("allow_null", None),
            ("allow_private_network", None),
            ("preflight_status", None),
            ("x", None),
            ("", None),
            (&"a".repeat(1000), None),
        ] {
            assert_eq!(nearest(key, RULE), expected, "{key}");
        }
    }

    #[test]
    fn opposite_key_is_not_suggested() {
        assert_eq!(nearest("paths", &["exempt_paths", "report_only"]), None);
    }
}
