#[cfg(feature = "schemars")]
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{
    config::file,
    embedding::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, OriginAgentCluster, Reported, UpstreamHeaders,
        config::TimingAllowOrigin,
    },
};

/// Which pages may embed responses, time them, or share a process with them.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EmbeddingKeys {
    /// What the other keys add to, or replace.
    pub(super) preset: Option<Preset>,
    /// `Cross-Origin-Resource-Policy`
    pub(super) resource_policy: Option<CrossOriginResourcePolicy>,
    /// `Cross-Origin-Opener-Policy`
    pub(super) opener_policy: Option<Reported<CrossOriginOpenerPolicy>>,
    /// `Cross-Origin-Opener-Policy-Report-Only`
    pub(super) opener_policy_report_only: Option<Reported<CrossOriginOpenerPolicy>>,
    /// `Cross-Origin-Embedder-Policy`
    pub(super) embedder_policy: Option<Reported<CrossOriginEmbedderPolicy>>,
    /// `Cross-Origin-Embedder-Policy-Report-Only`
    pub(super) embedder_policy_report_only: Option<Reported<CrossOriginEmbedderPolicy>>,
    /// `Document-Isolation-Policy`
    pub(super) document_isolation_policy: Option<Reported<DocumentIsolationPolicy>>,
    /// `Document-Isolation-Policy-Report-Only`
    pub(super) document_isolation_policy_report_only: Option<Reported<DocumentIsolationPolicy>>,
    /// `Origin-Agent-Cluster`
    pub(super) origin_agent_cluster: Option<OriginAgentCluster>,
    /// `Timing-Allow-Origin`
    pub(super) timing_allow_origin: Option<TimingAllowOrigin>,
    /// `Reporting-Endpoints`: each name with its address.
    #[serde(deserialize_with = "endpoints")]
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "std::collections::BTreeMap<String, String>")
    )]
    pub(super) reporting_endpoints: Vec<(String, String)>,
    /// `X-Content-Type-Options: nosniff`
    pub(super) nosniff: Option<bool>,
    /// What becomes of these headers where the service set them itself.
    pub(super) upstream_headers: UpstreamHeaders,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum Preset {
    /// Documents that script finds `crossOriginIsolated`.
    CrossOriginIsolated,
    /// The same, where what is embedded of other origins need not say so.
    CrossOriginIsolatedCredentialless,
    /// What every page may embed and time.
    PublicAsset,
    /// What no page of another origin may embed.
    PrivateApi,
}

fn endpoints<'de, D>(deserializer: D) -> Result<Vec<(String, String)>, D::Error>
where
    D: Deserializer<'de>,
{
    file::entries(deserializer, r#"names with addresses, such as { main = "/reports" }"#)
}
