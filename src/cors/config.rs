#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use super::rule::Rule;
use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};

/// The configuration of a [`CorsPolicy`](super::CorsPolicy), as plain data.
///
/// ```
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};
///
/// let config = CorsConfig::from([
///     Rule::for_origins(["https://app.example.com"]).allow_credentials(true),
///     Rule::for_any_origin(),
/// ])
/// .preflight_status(200);
/// let policy = CorsPolicy::new(config)?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// # From a file
///
/// With the feature `serde`, a configuration can be read from TOML, JSON, YAML and similar formats. Only
/// `rules` is required, and each rule must match at least one origin. All values outside of `rules` in this
/// example are the defaults:
///
/// ```
/// # use tower_cross_origin::cors::{CorsConfig, CorsPolicy};
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     cors: CorsConfig,
/// }
///
/// let settings: Settings = toml::from_str(r#"
///     [cors]
///     preflight_status = 204
///     enforce = false
///     service_origins = []
///     exempt_paths = []
///     upstream_headers = "replace"    # or "keep"
///     hide_failing_step = false
///
///     [[cors.rules]]
///     origins = ["https://app.example.com", "https://*.example.org"]  # or ["*"]
///     origin_regexes = ['https://pr-[0-9]+\.preview\.example\.com']
///     ## static_origin = "https://app.example.com"   # instead of origins, for a CDN
///     allow_credentials = true
///     presets = ["tus"]                   # the methods and headers of client libraries
///     allow_methods = ["PUT", "DELETE"]   # or ["*"]
///     allow_headers = ["content-type", "x-amz-*"]   # or ["*"], or ["*", "authorization"]
///     expose_headers = ["etag"]           # or, without credentials, ["*"]
///     max_age = 600                       # whole seconds
///     dangerously_allow_null_origin = false
///     dangerously_allow_insecure_origins = false
///     dangerously_allow_public_suffixes = false
///     public_suffixes = ["apps.example.com"]
///     dangerously_allow_credentials_for_any_origin = false
/// "#)?;
/// let policy = CorsPolicy::new(settings.cors)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// For a value of a wrong type, including `null`, the format reports an error with its line.
/// [`CorsPolicy`](super::CorsPolicy) checks the keys and the values, and reports all faults at once, each with
/// its key. The key is relative to the configuration, so add the key under which the file contains it:
///
/// ```
/// # use tower_cross_origin::cors::{CorsConfig, CorsPolicy};
/// # #[derive(serde::Deserialize)]
/// # struct Settings { cors: CorsConfig }
/// let settings: Settings = toml::from_str(r#"
///     [[cors.rules]]
///     origins = ["https://app.example.com/"]
///     allow_methods = ["put"]
/// "#)?;
/// let error = CorsPolicy::new(settings.cors).unwrap_err();
/// let faults: Vec<String> = error.faults().iter().map(|fault| format!("cors.{fault}")).collect();
/// assert_eq!(
///     faults,
///     [
///         r#"cors.rules[0].origins[0] = "https://app.example.com/": the origin ends with a slash; browsers send an origin without a path; remove the slash; write "https://app.example.com""#,
///         r#"cors.rules[0].allow_methods[0] = "put": the method is not in upper case; methods are case-sensitive, and browsers send upper case; use upper case; write "PUT""#,
///     ]
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
///
/// The same feature writes configurations, without values that are defaults. With the feature `schemars`, the
/// configuration has a JSON Schema, by which editors complete and check files. The repository contains the
/// schema as `schema/cors.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration has no effect until a `CorsPolicy` is created from it"]
pub struct CorsConfig {
    pub(crate) settings: CorsSettings,
}

/// The configuration of one rule.
impl From<Rule> for CorsConfig {
    fn from(rule: Rule) -> Self {
        Self::from(vec![rule])
    }
}

/// The configuration of several rules: the first one that matches an origin decides.
impl<const N: usize> From<[Rule; N]> for CorsConfig {
    fn from(rules: [Rule; N]) -> Self {
        Self::from(Vec::from(rules))
    }
}

