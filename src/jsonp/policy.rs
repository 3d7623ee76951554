use std::sync::Arc;

use http::{
    HeaderMap, Method, StatusCode,
    header::{CONTENT_TYPE, COOKIE},
};

use super::{
    callback::Callback,
    callback_policy::AllowedCallbacks,
    config::{Credentials, JsonpConfig, JsonpSettings, Payload, StatusMode},
    error::{CallbackError, Fault, FaultKind, JsonpConfigError, JsonpDiagnostics, SUBJECT},
    media_type, request,
};
use crate::{
    RequestHead,
    limits::LISTED_NAMES,
    request::{
        fetch_metadata::{SEC_FETCH_DEST, SEC_FETCH_SITE},
        path::PathSet,
    },
    response::VaryNames,
};

/// A validated, immutable [`JsonpConfig`]: decides which responses are wrapped.
///
/// Cloning is cheap: clones share the policy.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, jsonp::{JsonpDecision, JsonpPolicy}};
///
/// let policy = JsonpPolicy::default();
/// let request = Request::get("/data?callback=show").body(())?;
/// let JsonpDecision::Wrapped(callback) = policy.decide(&RequestHead::from(&request)) else {
///     panic!("the request has a callback and no credentials");
/// };
/// assert_eq!(callback.as_str(), "show");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonpPolicy {
    compiled: Arc<CompiledPolicy>,
}

#[derive(Debug)]
struct CompiledPolicy {
    settings: JsonpSettings,
    /// `None` matches every path.
    paths: Option<PathSet>,
    callbacks: AllowedCallbacks,
    #[cfg_attr(not(feature = "tower"), expect(dead_code, reason = "the layer adds them"))]
    vary: VaryNames,
}

impl JsonpPolicy {
    /// Creates the policy of a configuration.
    ///
    /// # Errors
    ///
    /// Returns a [`JsonpConfigError`] with every fault of the configuration.
    pub fn new(config: impl Into<JsonpConfig>) -> Result<Self, JsonpConfigError> {
        let JsonpConfig { settings } = config.into();
        let mut diagnostics = JsonpDiagnostics::default();
        #[cfg(feature = "serde")]
        diagnostics.unknown_keys("", &settings.unknown_keys, &[], FaultKind::UnknownKey);
        let paths = settings.paths.as_deref().map(|texts| parse_paths(texts, &mut diagnostics));
        if settings.parameters().len() > LISTED_NAMES {
            diagnostics.fault(Fault::new("parameters", "", FaultKind::TooManyNames));
        }
        let parameters = settings.parameters().iter().enumerate().take(LISTED_NAMES);
        for (index, _) in parameters.filter(|(_, name)| name.is_empty()) {
            let setting = format!("parameters[{index}]");
            diagnostics.fault(Fault::new(setting, "", FaultKind::EmptyParameter));
        }
        let callbacks = AllowedCallbacks::new(&settings.callbacks, &mut diagnostics);
        if let Some(name) = settings.file_name().filter(|name| !is_plain_file_name(name)) {
            diagnostics.fault(Fault::new("file_name", name, FaultKind::MalformedFileName));
        }
        diagnostics.finish(SUBJECT)?;
        Ok(Self::from_parts(settings, paths, callbacks))
    }

    /// Returns the decision about a request.
    ///
    /// Reads only the head of the request. A response that is not JSON is never wrapped: see
    /// [`decide_response`](Self::decide_response).
    pub fn decide(&self, head: &RequestHead<'_>) -> JsonpDecision {
        // Browsers load scripts by `GET`.
        if *head.method() != Method::GET && *head.method() != Method::HEAD {
            return JsonpDecision::NotHandled;
        }
        let query = head.uri().query().unwrap_or_default();
        let Some(text) = request::first_value(query, self.settings().parameters()) else {
            return JsonpDecision::NotHandled;
        };
        if self.compiled.paths.as_ref().is_some_and(|paths| !paths.matches(head.uri().path())) {
            return JsonpDecision::NotHandled;
        }
        match self.compiled.callbacks.parse(&text) {
            Err(error) => JsonpDecision::Malformed(error),
            Ok(callback) => match self.withheld_reason(head) {
                Some(reason) => JsonpDecision::Withheld(reason),
                None => JsonpDecision::Wrapped(callback),
            },
        }
    }

