use crate::{
    cors::{
        CorsConfig, Diagnostics, Fault, FaultKind, Lint, LintKind, compiled_rule::CompiledRule,
        config::ALL, diagnosis::Told, rule::ANY,
    },
    origin::{OriginSet, ParsedPattern},
};

use super::Findings;

/// The service's own origins.
pub(super) fn own_origins(config: &CorsConfig, findings: &mut Findings) -> OriginSet {
    let list = List { setting: "own_origins", every: &[ANY], any: FaultKind::NotOneOrigin };
    let own = list.read(&config.own_origins, |_| None, findings);
    if !own.is_empty() && !config.enforce {
        findings.lint(Lint::new("own_origins", "", LintKind::NothingEnforced));
    }
    own
}

/// Who is told at which step a preflight failed.
pub(super) fn told(
    diagnostics: &Diagnostics,
    rules: &[CompiledRule],
    findings: &mut Findings,
) -> Told {
    let list =
        List { setting: "diagnostics", every: &[ANY, ALL], any: FaultKind::AnyOriginDiagnosed };
    let is_covered = |origin: &str| rules.iter().any(|rule| rule.audience.may_cover(origin));
    let told_nothing = |origin: &str| (!is_covered(origin)).then_some(LintKind::NeverTold);
    match diagnostics {
        Diagnostics::All => Told::All,
        Diagnostics::Origins(origins) => Told::Origins(list.read(origins, told_nothing, findings)),
    }
}

/// A list of exact origins.
struct List {
    setting: &'static str,
    /// What is written for every origin.
    every: &'static [&'static str],
    /// What that is here.
    any: FaultKind,
}

impl List {
    fn read(
        &self,
        written: &[String],
        lint: impl Fn(&str) -> Option<LintKind>,
        findings: &mut Findings,
    ) -> OriginSet {
        let mut set = OriginSet::default();
        for (index, text) in written.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            let fault = match ParsedPattern::parse(text) {
                _ if self.every.contains(&text.as_str()) => {
                    Fault::new(setting, &**text, self.any.clone())
                }
                Ok(pattern) if pattern.is_exact() => {
                    let is_new = set.insert_parsed(&pattern, text);
                    let found = if is_new { lint(text) } else { Some(LintKind::RepeatedOrigin) };
                    if let Some(kind) = found {
                        findings.lint(Lint::new(setting, &**text, kind));
                    }
                    continue;
                }
                Err(error) if text != NULL => Fault::of_origin(setting, text, &error),
                // As many pages can be `null` as a pattern covers.
                Ok(_) | Err(_) => Fault::new(setting, &**text, FaultKind::NotOneOrigin),
            };
            findings.fault(fault);
        }
        set
    }
}

const NULL: &str = "null";
