use super::rule::Rule;

/// What a [`CorsPolicy`](super::CorsPolicy) is made of, as plain data.
///
/// ```
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};
///
/// let config = CorsConfig {
///     rules: vec![
///         Rule::for_origins(["https://app.example.com"]).allow_credentials(true),
///         Rule::for_any_origin(),
///     ],
///     preflight_status: 200,
///     ..CorsConfig::default()
/// };
/// let policy = CorsPolicy::try_from(config)?;
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
///     diagnostics = []                # or "all"
///
///     [[cors.rules]]
///     origins = ["https://app.example.com", "https://*.example.org"]  # or ["*"]
///     origin_regexes = ['https://pr-[0-9]+\.preview\.example\.com']
///     allow_credentials = true
///     allow_methods = ["PUT", "DELETE"]         # or ["*"]
///     allow_headers = ["content-type"]  # or ["*"], or ["*", "authorization"]
///     expose_headers = ["etag"]           # or, without credentials, ["*"]
///     max_age = 600                       # whole seconds
///     dangerously_allow_null_origin = false
///     dangerously_allow_insecure_origins = false
///     dangerously_allow_public_suffixes = false
/// "#)?;
/// let policy = CorsPolicy::try_from(settings.cors)?;
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
/// let error = CorsPolicy::try_from(settings.cors).unwrap_err();
/// let faults: Vec<String> = error.faults().iter().map(|fault| format!("cors.{fault}")).collect();
/// assert_eq!(
///     faults,
///     [
///         r#"cors.rules[0].origins[0] = "https://app.example.com/": an origin has no path, not even "/"; write "https://app.example.com""#,
///         r#"cors.rules[0].allow_methods[0] = "put": browsers send this method in upper case, and compare it with case; write "PUT""#,
///     ]
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
///
/// It is written by the same feature, without what is the default. With the feature `schemars` it has a
/// JSON Schema, for editors to complete and check a file by; `schema/cors.json` in the repository is the
/// same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsConfig {
    /// The rules; the first one that covers an origin decides, alone. At least one.
    pub rules: Vec<Rule>,
    /// The status of a granted preflight: 200 to 299. The default is 204.
    pub preflight_status: u16,
    /// Whether an actual request that no rule allows is answered with 403 in place of being passed on.
    /// The default is `false`: CORS blocks nothing.
    ///
    /// Judged are the origin and the method, of upgrades to WebSockets and of extended `CONNECT` the
    /// origin alone. Request headers never are: a server cannot tell those that a page set from those
    /// that its browser, or a proxy, added. `GET`, `HEAD` and `POST` need no rule, as ever.
    ///
    /// It passes
    /// - what has no `Origin`: tools such as curl, and the `GET` and `HEAD` of forms, links, images and
    ///   of the service's own pages;
    /// - what the service's own pages send. `Sec-Fetch-Site` says it, in every browser since 2023. Where
    ///   it is absent, [`service_origins`](Self::service_origins) do, or, if there are none, `Origin` is
    ///   compared with the target's host and port. `Forwarded` and its like never count;
    /// - `GET` and `HEAD` whose `Sec-Fetch-Mode` is neither `cors` nor `websocket`: browsers send `Origin`
    ///   with some images and frames, too
    ///   ([Storage Access Headers](https://privacycg.github.io/storage-access-headers/)).
    ///
    /// It stops a page of another origin that writes without a preflight, or opens a WebSocket; also
    /// forms that another site posts on purpose, such as the `form_post` of OpenID Connect. It does not
    /// stop what has no `Origin`, nor DNS rebinding, where the page's own origin is the service's.
    ///
    /// Responses then depend on `Sec-Fetch-Site` and `Sec-Fetch-Mode` too, and say so in `Vary`.
    pub enforce: bool,
    /// The origins under which browsers reach the service, for [`enforce`](Self::enforce): their pages
    /// are never refused. None by default; then the request's own target is asked, which a proxy must
    /// therefore pass on as it is.
    ///
    /// ```
    /// # use tower_cross_origin::cors::CorsConfig;
    /// // "https://api.example.com"     permitted
    /// // "https://*.example.com"       prohibited: each origin is named
    /// // "null"                        prohibited
    /// let service_origins = vec!["https://api.example.com".to_owned()];
    /// let config = CorsConfig { enforce: true, service_origins, ..CorsConfig::default() };
    /// ```
    pub service_origins: Vec<String>,
    /// What becomes of CORS headers that the service itself set. The default is to replace them.
    pub upstream_headers: UpstreamHeaders,
    /// Who is told at which step a preflight failed. Nobody by default.
    pub diagnostics: Diagnostics,
}

/// No rules, and what the fields' documentation names as their defaults.
impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            preflight_status: 204,
            enforce: false,
            service_origins: Vec::new(),
            upstream_headers: UpstreamHeaders::default(),
            diagnostics: Diagnostics::default(),
        }
    }
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
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Diagnostics, Rule};
///
/// let config = CorsConfig {
///     rules: vec![Rule::for_origins(["https://app.example.com", "http://localhost:*"])],
///     diagnostics: Diagnostics::Origins(vec!["http://localhost:3000".to_owned()]),
///     ..CorsConfig::default()
/// };
/// let policy = CorsPolicy::try_from(config)?;
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnostics {
    /// Pages of these origins; each is exact, as `https://app.example.com` is.
    Origins(Vec<String>),
    /// Pages of every origin that a rule covers.
    All,
}

/// Nobody.
impl Default for Diagnostics {
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

/// The diagnostics of [`Diagnostics::All`], as a file has them.
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
    diagnostics: Option<Vec<String>>,
}

