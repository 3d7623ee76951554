//! The calls of a page, and their conversion into requests.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use url::Url;

use super::{
    header_values::isomorphic_decode,
    request::{Body, Credentials, Mode, Redirect, ReferrerPolicy, Request, Tainting, User},
    site::{PageOrigin, has_credentials},
};
use crate::{
    embedding::CrossOriginEmbedderPolicy,
    fetch::{
        Destination, is_cors_safelisted_method, is_forbidden_method, is_forbidden_request_header,
        is_no_cors_safelisted_request_header, is_token, normalize_method,
    },
};

/// What script asks for: `fetch(url, ...)`, or an `XMLHttpRequest`; and what elements, forms and links
/// ask for.
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
#[must_use = "a call does nothing before a page makes it"]
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
    /// Any method, as script writes it.
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

    /// `GET`
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// `POST`
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// `PUT`
    pub fn put(url: &str) -> Self {
        Self::new("PUT", url)
    }

    /// `PATCH`
    pub fn patch(url: &str) -> Self {
        Self::new("PATCH", url)
    }

    /// `DELETE`
    pub fn delete(url: &str) -> Self {
        Self::new("DELETE", url)
    }

    /// What an element of the page loads by itself, such as `<script src>`, `<img>` or `<iframe>`: with
    /// cookies and without the CORS protocol, so that no header can be set. `Destination::Empty` is
    /// `<a download>`.
    pub fn element(destination: Destination, url: &str) -> Self {
        // https://html.spec.whatwg.org/#create-a-potential-cors-request
        let (mode, credentials) = match destination {
            Destination::Document
            | Destination::Embed
            | Destination::FencedFrame
            | Destination::Frame
            | Destination::Iframe
            | Destination::Object => (Mode::Navigate, Credentials::Include),
            // Those are always asked by the CORS protocol.
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

    /// An element with `crossorigin`, or a module: `SameOrigin` is `anonymous`, `Include` is
    /// `use-credentials`.
    /// <https://html.spec.whatwg.org/#cors-settings-attributes>
    pub fn crossorigin(self, credentials: Credentials) -> Self {
        Self { mode: Mode::Cors, credentials, ..self }
    }

    /// A header that script sets; one more line where it is there already. What script may not set is
    /// left out without a word, as browsers do.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A body of text, which is `text/plain;charset=UTF-8` unless a header says something else.
    pub fn text(self, body: &str) -> Self {
        self.with_body(body.as_bytes(), Some("text/plain;charset=UTF-8"))
    }

    /// A body of JSON with its `Content-Type`, which script has to set by itself.
    pub fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").with_body(body.as_bytes(), None)
    }

    /// A body as a form sends it: `application/x-www-form-urlencoded`.
    pub fn form(self, body: &str) -> Self {
        let content_type = "application/x-www-form-urlencoded;charset=UTF-8";
        self.with_body(body.as_bytes(), Some(content_type))
    }

    /// A body of bytes, without a `Content-Type`.
    pub fn bytes(self, body: &[u8]) -> Self {
        self.with_body(body, None)
    }

    /// A body that is a `ReadableStream`: it is always preflighted, and cannot be redirected.
    pub fn stream(mut self, body: &[u8]) -> Self {
        self.body = Some(Body { bytes: body.to_vec(), is_stream: true });
        self
    }

    /// Whether cookies go along.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// What the request is for.
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// What becomes of a redirect.
    pub fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    /// Whose address `Referer` tells in the place of the page's: another one of the page's origin.
    pub fn referrer(self, url: &str) -> Self {
        Self { referrer: Some(url.to_owned()), ..self }
    }

    /// How much of the page's address is told.
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        Self { referrer_policy: Some(policy), ..self }
    }

    /// `xhr.upload` had a listener before `send()`, as progress bars do: it is always preflighted.
    /// <https://xhr.spec.whatwg.org/#dom-xmlhttprequest-send>
    pub fn upload_listener(self) -> Self {
        Self { has_upload_listener: true, ..self }
    }

    /// The user clicked: `Sec-Fetch-User` of a navigation.
    pub fn user_activation(self) -> Self {
        Self { user: User::Activation, ..self }
    }

    /// The user wrote the address, or took a bookmark: no page asks, for [`Page::navigate`].
    ///
    /// [`Page::navigate`]: super::Page::navigate
    pub fn address_bar(self) -> Self {
        Self { user: User::AddressBar, ..self }
    }

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
    /// What is sent, or the error that script gets.
    /// <https://fetch.spec.whatwg.org/#dom-request>
    pub(super) fn to_request(&self, environment: &Environment) -> Result<Request, String> {
        let mut url = environment.parse(&self.url)?;
        url.set_fragment(None);
        let method = self.normalized_method()?;
        let headers = match self.initiator {
            Initiator::Script => {
                if has_credentials(&url) {
                    return Err(
                        "script cannot ask an address with a user name or a password".into()
                    );
                }
                self.script_headers()?
            }
            Initiator::Element | Initiator::Navigation => self.element_headers()?,
        };
        Ok(Request {
            use_cors_preflight: self.has_upload_listener
                || self.body.as_ref().is_some_and(|body| body.is_stream),
            method,
            urls: vec![url],
            headers: headers.held,
            unheld: headers.unheld,
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
            user: self.user,
        })
    }

    fn normalized_method(&self) -> Result<Method, String> {
        let method = self.method.as_bytes();
        if self.initiator == Initiator::Script && self.mode == Mode::Navigate {
            return Err("script cannot ask in the mode navigate".to_owned());
        }
        if is_forbidden_method(method) {
            return Err(format!("{:?} is a forbidden method", self.method));
        }
        let method = Method::from_bytes(normalize_method(method))
            .map_err(|_| format!("{:?} is no method", self.method))?;
        // https://html.spec.whatwg.org/#form-submission-algorithm
        if self.initiator == Initiator::Navigation && !matches!(method, Method::GET | Method::POST)
        {
            return Err(format!("no link and no form sends {method}"));
        }
        if self.mode == Mode::NoCors && !is_cors_safelisted_method(method.as_str().as_bytes()) {
            return Err(format!("{method} cannot be sent in the mode no-cors"));
        }
        if self.body.is_some() && matches!(method, Method::GET | Method::HEAD) {
            return Err(format!("{method} has no body"));
        }
        let is_stream = self.body.as_ref().is_some_and(|body| body.is_stream);
        if is_stream && !matches!(self.mode, Mode::Cors | Mode::SameOrigin) {
            return Err("a stream is sent in the modes cors and same-origin only".to_owned());
        }
        Ok(method)
    }

    /// <https://fetch.spec.whatwg.org/#concept-headers-append>
    fn script_headers(&self) -> Result<InitHeaders, String> {
        let mut headers = InitHeaders { held: HeaderMap::new(), unheld: Vec::new() };
        for (name, value) in &self.headers {
            let value = latin1(value)?;
            let value = trimmed(&value);
            let Some(parsed_name) = parsed_name(name) else {
                return Err(format!("{name:?} is no name of a header"));
            };
            if value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
                return Err(format!("{:?} is no value of a header", isomorphic_decode(value)));
            }
            if is_forbidden_request_header(name.as_bytes(), value) {
                continue;
            }
            if self.mode == Mode::NoCors && !headers.may_have_without_cors(&parsed_name, value) {
                continue;
            }
            match HeaderValue::from_bytes(value) {
                Ok(value) => {
                    headers.held.append(parsed_name, value);
                }
                Err(_) => headers.unheld.push(parsed_name),
            }
        }
        let has_content_type =
            headers.held.contains_key(CONTENT_TYPE) || headers.unheld.contains(&CONTENT_TYPE);
        if let (Some(content_type), false) = (self.content_type, has_content_type) {
            headers.held.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(headers)
    }

    /// What an element or a form sends by itself.
    fn element_headers(&self) -> Result<InitHeaders, String> {
        if let Some((name, _)) = self.headers.first() {
            return Err(format!("no element, link or form can set the header {name}"));
        }
        let mut held = HeaderMap::new();
        if let Some(content_type) = self.content_type {
            // Forms say nothing of an encoding, as script's bodies do.
            let essence = content_type.split(';').next().unwrap_or(content_type);
            held.insert(CONTENT_TYPE, HeaderValue::from_static(essence));
        }
        Ok(InitHeaders { held, unheld: Vec::new() })
    }

    /// <https://fetch.spec.whatwg.org/#dom-requestinit-referrer>
    fn parsed_referrer(&self, environment: &Environment) -> Result<Option<Url>, String> {
        if self.user == User::AddressBar {
            return Ok(None);
        }
        match self.referrer.as_deref() {
            None => Ok(environment.url.clone()),
            Some("") => Ok(None),
            Some(referrer) => {
                let referrer = environment.parse(referrer)?;
                let is_own = PageOrigin::from_url(&referrer).is_same_as(&environment.origin);
                Ok(if is_own { Some(referrer) } else { environment.url.clone() })
            }
        }
    }
}

