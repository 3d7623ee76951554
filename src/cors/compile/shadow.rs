use crate::{
    cors::{
        Lint, LintKind, Rule,
        compiled_rule::{Audience, CompiledRule},
        rule::Origins,
    },
    origin::{InclusionCheck, NamedOrigins, ParsedPattern, list_name},
};

use super::Findings;

/// The origins, and the whole rules, that earlier rules leave nothing to decide about.
pub(super) fn lint(
    rules: &[Rule],
    compiled: &[CompiledRule],
    lists: &NamedOrigins,
    findings: &mut Findings,
) {
    let audiences: Vec<&Audience> = compiled.iter().map(|rule| &rule.audience).collect();
    let earlier: Vec<Earlier<'_>> = audiences.iter().copied().map(Earlier::of).collect();
    for (index, (rule, audience)) in rules.iter().zip(&audiences).enumerate().skip(1) {
        let earlier = earlier.get(..index).unwrap_or_default();
        let path = format!("rules[{index}]");
        let texts = written(&rule.origins);
        let is_pattern_covered = |text: &str| earlier.iter().any(|one| one.covers(text));
        let is_covered = |text: &str| match list_name(text).and_then(|name| lists.get(name)) {
            Some(list) => list.patterns().all(|(text, _)| is_pattern_covered(text)),
            None => is_pattern_covered(text),
        };
        let shadowed: Vec<(usize, &str)> =
            texts.iter().copied().enumerate().filter(|(_, text)| is_covered(text)).collect();
        if shadowed.len() == texts.len() && is_shadowed_beyond_texts(audience, earlier) {
            findings.lint(Lint::new(path, "", LintKind::ShadowedRule));
        } else {
            let setting = |place: usize| match &rule.origins {
                Origins::Written(_) => format!("{path}.origins[{place}]"),
                // A set keeps no order.
                Origins::Set(_) => format!("{path}.origins"),
            };
            for (place, text) in shadowed {
                findings.lint(Lint::new(setting(place), text, LintKind::ShadowedOrigin));
            }
        }
    }
}

/// Whether what a rule covers beside the patterns that it names is covered earlier, too.
fn is_shadowed_beyond_texts(audience: &Audience, earlier: &[Earlier<'_>]) -> bool {
    let is_any_earlier = earlier.iter().any(|one| one.audience.is_any());
    match audience {
        _ if is_any_earlier => true,
        Audience::AnyOrigin => false,
        Audience::Listed { origins, predicates, null, .. } => {
            let is_null_earlier = || {
                let is_for_null =
                    |one: &Audience| matches!(one, Audience::Listed { null: true, .. });
                earlier.iter().any(|one| is_for_null(one.audience))
            };
            predicates.is_empty()
                && (!*null || is_null_earlier())
                && origins.regexes().all(|regex| earlier.iter().any(|one| one.has_regex(regex)))
        }
    }
}

fn written(origins: &Origins) -> Vec<&str> {
    match origins {
        Origins::Written(written) => written.iter().map(String::as_str).collect(),
        Origins::Set(set) => set.patterns().map(|(text, _)| text).collect(),
    }
}

/// An earlier rule, asked about many patterns.
struct Earlier<'a> {
    audience: &'a Audience,
    inspector: Option<InclusionCheck<'a>>,
}

impl<'a> Earlier<'a> {
    fn of(audience: &'a Audience) -> Self {
        let inspector = match audience {
            Audience::AnyOrigin => None,
            Audience::Listed { origins, .. } => Some(InclusionCheck::new(origins)),
        };
        Self { audience, inspector }
    }

    /// Whether every page that `text` stands for is covered.
    fn covers(&self, text: &str) -> bool {
        match &self.inspector {
            None => true,
            Some(set) => ParsedPattern::parse(text).is_ok_and(|pattern| set.includes(&pattern)),
        }
    }

    fn has_regex(&self, text: &str) -> bool {
        match self.audience {
            Audience::AnyOrigin => true,
            Audience::Listed { origins, .. } => origins.regexes().any(|one| one == text),
        }
    }
}