    /// Returns the decision about the response to a request.
    ///
    /// `decision` is the result of [`decide`](Self::decide) for the request.
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, Request, StatusCode, header::CONTENT_TYPE};
    /// use tower_cross_origin::{RequestHead, jsonp::{JsonpResponseDecision, JsonpPolicy}};
    ///
    /// let policy = JsonpPolicy::default();
    /// let request = Request::get("/data?callback=show").body(())?;
    /// let decision = policy.decide(&RequestHead::from(&request));
    ///
    /// let mut headers = HeaderMap::new();
    /// let outcome = policy.decide_response(&decision, StatusCode::OK, &headers);
    /// assert_eq!(outcome, JsonpResponseDecision::Unchanged);
    ///
    /// headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    /// match policy.decide_response(&decision, StatusCode::OK, &headers) {
    ///     JsonpResponseDecision::Wrapped(call) => {
    ///         assert_eq!(call.prefix(), "/**/ typeof show === 'function' && show(");
    ///         assert_eq!(call.suffix(), ");");
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn decide_response(
        &self,
        decision: &JsonpDecision,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> JsonpResponseDecision {
        if status == StatusCode::NOT_MODIFIED {
            return decide_not_modified(decision, headers);
        }
        if !has_content(status) || !media_type::is_json(headers) {
            return JsonpResponseDecision::Unchanged;
        }
        let settings = self.settings();
        let is_complete_utf8 = media_type::is_complete_utf8(status, headers);
        match decision {
            JsonpDecision::NotHandled => JsonpResponseDecision::Unchanged,
            JsonpDecision::Malformed(error)
                if is_complete_utf8 && settings.reject_malformed_callbacks =>
            {
                JsonpResponseDecision::Rejected(*error)
            }
            JsonpDecision::Wrapped(callback) if is_complete_utf8 => {
                JsonpResponseDecision::Wrapped(JsonpCall::new(callback, status, settings))
            }
            JsonpDecision::Withheld(reason) => JsonpResponseDecision::Plain {
                varies: true,
                is_private: *reason == WithheldReason::Credentials,
            },
            // With credentials, the response would be private.
            JsonpDecision::Wrapped(_) => {
                JsonpResponseDecision::Plain { varies: true, is_private: false }
            }
            JsonpDecision::Malformed(_) => {
                JsonpResponseDecision::Plain { varies: false, is_private: false }
            }
        }
    }

    pub(super) fn settings(&self) -> &JsonpSettings {
        &self.compiled.settings
    }

    /// Returns the request headers on which the response to a request with a callback depends.
    #[cfg(feature = "tower")]
    pub(super) fn vary(&self) -> &VaryNames {
        &self.compiled.vary
    }

    fn withheld_reason(&self, head: &RequestHead<'_>) -> Option<WithheldReason> {
        let headers = head.headers();
        let reason = if request::is_for_service_worker(headers) {
            Some(WithheldReason::ServiceWorker)
        } else if !self.settings().dangerously_allow_any_destination
            && !request::may_be_for_script(headers)
        {
            Some(WithheldReason::Destination)
        } else {
            None
        };
        // `Credentials` wins over the other reasons, since the response is then private. With `Strip`, the layer
        // removes credentials only from requests whose responses are wrapped.
        let keeps_credentials = match self.settings().credentials() {
            Credentials::Withhold => true,
            Credentials::Strip => reason.is_some(),
            Credentials::Allow => false,
        };
        let is_private = keeps_credentials && request::has_cross_origin_credentials(headers);
        if is_private { Some(WithheldReason::Credentials) } else { reason }
    }

    fn from_parts(
        settings: JsonpSettings,
        paths: Option<PathSet>,
        callbacks: AllowedCallbacks,
    ) -> Self {
        let settings = settings.with_default_parameter();
        let vary = vary(settings.credentials());
        Self { compiled: Arc::new(CompiledPolicy { settings, paths, callbacks, vary }) }
    }
}

/// Returns the policy of [`JsonpConfig::new`].
impl Default for JsonpPolicy {
    fn default() -> Self {
        Self::from_parts(JsonpSettings::default(), None, AllowedCallbacks::ClientLibraries)
    }
}

/// # Errors
///
/// Returns a [`JsonpConfigError`] with every fault of the configuration.
impl TryFrom<JsonpConfig> for JsonpPolicy {
    type Error = JsonpConfigError;

    fn try_from(config: JsonpConfig) -> Result<Self, JsonpConfigError> {
        Self::new(config)
    }
}

/// The decision about a request, from [`JsonpPolicy::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpDecision {
    /// The request has no callback, or is neither `GET` nor `HEAD`: the response stays unchanged.
    NotHandled,
    /// The request has an invalid callback: a 400 replaces a JSON response.
    Malformed(CallbackError),
    /// The callback must not be called: a JSON response stays JSON.
    Withheld(WithheldReason),
    /// A JSON response becomes a script that calls this callback.
    Wrapped(Callback),
}

/// The reason for which a response is not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WithheldReason {
    /// The destination is not a script, but a navigation, a frame or a worker.
    Destination,
    /// The script would become a service worker.
    ServiceWorker,
    /// The request has the user's credentials, and is not known to be same-origin.
    Credentials,
}

