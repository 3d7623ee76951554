//! From a configuration to what is asked at every request, with every fault and lint on the way.

mod credentials;
mod distinct;
mod exact;
mod findings;
mod headers;
mod methods;
mod origins;
#[cfg(feature = "regex")]
mod regexes;
#[cfg(not(feature = "regex"))]
#[path = "no_regexes.rs"]
mod regexes;
mod shadow;

use std::{sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    },
};

pub(super) use self::findings::SUBJECT;
use self::{credentials::Dangers, distinct::Distinct, findings::Findings};
use super::{
    CorsConfig, CorsConfigError, Diagnostics, Fault, FaultKind, Lint, LintKind, Rule,
    UpstreamHeaders,
    answers::{Answers, RuleAnswers},
    compiled::Compiled,
    compiled_rule::CompiledRule,
    enforcement::Enforcement,
    permissions::Permissions,
    preflight::PreflightGrant,
    rule::ANY,
    settings::Settings,
};
use crate::{
    limits::MAX_AGE_SECONDS,
    origin::{NamedOrigins, OriginPattern},
    request::fetch_metadata::{SEC_FETCH_MODE, SEC_FETCH_SITE},
    response::VaryNames,
    response::preshare,
};

/// `lists` are those that the origins of a rule may name.
pub(super) fn policy(
    config: &CorsConfig,
    lists: &NamedOrigins,
) -> Result<Compiled, CorsConfigError> {
    let mut findings = Findings::default();
    if config.rules.is_empty() {
        findings.fault(Fault::new("rules", "", FaultKind::NoRules));
    }
    let compiled = compiled(config, lists, &mut findings);
    findings.check(SUBJECT)?;
    shadow::lint(&config.rules, &compiled.rules, lists, &mut findings);
    Ok(Compiled { lints: findings.finish(SUBJECT)?.into(), ..compiled })
}

/// Without a rule, and with nothing that could be wrong.
pub(super) fn for_nobody() -> Compiled {
    compiled(&CorsConfig::default(), &NamedOrigins::default(), &mut Findings::default())
}

/// Without a rule.
pub(super) fn enforced_for_nobody(config: &CorsConfig) -> Result<Compiled, CorsConfigError> {
    let mut findings = Findings::default();
    let compiled = compiled(config, &NamedOrigins::default(), &mut findings);
    findings.finish(SUBJECT).map(|lints| Compiled { lints: lints.into(), ..compiled })
}

/// Looks for the faults of an origin that comes to a rule later.
pub(super) fn one_more(
    origin: &OriginPattern,
    permissions: Permissions,
    setting: &str,
) -> Result<(), CorsConfigError> {
    let mut findings = Findings::default();
    if let Some(parts) = origin.parsed() {
        let mut dangers = Dangers::within(permissions);
        dangers.look_at(&parts, origin.as_str(), || setting.to_owned(), &mut findings);
    }
    findings.finish(SUBJECT).map(|_| ())
}

/// What is found of a configuration with faults is thrown away in the end; they only have to be found.
fn compiled(config: &CorsConfig, lists: &NamedOrigins, findings: &mut Findings) -> Compiled {
    let is_for_any = matches!(&*config.rules, [only] if only.is_for_any_origin());
    // What is enforced depends on who asks.
    let is_constant = is_for_any && !config.enforce;
    let read = if is_constant { Vec::new() } else { names_read(config) };
    let refused_preflight = with_vary(&VaryNames::new(&preflight_names(config, &read)));
    let rules: Box<[CompiledRule]> = config
        .rules
        .iter()
        .enumerate()
        .map(|(index, written)| {
            rule(written, &format!("rules[{index}]"), lists, &refused_preflight, findings)
        })
        .collect();
    let preflight_status = preflight_status(config.preflight_status, findings);
    let own_origins = exact::own_origins(config, findings);
    let told = exact::told(&config.diagnostics, &rules, findings);
    let vary = VaryNames::new(&read);
    let forbidden = with_vary(&vary);
    let answers = Answers {
        rules: rules.iter().map(|rule| Arc::clone(&rule.answers)).collect(),
        vary,
        keeps_upstream: config.upstream_headers == UpstreamHeaders::Keep,
        preflight_status,
        refused_preflight,
        forbidden,
    };
    Compiled {
        rules,
        answers: Arc::new(answers),
        is_constant,
        enforcement: config.enforce.then_some(Enforcement { own_origins }),
        told,
        settings: Arc::new(Settings::of(config)),
        lints: Arc::default(),
    }
}

