#[cfg(feature = "schemars")]
use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "tower")]
use super::timing::Timing;
use super::{
    frame_ancestors::FrameAncestors,
    timing::TimingAllowOrigin,
    values::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, IntegrityPolicy, OriginAgentCluster, WithReporting,
    },
};
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};
#[cfg(feature = "tower")]
use crate::origin::NamedOrigins;
use crate::{config::OriginList, origin::IntoOrigins};

/// Configures an [`EmbeddingPolicy`](super::EmbeddingPolicy), as plain data.
///
/// The layer adds only headers that are set here.
///
/// ```
/// use tower_cross_origin::embedding::{
///     CrossOriginOpenerPolicy, CrossOriginResourcePolicy, EmbeddingConfig, EmbeddingPolicy,
/// };
///
/// let policy = EmbeddingPolicy::new(
///     EmbeddingConfig::new()
///         .resource_policy(CrossOriginResourcePolicy::SameOrigin)
///         .opener_policy(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
///         .reporting_endpoint("main", "https://reports.example.com/main"),
/// )?;
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration does nothing until a policy uses it"]
pub struct EmbeddingConfig {
    pub(super) settings: EmbeddingSettings,
}

impl EmbeddingConfig {
    /// Creates a configuration without headers. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces `Cross-Origin-Resource-Policy`.
    pub fn resource_policy(mut self, policy: CrossOriginResourcePolicy) -> Self {
        self.settings.resource_policy = Some(policy);
        self
    }

    /// Replaces `Cross-Origin-Opener-Policy`.
    pub fn opener_policy(
        mut self,
        policy: impl Into<WithReporting<CrossOriginOpenerPolicy>>,
    ) -> Self {
        self.settings.opener_policy = Some(policy.into());
        self
    }

    /// Replaces `Cross-Origin-Opener-Policy-Report-Only`.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::{CrossOriginOpenerPolicy, EmbeddingConfig};
    /// // CrossOriginOpenerPolicy::SameOrigin.report_to("main")   permitted
    /// // CrossOriginOpenerPolicy::SameOrigin                     permitted, but without reports
    /// // CrossOriginOpenerPolicy::NoopenerAllowPopups            prohibited: this value cannot be report-only
    /// let embedding = EmbeddingConfig::new()
    ///     .opener_policy_report_only(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
    ///     .reporting_endpoint("main", "/reports");
    /// ```
    pub fn opener_policy_report_only(
        mut self,
        policy: impl Into<WithReporting<CrossOriginOpenerPolicy>>,
    ) -> Self {
        self.settings.opener_policy_report_only = Some(policy.into());
        self
    }

    /// Replaces `Cross-Origin-Embedder-Policy`.
    pub fn embedder_policy(
        mut self,
        policy: impl Into<WithReporting<CrossOriginEmbedderPolicy>>,
    ) -> Self {
        self.settings.embedder_policy = Some(policy.into());
        self
    }

    /// Replaces `Cross-Origin-Embedder-Policy-Report-Only`.
    pub fn embedder_policy_report_only(
        mut self,
        policy: impl Into<WithReporting<CrossOriginEmbedderPolicy>>,
    ) -> Self {
        self.settings.embedder_policy_report_only = Some(policy.into());
        self
    }

    /// Replaces `Document-Isolation-Policy`.
    pub fn document_isolation_policy(
        mut self,
        policy: impl Into<WithReporting<DocumentIsolationPolicy>>,
    ) -> Self {
        self.settings.document_isolation_policy = Some(policy.into());
        self
    }

    /// Replaces `Document-Isolation-Policy-Report-Only`.
    pub fn document_isolation_policy_report_only(
        mut self,
        policy: impl Into<WithReporting<DocumentIsolationPolicy>>,
    ) -> Self {
        self.settings.document_isolation_policy_report_only = Some(policy.into());
        self
    }

    /// Replaces `Integrity-Policy`.
    pub fn integrity_policy(mut self, policy: impl Into<WithReporting<IntegrityPolicy>>) -> Self {
        self.settings.integrity_policy = Some(policy.into());
        self
    }

    /// Replaces `Integrity-Policy-Report-Only`.
    pub fn integrity_policy_report_only(
        mut self,
        policy: impl Into<WithReporting<IntegrityPolicy>>,
    ) -> Self {
        self.settings.integrity_policy_report_only = Some(policy.into());
        self
    }

    /// Sets `Content-Security-Policy: frame-ancestors 'none'`: no page may embed a response in a frame.
    pub fn frame_ancestors_none(mut self) -> Self {
        self.settings.frame_ancestors = Some(FrameAncestors::None);
        self
    }

