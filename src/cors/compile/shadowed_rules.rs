use crate::{
    cors::{
        error::{CorsDiagnostics, Lint, LintKind},
        origin_matcher::OriginMatcher,
        policy::CompiledRule,
        rule::Rule,
    },
    origin::{InclusionCheck, NamedOrigins, ParsedPattern, list_name},
};

/// The origins, and the whole rules, that earlier rules leave nothing to decide about.
pub(super) fn lint(
    rules: &[Rule],
    compiled: &[CompiledRule],
    lists: &NamedOrigins,
    diagnostics: &mut CorsDiagnostics,
) {
    let matchers: Vec<&OriginMatcher> = compiled.iter().map(|rule| &rule.origins).collect();
    let earlier: Vec<Earlier<'_>> = matchers.iter().copied().map(Earlier::of).collect();
    for (index, (rule, matcher)) in rules.iter().zip(&matchers).enumerate().skip(1) {
        let earlier = earlier.get(..index).unwrap_or_default();
        let path = rule.path(index);
        let texts = written(rule);
        let is_pattern_covered = |text: &str| earlier.iter().any(|one| one.covers(text));
        let is_covered = |text: &str| match list_name(text).and_then(|name| lists.get(name)) {
            Some(list) => list.patterns().all(|(text, _)| is_pattern_covered(text)),
            None => is_pattern_covered(text),
        };
        let shadowed: Vec<(usize, &str)> =
            texts.iter().copied().enumerate().filter(|(_, text)| is_covered(text)).collect();
        if shadowed.len() == texts.len() && is_shadowed_beyond_texts(matcher, earlier) {
            diagnostics.lint(Lint::new(path, "", LintKind::ShadowedRule));
        } else {
            let setting = |place: usize| match &rule.origin_set {
                None => format!("{path}.origins[{place}]"),
                // A set keeps no order.
                Some(_) => format!("{path}.origins"),
            };
            for (place, text) in shadowed {
                diagnostics.lint(Lint::new(setting(place), text, LintKind::ShadowedOrigin));
            }
        }
    }
}

/// Whether what a rule covers beside the patterns that it names is covered earlier, too.
fn is_shadowed_beyond_texts(matcher: &OriginMatcher, earlier: &[Earlier<'_>]) -> bool {
    let is_any_earlier = earlier.iter().any(|one| one.matcher.is_any());
    match matcher {
        _ if is_any_earlier => true,
        OriginMatcher::AnyOrigin => false,
        OriginMatcher::Listed { origins, predicates, null, .. } => {
            let is_null_earlier = || {
                let is_for_null =
                    |one: &OriginMatcher| matches!(one, OriginMatcher::Listed { null: true, .. });
                earlier.iter().any(|one| is_for_null(one.matcher))
            };
            predicates.is_empty()
                && (!*null || is_null_earlier())
                && origins.regexes().all(|regex| earlier.iter().any(|one| one.has_regex(regex)))
        }
    }
}

fn written(rule: &Rule) -> Vec<&str> {
    match &rule.origin_set {
        None => rule.settings.origins.iter().map(String::as_str).collect(),
        Some(set) => set.patterns().map(|(text, _)| text).collect(),
    }
}

/// An earlier rule, asked about many patterns.
struct Earlier<'a> {
    matcher: &'a OriginMatcher,
    inspector: Option<InclusionCheck<'a>>,
}

impl<'a> Earlier<'a> {
    fn of(matcher: &'a OriginMatcher) -> Self {
        let inspector = match matcher {
            OriginMatcher::AnyOrigin => None,
            OriginMatcher::Listed { origins, .. } => Some(InclusionCheck::new(origins)),
        };
        Self { matcher, inspector }
    }

    /// Whether every page that `text` stands for is covered.
    fn covers(&self, text: &str) -> bool {
        match &self.inspector {
            None => true,
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
