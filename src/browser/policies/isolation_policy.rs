use http::{HeaderMap, HeaderName};

use super::{Policy, structured::Token};
use crate::embedding::DocumentIsolationPolicy;

/// `Document-Isolation-Policy` and its report-only twin, of which Chromium alone knows.
///
/// <https://wicg.github.io/document-isolation-policy/>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::{
///     browser::policies::document_isolation_policy, embedding::DocumentIsolationPolicy,
/// };
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static("isolate-and-require-corp");
/// headers.insert("document-isolation-policy", value);
/// let policy = document_isolation_policy(&headers);
/// assert_eq!(policy.value(), DocumentIsolationPolicy::IsolateAndRequireCorp);
/// ```
pub fn document_isolation_policy(headers: &HeaderMap) -> Policy<DocumentIsolationPolicy> {
    let (value, reporting_endpoint) = read(headers, &NAME);
    let (report_only_value, report_only_reporting_endpoint) = read(headers, &REPORT_ONLY);
    Policy { value, reporting_endpoint, report_only_value, report_only_reporting_endpoint }
}

fn read(headers: &HeaderMap, name: &HeaderName) -> (DocumentIsolationPolicy, Option<String>) {
    let none = (DocumentIsolationPolicy::None, None);
    let Some(Token { name, report_to }) = Token::of(headers, name) else { return none };
    match &*name {
        "isolate-and-require-corp" => (DocumentIsolationPolicy::IsolateAndRequireCorp, report_to),
        "isolate-and-credentialless" => {
            (DocumentIsolationPolicy::IsolateAndCredentialless, report_to)
        }
        _ => none,
    }
}

const NAME: HeaderName = HeaderName::from_static("document-isolation-policy");

const REPORT_ONLY: HeaderName = HeaderName::from_static("document-isolation-policy-report-only");