    /// Adds origins whose pages may embed a response in a frame: `Content-Security-Policy: frame-ancestors`.
    ///
    /// Pages of the same origin as the response may always do so (`'self'`). With an empty list, only they may.
    ///
    /// The layer adds the policy next to the policies of the inner service, and never replaces them. A page must be
    /// allowed by all of them. Browsers ignore `X-Frame-Options` next to `frame-ancestors`. If the inner service set
    /// `X-Frame-Options`, the layer adds a second policy of the same effect.
    ///
    /// In such a policy, `http://app.example` also allows `https://app.example`.
    /// <https://w3c.github.io/webappsec-csp/#directive-frame-ancestors>
    ///
    /// ```
    /// # use tower_cross_origin::embedding::EmbeddingConfig;
    /// // "https://app.example.com"     permitted
    /// // "https://*.example.com"       permitted: subdomains of any depth
    /// // "http://localhost:*"          permitted
    /// // "@partners"                   permitted in a `CrossOriginConfig`, which has the list
    /// // "http://[::1]:3000"           prohibited: such a policy has no IPv6 addresses
    /// // regular expressions           prohibited: such a policy has no expressions
    /// let embedding = EmbeddingConfig::new().frame_ancestors(["https://*.partner.example"]);
    /// let own_pages_only = EmbeddingConfig::new().frame_ancestors([""; 0]);
    /// ```
    pub fn frame_ancestors(mut self, origins: impl IntoOrigins) -> Self {
        let mut list = match self.settings.frame_ancestors {
            Some(FrameAncestors::OwnAnd(list)) => list,
            _ => OriginList::default(),
        };
        list.add(origins);
        self.settings.frame_ancestors = Some(FrameAncestors::OwnAnd(list));
        self
    }

    /// Adds origins whose pages may activate access to the service's cookies: `Activate-Storage-Access`.
    ///
    /// Many browsers send no cookies with requests of other sites. If the user allowed access to the service for
    /// the page's site, the browser sends `Sec-Fetch-Storage-Access: inactive`, still without cookies. For a page of
    /// one of these origins, the layer then responds with `Activate-Storage-Access: retry`. The browser repeats the
    /// request with cookies. The response to the second request has `Activate-Storage-Access: load`, so that a
    /// document in a frame can use the cookies, too.
    ///
    /// The service processes the first request, too, unless it rejects requests without cookies. Responses vary by
    /// `Origin` and `Sec-Fetch-Storage-Access`. This does not allow pages to read a response, which
    /// [`cors`](crate::cors) controls. Chrome 133, Firefox 147.
    /// <https://privacycg.github.io/storage-access-headers/>
    ///
    /// ```
    /// # use tower_cross_origin::embedding::EmbeddingConfig;
    /// // "https://app.example.com"     permitted
    /// // "https://*.example.com"       permitted
    /// // "@partners"                   permitted in a `CrossOriginConfig`, which has the list
    /// // "http://app.example.com"      prohibited: network attackers can change its pages
    /// // "https://*.github.io"         prohibited: anyone can register such a subdomain
    /// let embedding = EmbeddingConfig::new().activate_storage_access(["https://partner.example"]);
    /// ```
    pub fn activate_storage_access(mut self, origins: impl IntoOrigins) -> Self {
        self.settings.activate_storage_access.get_or_insert_default().add(origins);
        self
    }

    /// Replaces `Origin-Agent-Cluster`.
    pub fn origin_agent_cluster(mut self, cluster: OriginAgentCluster) -> Self {
        self.settings.origin_agent_cluster = Some(cluster);
        self
    }

    /// Sets `Timing-Allow-Origin: *`. Replaces every other setting of this header.
    ///
    /// Every page can then read the duration of each loading step, and the size of the response.
    pub fn timing_allow_any_origin(mut self) -> Self {
        self.settings.timing_allow_origin = Some(TimingAllowOrigin::Any);
        self
    }

    /// Adds origins to a fixed list in `Timing-Allow-Origin`. Replaces the other settings of this header.
    ///
    /// The list does not depend on the request, which may have no `Origin`. Every client can read the list.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::EmbeddingConfig;
    /// // "https://app.example.com"     permitted
    /// // "@partners"                   permitted in a `CrossOriginConfig`, which has the list
    /// // "https://*.example.com"       prohibited: a pattern, not one origin
    /// // "null", "file://"             prohibited: pages of many websites have these origins
    /// let embedding =
    ///     EmbeddingConfig::new().timing_allow_origins(["https://a.example", "https://b.example"]);
    /// ```
    pub fn timing_allow_origins(mut self, origins: impl IntoOrigins) -> Self {
        let mut list = match self.settings.timing_allow_origin {
            Some(TimingAllowOrigin::Listed(list)) => list,
            _ => OriginList::default(),
        };
        list.add(origins);
        self.settings.timing_allow_origin = Some(TimingAllowOrigin::Listed(list));
        self
    }

