#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use super::rule::Rule;
use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};

/// What a [`CorsPolicy`](super::CorsPolicy) is made of, as plain data.
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
/// With the feature `serde` it is read from TOML, JSON, YAML and their like. No key is needed but
/// `rules`, and in each rule one that names an origin; the values outside of `rules` are the defaults:
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
///     upstream_headers = "replace"    # or "keep"
///     debug_origins = []              # or "all"
///
///     [[cors.rules]]
///     origins = ["https://app.example.com", "https://*.example.org"]  # or ["*"]
///     origin_regexes = ['https://pr-[0-9]+\.preview\.example\.com']
///     allow_credentials = true
///     allow_methods = ["PUT", "DELETE"]   # or ["*"]
///     allow_headers = ["content-type"]    # or ["*"], or ["*", "authorization"]
///     expose_headers = ["etag"]           # or, without credentials, ["*"]
///     max_age = 600                       # whole seconds
///     dangerously_allow_null_origin = false
///     dangerously_allow_insecure_origins = false
///     dangerously_allow_public_suffixes = false
/// "#)?;
/// let policy = CorsPolicy::new(settings.cors)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A key that does not exist and a value of a wrong type, `null` among them, are errors of the format's,
/// which knows their line. What is wrong with a value is found by [`CorsPolicy`](super::CorsPolicy): all
/// of it at once, each fault with its key. Only who loads the file knows what stands before that key:
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
/// It is written by the same feature, without what is the default. With the feature `schemars` it has a
/// JSON Schema, for editors to complete and check a file by; `schema/cors.json` in the repository is the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration does nothing before a `CorsPolicy` is made of it"]
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
    /// Creates a configuration without rules, which is a fault until [a rule is added](Self::add_rule).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule after the others. The first rule that matches an origin decides, alone.
    pub fn add_rule(mut self, rule: Rule) -> Self {
        self.settings.rules.push(rule);
        self
    }

    /// Returns the rules.
    pub fn rules(&self) -> &[Rule] {
        &self.settings.rules
    }

    /// Replaces the status of an allowed preflight: 200 to 299. The default is 204.
    pub fn preflight_status(mut self, status: u16) -> Self {
        self.settings.preflight_status = status;
        self
    }

    /// Sets whether an actual request that no rule allows is rejected with status 403 instead of reaching
    /// the service. The default is `false`: CORS blocks nothing.
    ///
    /// The origin and the method are compared with the rules; of upgrades to WebSockets and of extended
    /// `CONNECT` only the origin. Request headers are not: a server cannot tell those that a page set from
    /// those that its browser, or a proxy, added. `GET`, `HEAD` and `POST` need no rule, as in CORS.
    ///
    /// These requests always reach the service:
    /// - requests without `Origin`: tools such as curl, and the `GET` and `HEAD` of forms, links, images and
    ///   of the service's own pages;
    /// - requests of the service's own pages. `Sec-Fetch-Site` names them, in every browser since 2023. If
    ///   it is absent, the origin is compared with the [service origins](Self::service_origins) or, if there
    ///   are none, with the host and the port of the request. `Forwarded` and similar headers never count;
    /// - `GET` and `HEAD` whose `Sec-Fetch-Mode` is neither `cors` nor `websocket`: browsers send `Origin`
    ///   with some images and frames, too
    ///   ([Storage Access Headers](https://privacycg.github.io/storage-access-headers/)).
    ///
    /// It stops a page of another origin that writes without a preflight, or opens a WebSocket; also
    /// forms that another site posts on purpose, such as the `form_post` of OpenID Connect. It does not
    /// stop requests without `Origin`, nor DNS rebinding, where the page's own origin is the service's.
    ///
    /// Responses then depend on `Sec-Fetch-Site` and `Sec-Fetch-Mode` too, and `Vary` names both.
    pub fn enforce(mut self, enforce: bool) -> Self {
        self.settings.enforce = enforce;
        self
    }

    /// Adds origins under which browsers reach the service, for [`enforce`](Self::enforce): requests of
    /// their pages are never rejected. Without any, the origin is compared with the host of the request, which a
    /// proxy must therefore pass on unchanged.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsConfig, Rule};
    /// // "https://api.example.com"     permitted
    /// // "https://*.example.com"       prohibited: each origin is named
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

    /// Replaces what the layer does with CORS headers that the service itself set. The default is to
    /// replace them.
    pub fn upstream_headers(mut self, headers: UpstreamHeaders) -> Self {
        self.settings.upstream_headers = headers;
        self
    }

    /// Replaces the origins whose pages learn at which step a preflight failed. By default there are none.
    pub fn debug_origins(mut self, origins: DebugOrigins) -> Self {
        self.settings.debug_origins = origins;
        self
    }
}

