use http::HeaderValue;

use crate::{
    cors::{Fault, FaultKind, Lint, LintKind, preflight::HeaderGrant, rule::ANY},
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_response_header_name,
        is_forbidden_request_header_name, is_forbidden_response_header_name, is_token,
    },
};

use super::{Distinct, Findings, Granted};

/// What a rule's request headers come to.
pub(super) fn granted(
    written: &[String],
    credentials: bool,
    path: &str,
    findings: &mut Findings,
) -> Granted<HeaderGrant> {
    let list = List { setting: format!("{path}.request_headers"), written };
    let distinct = list.read(request_fault, request_lint, findings);
    let authorization = distinct.contains("authorization");
    match (distinct.contains(ANY), credentials) {
        (true, false) => {
            let answer = if authorization { "*,authorization" } else { ANY };
            Granted {
                grant: HeaderGrant::Any { authorization },
                answer: Some(HeaderValue::from_static(answer)),
            }
        }
        (true, true) => Granted { grant: HeaderGrant::AnyRepeated { authorization }, answer: None },
        (false, _) => {
            let mut sorted: Vec<Box<str>> =
                distinct.in_order.iter().map(|name| name.as_str().into()).collect();
            sorted.sort();
            Granted { grant: HeaderGrant::Listed(sorted.into()), answer: distinct.joined() }
        }
    }
}

/// What a rule's exposed response headers come to: `Access-Control-Expose-Headers`.
pub(super) fn exposed(
    written: &[String],
    credentials: bool,
    path: &str,
    findings: &mut Findings,
) -> Option<HeaderValue> {
    let list = List { setting: format!("{path}.expose_headers"), written };
    let fault = |name: &str| response_fault(name, credentials);
    let distinct = list.read(fault, response_lint, findings);
    if distinct.contains(ANY) {
        return Some(HeaderValue::from_static(ANY));
    }
    distinct.joined()
}

struct List<'a> {
    setting: String,
    written: &'a [String],
}

impl List<'_> {
    /// The distinct names in lower case, all faults and lints reported.
    fn read(
        &self,
        fault: impl Fn(&str) -> Option<FaultKind>,
        lint: impl Fn(&str) -> Option<LintKind>,
        findings: &mut Findings,
    ) -> Distinct {
        let any = self.written.iter().any(|name| name == ANY);
        let mut distinct = Distinct::default();
        for (index, written) in self.written.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            let name = written.to_ascii_lowercase();
            let malformed = (!is_token(name.as_bytes())).then_some(FaultKind::MalformedHeaderName);
            if let Some(kind) = malformed.or_else(|| fault(&name)) {
                findings.fault(Fault::new(setting, &**written, kind));
            } else if !distinct.add(&name) {
                findings.lint(Lint::new(setting, &**written, LintKind::RepeatedHeader));
            } else if let Some(kind) = lint(&name).or_else(|| covered(&name, any)) {
                findings.lint(Lint::new(setting, &**written, kind));
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
fn covered(name: &str, any: bool) -> Option<LintKind> {
    let is_covered = name != ANY && !is_cors_non_wildcard_request_header_name(name.as_bytes());
    (any && is_covered).then_some(LintKind::CoveredByAny)
}

fn is_cors_response_header(name: &str) -> bool {
    name.starts_with("access-control-allow-")
        || matches!(name, "access-control-expose-headers" | "access-control-max-age")
}