    /// Adds origins that `Timing-Allow-Origin` echoes. Replaces the other settings of this header.
    ///
    /// The header contains the request origin if it matches one of these origins. Responses then vary by
    /// `Origin`. This is for requests in the CORS protocol. Browsers usually request images, scripts and
    /// style sheets without `Origin`, and the response then contains no origin: use
    /// [`timing_allow_origins`](Self::timing_allow_origins) for them.
    ///
    /// ```
    /// # use tower_cross_origin::{embedding::EmbeddingConfig, origin::OriginSet};
    /// // "https://*.example.com"     permitted
    /// // "@partners"                 permitted in a `CrossOriginConfig`, which has the list
    /// // "https://example.com/"      prohibited: browsers send an origin without a path
    /// // "file://"                   prohibited: every local file has this origin
    /// let partners = OriginSet::parse(["https://*.example.com"])?;
    /// let embedding = EmbeddingConfig::new()
    ///     .timing_allow_request_origin(partners)
    ///     .timing_allow_request_origin(["https://app.example.org"]);
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    pub fn timing_allow_request_origin(mut self, origins: impl IntoOrigins) -> Self {
        let mut list = match self.settings.timing_allow_origin {
            Some(TimingAllowOrigin::RequestOrigin(list)) => list,
            _ => OriginList::default(),
        };
        list.add(origins);
        self.settings.timing_allow_origin = Some(TimingAllowOrigin::RequestOrigin(list));
        self
    }

    /// Adds an endpoint to `Reporting-Endpoints`, for the policies that refer to its name.
    ///
    /// Browsers send `POST` requests with `application/reports+json` to the endpoint. If the endpoint has
    /// another origin, they first send a preflight for `POST` with `content-type`, which the endpoint must
    /// allow. <https://w3c.github.io/reporting/#try-delivery>
    ///
    /// ```
    /// # use tower_cross_origin::embedding::EmbeddingConfig;
    /// // "main", "https://reports.example.com/main"     permitted
    /// // "main", "http://localhost:8080/"               permitted: the user's own machine
    /// // "main", "/reports"                             permitted: the origin of the response
    /// // "main", "http://reports.example.com/"          prohibited: browsers ignore it
    /// // "main", "reports.example.com"                  prohibited: the scheme is missing
    /// // "Main", "/reports"                             prohibited: names are in lower case
    /// let embedding = EmbeddingConfig::new().reporting_endpoint("main", "https://reports.example.com/main");
    /// ```
    pub fn reporting_endpoint(mut self, name: &str, url: &str) -> Self {
        self.settings.reporting_endpoints.push((name.to_owned(), url.to_owned()));
        self
    }

    /// Sets whether responses have `X-Content-Type-Options: nosniff`. The default is `false`.
    ///
    /// Browsers then use a response as a script or a style sheet only if its `Content-Type` allows this.
    pub fn nosniff(mut self, nosniff: bool) -> Self {
        // Only files use `Some(false)`.
        self.settings.nosniff = nosniff.then_some(true);
        self
    }

    /// Sets how the layer treats these headers if the inner service set them.
    pub fn upstream_headers(mut self, upstream_headers: UpstreamPolicies) -> Self {
        self.settings.upstream_headers = upstream_headers;
        self
    }
}

