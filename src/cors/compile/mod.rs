//! Compiles a configuration to a policy, and finds all its faults and lints.

mod names;
mod origins;
mod shadowed_rules;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use self::{
    names::{allowed_headers, allowed_methods, exposed_headers, presets},
    origins::{CredentialRisks, count_regexes, origin_matcher, service_origins},
};
#[cfg(feature = "serde")]
use super::rule::RuleSettings;
use super::{
    config::{CorsConfig, CorsSettings, PolicySettings, UpstreamHeaders},
    enforce::{EnforceExemptions, Enforcement},
    error::{CorsConfigError, CorsDiagnostics, Fault, FaultKind, Lint, LintKind, SUBJECT},
    policy::{CompiledPolicy, CompiledRule, CorsPolicy, PathSettings},
    preflight::PreflightRules,
    response::{ResponseHeaders, RuleHeaders, RuleValues},
    rule::{OriginRiskFlags, Rule},
};
#[cfg(feature = "serde")]
use crate::config::{OtherSection, file::keys};
use crate::{
    config::is_name,
    limits::{MAX_AGE_SECONDS, POLICY_REGEXES, RULES},
    origin::{NamedOrigins, OriginPattern, ParsedPattern},
    request::{
        fetch_metadata::{SEC_FETCH_MODE, SEC_FETCH_SITE},
        path::PathSet,
    },
    response::{VaryNames, forbid_storing, preshare},
};

impl CorsPolicy {
    /// Creates a policy from a rule, from several rules, or from a configuration.
    ///
    /// If there are several rules, the first rule that matches an origin decides.
    ///
    /// ```
    /// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};
    ///
    /// let trusted = Rule::for_origins(["https://app.example.com"]).allow_credentials(true);
    /// let public = Rule::for_any_origin();
    /// let one_rule = CorsPolicy::new(public.clone())?;
    /// let two_rules = CorsPolicy::new([trusted.clone(), public])?;
    /// let enforced = CorsPolicy::new(CorsConfig::from(trusted).enforce(true))?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`CorsConfigError`] with every fault of the configuration.
    pub fn new(config: impl Into<CorsConfig>) -> Result<Self, CorsConfigError> {
        Self::with_lists(&config.into(), &NamedOrigins::default())
    }

    /// Returns the policy that allows no origin.
    ///
    /// It rejects every preflight with status 403. Every other request reaches the service, and its response
    /// has no CORS headers. The `Vary` is the same as for a policy that depends on the origin.
    ///
    /// Use it for unknown tenants, and if no policy can be found. In contrast, [`CorsPolicy::new`] rejects a
    /// configuration without rules, since the rules are probably missing by mistake.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::reject_all();
    /// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
    /// assert_eq!(policy.decide(&RequestHead::from(&request)).outcome(), Outcome::Rejected);
    /// ```
    pub fn reject_all() -> Self {
        static REJECT_ALL: LazyLock<CorsPolicy> =
            LazyLock::new(|| CorsPolicy::without_faults(&CorsConfig::default()));
        REJECT_ALL.clone()
    }