/// The request headers that decide about an actual request.
fn names_read(config: &CorsConfig) -> Vec<HeaderName> {
    let mut names = vec![ORIGIN];
    if config.enforce {
        names.extend([&SEC_FETCH_SITE, &SEC_FETCH_MODE].map(HeaderName::clone));
    }
    names.extend(config.rules.iter().flat_map(|rule| rule.predicates.varies_on()).cloned());
    names
}

/// The request headers that decide about a preflight. Whom to tell is asked of preflights alone.
fn preflight_names(config: &CorsConfig, read: &[HeaderName]) -> Vec<HeaderName> {
    let mut names = read.to_vec();
    if matches!(&config.diagnostics, Diagnostics::Origins(told) if !told.is_empty()) {
        names.push(ORIGIN);
    }
    names.extend([ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS]);
    names
}

/// `Vary` with each of these names once; nothing without names.
fn with_vary(names: &VaryNames) -> HeaderMap {
    let mut headers = HeaderMap::new();
    names.apply(&mut headers);
    headers
}

fn rule(
    written: &Rule,
    path: &str,
    lists: &NamedOrigins,
    refused_preflight: &HeaderMap,
    findings: &mut Findings,
) -> CompiledRule {
    let credentials = written.credentials;
    let audience = origins::audience(written, path, lists, findings);
    let methods = methods::granted(&written.methods, credentials, path, findings);
    let headers = headers::granted(&written.request_headers, credentials, path, findings);
    let expose = headers::exposed(&written.expose_headers, credentials, path, findings);
    let max_age = written.max_age.map(|max_age| max_age_value(max_age, path, findings));

    let mut answer = refused_preflight.clone();
    // A place for the origin; left empty, no browser would take it for one.
    let origin = if audience.is_any() { ANY } else { "" };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(origin));
    if audience.has_credentials() {
        answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    let values = [
        (ACCESS_CONTROL_ALLOW_METHODS, methods.answer),
        (ACCESS_CONTROL_ALLOW_HEADERS, headers.answer),
        (ACCESS_CONTROL_MAX_AGE, max_age),
    ];
    answer.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let preflight = PreflightGrant { methods: methods.grant, headers: headers.grant };
    let credentials = audience.has_credentials();
    let answers = Arc::new(RuleAnswers { preflight: answer, credentials, expose });
    CompiledRule { audience, permissions: Permissions::of(written), preflight, answers }
}

/// What is granted, and the value of the header that says so.
struct Granted<G> {
    grant: G,
    answer: Option<HeaderValue>,
}

fn max_age_value(max_age: Duration, path: &str, findings: &mut Findings) -> HeaderValue {
    let setting = format!("{path}.max_age");
    if max_age.subsec_nanos() != 0 {
        findings.fault(Fault::new(&setting, max_age, FaultKind::FractionalMaxAge));
    }
    if max_age > Duration::from_secs(MAX_AGE_SECONDS) {
        findings.fault(
            Fault::new(&setting, max_age, FaultKind::MaxAgeTooLong).with_suggestion(Some("86400")),
        );
    } else if max_age > SHORTEST_CAP {
        findings.lint(Lint::new(&setting, max_age, LintKind::MaxAgeAboveCap));
    }
    preshare(HeaderValue::from(max_age.as_secs()))
}

fn preflight_status(status: u16, findings: &mut Findings) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(ok) if ok.is_success() => ok,
        _ => {
            let kind = FaultKind::PreflightStatusNotOk;
            findings
                .fault(Fault::new("preflight_status", status, kind).with_suggestion(Some("204")));
            StatusCode::NO_CONTENT
        }
    }
}

/// WebKit's. Chromium keeps an answer for at most 7200 seconds, Firefox for 86,400.
const SHORTEST_CAP: Duration = Duration::from_secs(600);
