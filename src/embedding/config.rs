use super::values::{
    CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
    DocumentIsolationPolicy, OriginAgentCluster, Reported,
};
use crate::origin::OriginSet;

/// What an [`EmbeddingPolicy`](super::EmbeddingPolicy) is made of, as plain data. A header that is not
/// named is not sent.
///
/// ```
/// use tower_cross_origin::embedding::{
///     CrossOriginOpenerPolicy, CrossOriginResourcePolicy, Embedding, EmbeddingPolicy,
/// };
///
/// let policy = EmbeddingPolicy::new(
///     Embedding::new()
///         .resource_policy(CrossOriginResourcePolicy::SameOrigin)
///         .opener_policy(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
///         .reporting_endpoint("main", "https://reports.example.com/main"),
/// )?;
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it does nothing before it becomes a policy"]
pub struct Embedding {
    pub(super) resource_policy: Option<CrossOriginResourcePolicy>,
    pub(super) opener_policy: Option<Reported<CrossOriginOpenerPolicy>>,
    pub(super) opener_policy_report_only: Option<Reported<CrossOriginOpenerPolicy>>,
    pub(super) embedder_policy: Option<Reported<CrossOriginEmbedderPolicy>>,
    pub(super) embedder_policy_report_only: Option<Reported<CrossOriginEmbedderPolicy>>,
    pub(super) document_isolation_policy: Option<Reported<DocumentIsolationPolicy>>,
    pub(super) document_isolation_policy_report_only: Option<Reported<DocumentIsolationPolicy>>,
    pub(super) origin_agent_cluster: Option<OriginAgentCluster>,
    pub(super) timing_allow_origin: Option<TimingAllowOrigin>,
    pub(super) reporting_endpoints: Vec<(String, String)>,
    pub(super) nosniff: bool,
    pub(super) upstream_headers: UpstreamHeaders,
}

/// Whom `Timing-Allow-Origin` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimingAllowOrigin {
    Any,
    /// Whoever of them asks.
    OfWhoAsks(OriginSet),
    /// The same, as a file has it.
    WrittenOfWhoAsks(Vec<String>),
    /// All of them.
    Listed(Vec<String>),
}

impl Embedding {
    /// No header.
    pub fn new() -> Self {
        Self::default()
    }

    /// `Cross-Origin-Resource-Policy`
    pub fn resource_policy(self, policy: CrossOriginResourcePolicy) -> Self {
        Self { resource_policy: Some(policy), ..self }
    }

    /// `Cross-Origin-Opener-Policy`
    pub fn opener_policy(self, policy: impl Into<Reported<CrossOriginOpenerPolicy>>) -> Self {
        Self { opener_policy: Some(policy.into()), ..self }
    }

    /// `Cross-Origin-Opener-Policy-Report-Only`
    ///
    /// ```
    /// # use tower_cross_origin::embedding::{CrossOriginOpenerPolicy, Embedding};
    /// // CrossOriginOpenerPolicy::SameOrigin.report_to("main")   permitted
    /// // CrossOriginOpenerPolicy::SameOrigin                     permitted, but told to nobody
    /// // CrossOriginOpenerPolicy::NoopenerAllowPopups            prohibited: it cannot be report-only
    /// let embedding = Embedding::new()
    ///     .opener_policy_report_only(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
    ///     .reporting_endpoint("main", "/reports");
    /// ```
    pub fn opener_policy_report_only(
        self,
        policy: impl Into<Reported<CrossOriginOpenerPolicy>>,
    ) -> Self {
        Self { opener_policy_report_only: Some(policy.into()), ..self }
    }

    /// `Cross-Origin-Embedder-Policy`
    pub fn embedder_policy(self, policy: impl Into<Reported<CrossOriginEmbedderPolicy>>) -> Self {
        Self { embedder_policy: Some(policy.into()), ..self }
    }

    /// `Cross-Origin-Embedder-Policy-Report-Only`
    pub fn embedder_policy_report_only(
        self,
        policy: impl Into<Reported<CrossOriginEmbedderPolicy>>,
    ) -> Self {
        Self { embedder_policy_report_only: Some(policy.into()), ..self }
    }

    /// `Document-Isolation-Policy`
    pub fn document_isolation_policy(
        self,
        policy: impl Into<Reported<DocumentIsolationPolicy>>,
    ) -> Self {
        Self { document_isolation_policy: Some(policy.into()), ..self }
    }

    /// `Document-Isolation-Policy-Report-Only`
    pub fn document_isolation_policy_report_only(
        self,
        policy: impl Into<Reported<DocumentIsolationPolicy>>,
    ) -> Self {
        Self { document_isolation_policy_report_only: Some(policy.into()), ..self }
    }

    /// `Origin-Agent-Cluster`
    pub fn origin_agent_cluster(self, cluster: OriginAgentCluster) -> Self {
        Self { origin_agent_cluster: Some(cluster), ..self }
    }

    /// `Timing-Allow-Origin: *`: every page sees how long each step of loading took, and how many bytes
    /// came.
    pub fn timing_for_any_origin(self) -> Self {
        self.with_timing(TimingAllowOrigin::Any)
    }

    /// `Timing-Allow-Origin` with the origin that asks, where the set holds it; the response varies by
    /// `Origin`.
    ///
    /// For what pages ask for by the CORS protocol. Images, scripts and style sheets are mostly asked for
    /// without `Origin`, so that nobody is named: those take
    /// [`timing_for_listed_origins`](Self::timing_for_listed_origins).
    ///
    /// ```
    /// # use tower_cross_origin::{embedding::Embedding, origin::OriginSet};
    /// let partners = OriginSet::parse(["https://*.example.com"])?;
    /// let embedding = Embedding::new().timing_for_origins(partners);
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    pub fn timing_for_origins(self, origins: OriginSet) -> Self {
        self.with_timing(TimingAllowOrigin::OfWhoAsks(origins))
    }

