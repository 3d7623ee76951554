use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, header::COOKIE};

use super::{
    callback::Callback,
    callback_policy::AllowedCallbacks,
    config::{Credentials, JsonpConfig, JsonpSettings, Payload, StatusMode},
    error::{CallbackError, Fault, FaultKind, JsonpConfigError, JsonpDiagnostics, SUBJECT},
    media_type, request,
};
use crate::{
    RequestHead,
    request::{
        fetch_metadata::{SEC_FETCH_DEST, SEC_FETCH_SITE},
        path::PathSet,
    },
    response::VaryNames,
};

/// When a response is wrapped, and how: a [`JsonpConfig`] without faults. Cheap to clone.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, jsonp::{JsonpDecision, JsonpPolicy}};
///
/// let policy = JsonpPolicy::default();
/// let request = Request::get("/data?callback=app.show").body(())?;
/// let JsonpDecision::Wrapped(callback) = policy.decide(&RequestHead::from(&request)) else {
///     panic!("it asks for a callback, without credentials");
/// };
/// assert_eq!(callback.as_str(), "app.show");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonpPolicy {
    compiled: Arc<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    settings: JsonpSettings,
    /// `None` where every path is one.
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
        let paths = settings.paths.as_deref().map(|written| paths(written, &mut diagnostics));
        let parameters = settings.parameters().iter().enumerate();
        for (index, _) in parameters.filter(|(_, name)| name.is_empty()) {
            let setting = format!("parameters[{index}]");
            diagnostics.fault(Fault::new(setting, "", FaultKind::EmptyParameter));
        }
        let callbacks = AllowedCallbacks::new(&settings.callbacks, &mut diagnostics);
        if let Some(name) = settings.file_name().filter(|name| !is_plain(name)) {
            diagnostics.fault(Fault::new("file_name", name, FaultKind::MalformedFileName));
        }
        diagnostics.finish(SUBJECT)?;
        Ok(Self::compiled(settings, paths, callbacks))
    }

    /// What becomes of a request, as far as its head tells: a response that is no JSON is never wrapped.
    pub fn decide(&self, head: &RequestHead<'_>) -> JsonpDecision {
        // Scripts are loaded by GET. Whatever else asks is answered as without the layer.
        if *head.method() != Method::GET && *head.method() != Method::HEAD {
            return JsonpDecision::NotHandled;
        }
        let query = head.uri().query().unwrap_or_default();
        let Some(text) = request::first(query, self.settings().parameters()) else {
            return JsonpDecision::NotHandled;
        };
        if self.compiled.paths.as_ref().is_some_and(|paths| !paths.matches(head.uri().path())) {
            return JsonpDecision::NotHandled;
        }
        match self.compiled.callbacks.read(&text) {
            Err(error) => JsonpDecision::Malformed(error),
            Ok(callback) => match self.withheld(head) {
                Some(reason) => JsonpDecision::Withheld(reason),
                None => JsonpDecision::Wrapped(callback),
            },
        }
    }

    /// What becomes of the response, with this status and these headers, to a request of which
    /// [`decide`](Self::decide) said `decision`.
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
        if !has_content(status) || !media_type::is_json(headers) {
            return JsonpResponseDecision::Unchanged;
        }
        let settings = self.settings();
        let is_whole = media_type::is_whole(status, headers);
        match decision {
            JsonpDecision::NotHandled => JsonpResponseDecision::Unchanged,
            JsonpDecision::Malformed(error) if is_whole && settings.reject_malformed_callbacks => {
                JsonpResponseDecision::Rejected(*error)
            }
            JsonpDecision::Wrapped(callback) if is_whole => {
                JsonpResponseDecision::Wrapped(JsonpCall::new(callback, status, settings))
            }
            JsonpDecision::Withheld(reason) => JsonpResponseDecision::Plain {
                varies: true,
                is_private: *reason == WithheldReason::Credentials,
            },
            JsonpDecision::Malformed(_) | JsonpDecision::Wrapped(_) => {
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

    fn withheld(&self, head: &RequestHead<'_>) -> Option<WithheldReason> {
        let headers = head.headers();
        let reason = if request::is_of_service_worker(headers) {
            Some(WithheldReason::ServiceWorker)
        } else if !self.settings().dangerously_allow_any_destination
            && !request::may_be_of_script(headers)
        {
            Some(WithheldReason::Destination)
        } else {
            None
        };
        // First, since the answer is then for the user alone. What is stripped is so to be wrapped.
        let is_withheld = match self.settings().credentials() {
            Credentials::Withhold => true,
            Credentials::Strip => reason.is_some(),
            Credentials::Allow => false,
        };
        let is_lent = is_withheld && request::lends_credentials(headers);
        if is_lent { Some(WithheldReason::Credentials) } else { reason }
    }

    fn compiled(
        settings: JsonpSettings,
        paths: Option<PathSet>,
        callbacks: AllowedCallbacks,
    ) -> Self {
        let settings = settings.with_default_parameter();
        let vary = vary(settings.credentials());
        Self { compiled: Arc::new(Compiled { settings, paths, callbacks, vary }) }
    }
}

/// That of [`JsonpConfig::new`], which has no fault.
impl Default for JsonpPolicy {
    fn default() -> Self {
        Self::compiled(JsonpSettings::default(), None, AllowedCallbacks::Path)
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

/// The decision about a request: [`JsonpPolicy::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpDecision {
    /// The request names no callback, or is neither `GET` nor `HEAD`: the response stays unchanged.
    NotHandled,
    /// The request names an invalid callback. A response of JSON is replaced by 400.
    Malformed(CallbackError),
    /// The request names a callback that must not be called. A response of JSON stays JSON.
    Withheld(WithheldReason),
    /// A response of JSON becomes a script that calls this callback.
    Wrapped(Callback),
}

/// Why a callback is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WithheldReason {
    /// What loads it is no script: a navigation, a frame, a worker.
    Destination,
    /// It would become a service worker.
    ServiceWorker,
    /// It has a user's credentials, and is not known to come from a page of the same origin.
    Credentials,
}

/// The decision about a response: [`JsonpPolicy::decide_response`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonpResponseDecision {
    /// The response stays unchanged.
    Unchanged,
    /// The response is JSON and stays JSON, with `nosniff`.
    #[non_exhaustive]
    Plain {
        /// The response to another request for the same address can differ.
        varies: bool,
        /// The response is for the user alone whose credentials the request had.
        is_private: bool,
    },
    /// The response is JSON, and the callback is invalid: a 400 replaces it.
    Rejected(CallbackError),
    /// The response is JSON, and becomes a script.
    Wrapped(JsonpCall),
}