/// Presets, named after their purpose.
impl EmbeddingConfig {
    /// Creates a configuration for documents that are `crossOriginIsolated`.
    ///
    /// Such documents have `SharedArrayBuffer` and exact clocks. The headers are `Cross-Origin-Opener-Policy:
    /// same-origin` and `Cross-Origin-Embedder-Policy: require-corp`.
    ///
    /// Embedded responses of other origins must then allow embedding, by CORS or by
    /// `Cross-Origin-Resource-Policy`. Popups, such as the popups of a sign-in, lose their opener.
    ///
    /// ```
    /// # use tower_cross_origin::embedding::{EmbeddingConfig, EmbeddingPolicy};
    /// let policy = EmbeddingPolicy::new(EmbeddingConfig::cross_origin_isolated())?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
    /// ```
    pub fn cross_origin_isolated() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::RequireCorp)
    }

    /// Creates a configuration for isolated documents that embed other origins without cookies.
    ///
    /// Unlike with [`cross_origin_isolated`](Self::cross_origin_isolated), embedded responses of other
    /// origins need not allow embedding. Safari does not support this value, and does not isolate the
    /// document.
    pub fn cross_origin_isolated_credentialless() -> Self {
        Self::isolated_with(CrossOriginEmbedderPolicy::Credentialless)
    }

    /// Creates a configuration for public fonts, images and scripts.
    ///
    /// Every page may embed these responses and read their timings, including isolated pages. The headers are
    /// `Cross-Origin-Resource-Policy: cross-origin`, `Timing-Allow-Origin: *` and `X-Content-Type-Options:
    /// nosniff`.
    ///
    /// To let pages read the responses, too, use
    /// [`Rule::public_read_only`](crate::cors::Rule::public_read_only).
    pub fn public_asset() -> Self {
        Self::new()
            .resource_policy(CrossOriginResourcePolicy::CrossOrigin)
            .timing_allow_any_origin()
            .nosniff(true)
    }

    /// Creates a configuration for responses that no page of another origin may embed.
    ///
    /// The headers are `Cross-Origin-Resource-Policy: same-origin` and `X-Content-Type-Options: nosniff`.
    /// Pages that a CORS policy allows can still read the responses.
    pub fn private_api() -> Self {
        Self::new().resource_policy(CrossOriginResourcePolicy::SameOrigin).nosniff(true)
    }

    fn isolated_with(policy: CrossOriginEmbedderPolicy) -> Self {
        Self::new().opener_policy(CrossOriginOpenerPolicy::SameOrigin).embedder_policy(policy)
    }
}

/// Values for the checks that compare several sections of a configuration.
#[cfg(feature = "tower")]
impl EmbeddingConfig {
    pub(crate) fn timing(&self, lists: &NamedOrigins) -> Option<Timing> {
        Some(self.settings.timing_allow_origin.as_ref()?.timing(lists))
    }

    /// Returns the setting and value that require a resource policy of embedded responses.
    pub(crate) fn requires_resource_policy(&self) -> Option<(&'static str, &'static str)> {
        let embedder = self.settings.embedder_policy.as_ref().map(WithReporting::policy);
        let isolation = self.settings.document_isolation_policy.as_ref().map(WithReporting::policy);
        if embedder == Some(CrossOriginEmbedderPolicy::RequireCorp) {
            return Some(("embedder_policy", CrossOriginEmbedderPolicy::RequireCorp.as_str()));
        }
        let requires = DocumentIsolationPolicy::IsolateAndRequireCorp;
        (isolation == Some(requires)).then(|| ("document_isolation_policy", requires.as_str()))
    }

    pub(crate) fn has_resource_policy(&self) -> bool {
        self.settings.resource_policy.is_some()
    }
}

/// The treatment of headers of an [`EmbeddingConfig`] that the inner service set.
///
/// Other headers of the inner service always stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpstreamPolicies {
    /// The headers of the policy replace them, including `Reporting-Endpoints`.
    #[default]
    Replace,
    /// Each header stays if browsers accept its value.
    ///
    /// A route can then have different headers. A value that would switch the policy off is replaced anyway: a second
    /// field line, a list, or a value that no standard defines. The endpoints of the policy are added to
    /// `Reporting-Endpoints`.
    Keep,
}

