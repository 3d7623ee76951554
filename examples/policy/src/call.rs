use std::{error::Error, fmt, str::FromStr};

use http::{HeaderName, HeaderValue};
use tower_cross_origin::{
    browser::{Credentials, Destination, Fetch, Page},
    fetch::{is_forbidden_request_header, is_no_cors_safelisted_request_header},
};
use url::Url;

/// A request of a page: of a script, an element, a navigation or a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) origin: PageOrigin,
    pub(crate) method: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) options: CallOptions,
}

/// The options of a call. The defaults are the defaults of browsers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallOptions {
    pub(crate) credentials: Option<Credentials>,
    pub(crate) mode: Option<Mode>,
    pub(crate) destination: Option<Destination>,
    pub(crate) url: Option<Url>,
    /// The browser sends no `Sec-Fetch-*` headers.
    pub(crate) omits_fetch_metadata: bool,
}

impl Call {
    /// Parses the origin, the method and the headers.
    ///
    /// # Errors
    ///
    /// The reason why the page cannot send such a request.
    pub(crate) fn parse(texts: &[String], options: CallOptions) -> Result<Self, CallError> {
        let (origin, rest) = texts.split_first().ok_or(CallError::NoOrigin)?;
        let (method, headers) = match rest.split_first() {
            Some((method, headers)) if !method.contains(':') => (&**method, headers),
            _ => ("GET", rest),
        };
        let mut parsed = Vec::new();
        for header in headers {
            parsed.push(parse_header(header)?);
        }
        let origin = origin.parse()?;
        Ok(Self { origin, method: method.to_owned(), headers: parsed, options })
    }

    pub(crate) fn mode(&self) -> Mode {
        if let Some(mode) = self.options.mode {
            return mode;
        }
        match self.options.destination.unwrap_or_default() {
            destination if is_document(destination) => Mode::Navigate,
            // https://html.spec.whatwg.org/#create-a-potential-cors-request
            Destination::Empty | Destination::Font | Destination::Json | Destination::Text => {
                Mode::Cors
            }
            // https://html.spec.whatwg.org/#fetch-a-classic-worker-script
            Destination::Worker | Destination::SharedWorker | Destination::ServiceWorker => {
                Mode::SameOrigin
            }
            _ => Mode::NoCors,
        }
    }

    pub(crate) fn destination(&self) -> Destination {
        match (self.options.destination, self.mode()) {
            (Some(destination), _) => destination,
            (None, Mode::Navigate) => Destination::Document,
            (None, _) => Destination::Empty,
        }
    }

    /// Returns the call for the model of a browser.
    ///
    /// # Errors
    ///
    /// The reason why the page cannot send such a request.
    pub(crate) fn to_fetch(&self, url: &Url) -> Result<Fetch, CallError> {
        let (mode, destination) = (self.mode(), self.destination());
        let is_get = self.method.eq_ignore_ascii_case("get");
        match mode {
            Mode::Navigate if self.options.credentials.is_some() => {
                return Err(CallError::NavigationCredentials);
            }
            Mode::Navigate if !is_document(destination) => {
                return Err(CallError::Destination { destination, mode });
            }
            Mode::Navigate => {}
            _ if is_document(destination) => {
                return Err(CallError::Destination { destination, mode });
            }
            Mode::WebSocket if destination != Destination::Empty => {
                return Err(CallError::Destination { destination, mode });
            }
            _ => {}
        }
        let is_script =
            matches!(mode, Mode::Cors | Mode::NoCors) && destination == Destination::Empty;
        if let (false, Some((name, _))) = (is_script, self.headers.first()) {
            return Err(CallError::HeaderWithoutScript(name.clone()));
        }
        if !is_script && mode != Mode::Navigate && !is_get {
            return Err(CallError::MethodWithoutScript(self.method.clone()));
        }
        let mut fetch = match mode {
            Mode::Navigate if is_get => Fetch::element(destination, url.as_str()),
            // The browser sends the body of a form.
            Mode::Navigate => Fetch::new(&self.method, url.as_str()).form(""),
            _ if is_script => Fetch::new(&self.method, url.as_str()),
            // These requests include credentials, as handshakes of WebSockets do.
            _ => Fetch::element(destination, url.as_str()),
        };
        for (name, value) in &self.headers {
            let value = value.to_str().unwrap_or_default();
            let is_sent = mode != Mode::NoCors
                || is_no_cors_safelisted_request_header(name.as_str().as_bytes(), value.as_bytes());
            if !is_sent {
                return Err(CallError::NoCorsHeader(name.clone()));
            }
            fetch = fetch.header(name.as_str(), value);
        }
        if let Some(mode) = mode.of_fetch() {
            fetch = fetch.mode(mode);
        }
        Ok(match (self.options.credentials, mode) {
            (Some(credentials), _) => fetch.credentials(credentials),
            // The attribute `crossorigin` without a value.
            (None, Mode::Cors) => fetch.credentials(Credentials::SameOrigin),
            (None, _) => fetch,
        })
    }
}

