//! Calls of a page, and their conversion into requests.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use url::Url;

use super::{
    engine::Engine,
    header_values::isomorphic_decode,
    request::{Body, Credentials, Mode, Redirect, ReferrerPolicy, Request, Tainting, User},
    site::{PageOrigin, has_credentials},
    storage_access::{Activation, StorageAccess},
};
use crate::{
    embedding::CrossOriginEmbedderPolicy,
    fetch::{
        Destination, is_cors_safelisted_method, is_forbidden_method, is_forbidden_request_header,
        is_no_cors_safelisted_request_header, is_token, normalize_method,
    },
};

/// A call of a page: `fetch(url, ...)`, an `XMLHttpRequest`, an element, a form or a link.
///
/// ```
/// use tower_cross_origin::browser::{Credentials, Destination, Fetch};
///
/// let call = Fetch::put("https://api.example/items/1")
///     .header("x-request-id", "1")
///     .json(r#"{"name":"tea"}"#)
///     .credentials(Credentials::Include);
/// let image = Fetch::element(Destination::Image, "https://api.example/tea.png");
/// let form = Fetch::post("https://api.example/items").form("name=tea"); // for `Page::navigate`
/// ```
#[derive(Clone, Debug)]
#[must_use = "a call does nothing until it is passed to `Page::fetch` or `Page::navigate`"]
pub struct Fetch {
    pub(super) url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    content_type: Option<&'static str>,
    credentials: Credentials,
    mode: Mode,
    redirect: Redirect,
    destination: Destination,
    referrer: Option<String>,
    referrer_policy: Option<ReferrerPolicy>,
    has_upload_listener: bool,
    user: User,
    initiator: Initiator,
}

impl Fetch {
    /// Creates a call with any method, in the case that the script writes.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            method: method.to_owned(),
            headers: Vec::new(),
            body: None,
            content_type: None,
            credentials: Credentials::default(),
            mode: Mode::default(),
            redirect: Redirect::default(),
            destination: Destination::default(),
            referrer: None,
            referrer_policy: None,
            has_upload_listener: false,
            user: User::default(),
            initiator: Initiator::Script,
        }
    }

    /// Creates a call with the method `GET`.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// Creates a call with the method `POST`.
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// Creates a call with the method `PUT`.
    pub fn put(url: &str) -> Self {
        Self::new("PUT", url)
    }

    /// Creates a call with the method `PATCH`.
    pub fn patch(url: &str) -> Self {
        Self::new("PATCH", url)
    }

    /// Creates a call with the method `DELETE`.
    pub fn delete(url: &str) -> Self {
        Self::new("DELETE", url)
    }

    /// Creates the call of an element, such as `<script src>`, `<img>` or `<iframe>`.
    ///
    /// Most elements send cookies and do not use the CORS protocol. An element cannot set headers.
    /// `Destination::Empty` represents `<a download>`.
    pub fn element(destination: Destination, url: &str) -> Self {
        // https://html.spec.whatwg.org/#create-a-potential-cors-request
        let (mode, credentials) = match destination {
            Destination::Document
            | Destination::Embed
            | Destination::FencedFrame
            | Destination::Frame
            | Destination::Iframe
            | Destination::Object => (Mode::Navigate, Credentials::Include),
            // These requests always use the CORS protocol.
            // https://drafts.csswg.org/css-fonts/#font-fetching-requirements
            Destination::Font | Destination::Json | Destination::Text => {
                (Mode::Cors, Credentials::SameOrigin)
            }
            // https://html.spec.whatwg.org/#fetch-a-classic-worker-script
            Destination::Worker | Destination::SharedWorker | Destination::ServiceWorker => {
                (Mode::SameOrigin, Credentials::SameOrigin)
            }
            _ => (Mode::NoCors, Credentials::Include),
        };
        Self { destination, mode, credentials, initiator: Initiator::Element, ..Self::get(url) }
    }

    /// Sets the attribute `crossorigin` of an element, or loads a script as a module.
    ///
    /// `SameOrigin` represents `anonymous`, and `Include` represents `use-credentials`.
    /// <https://html.spec.whatwg.org/#cors-settings-attributes>
    pub fn crossorigin(self, credentials: Credentials) -> Self {
        Self { mode: Mode::Cors, credentials, ..self }
    }

    /// Adds a header, as a script does.
    ///
    /// A second call with the same name adds another field line. Headers that scripts must not set are
    /// ignored without an error, as in browsers.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a text body.
    ///
    /// `Content-Type` is `text/plain;charset=UTF-8`, unless the script sets this header.
    pub fn text(self, body: &str) -> Self {
        self.with_body(body.as_bytes(), Some("text/plain;charset=UTF-8"))
    }

    /// Sets a JSON body, and adds `Content-Type: application/json` as scripts must do.
    pub fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").with_body(body.as_bytes(), None)
    }

    /// Sets the body of a form: `application/x-www-form-urlencoded`.
    pub fn form(self, body: &str) -> Self {
        let content_type = "application/x-www-form-urlencoded;charset=UTF-8";
        self.with_body(body.as_bytes(), Some(content_type))
    }

    /// Sets a body of bytes, without a `Content-Type`.
    pub fn bytes(self, body: &[u8]) -> Self {
        self.with_body(body, None)
    }

    /// Sets a `ReadableStream` as the body.
    ///
    /// The browser always sends a preflight to other origins, and cannot send the body again after a
    /// redirect.
    pub fn stream(mut self, body: &[u8]) -> Self {
        self.body = Some(Body { bytes: body.to_vec(), is_stream: true });
        self
    }

    /// Sets the credentials mode.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// Sets the request mode.
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Sets the redirect mode.
    pub fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    /// Sets the address for `Referer`; it must have the page's origin.
    pub fn referrer(self, url: &str) -> Self {
        Self { referrer: Some(url.to_owned()), ..self }
    }

    /// Sets the referrer policy; the default is the page's policy.
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        Self { referrer_policy: Some(policy), ..self }
    }

    /// Registers a listener on `xhr.upload` before `send()`, as progress bars do.
    ///
    /// The browser then always sends a preflight to other origins.
    /// <https://xhr.spec.whatwg.org/#dom-xmlhttprequest-send>
    pub fn upload_listener(self) -> Self {
        Self { has_upload_listener: true, ..self }
    }

    /// Marks the call as a click of the user, so that a navigation sends `Sec-Fetch-User`.
    pub fn user_activation(self) -> Self {
        Self { user: User::Activation, ..self }
    }

    /// Marks the call as an address that the user typed or opened from a bookmark.
    ///
    /// No page initiates this request. Use it with [`Page::navigate`].
    ///
    /// [`Page::navigate`]: super::Page::navigate
    pub fn address_bar(self) -> Self {
        Self { user: User::AddressBar, ..self }
    }

    /// Converts the call to a navigation.
    /// <https://html.spec.whatwg.org/#create-navigation-params-by-fetching>
    pub(super) fn into_navigation(self) -> Self {
        Self {
            initiator: Initiator::Navigation,
            mode: Mode::Navigate,
            destination: Destination::Document,
            credentials: Credentials::Include,
            ..self
        }
    }

    fn with_body(mut self, bytes: &[u8], content_type: Option<&'static str>) -> Self {
        self.body = Some(Body { bytes: bytes.to_vec(), is_stream: false });
        self.content_type = content_type;
        self
    }
}