    /// Returns a policy that allows no origin and [enforces](CorsConfig::enforce) this.
    ///
    /// It rejects requests from pages of other origins with status 403.
    ///
    /// Browsers reach the service under the `service_origins`, as in [`CorsConfig::service_origins`]. If the
    /// list is empty, the layer compares the origin with the host of the request.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::reject_all_enforced(["https://api.example.com"])?;
    /// let sent_by = |origin: &str| {
    ///     let request = Request::post("/").header("origin", origin).body(()).unwrap();
    ///     policy.decide(&RequestHead::from(&request)).outcome()
    /// };
    /// assert_eq!(sent_by("https://api.example.com"), Outcome::SameOrigin);
    /// assert_eq!(sent_by("https://app.example.com"), Outcome::Forbidden);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`CorsConfigError`] with every fault of `service_origins`.
    pub fn reject_all_enforced<I>(service_origins: I) -> Result<Self, CorsConfigError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let config = CorsConfig::default().enforce(true).service_origins(service_origins);
        let mut diagnostics = CorsDiagnostics::default();
        let compiled = compile(&config.settings, &NamedOrigins::default(), &mut diagnostics);
        let lints = diagnostics.finish(SUBJECT)?.into();
        Ok(policy(CompiledPolicy { lints, ..compiled }))
    }

    /// Returns the policy that rejects requests from pages of other hosts.
    #[cfg(feature = "tokio")]
    pub(super) fn reject_all_of_other_hosts() -> Self {
        static REJECT_ALL: LazyLock<CorsPolicy> =
            LazyLock::new(|| CorsPolicy::without_faults(&CorsConfig::default().enforce(true)));
        REJECT_ALL.clone()
    }

    /// Compiles a configuration of this crate that has no faults.
    pub(super) fn without_faults(config: &CorsConfig) -> Self {
        policy(compile(&config.settings, &NamedOrigins::default(), &mut CorsDiagnostics::default()))
    }

    /// Compiles a configuration whose rules can use these named lists of origins.
    pub(crate) fn with_lists(
        config: &CorsConfig,
        named: &NamedOrigins,
    ) -> Result<Self, CorsConfigError> {
        let mut diagnostics = CorsDiagnostics::default();
        let config = &config.settings;
        #[cfg(feature = "serde")]
        unknown_keys(config, &mut diagnostics);
        if config.rules.is_empty() {
            diagnostics.fault(Fault::new("rules", "", FaultKind::NoRules));
        }
        if config.rules.len() > RULES {
            diagnostics.fault(Fault::new("rules", "", FaultKind::TooManyRules));
            diagnostics.check(SUBJECT)?;
        }
        // Checked before the expressions are analyzed.
        if count_regexes(&config.rules) > POLICY_REGEXES {
            diagnostics.fault(Fault::new("rules", "", FaultKind::TooManyRegexes));
            diagnostics.check(SUBJECT)?;
        }
        let compiled = compile(config, named, &mut diagnostics);
        diagnostics.check(SUBJECT)?;
        shadowed_rules::lint(&config.rules, &compiled.rules, named, &mut diagnostics);
        let lints = diagnostics.finish(SUBJECT)?.into();
        Ok(policy(CompiledPolicy { lints, ..compiled }))
    }
}

/// Creates a policy from a configuration.
///
/// # Errors
///
/// Returns [`CorsConfigError`] with every fault of the configuration.
impl TryFrom<CorsConfig> for CorsPolicy {
    type Error = CorsConfigError;

    fn try_from(config: CorsConfig) -> Result<Self, Self::Error> {
        Self::new(config)
    }
}

fn policy(compiled: CompiledPolicy) -> CorsPolicy {
    CorsPolicy { compiled: Arc::new(compiled) }
}

/// Checks an origin that is added to a rule later.
pub(super) fn check_added_origin(
    origin: &OriginPattern,
    risks: OriginRiskFlags,
    setting: &str,
) -> Result<(), CorsConfigError> {
    let mut diagnostics = CorsDiagnostics::default();
    if let Some(parts) = origin.parsed() {
        let mut risks = CredentialRisks::new(risks);
        risks.check_file(parts.is_file(), || setting.to_owned(), &mut diagnostics);
        risks.check(&parts, origin.as_str(), || setting.to_owned(), &mut diagnostics);
    }
    diagnostics.finish(SUBJECT).map(|_| ())
}

/// Compiles the whole configuration, even if it has faults, so that all faults are found.
fn compile(
    config: &CorsSettings,
    lists: &NamedOrigins,
    diagnostics: &mut CorsDiagnostics,
) -> CompiledPolicy {
    let is_for_any = matches!(
        &*config.rules,
        [only] if only.is_for_any_origin() && !only.settings.allow_credentials
    );
    // With `enforce`, the response depends on the origin.
    let static_origin = config.static_origin();
    let is_constant = (is_for_any || static_origin.is_some()) && !config.enforce;
    check_static_origins(config, diagnostics);
    let vary = if is_constant { Vec::new() } else { actual_vary(config) };
    let mut preflight_vary = HeaderMap::new();
    let requested = [ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS];
    VaryNames::new(&[&vary[..], &requested].concat()).apply(&mut preflight_vary);
    let expressions = count_regexes(&config.rules);
    let shared = SharedParts { lists, expressions, preflight_vary: &preflight_vary };
    let rules = config.rules.iter().enumerate();
    let rules: Box<[CompiledRule]> = rules
        .map(|(index, rule)| {
            let path = rule.path(index);
            check_name(rule, index, &config.rules, diagnostics);
            check_suffixes(rule, &path, diagnostics);
            compile_rule(rule, &path, &shared, diagnostics)
        })
        .collect();
    let mut rejected_preflight = preflight_vary;
    forbid_storing(&mut rejected_preflight);
    let preflight_status = preflight_status(config.preflight_status, diagnostics);
    let exemptions = enforce_exemptions(config, diagnostics);
    let not_handled = path_set("not_handled", &config.not_handled, diagnostics);
    let headers = ResponseHeaders {
        rules: rules.iter().map(|rule| Arc::clone(&rule.headers)).collect(),
        vary: VaryNames::new(&vary),
        keeps_upstream: config.upstream_headers == UpstreamHeaders::Keep,
        preflight_status,
        rejected_preflight,
    };
    let has_rule_paths = rules.iter().any(|rule| rule.paths.is_some());
    let has_paths = has_rule_paths || !config.not_handled.is_empty();
    CompiledPolicy {
        rules,
        headers: Arc::new(headers),
        is_constant,
        static_origin: static_origin
            .and_then(|origin| HeaderValue::from_str(origin).ok())
            .map(preshare),
        paths: has_paths.then(|| Arc::new(PathSettings { not_handled, has_rule_paths })),
        enforcement: config.enforce.then_some(Enforcement { exemptions }),
        hides_failing_step: config.hide_failing_step,
        settings: Arc::new(PolicySettings::new(config)),
        lints: Arc::default(),
    }
}

