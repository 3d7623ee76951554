//! What a configuration says of each layer.

use std::{collections::BTreeMap, time::Duration};

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "serde")]
use crate::config::file::{self, duration, is_default};
use crate::{cors::CorsConfig, embedding::EmbeddingConfig, fetch::Destination, jsonp::JsonpConfig};

/// What a [`CrossOriginPolicy`](super::CrossOriginPolicy) is made of, as plain data: each room of the crate
/// has a part of it, and what has none is left out of the layer.
///
/// ```
/// use tower_cross_origin::{
///     cors::{CorsConfig, Rule},
///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, Guards, WebSocketGuard},
///     embedding::EmbeddingConfig,
/// };
///
/// let policy = CrossOriginPolicy::try_from(CrossOriginConfig {
///     origins: [("ours".to_owned(), vec!["https://app.example.com".to_owned()])].into(),
///     cors: Some(CorsConfig::from(vec![Rule::for_origins(["@ours"]).allow_credentials(true)])),
///     guard: Guards { web_socket: Some(WebSocketGuard::default()), ..Guards::default() },
///     embedding: Some(EmbeddingConfig::private_api()),
///     ..CrossOriginConfig::default()
/// })?;
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
///     [guard.web_socket]                  # origins, require_origin, ..; without `origins`,
///     [guard.csrf]                        # those of the rules that allow credentials
///     exempt_paths = ["/hooks/payment"]
///     [guard.fetch_metadata]
///     allow_cors = true                   # and: allow_web_sockets, refuse_same_site, refuse_frames, ..
///     allow_destinations = ["script"]
///     report_only = true                  # as each guard may
///
///     [embedding]
///     preset = "private-api"              # cross-origin-isolated, public-asset, ..
///     opener_policy = { policy = "same-origin", report_to = "main" }
///     timing_allow_origin = { who_asks = ["@ours"] }    # or "*", or a list
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
/// let policy = CrossOriginPolicy::try_from(config)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A key that does not exist is an error, at the top as well: an application that has more in its file gives
/// this a key of its own. It is written by the same feature, without what is the default. With the feature
/// `schemars` it has a JSON Schema, for editors to complete and check a file by; `schema/cross-origin.json` in
/// the repository is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrossOriginConfig {
    /// Lists of origins by name. Wherever origins are written, `@partners` stands for those of the list
    /// `partners`, which is thus held once.
    ///
    /// ```
    /// # use tower_cross_origin::cross_origin::CrossOriginConfig;
    /// // "partners", "our-pages", "eu_1"   permitted
    /// // "", "my list", "@partners"        prohibited: letters, digits, "-" and "_" make a name
    /// let partners = ["https://a.example", "https://*.b.example"].map(str::to_owned);
    /// let origins = [("partners".to_owned(), partners.to_vec())].into();
    /// let config = CrossOriginConfig { origins, ..CrossOriginConfig::default() };
    /// ```
    pub origins: BTreeMap<String, Vec<String>>,
    /// The origins under which browsers reach the service. Where there are none here, those of
    /// [`CorsConfig::service_origins`] are; and where there are none there, these.
    pub service_origins: Vec<String>,
    /// May that page read the response?
    pub cors: Option<CorsConfig>,
    /// May that page reach the service at all?
    pub guard: Guards,
    /// May that page embed or time it, or share a process?
    pub embedding: Option<EmbeddingConfig>,
    /// How does a page read without CORS?
    pub jsonp: Option<JsonpConfig>,
    /// How does the server push?
    pub sse: Option<EventStreams>,
    /// How does the server push to those who ask again and again?
    pub long_poll: Option<LongPolling>,
    /// How does a page only ping?
    pub beacon: Option<Beacons>,
}

/// Which requests do not reach the service at all: the [checks](crate::guard) of `GuardLayer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct Guards {
    /// By which names the service may be called.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::host", skip_serializing_if = "Option::is_none")
    )]
    pub host: Option<HostGuard>,
    /// Which pages may open WebSockets.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::web_socket", skip_serializing_if = "Option::is_none")
    )]
    pub web_socket: Option<WebSocketGuard>,
    /// Which pages may send what changes something.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::csrf", skip_serializing_if = "Option::is_none")
    )]
    pub csrf: Option<CsrfGuard>,
    /// What pages of other sites may embed or fetch.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "sections::fetch_metadata",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub fetch_metadata: Option<FetchMetadataGuard>,
}

