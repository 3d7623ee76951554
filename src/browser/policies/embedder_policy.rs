use http::{HeaderMap, HeaderName};

use super::{Policy, structured::Token};
use crate::embedding::CrossOriginEmbedderPolicy;

/// `Cross-Origin-Embedder-Policy` and its report-only twin.
///
/// <https://html.spec.whatwg.org/#obtain-an-embedder-policy>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::{browser::policies::embedder_policy, embedding::CrossOriginEmbedderPolicy};
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static("credentialless");
/// headers.insert("cross-origin-embedder-policy", value);
/// assert_eq!(embedder_policy(&headers).value(), CrossOriginEmbedderPolicy::Credentialless);
/// ```
pub fn embedder_policy(headers: &HeaderMap) -> Policy<CrossOriginEmbedderPolicy> {
    let (value, reporting_endpoint) = read(headers, &NAME);
    let (report_only_value, report_only_reporting_endpoint) = read(headers, &REPORT_ONLY);
    Policy { value, reporting_endpoint, report_only_value, report_only_reporting_endpoint }
}

fn read(headers: &HeaderMap, name: &HeaderName) -> (CrossOriginEmbedderPolicy, Option<String>) {
    let none = (CrossOriginEmbedderPolicy::UnsafeNone, None);
    let Some(Token { name, report_to }) = Token::of(headers, name) else { return none };
    match &*name {
        "require-corp" => (CrossOriginEmbedderPolicy::RequireCorp, report_to),
        "credentialless" => (CrossOriginEmbedderPolicy::Credentialless, report_to),
        _ => none,
    }
}

const NAME: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");

const REPORT_ONLY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy-report-only");
