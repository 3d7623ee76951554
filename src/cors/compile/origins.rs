use std::collections::HashSet;

use crate::{
    cors::{
        Fault, FaultKind, Lint, LintKind, Rule,
        compiled::Audience,
        rule::{ANY, Origins},
    },
    origin::{Origin, OriginPattern, OriginSet},
};

use super::Findings;

pub(super) fn audience(rule: &Rule, path: &str, findings: &mut Findings) -> Audience {
    if rule.is_for_any_origin() {
        return any_origin(rule, path, findings);
    }
    let (null, credentials) = (rule.dangerously_allow_null_origin, rule.credentials);
    let origins = listed(rule, path, findings);
    if rule.origins.is_empty() && !null {
        findings.fault(Fault::new(format!("{path}.origins"), "", FaultKind::NoOrigins));
    }
    if null && credentials {
        let setting = format!("{path}.dangerously_allow_null_origin");
        findings.fault(Fault::new(setting, true, FaultKind::NullOriginWithCredentials));
    }
    let needs_setting =
        |pattern: &OriginPattern| pattern.origin().is_some_and(|one| one.is_insecure());
    if rule.dangerously_allow_insecure_origins
        && !(credentials && origins.iter().any(needs_setting))
    {
        findings.lint(no_insecure_origin(path));
    }
    Audience::Listed { origins, null, credentials }
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
    if rule.dangerously_allow_insecure_origins {
        findings.lint(no_insecure_origin(path));
    }
    Audience::AnyOrigin
}

fn listed(rule: &Rule, path: &str, findings: &mut Findings) -> OriginSet {
    let mut distinct = Vec::new();
    let written = match &rule.origins {
        Origins::Set(set) => {
            for (index, pattern) in set.iter().enumerate() {
                look_at(pattern, rule, &format!("{path}.origins[{index}]"), findings);
            }
            return set.clone();
        }
        Origins::Written(written) => written,
    };
    let mut seen = HashSet::new();
    for (index, text) in written.iter().enumerate() {
        let setting = format!("{path}.origins[{index}]");
        match text.parse::<OriginPattern>() {
            Ok(_) if !seen.insert(text) => {
                findings.lint(Lint::new(setting, &**text, LintKind::RepeatedOrigin));
            }
            Ok(pattern) => {
                look_at(&pattern, rule, &setting, findings);
                distinct.push(pattern);
            }
            Err(error) => {
                let instead = error.instead().map(str::to_owned);
                let kind = FaultKind::Origin(error.kind());
                findings.fault(Fault::new(setting, &**text, kind).or_write(instead));
            }
        }
    }
    distinct.into_iter().collect()
}

/// What credentials make of an origin that is right by itself.
fn look_at(pattern: &OriginPattern, rule: &Rule, setting: &str, findings: &mut Findings) {
    let Some(origin) = pattern.origin().filter(|_| rule.credentials) else { return };
    if origin.is_insecure() && !rule.dangerously_allow_insecure_origins {
        let kind = FaultKind::InsecureOriginWithCredentials;
        let instead = with_https(&origin);
        findings.fault(Fault::new(setting, origin.as_str(), kind).or_write(instead));
    }
    // A host of `localhost` under another scheme is an application's own, such as capacitor's.
    if origin.is_loopback() && matches!(origin.scheme(), Some("http" | "https")) {
        let kind = LintKind::LoopbackOriginWithCredentials;
        findings.lint(Lint::new(setting, origin.as_str(), kind));
    }
}

/// The same host over TLS; nothing where a port says that another server is meant.
fn with_https(origin: &Origin<'_>) -> Option<String> {
    let rest = origin.as_str().strip_prefix("http")?;
    origin.port().is_none().then(|| format!("https{rest}"))
}

fn no_insecure_origin(path: &str) -> Lint {
    let setting = format!("{path}.dangerously_allow_insecure_origins");
    Lint::new(setting, true, LintKind::NoInsecureOrigin)
}

impl Origins {
    pub(in crate::cors) fn is_empty(&self) -> bool {
        match self {
            Self::Written(written) => written.is_empty(),
            Self::Set(set) => set.is_empty(),
        }
    }
}

impl Rule {
    pub(super) fn is_for_any_origin(&self) -> bool {
        matches!(&self.origins, Origins::Written(written) if *written == [ANY])
    }
}
