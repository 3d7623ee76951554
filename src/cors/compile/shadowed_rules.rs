use crate::{
    cors::{
        error::{CorsDiagnostics, Lint, LintKind},
        origin_matcher::OriginMatcher,
        policy::CompiledRule,
        rule::Rule,
    },
    origin::{
        FILE_ORIGIN, InclusionCheck, LintSteps, NamedOrigins, ParsedPattern, list_name,
        may_match_http,
    },
};

/// Reports rules and origins that have no effect, since earlier rules match the same origins.
pub(super) fn lint(
    rules: &[Rule],
    compiled: &[CompiledRule],
    lists: &NamedOrigins,
    diagnostics: &mut CorsDiagnostics,
) {
    let steps = &LintSteps::default();
    let all: Vec<EarlierRule<'_>> =
        compiled.iter().map(|rule| EarlierRule::new(rule, steps)).collect();
    for (index, (rule, compiled)) in rules.iter().zip(compiled).enumerate().skip(1) {
        if steps.is_exceeded() {
            break;
        }
        let matcher = &compiled.origins;
        let earlier = all.get(..index).unwrap_or_default();
        more_origins_at_paths(rule, index, compiled, earlier, diagnostics);
        // A shadowed rule has no path at which the earlier rule does not apply.
        let earlier: Vec<&EarlierRule<'_>> =
            earlier.iter().filter(|one| one.applies_wherever(compiled)).collect();
        let earlier = &*earlier;
        let path = rule.path(index);
        let texts = listed_patterns(rule);
        let is_pattern_included = |text: &str| earlier.iter().any(|one| one.includes(text));
        let is_included = |text: &str| match list_name(text).and_then(|name| lists.get(name)) {
            Some(list) => list.patterns().all(|(text, _)| is_pattern_included(text)),
            None => is_pattern_included(text),
        };
        let shadowed: Vec<(usize, &str)> =
            texts.iter().copied().enumerate().filter(|(_, text)| is_included(text)).collect();
        if shadowed.len() == texts.len() && is_rest_shadowed(matcher, earlier) {
            diagnostics.lint(Lint::new(path, "", LintKind::ShadowedRule));
        } else {
            let setting = |index: usize| match &rule.origin_set {
                None => format!("{path}.origins[{index}]"),
                // A set has no order, so its items have no index.
                Some(_) => format!("{path}.origins"),
            };
            for (index, text) in shadowed {
                diagnostics.lint(Lint::new(setting(index), text, LintKind::ShadowedOrigin));
            }
        }
    }
    if steps.is_exceeded() || diagnostics.has_more_lints() {
        diagnostics.last_lint(Lint::new("rules", "", LintKind::Incomplete));
    }
}

