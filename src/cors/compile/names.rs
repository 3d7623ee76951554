//! The methods and header names of a rule.

use std::collections::HashSet;

use http::HeaderValue;

use crate::{
    cors::{
        error::{CorsDiagnostics, Fault, FaultKind, Lint, LintKind},
        preflight::{AllowedHeaders, AllowedMethods},
        rule::{ANY, RuleSettings},
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
        is_cors_safelisted_response_header_name, is_forbidden_method,
        is_forbidden_request_header_name, is_forbidden_response_header_name, is_token,
        normalize_method,
    },
    response::preshare,
};

/// What a rule allows, and the value of the response header that names it.
pub(super) struct Allowed<A> {
    pub(super) allowed: A,
    pub(super) value: Option<HeaderValue>,
}

/// Compiles a rule's methods.
pub(super) fn allowed_methods(
    settings: &RuleSettings,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> Allowed<AllowedMethods> {
    let any = settings.allow_methods.iter().any(|method| method == ANY);
    let mut distinct = Distinct::default();
    for (index, method) in settings.allow_methods.iter().enumerate() {
        let setting = format!("{path}.allow_methods[{index}]");
        if let Some((kind, instead)) = method_fault(method) {
            diagnostics.fault(Fault::new(setting, &**method, kind).with_suggestion(instead));
        } else if !distinct.add(method) {
            diagnostics.lint(Lint::new(setting, &**method, LintKind::RepeatedMethod));
        } else if let Some(kind) = method_lint(method, any) {
            let upper = Some(method.to_ascii_uppercase());
            let instead = upper.filter(|_| kind == LintKind::LowerCaseMethod);
            diagnostics.lint(Lint::new(setting, &**method, kind).with_suggestion(instead));
        }
    }
    match (any, settings.allow_credentials) {
        (true, false) => {
            Allowed { allowed: AllowedMethods::Any, value: Some(HeaderValue::from_static(ANY)) }
        }
        (true, true) => Allowed { allowed: AllowedMethods::AnyEchoed, value: None },
        (false, _) => {
            let methods = distinct.in_order.iter().filter_map(|method| method.parse().ok());
            Allowed { allowed: AllowedMethods::Listed(methods.collect()), value: distinct.joined() }
        }
    }
}

fn method_fault(method: &str) -> Option<(FaultKind, Option<String>)> {
    let bytes = method.as_bytes();
    let normalized = String::from_utf8_lossy(normalize_method(bytes)).into_owned();
    match () {
        () if !is_token(bytes) => Some((FaultKind::MalformedMethod, None)),
        () if is_forbidden_method(bytes) => Some((FaultKind::ForbiddenMethod, None)),
        () if normalized != method => Some((FaultKind::UnnormalizedMethod, Some(normalized))),
        () => None,
    }
}

fn method_lint(method: &str, any: bool) -> Option<LintKind> {
    match () {
        () if method == ANY => None,
        () if is_cors_safelisted_method(method.as_bytes()) => Some(LintKind::SafelistedMethod),
        () if any => Some(LintKind::RedundantNextToAny),
        () if method.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            Some(LintKind::LowerCaseMethod)
        }
        () => None,
    }
}

