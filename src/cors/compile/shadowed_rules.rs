use crate::{
    cors::{
        error::{CorsDiagnostics, Lint, LintKind},
        origin_matcher::OriginMatcher,
        policy::CompiledRule,
        rule::Rule,
    },
    origin::{FILE_ORIGIN, InclusionCheck, NamedOrigins, ParsedPattern, list_name},
};

/// Reports rules and origins that have no effect, since earlier rules match the same origins.
pub(super) fn lint(
    rules: &[Rule],
    compiled: &[CompiledRule],
    lists: &NamedOrigins,
    diagnostics: &mut CorsDiagnostics,
) {
    let matchers: Vec<&OriginMatcher> = compiled.iter().map(|rule| &rule.origins).collect();
    let earlier: Vec<EarlierRule<'_>> = matchers.iter().copied().map(EarlierRule::new).collect();
    for (index, (rule, matcher)) in rules.iter().zip(&matchers).enumerate().skip(1) {
        let earlier = earlier.get(..index).unwrap_or_default();
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
}

/// Returns whether earlier rules also match the origins that are not patterns.
///
/// These are `null` and the origins of predicates and regular expressions.
fn is_rest_shadowed(matcher: &OriginMatcher, earlier: &[EarlierRule<'_>]) -> bool {
    let is_any_earlier = earlier.iter().any(|one| one.matcher.is_any());
    match matcher {
        _ if is_any_earlier => true,
        OriginMatcher::AnyOrigin => false,
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

fn listed_patterns(rule: &Rule) -> Vec<&str> {
    match &rule.origin_set {
        None => rule.settings.origins.iter().map(String::as_str).collect(),
        Some(set) => set.patterns().map(|(text, _)| text).collect(),
    }
}

/// An earlier rule, prepared for comparisons with many patterns.
struct EarlierRule<'a> {
    matcher: &'a OriginMatcher,
    inclusion: Option<InclusionCheck<'a>>,
}

impl<'a> EarlierRule<'a> {
    fn new(matcher: &'a OriginMatcher) -> Self {
        let inclusion = match matcher {
            OriginMatcher::AnyOrigin => None,
            OriginMatcher::Listed { origins, .. } => Some(InclusionCheck::new(origins)),
        };
        Self { matcher, inclusion }
    }

    /// Returns whether the rule matches all origins that `text` matches.
    fn includes(&self, text: &str) -> bool {
        match &self.inclusion {
            None => true,
            Some(_) if text == FILE_ORIGIN && self.matcher.excludes_files() => false,
            Some(set) => ParsedPattern::parse(text).is_ok_and(|pattern| set.includes(&pattern)),
        }
    }

    fn has_regex(&self, text: &str) -> bool {
        match self.matcher {
            OriginMatcher::AnyOrigin => true,
            OriginMatcher::Listed { origins, .. } => origins.regexes().any(|one| one == text),
        }
    }
}