/// The decision about a response, from [`JsonpPolicy::decide_response`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpResponseDecision {
    /// The response stays unchanged.
    Unchanged,
    /// The response is JSON and stays JSON, with `nosniff`.
    #[non_exhaustive]
    Plain {
        /// Whether the response depends on request headers.
        varies: bool,
        /// Whether the response is only for the user whose credentials the request has.
        is_private: bool,
    },
    /// The response is JSON, and the callback is invalid: a 400 replaces the response.
    Rejected(CallbackError),
    /// The response is JSON, and becomes a script.
    Wrapped(JsonpCall),
    /// The response is a 304, possibly for a script. It gets the `Vary`, the weak `ETag` and the `nosniff` of the
    /// script, since caches update the stored script with these headers.
    NotModified,
}

/// The script text around the JSON of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonpCall {
    callback: Callback,
    prefix: String,
    suffix: &'static str,
    filler: &'static str,
}

impl JsonpCall {
    /// Returns the function that the script calls.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// Returns the text before the JSON.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the text after the JSON.
    pub fn suffix(&self) -> &'static str {
        self.suffix
    }

    /// Returns the text that replaces an empty body, such as the body of an error.
    ///
    /// An empty body would make most scripts invalid. The filler is empty with [`Payload::Expression`] and
    /// without an envelope: the script then calls the callback without an argument.
    pub fn filler(&self) -> &'static str {
        self.filler
    }

    /// Creates the text around the JSON.
    ///
    /// The script begins with a comment, so that no attacker controls the first bytes of the response:
    /// letters and digits alone can form a file of another type (CVE-2014-4671). The script calls the
    /// callback only if it is a function, so that a page that has removed the callback gets no error.
    fn new(callback: &Callback, status: StatusCode, settings: &JsonpSettings) -> Self {
        let is_enveloped = settings.status == StatusMode::Envelope;
        let status = status.as_u16();
        let (before, suffix, filler) = match (is_enveloped, settings.payload) {
            (false, Payload::Expression) => (String::new(), ");", ""),
            (false, Payload::JsonParse) => (PARSE.to_owned(), "\"));", "null"),
            (true, Payload::Expression) => {
                (format!("{{\"status\":{status},\"data\":"), "});", "null")
            }
            (true, Payload::JsonParse) => {
                (format!("{{\"status\":{status},\"data\":{PARSE}"), "\")});", "null")
            }
        };
        let prefix = format!("/**/ typeof {callback} === 'function' && {callback}({before}");
        Self { callback: callback.clone(), prefix, suffix, filler }
    }
}

/// Returns the decision about a 304.
///
/// A 304 has the headers of the response for which the cache has the content. It usually has no `Content-Type`,
/// so the content may be JSON. The layer has removed the conditions of a request whose response is not
/// wrapped. RFC 9110, section 15.4.5
fn decide_not_modified(decision: &JsonpDecision, headers: &HeaderMap) -> JsonpResponseDecision {
    let may_be_json = !headers.contains_key(CONTENT_TYPE) || media_type::is_json(headers);
    if !matches!(decision, JsonpDecision::Wrapped(_)) || !may_be_json {
        JsonpResponseDecision::Unchanged
    } else if media_type::is_complete_utf8(StatusCode::NOT_MODIFIED, headers) {
        JsonpResponseDecision::NotModified
    } else {
        JsonpResponseDecision::Plain { varies: true, is_private: false }
    }
}

fn parse_paths(texts: &[String], diagnostics: &mut JsonpDiagnostics) -> PathSet {
    PathSet::parse(texts, |index, path, fault| {
        let kind = FaultKind::Path(fault);
        diagnostics.fault(Fault::new(format!("paths[{index}]"), path, kind));
    })
}

/// Returns the request headers on which the response to a request with a callback depends.
///
/// `Authorization` is not included: a shared cache does not store responses to such requests (RFC 9111,
/// section 3.5).
fn vary(credentials: Credentials) -> VaryNames {
    let (destination, site) = (SEC_FETCH_DEST.clone(), SEC_FETCH_SITE.clone());
    let service_worker = request::SERVICE_WORKER.clone();
    match credentials {
        Credentials::Allow => VaryNames::new(&[destination, service_worker]),
        Credentials::Withhold | Credentials::Strip => {
            VaryNames::new(&[destination, site, service_worker, COOKIE])
        }
    }
}

/// Returns whether a file name has the same meaning with and without quotation marks.
fn is_plain_file_name(name: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'.' | b'-' | b'_') || byte.is_ascii_alphanumeric();
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Returns whether a response with this status has content for the page.
///
/// A redirect does not: the browser follows it. RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4
fn has_content(status: StatusCode) -> bool {
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT);
    !status.is_informational() && !is_empty && !status.is_redirection()
}

const PARSE: &str = "JSON.parse(\"";
