//! Policies of documents.

use http::{HeaderMap, HeaderName};
use sfv::{Dictionary, Item, ListEntry, Parser};
use url::Url;

use super::tokens::{
    EMBEDDER_POLICIES, ISOLATION_POLICIES, OPENER_POLICIES, Token, TokenTable, value_of,
};
use crate::{
    browser::{header_values::get, site::is_potentially_trustworthy},
    embedding::{CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy},
};

/// An enforced document policy and its report-only counterpart.
///
/// `V` is the value of an opener policy, an embedder policy or an isolation policy.
///
/// <https://html.spec.whatwg.org/#embedder-policy>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy<V> {
    value: V,
    reporting_endpoint: Option<String>,
    report_only_value: V,
    report_only_reporting_endpoint: Option<String>,
}

impl<V: Copy> Policy<V> {
    /// Returns the enforced value.
    pub fn value(&self) -> V {
        self.value
    }

    /// Returns the name of the endpoint that receives reports about the enforced value.
    pub fn reporting_endpoint(&self) -> Option<&str> {
        self.reporting_endpoint.as_deref()
    }

    /// Returns the value that the browser reports but does not enforce.
    pub fn report_only_value(&self) -> V {
        self.report_only_value
    }

    /// Returns the name of the endpoint that receives reports about the report-only value.
    pub fn report_only_reporting_endpoint(&self) -> Option<&str> {
        self.report_only_reporting_endpoint.as_deref()
    }
}

impl<V: Copy + Default> Policy<V> {
    /// Reads a policy and its report-only counterpart.
    fn read(
        headers: &HeaderMap,
        name: &HeaderName,
        report_only: &HeaderName,
        table: &TokenTable<V>,
    ) -> Self {
        let read = |name| {
            let Token { name, report_to } = Token::from_headers(headers, name)?;
            Some((value_of(table, name.as_bytes())?, report_to))
        };
        let (value, reporting_endpoint) = read(name).unwrap_or_default();
        let (report_only_value, report_only_reporting_endpoint) =
            read(report_only).unwrap_or_default();
        Self { value, reporting_endpoint, report_only_value, report_only_reporting_endpoint }
    }
}

/// Parses `Cross-Origin-Embedder-Policy` and its report-only counterpart.
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
    Policy::read(headers, &EMBEDDER_POLICY, &EMBEDDER_POLICY_REPORT_ONLY, EMBEDDER_POLICIES)
}

/// Returns whether the policy is compatible with cross-origin isolation.
/// <https://html.spec.whatwg.org/#compatible-with-cross-origin-isolation>
pub(in crate::browser) fn isolates(policy: CrossOriginEmbedderPolicy) -> bool {
    match policy {
        CrossOriginEmbedderPolicy::RequireCorp | CrossOriginEmbedderPolicy::Credentialless => true,
        CrossOriginEmbedderPolicy::UnsafeNone => false,
    }
}

/// The opener policy of a document. <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenerPolicyValue {
    /// `unsafe-none`, the default.
    #[default]
    UnsafeNone,
    /// `same-origin-allow-popups`
    SameOriginAllowPopups,
    /// `same-origin`
    SameOrigin,
    /// `same-origin` with an embedder policy, so that the document is cross-origin isolated.
    ///
    /// No single header has this value.
    SameOriginPlusCoep,
    /// `noopener-allow-popups`
    NoopenerAllowPopups,
}

impl OpenerPolicyValue {
    /// Returns whether a window with this policy keeps its `opener`.
    ///
    /// `opener` is the policy of the page that opened the window. `is_same_origin` is `true` if both
    /// documents have the same origin.
    ///
    /// <https://html.spec.whatwg.org/#check-browsing-context-group-switch-coop-value>
    ///
    /// ```
    /// use tower_cross_origin::browser::policies::OpenerPolicyValue as Value;
    ///
    /// assert!(Value::UnsafeNone.keeps_opener(Value::SameOriginAllowPopups, false));
    /// assert!(!Value::SameOrigin.keeps_opener(Value::UnsafeNone, true));
    /// ```
    pub fn keeps_opener(self, opener: Self, is_same_origin: bool) -> bool {
        match self {
            Self::NoopenerAllowPopups => false,
            // `same-origin-allow-popups` exists for this case.
            Self::UnsafeNone => {
                matches!(opener, Self::UnsafeNone | Self::SameOriginAllowPopups)
            }
            _ => self == opener && is_same_origin,
        }
    }
}

