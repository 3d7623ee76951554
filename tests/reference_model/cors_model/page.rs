//! The request that a browser sends for a call of a script: method, headers, and the names that need a
//! preflight. F12, F19 to F25, F27 to F31.

use super::Browser;

/// A call of `fetch()` in a script.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The serialised origin of the page.
    pub(crate) origin: String,
    pub(crate) address: String,
    /// Whether the address has the origin of the page.
    pub(crate) is_own: bool,
    pub(crate) mode: Mode,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) credentials: Credentials,
    pub(crate) has_upload_listener: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Cors,
    NoCors,
    SameOrigin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Nothing,
    Text,
    Form,
    Bytes,
    Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    Omit,
    SameOrigin,
    Include,
}

/// The request that the browser sends.
#[derive(Clone, Debug)]
pub(crate) struct SentRequest {
    pub(crate) method: String,
    /// The names that need a preflight, in lower case, sorted, without duplicates.
    pub(crate) unsafe_names: Vec<String>,
    /// Whether an upload listener or a stream requires a preflight for any request.
    pub(crate) always_needs_preflight: bool,
    /// The value of the header `Origin`.
    pub(crate) origin: Option<String>,
}

impl SentRequest {
    /// Creates the request of a call; `None` if the script gets an error.
    pub(crate) fn new(call: &Call) -> Option<Self> {
        let method = method(&call.method)?;
        let has_body = call.body != Body::Nothing;
        if has_body && matches!(&*method, "GET" | "HEAD") {
            return None;
        }
        if call.mode == Mode::NoCors
            && (!is_safelisted_method(&method) || call.body == Body::Stream)
        {
            return None;
        }
        let unsafe_names = unsafe_names(&headers(call)?);
        let always_needs_preflight = call.has_upload_listener || call.body == Body::Stream;
        let origin = origin(call, &method);
        Some(Self { method, unsafe_names, always_needs_preflight, origin })
    }

    /// Returns the request as an engine with differences sends it.
    pub(crate) fn in_browser(mut self, call: &Call, browser: Browser) -> Self {
        let mut lines = headers(call).unwrap_or_default();
        if browser.joins_lines && call.mode != Mode::NoCors {
            let mut joined: Vec<(String, String)> = Vec::new();
            for (name, value) in lines {
                match joined.iter_mut().find(|(one, _)| *one == name) {
                    Some((_, values)) => *values = format!("{values}, {value}"),
                    None => joined.push((name, value)),
                }
            }
            lines = joined;
        }
        if !browser.limits_total {
            lines.retain(|(name, value)| !is_safelisted(name, value));
        }
        self.unsafe_names = unsafe_names(&lines);
        if call.body == Body::Nothing && !browser.preflights_empty_uploads {
            self.always_needs_preflight = false;
        }
        self
    }

    pub(crate) fn needs_preflight(&self) -> bool {
        self.always_needs_preflight
            || !is_safelisted_method(&self.method)
            || !self.unsafe_names.is_empty()
    }
}

pub(crate) fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// Returns the normalized method; `None` if it is forbidden or invalid. F19, F20
fn method(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    match &*upper {
        "CONNECT" | "TRACE" | "TRACK" => None,
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => Some(upper),
        _ => is_token(text).then(|| text.to_owned()),
    }
}

/// Returns the allowed headers of the script, and the content type of the body.
pub(crate) fn headers(call: &Call) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for (name, value) in &call.headers {
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        let is_value = value.chars().all(|char| !"\0\r\n".contains(char) && char <= '\u{ff}');
        if !is_token(name) || !is_value {
            return None;
        }
        let name = name.to_lowercase();
        let is_dropped = is_forbidden(&name, value)
            || (call.mode == Mode::NoCors && (name == "range" || !is_safelisted(&name, value)));
        if !is_dropped {
            headers.push((name, value.to_owned()));
        }
    }
    let content_type = match call.body {
        Body::Text => "text/plain;charset=UTF-8",
        Body::Form => "application/x-www-form-urlencoded;charset=UTF-8",
        Body::Nothing | Body::Bytes | Body::Stream => return Some(headers),
    };
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Some(headers)
}

/// Returns `true` if scripts cannot set the header. F28
///
/// The tests do not use values with a comma within quotation marks.
fn is_forbidden(name: &str, value: &str) -> bool {
    const NAMES: &str = "accept-charset accept-encoding access-control-request-headers \
        access-control-request-method connection content-length cookie cookie2 date dnt expect host \
        keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via";
    const OVERRIDES: &str = "x-http-method x-http-method-override x-method-override";
    let is_in = |names: &str| names.split_whitespace().any(|one| one == name);
    let has_forbidden_method =
        || value.split(',').any(|part| is_token(part.trim()) && method(part.trim()).is_none());
    is_in(NAMES)
        || name.starts_with("proxy-")
        || name.starts_with("sec-")
        || (is_in(OVERRIDES) && has_forbidden_method())
}

/// Returns the names that need a preflight. Each field line is a separate header. F24
fn unsafe_names(headers: &[(String, String)]) -> Vec<String> {
    let (safelisted, mut others): (Vec<_>, Vec<_>) =
        headers.iter().partition(|(name, value)| is_safelisted(name, value));
    let bytes: usize = safelisted.iter().map(|(_, value)| value.chars().count()).sum();
    if bytes > 1024 {
        others.extend(safelisted);
    }
    let mut names: Vec<String> = others.into_iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Returns `true` if the header is safelisted. F22, F23
pub(crate) fn is_safelisted(name: &str, value: &str) -> bool {
    let is_unsafe =
        |char: char| (char < ' ' && char != '\t') || "\"():<>?@[\\]{}\u{7f}".contains(char);
    let is_language_char = |char: char| char.is_ascii_alphanumeric() || " *,-.;=".contains(char);
    let is_valid_value = match name {
        "accept" => !value.contains(is_unsafe),
        "accept-language" | "content-language" => value.chars().all(is_language_char),
        "content-type" => !value.contains(is_unsafe) && has_safelisted_essence(value),
        "range" => is_simple_range(value),
        _ => false,
    };
    // Browsers send each character as one byte.
    is_valid_value && value.chars().count() <= 128
}

/// Returns `true` if the content type is safelisted. F25
fn has_safelisted_essence(value: &str) -> bool {
    let essence = value.split(';').next().unwrap_or_default().trim_matches([' ', '\t']);
    let essence = essence.to_ascii_lowercase();
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].contains(&&*essence)
}

fn is_simple_range(value: &str) -> bool {
    let Some((start, end)) = value.strip_prefix("bytes=").and_then(|rest| rest.split_once('-'))
    else {
        return false;
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let is_range = !start.is_empty() && is_number(start) && is_number(end);
    is_range && (end.is_empty() || number(start) <= number(end))
}

/// Returns the value of `Origin`, with the default referrer policy. F10 to F12
fn origin(call: &Call, method: &str) -> Option<String> {
    let is_cors = call.mode == Mode::Cors && !call.is_own;
    if !is_cors && matches!(method, "GET" | "HEAD") {
        return None;
    }
    let is_downgrade = call.origin.starts_with("https:") && !call.address.starts_with("https:");
    if call.mode != Mode::Cors && is_downgrade {
        return Some("null".to_owned());
    }
    Some(call.origin.clone())
}

pub(crate) fn is_token(text: &str) -> bool {
    let is_token_char =
        |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    !text.is_empty() && text.chars().all(is_token_char)
}