/// The parts that all rules of a policy share.
struct SharedParts<'a> {
    lists: &'a NamedOrigins,
    /// The number of regular expressions.
    expressions: usize,
    preflight_vary: &'a HeaderMap,
}

fn compile_rule(
    rule: &Rule,
    path: &str,
    shared: &SharedParts<'_>,
    diagnostics: &mut CorsDiagnostics,
) -> CompiledRule {
    let settings = &rule.settings;
    let SharedParts { lists, expressions, preflight_vary } = *shared;
    let origins = origin_matcher(rule, path, lists, expressions, diagnostics);
    let presets = presets(settings, path, diagnostics);
    let methods = allowed_methods(settings, &presets, path, diagnostics);
    let headers = allowed_headers(settings, &presets, path, diagnostics);
    let expose = exposed_headers(settings, &presets, path, diagnostics);
    if let Some(max_age) = settings.max_age {
        check_max_age(max_age, path, diagnostics);
    }
    let values = RuleValues {
        any_origin: origins.is_any(),
        credentials: origins.has_credentials(),
        methods: methods.value,
        headers: headers.value,
        expose,
        max_age: settings.max_age,
    };
    let paths = settings.paths.as_ref().map(|paths| {
        if paths.is_empty() {
            diagnostics.fault(Fault::new(format!("{path}.paths"), "", FaultKind::NoPaths));
        }
        path_set(&format!("{path}.paths"), paths, diagnostics)
    });
    CompiledRule {
        path: path.into(),
        paths,
        origins,
        risks: OriginRiskFlags::from(settings),
        preflight: PreflightRules { methods: methods.allowed, headers: headers.allowed },
        headers: Arc::new(RuleHeaders::new(values, settings.name.clone(), preflight_vary)),
        #[cfg(feature = "cross-origin")]
        form_preset: presets.iter().find(|preset| preset.posts_like_form).map(|preset| preset.name),
    }
}

/// Reports the unknown keys of a file.
#[cfg(feature = "serde")]
fn unknown_keys(config: &CorsSettings, diagnostics: &mut CorsDiagnostics) {
    let cors = OtherSection { name: "the section of CORS", keys: keys::<CorsSettings>() };
    let rule = OtherSection { name: "a rule", keys: keys::<RuleSettings>() };
    diagnostics.unknown_keys("", &config.unknown_keys, &[rule], FaultKind::UnknownKey);
    for (index, rule) in config.rules.iter().enumerate() {
        let (path, keys) = (rule.path(index), &rule.settings.unknown_keys);
        diagnostics.unknown_keys(&path, keys, &[cors], FaultKind::UnknownKey);
    }
}

fn check_name(rule: &Rule, index: usize, rules: &[Rule], diagnostics: &mut CorsDiagnostics) {
    let Some(name) = &rule.settings.name else { return };
    let setting = format!("rules[{index}].name");
    if !is_name(name) {
        diagnostics.fault(Fault::new(setting, &**name, FaultKind::MalformedRuleName));
    } else if rules.iter().take(index).any(|other| other.settings.name == rule.settings.name) {
        diagnostics.fault(Fault::new(setting, &**name, FaultKind::RepeatedRuleName));
    }
}

