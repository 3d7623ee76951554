use std::{borrow::Cow, time::Duration};

use http::{
    HeaderMap, HeaderValue, Method,
    header::{
        ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    },
};

use super::{
    blocked::{BlockedStep, Reason, Stop},
    engine::Engine,
    header_values::{Tokens, get, isomorphic_decode},
    request::{Credentials, Mode, Redirect, Request, Tainting, User},
    response_checks::cors_check,
};
use crate::fetch::{is_cors_non_wildcard_request_header_name, trim_ows};

/// Returns the preflight for a request. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
pub(super) fn preflight_request(request: &Request) -> Request {
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if let Ok(method) = HeaderValue::from_str(request.method.as_str()) {
        headers.insert(ACCESS_CONTROL_REQUEST_METHOD, method);
    }
    // The names are joined without spaces. Without names the header is absent.
    let names = request.unsafe_names().join(",");
    if let Some(names) = HeaderValue::from_str(&names).ok().filter(|names| !names.is_empty()) {
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, names);
    }
    let preflight = Request {
        method: Method::OPTIONS,
        headers,
        unrepresentable: Vec::new(),
        body: None,
        credentials: Credentials::SameOrigin,
        mode: Mode::Cors,
        redirect: Redirect::Follow,
        tainting: Tainting::Cors,
        use_cors_preflight: false,
        is_unsafe: false,
        user: User::Page,
        ..request.clone()
    };
    as_seen_by_preflight(&preflight).into_owned()
}

/// Returns the request whose `Origin` a preflight and the check of its response use.
fn as_seen_by_preflight(request: &Request) -> Cow<'_, Request> {
    if !request.engine.preflights_redirects_with_page_origin() || !request.is_tainted() {
        return Cow::Borrowed(request);
    }
    // Without earlier addresses, the origin is not tainted.
    let urls = request.urls.last().cloned().into_iter().collect();
    Cow::Owned(Request { urls, ..request.clone() })
}

/// Returns whether the cache does not allow the request, so that it needs a preflight.
/// <https://fetch.spec.whatwg.org/#concept-http-fetch>, step 4.1
pub(super) fn is_preflight_needed(
    request: &Request,
    cache: &PreflightCache,
    now: Duration,
) -> bool {
    let is_cached = || {
        let method = MethodOrHeader::Method(request.method.to_string());
        cache.has(request, &method, now)
            || (request.engine.caches_safelisted_methods_by_address()
                && request.has_safelisted_method()
                && cache.has_any(request, now))
    };
    let is_safelisted = request.has_safelisted_method() && !request.use_cors_preflight;
    let mut names = request.unsafe_names().into_iter();
    (!is_safelisted && !is_cached())
        || names.any(|name| !cache.has(request, &MethodOrHeader::Header(name), now))
}

/// The methods and headers that a preflight response allows.
#[derive(Debug)]
pub(super) struct Permission {
    pub(super) allowed: Vec<MethodOrHeader>,
    pub(super) max_age: Duration,
}

/// Checks whether the preflight response allows the request.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7
pub(super) fn check_preflight_response(
    request: &Request,
    status: u16,
    response: &HeaderMap,
) -> Result<Permission, Stop> {
    let engine = request.engine;
    cors_check(&as_seen_by_preflight(request), response)?;
    if !(200..300).contains(&status) {
        return Err((BlockedStep::PreflightStatus, Reason::Status(status)));
    }
    let malformed = |step, name| {
        let value = get(response, name).unwrap_or_default();
        (step, Reason::Malformed { value: isomorphic_decode(&value) })
    };
    let missing = |step, header, name: &str| {
        let value = get(response, header).map(|value| isomorphic_decode(&value));
        (step, Reason::NotListed { name: name.to_owned(), value })
    };
    let methods = match Tokens::from_headers(response, &ACCESS_CONTROL_ALLOW_METHODS) {
        Tokens::Malformed => {
            return Err(malformed(BlockedStep::AllowMethods, &ACCESS_CONTROL_ALLOW_METHODS));
        }
        // All engines cache a safelisted method, although it needs no permission.
        Tokens::Absent
            if request.use_cors_preflight
                && (engine.accepts_missing_allow_methods() || request.has_safelisted_method()) =>
        {
            vec![request.method.as_str().as_bytes().to_vec()]
        }
        Tokens::Absent => Vec::new(),
        Tokens::List(methods) => methods,
    };
    let names = match Tokens::from_headers(response, &ACCESS_CONTROL_ALLOW_HEADERS) {
        Tokens::Malformed => {
            return Err(malformed(BlockedStep::AllowHeaders, &ACCESS_CONTROL_ALLOW_HEADERS));
        }
        Tokens::Absent => Vec::new(),
        Tokens::List(names) => names.iter().map(|name| name.to_ascii_lowercase()).collect(),
    };
    let has_wildcard = |list: &[Vec<u8>]| {
        request.credentials != Credentials::Include && list.iter().any(|member| member == b"*")
    };
    let method = request.method.as_str();
    if !methods.iter().any(|allowed| allowed == method.as_bytes())
        && !request.has_safelisted_method()
        && !has_wildcard(&methods)
    {
        return Err(missing(BlockedStep::AllowMethods, &ACCESS_CONTROL_ALLOW_METHODS, method));
    }
    for name in request.unsafe_names() {
        let requires_name = is_cors_non_wildcard_request_header_name(name.as_bytes())
            && !engine.accepts_wildcard_for_authorization();
        let is_listed = names.iter().any(|allowed| allowed == name.as_bytes());
        if !is_listed && (requires_name || !has_wildcard(&names)) {
            return Err(missing(BlockedStep::AllowHeaders, &ACCESS_CONTROL_ALLOW_HEADERS, &name));
        }
    }
    let text = |bytes: Vec<u8>| isomorphic_decode(&bytes);
    let methods = methods.into_iter().map(|method| MethodOrHeader::Method(text(method)));
    let allowed =
        methods.chain(names.into_iter().map(|name| MethodOrHeader::Header(text(name)))).collect();
    Ok(Permission { allowed, max_age: max_age(response, engine) })
}

