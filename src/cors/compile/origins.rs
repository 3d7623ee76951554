//! Compiles origins: the origins of rules, service origins and debug origins.

#[cfg(feature = "regex")]
use crate::origin::{
    OriginRegex, OriginRegexError, OriginRegexes, RegexLint, insecure_origin, lints,
};
use crate::{
    cors::{
        config::{ALL, CorsSettings, DebugOrigins},
        error::{CorsDiagnostics, Fault, FaultKind, Lint, LintKind},
        origin_matcher::OriginMatcher,
        policy::CompiledRule,
        preflight::DebugMatcher,
        rule::{ANY, OriginRiskFlags, Rule},
    },
    origin::{
        ExactOriginFault, NamedOrigins, OriginSet, ParsedPattern, PortPattern, has_valid_a_labels,
        is_public_suffix, list_name,
    },
};

/// Compiles the origins of a rule.
pub(super) fn origin_matcher(
    rule: &Rule,
    path: &str,
    lists: &NamedOrigins,
    diagnostics: &mut CorsDiagnostics,
) -> OriginMatcher {
    if rule.is_for_any_origin() && rule.settings.static_origin.is_none() {
        return any_origin(rule, path, diagnostics);
    }
    if let Some(text) = &rule.settings.static_origin {
        return static_origin(text, rule, path, diagnostics);
    }
    let settings = &rule.settings;
    let (null, credentials) = (settings.dangerously_allow_null_origin, settings.allow_credentials);
    let mut risks = CredentialRisks::for_rule(rule);
    let origins = listed_origins(rule, path, lists, &mut risks, diagnostics);
    let origins = with_regexes(origins, rule, path, &mut risks, diagnostics);
    if rule.has_no_origins() && !null {
        diagnostics.fault(Fault::new(format!("{path}.origins"), "", FaultKind::NoOrigins));
    }
    if null && credentials {
        let setting = format!("{path}.dangerously_allow_null_origin");
        diagnostics.fault(Fault::new(setting, true, FaultKind::NullOriginWithCredentials));
    }
    risks.lint_unneeded_settings(path, diagnostics);
    // An expression or a predicate can match origins that are not known in advance.
    let is_dynamic = !rule.predicates.is_empty() || origins.has_regexes();
    let only_secure = credentials && !settings.dangerously_allow_insecure_origins && is_dynamic;
    let predicates = rule.predicates.clone();
    OriginMatcher::Listed { origins, predicates, null, credentials, only_secure }
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
    match exact_origin(text, &setting, &[ANY], &FaultKind::NotSingleOrigin) {
        Ok(parsed) => {
            origins.insert_parsed(&parsed, text);
            risks.check(&parsed, text, || setting.clone(), diagnostics);
            if !has_valid_a_labels(parsed.host) {
                diagnostics.lint(Lint::new(&setting, text, LintKind::MalformedALabel));
            }
        }
        Err(fault) => diagnostics.fault(fault),
    }
    risks.lint_unneeded_settings(path, diagnostics);
    let credentials = rule.settings.allow_credentials;
    let predicates = rule.predicates.clone();
    OriginMatcher::Listed { origins, predicates, null: false, credentials, only_secure: false }
}