// The settings that a file has, each under its key. The descriptions are those of the schema.
/// Which pages of other origins may read the responses of this service, and what they may send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub(crate) struct CorsSettings {
    /// The status of an allowed preflight.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::success_status", skip_serializing_if = "is_no_content")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if, schema_with = "file_format::schema::status"))]
    pub(crate) preflight_status: u16,
    /// Whether a request that no rule allows is rejected with 403. Otherwise it reaches the service, and the
    /// page cannot read the response.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) enforce: bool,
    /// The origins under which browsers reach this service, such as `https://api.example.com`. With
    /// `enforce`, requests of their pages are never rejected.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::origin_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) service_origins: Vec<String>,
    /// What becomes of the CORS headers that the service itself set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) upstream_headers: UpstreamHeaders,
    /// The origins whose pages learn at which step a preflight failed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) debug_origins: DebugOrigins,
    /// The rules. The first one that covers an origin decides, alone. At least one.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file_format::rules", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(crate) rules: Vec<Rule>,
}

impl Default for CorsSettings {
    fn default() -> Self {
        Self {
            preflight_status: NO_CONTENT,
            enforce: false,
            service_origins: Vec::new(),
            upstream_headers: UpstreamHeaders::default(),
            debug_origins: DebugOrigins::default(),
            rules: Vec::new(),
        }
    }
}

const NO_CONTENT: u16 = 204;

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no_content(status: &u16) -> bool {
    *status == NO_CONTENT
}

/// What becomes of the CORS headers that the wrapped service set by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamHeaders {
    /// They are removed, and the policy's are put in their place.
    #[default]
    Replace,
    /// All or nothing: where the service set `Access-Control-Allow-Origin`, all six stay as they are,
    /// and only `Vary` is added; where it did not, they are replaced.
    ///
    /// For a gateway before services that have policies of their own. Their preflights are answered
    /// here all the same.
    Keep,
}

/// Who is told at which step a preflight failed.
///
/// A refused preflight says nothing of the policy, so that the browser can only tell its page's author
/// that something is not allowed. Who is named here gets, for a method or a header that is refused, a
/// success that lacks just that, and the browser's console names the step: "Method PUT is not allowed by
/// Access-Control-Allow-Methods in preflight response". What is refused stays refused.
///
/// A page of these origins learns which methods its rule allows, and nothing more. An origin that no
/// rule covers is told nothing, whoever it is.
///
/// ```
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, DebugOrigins, Rule};
///
/// let config = CorsConfig::from(Rule::for_origins(["https://app.example.com", "http://localhost:*"]))
///     .debug_origins(DebugOrigins::Origins(vec!["http://localhost:3000".to_owned()]));
/// let policy = CorsPolicy::new(config)?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DebugOrigins {
    /// Pages of these origins; each is exact, as `https://app.example.com` is.
    Origins(Vec<String>),
    /// Pages of every origin that a rule covers.
    All,
}

/// Nobody.
impl Default for DebugOrigins {
    fn default() -> Self {
        Self::Origins(Vec::new())
    }
}

impl UpstreamHeaders {
    /// Returns the word for it in a file.
    fn as_str(self) -> &'static str {
        match self {
            Self::Replace => REPLACE,
            Self::Keep => KEEP,
        }
    }
}

const REPLACE: &str = "replace";
const KEEP: &str = "keep";

/// [`DebugOrigins::All`], as a file has it.
pub(super) const ALL: &str = "all";

/// What a configuration says beside its rules.
#[derive(Debug)]
pub(super) struct PolicySettings {
    preflight_status: u16,
    enforce: bool,
    /// Sorted.
    service_origins: Vec<String>,
    upstream_headers: UpstreamHeaders,
    /// Sorted; `None` for all.
    debug_origins: Option<Vec<String>>,
}