/// The configuration of several rules: the first one that matches an origin decides.
impl From<Vec<Rule>> for CorsConfig {
    fn from(rules: Vec<Rule>) -> Self {
        Self { settings: CorsSettings { rules, ..CorsSettings::default() } }
    }
}

/// The configuration of several rules: the first one that matches an origin decides.
impl FromIterator<Rule> for CorsConfig {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self::from(Vec::from_iter(rules))
    }
}

impl CorsConfig {
    /// Creates a configuration without rules. It is invalid until [a rule is added](Self::add_rule).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule after the others. Only the first rule that matches an origin decides about it.
    pub fn add_rule(mut self, rule: Rule) -> Self {
        self.settings.rules.push(rule);
        self
    }

    /// Returns the rules.
    pub fn rules(&self) -> &[Rule] {
        &self.settings.rules
    }

    #[cfg(feature = "cross-origin")]
    pub(crate) fn is_path_dependent(&self) -> bool {
        let has_paths = |rule: &Rule| rule.settings.paths.is_some();
        !self.settings.not_handled.is_empty() || self.settings.rules.iter().any(has_paths)
    }

    /// Replaces the status of the response to an allowed preflight. The default is 204.
    ///
    /// The status must be between 200 and 299.
    pub fn preflight_status(mut self, status: u16) -> Self {
        self.settings.preflight_status = status;
        self
    }

    /// Sets whether the layer rejects actual requests that no rule allows.
    ///
    /// The layer responds with status 403, and the service is not called. The default is `false`: CORS does
    /// not block requests.
    ///
    /// The layer compares the origin and the method with the rules. `GET`, `HEAD` and `POST` need not be
    /// listed, as in CORS. For WebSocket upgrades and extended `CONNECT`, the layer compares only the origin.
    /// It does not check request headers, since a server cannot know which headers the page set, and which
    /// ones the browser or a proxy added.
    ///
    /// These requests always reach the service:
    /// - Requests without `Origin`. Tools such as curl send them, and browsers do for `GET` and `HEAD` by
    ///   forms, links, images and the service's own pages.
    /// - Requests from the service's own pages. In every browser since 2023, `Sec-Fetch-Site` identifies
    ///   them. Otherwise the layer compares the origin with the [service origins](Self::service_origins), or,
    ///   if the list is empty, with the host and the port of the request. It never uses `Forwarded` and
    ///   similar headers.
    /// - Requests for an [exempt path](Self::exempt_paths).
    /// - `GET` and `HEAD` requests whose `Sec-Fetch-Mode` is neither `cors` nor `websocket`. Browsers send
    ///   `Origin` with some images and frames, too
    ///   ([Storage Access Headers](https://privacycg.github.io/storage-access-headers/)).
    ///
    /// With this setting, pages of other origins can neither write without a preflight nor open a WebSocket. Forms that
    /// another site posts on purpose, such as the `form_post` of OpenID Connect, are rejected too, except at an [exempt
    /// path](Self::exempt_paths). The setting does not stop requests without `Origin`. It does not stop DNS rebinding
    /// either, since the attacker's page then has the same origin as the service.
    ///
    /// Native clients write the `Origin` of a WebSocket handshake with a default port or with a slash at the end.
    /// For handshakes and `CONNECT`, the layer ignores one slash and then the default port. For other requests such
    /// an origin is malformed, as in CORS.
    ///
    /// Responses then also depend on `Sec-Fetch-Site` and `Sec-Fetch-Mode`, and `Vary` lists both.
    ///
    /// The guide [Choosing a layer](crate::guides::choosing_a_layer) compares this setting with guards.
    pub fn enforce(mut self, enforce: bool) -> Self {
        self.settings.enforce = enforce;
        self
    }

