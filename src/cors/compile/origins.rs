//! Compiles origins: the origins of rules, and service origins.

use std::collections::HashSet;

#[cfg(feature = "regex")]
use crate::origin::{
    OriginRegex, OriginRegexError, OriginRegexErrorKind, OriginRegexes, RegexLint, lints,
    matches_only_files, regex_risks,
};
use crate::{
    cors::{
        config::CorsSettings,
        error::{CorsDiagnostics, Fault, FaultKind, Lint, LintKind},
        origin_matcher::OriginMatcher,
        rule::{ANY, OriginRiskFlags, Rule},
    },
    limits::REGEXES,
    origin::{
        ExactOriginFault, FILE_ORIGIN, NamedOrigins, OriginErrorKind, OriginRisk, OriginSet,
        ParsedPattern, has_valid_a_labels, list_name,
    },
};

/// Compiles the origins of a rule.
///
/// `expressions` is the number of regular expressions of the policy.
pub(super) fn origin_matcher(
    rule: &Rule,
    path: &str,
    lists: &NamedOrigins,
    expressions: usize,
    diagnostics: &mut CorsDiagnostics,
) -> OriginMatcher {
    if let Some(text) = &rule.settings.static_origin {
        return static_origin(text, rule, path, diagnostics);
    }
    if rule.is_for_any_origin() {
        return any_origin(rule, path, diagnostics);
    }
    let settings = &rule.settings;
    let (null, credentials) = (settings.dangerously_allow_null_origin, settings.allow_credentials);
    let mut risks = CredentialRisks { expressions, ..CredentialRisks::for_rule(rule) };
    let origins = listed_origins(rule, path, lists, &mut risks, diagnostics);
    let origins = with_regexes(origins, rule, path, &mut risks, diagnostics);
    if rule.has_no_origins() && !null {
        diagnostics.fault(Fault::new(format!("{path}.origins"), "", FaultKind::NoOrigins));
    }
    check_null(rule, path, diagnostics);
    risks.lint_unneeded_settings(path, diagnostics);
    // An expression or a predicate can match origins that are not known in advance.
    let is_dynamic = !rule.predicates.is_empty() || origins.has_regexes();
    let only_secure = credentials && !settings.dangerously_allow_insecure_origins && is_dynamic;
    let predicates = rule.predicates.clone();
    let no_files = is_dynamic && !null;
    OriginMatcher::Listed { origins, predicates, null, credentials, only_secure, no_files }
}

