//! Compiles the methods and the header names of a rule.

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

/// The names that a rule allows, and the value of the header that lists them.
pub(super) struct AllowedNames<A> {
    pub(super) allowed: A,
    pub(super) value: Option<HeaderValue>,
}

/// Compiles a rule's methods.
pub(super) fn allowed_methods(
    settings: &RuleSettings,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> AllowedNames<AllowedMethods> {
    let any = settings.allow_methods.iter().any(|method| method == ANY);
    let mut distinct = DistinctNames::default();
    for (index, method) in settings.allow_methods.iter().enumerate() {
        let setting = format!("{path}.allow_methods[{index}]");
        if let Some((kind, suggestion)) = method_fault(method) {
            diagnostics.fault(Fault::new(setting, &**method, kind).with_suggestion(suggestion));
        } else if !distinct.add(method) {
            diagnostics.lint(Lint::new(setting, &**method, LintKind::RepeatedMethod));
        } else if let Some(kind) = method_lint(method, any) {
            let upper = Some(method.to_ascii_uppercase());
            let suggestion = upper.filter(|_| kind == LintKind::LowerCaseMethod);
            diagnostics.lint(Lint::new(setting, &**method, kind).with_suggestion(suggestion));
        }
    }
    match (any, settings.allow_credentials) {
        (true, false) => AllowedNames {
            allowed: AllowedMethods::Any,
            value: Some(HeaderValue::from_static(ANY)),
        },
        (true, true) => AllowedNames { allowed: AllowedMethods::AnyEchoed, value: None },
        (false, _) => {
            let methods = distinct.in_order.iter().filter_map(|method| method.parse().ok());
            AllowedNames {
                allowed: AllowedMethods::Listed(methods.collect()),
                value: distinct.joined(),
            }
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
        () if any => Some(LintKind::CoveredByAny),
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
) -> AllowedNames<AllowedHeaders> {
    let list =
        HeaderList { setting: format!("{path}.allow_headers"), texts: &settings.allow_headers };
    let distinct = list.read(request_fault, request_lint, diagnostics);
    let authorization = distinct.contains("authorization");
    match (distinct.contains(ANY), settings.allow_credentials) {
        (true, false) => {
            let value = if authorization { "*,authorization" } else { ANY };
            AllowedNames {
                allowed: AllowedHeaders::Any { authorization },
                value: Some(HeaderValue::from_static(value)),
            }
        }
        (true, true) => {
            AllowedNames { allowed: AllowedHeaders::AnyEchoed { authorization }, value: None }
        }
        (false, _) => {
            let mut sorted: Vec<Box<str>> =
                distinct.in_order.iter().map(|name| name.as_str().into()).collect();
            sorted.sort_unstable();
            AllowedNames {
                allowed: AllowedHeaders::Listed(sorted.into()),
                value: distinct.joined(),
            }
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
        HeaderList { setting: format!("{path}.expose_headers"), texts: &settings.expose_headers };
    let fault = |name: &str| response_fault(name, credentials);
    let distinct = list.read(fault, response_lint, diagnostics);
    if distinct.contains(ANY) {
        return Some(HeaderValue::from_static(ANY));
    }
    distinct.joined()
}

struct HeaderList<'a> {
    setting: String,
    texts: &'a [String],
}

impl HeaderList<'_> {
    /// Returns the distinct names in lower case, and reports all faults and lints.
    fn read(
        &self,
        fault: impl Fn(&str) -> Option<FaultKind>,
        lint: impl Fn(&str) -> Option<LintKind>,
        diagnostics: &mut CorsDiagnostics,
    ) -> DistinctNames {
        let any = self.texts.iter().any(|name| name == ANY);
        let mut distinct = DistinctNames::default();
        for (index, text) in self.texts.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            let name = text.to_ascii_lowercase();
            let malformed = (!is_token(name.as_bytes())).then_some(FaultKind::MalformedHeaderName);
            if let Some(kind) = malformed.or_else(|| fault(&name)) {
                diagnostics.fault(Fault::new(setting, &**text, kind));
            } else if !distinct.add(&name) {
                diagnostics.lint(Lint::new(setting, &**text, LintKind::RepeatedHeader));
            } else if let Some(kind) = lint(&name).or_else(|| redundant_next_to_any(&name, any)) {
                diagnostics.lint(Lint::new(setting, &**text, kind));
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

/// Returns the lint for a request header that is always allowed.
///
/// `content-type` and `range` have no lint, since pages often use values that need a preflight.
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

/// Returns the lint for a name that `*` includes.
///
/// `*` includes neither itself nor `authorization`.
fn redundant_next_to_any(name: &str, any: bool) -> Option<LintKind> {
    let is_included = name != ANY && !is_cors_non_wildcard_request_header_name(name.as_bytes());
    (any && is_included).then_some(LintKind::CoveredByAny)
}

fn is_cors_response_header(name: &str) -> bool {
    name.starts_with("access-control-allow-")
        || matches!(name, "access-control-expose-headers" | "access-control-max-age")
}

/// The distinct members of a list, in their order.
#[derive(Default)]
struct DistinctNames {
    seen: HashSet<String>,
    in_order: Vec<String>,
}

impl DistinctNames {
    /// Adds a member, and returns whether it is new.
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

    /// Returns the members as a header value, or `None` for an empty list.
    fn joined(&self) -> Option<HeaderValue> {
        // All members are tokens; tokens that are joined by commas are a valid value.
        let joined = self.in_order.join(",");
        HeaderValue::from_str(&joined).ok().filter(|value| !value.is_empty()).map(preshare)
    }
}
