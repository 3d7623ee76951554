use super::request::{Body, Credentials, Mode, Redirect, ReferrerPolicy, User};
use crate::fetch::Destination;

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
    pub(super) method: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Body>,
    pub(super) content_type: Option<&'static str>,
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) redirect: Redirect,
    pub(super) destination: Destination,
    pub(super) referrer: Option<String>,
    pub(super) referrer_policy: Option<ReferrerPolicy>,
    pub(super) has_upload_listener: bool,
    pub(super) user: User,
    pub(super) by: By,
}

/// Who decides what a request may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Script,
    Element,
    Navigation,
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
            by: By::Script,
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
        Self { destination, mode, credentials, by: By::Element, ..Self::get(url) }
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

    fn with_body(mut self, bytes: &[u8], content_type: Option<&'static str>) -> Self {
        self.body = Some(Body { bytes: bytes.to_vec(), is_stream: false });
        self.content_type = content_type;
        self
    }
}