/// Compiles a static origin. The rule matches only this origin, and the policy adds it to all responses.
fn static_origin(
    text: &str,
    rule: &Rule,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> OriginMatcher {
    let setting = format!("{path}.static_origin");
    if !rule.has_no_origins() || rule.settings.dangerously_allow_null_origin {
        let kind = FaultKind::StaticOriginNextToOthers;
        diagnostics.fault(Fault::new(&setting, text, kind));
    }
    let mut risks = CredentialRisks::for_rule(rule);
    let mut origins = OriginSet::default();
    match exact_origin(text, &setting) {
        Ok(parsed) => {
            origins.insert_parsed(&parsed, text);
            risks.check(&parsed, text, || setting.clone(), diagnostics);
            if parsed.has_domain() && !has_valid_a_labels(parsed.host) {
                diagnostics.lint(Lint::new(&setting, text, LintKind::MalformedALabel));
            }
        }
        Err(fault) => diagnostics.fault(fault),
    }
    risks.lint_unneeded_settings(path, diagnostics);
    let credentials = rule.settings.allow_credentials;
    let predicates = rule.predicates.clone();
    OriginMatcher::Listed {
        origins,
        predicates,
        null: false,
        credentials,
        only_secure: false,
        no_files: false,
    }
}

fn any_origin(rule: &Rule, path: &str, diagnostics: &mut CorsDiagnostics) -> OriginMatcher {
    let settings = &rule.settings;
    if settings.allow_credentials && !settings.dangerously_allow_credentials_for_any_origin {
        let setting = format!("{path}.allow_credentials");
        diagnostics.fault(Fault::new(setting, true, FaultKind::AnyOriginWithCredentials));
    }
    check_null(rule, path, diagnostics);
    if settings.dangerously_allow_null_origin && !settings.allow_credentials {
        let setting = format!("{path}.dangerously_allow_null_origin");
        diagnostics.lint(Lint::new(setting, true, LintKind::NullNextToAnyOrigin));
    }
    CredentialRisks::for_rule(rule).lint_unneeded_settings(path, diagnostics);
    if settings.allow_credentials {
        let only_secure = !settings.dangerously_allow_insecure_origins;
        return OriginMatcher::AnyOriginWithCredentials { only_secure };
    }
    OriginMatcher::AnyOrigin
}

fn check_null(rule: &Rule, path: &str, diagnostics: &mut CorsDiagnostics) {
    if rule.settings.dangerously_allow_null_origin && rule.settings.allow_credentials {
        let setting = format!("{path}.dangerously_allow_null_origin");
        diagnostics.fault(Fault::new(setting, true, FaultKind::NullOriginWithCredentials));
    }
}

fn listed_origins(
    rule: &Rule,
    path: &str,
    lists: &NamedOrigins,
    risks: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) -> OriginSet {
    if let Some(set) = &rule.origin_set {
        check_set(set, rule, &format!("{path}.origins"), risks, diagnostics);
        return set.clone();
    }
    let texts = &rule.settings.origins;
    let mut set = OriginSet::default();
    let mut names = HashSet::new();
    for (index, text) in texts.iter().enumerate() {
        if diagnostics.is_full() {
            break;
        }
        // Created only for a diagnostic, since a rule can list a million origins.
        let setting = || format!("{path}.origins[{index}]");
        if let Some(name) = list_name(text) {
            match lists.get(name) {
                Some(_) if !names.insert(name) => {
                    diagnostics.lint(Lint::new(setting(), &**text, LintKind::RepeatedOrigin));
                }
                Some(list) if !lists.allows_union(&set, list) => {
                    let kind = FaultKind::TooManyNamedOrigins;
                    diagnostics.fault(Fault::new(setting(), &**text, kind));
                    break;
                }
                Some(list) => {
                    check_set(list, rule, &setting(), risks, diagnostics);
                    set = set.union(list);
                }
                None => diagnostics.fault(Fault::new(setting(), &**text, FaultKind::UnknownList)),
            }
            continue;
        }
        match ParsedPattern::parse(text) {
            Ok(pattern) if set.insert_parsed(&pattern, text) => {
                risks.check_file(pattern.is_file(), setting, diagnostics);
                risks.check(&pattern, text, setting, diagnostics);
                if pattern.has_domain() && !has_valid_a_labels(pattern.host) {
                    diagnostics.lint(Lint::new(setting(), &**text, LintKind::MalformedALabel));
                }
            }
            Ok(_) => diagnostics.lint(Lint::new(setting(), &**text, LintKind::RepeatedOrigin)),
            Err(_) if text == ANY => {
                let kind = FaultKind::AnyOriginNextToOthers;
                diagnostics.fault(Fault::new(setting(), &**text, kind));
            }
            Err(error) => {
                let fault = Fault::from_origin_error(setting(), text, &error);
                diagnostics.fault(match error.regex().filter(|_| cfg!(feature = "regex")) {
                    Some(regex) => fault.with_suggestion_for("origin_regexes", regex.to_owned()),
                    None => fault,
                });
            }
        }
    }
    for (index, text) in texts.iter().enumerate().filter(|_| set.has_wildcards()) {
        if ParsedPattern::parse(text)
            .is_ok_and(|pattern| set.find_superset(&pattern, text).is_some())
        {
            let setting = format!("{path}.origins[{index}]");
            diagnostics.lint(Lint::new(setting, &**text, LintKind::RedundantOrigin));
        }
    }
    set
}

fn check_set(
    set: &OriginSet,
    rule: &Rule,
    setting: &str,
    risks: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) {
    risks.check_file(set.has_file(), || setting.to_owned(), diagnostics);
    for (text, pattern) in set.patterns_to_check(rule.settings.allow_credentials) {
        if diagnostics.is_full() {
            break;
        }
        risks.check(&pattern, text, || setting.to_owned(), diagnostics);
    }
}

/// Adds the rule's regular expressions to the set.
#[cfg(feature = "regex")]
fn with_regexes(
    set: OriginSet,
    rule: &Rule,
    path: &str,
    risks: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) -> OriginSet {
    let setting = |index: usize| format!("{path}.origin_regexes[{index}]");
    // Checked before the expressions are analyzed.
    if let Some((index, text)) = first_excess(&rule.settings.origin_regexes) {
        let kind = FaultKind::OriginRegex { fault: OriginRegexErrorKind::TooMany, help: None };
        diagnostics.fault(Fault::new(setting(index), text, kind));
        return set;
    }
    let (mut seen, mut distinct) = (HashSet::new(), Vec::new());
    for (index, text) in rule.settings.origin_regexes.iter().enumerate() {
        if !seen.insert(&**text) {
            diagnostics.lint(Lint::new(setting(index), &**text, LintKind::RepeatedOrigin));
            continue;
        }
        match OriginRegex::parse(text) {
            Ok(regex) => {
                check_regex(text, rule, &setting(index), risks, diagnostics);
                distinct.push(regex);
            }
            Err(error) => diagnostics.fault(regex_fault(setting(index), &error)),
        }
    }
    for text in set.regexes() {
        check_regex(text, rule, &format!("{path}.origins"), risks, diagnostics);
    }
    match OriginRegexes::compile(distinct) {
        Ok(regexes) => set.with_compiled_regexes(&regexes),
        Err(error) => {
            let index = rule.settings.origin_regexes.iter().position(|text| text == error.input());
            diagnostics.fault(regex_fault(setting(index.unwrap_or_default()), &error));
            set
        }
    }
}

/// Returns the number of different regular expressions of the rules.
///
/// A rule with more than [`REGEXES`] does not count, since its fault is reported first.
pub(super) fn count_regexes(rules: &[Rule]) -> usize {
    let counts =
        rules.iter().map(|rule| rule.settings.origin_regexes.iter().collect::<HashSet<_>>().len());
    counts.filter(|count| *count <= REGEXES).sum()
}

/// Returns the first of the different expressions that is too many.
#[cfg(feature = "regex")]
fn first_excess(texts: &[String]) -> Option<(usize, &str)> {
    let mut seen = HashSet::new();
    let texts = texts.iter().map(String::as_str).enumerate();
    texts.filter(|(_, text)| seen.insert(*text)).nth(REGEXES)
}

#[cfg(feature = "regex")]
fn check_regex(
    text: &str,
    rule: &Rule,
    setting: &str,
    risks: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) {
    let found = if rule.settings.allow_credentials {
        regex_risks(text, risks.flags.allowed, risks.expressions)
    } else {
        Vec::new()
    };
    for risk in found {
        risks.report(risk, text, || setting.to_owned(), None, diagnostics);
    }
    if !rule.settings.dangerously_allow_null_origin && matches_only_files(text) {
        let kind = FaultKind::Origin(OriginErrorKind::FileScheme);
        diagnostics.fault(Fault::new(setting, text, kind));
    }
    if diagnostics.has_faults() {
        // The lints would not be reported.
        return;
    }
    for lint in lints(text) {
        let (kind, suggestion) = match lint {
            // Applications and extensions have no domains. `OpenHost` reports them with credentials.
            RegexLint::OtherDomain { example } if !example.starts_with("http") => continue,
            RegexLint::UnescapedDot { example, suggestion } => {
                (LintKind::UnescapedDot { matches: example }, Some(suggestion))
            }
            RegexLint::OtherDomain { example } => {
                (LintKind::OtherDomain { matches: example }, None)
            }
            RegexLint::TooComplex => (LintKind::RegexTooComplex, None),
            RegexLint::NoOrigin => (LintKind::NoOriginMatches, None),
        };
        diagnostics.lint(Lint::new(setting, text, kind).with_suggestion(suggestion));
    }
}

#[cfg(feature = "regex")]
fn regex_fault(setting: String, error: &OriginRegexError) -> Fault {
    let kind = FaultKind::OriginRegex { fault: error.kind(), help: error.help() };
    Fault::new(setting, error.input(), kind)
}

/// Reports each regular expression as a fault, since the feature `regex` is disabled.
///
/// Only a file can contain such expressions. If they were ignored, pages of their origins would be rejected.
#[cfg(not(feature = "regex"))]
fn with_regexes(
    set: OriginSet,
    rule: &Rule,
    path: &str,
    _: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) -> OriginSet {
    for (index, text) in rule.settings.origin_regexes.iter().enumerate() {
        let setting = format!("{path}.origin_regexes[{index}]");
        diagnostics.fault(Fault::new(setting, &**text, FaultKind::OriginRegexWithoutFeature));
    }
    set
}

/// Checks for origins that are risky with credentials, and for unneeded settings that allow them.
pub(super) struct CredentialRisks {
    flags: OriginRiskFlags,
    /// The number of regular expressions of the policy.
    #[cfg_attr(
        not(feature = "regex"),
        expect(dead_code, reason = "only the analysis of expressions uses the number")
    )]
    expressions: usize,
    has_insecure: bool,
    has_public_suffix: bool,
    has_many_domains: bool,
}