/// Compiles a rule's request headers.
pub(super) fn allowed_headers(
    settings: &RuleSettings,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> Allowed<AllowedHeaders> {
    let list =
        HeaderList { setting: format!("{path}.allow_headers"), written: &settings.allow_headers };
    let distinct = list.read(request_fault, request_lint, diagnostics);
    let authorization = distinct.contains("authorization");
    match (distinct.contains(ANY), settings.allow_credentials) {
        (true, false) => {
            let value = if authorization { "*,authorization" } else { ANY };
            Allowed {
                allowed: AllowedHeaders::Any { authorization },
                value: Some(HeaderValue::from_static(value)),
            }
        }
        (true, true) => {
            Allowed { allowed: AllowedHeaders::AnyEchoed { authorization }, value: None }
        }
        (false, _) => {
            let mut sorted: Vec<Box<str>> =
                distinct.in_order.iter().map(|name| name.as_str().into()).collect();
            sorted.sort_unstable();
            Allowed { allowed: AllowedHeaders::Listed(sorted.into()), value: distinct.joined() }
        }
    }
}

/// Compiles a rule's exposed response headers to `Access-Control-Expose-Headers`.
pub(super) fn exposed_headers(
    settings: &RuleSettings,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> Option<HeaderValue> {
    let credentials = settings.allow_credentials;
    let list =
        HeaderList { setting: format!("{path}.expose_headers"), written: &settings.expose_headers };
    let fault = |name: &str| response_fault(name, credentials);
    let distinct = list.read(fault, response_lint, diagnostics);
    if distinct.contains(ANY) {
        return Some(HeaderValue::from_static(ANY));
    }
    distinct.joined()
}

struct HeaderList<'a> {
    setting: String,
    written: &'a [String],
}

impl HeaderList<'_> {
    /// The distinct names in lower case, all faults and lints reported.
    fn read(
        &self,
        fault: impl Fn(&str) -> Option<FaultKind>,
        lint: impl Fn(&str) -> Option<LintKind>,
        diagnostics: &mut CorsDiagnostics,
    ) -> Distinct {
        let any = self.written.iter().any(|name| name == ANY);
        let mut distinct = Distinct::default();
        for (index, written) in self.written.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            let name = written.to_ascii_lowercase();
            let malformed = (!is_token(name.as_bytes())).then_some(FaultKind::MalformedHeaderName);
            if let Some(kind) = malformed.or_else(|| fault(&name)) {
                diagnostics.fault(Fault::new(setting, &**written, kind));
            } else if !distinct.add(&name) {
                diagnostics.lint(Lint::new(setting, &**written, LintKind::RepeatedHeader));
            } else if let Some(kind) = lint(&name).or_else(|| redundant_next_to_any(&name, any)) {
                diagnostics.lint(Lint::new(setting, &**written, kind));
            }
        }
        distinct
    }
}

fn request_fault(name: &str) -> Option<FaultKind> {
    if is_forbidden_request_header_name(name.as_bytes()) {
        Some(FaultKind::ForbiddenRequestHeader)
    } else if is_cors_response_header(name) {
        Some(FaultKind::ResponseHeaderAsRequestHeader)
    } else {
        None
    }
}

/// Not `content-type` and not `range`: pages often give these values that have to be asked for.
fn request_lint(name: &str) -> Option<LintKind> {
    matches!(name, "accept" | "accept-language" | "content-language")
        .then_some(LintKind::SafelistedRequestHeader)
}

fn response_fault(name: &str, credentials: bool) -> Option<FaultKind> {
    match () {
        () if name == ANY && credentials => Some(FaultKind::AnyResponseHeaderWithCredentials),
        () if is_forbidden_response_header_name(name.as_bytes()) => {
            Some(FaultKind::ForbiddenResponseHeader)
        }
        () if name == "origin" || name.starts_with("access-control-request-") => {
            Some(FaultKind::RequestHeaderAsResponseHeader)
        }
        () => None,
    }
}

fn response_lint(name: &str) -> Option<LintKind> {
    is_cors_safelisted_response_header_name(name.as_bytes())
        .then_some(LintKind::SafelistedResponseHeader)
}

/// `*` covers every name but itself and the one that it never covers.
fn redundant_next_to_any(name: &str, any: bool) -> Option<LintKind> {
    let is_covered = name != ANY && !is_cors_non_wildcard_request_header_name(name.as_bytes());
    (any && is_covered).then_some(LintKind::RedundantNextToAny)
}

fn is_cors_response_header(name: &str) -> bool {
    name.starts_with("access-control-allow-")
        || matches!(name, "access-control-expose-headers" | "access-control-max-age")
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
        HeaderValue::from_str(&joined).ok().filter(|value| !value.is_empty()).map(preshare)
    }
}
