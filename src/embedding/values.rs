//! What the headers say, in the standards' words.

use http::HeaderName;

/// `Cross-Origin-Resource-Policy`: which pages may embed a response without asking.
///
/// It does not concern what pages ask for by the CORS protocol, nor navigations; frames only where their
/// page has a [`CrossOriginEmbedderPolicy`].
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginResourcePolicy;
/// assert_eq!(CrossOriginResourcePolicy::SameSite.as_str(), "same-site");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginResourcePolicy {
    /// Pages of the same origin.
    SameOrigin,
    /// Pages of the same site, such as those of `app.example.com` for `cdn.example.com`. What comes over
    /// `https` is not for pages that came over `http`.
    SameSite,
    /// Every page.
    CrossOrigin,
}

impl CrossOriginResourcePolicy {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossOrigin => "cross-origin",
        }
    }
}

/// `Cross-Origin-Opener-Policy`: which pages share a browsing context group with a document, so that they
/// hold a reference to its window.
///
/// It counts for documents of the top level in secure contexts, and is without effect elsewhere.
/// `restrict-properties`, which is in no standard, is not here.
/// <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginOpenerPolicy;
/// assert_eq!(CrossOriginOpenerPolicy::SameOriginAllowPopups.as_str(), "same-origin-allow-popups");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginOpenerPolicy {
    /// Every page that opens it, unless that one's policy says otherwise. What browsers do without the
    /// header.
    #[default]
    UnsafeNone,
    /// Pages of the same origin with the same policy, and the popups that it opens, if they say nothing.
    SameOriginAllowPopups,
    /// Pages of the same origin with the same policy.
    SameOrigin,
    /// The popups that it opens, and no page that opens it, not even one of the same origin. Firefox takes
    /// it for nothing, and it cannot be report-only.
    NoopenerAllowPopups,
}

impl CrossOriginOpenerPolicy {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeNone => "unsafe-none",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::SameOrigin => "same-origin",
            Self::NoopenerAllowPopups => "noopener-allow-popups",
        }
    }
}

/// `Cross-Origin-Embedder-Policy`: what a document may embed without asking.
///
/// It counts for documents and workers in secure contexts, and is without effect elsewhere.
/// <https://html.spec.whatwg.org/#coep>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginEmbedderPolicy;
/// assert_eq!(CrossOriginEmbedderPolicy::RequireCorp.as_str(), "require-corp");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginEmbedderPolicy {
    /// Everything. What browsers do without the header.
    #[default]
    UnsafeNone,
    /// Responses of other origins that say so by [`CrossOriginResourcePolicy`] or by CORS, and frames with
    /// an embedder policy of their own.
    RequireCorp,
    /// As `RequireCorp`, but responses that say nothing are asked for without cookies. Safari takes it for
    /// nothing.
    Credentialless,
}

impl CrossOriginEmbedderPolicy {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeNone => "unsafe-none",
            Self::RequireCorp => "require-corp",
            Self::Credentialless => "credentialless",
        }
    }

    /// <https://html.spec.whatwg.org/#compatible-with-cross-origin-isolation>
    pub(crate) fn isolates(self) -> bool {
        self != Self::UnsafeNone
    }
}

/// `Document-Isolation-Policy`: a document that is isolated by itself, whoever opened or framed it.
///
/// A draft, in secure contexts, of which Chromium alone knows (137, on Android 146).
/// <https://wicg.github.io/document-isolation-policy/>
///
/// ```
/// # use tower_cross_origin::embedding::DocumentIsolationPolicy;
/// let policy = DocumentIsolationPolicy::IsolateAndRequireCorp;
/// assert_eq!(policy.as_str(), "isolate-and-require-corp");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentIsolationPolicy {
    /// Not isolated. What browsers do without the header.
    #[default]
    None,
    /// Isolated; it embeds what [`CrossOriginEmbedderPolicy::RequireCorp`] lets it.
    IsolateAndRequireCorp,
    /// Isolated; it embeds what [`CrossOriginEmbedderPolicy::Credentialless`] lets it.
    IsolateAndCredentialless,
}

impl DocumentIsolationPolicy {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::IsolateAndRequireCorp => "isolate-and-require-corp",
            Self::IsolateAndCredentialless => "isolate-and-credentialless",
        }
    }
}

/// `Origin-Agent-Cluster`: whether pages of the same site, and of another origin, are kept apart, as by a
/// process of their own. They can then no longer set `document.domain`.
///
/// A hint: the first document of an origin in a browsing context group decides for the later ones.
/// Chrome 90, Firefox 138. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
///
/// ```
/// # use tower_cross_origin::embedding::OriginAgentCluster;
/// assert_eq!(OriginAgentCluster::OriginKeyed.as_str(), "?1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginAgentCluster {
    /// A cluster for the origin.
    OriginKeyed,
    /// A cluster for the site.
    SiteKeyed,
}

impl OriginAgentCluster {
    /// As the header says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OriginKeyed => "?1",
            Self::SiteKeyed => "?0",
        }
    }
}

pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

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