impl PolicySettings {
    pub(super) fn new(config: &CorsConfig) -> Self {
        Self {
            preflight_status: config.preflight_status,
            enforce: config.enforce,
            service_origins: sorted(&config.service_origins),
            upstream_headers: config.upstream_headers,
            diagnostics: match &config.diagnostics {
                Diagnostics::Origins(origins) => Some(sorted(origins)),
                Diagnostics::All => None,
            },
        }
    }

    /// Each setting with its value, as a file has it.
    pub(super) fn written(&self) -> [(&'static str, String); 5] {
        let diagnostics = match &self.diagnostics {
            Some(origins) => format!("{origins:?}"),
            None => format!("{ALL:?}"),
        };
        [
            ("preflight_status", self.preflight_status.to_string()),
            ("enforce", self.enforce.to_string()),
            ("service_origins", format!("{:?}", self.service_origins)),
            ("upstream_headers", format!("{:?}", self.upstream_headers.as_str())),
            ("diagnostics", diagnostics),
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

    use super::{ALL, CorsConfig, Diagnostics, Rule, UpstreamHeaders};
    use crate::config::file::{self, TableWriter};

    /// Which pages of other origins may read the responses of this service, and what they may send.
    #[derive(Deserialize)]
    #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
    #[serde(default, deny_unknown_fields)]
    struct ConfigKeys {
        /// The status of a granted preflight.
        #[serde(deserialize_with = "file::success_status")]
        #[cfg_attr(feature = "schemars", schemars(schema_with = "schema::status"))]
        preflight_status: u16,
        /// Whether a request that no rule allows is answered with 403. Otherwise it is served, and the page
        /// cannot read the response.
        enforce: bool,
        /// The origins under which this service itself is reached, for `enforce`: their pages are never
        /// refused. Such as `https://api.example.com`.
        #[serde(deserialize_with = "file::origin_list")]
        service_origins: Vec<String>,
        /// What becomes of the CORS headers that the service itself set.
        upstream_headers: UpstreamHeaders,
        /// Who is told at which step a preflight failed.
        diagnostics: Diagnostics,
        /// The rules. The first one that covers an origin decides, alone. At least one.
        #[serde(deserialize_with = "rules")]
        rules: Vec<Rule>,
    }

    impl Default for ConfigKeys {
        fn default() -> Self {
            let CorsConfig {
                rules,
                preflight_status,
                enforce,
                service_origins,
                upstream_headers,
                diagnostics,
            } = CorsConfig::default();
            Self {
                preflight_status,
                enforce,
                service_origins,
                upstream_headers,
                diagnostics,
                rules,
            }
        }
    }

    /// # Errors
    ///
    /// The format's own, for an unknown key or a value of a wrong type.
    impl<'de> Deserialize<'de> for CorsConfig {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let keys: ConfigKeys = file::table(deserializer, "the settings of CORS, by key")?;
            Ok(Self {
                rules: keys.rules,
                preflight_status: keys.preflight_status,
                enforce: keys.enforce,
                service_origins: keys.service_origins,
                upstream_headers: keys.upstream_headers,
                diagnostics: keys.diagnostics,
            })
        }
    }

    /// # Errors
    ///
    /// The format's own, and a rule's.
    impl Serialize for CorsConfig {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self {
                rules,
                preflight_status,
                enforce,
                service_origins,
                upstream_headers,
                diagnostics,
            } = self;
            let default = Self::default();
            let mut written = TableWriter::begin(serializer)?;
            written.key("preflight_status", preflight_status, &default.preflight_status)?;
            written.key("enforce", enforce, &default.enforce)?;
            written.key("service_origins", service_origins, &default.service_origins)?;
            written.key("upstream_headers", upstream_headers, &default.upstream_headers)?;
            written.key("diagnostics", diagnostics, &default.diagnostics)?;
            written.key("rules", rules, &default.rules)?;
            written.end()
        }
    }

    fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
        file::list(deserializer, "a list of rules, which in TOML is [[rules]] and not [rules]")
    }

    file::words!(UpstreamHeaders, "\"replace\" or \"keep\"", { Replace => "replace", Keep => "keep" });

    /// # Errors
    ///
    /// The format's own, for what is neither a list nor `all`.
    impl<'de> Deserialize<'de> for Diagnostics {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(DebugVisitor)
        }
    }

    /// # Errors
    ///
    /// The format's own.
    impl Serialize for Diagnostics {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Origins(origins) => origins.serialize(serializer),
                Self::All => serializer.serialize_str(ALL),
            }
        }
    }

    struct DebugVisitor;

    impl<'de> Visitor<'de> for DebugVisitor {
        type Value = Diagnostics;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{ALL:?}, or a list of origins, such as [\"https://app.example.com\"]")
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<Diagnostics, E> {
            match word {
                ALL => Ok(Diagnostics::All),
                _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Diagnostics, A::Error> {
            file::list_members(list).map(Diagnostics::Origins)
        }
    }

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{ALL, ConfigKeys, CorsConfig, Diagnostics, UpstreamHeaders, file};

        file::schema_of_words!(UpstreamHeaders);

        /// What a file has below its own key for CORS.
        impl JsonSchema for CorsConfig {
            fn schema_name() -> Cow<'static, str> {
                "CorsConfig".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                file::unwrapped(ConfigKeys::json_schema(generator))
            }
        }

        impl JsonSchema for Diagnostics {
            fn schema_name() -> Cow<'static, str> {
                "Diagnostics".into()
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
        pub(super) fn status(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "integer", "minimum": 200, "maximum": 299 })
        }
    }
}
