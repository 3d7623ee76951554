//! The configuration of every layer, in sections.

mod companions;
mod guard;

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::{
    companions::{BeaconConfig, LongPollConfig, SseConfig},
    guard::{CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig, WebSocketConfig},
};
#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};
use crate::{
    config::{OriginList, add_texts},
    cors::CorsConfig,
    embedding::EmbeddingConfig,
    jsonp::JsonpConfig,
    origin::IntoOrigins,
};

/// Configures a [`CrossOriginPolicy`](super::CrossOriginPolicy): one section for each layer of the crate.
///
/// It is plain data. The layer of a section that is missing is left out.
///
/// ```
/// use tower_cross_origin::{
///     cors::Rule,
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, GuardConfig, WebSocketConfig},
///     embedding::EmbeddingConfig,
/// };
///
/// let rule = Rule::for_origins(["@ours"]).allow_credentials(true);
/// let policy = CrossOriginPolicy::new(
///     CrossOriginConfig::new()
///         .origins("ours", ["https://app.example.com"])
///         .cors(rule)
///         .guard(GuardConfig::new().web_socket(WebSocketConfig::new()))
///         .embedding(EmbeddingConfig::private_api()),
/// )?;
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
///
/// # From a file
///
/// With the feature `serde` it is read from TOML, JSON, YAML and their like. A file that has `[cors]` alone
/// is one, and every key may be left out:
///
/// ```
/// # use tower_cross_origin::cross_origin::{CrossOriginConfig, CrossOriginPolicy};
/// let config: CrossOriginConfig = toml::from_str(r#"
///     service_origins = ["https://api.example.com"]
///
///     [origins]                           # lists, which the rest names as "@ours"
///     ours = ["https://app.example.com", "https://*.example.org"]
///     partners = ["https://partner.example"]
///
///     [[cors.rules]]                      # as `cors::CorsConfig` reads it
///     origins = ["@ours"]
///     allow_credentials = true
///     [[cors.rules]]
///     origins = ["@partners"]
///
///     [guard.host]
///     names = ["api.example.com"]         # and: loopback, trust_x_forwarded_host
///     [guard.web_socket]                  # trust_origins, require_origin, ..; without it,
///     [guard.csrf]                        # those of the rules that allow credentials
///     exempt_paths = ["/hooks/payment"]
///     [guard.fetch_metadata]
///     allow_cors = true                   # and: allow_web_sockets, deny_same_site, deny_frames, ..
///     allow_destinations = ["script"]
///     report_only = true                  # as each guard may
///
///     [embedding]
///     preset = "private-api"              # cross-origin-isolated, public-asset, ..
///     opener_policy = { policy = "same-origin", report_to = "main" }
///     timing_allow_origin = { matching = ["@ours"] }    # or "*", or a list
///     reporting_endpoints = { main = "/reports" }
///
///     [jsonp]
///     paths = ["/feed", "/public/*"]
///     callbacks = { one_of = ["app.show"] }             # or "path", { prefix = .. }, ..
///
///     [sse]
///     keep_alive = 15                     # seconds
///     retry = 3000                        # milliseconds
///
///     [long_poll]
///     paths = ["/poll"]
///     window = 25                         # seconds
///
///     [beacon]
///     paths = ["/ping"]
/// "#)?;
/// # #[cfg(feature = "tokio")]
/// let policy = CrossOriginPolicy::new(config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A key that does not exist is an error, at the top as well: an application that has more in its file gives
/// this a key of its own. It is written by the same feature, without what is the default. With the feature
/// `schemars` it has a JSON Schema, for editors to complete and check a file by; `schema/cross-origin.json` in
/// the repository is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration does nothing before it is a policy"]
pub struct CrossOriginConfig {
    pub(super) settings: CrossOriginSettings,
}

impl CrossOriginConfig {
    /// Creates a configuration without sections. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins to the list of this name.
    ///
    /// Wherever a configuration takes origins, `@partners` stands for those of the list `partners`, which is
    /// thus held once.
    ///
    /// ```
    /// # use tower_cross_origin::cross_origin::CrossOriginConfig;
    /// // "partners", "our-pages", "eu_1"   permitted
    /// // "", "my list", "@partners"        prohibited: letters, digits, "-" and "_" make a name
    /// let config =
    ///     CrossOriginConfig::new().origins("partners", ["https://a.example", "https://*.b.example"]);
    /// ```
    pub fn origins(mut self, name: impl Into<String>, origins: impl IntoOrigins) -> Self {
        self.settings.origins.entry(name.into()).or_default().add(origins);
        self
    }

