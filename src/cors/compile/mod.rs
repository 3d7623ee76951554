//! From a configuration to what is asked at every request, with every fault and lint on the way.

mod credentials;
mod exact;
mod headers;
mod methods;
mod origins;
#[cfg(feature = "regex")]
mod regexes;
#[cfg(not(feature = "regex"))]
#[path = "no_regexes.rs"]
mod regexes;
mod shadow;

use std::{collections::HashSet, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};

use super::{
    CorsConfig, CorsConfigError, Diagnostics, Fault, FaultKind, Lint, LintKind, Rule,
    UpstreamHeaders,
    compiled::{Compiled, Vary},
    compiled_rule::CompiledRule,
    enforcement::Enforcement,
    preflight::PreflightGrant,
    rule::ANY,
    settings::Settings,
};
use crate::{
    fetch_metadata::{SEC_FETCH_MODE, SEC_FETCH_SITE},
    limits::MAX_AGE_SECONDS,
    origin::NamedOrigins,
    shared_value::shared,
    vary,
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
    let is_for_any = matches!(&*config.rules, [only] if only.is_for_any_origin());
    // What is enforced depends on who asks.
    let is_constant = is_for_any && !config.enforce;
    let read = if is_constant { Vec::new() } else { names_read(config) };
    let refused_preflight = with_vary(&preflight_names(config, &read));
    let rules: Box<[CompiledRule]> = config
        .rules
        .iter()
        .enumerate()
        .map(|(index, written)| {
            rule(written, &format!("rules[{index}]"), lists, &refused_preflight, &mut findings)
        })
        .collect();
    let preflight_status = preflight_status(config.preflight_status, &mut findings);
    let own_origins = exact::own_origins(config, &mut findings);
    let told = exact::told(&config.diagnostics, &rules, &mut findings);
    if !findings.faults.is_empty() {
        return Err(CorsConfigError::new(findings.faults));
    }
    shadow::lint(&config.rules, &rules, lists, &mut findings);
    let actual = with_vary(&read);
    Ok(Compiled {
        rules,
        is_constant,
        vary: match actual.get(VARY) {
            None => Vary::Nothing,
            Some(_) if read == [ORIGIN] => Vary::Origin,
            Some(names) => Vary::More(names.clone()),
        },
        keeps_upstream: config.upstream_headers == UpstreamHeaders::Keep,
        enforcement: config.enforce.then_some(Enforcement { own_origins, refused: actual }),
        told,
        preflight_status,
        refused_preflight,
        settings: Settings::of(config),
        lints: findings.lints.into(),
    })
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
fn with_vary(names: &[HeaderName]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in names {
        vary::merge(&mut headers, &HeaderValue::from(name.clone()));
    }
    if let Some(names) = headers.get_mut(VARY) {
        *names = shared(names.clone());
    }
    headers
}

/// What is found of a rule with faults is thrown away in the end; it only has to be found.
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
    let preflight = PreflightGrant { methods: methods.grant, headers: headers.grant, answer };
    CompiledRule { audience, preflight, expose }
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
        findings
            .fault(Fault::new(&setting, max_age, FaultKind::MaxAgeTooLong).or_write(Some("86400")));
    } else if max_age > SHORTEST_CAP {
        findings.lint(Lint::new(&setting, max_age, LintKind::MaxAgeAboveCap));
    }
    shared(HeaderValue::from(max_age.as_secs()))
}

fn preflight_status(status: u16, findings: &mut Findings) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(ok) if ok.is_success() => ok,
        _ => {
            let kind = FaultKind::PreflightStatusNotOk;
            findings.fault(Fault::new("preflight_status", status, kind).or_write(Some("204")));
            StatusCode::NO_CONTENT
        }
    }
}

#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    lints: Vec<Lint>,
}

impl Findings {
    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn lint(&mut self, lint: Lint) {
        self.lints.push(lint);
    }
}

/// The members of a list that are there for the first time, in their order.
#[derive(Default)]
struct Distinct {
    seen: HashSet<String>,
    in_order: Vec<String>,
}

impl Distinct {
    /// Whether the member is new.
    fn add(&mut self, member: &str) -> bool {
        let is_new = self.seen.insert(member.to_owned());
        if is_new {
            self.in_order.push(member.to_owned());
        }
        is_new
    }

    fn contains(&self, member: &str) -> bool {
        self.seen.contains(member)
    }

    /// The members as the value of a header; `None` where there are none.
    fn joined(&self) -> Option<HeaderValue> {
        // Members are tokens, and tokens joined by commas are a value.
        let joined = self.in_order.join(",");
        HeaderValue::from_str(&joined).ok().filter(|value| !value.is_empty()).map(shared)
    }
}

/// WebKit's. Chromium keeps an answer for at most 7200 seconds, Firefox for 86,400.
const SHORTEST_CAP: Duration = Duration::from_secs(600);
