//! The configuration as it stands in a file.

use std::{fmt, marker::PhantomData};

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        Error, MapAccess, SeqAccess, Unexpected, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
    ser::SerializeMap,
};

use super::{
    config::{Embedding, TimingAllowOrigin, UpstreamHeaders},
    values::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, OriginAgentCluster, Reported,
    },
};
use crate::{
    config::{file, file::words},
    origin::{Member, OriginSet},
};

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

/// # Errors
///
/// The format's own, for what is neither a policy nor one with its endpoint.
impl<'de, P: Copy + Deserialize<'de>> Deserialize<'de> for Reported<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReportedVisitor(PhantomData))
    }
}

/// # Errors
///
/// The format's own.
impl<P: Copy + Serialize> Serialize for Reported<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(endpoint) = self.endpoint() else { return self.policy().serialize(serializer) };
        let mut table = serializer.serialize_map(Some(2))?;
        table.serialize_entry("policy", &self.policy())?;
        table.serialize_entry("report_to", endpoint)?;
        table.end()
    }
}

struct ReportedVisitor<P>(PhantomData<P>);

impl<'de, P: Copy + Deserialize<'de>> Visitor<'de> for ReportedVisitor<P> {
    type Value = Reported<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a policy, or one with its endpoint, { policy = "...", report_to = "..." }"#)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Reported<P>, E> {
        P::deserialize(StrDeserializer::new(word)).map(Reported::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reported<P>, A::Error> {
        let told = Told::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Reported { policy: told.policy, endpoint: told.report_to })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told<P> {
    policy: P,
    report_to: Option<String>,
}

/// `*`, a list of origins that are all named, or a table with those of which the one that asks is.
impl<'de> Deserialize<'de> for TimingAllowOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimingVisitor)
    }
}

impl Serialize for TimingAllowOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str(ANY),
            Self::Listed(origins) => origins.serialize(serializer),
            Self::OfWhoAsks(origins) => who_asks(serializer, &texts(origins)),
            Self::WrittenOfWhoAsks(origins) => who_asks(serializer, origins),
        }
    }
}

struct TimingVisitor;

impl<'de> Visitor<'de> for TimingVisitor {
    type Value = TimingAllowOrigin;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""*", a list of origins, or { who_asks = ["https://app.example.com"] }"#)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<TimingAllowOrigin, E> {
        match word {
            ANY => Ok(TimingAllowOrigin::Any),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, origins: A) -> Result<TimingAllowOrigin, A::Error> {
        file::list_members(origins).map(TimingAllowOrigin::Listed)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimingAllowOrigin, A::Error> {
        let asking = WhoAsks::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TimingAllowOrigin::WrittenOfWhoAsks(asking.who_asks))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoAsks {
    #[serde(deserialize_with = "file::origin_list")]
    who_asks: Vec<String>,
}

fn who_asks<S, T>(serializer: S, origins: &[T]) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    let mut table = serializer.serialize_map(Some(1))?;
    table.serialize_entry("who_asks", origins)?;
    table.end()
}

/// Sorted, since a set keeps no order.
fn texts(origins: &OriginSet) -> Vec<&str> {
    let mut texts: Vec<&str> = origins
        .iter()
        .filter_map(|member| match member {
            Member::Pattern(text) => Some(text),
            Member::Regex(_) => None,
        })
        .collect();
    texts.sort_unstable();
    texts
}

const ANY: &str = "*";

words!(CrossOriginResourcePolicy, "a resource policy, such as \"same-origin\"", {
    SameOrigin => "same-origin",
    SameSite => "same-site",
    CrossOrigin => "cross-origin",
});

words!(CrossOriginOpenerPolicy, "an opener policy, such as \"same-origin\"", {
    UnsafeNone => "unsafe-none",
    SameOriginAllowPopups => "same-origin-allow-popups",
    SameOrigin => "same-origin",
    NoopenerAllowPopups => "noopener-allow-popups",
});

words!(CrossOriginEmbedderPolicy, "an embedder policy, such as \"require-corp\"", {
    UnsafeNone => "unsafe-none",
    RequireCorp => "require-corp",
    Credentialless => "credentialless",
});

words!(DocumentIsolationPolicy, "an isolation policy, such as \"isolate-and-require-corp\"", {
    None => "none",
    IsolateAndRequireCorp => "isolate-and-require-corp",
    IsolateAndCredentialless => "isolate-and-credentialless",
});

words!(OriginAgentCluster, "\"origin-keyed\" or \"site-keyed\"", {
    OriginKeyed => "origin-keyed",
    SiteKeyed => "site-keyed",
});

words!(UpstreamHeaders, "\"replace\" or \"keep\"", {
    Replace => "replace",
    Keep => "keep",
});

#[cfg(feature = "schemars")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::EmbeddingKeys;
    use crate::{
        config::file::{schema_of_words, unwrapped},
        embedding::{
            config::{Embedding, TimingAllowOrigin, UpstreamHeaders},
            values::{
                CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
                DocumentIsolationPolicy, OriginAgentCluster, Reported,
            },
        },
    };

    schema_of_words!(
        CrossOriginEmbedderPolicy,
        CrossOriginOpenerPolicy,
        CrossOriginResourcePolicy,
        DocumentIsolationPolicy,
        OriginAgentCluster,
        UpstreamHeaders,
    );

    impl JsonSchema for Embedding {
        fn schema_name() -> Cow<'static, str> {
            "Embedding".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            unwrapped(EmbeddingKeys::json_schema(generator))
        }
    }

    impl<P: JsonSchema> JsonSchema for Reported<P> {
        fn schema_name() -> Cow<'static, str> {
            format!("Reported{}", P::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let policy = generator.subschema_for::<P>();
            json_schema!({
                "anyOf": [
                    policy,
                    {
                        "description": "The policy, and the endpoint that browsers tell where it steps in.",
                        "type": "object",
                        "properties": { "policy": policy, "report_to": { "type": "string" } },
                        "required": ["policy"],
                        "additionalProperties": false,
                    },
                ]
            })
        }
    }

    impl JsonSchema for TimingAllowOrigin {
        fn schema_name() -> Cow<'static, str> {
            "TimingAllowOrigin".into()
        }

        fn inline_schema() -> bool {
            true
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "anyOf": [
                    { "description": "Every page.", "type": "string", "const": "*" },
                    {
                        "description": "All of these, whoever asks; none of them is a pattern.",
                        "type": "array",
                        "items": { "type": "string" },
                    },
                    {
                        "description": "Whoever of these asks.",
                        "type": "object",
                        "properties": {
                            "who_asks": { "type": "array", "items": { "type": "string" } },
                        },
                        "required": ["who_asks"],
                        "additionalProperties": false,
                    },
                ]
            })
        }
    }
}
