//! The configuration as it stands in a file.

mod keys;
mod reported;
#[cfg(feature = "schemars")]
mod schema;
mod timing;
mod values;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::keys::{EmbeddingKeys, Preset};
use super::{Embedding, UpstreamHeaders};
use crate::config::file;

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for Embedding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "the settings of embedding, by key";
        let keys: EmbeddingKeys = file::table(deserializer, expected)?;
        let preset = match keys.preset {
            None => Self::new(),
            Some(Preset::CrossOriginIsolated) => Self::cross_origin_isolated(),
            Some(Preset::CrossOriginIsolatedCredentialless) => {
                Self::cross_origin_isolated_credentialless()
            }
            Some(Preset::PublicAsset) => Self::public_asset(),
            Some(Preset::PrivateApi) => Self::private_api(),
        };
        Ok(Self {
            resource_policy: keys.resource_policy.or(preset.resource_policy),
            opener_policy: keys.opener_policy.or(preset.opener_policy),
            opener_policy_report_only: keys.opener_policy_report_only,
            embedder_policy: keys.embedder_policy.or(preset.embedder_policy),
            embedder_policy_report_only: keys.embedder_policy_report_only,
            document_isolation_policy: keys.document_isolation_policy,
            document_isolation_policy_report_only: keys.document_isolation_policy_report_only,
            origin_agent_cluster: keys.origin_agent_cluster,
            timing_allow_origin: keys.timing_allow_origin.or(preset.timing_allow_origin),
            reporting_endpoints: keys.reporting_endpoints,
            nosniff: keys.nosniff.unwrap_or(preset.nosniff),
            upstream_headers: keys.upstream_headers,
        })
    }
}

/// # Errors
///
/// The format's own.
impl Serialize for Embedding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = file::TableWriter::begin(serializer)?;
        written.key("resource_policy", &self.resource_policy, &None)?;
        written.key("opener_policy", &self.opener_policy, &None)?;
        written.key("opener_policy_report_only", &self.opener_policy_report_only, &None)?;
        written.key("embedder_policy", &self.embedder_policy, &None)?;
        written.key("embedder_policy_report_only", &self.embedder_policy_report_only, &None)?;
        written.key("document_isolation_policy", &self.document_isolation_policy, &None)?;
        let report_only = &self.document_isolation_policy_report_only;
        written.key("document_isolation_policy_report_only", report_only, &None)?;
        written.key("origin_agent_cluster", &self.origin_agent_cluster, &None)?;
        written.key("timing_allow_origin", &self.timing_allow_origin, &None)?;
        written.entries("reporting_endpoints", &self.reporting_endpoints)?;
        written.key("nosniff", &self.nosniff, &false)?;
        written.key("upstream_headers", &self.upstream_headers, &UpstreamHeaders::default())?;
        written.end()
    }
}