fn any_origin(rule: &Rule, path: &str, diagnostics: &mut CorsDiagnostics) -> OriginMatcher {
    if rule.settings.allow_credentials {
        let setting = format!("{path}.allow_credentials");
        diagnostics.fault(Fault::new(setting, true, FaultKind::AnyOriginWithCredentials));
    }
    if rule.settings.dangerously_allow_null_origin {
        let setting = format!("{path}.dangerously_allow_null_origin");
        diagnostics.lint(Lint::new(setting, true, LintKind::NullNextToAnyOrigin));
    }
    CredentialRisks::for_rule(rule).lint_unneeded_settings(path, diagnostics);
    OriginMatcher::AnyOrigin
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
    for (index, text) in texts.iter().enumerate() {
        // Created only for a diagnostic, since a rule can list a million origins.
        let setting = || format!("{path}.origins[{index}]");
        if let Some(name) = list_name(text) {
            match lists.get(name) {
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
                risks.check(&pattern, text, setting, diagnostics);
                if !has_valid_a_labels(pattern.host) {
                    diagnostics.lint(Lint::new(setting(), &**text, LintKind::MalformedALabel));
                }
            }
            Ok(_) => diagnostics.lint(Lint::new(setting(), &**text, LintKind::RepeatedOrigin)),
            Err(_) if text == ANY => {
                let kind = FaultKind::AnyOriginNextToOthers;
                diagnostics.fault(Fault::new(setting(), &**text, kind));
            }
            Err(error) => diagnostics.fault(Fault::from_origin_error(setting(), text, &error)),
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
    for (text, pattern) in set.patterns_to_check(rule.settings.allow_credentials) {
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
    let mut distinct: Vec<OriginRegex> = Vec::new();
    for (index, text) in rule.settings.origin_regexes.iter().enumerate() {
        match OriginRegex::parse(text) {
            Ok(_) if distinct.iter().any(|one| one.as_str() == text) => {
                diagnostics.lint(Lint::new(setting(index), &**text, LintKind::RepeatedOrigin));
            }
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

#[cfg(feature = "regex")]
fn check_regex(
    text: &str,
    rule: &Rule,
    setting: &str,
    risks: &mut CredentialRisks,
    diagnostics: &mut CorsDiagnostics,
) {
    if let Some(matches) = insecure_origin(text).filter(|_| rule.settings.allow_credentials) {
        risks.has_insecure = true;
        if !rule.settings.dangerously_allow_insecure_origins {
            let kind = FaultKind::InsecureOriginRegexWithCredentials { matches };
            diagnostics.fault(Fault::new(setting, text, kind));
        }
    }
    for lint in lints(text) {
        let (kind, suggestion) = match lint {
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
    has_insecure: bool,
    has_public_suffix: bool,
}

impl CredentialRisks {
    fn for_rule(rule: &Rule) -> Self {
        // A predicate may match insecure origins.
        let unknown = rule.settings.allow_credentials && !rule.predicates.is_empty();
        Self { has_insecure: unknown, ..Self::new(OriginRiskFlags::from(&rule.settings)) }
    }

    /// Creates the checks of an origin that is added to a rule later.
    pub(super) fn new(flags: OriginRiskFlags) -> Self {
        Self { flags, has_insecure: false, has_public_suffix: false }
    }

    pub(super) fn check(
        &mut self,
        pattern: &ParsedPattern<'_>,
        text: &str,
        setting: impl Fn() -> String,
        diagnostics: &mut CorsDiagnostics,
    ) {
        // With other schemes, `localhost` is the origin of an application, for example of Capacitor.
        let is_web = matches!(pattern.scheme, "http" | "https");
        if pattern.is_loopback() {
            if self.flags.credentials && is_web {
                let kind = LintKind::LoopbackOriginWithCredentials;
                diagnostics.lint(Lint::new(setting(), text, kind));
            }
            return;
        }
        if self.flags.credentials && pattern.is_insecure() {
            self.has_insecure = true;
            if !self.flags.insecure_origins {
                let kind = FaultKind::InsecureOriginWithCredentials;
                let fault = Fault::new(setting(), text, kind);
                diagnostics.fault(fault.with_suggestion(with_https(pattern, text)));
            }
        }
        if pattern.subdomains {
            self.check_suffix(pattern, text, setting, diagnostics);
        }
    }

    fn lint_unneeded_settings(&self, path: &str, diagnostics: &mut CorsDiagnostics) {
        let Self { flags, has_insecure, has_public_suffix } = self;
        for (setting, is_set, is_needed, kind) in [
            (
                "dangerously_allow_insecure_origins",
                flags.insecure_origins,
                has_insecure,
                LintKind::NoInsecureOrigin,
            ),
            (
                "dangerously_allow_public_suffixes",
                flags.public_suffixes,
                has_public_suffix,
                LintKind::NoPublicSuffix,
            ),
        ] {
            if is_set && !is_needed {
                diagnostics.lint(Lint::new(format!("{path}.{setting}"), true, kind));
            }
        }
    }

    fn check_suffix(
        &mut self,
        pattern: &ParsedPattern<'_>,
        text: &str,
        setting: impl Fn() -> String,
        diagnostics: &mut CorsDiagnostics,
    ) {
        let kind = match (is_public_suffix(pattern.host), self.flags.credentials) {
            (Some(true), true) => FaultKind::PublicSuffixWithCredentials,
            (None, true) => FaultKind::UnknownSuffixWithCredentials,
            (Some(true), false) => {
                diagnostics.lint(Lint::new(setting(), text, LintKind::PublicSuffix));
                return;
            }
            (Some(false), _) | (None, false) => return,
        };
        self.has_public_suffix = true;
        if !self.flags.public_suffixes {
            diagnostics.fault(Fault::new(setting(), text, kind));
        }
    }
}

/// Returns the pattern with the scheme `https`.
///
/// Returns `None` for an explicit port, since the port of the `https` server is unknown.
fn with_https(pattern: &ParsedPattern<'_>, text: &str) -> Option<String> {
    let rest = text.strip_prefix("http")?;
    matches!(pattern.port, PortPattern::Any | PortPattern::Only(None))
        .then(|| format!("https{rest}"))
}

/// Compiles the service origins.
pub(super) fn service_origins(
    config: &CorsSettings,
    diagnostics: &mut CorsDiagnostics,
) -> OriginSet {
    let list = ExactOrigins {
        setting: "service_origins",
        wildcards: &[ANY],
        wildcard_fault: FaultKind::NotSingleOrigin,
    };
    let origins = list.read(&config.service_origins, |_| None, diagnostics);
    if !origins.is_empty() && !config.enforce {
        diagnostics.lint(Lint::new("service_origins", "", LintKind::ServiceOriginsWithoutEnforce));
    }
    origins
}

/// Compiles the origins for which a failed preflight is debuggable.
pub(super) fn debug_origins(
    config: &CorsSettings,
    rules: &[CompiledRule],
    diagnostics: &mut CorsDiagnostics,
) -> DebugMatcher {
    let list = ExactOrigins {
        setting: "debug_origins",
        wildcards: &[ANY, ALL],
        wildcard_fault: FaultKind::AnyOriginInDebugOrigins,
    };
    let is_matched = |origin: &str| rules.iter().any(|rule| rule.origins.may_match(origin));
    let unused = |origin: &str| (!is_matched(origin)).then_some(LintKind::UnusedDebugOrigin);
    match &config.debug_origins {
        DebugOrigins::All => DebugMatcher::All,
        DebugOrigins::Origins(origins) => {
            let origins = list.read(origins, unused, diagnostics);
            match config.static_origin() {
                None => DebugMatcher::Origins(origins),
                // The responses are the same for every origin.
                Some(origin) if origins.contains_serialized(origin.as_bytes()) => DebugMatcher::All,
                Some(_) => DebugMatcher::Origins(OriginSet::default()),
            }
        }
    }
}

/// A list of exact origins.
struct ExactOrigins {
    setting: &'static str,
    /// The texts for every origin, which are faults here.
    wildcards: &'static [&'static str],
    /// The kind of these faults.
    wildcard_fault: FaultKind,
}

impl ExactOrigins {
    fn read(
        &self,
        texts: &[String],
        lint: impl Fn(&str) -> Option<LintKind>,
        diagnostics: &mut CorsDiagnostics,
    ) -> OriginSet {
        let mut set = OriginSet::default();
        for (index, text) in texts.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            match exact_origin(text, &setting, self.wildcards, &self.wildcard_fault) {
                Ok(parsed) => {
                    let is_new = set.insert_parsed(&parsed, text);
                    let found = if is_new { lint(text) } else { Some(LintKind::RepeatedOrigin) };
                    if let Some(kind) = found {
                        diagnostics.lint(Lint::new(setting, &**text, kind));
                    }
                }
                Err(fault) => diagnostics.fault(fault),
            }
        }
        set
    }
}

/// Parses an exact origin. `wildcards` are texts for every origin, which are faults of the kind `wildcard_fault`.
fn exact_origin<'a>(
    text: &'a str,
    setting: &str,
    wildcards: &[&str],
    wildcard_fault: &FaultKind,
) -> Result<ParsedPattern<'a>, Fault> {
    if wildcards.contains(&text) {
        return Err(Fault::new(setting, text, wildcard_fault.clone()));
    }
    ParsedPattern::parse_exact(text).map_err(|error| match error {
        ExactOriginFault::Origin(error) if text != NULL => {
            Fault::from_origin_error(setting, text, &error)
        }
        // Like a pattern, `null` matches many pages.
        _ => Fault::new(setting, text, FaultKind::NotSingleOrigin),
    })
}

const NULL: &str = "null";