/// The request mode. <https://fetch.spec.whatwg.org/#concept-request-mode>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Cors,
    NoCors,
    SameOrigin,
    Navigate,
    WebSocket,
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cors => "cors",
            Self::NoCors => "no-cors",
            Self::SameOrigin => "same-origin",
            Self::Navigate => "navigate",
            Self::WebSocket => "websocket",
        }
    }

    /// Returns the mode for the model of a browser. It has no WebSockets, and sets the mode of navigations.
    fn of_fetch(self) -> Option<tower_cross_origin::browser::Mode> {
        use tower_cross_origin::browser::Mode as FetchMode;
        match self {
            Self::Cors => Some(FetchMode::Cors),
            Self::NoCors | Self::WebSocket => Some(FetchMode::NoCors),
            Self::SameOrigin => Some(FetchMode::SameOrigin),
            Self::Navigate => None,
        }
    }
}

impl FromStr for Mode {
    type Err = CallError;

    fn from_str(name: &str) -> Result<Self, CallError> {
        Ok(match name {
            "cors" => Self::Cors,
            "no-cors" => Self::NoCors,
            "same-origin" => Self::SameOrigin,
            "navigate" => Self::Navigate,
            "websocket" => Self::WebSocket,
            _ => {
                let expected = "cors, no-cors, same-origin, navigate or websocket";
                return Err(CallError::unknown(name, "mode", expected));
            }
        })
    }
}

/// Parses the value of `--credentials`.
pub(crate) fn parse_credentials(name: &str) -> Result<Credentials, CallError> {
    Ok(match name {
        "omit" => Credentials::Omit,
        "same-origin" => Credentials::SameOrigin,
        "include" => Credentials::Include,
        _ => return Err(CallError::unknown(name, "credentials", "omit, same-origin or include")),
    })
}

/// Parses the value of `--destination`.
pub(crate) fn parse_destination(name: &str) -> Result<Destination, CallError> {
    let unknown = || {
        let expected =
            "a value of Sec-Fetch-Dest, such as empty, script, image, document or iframe";
        CallError::unknown(name, "destination", expected)
    };
    Destination::from_name(name.as_bytes()).ok_or_else(unknown)
}

/// Parses the value of `--url`.
pub(crate) fn parse_url(text: &str) -> Result<Url, CallError> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https" | "ws" | "wss"));
    let mut url = url.ok_or_else(|| CallError::Url(text.to_owned()))?;
    url.set_fragment(None);
    Ok(url)
}

/// The origin of a page, as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageOrigin {
    text: String,
    value: HeaderValue,
    /// The model of a browser has pages with this origin.
    is_tuple: bool,
}

impl PageOrigin {
    pub(crate) fn page(&self) -> Page {
        if self.is_tuple { Page::open(&self.text) } else { Page::opaque() }
    }

    /// Returns the value of `Origin` that the model of a browser replaces with `null`.
    pub(crate) fn custom_value(&self) -> Option<&HeaderValue> {
        (!self.is_tuple && self.text != "null").then_some(&self.value)
    }

    pub(crate) fn value(&self) -> &HeaderValue {
        &self.value
    }
}

impl FromStr for PageOrigin {
    type Err = CallError;

