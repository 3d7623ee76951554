use crate::{
    cors::{
        Fault, FaultKind, Lint, LintKind, Rule,
        compiled_rule::Audience,
        rule::{ANY, Origins},
    },
    origin::{NamedOrigins, OriginSet, ParsedPattern, has_valid_a_labels, list_name},
};

use super::{Findings, credentials::Dangers, regexes};

pub(super) fn audience(
    rule: &Rule,
    path: &str,
    lists: &NamedOrigins,
    findings: &mut Findings,
) -> Audience {
    if rule.is_for_any_origin() {
        return any_origin(rule, path, findings);
    }
    let (null, credentials) = (rule.dangerously_allow_null_origin, rule.credentials);
    let mut dangers = Dangers::of(rule);
    let origins = listed(rule, path, lists, &mut dangers, findings);
    let origins = regexes::added(origins, rule, path, &mut dangers, findings);
    if rule.names_no_origin() && !null {
        findings.fault(Fault::new(format!("{path}.origins"), "", FaultKind::NoOrigins));
    }
    if null && credentials {
        let setting = format!("{path}.dangerously_allow_null_origin");
        findings.fault(Fault::new(setting, true, FaultKind::NullOriginWithCredentials));
    }
    dangers.look_for_needless_settings(path, findings);
    // What an expression or a predicate covers is known only when it comes.
    let judges_by_itself = !rule.predicates.is_empty() || origins.has_regexes();
    let only_secure = credentials && !rule.dangerously_allow_insecure_origins && judges_by_itself;
    let predicates = rule.predicates.clone();
    Audience::Listed { origins, predicates, null, credentials, only_secure }
}

fn any_origin(rule: &Rule, path: &str, findings: &mut Findings) -> Audience {
    if rule.credentials {
        let setting = format!("{path}.credentials");
        findings.fault(Fault::new(setting, true, FaultKind::AnyOriginWithCredentials));
    }
    if rule.dangerously_allow_null_origin {
        let setting = format!("{path}.dangerously_allow_null_origin");
        findings.lint(Lint::new(setting, true, LintKind::NullBesideAnyOrigin));
    }
    Dangers::of(rule).look_for_needless_settings(path, findings);
    Audience::AnyOrigin
}

fn listed(
    rule: &Rule,
    path: &str,
    lists: &NamedOrigins,
    dangers: &mut Dangers,
    findings: &mut Findings,
) -> OriginSet {
    let written = match &rule.origins {
        Origins::Set(set) => {
            look_at_set(set, rule, &format!("{path}.origins"), dangers, findings);
            return set.clone();
        }
        Origins::Written(written) => written,
    };
    let mut set = OriginSet::default();
    for (index, text) in written.iter().enumerate() {
        // Of a million origins hardly any has a finding.
        let setting = || format!("{path}.origins[{index}]");
        if let Some(name) = list_name(text) {
            match lists.get(name) {
                Some(list) => {
                    look_at_set(list, rule, &setting(), dangers, findings);
                    set = set.union(list);
                }
                None => findings.fault(Fault::new(setting(), &**text, FaultKind::UnknownList)),
            }
            continue;
        }
        match ParsedPattern::parse(text) {
            Ok(pattern) if set.insert_parsed(&pattern, text) => {
                dangers.look_at(&pattern, text, setting, findings);
                if !has_valid_a_labels(pattern.host) {
                    findings.lint(Lint::new(setting(), &**text, LintKind::MalformedALabel));
                }
            }
            Ok(_) => findings.lint(Lint::new(setting(), &**text, LintKind::RepeatedOrigin)),
            Err(error) => findings.fault(Fault::of_origin(setting(), text, &error)),
        }
    }
    for (index, text) in written.iter().enumerate().filter(|_| set.has_wildcards()) {
        if ParsedPattern::parse(text)
            .is_ok_and(|pattern| set.find_superset(&pattern, text).is_some())
        {
            let setting = format!("{path}.origins[{index}]");
            findings.lint(Lint::new(setting, &**text, LintKind::CoveredOrigin));
        }
    }
    set
}

fn look_at_set(
    set: &OriginSet,
    rule: &Rule,
    setting: &str,
    dangers: &mut Dangers,
    findings: &mut Findings,
) {
    for (text, pattern) in set.patterns_to_check(rule.credentials) {
        dangers.look_at(&pattern, text, || setting.to_owned(), findings);
    }
}

impl Rule {
    pub(super) fn is_for_any_origin(&self) -> bool {
        matches!(&self.origins, Origins::Written(written) if *written == [ANY])
            && self.origin_regexes.is_empty()
            && self.predicates.is_empty()
    }

    fn names_no_origin(&self) -> bool {
        let is_empty = match &self.origins {
            Origins::Written(written) => written.is_empty(),
            Origins::Set(set) => set.is_empty(),
        };
        is_empty && self.origin_regexes.is_empty() && self.predicates.is_empty()
    }
}