/// The CORS-preflight cache: methods and headers that servers already allowed.
/// <https://fetch.spec.whatwg.org/#concept-cache>
#[derive(Clone, Debug, Default)]
pub(super) struct PreflightCache {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    origin: String,
    url: String,
    expires: Duration,
    credentials: bool,
    subject: MethodOrHeader,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MethodOrHeader {
    Method(String),
    /// A header name in lower case.
    Header(String),
}

impl PreflightCache {
    /// Returns whether the cache allows this method or header without a preflight.
    pub(super) fn has(&self, request: &Request, subject: &MethodOrHeader, now: Duration) -> bool {
        self.entries.iter().any(|entry| {
            let matches = entry.subject.matches(subject)
                || (request.engine.caches_wildcard_for_authorization()
                    && entry.subject == MethodOrHeader::Header("*".to_owned())
                    && matches!(subject, MethodOrHeader::Header(_)));
            entry.expires > now && matches && entry.is_for(request)
        })
    }

    /// Returns whether the cache has an entry for the address.
    fn has_any(&self, request: &Request, now: Duration) -> bool {
        self.entries.iter().any(|entry| entry.expires > now && entry.is_for(request))
    }

    /// Adds an entry, or extends the lifetime of an existing entry.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, steps 7.11 to 7.14
    pub(super) fn store(
        &mut self,
        request: &Request,
        subject: MethodOrHeader,
        max_age: Duration,
        now: Duration,
    ) {
        let is_null = request.serialized_origin() == "null";
        if is_null && !request.engine.caches_preflights_of_null_origin() {
            return;
        }
        let expires = now.saturating_add(max_age);
        self.entries.retain(|entry| entry.expires > now);
        let mut is_updated = false;
        for entry in &mut self.entries {
            if entry.subject.matches(&subject) && entry.is_for(request) {
                entry.expires = expires;
                is_updated = true;
            }
        }
        let Some(url) = request.url().filter(|_| !is_updated) else { return };
        self.entries.push(Entry {
            origin: request.serialized_origin().to_owned(),
            url: url.to_string(),
            expires,
            credentials: request.credentials == Credentials::Include,
            subject,
        });
    }

    /// Removes all entries for the origin and address of a request.
    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn clear(&mut self, request: &Request) {
        self.entries.retain(|entry| !entry.is_for_same_url(request));
    }
}

impl Entry {
    /// Returns whether the entry applies to a request.
    /// <https://fetch.spec.whatwg.org/#concept-cache-match>
    fn is_for(&self, request: &Request) -> bool {
        (self.credentials || request.credentials != Credentials::Include)
            && self.is_for_same_url(request)
    }

    fn is_for_same_url(&self, request: &Request) -> bool {
        request.url().is_some_and(|url| url.as_str() == self.url)
            && self.origin == request.serialized_origin()
    }
}

impl MethodOrHeader {
    /// Returns whether a cached method or header matches a requested one.
    ///
    /// By the standard, a cached `*` never matches `Authorization`.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-method> and
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
    fn matches(&self, requested: &Self) -> bool {
        match (self, requested) {
            (Self::Method(method), Self::Method(requested)) => method == requested || method == "*",
            (Self::Header(name), Self::Header(requested)) => {
                let requires_name = is_cors_non_wildcard_request_header_name(requested.as_bytes());
                name == requested || (name == "*" && !requires_name)
            }
            _ => false,
        }
    }
}

/// Returns the lifetime of a preflight response.
/// <https://fetch.spec.whatwg.org/#http-access-control-max-age>
fn max_age(response: &HeaderMap, engine: Engine) -> Duration {
    let value = get(response, &ACCESS_CONTROL_MAX_AGE);
    let digits = value.as_deref().map(trim_ows);
    let seconds = match digits {
        Some(digits) if digits.first().is_some_and(u8::is_ascii_digit) => {
            let text = std::str::from_utf8(digits).unwrap_or_default();
            // Numbers that do not fit into `u64` become `u64::MAX`.
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().unwrap_or(u64::MAX) } else { DEFAULT_SECONDS }
        }
        // Browsers and the Web Platform Tests (cors/preflight-cache.htm) treat negative values as zero.
        Some([b'-', ..]) => 0,
        _ => DEFAULT_SECONDS,
    };
    let longest = engine.max_age_limit().unwrap_or(Duration::MAX);
    Duration::from_secs(seconds).min(longest)
}

const DEFAULT_SECONDS: u64 = 5;
