use crate::{
    cors::{Fault, FaultKind, Lint, LintKind, Rule, permissions::Permissions},
    origin::{ParsedPattern, PortPattern, is_public_suffix},
};

use super::Findings;

/// What credentials make of origins that are right by themselves, and which of the settings that allow
/// it are needed.
pub(super) struct Dangers {
    permissions: Permissions,
    pub(super) has_insecure: bool,
    has_public_suffix: bool,
}

impl Dangers {
    pub(super) fn of(rule: &Rule) -> Self {
        // What a predicate covers is not known.
        let unknown = rule.credentials && !rule.predicates.is_empty();
        Self { has_insecure: unknown, ..Self::within(Permissions::of(rule)) }
    }

    /// Those of origins that come to a rule later.
    pub(super) fn within(permissions: Permissions) -> Self {
        Self { permissions, has_insecure: false, has_public_suffix: false }
    }

    pub(super) fn look_at(
        &mut self,
        pattern: &ParsedPattern<'_>,
        text: &str,
        setting: impl Fn() -> String,
        findings: &mut Findings,
    ) {
        // A host of `localhost` under another scheme is an application's own, such as capacitor's.
        let is_web = matches!(pattern.scheme, "http" | "https");
        if pattern.is_loopback() {
            if self.permissions.credentials && is_web {
                let kind = LintKind::LoopbackOriginWithCredentials;
                findings.lint(Lint::new(setting(), text, kind));
            }
            return;
        }
        if self.permissions.credentials && pattern.is_insecure() {
            self.has_insecure = true;
            if !self.permissions.insecure_origins {
                let kind = FaultKind::InsecureOriginWithCredentials;
                let fault = Fault::new(setting(), text, kind);
                findings.fault(fault.with_suggestion(with_https(pattern, text)));
            }
        }
        if pattern.subdomains {
            self.look_at_suffix(pattern, text, setting, findings);
        }
    }

    pub(super) fn look_for_needless_settings(&self, path: &str, findings: &mut Findings) {
        let Self { permissions, has_insecure, has_public_suffix } = self;
        for (setting, is_set, is_needed, kind) in [
            (
                "dangerously_allow_insecure_origins",
                permissions.insecure_origins,
                has_insecure,
                LintKind::NoInsecureOrigin,
            ),
            (
                "dangerously_allow_public_suffixes",
                permissions.public_suffixes,
                has_public_suffix,
                LintKind::NoPublicSuffix,
            ),
        ] {
            if is_set && !is_needed {
                findings.lint(Lint::new(format!("{path}.{setting}"), true, kind));
            }
        }
    }

    fn look_at_suffix(
        &mut self,
        pattern: &ParsedPattern<'_>,
        text: &str,
        setting: impl Fn() -> String,
        findings: &mut Findings,
    ) {
        let kind = match (is_public_suffix(pattern.host), self.permissions.credentials) {
            (Some(true), true) => FaultKind::PublicSuffixWithCredentials,
            (None, true) => FaultKind::UnknownSuffixWithCredentials,
            (Some(true), false) => {
                findings.lint(Lint::new(setting(), text, LintKind::PublicSuffix));
                return;
            }
            (Some(false), _) | (None, false) => return,
        };
        self.has_public_suffix = true;
        if !self.permissions.public_suffixes {
            findings.fault(Fault::new(setting(), text, kind));
        }
    }
}

/// The same host over TLS; nothing where a port says that another server is meant.
fn with_https(pattern: &ParsedPattern<'_>, text: &str) -> Option<String> {
    let rest = text.strip_prefix("http")?;
    matches!(pattern.port, PortPattern::Any | PortPattern::Only(None))
        .then(|| format!("https{rest}"))
}