    fn from_str(text: &str) -> Result<Self, CallError> {
        let invalid = |suggestion| CallError::Origin { text: text.to_owned(), suggestion };
        let value = HeaderValue::from_str(text).map_err(|_| invalid(None))?;
        if text == "null" {
            return Ok(Self { text: text.to_owned(), value, is_tuple: false });
        }
        let url = Url::parse(text).ok().filter(|_| text.contains("://"));
        let url = url.ok_or_else(|| invalid(None))?;
        let origin = url.origin();
        let is_tuple = origin.is_tuple();
        // Extensions and applications have origins with their own schemes, such as `chrome-extension`.
        let serialized = match (url.host_str(), url.port()) {
            _ if is_tuple => origin.ascii_serialization(),
            (Some(host), Some(port)) => format!("{}://{host}:{port}", url.scheme()),
            (Some(host), None) => format!("{}://{host}", url.scheme()),
            (None, _) => "null".to_owned(),
        };
        if serialized == text {
            Ok(Self { text: serialized, value, is_tuple })
        } else {
            Err(invalid(Some(serialized)))
        }
    }
}

/// The reason why a page cannot send a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    NoOrigin,
    Origin {
        text: String,
        suggestion: Option<String>,
    },
    Header(String),
    ForbiddenHeader(HeaderName),
    NoCorsHeader(HeaderName),
    HeaderWithoutScript(HeaderName),
    MethodWithoutScript(String),
    UnknownName {
        option: &'static str,
        name: String,
        expected: &'static str,
    },
    Url(String),
    Destination {
        destination: Destination,
        mode: Mode,
    },
    NavigationCredentials,
    /// The message of the model of a browser.
    Browser(String),
}

impl CallError {
    fn unknown(name: &str, option: &'static str, expected: &'static str) -> Self {
        Self::UnknownName { option, name: name.to_owned(), expected }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOrigin => f.write_str(
                "the ORIGIN of the page is missing; write it after FILE, such as https://app.example.com",
            ),
            Self::Origin { text, suggestion: Some(suggestion) } => {
                write!(f, "{text:?} is not an origin; browsers send {suggestion}, so write this")
            }
            Self::Origin { text, suggestion: None } => write!(
                f,
                "{text:?} is not an origin; write it with a scheme, such as https://app.example.com",
            ),
            Self::Header(header) => {
                write!(f, "{header:?} is not a header; write it as 'x-demo: 1'")
            }
            Self::ForbiddenHeader(name) => write!(
                f,
                "pages cannot set {name}; the browser controls this header, so remove it, or see \
                 --credentials, --url and --curl",
            ),
            Self::NoCorsHeader(name) => write!(
                f,
                "the mode no-cors does not send {name} with this value; remove the header, or write \
                 --mode cors",
            ),
            Self::HeaderWithoutScript(name) => write!(
                f,
                "only scripts can set {name}; remove the header, or write --mode cors --destination empty",
            ),
            Self::MethodWithoutScript(method) => write!(
                f,
                "elements and WebSockets cannot send {method}; write GET, or --mode cors --destination empty",
            ),
            Self::UnknownName { option, name, expected } => {
                write!(f, "{name:?} is not a value of --{option}; write {expected}")
            }
            Self::Url(url) => write!(
                f,
                "{url:?} is not a URL of a service; write it with its scheme, such as \
                 https://api.example.com/items",
            ),
            Self::Destination { destination, mode } => {
                let (mode, destination) = (mode.as_str(), destination.as_str());
                write!(
                    f,
                    "browsers send no requests with the mode {mode} and the destination {destination}; \
                     remove --mode or --destination",
                )
            }
            Self::NavigationCredentials => {
                f.write_str("navigations always include credentials; remove --credentials")
            }
            Self::Browser(message) => f.write_str(message),
        }
    }
}

impl Error for CallError {}

/// Returns whether browsers navigate to responses for this destination.
pub(crate) fn is_document(destination: Destination) -> bool {
    matches!(
        destination,
        Destination::Document
            | Destination::Embed
            | Destination::FencedFrame
            | Destination::Frame
            | Destination::Iframe
            | Destination::Object
    )
}

fn parse_header(header: &str) -> Result<(HeaderName, HeaderValue), CallError> {
    let invalid = || CallError::Header(header.to_owned());
    let (name, value) = header.split_once(':').ok_or_else(invalid)?;
    let name: HeaderName = name.trim().parse().map_err(|_| invalid())?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| invalid())?;
    if is_forbidden_request_header(name.as_str().as_bytes(), value.as_bytes()) {
        return Err(CallError::ForbiddenHeader(name));
    }
    Ok((name, value))
}