// The keys of a configuration file. The schema uses these descriptions.
/// The pages that may embed responses, read their timings, or share a process with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(super) struct EmbeddingSettings {
    // Used only while a file is parsed: `None` in every `EmbeddingConfig`.
    /// The preset that the other keys extend or override.
    #[cfg(feature = "serde")]
    #[serde(skip_serializing_if = "is_default")]
    preset: Option<file_format::Preset>,
    /// `Cross-Origin-Resource-Policy`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) resource_policy: Option<CrossOriginResourcePolicy>,
    /// `Cross-Origin-Opener-Policy`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) opener_policy: Option<WithReporting<CrossOriginOpenerPolicy>>,
    /// `Cross-Origin-Opener-Policy-Report-Only`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) opener_policy_report_only: Option<WithReporting<CrossOriginOpenerPolicy>>,
    /// `Cross-Origin-Embedder-Policy`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) embedder_policy: Option<WithReporting<CrossOriginEmbedderPolicy>>,
    /// `Cross-Origin-Embedder-Policy-Report-Only`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) embedder_policy_report_only: Option<WithReporting<CrossOriginEmbedderPolicy>>,
    /// `Document-Isolation-Policy`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) document_isolation_policy: Option<WithReporting<DocumentIsolationPolicy>>,
    /// `Document-Isolation-Policy-Report-Only`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) document_isolation_policy_report_only:
        Option<WithReporting<DocumentIsolationPolicy>>,
    /// `Integrity-Policy`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) integrity_policy: Option<WithReporting<IntegrityPolicy>>,
    /// `Integrity-Policy-Report-Only`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) integrity_policy_report_only: Option<WithReporting<IntegrityPolicy>>,
    /// `Content-Security-Policy: frame-ancestors`: the pages that may embed a response in a frame.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) frame_ancestors: Option<FrameAncestors>,
    /// `Activate-Storage-Access`: the origins whose pages may activate access to the service's cookies.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) activate_storage_access: Option<OriginList>,
    /// `Origin-Agent-Cluster`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origin_agent_cluster: Option<OriginAgentCluster>,
    /// `Timing-Allow-Origin`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) timing_allow_origin: Option<TimingAllowOrigin>,
    /// `Reporting-Endpoints`: each name with its address.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "file_format::endpoints",
            serialize_with = "file::serialize_entries",
            skip_serializing_if = "is_default"
        )
    )]
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "BTreeMap<String, String>", extend("default" = {}))
    )]
    pub(super) reporting_endpoints: Vec<(String, String)>,
    // `Some(false)` occurs only while a file is parsed: it overrides the preset.
    /// `X-Content-Type-Options: nosniff`
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) nosniff: Option<bool>,
    /// How to treat these headers if the inner service set them.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) upstream_headers: UpstreamPolicies,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) unknown_keys: UnknownKeys,
}

#[cfg(feature = "serde")]
mod file_format {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{EmbeddingConfig, EmbeddingSettings, UpstreamPolicies};
    use crate::config::file;

    /// # Errors
    ///
    /// Fails if a value has the wrong type.
    impl<'de> Deserialize<'de> for EmbeddingConfig {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let expected = "a map with the settings of embedding";
            let settings: EmbeddingSettings = file::table(deserializer, expected)?;
            Ok(Self { settings: settings.with_preset() })
        }
    }

    /// # Errors
    ///
    /// Fails if the format fails.
    impl Serialize for EmbeddingConfig {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.settings.serialize(serializer)
        }
    }

    file::sections_with_unknown_keys!(EmbeddingSettings);

    impl EmbeddingSettings {
        /// Adds the settings of the preset that the other keys do not override.
        fn with_preset(self) -> Self {
            let preset =
                self.preset.map_or_else(EmbeddingConfig::new, EmbeddingConfig::from).settings;
            Self {
                preset: None,
                resource_policy: self.resource_policy.or(preset.resource_policy),
                opener_policy: self.opener_policy.or(preset.opener_policy),
                embedder_policy: self.embedder_policy.or(preset.embedder_policy),
                timing_allow_origin: self.timing_allow_origin.or(preset.timing_allow_origin),
                nosniff: self.nosniff.or(preset.nosniff).filter(|is_set| *is_set),
                ..self
            }
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[serde(rename_all = "kebab-case")]
    pub(super) enum Preset {
        /// Documents that are `crossOriginIsolated`.
        CrossOriginIsolated,
        /// Isolated documents that embed responses of other origins without cookies.
        CrossOriginIsolatedCredentialless,
        /// Responses that every page may embed and time.
        PublicAsset,
        /// Responses that no page of another origin may embed.
        PrivateApi,
    }

    impl From<Preset> for EmbeddingConfig {
        fn from(preset: Preset) -> Self {
            match preset {
                Preset::CrossOriginIsolated => Self::cross_origin_isolated(),
                Preset::CrossOriginIsolatedCredentialless => {
                    Self::cross_origin_isolated_credentialless()
                }
                Preset::PublicAsset => Self::public_asset(),
                Preset::PrivateApi => Self::private_api(),
            }
        }
    }

    pub(super) fn endpoints<'de, D>(deserializer: D) -> Result<Vec<(String, String)>, D::Error>
    where
        D: Deserializer<'de>,
    {
        file::entries(deserializer, r#"names with addresses, such as { main = "/reports" }"#)
    }

    file::words!(UpstreamPolicies, "\"replace\" or \"keep\"", { Replace => "replace", Keep => "keep" });

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator};

        use super::{EmbeddingConfig, EmbeddingSettings, UpstreamPolicies};
        use crate::config::file::{schema_of_words, unwrapped};

        schema_of_words!(UpstreamPolicies);

        impl JsonSchema for EmbeddingConfig {
            fn schema_name() -> Cow<'static, str> {
                "EmbeddingConfig".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                unwrapped(EmbeddingSettings::json_schema(generator))
            }
        }
    }
}