/// Parses `Cross-Origin-Opener-Policy` and its report-only counterpart.
///
/// <https://html.spec.whatwg.org/#obtain-coop>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::{OpenerPolicyValue, opener_policy};
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static(r#"same-origin; report-to="main""#);
/// headers.insert("cross-origin-opener-policy", value);
/// let policy = opener_policy(&headers);
/// assert_eq!(policy.value(), OpenerPolicyValue::SameOrigin);
/// assert_eq!(policy.reporting_endpoint(), Some("main"));
///
/// let value = HeaderValue::from_static("require-corp");
/// headers.insert("cross-origin-embedder-policy", value);
/// assert_eq!(opener_policy(&headers).value(), OpenerPolicyValue::SameOriginPlusCoep);
/// ```
pub fn opener_policy(headers: &HeaderMap) -> Policy<OpenerPolicyValue> {
    let mut policy = Policy::default();
    let embedder = embedder_policy(headers);
    let is_isolated = isolates(embedder.value());
    if let Some(Token { name, report_to }) = Token::from_headers(headers, &OPENER_POLICY) {
        policy.value = opener_policy_value(&name, is_isolated);
        policy.reporting_endpoint = report_to;
    }
    if let Some(Token { name, report_to }) =
        Token::from_headers(headers, &OPENER_POLICY_REPORT_ONLY)
    {
        let is_isolated = is_isolated || isolates(embedder.report_only_value());
        policy.report_only_value = match opener_policy_value(&name, is_isolated) {
            // Browsers do not report `noopener-allow-popups`.
            OpenerPolicyValue::NoopenerAllowPopups => OpenerPolicyValue::UnsafeNone,
            value => value,
        };
        policy.report_only_reporting_endpoint = report_to;
    }
    policy
}

/// Parses `Document-Isolation-Policy` and its report-only counterpart.
///
/// Only Chromium supports this policy.
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
    Policy::read(headers, &ISOLATION_POLICY, &ISOLATION_POLICY_REPORT_ONLY, ISOLATION_POLICIES)
}

/// Returns whether `Origin-Agent-Cluster` requests an origin-keyed agent cluster.
///
/// Only the value `?1` requests a cluster. The first document of the origin in a browsing context group
/// decides for all later documents. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::requests_origin_keyed_agent_cluster;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("origin-agent-cluster", HeaderValue::from_static("?1"));
/// assert!(requests_origin_keyed_agent_cluster(&headers));
///
/// headers.insert("origin-agent-cluster", HeaderValue::from_static("true"));
/// assert!(!requests_origin_keyed_agent_cluster(&headers));
/// ```
pub fn requests_origin_keyed_agent_cluster(headers: &HeaderMap) -> bool {
    boolean(headers, &HeaderName::from_static("origin-agent-cluster")) == Some(true)
}

/// Returns the name and the address of each endpoint in `Reporting-Endpoints`.
///
/// Relative addresses are resolved against `url`, the address of the response. The result omits addresses
/// that are not potentially trustworthy.
///
/// <https://w3c.github.io/reporting/#header>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::reporting_endpoints;
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static(r#"main="/reports", plain="http://reports.example/""#);
/// headers.insert("reporting-endpoints", value);
/// assert_eq!(
///     reporting_endpoints("https://app.example/start", &headers),
///     [("main".to_owned(), "https://app.example/reports".to_owned())],
/// );
/// ```
pub fn reporting_endpoints(url: &str, headers: &HeaderMap) -> Vec<(String, String)> {
    let base = Url::parse(url).ok();
    let endpoint = |(name, text): (String, String)| {
        let url = Url::options().base_url(base.as_ref()).parse(&text).ok()?;
        is_potentially_trustworthy(&url).then(|| (name, url.to_string()))
    };
    let name = HeaderName::from_static("reporting-endpoints");
    strings(headers, &name).into_iter().filter_map(endpoint).collect()
}

fn opener_policy_value(token: &str, is_isolated: bool) -> OpenerPolicyValue {
    match value_of(OPENER_POLICIES, token.as_bytes()) {
        Some(CrossOriginOpenerPolicy::SameOrigin) if is_isolated => {
            OpenerPolicyValue::SameOriginPlusCoep
        }
        Some(CrossOriginOpenerPolicy::SameOrigin) => OpenerPolicyValue::SameOrigin,
        Some(CrossOriginOpenerPolicy::SameOriginAllowPopups) => {
            OpenerPolicyValue::SameOriginAllowPopups
        }
        Some(CrossOriginOpenerPolicy::NoopenerAllowPopups) => {
            OpenerPolicyValue::NoopenerAllowPopups
        }
        Some(CrossOriginOpenerPolicy::UnsafeNone) | None => OpenerPolicyValue::UnsafeNone,
    }
}

/// Parses a header whose value is a structured boolean.
fn boolean(headers: &HeaderMap, name: &HeaderName) -> Option<bool> {
    let item: Item = Parser::new(&get(headers, name)?).parse().ok()?;
    item.bare_item.as_boolean()
}

/// Returns the string members of a structured dictionary, in order.
fn strings(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, String)> {
    let Some(value) = get(headers, name) else { return Vec::new() };
    let Ok(dictionary) = Parser::new(&value).parse::<Dictionary>() else { return Vec::new() };
    let member = |(key, entry): (&sfv::Key, &ListEntry)| match entry {
        ListEntry::Item(item) => {
            let text = item.bare_item.as_string()?;
            Some((key.as_str().to_owned(), text.as_str().to_owned()))
        }
        ListEntry::InnerList(_) => None,
    };
    dictionary.iter().filter_map(member).collect()
}

const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");

const EMBEDDER_POLICY_REPORT_ONLY: HeaderName =
    HeaderName::from_static("cross-origin-embedder-policy-report-only");

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const OPENER_POLICY_REPORT_ONLY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy-report-only");

const ISOLATION_POLICY: HeaderName = HeaderName::from_static("document-isolation-policy");

const ISOLATION_POLICY_REPORT_ONLY: HeaderName =
    HeaderName::from_static("document-isolation-policy-report-only");
