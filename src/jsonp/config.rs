#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::callback_policy::CallbackPolicy;
use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};

/// Configures a [`JsonpPolicy`](super::JsonpPolicy), as plain data.
///
/// ```
/// use tower_cross_origin::jsonp::{CallbackPolicy, JsonpConfig, JsonpPolicy, StatusMode};
///
/// let config = JsonpConfig::new()
///     .parameters(["jsonp"])
///     .callbacks(CallbackPolicy::OneOf(vec!["app.show".into()]))
///     .status(StatusMode::Envelope);
/// let policy = JsonpPolicy::new(config)?;
/// # Ok::<(), tower_cross_origin::jsonp::JsonpConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a configuration does nothing until a policy uses it"]
pub struct JsonpConfig {
    pub(super) settings: JsonpSettings,
}

impl JsonpConfig {
    /// Creates a configuration with the defaults, as in [`JsonpPolicy::default`].
    ///
    /// [`JsonpPolicy::default`]: super::JsonpPolicy::default
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths at which responses are wrapped, for a layer around a whole service.
    ///
    /// By default, responses are wrapped at every path.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::JsonpConfig;
    /// // "/feed"          permitted: only this path
    /// // "/public/*"      permitted: every path below it
    /// // "feed", "*"      prohibited: a path begins with a slash
    /// // "/a/../feed"     prohibited: browsers send "/feed"
    /// let config = JsonpConfig::new().paths(["/feed", "/public/*"]);
    /// ```
    ///
    /// An ambiguous path, such as `/public/..%3B/private`, never matches: a router could read it as a different
    /// path.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(self.settings.paths.get_or_insert_default(), paths);
        self
    }

    /// Adds names of the query parameter that contains the callback. The first one present in the query wins.
    ///
    /// The default is `callback`. Names are case-sensitive, and are compared after percent-decoding. The name
    /// `callback[a]` does not match `callback`.
    pub fn parameters<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(self.settings.parameters.get_or_insert_default(), names);
        self
    }

    /// Sets the callbacks that are allowed. The default is [`CallbackPolicy::ClientLibraries`].
    pub fn callbacks(mut self, policy: CallbackPolicy) -> Self {
        self.settings.callbacks = policy;
        self
    }

    /// Sets the status of wrapped responses. The default is [`StatusMode::ForceOk`].
    pub fn status(mut self, mode: StatusMode) -> Self {
        self.settings.status = mode;
        self
    }

    /// Sets the form of the callback's argument. The default is [`Payload::Expression`].
    pub fn payload(mut self, payload: Payload) -> Self {
        self.settings.payload = payload;
        self
    }

    /// Sets whether U+2028 and U+2029 are escaped. The default is `true`.
    ///
    /// In browsers older than ECMAScript 2019, an unescaped line terminator in a string breaks the script.
    /// Without escapes, the response has a `Content-Length`. With [`Payload::JsonParse`], line terminators
    /// are always escaped.
    pub fn escape_line_terminators(mut self, escape: bool) -> Self {
        self.settings.escape_line_terminators = escape;
        self
    }

    /// Sets whether `<`, `>` and `&` become `\u003c`, `\u003e` and `\u0026`. The default is `false`.
    ///
    /// Set this if responses are inserted into HTML pages.
    pub fn escape_html(mut self, escape: bool) -> Self {
        self.settings.escape_html = escape;
        self
    }

    /// Sets whether the layer removes credentials from requests, and wraps their responses. The default is
    /// `false`.
    ///
    /// By default, the layer does not wrap the response to a request with credentials.
    ///
    /// The layer removes `Cookie` and `Authorization` from a request with a callback, unless a page of the
    /// service's origin sends it. It also removes `Set-Cookie` from the response: a service that receives no
    /// cookie would start a new session in place of the user's session.
    ///
    /// Put the layer outside of every layer that reads credentials: outer layers read them before this layer
    /// removes them.
    ///
    /// This setting overrides [`dangerously_allow_credentials`](Self::dangerously_allow_credentials).
    pub fn strip_credentials(mut self, strip: bool) -> Self {
        self.settings.strip_credentials = strip;
        self
    }

    /// Sets whether the layer wraps responses to requests with credentials. The default is `false`.
    ///
    /// Credentials are `Cookie` and `Authorization`. **Every site that a user visits can then read the
    /// responses to that user.** The setting cannot be limited to some sites: a request for a script has no
    /// `Origin`.
    pub fn dangerously_allow_credentials(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_credentials = allow;
        self
    }

    /// Sets whether responses are wrapped for destinations other than scripts. The default is `false`.
    ///
    /// Such requests are navigations, frames and workers. The script of a service worker is never wrapped.
    pub fn dangerously_allow_any_destination(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_any_destination = allow;
        self
    }

    /// Sets the name under which a browser saves a response to a navigation. The default is `f.txt`.
    ///
    /// The name has no effect on scripts. A `Content-Disposition` of the inner service stays.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.settings.file_name = name.into();
        self
    }

    /// Sets whether scripts have `Content-Disposition`, with the [file name](Self::file_name). The default is
    /// `true`.
    ///
    /// Without it, a browser can open a response as a page, under any name at the end of the URL ("reflected
    /// file download").
    pub fn content_disposition(mut self, add: bool) -> Self {
        self.settings.content_disposition = add;
        self
    }

    /// Sets whether the layer removes the callback parameter from the request. The default is `false`.
    ///
    /// The layer removes the parameter only if it is going to wrap the response. Use this for services that
    /// reject unknown parameters.
    pub fn hide_parameter(mut self, hide: bool) -> Self {
        self.settings.hide_parameter = hide;
        self
    }

    /// Sets whether a request with a malformed callback is rejected with 400. The default is `true`.
    ///
    /// With `false`, the response is the plain JSON of the inner service.
    pub fn reject_malformed_callbacks(mut self, reject: bool) -> Self {
        self.settings.reject_malformed_callbacks = reject;
        self
    }

    /// Returns a path at which callbacks are handled, if the configuration limits the paths.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn example_path(&self) -> Option<String> {
        self.settings.paths.as_ref()?.first().map(|path| path.replace('*', "example"))
    }

    /// Returns whether responses depend on the path of the request.
    #[cfg(feature = "tower")]
    pub(crate) fn is_path_dependent(&self) -> bool {
        self.settings.paths.is_some()
    }
}

