use super::CallbackPolicy;

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
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a configuration does nothing before it is a policy"]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting by itself")]
pub struct JsonpConfig {
    pub(super) paths: Option<Vec<String>>,
    pub(super) parameters: Vec<String>,
    pub(super) callbacks: CallbackPolicy,
    pub(super) status: StatusMode,
    pub(super) payload: Payload,
    pub(super) escapes_line_terminators: bool,
    pub(super) escapes_html: bool,
    pub(super) credentials: Credentials,
    pub(super) any_destination: bool,
    pub(super) file_name: Option<String>,
    pub(super) hides_parameter: bool,
    pub(super) passes_malformed: bool,
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

impl JsonpConfig {
    /// Everything as it is when nothing is set: what [`JsonpPolicy::default`] is made of.
    ///
    /// [`JsonpPolicy::default`]: super::JsonpPolicy::default
    pub fn new() -> Self {
        Self {
            paths: None,
            parameters: vec!["callback".to_owned()],
            callbacks: CallbackPolicy::default(),
            status: StatusMode::default(),
            payload: Payload::default(),
            escapes_line_terminators: true,
            escapes_html: false,
            credentials: Credentials::Withhold,
            any_destination: false,
            file_name: Some("f.txt".to_owned()),
            hides_parameter: false,
            passes_malformed: false,
        }
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
        self.paths = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// The parameter of the query that names the callback, in the place of `callback`. Compared with
    /// case, after percent-decoding: `callback[a]` is another one.
    pub fn parameter(mut self, name: impl Into<String>) -> Self {
        self.parameters = vec![name.into()];
        self
    }

    /// One more such parameter. The first of them in the query counts.
    pub fn or_parameter(mut self, name: impl Into<String>) -> Self {
        self.parameters.push(name.into());
        self
    }

    /// Which callbacks are taken; [`CallbackPolicy::Path`] if it is not set.
    pub fn callbacks(mut self, policy: CallbackPolicy) -> Self {
        self.callbacks = policy;
        self
    }

    /// What becomes of the status; [`StatusMode::ForceOk`] if it is not set.
    pub fn status(mut self, mode: StatusMode) -> Self {
        self.status = mode;
        self
    }

    /// What the callback is given; [`Payload::Expression`] if it is not set.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// U+2028 and U+2029 stay as they are, which ends a line within a string for a browser older than
    /// ECMAScript 2019, and so breaks the script. The length of a response is then known.
    ///
    /// It changes nothing beside [`Payload::JsonParse`].
    pub fn keep_line_terminators(mut self) -> Self {
        self.escapes_line_terminators = false;
        self
    }

    /// `<`, `>` and `&` become `\u003c`, `\u003e` and `\u0026`, for responses that someone writes into
    /// a page of HTML.
    pub fn escape_html(mut self) -> Self {
        self.escapes_html = true;
        self
    }

    /// Takes `Cookie` and `Authorization` from a request that names a callback, unless a page of the
    /// service's own origin sends it, and wraps the response; and takes `Set-Cookie` from that one,
    /// since a service that sees no cookie would begin a new session in the place of the user's.
    ///
    /// A layer that looks at credentials and stands *outside* of this one has seen them by then. So this
    /// is for a layer that stands outside of every other that asks who the user is.
    pub fn strip_credentials(mut self) -> Self {
        self.credentials = Credentials::Strip;
        self
    }

    /// Wraps what is answered to a request with `Cookie` or `Authorization`, whichever page sends it.
    ///
    /// **Every site that a user visits then reads what the service tells that user.** There is no way
    /// to allow it to some: a script that is loaded has no `Origin`.
    pub fn dangerously_allow_credentials(mut self) -> Self {
        self.credentials = Credentials::Allow;
        self
    }

    /// Wraps for requests too that are no script's, such as navigations, frames and workers. A service
    /// worker's script is never wrapped.
    pub fn dangerously_allow_any_destination(mut self) -> Self {
        self.any_destination = true;
        self
    }

    /// The name under which a browser saves a response that someone navigates to; `f.txt` if it is not
    /// set. Scripts are loaded all the same. A `Content-Disposition` of the service's own stays.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// No `Content-Disposition` is set. A response can then be opened as a page of its own, under any
    /// name that an address ends with ("reflected file download").
    pub fn without_content_disposition(mut self) -> Self {
        self.file_name = None;
        self
    }

    /// Takes the parameter out of the target of a request whose response is going to be wrapped, for
    /// services that refuse parameters which they do not know.
    pub fn hide_parameter(mut self) -> Self {
        self.hides_parameter = true;
        self
    }

    /// Answers a request with a malformed callback with the service's plain JSON, in the place of 400.
    pub fn pass_malformed_callbacks(mut self) -> Self {
        self.passes_malformed = true;
        self
    }
}

impl Default for JsonpConfig {
    fn default() -> Self {
        Self::new()
    }
}
