#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::callback_policy::CallbackPolicy;
#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};

/// What a [`JsonpPolicy`](super::JsonpPolicy) is made of.
///
/// ```
/// use tower_cross_origin::jsonp::{CallbackPolicy, JsonpConfig, JsonpPolicy, StatusMode};
///
/// let config = JsonpConfig::new()
///     .parameter("jsonp")
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
    /// Everything as it is when nothing is set: what [`JsonpPolicy::default`] is made of.
    ///
    /// [`JsonpPolicy::default`]: super::JsonpPolicy::default
    pub fn new() -> Self {
        Self::default()
    }

    /// Wraps at these paths alone, for a layer that stands around a whole service.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::JsonpConfig;
    /// // "/feed"          permitted: this path alone
    /// // "/public/*"      permitted: every path below it
    /// // "feed", "*"      prohibited: a path begins with a slash
    /// // "/a/../feed"     prohibited: as browsers send it, "/feed"
    /// let config = JsonpConfig::new().only_at(["/feed", "/public/*"]);
    /// ```
    ///
    /// A path that a router behind might read as another one, such as `/public/%2e%2e/private`, is not
    /// covered.
    pub fn only_at<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.settings.paths = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// The parameter of the query that names the callback, in the place of `callback`. Compared with
    /// case, after percent-decoding: `callback[a]` is another one.
    pub fn parameter(mut self, name: impl Into<String>) -> Self {
        self.settings.parameters = vec![name.into()];
        self
    }

    /// One more such parameter. The first of them in the query counts.
    pub fn or_parameter(mut self, name: impl Into<String>) -> Self {
        self.settings.parameters.push(name.into());
        self
    }

    /// Which callbacks are taken; [`CallbackPolicy::Path`] if it is not set.
    pub fn callbacks(mut self, policy: CallbackPolicy) -> Self {
        self.settings.callbacks = policy;
        self
    }

    /// What becomes of the status; [`StatusMode::ForceOk`] if it is not set.
    pub fn status(mut self, mode: StatusMode) -> Self {
        self.settings.status = mode;
        self
    }

    /// What the callback is given; [`Payload::Expression`] if it is not set.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.settings.payload = payload;
        self
    }

    /// U+2028 and U+2029 stay as they are, which ends a line within a string for a browser older than
    /// ECMAScript 2019, and so breaks the script. The length of a response is then known.
    ///
    /// It changes nothing beside [`Payload::JsonParse`].
    pub fn keep_line_terminators(mut self) -> Self {
        self.settings.keep_line_terminators = true;
        self
    }

    /// `<`, `>` and `&` become `\u003c`, `\u003e` and `\u0026`, for responses that someone writes into
    /// a page of HTML.
    pub fn escape_html(mut self) -> Self {
        self.settings.escape_html = true;
        self
    }

    /// Takes `Cookie` and `Authorization` from a request that names a callback, unless a page of the
    /// service's own origin sends it, and wraps the response; and takes `Set-Cookie` from that one,
    /// since a service that sees no cookie would begin a new session in the place of the user's.
    ///
    /// A layer that looks at credentials and stands *outside* of this one has seen them by then. So this
    /// is for a layer that stands outside of every other that asks who the user is.
    pub fn strip_credentials(mut self) -> Self {
        self.settings.credentials = Credentials::Strip;
        self
    }

    /// Wraps what is answered to a request with `Cookie` or `Authorization`, whichever page sends it.
    ///
    /// **Every site that a user visits then reads what the service tells that user.** There is no way
    /// to allow it to some: a script that is loaded has no `Origin`.
    pub fn dangerously_allow_credentials(mut self, allow: bool) -> Self {
        self.settings.credentials = if allow { Credentials::Allow } else { Credentials::default() };
        self
    }

    /// Wraps for requests too that are no script's, such as navigations, frames and workers. A service
    /// worker's script is never wrapped.
    pub fn dangerously_allow_any_destination(mut self, allow: bool) -> Self {
        self.settings.dangerously_allow_any_destination = allow;
        self
    }

    /// The name under which a browser saves a response that someone navigates to; `f.txt` if it is not
    /// set. Scripts are loaded all the same. A `Content-Disposition` of the service's own stays.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.settings.file_name = name.into();
        self.settings.without_content_disposition = false;
        self
    }

    /// No `Content-Disposition` is set. A response can then be opened as a page of its own, under any
    /// name that an address ends with ("reflected file download").
    pub fn without_content_disposition(mut self) -> Self {
        self.settings.file_name = default_file_name();
        self.settings.without_content_disposition = true;
        self
    }

    /// Takes the parameter out of the target of a request whose response is going to be wrapped, for
    /// services that refuse parameters which they do not know.
    pub fn hide_parameter(mut self) -> Self {
        self.settings.hide_parameter = true;
        self
    }

    /// Answers a request with a malformed callback with the service's plain JSON, in the place of 400.
    pub fn pass_malformed_callbacks(mut self) -> Self {
        self.settings.pass_malformed_callbacks = true;
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
        let settings: JsonpSettings = file::table(deserializer, "the settings of JSONP, by key")?;
        let config = Self { settings };
        // A name next to this key has no effect.
        let has_name = !config.settings.without_content_disposition;
        Ok(if has_name { config } else { config.without_content_disposition() })
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
        serde(
            deserialize_with = "file::header_list",
            skip_serializing_if = "are_default_parameters"
        )
    )]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) parameters: Vec<String>,
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
    /// U+2028 and U+2029 stay as they are.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) keep_line_terminators: bool,
    /// `<`, `>` and `&` are escaped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) escape_html: bool,
    /// What becomes of a request with cookies or `Authorization`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) credentials: Credentials,
    /// Wraps for requests too that are no script's.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) dangerously_allow_any_destination: bool,
    /// The name under which a browser saves a response that someone navigates to.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default_file_name"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) file_name: String,
    /// No `Content-Disposition` is set.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) without_content_disposition: bool,
    /// Takes the parameter out of the target of a request whose response is wrapped.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) hide_parameter: bool,
    /// Answers a request with a malformed callback with plain JSON, in the place of 400.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "schemars", schemars(!skip_serializing_if))]
    pub(super) pass_malformed_callbacks: bool,
}