    /// Adds origins under which browsers reach the service.
    ///
    /// Where there are none here, those of the CORS section count; and where it has none, these count there.
    pub fn service_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.service_origins, origins);
        self
    }

    /// Replaces the section that says which pages may read responses.
    pub fn cors(mut self, cors: impl Into<CorsConfig>) -> Self {
        self.settings.cors = Some(cors.into());
        self
    }

    /// Replaces the section that says which requests reach the service.
    pub fn guard(mut self, guard: GuardConfig) -> Self {
        self.settings.guard = guard;
        self
    }

    /// Replaces the section that says which pages may embed responses, time them, or share a process.
    pub fn embedding(mut self, embedding: impl Into<EmbeddingConfig>) -> Self {
        self.settings.embedding = Some(embedding.into());
        self
    }

    /// Replaces the section about data for `<script>` elements.
    pub fn jsonp(mut self, jsonp: impl Into<JsonpConfig>) -> Self {
        self.settings.jsonp = Some(jsonp.into());
        self
    }

    /// Replaces the section about streams of events.
    pub fn sse(mut self, sse: SseConfig) -> Self {
        self.settings.sse = Some(sse);
        self
    }

    /// Replaces the section about requests that wait for an event. It needs the feature `tokio`.
    pub fn long_poll(mut self, long_poll: LongPollConfig) -> Self {
        self.settings.long_poll = Some(long_poll);
        self
    }

    /// Replaces the section about pings.
    pub fn beacon(mut self, beacon: BeaconConfig) -> Self {
        self.settings.beacon = Some(beacon);
        self
    }
}

// The settings, each under the key that it has in a file. The descriptions are those of the schema.
/// Everything that pages of other origins may do with this service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(super) struct CrossOriginSettings {
    /// The origins under which browsers reach this service, such as `https://api.example.com`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) service_origins: Vec<String>,
    /// Lists of origins by name. Wherever origins are written, `@partners` stands for those of the list
    /// `partners`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::origins", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origins: BTreeMap<String, OriginList>,
    /// Which pages of other origins may read responses, and what they may send.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) cors: Option<CorsConfig>,
    /// Which requests do not reach the service at all.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::guard", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) guard: GuardConfig,
    /// Which pages may embed responses, time them, or share a process with them.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) embedding: Option<EmbeddingConfig>,
    /// Data for `<script>` elements of pages that cannot read it otherwise.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) jsonp: Option<JsonpConfig>,
    /// What is said of streams of events, and put into them.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::sse", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) sse: Option<SseConfig>,
    /// Requests that wait for something to happen.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::long_poll", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) long_poll: Option<LongPollConfig>,
    /// Images and beacons by which pages ping.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::beacon", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) beacon: Option<BeaconConfig>,
}

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for CrossOriginConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = file::table(deserializer, "origins, cors, guard, and so on, by key")?;
        Ok(Self { settings })
    }
}

/// # Errors
///
/// The format's own, and those of the sections: of a rule, and of callbacks that a function decides on.
#[cfg(feature = "serde")]
impl Serialize for CrossOriginConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settings.serialize(serializer)
    }
}

/// The schema of a whole file.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CrossOriginConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CrossOriginConfig".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        file::unwrapped(CrossOriginSettings::json_schema(generator))
    }
}

/// Reads a section that may be absent, which is a table and nothing else.
#[cfg(feature = "serde")]
macro_rules! section {
    ($name:ident, $section:ty, $expected:literal) => {
        pub(in crate::cross_origin::config) fn $name<'de, D>(
            deserializer: D,
        ) -> Result<Option<$section>, D::Error>
        where
            D: serde::Deserializer<'de>,
        {
            let expected = concat!("the settings of ", $expected, ", by key");
            crate::config::file::table(deserializer, expected).map(Some)
        }
    };
}

#[cfg(feature = "serde")]
use section;

#[cfg(feature = "serde")]
mod sections {
    use std::collections::BTreeMap;

    use serde::{Deserializer, de::Error};

    use super::{BeaconConfig, GuardConfig, LongPollConfig, OriginList, SseConfig};
    use crate::config::file;

    pub(super) fn origins<'de, D>(deserializer: D) -> Result<BTreeMap<String, OriginList>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let mut lists = BTreeMap::new();
        for (name, origins) in file::entries(deserializer, "lists of origins, by name")? {
            if lists.contains_key(&name) {
                return Err(D::Error::custom(format_args!("the list {name:?} is there twice")));
            }
            lists.insert(name, origins);
        }
        Ok(lists)
    }

    pub(super) fn guard<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<GuardConfig, D::Error> {
        file::table(deserializer, "the guards host, web_socket, csrf and fetch_metadata, by key")
    }

    section!(sse, SseConfig, "streams of events");
    section!(long_poll, LongPollConfig, "long polling");
    section!(beacon, BeaconConfig, "beacons");
}