impl Fetch {
    /// Returns the request, or the error that the script receives.
    /// <https://fetch.spec.whatwg.org/#dom-request>
    pub(super) fn to_request(&self, environment: &Environment) -> Result<Request, String> {
        let mut url = environment.parse(&self.url)?;
        url.set_fragment(None);
        let method = self.normalized_method()?;
        let mut headers = match self.initiator {
            Initiator::Script => {
                if has_credentials(&url) {
                    return Err(
                        "scripts cannot request an address with a user name or a password".into()
                    );
                }
                self.script_headers()?
            }
            Initiator::Element | Initiator::Navigation => self.element_headers()?,
        };
        let engine = environment.engine;
        // The mode `no-cors` has compared each field line before.
        if engine.joins_field_lines() && self.mode != Mode::NoCors {
            headers.join_lines();
        }
        let has_upload = self.has_upload_listener
            && (self.body.is_some() || engine.preflights_uploads_without_body());
        Ok(Request {
            use_cors_preflight: has_upload || self.body.as_ref().is_some_and(|body| body.is_stream),
            method,
            urls: vec![url],
            headers: headers.valid,
            unrepresentable: headers.unrepresentable,
            body: self.body.clone(),
            origin: environment.origin.clone(),
            referrer: self.parsed_referrer(environment)?,
            referrer_policy: self.referrer_policy.unwrap_or(environment.referrer_policy),
            credentials: self.credentials,
            mode: self.mode,
            redirect: self.redirect,
            destination: self.destination,
            tainting: Tainting::Basic,
            is_unsafe: self.initiator == Initiator::Script,
            redirects: 0,
            embedder_policy: environment.embedder_policy,
            timing_allow_failed: false,
            storage_access: environment.storage_access,
            activation: Activation::None,
            user: self.user,
            engine,
        })
    }

    fn normalized_method(&self) -> Result<Method, String> {
        let method = self.method.as_bytes();
        if self.initiator == Initiator::Script && self.mode == Mode::Navigate {
            return Err("scripts cannot use the mode navigate".to_owned());
        }
        if is_forbidden_method(method) {
            return Err(format!("{:?} is a forbidden method", self.method));
        }
        let method = Method::from_bytes(normalize_method(method))
            .map_err(|_| format!("{:?} is not a valid method", self.method))?;
        // https://html.spec.whatwg.org/#form-submission-algorithm
        if self.initiator == Initiator::Navigation && !matches!(method, Method::GET | Method::POST)
        {
            return Err(format!("links and forms cannot send {method}"));
        }
        if self.mode == Mode::NoCors && !is_cors_safelisted_method(method.as_str().as_bytes()) {
            return Err(format!("the mode no-cors does not allow {method}"));
        }
        if self.body.is_some() && matches!(method, Method::GET | Method::HEAD) {
            return Err(format!("{method} cannot have a body"));
        }
        let is_stream = self.body.as_ref().is_some_and(|body| body.is_stream);
        if is_stream && !matches!(self.mode, Mode::Cors | Mode::SameOrigin) {
            return Err("a streamed body requires the mode cors or same-origin".to_owned());
        }
        Ok(method)
    }

