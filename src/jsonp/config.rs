#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::callback_policy::CallbackPolicy;
use crate::config::add_texts;
#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};

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
#[must_use = "a configuration does nothing before it is a policy"]
pub struct JsonpConfig {
    pub(super) settings: JsonpSettings,
}

impl JsonpConfig {
    /// Creates a configuration with the defaults, which is the one of [`JsonpPolicy::default`].
    ///
    /// [`JsonpPolicy::default`]: super::JsonpPolicy::default
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds paths at which responses are wrapped, for a layer around a whole service.
    ///
    /// Without this setting they are wrapped at every path.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::JsonpConfig;
    /// // "/feed"          permitted: this path alone
    /// // "/public/*"      permitted: every path below it
    /// // "feed", "*"      prohibited: a path begins with a slash
    /// // "/a/../feed"     prohibited: as browsers send it, "/feed"
    /// let config = JsonpConfig::new().paths(["/feed", "/public/*"]);
    /// ```
    ///
    /// A path that a router could read as a different path, such as `/public/%2e%2e/private`, matches none of
    /// them.
    pub fn paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(self.settings.paths.get_or_insert_default(), paths);
        self
    }

    /// Adds names of the query parameter that names the callback. The first one present in the query wins.
    ///
    /// Without this setting it is `callback`. Names are compared with case, after percent-decoding:
    /// `callback[a]` is another name.
    pub fn parameters<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(self.settings.parameters.get_or_insert_default(), names);
        self
    }

    /// Replaces which callbacks are allowed. The default is [`CallbackPolicy::Path`].
    pub fn callbacks(mut self, policy: CallbackPolicy) -> Self {
        self.settings.callbacks = policy;
        self
    }

    /// Replaces what happens to the status. The default is [`StatusMode::ForceOk`].
    pub fn status(mut self, mode: StatusMode) -> Self {
        self.settings.status = mode;
        self
    }

    /// Replaces the form of the argument of the callback. The default is [`Payload::Expression`].
    pub fn payload(mut self, payload: Payload) -> Self {
        self.settings.payload = payload;
        self
    }

    /// Replaces whether U+2028 and U+2029 are escaped. The default is `true`.
    ///
    /// Unescaped, they end a line within a string in browsers older than ECMAScript 2019, which breaks the
    /// script; but the length of a response is then known. With [`Payload::JsonParse`] they are always escaped.
    pub fn escape_line_terminators(mut self, escape: bool) -> Self {
        self.settings.escape_line_terminators = escape;
        self
    }

    /// Replaces whether `<`, `>` and `&` become `\u003c`, `\u003e` and `\u0026`. The default is `false`.
    ///
    /// For responses that someone inserts into a page of HTML.
    pub fn escape_html(mut self, escape: bool) -> Self {
        self.settings.escape_html = escape;
        self
    }

    /// Replaces whether the layer removes credentials from the request, and wraps the response. The default is
    /// `false`: a response to a request with credentials is not wrapped.
    ///
    /// Removed are `Cookie` and `Authorization` of a request that names a callback, unless a page of the
    /// service's own origin sends it; and `Set-Cookie` of the response, since a service that sees no cookie would
    /// start a new session in place of the user's.
    ///
    /// The layer must then be outside of every layer that reads credentials: a layer outside of it has read
    /// them before they are removed.
    ///
    /// This wins over [`dangerously_allow_credentials`](Self::dangerously_allow_credentials).
    pub fn strip_credentials(mut self, strip: bool) -> Self {
        self.settings.strip_credentials = strip;
        self
    }

    /// Replaces whether the layer wraps responses to requests with `Cookie` or `Authorization`, whichever page
    /// sends them. The default is `false`.
    ///
    /// **Every site that a user visits can then read the responses to that user.** It cannot be limited to
    /// some sites: a request for a script has no `Origin`.
    pub fn dangerously_allow_credentials(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_credentials = allow;
        self
    }

    /// Replaces whether responses to requests for other destinations than a script are wrapped. The default is
    /// `false`.
    ///
    /// Such requests are navigations, frames and workers. The script of a service worker is never wrapped.
    pub fn dangerously_allow_any_destination(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_any_destination = allow;
        self
    }

    /// Replaces the name under which a browser saves a response to a navigation. The default is `f.txt`.
    ///
    /// Browsers load scripts anyway. A `Content-Disposition` of the inner service stays.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.settings.file_name = name.into();
        self
    }

    /// Replaces whether scripts have `Content-Disposition`, with the [file name](Self::file_name). The default is
    /// `true`.
    ///
    /// Without it, a browser can open a response as a page, under any name that an address ends with
    /// ("reflected file download").
    pub fn content_disposition(mut self, add: bool) -> Self {
        self.settings.content_disposition = add;
        self
    }

    /// Replaces whether the inner service sees the request without the parameter, if the response is going to be
    /// wrapped. The default is `false`.
    ///
    /// For services that reject unknown parameters.
    pub fn hide_parameter(mut self, hide: bool) -> Self {
        self.settings.hide_parameter = hide;
        self
    }

    /// Replaces whether a request with a malformed callback is rejected with 400. The default is `true`.
    ///
    /// Otherwise the response is the plain JSON of the inner service.
    pub fn reject_malformed_callbacks(mut self, reject: bool) -> Self {
        self.settings.reject_malformed_callbacks = reject;
        self
    }

    /// Whether responses depend on the path of the request.
    #[cfg(feature = "tower")]
    pub(crate) fn goes_by_path(&self) -> bool {
        self.settings.paths.is_some()
    }
}

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for JsonpConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = file::table(deserializer, "the settings of JSONP, by key")?;
        Ok(Self { settings })
    }
}