/// # Errors
///
/// Fails if a value has the wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for JsonpConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = file::table(deserializer, "a map with the settings of JSONP")?;
        Ok(Self { settings })
    }
}

/// # Errors
///
/// Fails for [`CallbackPolicy::Custom`]: a function cannot be serialized.
#[cfg(feature = "serde")]
impl Serialize for JsonpConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settings.serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for JsonpConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JsonpConfig".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        file::unwrapped(JsonpSettings::json_schema(generator))
    }
}

// The keys of a configuration file. The schema uses these descriptions.
/// JSON as scripts, for pages that cannot use `fetch`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate setting")]
pub(super) struct JsonpSettings {
    /// The paths at which responses are wrapped: `/feed`, or `/public/*` for all paths below. The default is
    /// every path.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) paths: Option<Vec<String>>,
    /// The query parameters that contain the callback. The first one present in the query wins.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "Vec<String>", extend("default" = [DEFAULT_PARAMETER]))
    )]
    pub(super) parameters: Option<Vec<String>>,
    /// The callbacks that are allowed.
    ///
    /// The default is one identifier, or a name that a client library such as AngularJS or Dojo generates. List
    /// every other function, such as `{ one_of = ["app.show"] }`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) callbacks: CallbackPolicy,
    /// The status of wrapped responses.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) status: StatusMode,
    /// The form of the callback's argument.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) payload: Payload,
    /// Whether U+2028 and U+2029 are escaped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) escape_line_terminators: bool,
    /// Whether `<`, `>` and `&` are escaped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) escape_html: bool,
    /// Whether cookies and `Authorization` are removed from the request, and the response is wrapped.
    /// Otherwise the response to a request with credentials is not wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) strip_credentials: bool,
    /// Wraps responses to requests with cookies or `Authorization`. Every site that a user visits can then
    /// read the responses to that user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_credentials: bool,
    /// Wraps responses for destinations other than scripts, too.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_any_destination: bool,
    /// The name under which a browser saves a response to a navigation.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default_file_name"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) file_name: String,
    /// Whether scripts have `Content-Disposition`, with the file name.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) content_disposition: bool,
    /// Removes the callback parameter from a request whose response is wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) hide_parameter: bool,
    /// Rejects a request with a malformed callback with 400. Otherwise the response is plain JSON.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) reject_malformed_callbacks: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(super) unknown_keys: UnknownKeys,
}

#[cfg(feature = "cross-origin")]
impl JsonpConfig {
    /// Returns whether the response to a request with credentials is not wrapped.
    pub(crate) fn withholds_credentials(&self) -> bool {
        self.settings.credentials() == Credentials::Withhold
    }
}

impl JsonpSettings {
    /// Returns the name in `Content-Disposition`, or `None` if that header is not set.
    pub(super) fn file_name(&self) -> Option<&str> {
        self.content_disposition.then_some(&self.file_name)
    }

