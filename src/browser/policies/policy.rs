/// A policy of a document, and the one that is only reported: an opener policy, an embedder policy or an
/// isolation policy.
///
/// <https://html.spec.whatwg.org/#embedder-policy>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy<V> {
    pub(super) value: V,
    pub(super) reporting_endpoint: Option<String>,
    pub(super) report_only_value: V,
    pub(super) report_only_reporting_endpoint: Option<String>,
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