/// What stands around the JSON of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonpCall {
    callback: Callback,
    prefix: String,
    suffix: &'static str,
    filler: &'static str,
}

impl JsonpCall {
    /// The function that is called.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// What stands before the JSON.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What stands after it.
    pub fn suffix(&self) -> &'static str {
        self.suffix
    }

    /// What stands in the place of JSON that has no byte at all, such as the body of an error, where the
    /// call would else be no program. Without an envelope nothing does: the callback is called without
    /// an argument.
    pub fn filler(&self) -> &'static str {
        self.filler
    }

    /// Begins with a comment, so that the response begins with nothing that is anyone's choice: a file of
    /// another kind could be written in letters alone (CVE-2014-4671). And calls nothing that is no
    /// function, so that a page which no longer waits is not told of an error.
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

fn paths(written: &[String], diagnostics: &mut JsonpDiagnostics) -> PathSet {
    PathSet::parse(written, |index, path, fault| {
        let kind = FaultKind::Path(fault);
        diagnostics.fault(Fault::new(format!("paths[{index}]"), path, kind));
    })
}

/// What the response to a request with a callback depends on. `Authorization` is not named: a shared
/// cache keeps no answer to a request that has it (RFC 9111, section 3.5).
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

/// Whether the name of a file means the same with quotation marks and without.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'.' | b'-' | b'_') || byte.is_ascii_alphanumeric();
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Whether the status lets a script be read. That of a redirect is not: it is followed.
/// RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4
fn has_content(status: StatusCode) -> bool {
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT);
    !status.is_informational() && !is_empty && !status.is_redirection()
}

const PARSE: &str = "JSON.parse(\"";