/// Who decides what a request may hold.
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
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) embedder_policy: CrossOriginEmbedderPolicy,
}

impl Environment {
    /// <https://url.spec.whatwg.org/#concept-url-parser>
    fn parse(&self, url: &str) -> Result<Url, String> {
        let parsed = Url::options().base_url(self.url.as_ref()).parse(url);
        parsed.map_err(|error| format!("{url:?} is no address: {error}"))
    }
}

/// The headers that script may set.
struct InitHeaders {
    held: HeaderMap,
    /// Names whose values browsers send and the crate `http` has no room for.
    unheld: Vec<HeaderName>,
}

impl InitHeaders {
    fn may_have_without_cors(&self, name: &HeaderName, value: &[u8]) -> bool {
        let mut joined: Vec<&[u8]> =
            self.held.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        joined.push(value);
        is_no_cors_safelisted_request_header(name.as_str().as_bytes(), &joined.join(&b", "[..]))
    }
}

fn parsed_name(name: &str) -> Option<HeaderName> {
    is_token(name.as_bytes()).then(|| name.parse().ok()).flatten()
}

/// <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n' | b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b'\r' | b'\n' | b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Script's strings become bytes one by one. <https://webidl.spec.whatwg.org/#es-ByteString>
fn latin1(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.chars().map(|char| u8::try_from(u32::from(char)));
    bytes.collect::<Result<_, _>>().map_err(|_| format!("{text:?} has a character beyond U+00FF"))
}
