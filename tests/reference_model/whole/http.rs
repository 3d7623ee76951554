//! Requests and responses as text.

use std::collections::BTreeSet;

use crate::reference_model::{
    cors_model::{RuleText, ServiceHeaders, page::is_token},
    path::matches_path,
};

/// The head of a request. Header names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host and port of the target, as in HTTP/2.
    pub(crate) authority: Option<String>,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.headers.iter().filter(move |(one, _)| one == name);
        lines.map(|(_, value)| value.as_str())
    }

    /// Returns the value of a header with exactly one field line.
    pub(crate) fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(one, _)| one != name);
    }

    /// Returns `true` if all names of a preflight are tokens. Browsers send no other names.
    pub(super) fn has_tokens(&self) -> bool {
        let method = self.single("access-control-request-method");
        method.is_some_and(is_token) && self.requested_names().all(is_token)
    }

    /// Returns `true` if the rule allows the method and the headers of a preflight.
    pub(super) fn is_allowed_preflight(&self, rule: &RuleText) -> bool {
        let method = self.single("access-control-request-method");
        let mut names = self.requested_names();
        self.has_tokens()
            && method.is_some_and(|method| rule.allows_method(method))
            && names.all(|name| rule.allows_header(&name.to_lowercase()))
    }

    fn requested_names(&self) -> impl Iterator<Item = &str> {
        let lines = self.values("access-control-request-headers");
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty())
    }

    pub(super) fn origin(&self) -> &str {
        self.single("origin").unwrap_or_default()
    }

    pub(super) fn is_read(&self) -> bool {
        self.method == "GET" || self.method == "HEAD"
    }

    /// Returns whether the request is a preflight.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-request>
    pub(super) fn is_preflight(&self) -> bool {
        let has_both = self.has("origin") && self.has("access-control-request-method");
        self.method == "OPTIONS" && has_both
    }

    /// Returns whether a server could treat the request as a WebSocket handshake. RFC 6455, RFC 8441
    pub(crate) fn is_handshake(&self) -> bool {
        let is_upgrade =
            self.values("upgrade").any(|value| value.to_lowercase().contains("websocket"));
        let has_header = self.has("sec-websocket-key") || self.has("sec-websocket-version");
        // The model's `CONNECT` has a path, so it is extended.
        self.method == "CONNECT" || is_upgrade || has_header
    }

    /// Returns whether the request opens a WebSocket or another tunnel.
    pub(super) fn opens_tunnel(&self) -> bool {
        let has_mode =
            self.values("sec-fetch-mode").any(|mode| ["websocket", "webtransport"].contains(&mode));
        self.method == "CONNECT" || self.is_handshake() || has_mode
    }

    /// Returns whether a path exempts the request. A path with two readings is never exempt, and neither is a
    /// request that opens a tunnel. DESIGN 4
    pub(super) fn is_exempt(&self, paths: &[String]) -> bool {
        paths.iter().any(|path| self.is_at(path)) && !self.opens_tunnel()
    }

    /// Returns whether the pattern matches the path. `/*` at the end matches all paths below.
    pub(super) fn is_at(&self, pattern: &str) -> bool {
        matches_path(&[pattern.to_owned()], &self.path)
    }
}

/// A response. Header names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether JSONP wrapped the response.
    pub(crate) is_script_for_callback: bool,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Returns a rejection, which is plain text.
    pub(super) fn rejection(section: &str) -> Self {
        Self::text(403, &format!("403 Forbidden ({section}): "))
    }

    pub(super) fn text(status: u16, text: &str) -> Self {
        let mut response = Self::new(status);
        response.set("content-type", "text/plain; charset=utf-8");
        response.set("x-content-type-options", "nosniff");
        response.set("cache-control", "no-store");
        response.body = text.as_bytes().to_vec();
        response
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the status and the headers.
    pub(super) fn service_headers(&self) -> ServiceHeaders {
        ServiceHeaders { status: self.status, lines: self.headers.clone() }
    }

    /// Returns the joined field lines of a header.
    pub(crate) fn joined(&self, name: &str) -> Option<String> {
        let lines = self.headers.iter().filter(|(one, _)| one == name);
        let values: Vec<&str> = lines.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.headers.retain(|(one, _)| one != name);
    }

    /// Adds names to `Vary`.
    pub(super) fn vary_on(&mut self, names: &BTreeSet<String>) {
        let mut all = names_in(&self.joined("vary").unwrap_or_default());
        if !all.contains("*") {
            all.extend(names.iter().cloned());
        }
        if !all.is_empty() {
            self.set("vary", &all.into_iter().collect::<Vec<_>>().join(", "));
        }
    }

    /// Returns whether the connection or stream changes its protocol. Layers do not change such responses.
    pub(super) fn ends_http(&self, request: &Request) -> bool {
        let is_success = (200..300).contains(&self.status);
        self.status == 101 || (request.method == "CONNECT" && is_success)
    }

    /// Returns the media type of `Content-Type`, without parameters.
    pub(super) fn media_type(&self) -> String {
        let value = self.joined("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_lowercase()
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn is_nosniff(&self) -> bool {
        self.joined("x-content-type-options").as_deref() == Some("nosniff")
    }
}

/// Returns the members of a list of names, in lower case.
pub(crate) fn names_in(list: &str) -> BTreeSet<String> {
    let names = list.split(',').map(|name| name.trim().to_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

/// Splits the value of `Host`. Returns `None` if it is malformed. RFC 9110, section 7.2
pub(super) fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.rfind([':', ']']) {
        Some(at) if text[at..].starts_with(':') => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    };
    let is_digits = |port: &str| port.len() <= 5 && port.chars().all(|one| one.is_ascii_digit());
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|number| *number > 0 && is_digits(port))?),
        None => None,
    };
    let is_label = |label: &str| {
        let in_label = |one: char| one.is_ascii_alphanumeric() || "-_*".contains(one);
        !label.is_empty() && label.chars().all(in_label)
    };
    let is_name = host.split('.').all(is_label);
    (is_name || host == "[::1]").then_some((host, port))
}