/// # Errors
///
/// The format's own, and where callbacks are decided on by a function, which cannot be written down.
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

// The settings, each under the key that it has in a file. The descriptions are those of the schema.
/// Data for `<script>` elements of pages that cannot read it otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize), serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(super) struct JsonpSettings {
    /// The paths at which responses are wrapped: `/feed`, or `/public/*` for all below it. Absent:
    /// everywhere.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_path_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) paths: Option<Vec<String>>,
    /// The parameters of the query that name the callback. The first of them in the query counts.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_header_list", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "Vec<String>", extend("default" = [DEFAULT_PARAMETER]))
    )]
    pub(super) parameters: Option<Vec<String>>,
    /// Which callbacks are taken.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) callbacks: CallbackPolicy,
    /// What becomes of the status of a response that is wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) status: StatusMode,
    /// What the callback is given.
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
    /// Whether cookies and `Authorization` are removed from the request, and the response is wrapped. Otherwise
    /// the response to a request with credentials is not wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) strip_credentials: bool,
    /// Wraps responses to requests with cookies or `Authorization`: every site that a user visits can then read
    /// the responses to that user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_credentials: bool,
    /// Wraps for requests too that are no script's.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_any_destination: bool,
    /// The name under which a browser saves a response that someone navigates to.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default_file_name"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) file_name: String,
    /// Whether scripts have `Content-Disposition`, with the file name.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) content_disposition: bool,
    /// Removes the parameter from the target of a request whose response is wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) hide_parameter: bool,
    /// Rejects a request with a malformed callback with 400. Otherwise the response is plain JSON.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "file::is_true"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) reject_malformed_callbacks: bool,
}

impl JsonpSettings {
    /// Returns the name in `Content-Disposition`, or `None` if that header is not set.
    pub(super) fn file_name(&self) -> Option<&str> {
        self.content_disposition.then_some(&self.file_name)
    }

    /// Returns the settings of a policy, in which no default parameter is missing.
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

/// What becomes of the status of a response that is wrapped.
///
/// A browser runs no script whose status is not 2xx: the page is told of an error, and of nothing else.
/// <https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusMode {
    /// It becomes 200; that it was another one stands in the data, if anywhere.
    #[default]
    ForceOk,
    /// It stays. A page never sees the body of an error.
    Preserve,
    /// It becomes 200, and the callback is given `{"status":404,"data":...}`.
    Envelope,
}

/// What the callback is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Payload {
    /// The JSON, as an expression of ECMAScript. Nearly every text of JSON is one of the same value. The
    /// exception: a member `"__proto__"` sets the prototype of its object, and two of them are an error of
    /// the syntax.
    #[default]
    Expression,
    /// `JSON.parse("...")`, which reads every text of JSON as what it is. Longer by a byte for each
    /// quotation mark, and each byte is looked at.
    JsonParse,
}

/// What becomes of cookies and `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The response is not wrapped.
    Withhold,
    /// They are taken from the request, and the response is wrapped.
    Strip,
    /// They stay: every site that a user visits reads what the service tells that user.
    Allow,
}

/// Which characters of the JSON are written in another way.
#[cfg(feature = "tower")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Escapes {
    /// U+2028 and U+2029, in three bytes each.
    pub(super) line_terminators: bool,
    /// `<`, `>` and `&`, which JSON has within strings alone.
    pub(super) html: bool,
    /// `"`, `\` and what is below a space, since the whole becomes a string.
    pub(super) string: bool,
}

#[cfg(feature = "tower")]
impl Escapes {
    pub(super) fn any(self) -> bool {
        self.line_terminators || self.html || self.string
    }

    /// How many bytes one byte becomes at most.
    pub(super) fn factor(self) -> u64 {
        match self {
            Self { string: false, html: false, line_terminators: false } => 1,
            // Six for three.
            Self { string: false, html: false, line_terminators: true } => 2,
            _ => 6,
        }
    }
}

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