/// Reports additional public suffixes that cannot be the end of an origin's host.
fn check_suffixes(rule: &Rule, path: &str, diagnostics: &mut CorsDiagnostics) {
    for (index, suffix) in rule.settings.public_suffixes.iter().enumerate() {
        // Addresses have no subdomains.
        let pattern = format!("https://*.{suffix}");
        let is_domain = ParsedPattern::parse(&pattern)
            .is_ok_and(|parsed| parsed.host == suffix && !suffix.ends_with('.'));
        if !is_domain {
            let setting = format!("{path}.public_suffixes[{index}]");
            diagnostics.fault(Fault::new(setting, &**suffix, FaultKind::MalformedPublicSuffix));
        }
    }
}

/// Reports static origins in policies whose responses depend on the request origin.
fn check_static_origins(config: &CorsSettings, diagnostics: &mut CorsDiagnostics) {
    let mut has_static_origin = false;
    for (index, rule) in config.rules.iter().enumerate() {
        let Some(origin) = &rule.settings.static_origin else { continue };
        has_static_origin = true;
        if config.rules.len() > 1 {
            let setting = format!("{}.static_origin", rule.path(index));
            let kind = FaultKind::StaticOriginWithOtherRules;
            diagnostics.fault(Fault::new(setting, &**origin, kind));
        }
    }
    if has_static_origin && config.enforce {
        diagnostics.fault(Fault::new("enforce", true, FaultKind::StaticOriginWithEnforce));
    }
}

fn enforce_exemptions(
    config: &CorsSettings,
    diagnostics: &mut CorsDiagnostics,
) -> EnforceExemptions {
    let service_origins = service_origins(config, diagnostics);
    let exempt_paths = path_set("exempt_paths", &config.exempt_paths, diagnostics);
    for (setting, is_set, kind) in [
        (
            "service_origins",
            !config.service_origins.is_empty(),
            LintKind::ServiceOriginsWithoutEnforce,
        ),
        ("exempt_paths", !config.exempt_paths.is_empty(), LintKind::ExemptPathsWithoutEnforce),
    ] {
        if is_set && !config.enforce {
            diagnostics.lint(Lint::new(setting, "", kind));
        }
    }
    EnforceExemptions { service_origins, exempt_paths }
}

fn path_set(setting: &str, paths: &[String], diagnostics: &mut CorsDiagnostics) -> PathSet {
    PathSet::parse(paths, |index, path, kind| {
        diagnostics.fault(Fault::new(format!("{setting}[{index}]"), path, FaultKind::Path(kind)));
    })
}

/// Returns the request headers on which the response to an actual request depends.
fn actual_vary(config: &CorsSettings) -> Vec<HeaderName> {
    let mut names = vec![ORIGIN];
    if config.enforce {
        names.extend([&SEC_FETCH_SITE, &SEC_FETCH_MODE].map(HeaderName::clone));
    }
    names.extend(config.rules.iter().flat_map(|rule| rule.predicates.varies_on()).cloned());
    names
}

fn check_max_age(max_age: Duration, path: &str, diagnostics: &mut CorsDiagnostics) {
    let setting = format!("{path}.max_age");
    if max_age.subsec_nanos() != 0 {
        diagnostics.fault(Fault::new(&setting, max_age, FaultKind::FractionalMaxAge));
    }
    if max_age > Duration::from_secs(MAX_AGE_SECONDS) {
        diagnostics.fault(
            Fault::new(&setting, max_age, FaultKind::MaxAgeTooLong).with_suggestion(Some("86400")),
        );
    } else if max_age > SHORTEST_CAP {
        diagnostics.lint(Lint::new(&setting, max_age, LintKind::MaxAgeAboveCap));
    }
}

fn preflight_status(status: u16, diagnostics: &mut CorsDiagnostics) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(ok) if ok.is_success() => ok,
        _ => {
            let kind = FaultKind::PreflightStatusNotOk;
            diagnostics
                .fault(Fault::new("preflight_status", status, kind).with_suggestion(Some("204")));
            StatusCode::NO_CONTENT
        }
    }
}

/// The maximum of WebKit. Chromium caches a preflight for at most 7200 seconds, Firefox for 86,400.
const SHORTEST_CAP: Duration = Duration::from_secs(600);