impl JsonpSettings {
    /// Returns the name in `Content-Disposition`, or `None` if that header is not set.
    pub(super) fn file_name(&self) -> Option<&str> {
        (!self.without_content_disposition).then_some(&self.file_name)
    }

    #[cfg(feature = "tower")]
    pub(super) fn escapes(&self) -> Escapes {
        let string = self.payload == Payload::JsonParse;
        Escapes {
            line_terminators: string || !self.keep_line_terminators,
            html: self.escape_html,
            string,
        }
    }
}

impl Default for JsonpSettings {
    fn default() -> Self {
        Self {
            paths: None,
            parameters: default_parameters(),
            callbacks: CallbackPolicy::default(),
            status: StatusMode::default(),
            payload: Payload::default(),
            keep_line_terminators: false,
            escape_html: false,
            credentials: Credentials::default(),
            dangerously_allow_any_destination: false,
            file_name: default_file_name(),
            without_content_disposition: false,
            hide_parameter: false,
            pass_malformed_callbacks: false,
        }
    }
}

fn default_parameters() -> Vec<String> {
    vec!["callback".to_owned()]
}

fn default_file_name() -> String {
    "f.txt".to_owned()
}

#[cfg(feature = "serde")]
fn are_default_parameters(parameters: &[String]) -> bool {
    parameters == default_parameters()
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The response is not wrapped.
    #[default]
    Withhold,
    /// They are taken from the request, and the response is wrapped.
    Strip,
    /// They stay: every site that a user visits reads what the service tells that user.
    Allow,
}

/// Which characters of the JSON are written in another way.
#[cfg(feature = "tower")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escapes {
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

#[cfg(feature = "serde")]
file::words!(Credentials, "\"withhold\", \"strip\" or \"dangerously-allow\"", {
    Withhold => "withhold",
    Strip => "strip",
    Allow => "dangerously-allow",
});

#[cfg(feature = "schemars")]
file::schema_of_words!(StatusMode, Payload, Credentials);
