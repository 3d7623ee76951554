use crate::{
    cors::{Fault, FaultKind, Lint, LintKind, Rule},
    origin::{
        OriginRegex, OriginRegexError, OriginRegexes, OriginSet, RegexLint, insecure_origin, lints,
    },
};

use super::{Findings, credentials::Dangers};

/// The set with the rule's regular expressions in it.
pub(super) fn added(
    set: OriginSet,
    rule: &Rule,
    path: &str,
    dangers: &mut Dangers,
    findings: &mut Findings,
) -> OriginSet {
    let setting = |index: usize| format!("{path}.origin_regexes[{index}]");
    let mut distinct: Vec<OriginRegex> = Vec::new();
    for (index, text) in rule.origin_regexes.iter().enumerate() {
        match OriginRegex::parse(text) {
            Ok(_) if distinct.iter().any(|one| one.as_str() == text) => {
                findings.lint(Lint::new(setting(index), &**text, LintKind::RepeatedOrigin));
            }
            Ok(regex) => {
                look_at(text, rule, &setting(index), dangers, findings);
                distinct.push(regex);
            }
            Err(error) => findings.fault(fault(setting(index), &error)),
        }
    }
    for text in set.regexes() {
        look_at(text, rule, &format!("{path}.origins"), dangers, findings);
    }
    match OriginRegexes::compile(distinct) {
        Ok(regexes) => set.with_compiled(&regexes),
        Err(error) => {
            let index = rule.origin_regexes.iter().position(|text| text == error.written());
            findings.fault(fault(setting(index.unwrap_or_default()), &error));
            set
        }
    }
}

fn look_at(text: &str, rule: &Rule, setting: &str, dangers: &mut Dangers, findings: &mut Findings) {
    if let Some(admits) = insecure_origin(text).filter(|_| rule.credentials) {
        dangers.has_insecure = true;
        if !rule.dangerously_allow_insecure_origins {
            let kind = FaultKind::InsecureOriginRegexWithCredentials { admits };
            findings.fault(Fault::new(setting, text, kind));
        }
    }
    for lint in lints(text) {
        let (kind, instead) = match lint {
            RegexLint::UnescapedDot { witness, instead } => {
                (LintKind::UnescapedDot { admits: witness }, Some(instead))
            }
            RegexLint::OtherDomain { witness } => (LintKind::OtherDomain { admits: witness }, None),
            RegexLint::TooIntricate => (LintKind::IntricateRegex, None),
            RegexLint::NoOrigin => (LintKind::NoOriginMatches, None),
        };
        findings.lint(Lint::new(setting, text, kind).with_suggestion(instead));
    }
}

fn fault(setting: String, error: &OriginRegexError) -> Fault {
    let kind = FaultKind::OriginRegex { fault: error.kind(), detail: error.detail() };
    Fault::new(setting, error.written(), kind)
}