impl PolicySettings {
    pub(super) fn new(config: &CorsSettings) -> Self {
        Self {
            preflight_status: config.preflight_status,
            enforce: config.enforce,
            service_origins: sorted(&config.service_origins),
            upstream_headers: config.upstream_headers,
            debug_origins: match &config.debug_origins {
                DebugOrigins::Origins(origins) => Some(sorted(origins)),
                DebugOrigins::All => None,
            },
        }
    }

    /// Each setting with its value, as a file has it.
    pub(super) fn written(&self) -> [(&'static str, String); 5] {
        let debug_origins = match &self.debug_origins {
            Some(origins) => format!("{origins:?}"),
            None => format!("{ALL:?}"),
        };
        [
            ("preflight_status", self.preflight_status.to_string()),
            ("enforce", self.enforce.to_string()),
            ("service_origins", format!("{:?}", self.service_origins)),
            ("upstream_headers", format!("{:?}", self.upstream_headers.as_str())),
            ("debug_origins", debug_origins),
        ]
    }
}

fn sorted(origins: &[String]) -> Vec<String> {
    let mut origins = origins.to_vec();
    origins.sort_unstable();
    origins.dedup();
    origins
}

#[cfg(feature = "serde")]
mod file_format {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{Error, SeqAccess, Unexpected, Visitor},
    };

    #[cfg(feature = "schemars")]
    use super::CorsSettings;
    use super::{ALL, CorsConfig, DebugOrigins, Rule, UpstreamHeaders};
    use crate::config::file;

    /// # Errors
    ///
    /// The format's own, for an unknown key or a value of a wrong type.
    impl<'de> Deserialize<'de> for CorsConfig {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let settings = file::table(deserializer, "the settings of CORS, by key")?;
            Ok(Self { settings })
        }
    }

    /// # Errors
    ///
    /// The format's own, and a rule's.
    impl Serialize for CorsConfig {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.settings.serialize(serializer)
        }
    }

    pub(super) fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
        file::list(deserializer, "a list of rules, which in TOML is [[rules]] and not [rules]")
    }

    file::words!(UpstreamHeaders, "\"replace\" or \"keep\"", { Replace => "replace", Keep => "keep" });

    /// # Errors
    ///
    /// The format's own, for what is neither a list nor `all`.
    impl<'de> Deserialize<'de> for DebugOrigins {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(DebugVisitor)
        }
    }

    /// # Errors
    ///
    /// The format's own.
    impl Serialize for DebugOrigins {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Origins(origins) => origins.serialize(serializer),
                Self::All => serializer.serialize_str(ALL),
            }
        }
    }

    struct DebugVisitor;

    impl<'de> Visitor<'de> for DebugVisitor {
        type Value = DebugOrigins;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{ALL:?}, or a list of origins, such as [\"https://app.example.com\"]")
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<DebugOrigins, E> {
            match word {
                ALL => Ok(DebugOrigins::All),
                _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<DebugOrigins, A::Error> {
            file::list_items(list).map(DebugOrigins::Origins)
        }
    }

    #[cfg(feature = "schemars")]
    pub(super) mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{ALL, CorsConfig, CorsSettings, DebugOrigins, UpstreamHeaders, file};

        file::schema_of_words!(UpstreamHeaders);

        /// What a file has below its own key for CORS.
        impl JsonSchema for CorsConfig {
            fn schema_name() -> Cow<'static, str> {
                "CorsConfig".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                file::unwrapped(CorsSettings::json_schema(generator))
            }
        }

        impl JsonSchema for DebugOrigins {
            fn schema_name() -> Cow<'static, str> {
                "DebugOrigins".into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "anyOf": [
                        {
                            "description": "Pages of these origins; none of them is a pattern.",
                            "type": "array",
                            "items": { "type": "string" },
                        },
                        {
                            "description": "Pages of every origin that a rule covers.",
                            "type": "string",
                            "const": ALL,
                        },
                    ]
                })
            }
        }

        /// What a browser accepts as the response to a preflight. <https://fetch.spec.whatwg.org/#ok-status>
        pub(in crate::cors::config) fn status(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": 200, "maximum": 299 })
        }
    }
}