impl CredentialRisks {
    fn for_rule(rule: &Rule) -> Self {
        // A predicate may match insecure origins, and so may a rule for any origin.
        let is_open = !rule.predicates.is_empty() || rule.is_for_any_origin();
        let has_insecure = rule.settings.allow_credentials && is_open;
        let has_many_domains = rule.settings.allow_credentials && rule.is_for_any_origin();
        Self { has_insecure, has_many_domains, ..Self::new(OriginRiskFlags::from(&rule.settings)) }
    }

    /// Creates the checks of an origin that is added to a rule later.
    pub(super) fn new(flags: OriginRiskFlags) -> Self {
        Self {
            flags,
            expressions: 0,
            has_insecure: false,
            has_public_suffix: false,
            has_many_domains: false,
        }
    }

    /// Reports `file://` without the setting that it needs. Every local file has this origin, like `null`.
    pub(super) fn check_file(
        &self,
        has_file: bool,
        setting: impl Fn() -> String,
        diagnostics: &mut CorsDiagnostics,
    ) {
        if has_file && !self.flags.null_origin {
            let kind = FaultKind::Origin(OriginErrorKind::FileScheme);
            diagnostics.fault(Fault::new(setting(), FILE_ORIGIN, kind));
        }
    }

    pub(super) fn check(
        &mut self,
        pattern: &ParsedPattern<'_>,
        text: &str,
        setting: impl Fn() -> String,
        diagnostics: &mut CorsDiagnostics,
    ) {
        if !self.flags.credentials {
            if pattern.has_public_suffix(&self.flags.suffixes) == Some(true) {
                diagnostics.lint(Lint::new(setting(), text, LintKind::PublicSuffix));
            }
            return;
        }
        for risk in pattern.risks(&self.flags.suffixes) {
            let suggestion = match &risk {
                OriginRisk::Insecure => pattern.with_https(text),
                _ => None,
            };
            self.report(risk, text, &setting, suggestion, diagnostics);
        }
    }

