use std::collections::BTreeMap;

use super::{Beacons, EventStreams, Guards, LongPolling};
use crate::{cors::CorsConfig, embedding::Embedding, jsonp::JsonpConfig};

/// What a [`CrossOriginPolicy`](super::CrossOriginPolicy) is made of, as plain data: each room of the crate
/// has a part of it, and what has none is left out of the layer.
///
/// ```
/// use tower_cross_origin::{
///     cors::{CorsConfig, Rule},
///     cross_origin::{CrossOrigin, CrossOriginPolicy, Guards, WebSocketGuard},
///     embedding::Embedding,
/// };
///
/// let policy = CrossOriginPolicy::try_from(CrossOrigin {
///     origins: [("ours".to_owned(), vec!["https://app.example.com".to_owned()])].into(),
///     cors: Some(CorsConfig {
///         rules: vec![Rule::for_origins(["@ours"]).allow_credentials()],
///         ..CorsConfig::default()
///     }),
///     guard: Guards { web_socket: Some(WebSocketGuard::default()), ..Guards::default() },
///     embedding: Some(Embedding::private_api()),
///     ..CrossOrigin::default()
/// })?;
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginError>(())
/// ```
///
/// # From a file
///
/// With the feature `serde` it is read from TOML, JSON, YAML and their like. A file that has `[cors]` alone
/// is one, and every key may be left out:
///
/// ```
/// # use tower_cross_origin::cross_origin::{CrossOrigin, CrossOriginPolicy};
/// let config: CrossOrigin = toml::from_str(r#"
///     own_origins = ["https://api.example.com"]
///
///     [origins]                           # lists, which the rest names as "@ours"
///     ours = ["https://app.example.com", "https://*.example.org"]
///     partners = ["https://partner.example"]
///
///     [[cors.rules]]                      # as `cors::CorsConfig` reads it
///     origins = ["@ours"]
///     credentials = true
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
pub struct CrossOrigin {
    /// Lists of origins by name. Wherever origins are written, `@partners` stands for those of the list
    /// `partners`, which is thus held once.
    ///
    /// ```
    /// # use tower_cross_origin::cross_origin::CrossOrigin;
    /// // "partners", "our-pages", "eu_1"   permitted
    /// // "", "my list", "@partners"        prohibited: letters, digits, "-" and "_" make a name
    /// let partners = ["https://a.example", "https://*.b.example"].map(str::to_owned);
    /// let origins = [("partners".to_owned(), partners.to_vec())].into();
    /// let config = CrossOrigin { origins, ..CrossOrigin::default() };
    /// ```
    pub origins: BTreeMap<String, Vec<String>>,
    /// The origins under which browsers reach the service. Where there are none here, those of
    /// [`CorsConfig::own_origins`] are; and where there are none there, these.
    pub own_origins: Vec<String>,
    /// May that page read the response?
    pub cors: Option<CorsConfig>,
    /// May that page reach the service at all?
    pub guard: Guards,
    /// May that page embed or time it, or share a process?
    pub embedding: Option<Embedding>,
    /// How does a page read without CORS?
    pub jsonp: Option<JsonpConfig>,
    /// How does the server push?
    pub sse: Option<EventStreams>,
    /// How does the server push to those who ask again and again?
    pub long_poll: Option<LongPolling>,
    /// How does a page only ping?
    pub beacon: Option<Beacons>,
}