    /// Returns the settings with the default parameter, unless parameters are set.
    pub(super) fn with_default_parameter(mut self) -> Self {
        self.parameters.get_or_insert_with(|| vec![DEFAULT_PARAMETER.to_owned()]);
        self
    }

    pub(super) fn parameters(&self) -> &[String] {
        self.parameters.as_deref().unwrap_or_default()
    }

    pub(super) fn credentials(&self) -> Credentials {
        match (self.strip_credentials, self.dangerously_allow_credentials) {
            (true, _) => Credentials::Strip,
            (false, true) => Credentials::Allow,
            (false, false) => Credentials::Withhold,
        }
    }

    #[cfg(feature = "tower")]
    pub(super) fn escapes(&self) -> Escapes {
        let string = self.payload == Payload::JsonParse;
        Escapes {
            line_terminators: string || self.escape_line_terminators,
            html: self.escape_html,
            string,
        }
    }
}

impl Default for JsonpSettings {
    fn default() -> Self {
        Self {
            paths: None,
            parameters: None,
            callbacks: CallbackPolicy::default(),
            status: StatusMode::default(),
            payload: Payload::default(),
            escape_line_terminators: true,
            escape_html: false,
            strip_credentials: false,
            dangerously_allow_credentials: false,
            dangerously_allow_any_destination: false,
            file_name: default_file_name(),
            content_disposition: true,
            hide_parameter: false,
            reject_malformed_callbacks: true,
            #[cfg(feature = "serde")]
            unknown_keys: UnknownKeys::default(),
        }
    }
}

const DEFAULT_PARAMETER: &str = "callback";

fn default_file_name() -> String {
    "f.txt".to_owned()
}

#[cfg(feature = "serde")]
fn is_default_file_name(name: &str) -> bool {
    name == default_file_name()
}

/// The status of wrapped responses.
///
/// A browser runs a script only if its status is 2xx. For any other status, the page receives only an `error`
/// event. <https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusMode {
    /// The status becomes 200. The original status is lost, unless the data contain it.
    #[default]
    ForceOk,
    /// The status stays. A page cannot read the body of an error.
    Preserve,
    /// The status becomes 200, and the argument is `{"status":404,"data":...}`.
    Envelope,
}

/// The form of the callback's argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Payload {
    /// The JSON, as an ECMAScript expression.
    ///
    /// Almost every JSON text has the same value as an expression. The exception is a member `"__proto__"`:
    /// it sets the prototype of its object, and two of them are a syntax error.
    ///
    /// The layer checks that the body is JSON while it streams the body. If it is not, the script ends there, and
    /// is a syntax error. JSON with more than [`JSON_DEPTH`](crate::limits::JSON_DEPTH) open brackets counts as
    /// invalid.
    #[default]
    Expression,
    /// `JSON.parse("...")`, which parses every JSON text correctly, and throws an error for other text.
    ///
    /// The script is longer by one byte for each quotation mark, and the layer inspects each byte.
    JsonParse,
}

/// The treatment of requests with cookies or `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The response is not wrapped.
    Withhold,
    /// The layer removes the credentials from the request, and wraps the response.
    Strip,
    /// The response is wrapped, so every site can read the responses to its visitors.
    Allow,
}

/// The characters of the JSON that are escaped.
#[cfg(feature = "tower")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escapes {
    /// U+2028 and U+2029, in three bytes each.
    pub(super) line_terminators: bool,
    /// `<`, `>` and `&`, which JSON contains only in strings.
    pub(super) html: bool,
    /// `"`, `\` and control characters, since the JSON becomes a string.
    pub(super) string: bool,
}

#[cfg(feature = "tower")]
impl Escapes {
    pub(super) fn any(self) -> bool {
        self.line_terminators || self.html || self.string
    }

    /// Returns the maximum number of bytes that one byte becomes.
    pub(super) fn max_expansion(self) -> u64 {
        match self {
            Self { string: false, html: false, line_terminators: false } => 1,
            // Six bytes replace three.
            Self { string: false, html: false, line_terminators: true } => 2,
            _ => 6,
        }
    }
}

#[cfg(feature = "serde")]
file::sections_with_unknown_keys!(JsonpSettings);

#[cfg(feature = "serde")]
file::words!(StatusMode, "\"force-ok\", \"preserve\" or \"envelope\"", {
    ForceOk => "force-ok",
    Preserve => "preserve",
    Envelope => "envelope",
});

#[cfg(feature = "serde")]
file::words!(Payload, "\"expression\" or \"json-parse\"", {
    Expression => "expression",
    JsonParse => "json-parse",
});

#[cfg(feature = "schemars")]
file::schema_of_words!(StatusMode, Payload);
