//! The target `regexes`.

use regex_automata::{
    Anchored, Input, MatchKind,
    hybrid::dfa::{Cache, Config, DFA, OverlappingState},
    util::syntax,
};
use tower_cross_origin::origin::{Origin, OriginSet};

use crate::neighbours::neighbours;

/// Checks the first line as a regular expression, and the others as origins.
///
/// The set must contain an origin exactly if the expression matches the whole origin.
pub fn check(bytes: &[u8]) {
    let found = disagreement(bytes, |regex| {
        let set = OriginSet::default().with_regexes([regex]).ok()?;
        Some(move |origin: &Origin<'_>| set.contains(origin))
    });
    assert_eq!(found, None);
}

/// Returns the expression and an origin that `matcher` reads in another way, or `None`.
pub(crate) fn disagreement<M>(
    bytes: &[u8],
    matcher: impl FnOnce(&str) -> Option<M>,
) -> Option<(String, String)>
where
    M: Fn(&Origin<'_>) -> bool,
{
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split('\n');
    let regex = lines.next()?;
    let contains = matcher(regex)?;
    let mut whole = WholeMatch::new(regex)?;
    // The text of an expression without its syntax is usually similar to an origin.
    let literal = regex.replace(['\\', '^', '$', '(', ')', '?'], "");
    let alternatives = literal.split('|').take(MAX_LINES);
    let lines = alternatives.chain(lines.take(MAX_LINES));
    let mut origins = lines.flat_map(|line| neighbours(line).into_iter().chain(extended(line)));
    let differing = origins.find(|origin| {
        let Ok(parsed) = Origin::parse(origin.as_bytes()) else { return false };
        // No regular expression allows pages without an origin.
        whole
            .matches(origin)
            .is_some_and(|whole| contains(&parsed) != (whole && !parsed.is_opaque()))
    })?;
    Some((regex.to_owned(), differing))
}

/// Returns origins that contain the text, so that a missing anchor matches them.
fn extended(text: &str) -> [String; 4] {
    [
        format!("{text}.evil.example"),
        format!("evil-{text}"),
        format!("https://evil.example.{text}"),
        format!("https://{text}.evil.example:8080"),
    ]
}

/// A search for all matches of the expression, without additional anchors.
///
/// The crate adds anchors to the expression. Here the search begins at the first byte, and reports the end of every
/// match.
struct WholeMatch {
    automaton: DFA,
    cache: Cache,
}

impl WholeMatch {
    fn new(regex: &str) -> Option<Self> {
        let config = Config::new().match_kind(MatchKind::All);
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let automaton = DFA::builder().configure(config).syntax(syntax).build(regex).ok()?;
        let cache = automaton.create_cache();
        Some(Self { automaton, cache })
    }

    /// Returns `None` if the search gives up.
    fn matches(&mut self, text: &str) -> Option<bool> {
        let input = Input::new(text).anchored(Anchored::Yes);
        let mut state = OverlappingState::start();
        loop {
            self.automaton.try_search_overlapping_fwd(&mut self.cache, &input, &mut state).ok()?;
            match state.get_match() {
                Some(end) if end.offset() == text.len() => return Some(true),
                Some(_) => {}
                None => return Some(false),
            }
        }
    }
}

const MAX_LINES: usize = 4;