    /// Adds origins under which browsers reach the service, for [`enforce`](Self::enforce).
    ///
    /// Requests from pages of these origins are never rejected. Without service origins, the layer compares
    /// the origin with the host of the request. A proxy must then forward the host unchanged.
    ///
    /// Service origins replace the comparison with `Host`. Otherwise an `http:` page of the same host, or a page
    /// whose own name resolves to this service, would pass. List all addresses of the service.
    ///
    /// In a [whole configuration](crate::cross_origin) this is a setting of the configuration, and guards use it too.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsConfig, Rule};
    /// // "https://api.example.com"     permitted
    /// // "https://*.example.com"       prohibited: list each origin
    /// // "null"                        prohibited
    /// let config = CorsConfig::from(Rule::for_any_origin())
    ///     .enforce(true)
    ///     .service_origins(["https://api.example.com"]);
    /// ```
    pub fn service_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.service_origins, origins);
        self
    }

    /// Adds paths at which [`enforce`](Self::enforce) rejects no request, such as `/saml/callback`.
    ///
    /// `/feed` matches only this path. `/files/*` matches every path below `/files/`. Use this for forms that other
    /// sites submit on purpose: SAML, the `form_post` of OpenID Connect, webhooks.
    ///
    /// WebSocket handshakes and `CONNECT` are never exempt. Ambiguous paths, such as `/files/../admin`, never match.
    /// The rules still decide about preflights, and about pages that may read the response.
    ///
    /// In a [whole configuration](crate::cross_origin) this is a setting of the configuration, and guards use it too.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsConfig, CorsPolicy, Outcome, Rule}};
    ///
    /// let config = CorsConfig::from(Rule::for_origins(["https://app.example.com"])).enforce(true);
    /// let policy = CorsPolicy::new(config.exempt_paths(["/saml/callback"]))?;
    /// let form = |path| {
    ///     let request = Request::post(path).header("origin", "https://login.example").body(()).unwrap();
    ///     policy.decide(&RequestHead::from(&request)).is_early()
    /// };
    /// assert!(!form("/saml/callback"));
    /// assert!(form("/transfer"));
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.exempt_paths, paths);
        self
    }

    /// Adds paths at which the layer does not handle CORS, such as `/files/*`.
    ///
    /// `/feed` matches only this path. `/files/*` matches every path below `/files/`.
    ///
    /// Requests for these paths reach the service unchanged, preflights included, and so do the responses. Use
    /// this if the service implements CORS there. [`enforce`](Self::enforce) does not apply either. Guards still check
    /// these requests, and trust no origin because of a rule. [Ambiguous paths](Rule::paths), such as
    /// `/files/../admin`, never match.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsConfig, CorsPolicy, Outcome, Rule}};
    ///
    /// let rule = Rule::for_origins(["https://app.example.com"]);
    /// let policy = CorsPolicy::new(CorsConfig::from(rule).not_handled(["/files/*"]))?;
    /// let request = Request::options("/files/1")
    ///     .header("origin", "https://b.example")
    ///     .header("access-control-request-method", "PATCH")
    ///     .body(())
    ///     .unwrap();
    /// assert_eq!(policy.decide(&RequestHead::from(&request)).outcome(), Outcome::NotHandled);
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn not_handled<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.settings.not_handled, paths);
        self
    }

    /// Replaces the treatment of CORS headers that the service itself set.
    ///
    /// The default is [`UpstreamHeaders::Replace`].
    pub fn upstream_headers(mut self, headers: UpstreamHeaders) -> Self {
        self.settings.upstream_headers = headers;
        self
    }

    /// Sets whether all rejected preflights get the same response: an empty 403. The default is `false`.
    ///
    /// If a rule allows the origin of a rejected preflight, the response by default has the status of an allowed
    /// preflight. It lists methods without the rejected one, or the allowed names among the requested headers. The
    /// browser therefore fails at this step, and its console names the step: "Method PUT is not allowed by
    /// Access-Control-Allow-Methods in preflight response". It does not send the actual request, and stores nothing
    /// in its preflight cache.
    ///
    /// Pages of allowed origins could find out the same by trying. Origins that no rule allows always get the 403,
    /// without any CORS header.
    ///
    /// ```
    /// use http::{Request, StatusCode};
    /// use tower_cross_origin::{RequestHead, cors::{CorsConfig, CorsPolicy, Rule}};
    ///
    /// let rule = Rule::for_origins(["https://app.example.com"]).allow_headers(["x-a"]);
    /// let preflight = Request::options("/items")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "GET")
    ///     .header("access-control-request-headers", "x-a,x-b")
    ///     .body(())
    ///     .unwrap();
    /// let response = |config: CorsConfig| {
    ///     let decision = CorsPolicy::new(config)?.decide(&RequestHead::from(&preflight));
    ///     Ok::<_, Box<dyn std::error::Error>>(decision.early_response::<()>().ok_or("not early")?)
    /// };
    ///
    /// // The console names `x-b`.
    /// let by_default = response(CorsConfig::from(rule.clone()))?;
    /// assert_eq!(by_default.status(), StatusCode::NO_CONTENT);
    /// assert_eq!(by_default.headers()["access-control-allow-headers"], "x-a");
    ///
    /// let hidden = response(CorsConfig::from(rule).hide_failing_step(true))?;
    /// assert_eq!(hidden.status(), StatusCode::FORBIDDEN);
    /// assert!(!hidden.headers().contains_key("access-control-allow-origin"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hide_failing_step(mut self, hide: bool) -> Self {
        self.settings.hide_failing_step = hide;
        self
    }
}