    /// Returns the headers that a script may set. <https://fetch.spec.whatwg.org/#concept-headers-append>
    fn script_headers(&self) -> Result<InitHeaders, String> {
        let mut headers = InitHeaders { valid: HeaderMap::new(), unrepresentable: Vec::new() };
        for (name, value) in &self.headers {
            let value = latin1(value)?;
            let value = normalize_value(&value);
            let Some(parsed_name) = parse_name(name) else {
                return Err(format!("{name:?} is not a valid header name"));
            };
            if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
                return Err(format!("{:?} is not a valid header value", isomorphic_decode(value)));
            }
            if is_forbidden_request_header(name.as_bytes(), value) {
                continue;
            }
            if self.mode == Mode::NoCors && !headers.is_allowed_without_cors(&parsed_name, value) {
                continue;
            }
            match HeaderValue::from_bytes(value) {
                Ok(value) => {
                    headers.valid.append(parsed_name, value);
                }
                Err(_) => headers.unrepresentable.push(parsed_name),
            }
        }
        let has_content_type = headers.valid.contains_key(CONTENT_TYPE)
            || headers.unrepresentable.contains(&CONTENT_TYPE);
        if let (Some(content_type), false) = (self.content_type, has_content_type) {
            headers.valid.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(headers)
    }

    /// Returns the headers of an element or a form.
    fn element_headers(&self) -> Result<InitHeaders, String> {
        if let Some((name, _)) = self.headers.first() {
            return Err(format!("elements, links and forms cannot set the header {name}"));
        }
        let mut valid = HeaderMap::new();
        if let Some(content_type) = self.content_type {
            // The `Content-Type` of a form has no `charset`, unlike the body of a script.
            let essence = content_type.split(';').next().unwrap_or(content_type);
            valid.insert(CONTENT_TYPE, HeaderValue::from_static(essence));
        }
        Ok(InitHeaders { valid, unrepresentable: Vec::new() })
    }

    /// Returns the address for `Referer`. <https://fetch.spec.whatwg.org/#dom-requestinit-referrer>
    fn parsed_referrer(&self, environment: &Environment) -> Result<Option<Url>, String> {
        if self.user == User::AddressBar {
            return Ok(None);
        }
        match self.referrer.as_deref() {
            None => Ok(environment.url.clone()),
            Some("") => Ok(None),
            Some(referrer) => {
                let referrer = environment.parse(referrer)?;
                let is_same_origin =
                    PageOrigin::from_url(&referrer).is_same_as(&environment.origin);
                Ok(if is_same_origin { Some(referrer) } else { environment.url.clone() })
            }
        }
    }
}

/// The initiator of a call, which limits the method and the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Initiator {
    Script,
    Element,
    Navigation,
}

/// The state of a page that its requests depend on.
/// <https://html.spec.whatwg.org/#environment-settings-object>
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) origin: PageOrigin,
    pub(super) url: Option<Url>,
    pub(super) storage_access: Option<StorageAccess>,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) embedder_policy: CrossOriginEmbedderPolicy,
    pub(super) engine: Engine,
}

impl Environment {
    /// Parses an address relative to the page. <https://url.spec.whatwg.org/#concept-url-parser>
    fn parse(&self, url: &str) -> Result<Url, String> {
        let parsed = Url::options().base_url(self.url.as_ref()).parse(url);
        parsed.map_err(|error| format!("{url:?} is not a valid address: {error}"))
    }
}

/// The headers that script may set.
struct InitHeaders {
    valid: HeaderMap,
    /// Names of headers with values that the crate `http` cannot represent.
    unrepresentable: Vec<HeaderName>,
}

impl InitHeaders {
    /// Joins the field lines of each header. <https://fetch.spec.whatwg.org/#concept-header-list-get>
    fn join_lines(&mut self) {
        let names: Vec<HeaderName> = self.valid.keys().cloned().collect();
        for name in names {
            let lines: Vec<&[u8]> =
                self.valid.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
            if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b", "[..])) {
                self.valid.insert(name, joined);
            }
        }
    }

    fn is_allowed_without_cors(&self, name: &HeaderName, value: &[u8]) -> bool {
        let mut joined: Vec<&[u8]> =
            self.valid.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        joined.push(value);
        is_no_cors_safelisted_request_header(name.as_str().as_bytes(), &joined.join(&b", "[..]))
    }
}

fn parse_name(name: &str) -> Option<HeaderName> {
    is_token(name.as_bytes()).then(|| name.parse().ok()).flatten()
}

/// Removes leading and trailing whitespace.
/// <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
fn normalize_value(mut value: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n' | b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b'\r' | b'\n' | b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Converts each character of a script's string to a byte.
/// <https://webidl.spec.whatwg.org/#es-ByteString>
fn latin1(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
    bytes
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{text:?} contains a character beyond U+00FF"))
}