    /// Reports a risk as a fault or a lint, unless a setting allows it.
    fn report(
        &mut self,
        risk: OriginRisk,
        text: &str,
        setting: impl Fn() -> String,
        suggestion: Option<String>,
        diagnostics: &mut CorsDiagnostics,
    ) {
        let allowed = self.flags.allowed;
        match risk {
            OriginRisk::Insecure | OriginRisk::InsecureRegex(_) => self.has_insecure = true,
            OriginRisk::PublicSuffix | OriginRisk::UnknownSuffix => {
                self.has_public_suffix = true;
                self.has_many_domains |= !allowed.public_suffixes;
            }
            OriginRisk::ManyDomains(_) => self.has_many_domains = true,
            _ => {}
        }
        if risk.is_fault() && allowed.allow(&risk) {
            return;
        }
        match FaultKind::try_from(risk) {
            Ok(kind) => {
                diagnostics.fault(Fault::new(setting(), text, kind).with_suggestion(suggestion));
            }
            Err(kind) => diagnostics.lint(Lint::new(setting(), text, kind)),
        }
    }

    fn lint_unneeded_settings(&self, path: &str, diagnostics: &mut CorsDiagnostics) {
        let Self { flags, has_insecure, has_public_suffix, has_many_domains, .. } = self;
        for (setting, is_set, is_needed, kind) in [
            (
                "dangerously_allow_insecure_origins",
                flags.allowed.insecure_origins,
                has_insecure,
                LintKind::NoInsecureOrigin,
            ),
            (
                "dangerously_allow_public_suffixes",
                flags.allowed.public_suffixes,
                has_public_suffix,
                LintKind::NoPublicSuffix,
            ),
            (
                "dangerously_allow_credentials_for_any_origin",
                flags.allowed.any_origin,
                has_many_domains,
                LintKind::NoCredentialsForAnyOrigin,
            ),
        ] {
            if is_set && !is_needed {
                diagnostics.lint(Lint::new(format!("{path}.{setting}"), true, kind));
            }
        }
    }
}

