//! The requests that a browser sends for a page, and the effect of the responses on the page.

use super::{
    Answer, Configuration, End,
    http::{Request, Response, names_in},
};
use crate::reference_model::{
    cors_model::page::{Call, Credentials, Mode, SentRequest, headers},
    origin::is_ipv4,
};

/// A page and its browser.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The serialized origin.
    pub(crate) origin: String,
    pub(crate) embedder_policy: Embedder,
    /// Whether the browser has a cookie of the service with `SameSite=None; Secure`.
    pub(crate) has_cookie: bool,
    /// Whether the browser sends `Sec-Fetch-*`.
    pub(crate) has_metadata: bool,
}

/// <https://html.spec.whatwg.org/#embedder-policy-value>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedder {
    UnsafeNone,
    RequireCorp,
    Credentialless,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// `fetch()` in a script.
    Fetch(Call),
    /// An element without or with the attribute `crossorigin`.
    Element { destination: &'static str, crossorigin: Option<Credentials>, address: String },
    /// A link or a form that replaces the page.
    Navigate { is_form: bool, address: String },
    /// The user types the address.
    AddressBar { address: String },
}

/// The expected exchanges and their effect.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) exchanges: Vec<(Request, Answer)>,
    pub(crate) effect: Effect,
    pub(crate) shows_timing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The browser stops at this step.
    Blocked(Blocked),
    /// The page embeds the response, and cannot read it.
    Opaque,
    /// The page runs the script, and cannot read it.
    Script(Vec<u8>),
    /// The page reads the body. A `<script>` also runs it.
    Readable { body: Vec<u8>, is_script: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blocked {
    /// The script gets an error before the browser sends a request.
    Call,
    /// The mode does not allow another origin.
    Mode,
    /// The CORS protocol does not allow the request or the response.
    Cors,
    /// `Cross-Origin-Resource-Policy`
    ResourcePolicy,
    /// The frame has no `Cross-Origin-Embedder-Policy`.
    EmbedderPolicy,
    /// `X-Content-Type-Options: nosniff`
    MimeType,
    /// Opaque response blocking.
    OpaqueResponse,
}

/// A request in the terms of the Fetch standard.
struct Plan {
    address: String,
    method: String,
    headers: Vec<(String, String)>,
    mode: &'static str,
    destination: &'static str,
    credentials: Credentials,
    relation: Relation,
    /// The value of `Origin`.
    origin: Option<String>,
    /// The names for a preflight; `None` if the request needs no preflight.
    preflight: Option<Vec<String>>,
    is_user: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    SameOrigin,
    SameSite,
    CrossSite,
}

impl Visit {
    /// Evaluates an action of a page in the order of the Fetch standard.
    pub(crate) fn evaluate(
        configuration: &Configuration,
        page: &Page,
        action: &Action,
        serve: fn(&Request) -> Response,
    ) -> Self {
        let Some(plan) = Plan::new(page, action) else { return Self::blocked(Blocked::Call) };
        let is_own = plan.relation == Relation::SameOrigin;
        if plan.mode == "same-origin" && !is_own {
            return Self::blocked(Blocked::Mode);
        }
        let mut exchanges = Vec::new();
        let is_cors = plan.mode == "cors" && !is_own;
        if let Some(names) = plan.preflight.as_ref().filter(|_| is_cors) {
            let request = plan.preflight_request(page, names);
            let answer = configuration.answer(&request, serve);
            // Without the section `cors`, the service responds, and allows no method and no header.
            let is_allowed = answer.end == End::Preflight;
            let is_shared = cors_check(page, plan.credentials, &answer.response);
            exchanges.push((request, answer));
            if !is_allowed || !is_shared {
                return Self { exchanges, ..Self::blocked(Blocked::Cors) };
            }
        }
        let request = plan.request(page);
        let answer = configuration.answer(&request, serve);
        let effect = plan.effect(page, &answer.response);
        let shows_timing =
            plan.shows_timing(page, &answer.response) && !matches!(effect, Effect::Blocked(_));
        exchanges.push((request, answer));
        Self { exchanges, effect, shows_timing }
    }

    fn blocked(step: Blocked) -> Self {
        Self { exchanges: Vec::new(), effect: Effect::Blocked(step), shows_timing: false }
    }
}

impl Plan {
    /// Returns `None` if the script gets an error.
    fn new(page: &Page, action: &Action) -> Option<Self> {
        let address = action.address().to_owned();
        let relation = relation(&page.origin, &address);
        let plan = Self {
            address,
            method: "GET".to_owned(),
            headers: Vec::new(),
            mode: "navigate",
            destination: "document",
            credentials: Credentials::Include,
            relation,
            origin: None,
            preflight: None,
            is_user: false,
        };
        Some(match action {
            Action::Fetch(call) => {
                let sent = SentRequest::new(call)?;
                Self {
                    method: sent.method.clone(),
                    headers: headers(call)?,
                    mode: match call.mode {
                        Mode::Cors => "cors",
                        Mode::NoCors => "no-cors",
                        Mode::SameOrigin => "same-origin",
                    },
                    destination: "empty",
                    credentials: call.credentials,
                    origin: sent.origin.clone(),
                    preflight: sent.needs_preflight().then_some(sent.unsafe_names),
                    ..plan
                }
            }
            Action::Element { destination, crossorigin, .. } => {
                let (mode, credentials) = match (*destination, crossorigin) {
                    (_, Some(credentials)) => ("cors", *credentials),
                    ("iframe" | "object", _) => ("navigate", Credentials::Include),
                    ("font", _) => ("cors", Credentials::SameOrigin),
                    ("worker" | "serviceworker", _) => ("same-origin", Credentials::SameOrigin),
                    _ => ("no-cors", Credentials::Include),
                };
                let is_cors = mode == "cors" && relation != Relation::SameOrigin;
                let origin = is_cors.then(|| page.origin.clone());
                Self { mode, destination, credentials, origin, ..plan }
            }
            Action::Navigate { is_form: false, .. } => plan,
            Action::Navigate { is_form: true, address } => {
                let is_downgrade =
                    page.origin.starts_with("https:") && !address.starts_with("https:");
                let origin = if is_downgrade { "null" } else { &page.origin };
                Self { method: "POST".to_owned(), origin: Some(origin.to_owned()), ..plan }
            }
            Action::AddressBar { .. } => Self { is_user: true, ..plan },
        })
    }

    fn request(&self, page: &Page) -> Request {
        let mut request = self.without_browser_headers(&self.method);
        request.headers.clone_from(&self.headers);
        if let Some(origin) = &self.origin {
            request = request.with("origin", origin);
        }
        if page.has_cookie && self.includes_credentials(page) && is_trustworthy(&self.address) {
            request = request.with("cookie", COOKIE);
        }
        self.with_metadata(page, self.mode, request)
    }

    /// Returns the preflight. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    fn preflight_request(&self, page: &Page, names: &[String]) -> Request {
        let mut request = self
            .without_browser_headers("OPTIONS")
            .with("origin", &page.origin)
            .with("access-control-request-method", &self.method);
        if !names.is_empty() {
            request = request.with("access-control-request-headers", &names.join(","));
        }
        self.with_metadata(page, "cors", request)
    }

    fn without_browser_headers(&self, method: &str) -> Request {
        let (_, path, query) = split_address(&self.address);
        let (method, authority) = (method.to_owned(), None);
        Request { method, authority, path, query, headers: Vec::new() }
    }

    /// Adds `Host` and `Sec-Fetch-*`. <https://w3c.github.io/webappsec-fetch-metadata/>
    fn with_metadata(&self, page: &Page, mode: &str, request: Request) -> Request {
        let (host, _, _) = split_address(&self.address);
        let request = request.with("host", &host);
        if !page.has_metadata || !is_trustworthy(&self.address) {
            return request;
        }
        let site = if self.is_user { "none" } else { fetch_site(&page.origin, &self.address) };
        request
            .with("sec-fetch-site", site)
            .with("sec-fetch-mode", mode)
            .with("sec-fetch-dest", self.destination)
    }

    fn includes_credentials(&self, page: &Page) -> bool {
        let is_own = self.relation == Relation::SameOrigin;
        match self.credentials {
            Credentials::Include => {
                is_own || self.mode != "no-cors" || page.embedder_policy != Embedder::Credentialless
            }
            Credentials::SameOrigin => is_own,
            Credentials::Omit => false,
        }
    }

    /// Returns whether the page cannot read the response, although no step fails.
    fn is_opaque(&self) -> bool {
        self.mode == "no-cors" && self.relation != Relation::SameOrigin
    }

    fn effect(&self, page: &Page, response: &Response) -> Effect {
        let is_cors = self.mode == "cors" && self.relation != Relation::SameOrigin;
        let is_frame = self.mode == "navigate" && self.destination != "document";
        if is_cors && !cors_check(page, self.credentials, response) {
            return Effect::Blocked(Blocked::Cors);
        }
        let isolates = page.embedder_policy != Embedder::UnsafeNone;
        let is_checked = self.is_opaque() || (is_frame && isolates);
        if is_checked && !self.passes_resource_policy(page, response, is_frame) {
            return Effect::Blocked(Blocked::ResourcePolicy);
        }
        if !self.has_usable_type(response) {
            return Effect::Blocked(Blocked::MimeType);
        }
        let has_policy = ["require-corp", "credentialless"]
            .contains(&&*response.joined("cross-origin-embedder-policy").unwrap_or_default())
            && is_trustworthy(&self.address);
        if is_frame && isolates && !has_policy {
            return Effect::Blocked(Blocked::EmbedderPolicy);
        }
        let has_null_body = self.method == "HEAD" || matches!(response.status, 204 | 205 | 304);
        let body = if has_null_body { Vec::new() } else { response.body.clone() };
        let is_script = self.destination == "script";
        match self.is_opaque() {
            true if is_script && is_blocked_opaque_response(response) => {
                Effect::Blocked(Blocked::OpaqueResponse)
            }
            true if is_script && response.is_success() => Effect::Script(body),
            true => Effect::Opaque,
            false => Effect::Readable { body, is_script: is_script && response.is_success() },
        }
    }

    /// Returns whether the page may embed the response.
    /// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check>
    fn passes_resource_policy(&self, page: &Page, response: &Response, is_frame: bool) -> bool {
        let sent = response.joined("cross-origin-resource-policy");
        let known = ["same-origin", "same-site", "cross-origin"];
        let sent = sent.as_deref().filter(|value| known.contains(value));
        let requires = match page.embedder_policy {
            Embedder::UnsafeNone => false,
            Embedder::RequireCorp => true,
            Embedder::Credentialless => is_frame || self.includes_credentials(page),
        };
        match sent.or(requires.then_some("same-origin")) {
            None | Some("cross-origin") => true,
            Some("same-site") => {
                let is_secure =
                    page.origin.starts_with("https:") || !self.address.starts_with("https:");
                is_schemelessly_same_site(&page.origin, &self.address) && is_secure
            }
            Some(_) => self.relation == Relation::SameOrigin,
        }
    }

    /// Returns whether the media type allows the use.
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?>
    fn has_usable_type(&self, response: &Response) -> bool {
        let media_type = response.media_type();
        match self.destination {
            "script" | "worker" => {
                !media_type.starts_with("image/")
                    && (is_javascript(&media_type) || !response.is_nosniff())
            }
            "style" => media_type == "text/css" || !response.is_nosniff(),
            _ => true,
        }
    }

    /// Returns whether the page sees timings. <https://fetch.spec.whatwg.org/#concept-tao-check>
    fn shows_timing(&self, page: &Page, response: &Response) -> bool {
        let allowed = response.joined("timing-allow-origin").unwrap_or_default();
        let is_listed =
            allowed.split(',').any(|one| one.trim() == "*" || one.trim() == page.origin);
        // A navigation to another origin shows no timing to the page.
        is_listed || self.relation == Relation::SameOrigin
    }
}

