use super::Rule;

/// What a [`CorsPolicy`](super::CorsPolicy) is made of, as plain data.
///
/// ```
/// use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};
///
/// let config = CorsConfig {
///     rules: vec![
///         Rule::for_origins(["https://app.example.com"]).allow_credentials(),
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
///     own_origins = []
///     upstream_headers = "replace"    # or "keep"
///     diagnostics = []                # or "all"
///
///     [[cors.rules]]
///     origins = ["https://app.example.com", "https://*.example.org"]  # or ["*"]
///     origin_regexes = ['https://pr-[0-9]+\.preview\.example\.com']
///     credentials = true
///     methods = ["PUT", "DELETE"]         # or ["*"]
///     request_headers = ["content-type"]  # or ["*"], or ["*", "authorization"]
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
///     methods = ["put"]
/// "#)?;
/// let error = CorsPolicy::try_from(settings.cors).unwrap_err();
/// let faults: Vec<String> = error.faults().iter().map(|fault| format!("cors.{fault}")).collect();
/// assert_eq!(
///     faults,
///     [
///         r#"cors.rules[0].origins[0] = "https://app.example.com/": an origin has no path, not even "/"; write "https://app.example.com""#,
///         r#"cors.rules[0].methods[0] = "put": browsers send this method in upper case, and compare it with case; write "PUT""#,
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
    ///   it is absent, [`own_origins`](Self::own_origins) do, or, if there are none, `Origin` is
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
    /// let own_origins = vec!["https://api.example.com".to_owned()];
    /// let config = CorsConfig { enforce: true, own_origins, ..CorsConfig::default() };
    /// ```
    pub own_origins: Vec<String>,
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
            own_origins: Vec::new(),
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
    /// As a file has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Replace => REPLACE,
            Self::Keep => KEEP,
        }
    }
}

pub(super) const REPLACE: &str = "replace";
pub(super) const KEEP: &str = "keep";

/// The diagnostics of [`Diagnostics::All`], as a file has them.
pub(super) const ALL: &str = "all";
