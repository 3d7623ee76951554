//! The configuration file of the whole crate, in sections.

mod companions;
mod guard;

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::{
    companions::{BeaconConfig, LongPollConfig, SseConfig},
    guard::{
        CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig, RequirePreflightConfig,
        WebSocketConfig,
    },
};
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};
use crate::{
    config::{OriginList, add_texts},
    cors::CorsConfig,
    embedding::EmbeddingConfig,
    jsonp::JsonpConfig,
    origin::IntoOrigins,
};

/// Configures a [`CrossOriginPolicy`](super::CrossOriginPolicy), with one section for each layer of the crate.
///
/// A configuration is plain data. A missing section has no effect.
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
/// With the feature `serde`, it can be read from TOML, JSON, YAML and similar formats. Every key is optional, so a
/// file with only `[cors]` is valid. This file has most of the keys:
///
/// ```
/// # use tower_cross_origin::cross_origin::{CrossOriginConfig, CrossOriginPolicy};
/// let config: CrossOriginConfig = toml::from_str(r#"
///     service_origins = ["https://api.example.com"]     # for cors.enforce and all guards
///     exempt_paths = ["/hooks/payment", "/saml/*"]      # for cors.enforce and most guards
///
///     [origins]                           # other settings refer to a list as "@ours"
///     ours = ["https://app.example.com", "https://*.example.org"]
///     partners = ["https://partner.example"]
///
///     [[cors.rules]]                      # the keys of `cors::CorsConfig`
///     origins = ["@ours"]
///     allow_credentials = true
///     [[cors.rules]]
///     origins = ["@partners"]
///
///     [guard.host]
///     names = ["api.example.com"]         # also loopback, trust_x_forwarded_host
///     [guard.web_socket]                  # also trust_origins, require_origin, ..
///     [guard.csrf]                        # default trust_origins: the rules with credentials
///     [guard.fetch_metadata]
///     allow_cors = true                   # also allow_web_sockets, deny_same_site, deny_frames, ..
///     allow_destinations = ["script"]
///     report_only = true                  # a key of every guard
///
///     [embedding]
///     preset = "private-api"              # cross-origin-isolated, public-asset, ..
///     opener_policy = { policy = "same-origin", report_to = "main" }
///     timing_allow_origin = { matching = ["@ours"] }    # or "*" or a list
///     reporting_endpoints = { main = "/reports" }
///
///     [jsonp]
///     paths = ["/feed", "/public/*"]
///     callbacks = { one_of = ["app.show"] }             # or "identifier", { prefix = .. }, ..
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
/// Each unknown key is a fault of the policy, also at the top level. If the file has other settings of the application,
/// put the configuration under one key of the file.
///
/// A serialized configuration omits the defaults. With the feature `schemars`, the type has a JSON Schema, which
/// editors can use to complete and check a file. The repository has the same schema as `schema/cross-origin.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct CrossOriginConfig {
    pub(super) settings: CrossOriginSettings,
}

impl CrossOriginConfig {
    /// Creates a configuration without sections. A policy needs at least one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins to the list with this name.
    ///
    /// Every setting with origins can refer to the list `partners` as `@partners`. The policy stores the
    /// list only once.
    ///
    /// ```
    /// # use tower_cross_origin::cross_origin::CrossOriginConfig;
    /// // "partners", "our-pages", "eu_1"   permitted
    /// // "", "my list", "@partners"        prohibited: use letters, digits, "-" and "_"
    /// let config =
    ///     CrossOriginConfig::new().origins("partners", ["https://a.example", "https://*.b.example"]);
    /// ```
    pub fn origins(mut self, name: impl Into<String>, origins: impl IntoOrigins) -> Self {
        self.settings.origins.entry(name.into()).or_default().add(origins);
        self
    }

    /// Adds origins under which browsers reach the service, such as `https://api.example.com`.
    ///
    /// `enforce` of the CORS section and all guards use this list. It is needed behind a proxy that changes the host.
    ///
    /// Service origins replace the comparison of `Origin` with `Host`. Otherwise an `http:` page of the same host, or
    /// a page whose own name resolves to this service, would pass. List all addresses of the service.
    pub fn service_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.service_origins, origins);
        self
    }

    /// Adds paths to which every page may send requests, such as `/hooks/payment` or `/saml/*`.
    ///
    /// `/feed` is only this path. `/saml/*` is every path below `/saml/`. At these paths, neither `enforce` of the
    /// CORS section nor the guards [`Csrf`](crate::guard::Csrf), [`FetchMetadata`](crate::guard::FetchMetadata) and
    /// [`RequirePreflight`](crate::guard::RequirePreflight) reject a request. Use this for forms that other sites
    /// submit on purpose: SAML, the `form_post` of OpenID Connect, webhooks.
    ///
    /// WebSocket handshakes and `CONNECT` are never exempt. Ambiguous paths, such as `/saml/../admin`, never match.
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.exempt_paths, paths);
        self
    }

    /// Replaces the section about pages that may read responses.
    ///
    /// Adds the [service origins](CorsConfig::service_origins) and the [exempt paths](CorsConfig::exempt_paths) of the
    /// section to the whole configuration. In a file, the section cannot have them.
    pub fn cors(mut self, cors: impl Into<CorsConfig>) -> Self {
        let mut cors = cors.into();
        self.settings.service_origins.append(&mut cors.settings.service_origins);
        self.settings.exempt_paths.append(&mut cors.settings.exempt_paths);
        self.settings.cors = Some(cors);
        self
    }

    /// Replaces the section about requests that do not reach the service.
    pub fn guard(mut self, guard: GuardConfig) -> Self {
        self.settings.guard = guard;
        self
    }

    /// Replaces the section about pages that may embed responses.
    pub fn embedding(mut self, embedding: impl Into<EmbeddingConfig>) -> Self {
        self.settings.embedding = Some(embedding.into());
        self
    }

    /// Replaces the section about JSON responses to `<script>` elements.
    pub fn jsonp(mut self, jsonp: impl Into<JsonpConfig>) -> Self {
        self.settings.jsonp = Some(jsonp.into());
        self
    }

    /// Replaces the section about event streams.
    pub fn sse(mut self, sse: SseConfig) -> Self {
        self.settings.sse = Some(sse);
        self
    }

    /// Replaces the section about requests that wait for an event.
    ///
    /// The section needs the feature `tokio`.
    pub fn long_poll(mut self, long_poll: LongPollConfig) -> Self {
        self.settings.long_poll = Some(long_poll);
        self
    }

    /// Replaces the section about pings of pages.
    pub fn beacon(mut self, beacon: BeaconConfig) -> Self {
        self.settings.beacon = Some(beacon);
        self
    }
}