impl Action {
    pub(crate) fn address(&self) -> &str {
        match self {
            Self::Fetch(call) => &call.address,
            Self::Element { address, .. }
            | Self::Navigate { address, .. }
            | Self::AddressBar { address } => address,
        }
    }
}

/// Returns whether the response allows the page. <https://fetch.spec.whatwg.org/#concept-cors-check>
fn cors_check(page: &Page, credentials: Credentials, response: &Response) -> bool {
    let allowed = response.joined("access-control-allow-origin");
    let includes = credentials == Credentials::Include;
    let is_allowed = match allowed.as_deref() {
        Some("*") => !includes,
        Some(origin) => origin == page.origin,
        None => false,
    };
    let has_credentials =
        response.joined("access-control-allow-credentials").as_deref() == Some("true");
    is_allowed && (has_credentials || !includes)
}

/// Returns whether the browser blocks the response of another origin. <https://github.com/annevk/orb>
fn is_blocked_opaque_response(response: &Response) -> bool {
    let media_type = response.media_type();
    let is_data = ["text/html", "application/json", "text/json"].contains(&&*media_type)
        || media_type.ends_with("+json");
    if is_javascript(&media_type) || media_type == "text/css" {
        return false;
    }
    let is_nosniff = response.is_nosniff();
    if is_nosniff && (is_data || media_type == "text/plain") {
        return true;
    }
    !response.body.starts_with(b"GIF89a") && (is_nosniff || !response.is_success())
}

