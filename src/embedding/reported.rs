use super::{CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, DocumentIsolationPolicy};

/// A policy, and the endpoint that browsers tell where it steps in.
///
/// ```
/// use tower_cross_origin::embedding::{CrossOriginOpenerPolicy, Reported};
///
/// let silent: Reported<_> = CrossOriginOpenerPolicy::SameOrigin.into();
/// assert_eq!(silent.endpoint(), None);
///
/// let told = CrossOriginOpenerPolicy::SameOrigin.report_to("main");
/// assert_eq!(told.policy(), CrossOriginOpenerPolicy::SameOrigin);
/// assert_eq!(told.endpoint(), Some("main"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported<P> {
    pub(super) policy: P,
    pub(super) endpoint: Option<String>,
}

impl<P: Copy> Reported<P> {
    /// The policy.
    pub fn policy(&self) -> P {
        self.policy
    }

    /// The name of the endpoint, where there is one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

impl<P> From<P> for Reported<P> {
    fn from(policy: P) -> Self {
        Self { policy, endpoint: None }
    }
}

impl CrossOriginOpenerPolicy {
    /// With reports to this endpoint, one of
    /// [`Embedding::reporting_endpoint`](super::Embedding::reporting_endpoint).
    pub fn report_to(self, endpoint: &str) -> Reported<Self> {
        told(self, endpoint)
    }
}

impl CrossOriginEmbedderPolicy {
    /// With reports to this endpoint, one of
    /// [`Embedding::reporting_endpoint`](super::Embedding::reporting_endpoint).
    pub fn report_to(self, endpoint: &str) -> Reported<Self> {
        told(self, endpoint)
    }
}

impl DocumentIsolationPolicy {
    /// With reports to this endpoint, one of
    /// [`Embedding::reporting_endpoint`](super::Embedding::reporting_endpoint).
    pub fn report_to(self, endpoint: &str) -> Reported<Self> {
        told(self, endpoint)
    }
}

fn told<P>(policy: P, endpoint: &str) -> Reported<P> {
    Reported { policy, endpoint: Some(endpoint.to_owned()) }
}