// The fields have the names of the keys in a file. The doc comments are the descriptions in the schema.
/// The rules for requests that pages of other origins send to this service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(super) struct CrossOriginSettings {
    /// The origins under which browsers reach this service, such as `https://api.example.com`. `cors.enforce` and all
    /// guards use them. They replace the comparison of `Origin` with `Host`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) service_origins: Vec<String>,
    /// Paths to which every page may send requests, such as `/hooks/payment`. `/saml/*` matches every path below
    /// `/saml/`. `cors.enforce`, `guard.csrf`, `guard.fetch_metadata` and `guard.require_preflight` use them.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) exempt_paths: Vec<String>,
    /// Lists of origins by name. Every setting with origins can refer to the list `partners` as `@partners`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::origins", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) origins: BTreeMap<String, OriginList>,
    /// Pages of other origins that may read responses, and the requests that they may send.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if, with = "Option<CorsSection>"))]
    pub(super) cors: Option<CorsConfig>,
    /// Checks that keep requests from reaching the service.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::guard", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) guard: GuardConfig,
    /// The pages that may embed responses, read their timings, or share a process with them.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) embedding: Option<EmbeddingConfig>,
    /// JSON as scripts, for pages that cannot use `fetch`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) jsonp: Option<JsonpConfig>,
    /// The headers of event streams, and lines that the layer inserts into them.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::sse", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) sse: Option<SseConfig>,
    /// Requests that wait for an event.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::long_poll", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) long_poll: Option<LongPollConfig>,
    /// Images and beacons that pages send as pings.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::beacon", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) beacon: Option<BeaconConfig>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) unknown_keys: UnknownKeys,
}

/// # Errors
///
/// Fails if a value has the wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for CrossOriginConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings =
            file::table(deserializer, "a map with keys such as origins, cors and guard")?;
        Ok(Self { settings })
    }
}

/// # Errors
///
/// Fails for a `max_age` with a fraction of a second, and for
/// [`CallbackPolicy::Custom`](crate::jsonp::CallbackPolicy::Custom). Predicates of CORS rules are omitted.
#[cfg(feature = "serde")]
impl Serialize for CrossOriginConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settings.serialize(serializer)
    }
}

/// Describes a whole file.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CrossOriginConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CrossOriginConfig".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        file::unwrapped(CrossOriginSettings::json_schema(generator))
    }
}

/// The schema of the section `cors`.
///
/// A whole configuration has some of its settings at the top level.
#[cfg(feature = "schemars")]
struct CorsSection;

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CorsSection {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CorsSection".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = CorsConfig::json_schema(generator);
        if let Some(settings) = schema.get_mut("properties").and_then(|one| one.as_object_mut()) {
            for setting in ["service_origins", "exempt_paths"] {
                settings.remove(setting);
            }
        }
        schema
    }
}

#[cfg(feature = "serde")]
file::sections_with_unknown_keys!(
    CrossOriginSettings,
    GuardConfig,
    HostConfig,
    WebSocketConfig,
    CsrfConfig,
    FetchMetadataConfig,
    RequirePreflightConfig,
    SseConfig,
    LongPollConfig,
    BeaconConfig,
);

/// Defines a function that deserializes an optional section, which must be a table.
#[cfg(feature = "serde")]
macro_rules! section {
    ($name:ident, $section:ty, $expected:literal) => {
        pub(in crate::cross_origin::config) fn $name<'de, D>(
            deserializer: D,
        ) -> Result<Option<$section>, D::Error>
        where
            D: serde::Deserializer<'de>,
        {
            let expected = concat!("a map with the settings of ", $expected);
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
        for (name, origins) in file::entries(deserializer, "a map from names to lists of origins")?
        {
            if lists.contains_key(&name) {
                return Err(D::Error::custom(format_args!(
                    "the list {name:?} occurs twice; settings refer to a list by name; merge the lists"
                )));
            }
            lists.insert(name, origins);
        }
        Ok(lists)
    }

    pub(super) fn guard<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<GuardConfig, D::Error> {
        file::table(
            deserializer,
            "a map with the keys host, web_socket, csrf, fetch_metadata and require_preflight",
        )
    }

    section!(sse, SseConfig, "event streams");
    section!(long_poll, LongPollConfig, "long polling");
    section!(beacon, BeaconConfig, "beacons");
}