fn is_javascript(media_type: &str) -> bool {
    media_type == "text/javascript"
}

/// Returns the value of `Sec-Fetch-Site`.
pub(crate) fn fetch_site(origin: &str, address: &str) -> &'static str {
    match relation(origin, address) {
        Relation::SameOrigin => "same-origin",
        Relation::SameSite => "same-site",
        Relation::CrossSite => "cross-site",
    }
}

fn relation(origin: &str, address: &str) -> Relation {
    let (scheme, rest) = address.split_once("://").expect("the address is a URL");
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if origin == format!("{scheme}://{authority}") {
        return Relation::SameOrigin;
    }
    let is_same_scheme = origin.split_once("://").is_some_and(|(one, _)| one == scheme);
    if is_same_scheme && is_schemelessly_same_site(origin, address) {
        Relation::SameSite
    } else {
        Relation::CrossSite
    }
}

/// Returns whether the hosts have the same site.
/// <https://html.spec.whatwg.org/#schemelessly-same-site>
fn is_schemelessly_same_site(origin: &str, address: &str) -> bool {
    origin != "null" && site(origin) == site(address)
}

/// Returns the registrable domain, for hosts whose public suffix has one label; or the host.
fn site(url: &str) -> String {
    let (_, rest) = url.split_once("://").expect("a URL");
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|char| char.is_ascii_digit()) => host,
        _ => authority,
    };
    let labels: Vec<&str> = host.split('.').collect();
    if is_ipv4(host) || labels.len() < 2 {
        return host.to_owned();
    }
    labels[labels.len() - 2..].join(".")
}

/// Splits an address into the host with its port, the path, and the query.
pub(crate) fn split_address(address: &str) -> (String, String, Option<String>) {
    let (_, rest) = address.split_once("://").expect("the address is a URL");
    let (authority, target) = rest.split_at(rest.find('/').expect("the address has a path"));
    match target.split_once('?') {
        Some((path, query)) => (authority.to_owned(), path.to_owned(), Some(query.to_owned())),
        None => (authority.to_owned(), target.to_owned(), None),
    }
}

/// Returns whether browsers send `Sec-Fetch-*` and secure cookies to the address.
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
pub(crate) fn is_trustworthy(address: &str) -> bool {
    let (authority, _, _) = split_address(address);
    let host = authority.split(':').next().unwrap_or_default();
    address.starts_with("https:") || host == "localhost" || host.starts_with("127.")
}

/// Returns whether two lists of names are equal, in any order and case.
pub(crate) fn is_same_list(one: &str, other: &str) -> bool {
    names_in(one) == names_in(other)
}

/// The cookie of the service.
pub(crate) const COOKIE: &str = "session=1";
