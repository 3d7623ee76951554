//! What a page sends: from what script asks for to methods, headers and the names of those that need a
//! preflight. F12, F19 to F25, F27 to F31.

/// What script asks for.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The page's, as it is serialised.
    pub(crate) origin: String,
    pub(crate) address: String,
    /// Whether the address is of the page's origin.
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

/// What goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// In lower case, sorted, each once.
    pub(crate) unsafe_names: Vec<String>,
    /// A listener or a stream makes the browser ask, whatever is sent.
    pub(crate) is_asked_for_anyway: bool,
    /// The header `Origin`.
    pub(crate) origin: Option<String>,
}

impl Sent {
    /// `None` where script is given an error.
    pub(crate) fn of(call: &Call) -> Option<Self> {
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
        let is_asked_for_anyway = call.has_upload_listener || call.body == Body::Stream;
        let origin = origin(call, &method);
        Some(Self { method, unsafe_names, is_asked_for_anyway, origin })
    }

    pub(crate) fn is_to_be_asked_for(&self) -> bool {
        self.is_asked_for_anyway
            || !is_safelisted_method(&self.method)
            || !self.unsafe_names.is_empty()
    }
}

pub(crate) fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// F19, F20
fn method(written: &str) -> Option<String> {
    let upper = written.to_ascii_uppercase();
    match &*upper {
        "CONNECT" | "TRACE" | "TRACK" => None,
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => Some(upper),
        _ => is_token(written).then(|| written.to_owned()),
    }
}

/// The headers that script sets and may set, with that of the body.
fn headers(call: &Call) -> Option<Vec<(String, String)>> {
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

/// F28. No value here has a comma within quotation marks.
fn is_forbidden(name: &str, value: &str) -> bool {
    const NAMES: &str = "accept-charset accept-encoding access-control-request-headers \
        access-control-request-method connection content-length cookie cookie2 date dnt expect host \
        keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via";
    const OVERRIDES: &str = "x-http-method x-http-method-override x-method-override";
    let is_in = |names: &str| names.split_whitespace().any(|one| one == name);
    let names_forbidden_method =
        || value.split(',').any(|part| is_token(part.trim()) && method(part.trim()).is_none());
    is_in(NAMES)
        || name.starts_with("proxy-")
        || name.starts_with("sec-")
        || (is_in(OVERRIDES) && names_forbidden_method())
}

/// F24: each line is a header by itself.
fn unsafe_names(headers: &[(String, String)]) -> Vec<String> {
    let (safe, mut of): (Vec<_>, Vec<_>) =
        headers.iter().partition(|(name, value)| is_safelisted(name, value));
    let bytes: usize = safe.iter().map(|(_, value)| value.chars().count()).sum();
    if bytes > 1024 {
        of.extend(safe);
    }
    let mut names: Vec<String> = of.into_iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// F22, F23
fn is_safelisted(name: &str, value: &str) -> bool {
    let is_unsafe =
        |char: char| (char < ' ' && char != '\t') || "\"():<>?@[\\]{}\u{7f}".contains(char);
    let is_of_language = |char: char| char.is_ascii_alphanumeric() || " *,-.;=".contains(char);
    let is_of_name = match name {
        "accept" => !value.contains(is_unsafe),
        "accept-language" | "content-language" => value.chars().all(is_of_language),
        "content-type" => !value.contains(is_unsafe) && has_safelisted_essence(value),
        "range" => is_simple_range(value),
        _ => false,
    };
    // A character is a byte on the wire.
    is_of_name && value.chars().count() <= 128
}

/// F25
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

/// F10 to F12, by the referrer policy that browsers take where none is set.
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
    let in_token = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    !text.is_empty() && text.chars().all(in_token)
}
