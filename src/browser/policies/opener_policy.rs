use http::{HeaderMap, HeaderName};

use super::{Policy, embedder_policy, structured::Token};

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
    use OpenerPolicyValue as Value;

    let mut policy = Policy::default();
    let embedder = embedder_policy(headers);
    if let Some(Token { name, report_to }) = Token::of(headers, &NAME) {
        policy.value = match &*name {
            "same-origin" if embedder.value().isolates() => Value::SameOriginPlusCoep,
            "same-origin" => Value::SameOrigin,
            "same-origin-allow-popups" => Value::SameOriginAllowPopups,
            "noopener-allow-popups" => Value::NoopenerAllowPopups,
            _ => Value::UnsafeNone,
        };
        policy.reporting_endpoint = report_to;
    }
    if let Some(Token { name, report_to }) = Token::of(headers, &REPORT_ONLY) {
        let isolates = embedder.value().isolates() || embedder.report_only_value().isolates();
        policy.report_only_value = match &*name {
            "same-origin" if isolates => Value::SameOriginPlusCoep,
            "same-origin" => Value::SameOrigin,
            "same-origin-allow-popups" => Value::SameOriginAllowPopups,
            // `noopener-allow-popups` is not reported.
            _ => Value::UnsafeNone,
        };
        policy.report_only_reporting_endpoint = report_to;
    }
    policy
}

const NAME: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const REPORT_ONLY: HeaderName = HeaderName::from_static("cross-origin-opener-policy-report-only");