// The settings in a file, each by its key. The doc comments are the descriptions in the schema.
/// Pages of other origins that may read responses, and the requests that they may send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct CorsSettings {
    /// The status of the response to an allowed preflight.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::success_status", skip_serializing_if = "is_no_content")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if, schema_with = "file_format::schema::status"))]
    pub(crate) preflight_status: u16,
    /// Rejects requests that no rule allows with status 403. By default they reach the service, and the page
    /// cannot read the response.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) enforce: bool,
    /// The origins under which browsers reach this service, such as `https://api.example.com`. With
    /// `enforce`, requests from pages of these origins are never rejected.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) service_origins: Vec<String>,
    /// Paths at which `enforce` rejects no request, such as `/saml/callback`. `/files/*` matches every path below
    /// `/files/`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) exempt_paths: Vec<String>,
    /// Paths at which the layer does not handle CORS, such as `/feed`. `/files/*` matches every path below
    /// `/files/`. Requests and responses stay unchanged there.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) not_handled: Vec<String>,
    /// The treatment of CORS headers that the service itself set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) upstream_headers: UpstreamHeaders,
    /// Responds to all rejected preflights with an empty 403. By default, the browser console of an allowed origin
    /// names the method or the header that is not allowed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) hide_failing_step: bool,
    /// The rules, at least one. Only the first rule that matches an origin decides about it.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file_format::rules", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) rules: Vec<Rule>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) unknown_keys: UnknownKeys,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self {
            preflight_status: NO_CONTENT,
            enforce: false,
            service_origins: Vec::new(),
            exempt_paths: Vec::new(),
            not_handled: Vec::new(),
            upstream_headers: UpstreamHeaders::default(),
            hide_failing_step: false,
            rules: Vec::new(),
            #[cfg(feature = "serde")]
            unknown_keys: UnknownKeys::default(),
        }
    }
}

impl CorsSettings {
    /// Returns the static origin of the only rule.
    pub(super) fn static_origin(&self) -> Option<&str> {
        match &*self.rules {
            [only] => only.settings.static_origin.as_deref(),
            _ => None,
        }
    }
}

const NO_CONTENT: u16 = 204;

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no_content(status: &u16) -> bool {
    *status == NO_CONTENT
}

/// The treatment of CORS headers that the wrapped service set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamHeaders {
    /// The layer removes them, and adds the headers of the policy.
    #[default]
    Replace,
    /// The layer keeps them if the service set `Access-Control-Allow-Origin`.
    ///
    /// All six CORS headers then stay unchanged, and the layer only adds `Vary`. If the service did not set
    /// `Access-Control-Allow-Origin`, the layer replaces all CORS headers.
    ///
    /// Use this for a gateway in front of services that have their own policies. The gateway still responds
    /// to their preflights.
    Keep,
}

