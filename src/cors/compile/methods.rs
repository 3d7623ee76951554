use http::HeaderValue;

use crate::{
    cors::{Fault, FaultKind, Lint, LintKind, preflight::MethodGrant, rule::ANY},
    fetch::{is_cors_safelisted_method, is_forbidden_method, is_token, normalize_method},
};

use super::{Distinct, Findings, Granted};

pub(super) fn granted(
    written: &[String],
    credentials: bool,
    path: &str,
    findings: &mut Findings,
) -> Granted<MethodGrant> {
    let any = written.iter().any(|method| method == ANY);
    let mut distinct = Distinct::default();
    for (index, method) in written.iter().enumerate() {
        let setting = format!("{path}.methods[{index}]");
        if let Some((kind, instead)) = fault(method) {
            findings.fault(Fault::new(setting, &**method, kind).with_suggestion(instead));
        } else if !distinct.add(method) {
            findings.lint(Lint::new(setting, &**method, LintKind::RepeatedMethod));
        } else if let Some(kind) = lint(method, any) {
            let upper = Some(method.to_ascii_uppercase());
            let instead = upper.filter(|_| kind == LintKind::LowerCaseMethod);
            findings.lint(Lint::new(setting, &**method, kind).with_suggestion(instead));
        }
    }
    match (any, credentials) {
        (true, false) => {
            Granted { grant: MethodGrant::Any, answer: Some(HeaderValue::from_static(ANY)) }
        }
        (true, true) => Granted { grant: MethodGrant::AnyRepeated, answer: None },
        (false, _) => {
            let methods = distinct.in_order.iter().filter_map(|method| method.parse().ok());
            Granted { grant: MethodGrant::Listed(methods.collect()), answer: distinct.joined() }
        }
    }
}

fn fault(method: &str) -> Option<(FaultKind, Option<String>)> {
    let bytes = method.as_bytes();
    let normalized = String::from_utf8_lossy(normalize_method(bytes)).into_owned();
    match () {
        () if !is_token(bytes) => Some((FaultKind::MalformedMethod, None)),
        () if is_forbidden_method(bytes) => Some((FaultKind::ForbiddenMethod, None)),
        () if normalized != method => Some((FaultKind::UnnormalizedMethod, Some(normalized))),
        () => None,
    }
}

fn lint(method: &str, any: bool) -> Option<LintKind> {
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