    /// The same for origins that are written here, and for lists of a
    /// whole configuration, a `CrossOrigin`.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::Embedding;
    /// // "https://*.example.com"     permitted
    /// // "@partners"                 permitted in a `CrossOrigin`, which has the list
    /// // "https://example.com/"      prohibited: an origin has no path
    /// let embedding = Embedding::new().timing_for_origin_patterns(["https://*.example.com"]);
    /// ```
    pub fn timing_for_origin_patterns<I>(self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let origins = origins.into_iter().map(|origin| origin.as_ref().to_owned());
        self.with_timing(TimingAllowOrigin::WrittenOfWhoAsks(origins.collect()))
    }

    /// `Timing-Allow-Origin` with all of these origins, whoever asks, and so also where a request does not
    /// say so. Everyone can read the list.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::Embedding;
    /// // "https://app.example.com"     permitted
    /// // "https://*.example.com"       prohibited: each origin is named
    /// // "null"                        prohibited
    /// let embedding =
    ///     Embedding::new().timing_for_listed_origins(["https://a.example", "https://b.example"]);
    /// ```
    pub fn timing_for_listed_origins<I>(self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let origins = origins.into_iter().map(|origin| origin.as_ref().to_owned());
        self.with_timing(TimingAllowOrigin::Listed(origins.collect()))
    }

    /// `Reporting-Endpoints`: one more endpoint, for the policies that name it.
    ///
    /// Browsers post to it as `application/reports+json`. An endpoint of another origin gets a preflight
    /// before that, for `POST` with `content-type`, and has to allow it.
    /// <https://w3c.github.io/reporting/#try-delivery>
    ///
    /// ```
    /// # use tower_cross_origin::embedding::Embedding;
    /// // "main", "https://reports.example.com/main"     permitted
    /// // "main", "http://localhost:8080/"               permitted: the machine itself
    /// // "main", "/reports"                             permitted: of the response's own origin
    /// // "main", "http://reports.example.com/"          prohibited: browsers pass over it
    /// // "main", "reports.example.com"                  prohibited: it has no scheme
    /// // "Main", "/reports"                             prohibited: names are in lower case
    /// let embedding = Embedding::new().reporting_endpoint("main", "https://reports.example.com/main");
    /// ```
    pub fn reporting_endpoint(mut self, name: &str, url: &str) -> Self {
        self.reporting_endpoints.push((name.to_owned(), url.to_owned()));
        self
    }

    /// `X-Content-Type-Options: nosniff`: scripts and style sheets count as such by their `Content-Type`
    /// alone, and data is never taken for them.
    pub fn nosniff(self) -> Self {
        Self { nosniff: true, ..self }
    }

    /// What becomes of these headers where the service set them itself.
    pub fn upstream_headers(self, upstream_headers: UpstreamHeaders) -> Self {
        Self { upstream_headers, ..self }
    }

    fn with_timing(self, timing: TimingAllowOrigin) -> Self {
        Self { timing_allow_origin: Some(timing), ..self }
    }
}

/// What becomes of the headers of an [`Embedding`] that the wrapped service set by itself. Headers of
/// which it says nothing always stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpstreamHeaders {
    /// The policy's take their place, those of `Reporting-Endpoints` too.
    #[default]
    Replace,
    /// Each one stays if browsers take it, so that one route may differ. What switches a policy off is
    /// replaced all the same: a second line, a list, a value that no standard knows. To
    /// `Reporting-Endpoints` the service's own are added.
    Keep,
}

/// Presets, named after what they give.
impl Embedding {
    /// Documents that script finds `crossOriginIsolated`, so that there is a `SharedArrayBuffer` and clocks
    /// are exact: `Cross-Origin-Opener-Policy: same-origin` and
    /// `Cross-Origin-Embedder-Policy: require-corp`.
    ///
    /// What the page embeds of other origins must then say so, by CORS or by
    /// `Cross-Origin-Resource-Policy`; popups, such as those of a sign-in, lose their opener.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::{Embedding, EmbeddingPolicy};
    /// let policy = EmbeddingPolicy::new(Embedding::cross_origin_isolated())?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
    /// ```
    pub fn cross_origin_isolated() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::RequireCorp)
    }

    /// As [`cross_origin_isolated`](Self::cross_origin_isolated), but what the page embeds of other origins
    /// need not say so: it is asked for without cookies. Safari does not know it, and has no isolation
    /// then.
    pub fn cross_origin_isolated_credentialless() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::Credentialless)
    }

    /// What every page may embed, those that are isolated too, and time: fonts, images, scripts for
    /// everyone. `Cross-Origin-Resource-Policy: cross-origin`, `Timing-Allow-Origin: *` and
    /// `X-Content-Type-Options: nosniff`.
    ///
    /// Pages read it by [`Rule::for_public_reading`](crate::cors::Rule::for_public_reading).
    pub fn public_asset() -> Self {
        Self::new()
            .resource_policy(CrossOriginResourcePolicy::CrossOrigin)
            .timing_for_any_origin()
            .nosniff()
    }

    /// What no page of another origin may embed: `Cross-Origin-Resource-Policy: same-origin` and
    /// `X-Content-Type-Options: nosniff`.
    ///
    /// Pages that a CORS policy allows read it all the same.
    pub fn private_api() -> Self {
        Self::new().resource_policy(CrossOriginResourcePolicy::SameOrigin).nosniff()
    }

    fn isolated_with(policy: CrossOriginEmbedderPolicy) -> Self {
        Self::new().opener_policy(CrossOriginOpenerPolicy::SameOrigin).embedder_policy(policy)
    }
}