impl UpstreamHeaders {
    /// Returns the word that represents the value in a file.
    fn as_str(self) -> &'static str {
        match self {
            Self::Replace => REPLACE,
            Self::Keep => KEEP,
        }
    }
}

const REPLACE: &str = "replace";
const KEEP: &str = "keep";

/// The settings of a configuration other than its rules.
#[derive(Debug)]
pub(super) struct PolicySettings {
    preflight_status: u16,
    enforce: bool,
    /// Sorted.
    service_origins: Vec<String>,
    /// Sorted.
    exempt_paths: Vec<String>,
    /// Sorted.
    not_handled: Vec<String>,
    upstream_headers: UpstreamHeaders,
    hide_failing_step: bool,
    static_origin: Option<String>,
}

impl PolicySettings {
    pub(super) fn new(config: &CorsSettings) -> Self {
        Self {
            preflight_status: config.preflight_status,
            enforce: config.enforce,
            service_origins: sorted(&config.service_origins),
            exempt_paths: sorted(&config.exempt_paths),
            not_handled: sorted(&config.not_handled),
            upstream_headers: config.upstream_headers,
            hide_failing_step: config.hide_failing_step,
            static_origin: config.static_origin().map(str::to_owned),
        }
    }

    /// Returns each setting with its value, in the notation of a file.
    pub(super) fn file_values(&self) -> [(&'static str, String); 8] {
        let static_origin = match &self.static_origin {
            Some(origin) => format!("{origin:?}"),
            None => "unset".to_owned(),
        };
        [
            ("preflight_status", self.preflight_status.to_string()),
            ("enforce", self.enforce.to_string()),
            ("service_origins", format!("{:?}", self.service_origins)),
            ("exempt_paths", format!("{:?}", self.exempt_paths)),
            ("not_handled", format!("{:?}", self.not_handled)),
            ("upstream_headers", format!("{:?}", self.upstream_headers.as_str())),
            ("hide_failing_step", self.hide_failing_step.to_string()),
            ("static_origin", static_origin),
        ]
    }
}

fn sorted(items: &[String]) -> Vec<String> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(feature = "serde")]
mod file_format {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{CorsConfig, CorsSettings, Rule, UpstreamHeaders};
    use crate::config::file;

    /// Reads a configuration from a file.
    ///
    /// # Errors
    ///
    /// Returns the error of the format for a value of a wrong type.
    impl<'de> Deserialize<'de> for CorsConfig {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let settings = file::table(deserializer, "a map with the settings of CORS")?;
            Ok(Self { settings })
        }
    }

    /// Writes a configuration to a file.
    ///
    /// # Errors
    ///
    /// Returns the error of the format or of a rule.
    impl Serialize for CorsConfig {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.settings.serialize(serializer)
        }
    }

    file::sections_with_unknown_keys!(CorsSettings);

    pub(super) fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
        file::list(deserializer, "a list of rules, which in TOML is [[rules]] and not [rules]")
    }

    file::words!(UpstreamHeaders, "\"replace\" or \"keep\"", { Replace => "replace", Keep => "keep" });

    #[cfg(feature = "schemars")]
    pub(super) mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{CorsConfig, CorsSettings, UpstreamHeaders, file};

        file::schema_of_words!(UpstreamHeaders);

        /// Describes the settings of CORS without the key that contains them.
        impl JsonSchema for CorsConfig {
            fn schema_name() -> Cow<'static, str> {
                "CorsConfig".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                file::unwrapped(CorsSettings::json_schema(generator))
            }
        }

        /// Returns the schema of a status that browsers accept for a preflight.
        /// <https://fetch.spec.whatwg.org/#ok-status>
        pub(in crate::cors::config) fn status(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": 200, "maximum": 299 })
        }
    }
}
