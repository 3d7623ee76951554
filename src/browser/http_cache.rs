use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        CACHE_CONTROL, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
        IF_UNMODIFIED_SINCE, LAST_MODIFIED, VARY,
    },
};

use super::{
    header_values::{Tokens, get},
    request::Request,
};

/// The browser's HTTP cache. <https://www.rfc-editor.org/rfc/rfc9111>
///
/// It stores responses that have a `max-age`, an `ETag` or a `Last-Modified`. The key consists of the
/// address and the request headers listed in `Vary`.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpCache {
    responses: Vec<CachedResponse>,
}

#[derive(Clone, Debug)]
pub(super) struct CachedResponse {
    url: String,
    /// The request's values of the headers that `Vary` lists.
    selected_by: Vec<(HeaderName, Option<Vec<u8>>)>,
    fresh_until: Duration,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl HttpCache {
    /// Returns the stored response for the request, fresh or stale.
    pub(super) fn find(&self, request: &Request, headers: &HeaderMap) -> Option<&CachedResponse> {
        // https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch, step 8.16
        let is_conditional = CONDITIONAL.iter().any(|name| request.headers.contains_key(name));
        if request.method != Method::GET || is_conditional {
            return None;
        }
        let url = request.url()?;
        self.responses
            .iter()
            .find(|cached| cached.url == url.as_str() && cached.is_selected_by(headers))
    }

    /// Updates a stored response with the headers of a 304.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-3.2>
    pub(super) fn freshen(
        &mut self,
        old: &CachedResponse,
        new_headers: &HeaderMap,
        now: Duration,
    ) -> CachedResponse {
        let mut cached = old.clone();
        for name in new_headers.keys() {
            cached.headers.remove(name);
        }
        for (name, value) in new_headers {
            cached.headers.append(name, value.clone());
        }
        cached.fresh_until =
            now.saturating_add(seconds(&cached.headers, "max-age").unwrap_or_default());
        self.insert(cached.clone());
        cached
    }

    /// Returns whether the cache may store the response.
    pub(super) fn is_storable(request: &Request, status: StatusCode, headers: &HeaderMap) -> bool {
        let has_validator = headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED);
        request.method == Method::GET
            && status == StatusCode::OK
            && !has_directive(headers, "no-store")
            && (has_validator || seconds(headers, "max-age").is_some())
            && !get(headers, &VARY).is_some_and(|vary| vary.contains(&b'*'))
    }

    pub(super) fn store(
        &mut self,
        request: &Request,
        sent: &HeaderMap,
        (status, headers, body): (StatusCode, HeaderMap, Vec<u8>),
        now: Duration,
    ) {
        let Some(url) = request.url() else { return };
        let names = match Tokens::from_headers(&headers, &VARY) {
            Tokens::List(names) => names,
            Tokens::Absent | Tokens::Malformed => Vec::new(),
        };
        let names = names.iter().filter_map(|name| HeaderName::from_bytes(name).ok());
        let selected_by = names.map(|name| (name.clone(), get(sent, &name))).collect();
        let fresh_until = now.saturating_add(seconds(&headers, "max-age").unwrap_or_default());
        self.insert(CachedResponse {
            url: url.to_string(),
            selected_by,
            fresh_until,
            status,
            headers,
            body,
        });
    }

    /// Removes the stored responses for the address of an unsafe request.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.4>
    pub(super) fn invalidate(&mut self, request: &Request) {
        let is_safe = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let url = request.url().filter(|_| !is_safe);
        self.responses.retain(|cached| url.is_none_or(|url| url.as_str() != cached.url));
    }

    fn insert(&mut self, new: CachedResponse) {
        self.responses
            .retain(|cached| cached.url != new.url || cached.selected_by != new.selected_by);
        self.responses.push(new);
    }
}

impl CachedResponse {
    pub(super) fn is_fresh(&self, now: Duration) -> bool {
        self.fresh_until > now && !has_directive(&self.headers, "no-cache")
    }

    /// Adds the headers that validate the stored response.
    pub(super) fn add_validators(&self, headers: &mut HeaderMap) {
        for (validator, condition) in [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)] {
            if let Some(value) = self.headers.get(validator) {
                headers.insert(condition, HeaderValue::clone(value));
            }
        }
    }

    fn is_selected_by(&self, headers: &HeaderMap) -> bool {
        self.selected_by.iter().all(|(name, value)| get(headers, name) == *value)
    }
}

/// Returns the value of a `Cache-Control` directive in seconds, such as `max-age`.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2>
pub(super) fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let value = |directive: String| {
        let (key, value) = directive.split_once('=')?;
        (key == name).then(|| value.trim_matches('"').parse().ok())?
    };
    directives(headers).find_map(value).map(Duration::from_secs)
}

/// Returns whether `Cache-Control` contains a directive.
///
/// A directive with a list of headers, such as `private="set-cookie"`, is treated as one without a list.
/// RFC 9111 allows this.
pub(super) fn has_directive(headers: &HeaderMap, name: &str) -> bool {
    directives(headers).any(|directive| directive.split('=').next() == Some(name))
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let value = get(headers, &CACHE_CONTROL).unwrap_or_default();
    let text = String::from_utf8_lossy(&value).to_ascii_lowercase();
    text.split(',').map(|directive| directive.trim().to_owned()).collect::<Vec<_>>().into_iter()
}

const CONDITIONAL: [HeaderName; 5] =
    [IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, IF_MATCH, IF_RANGE];