/// By which names the service may be called: [`Host`](crate::guard::HostCheck).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct HostGuard {
    /// Such as `api.example.com`, `*.example.org` or `localhost:8080`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::host_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub names: Vec<String>,
    /// Passes `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port, beside the names.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub loopback: bool,
    /// Reads `X-Forwarded-Host` where it is there. Only behind a proxy that always sets it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub trust_x_forwarded_host: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// Which pages may open WebSockets: [`WebSocket`](crate::guard::WebSocket).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct WebSocketGuard {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "file::optional_origin_list",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub origins: Option<Vec<String>>,
    /// Refuses programs that are no browsers, too: those send no `Origin`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub require_origin: bool,
    /// Passes the origin `null` too, which any page can make its own.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub dangerously_allow_null_origin: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// Which pages may send what changes something: [`Csrf`](crate::guard::Csrf).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct CsrfGuard {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "file::optional_origin_list",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub origins: Option<Vec<String>>,
    /// Paths that every page may send to, such as `/hooks/payment`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// What pages of other sites may embed or fetch: [`FetchMetadata`](crate::guard::FetchMetadata).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as a file has it")]
pub struct FetchMetadataGuard {
    /// Judges pages of the same site's other origins like those of other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_same_site: bool,
    /// Passes what CORS answers for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub allow_cors: bool,
    /// Passes WebSockets, of which another guard should judge.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub allow_web_sockets: bool,
    /// What pages of other sites may embed, such as `image` and `script`.
    #[cfg_attr(
        feature = "serde",
        serde(with = "crate::config::file::destinations", skip_serializing_if = "Vec::is_empty")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub allow_destinations: Vec<Destination>,
    /// Refuses to be framed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_frames: bool,
    /// Refuses to be linked to.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_navigations: bool,
    /// Paths that every page may ask for.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// What is said of streams of events, and put into them: [`SseLayer`](crate::push::SseLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct EventStreams {
    /// `Cache-Control` of streams that have none. Absent: `no-cache, no-transform`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cache_control: Option<String>,
    /// Adds no `no-transform` to a stream's own `Cache-Control`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub keep_cache_control: bool,
    /// Sets no `X-Accel-Buffering: no`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub without_accel_buffering: bool,
    /// After how many milliseconds a browser connects again.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::milliseconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub retry: Option<Duration>,
    /// The parameter of the query that stands for `Last-Event-ID` where a page cannot set that.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub last_event_id_parameter: Option<String>,
    /// After how many seconds of silence a comment is sent, 1 at the least. It needs the feature `tokio`,
    /// as the next three do.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub keep_alive: Option<Duration>,
    /// After how many seconds a stream ends, for the browser to connect anew.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub max_age: Option<Duration>,
    /// By how much of it ages differ, so that not all streams end at once: percent, 100 at most. Absent:
    /// 20.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub jitter_percent: Option<u8>,
    /// Tells browsers at the end of a stream not to connect again.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub stop_reconnecting: bool,
    /// The media types of other streams, of which the same is said, and into which nothing is put.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::media_type_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub other_media_types: Vec<String>,
}

/// Requests that wait for something to happen: `LongPollLayer`. It needs the feature `tokio`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct LongPolling {
    /// The paths of such requests: `/poll`, or `/poll/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub paths: Vec<String>,
    /// After how many seconds they are answered that nothing happened. Absent: 25.
    #[cfg_attr(
        feature = "serde",
        serde(with = "duration::seconds", skip_serializing_if = "Option::is_none")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub window: Option<Duration>,
    /// That is said with status 200, in the place of 204.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub answer_ok: bool,
}

/// Images and beacons by which pages ping: [`BeaconLayer`](crate::beacon::BeaconLayer).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct Beacons {
    /// The paths of pings: `/ping`, or `/ping/*` for all below it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub paths: Vec<String>,
}

/// Sections that are tables, and nothing else.
#[cfg(feature = "serde")]
pub(super) mod sections {
    use serde::Deserializer;

    use super::{
        Beacons, CsrfGuard, EventStreams, FetchMetadataGuard, Guards, HostGuard, LongPolling,
        WebSocketGuard,
    };
    use crate::config::file;

    pub(in crate::cross_origin) fn guards<'de, D>(deserializer: D) -> Result<Guards, D::Error>
    where
        D: Deserializer<'de>,
    {
        file::table(deserializer, "the guards host, web_socket, csrf and fetch_metadata, by key")
    }

    /// The table of a part that may be absent.
    macro_rules! part {
        ($name:ident, $part:ty, $expected:literal) => {
            pub(in crate::cross_origin) fn $name<'de, D>(
                deserializer: D,
            ) -> Result<Option<$part>, D::Error>
            where
                D: Deserializer<'de>,
            {
                file::table(deserializer, concat!("the settings of ", $expected, ", by key"))
                    .map(Some)
            }
        };
    }

    part!(host, HostGuard, "the guard of hosts");
    part!(web_socket, WebSocketGuard, "the guard of WebSockets");
    part!(csrf, CsrfGuard, "the guard against forged requests");
    part!(fetch_metadata, FetchMetadataGuard, "the guard by fetch metadata");
    part!(sse, EventStreams, "streams of events");
    part!(long_poll, LongPolling, "long polling");
    part!(beacon, Beacons, "beacons");
}
