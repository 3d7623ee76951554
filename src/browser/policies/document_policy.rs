//! The policies of documents.

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

/// A policy of a document, and the one that is only reported: an opener policy, an embedder policy or an
/// isolation policy.
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
    /// What is enforced.
    pub fn value(&self) -> V {
        self.value
    }

    /// The name of the endpoint that is told where the policy steps in.
    pub fn reporting_endpoint(&self) -> Option<&str> {
        self.reporting_endpoint.as_deref()
    }

    /// What is reported, and not enforced.
    pub fn report_only_value(&self) -> V {
        self.report_only_value
    }

    /// The name of the endpoint that is told where the reported policy would step in.
    pub fn report_only_reporting_endpoint(&self) -> Option<&str> {
        self.report_only_reporting_endpoint.as_deref()
    }
}

impl<V: Copy + Default> Policy<V> {
    /// Reads a policy and its report-only twin.
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
    Policy::read(headers, &EMBEDDER_POLICY, &EMBEDDER_POLICY_REPORT_ONLY, EMBEDDER_POLICIES)
}

/// <https://html.spec.whatwg.org/#compatible-with-cross-origin-isolation>
pub(in crate::browser) fn isolates(policy: CrossOriginEmbedderPolicy) -> bool {
    match policy {
        CrossOriginEmbedderPolicy::RequireCorp | CrossOriginEmbedderPolicy::Credentialless => true,
        CrossOriginEmbedderPolicy::UnsafeNone => false,
    }
}

/// What a document's opener policy is. <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenerPolicyValue {
    /// The default.
    #[default]
    UnsafeNone,
    /// `same-origin-allow-popups`
    SameOriginAllowPopups,
    /// `same-origin`
    SameOrigin,
    /// `same-origin` beside an embedder policy: the document is cross-origin isolated. No header says it
    /// alone.
    SameOriginPlusCoep,
    /// `noopener-allow-popups`
    NoopenerAllowPopups,
}

impl OpenerPolicyValue {
    /// Whether a window that a page opens, at an address whose document has this policy, keeps its
    /// `opener`; `is_same_origin` is whether the two are of one origin.
    ///
    /// <https://html.spec.whatwg.org/#check-browsing-context-group-switch-coop-value>
    ///
    /// ```
    /// use tower_cross_origin::browser::policies::OpenerPolicyValue as Value;
    ///
    /// assert!(Value::UnsafeNone.keeps_opener(Value::SameOriginAllowPopups, false));
    /// assert!(!Value::SameOrigin.keeps_opener(Value::UnsafeNone, true));
    /// ```
    pub fn keeps_opener(self, of_opener: Self, is_same_origin: bool) -> bool {
        match self {
            Self::NoopenerAllowPopups => false,
            // What the second one is for.
            Self::UnsafeNone => {
                matches!(of_opener, Self::UnsafeNone | Self::SameOriginAllowPopups)
            }
            _ => self == of_opener && is_same_origin,
        }
    }
}

/// `Cross-Origin-Opener-Policy` and its report-only twin.
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
            // `noopener-allow-popups` is not reported.
            OpenerPolicyValue::NoopenerAllowPopups => OpenerPolicyValue::UnsafeNone,
            value => value,
        };
        policy.report_only_reporting_endpoint = report_to;
    }
    policy
}

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
    Policy::read(headers, &ISOLATION_POLICY, &ISOLATION_POLICY_REPORT_ONLY, ISOLATION_POLICIES)
}

/// Whether `Origin-Agent-Cluster` asks that the origin has a cluster of its own: `?1` alone does.
///
/// Whether it gets one, the first document of the origin in a browsing context group decides for the later
/// ones. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
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

/// `Reporting-Endpoints`: each name with the address that reports are posted to. `url` is the address of
/// the response, against which relative ones are read; what leads to no potentially trustworthy address is
/// left out.
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

/// A header that is a boolean.
fn boolean(headers: &HeaderMap, name: &HeaderName) -> Option<bool> {
    let item: Item = Parser::new(&get(headers, name)?).parse().ok()?;
    item.bare_item.as_boolean()
}

/// The members of a dictionary that are strings, in their order.
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
