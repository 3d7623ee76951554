use crate::{
    cors::{
        Lint, LintKind, Rule,
        compiled::{Audience, CompiledRule},
        rule::Origins,
    },
    origin::OriginPattern,
};

use super::Findings;

/// The origins, and the whole rules, that earlier rules leave nothing to decide about.
pub(super) fn lint(rules: &[Rule], compiled: &[CompiledRule], findings: &mut Findings) {
    for (index, (rule, one)) in rules.iter().zip(compiled).enumerate().skip(1) {
        let earlier = compiled.get(..index).unwrap_or_default();
        let path = format!("rules[{index}]");
        let texts = written(&rule.origins);
        let is_covered = |text: &str| earlier.iter().any(|rule| rule.audience.covers_text(text));
        let shadowed: Vec<(usize, &str)> =
            texts.iter().copied().enumerate().filter(|(_, text)| is_covered(text)).collect();
        if shadowed.len() == texts.len() && is_shadowed_beyond_texts(one, earlier) {
            findings.lint(Lint::new(path, "", LintKind::ShadowedRule));
        } else {
            for (place, text) in shadowed {
                let setting = format!("{path}.origins[{place}]");
                findings.lint(Lint::new(setting, text, LintKind::ShadowedOrigin));
            }
        }
    }
}

/// Whether what a rule covers beside the origins that it names is covered earlier, too.
fn is_shadowed_beyond_texts(rule: &CompiledRule, earlier: &[CompiledRule]) -> bool {
    let any_earlier =
        |covers: fn(&Audience) -> bool| earlier.iter().any(|one| covers(&one.audience));
    match rule.audience {
        Audience::AnyOrigin => any_earlier(Audience::is_any),
        Audience::Listed { null: true, .. } => any_earlier(|one| {
            matches!(one, Audience::AnyOrigin | Audience::Listed { null: true, .. })
        }),
        Audience::Listed { null: false, .. } => true,
    }
}

fn written(origins: &Origins) -> Vec<&str> {
    match origins {
        Origins::Written(written) => written.iter().map(String::as_str).collect(),
        Origins::Set(set) => set.iter().map(OriginPattern::as_str).collect(),
    }
}

impl Audience {
    /// Whether every page that `text` stands for is covered.
    fn covers_text(&self, text: &str) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::Listed { origins, .. } => origins.contains_serialized(text.as_bytes()),
        }
    }
}