/// Returns whether earlier rules also match the origins that are not patterns.
///
/// These are `null` and the origins of predicates and regular expressions.
fn is_rest_shadowed(matcher: &OriginMatcher, earlier: &[&EarlierRule<'_>]) -> bool {
    let is_any_earlier = earlier.iter().any(|one| one.matcher.is_any());
    match matcher {
        _ if is_any_earlier => true,
        OriginMatcher::AnyOrigin | OriginMatcher::AnyOriginWithCredentials { .. } => false,
        OriginMatcher::Listed { origins, predicates, null, no_files, .. } => {
            let is_null_earlier = || {
                let is_for_null =
                    |one: &OriginMatcher| matches!(one, OriginMatcher::Listed { null: true, .. });
                earlier.iter().any(|one| is_for_null(one.matcher))
            };
            predicates.is_empty()
                && (!*null || is_null_earlier())
                && origins.regexes().all(|regex| {
                    let matches_all =
                        |one: &EarlierRule<'_>| *no_files || !one.matcher.excludes_files();
                    earlier.iter().any(|one| one.has_regex(regex) && matches_all(one))
                })
        }
    }
}

/// Reports a rule that allows more origins at a path of an earlier rule.
///
/// The earlier rule probably restricts that path.
fn more_origins_at_paths(
    rule: &Rule,
    index: usize,
    compiled: &CompiledRule,
    earlier: &[EarlierRule<'_>],
    diagnostics: &mut CorsDiagnostics,
) {
    let setting = || format!("{}.paths", rule.path(index));
    for one in earlier {
        let Some(paths) = &one.rule.paths else { continue };
        let comparisons = compiled.paths.as_ref().map_or(1, |other| paths.comparisons(other));
        if !one.steps.take(comparisons) {
            return;
        }
        let overlaps = |path: &str| compiled.paths.as_ref().is_none_or(|paths| paths.matches(path));
        let overlap = paths.examples().find(|(_, example)| overlaps(example));
        let (Some((path, _)), Some(matches)) = (overlap, one.unmatched_by(compiled)) else {
            continue;
        };
        diagnostics.lint(Lint::new(setting(), "", LintKind::MoreOriginsAtPath { path, matches }));
    }
}

fn listed_patterns(rule: &Rule) -> Vec<&str> {
    match &rule.origin_set {
        None => rule.settings.origins.iter().map(String::as_str).collect(),
        Some(set) => set.patterns().map(|(text, _)| text).collect(),
    }
}

/// An earlier rule, prepared for comparisons with many patterns.
struct EarlierRule<'a> {
    steps: &'a LintSteps,
    rule: &'a CompiledRule,
    matcher: &'a OriginMatcher,
    inclusion: Option<InclusionCheck<'a>>,
}

impl<'a> EarlierRule<'a> {
    fn new(rule: &'a CompiledRule, steps: &'a LintSteps) -> Self {
        let matcher = &rule.origins;
        let inclusion = match matcher {
            OriginMatcher::AnyOrigin | OriginMatcher::AnyOriginWithCredentials { .. } => None,
            OriginMatcher::Listed { origins, .. } => Some(InclusionCheck::new(origins, steps)),
        };
        Self { steps, rule, matcher, inclusion }
    }

    /// Returns whether the rule applies at all paths of the other rule.
    fn applies_wherever(&self, other: &CompiledRule) -> bool {
        match (&self.rule.paths, &other.paths) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => {
                self.steps.take(own.comparisons(other)) && own.includes(other)
            }
        }
    }

    /// Returns an origin that the other rule matches, and this one does not.
    fn unmatched_by(&self, other: &CompiledRule) -> Option<String> {
        let own = self.matcher.listed()?;
        match other.origins.listed() {
            None => Some(UNLISTED.to_owned()),
            Some(origins) => {
                let difference = origins.difference_within(own, self.steps, 1);
                difference.uncovered().first().map(|one| one.example_origin().to_owned())
            }
        }
    }

    /// Returns whether the rule matches all origins that `text` matches.
    fn includes(&self, text: &str) -> bool {
        if !self.steps.take(1) {
            return false;
        }
        match (self.matcher, &self.inclusion) {
            (OriginMatcher::AnyOriginWithCredentials { only_secure }, _) => {
                ParsedPattern::parse(text).is_ok_and(|pattern| {
                    pattern.scheme != "file" && !(*only_secure && pattern.is_insecure())
                })
            }
            (_, None) => true,
            (matcher, Some(_)) if text == FILE_ORIGIN && matcher.excludes_files() => false,
            (_, Some(set)) => {
                ParsedPattern::parse(text).is_ok_and(|pattern| set.includes(&pattern))
            }
        }
    }

    fn has_regex(&self, text: &str) -> bool {
        match self.matcher {
            OriginMatcher::AnyOrigin => true,
            OriginMatcher::AnyOriginWithCredentials { only_secure } => {
                !*only_secure || !may_match_http(text)
            }
            OriginMatcher::Listed { origins, .. } => origins.regexes().any(|one| one == text),
        }
    }
}

/// An example of an origin that no rule lists.
const UNLISTED: &str = "https://any.example";