/// Returns the fault of a risk with credentials, or the lint.
impl TryFrom<OriginRisk> for FaultKind {
    type Error = LintKind;

    fn try_from(risk: OriginRisk) -> Result<Self, LintKind> {
        Ok(match risk {
            OriginRisk::Insecure => Self::InsecureOriginWithCredentials,
            OriginRisk::InsecureRegex(matches) => {
                Self::InsecureOriginRegexWithCredentials { matches }
            }
            OriginRisk::PublicSuffix => Self::PublicSuffixWithCredentials,
            OriginRisk::UnknownSuffix => Self::UnknownSuffixWithCredentials,
            OriginRisk::ManyDomains(matches) => Self::ManyDomainsWithCredentials { matches },
            OriginRisk::TooComplex => Self::RegexTooComplexWithCredentials,
            OriginRisk::Loopback { has_port: true } => {
                return Err(LintKind::LoopbackOriginWithCredentials);
            }
            OriginRisk::Loopback { has_port: false } => {
                return Err(LintKind::ApplicationOriginWithCredentials);
            }
            OriginRisk::LocalNames => return Err(LintKind::LocalNamesWithCredentials),
            OriginRisk::Framework => return Err(LintKind::FrameworkOriginWithCredentials),
            OriginRisk::OpenHost(matches) => {
                return Err(LintKind::OpenHostWithCredentials { matches });
            }
        })
    }
}

/// Compiles the service origins.
pub(super) fn service_origins(
    config: &CorsSettings,
    diagnostics: &mut CorsDiagnostics,
) -> OriginSet {
    let mut origins = OriginSet::default();
    for (index, text) in config.service_origins.iter().enumerate() {
        if diagnostics.is_full() {
            break;
        }
        let setting = format!("service_origins[{index}]");
        match exact_origin(text, &setting) {
            Ok(parsed) => {
                if !origins.insert_parsed(&parsed, text) {
                    diagnostics.lint(Lint::new(setting, &**text, LintKind::RepeatedOrigin));
                }
            }
            Err(fault) => diagnostics.fault(fault),
        }
    }
    origins
}

/// Parses an exact origin.
fn exact_origin<'a>(text: &'a str, setting: &str) -> Result<ParsedPattern<'a>, Fault> {
    if text == ANY {
        return Err(Fault::new(setting, text, FaultKind::NotSingleOrigin));
    }
    ParsedPattern::parse_exact(text).map_err(|error| match error {
        ExactOriginFault::Origin(error) if text != NULL => {
            Fault::from_origin_error(setting, text, &error)
        }
        // Like a pattern, `null` and `file://` match many pages.
        _ => Fault::new(setting, text, FaultKind::NotSingleOrigin),
    })
}

const NULL: &str = "null";
