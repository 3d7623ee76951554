use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        AGE, AUTHORIZATION, CONTENT_LENGTH, ETAG, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED, RANGE, VARY,
    },
};

use crate::{
    browser::{
        header_values::{Tokens, get},
        http_cache::{has_directive, seconds},
    },
    request::fields::single_value,
};

/// The stored responses, the newest last.
#[derive(Debug, Default)]
pub(super) struct Store {
    responses: Vec<StoredResponse>,
    pub(super) now: Duration,
    pub(super) hits: u64,
}

impl Store {
    /// Returns the stored response for a request, fresh or stale.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.1>
    pub(super) fn find(&self, request: &CacheableRequest) -> Option<StoredResponse> {
        self.responses.iter().rev().find(|stored| stored.is_for(request)).cloned()
    }

    /// Returns the stored response if it is fresh, and counts a hit.
    pub(super) fn respond(
        &mut self,
        stored: &StoredResponse,
        request: Option<&CacheableRequest>,
    ) -> Option<Response<Bytes>> {
        let is_fresh = stored.is_fresh(self.now);
        is_fresh.then(|| {
            self.hits += 1;
            stored.respond(self.now, request)
        })
    }

    /// Stores a response if the cache may do so. <https://www.rfc-editor.org/rfc/rfc9111#section-3>
    pub(super) fn store(
        &mut self,
        request: &CacheableRequest,
        status: StatusCode,
        headers: &HeaderMap,
        bytes: &Bytes,
    ) {
        if request.method != Method::GET {
            return;
        }
        if let Some(stored) = StoredResponse::new(request, status, headers, bytes, self.now) {
            self.responses.retain(|old| !old.is_replaced_by(&stored));
            self.responses.push(stored);
        }
    }

    /// Updates a stored response with the headers of a 304.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4>
    pub(super) fn freshen(
        &mut self,
        stored: &StoredResponse,
        request: &CacheableRequest,
        new_headers: &HeaderMap,
    ) -> StoredResponse {
        let fresh = stored.freshen(&request.headers, new_headers, self.now);
        self.responses.retain(|old| !old.is_replaced_by(stored) && !old.is_replaced_by(&fresh));
        self.responses.push(fresh.clone());
        fresh
    }

    /// Removes the stored responses for the address of an unsafe request.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.4>
    pub(super) fn invalidate(&mut self, key: &str) {
        self.responses.retain(|stored| !stored.has_key(key));
    }
}

/// Returns the cache key: the request's address.
pub(super) fn key<B>(request: &Request<B>) -> String {
    let uri = request.uri();
    let host = single_value(request.headers(), HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(host).unwrap_or_default();
    let target = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    format!("{host}{target}")
}

/// A request for which the cache may send a stored response.
#[derive(Debug)]
pub(super) struct CacheableRequest {
    key: String,
    method: Method,
    headers: HeaderMap,
    ignores_vary: bool,
}

impl CacheableRequest {
    pub(super) fn new<B>(request: &Request<B>, ignores_vary: bool) -> Option<Self> {
        let headers = request.headers();
        let is_complete = !headers.contains_key(RANGE);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        (is_complete && is_read).then(|| Self {
            key: key(request),
            method: request.method().clone(),
            headers: headers.clone(),
            ignores_vary,
        })
    }

    /// Returns whether a conditional request shows that the client has the stored response.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.3.2>
    fn has_current(&self, stored: &StoredResponse) -> bool {
        if let Some(tag) = self.headers.get(IF_NONE_MATCH) {
            return stored.etag() == Some(tag);
        }
        let since = self.headers.get(IF_MODIFIED_SINCE);
        since.is_some() && since == stored.last_modified()
    }
}

/// A stored response.
#[derive(Clone, Debug)]
pub(super) struct StoredResponse {
    key: String,
    /// The request's values of the headers that `Vary` lists.
    ///
    /// `None` represents `*`, which matches no request.
    selected_by: Option<Vec<(HeaderName, Option<Vec<u8>>)>>,
    since: Duration,
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

impl StoredResponse {
    /// Creates a stored response; `None` if the cache must not store the response.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-3>
    fn new(
        request: &CacheableRequest,
        status: StatusCode,
        headers: &HeaderMap,
        bytes: &Bytes,
        now: Duration,
    ) -> Option<Self> {
        let has = |directive| has_directive(headers, directive);
        let is_shareable = has("public") || has("s-maxage") || has("must-revalidate");
        let is_personal = request.headers.contains_key(AUTHORIZATION) && !is_shareable;
        let is_storable = !has("no-store") && !has("private") && !is_personal;
        let has_lifetime =
            explicit_lifetime(headers).is_some() || has("public") || is_heuristic(status);
        (is_storable && has_lifetime && status != StatusCode::PARTIAL_CONTENT).then(|| Self {
            key: request.key.clone(),
            selected_by: selected_by(headers, &request.headers),
            since: now,
            status,
            headers: headers.clone(),
            bytes: bytes.clone(),
        })
    }

    fn has_key(&self, key: &str) -> bool {
        self.key == key
    }

    fn is_for(&self, request: &CacheableRequest) -> bool {
        let has_same_value =
            |(name, value): &(HeaderName, Option<Vec<u8>>)| get(&request.headers, name) == *value;
        let is_selected =
            || self.selected_by.as_ref().is_some_and(|names| names.iter().all(has_same_value));
        self.key == request.key && (request.ignores_vary || is_selected())
    }

    fn is_replaced_by(&self, new: &Self) -> bool {
        self.key == new.key && self.selected_by == new.selected_by
    }

    /// Returns whether the response is fresh. <https://www.rfc-editor.org/rfc/rfc9111#section-4.2>
    fn is_fresh(&self, now: Duration) -> bool {
        let lifetime = explicit_lifetime(&self.headers).unwrap_or(HEURISTIC_LIFETIME);
        !has_directive(&self.headers, "no-cache") && now.saturating_sub(self.since) < lifetime
    }

    /// Replaces the client's conditional headers with the validators of the stored response.
    ///
    /// Without validators, the request becomes unconditional.
    pub(super) fn add_validators(&self, headers: &mut HeaderMap) {
        for (validator, condition) in
            [(self.etag(), IF_NONE_MATCH), (self.last_modified(), IF_MODIFIED_SINCE)]
        {
            headers.remove(&condition);
            if let Some(value) = validator {
                headers.insert(condition, value.clone());
            }
        }
    }

    /// Updates the headers. The 304 can change `Vary`, and so the requests for which the response is.
    fn freshen(&self, request: &HeaderMap, new_headers: &HeaderMap, now: Duration) -> Self {
        let mut fresh = self.clone();
        // The `Content-Length` of a 304 does not describe the stored body.
        for name in new_headers.keys().filter(|name| *name != CONTENT_LENGTH) {
            fresh.headers.remove(name);
        }
        for (name, value) in new_headers.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
            fresh.headers.append(name, value.clone());
        }
        fresh.since = now;
        fresh.selected_by = selected_by(&fresh.headers, request);
        fresh
    }

    pub(super) fn respond(
        &self,
        now: Duration,
        request: Option<&CacheableRequest>,
    ) -> Response<Bytes> {
        let is_not_modified = request.is_some_and(|request| request.has_current(self));
        let is_head = request.is_some_and(|request| request.method == Method::HEAD);
        let body = if is_not_modified || is_head { Bytes::new() } else { self.bytes.clone() };
        let mut response = Response::new(body);
        *response.status_mut() =
            if is_not_modified { StatusCode::NOT_MODIFIED } else { self.status };
        response.headers_mut().clone_from(&self.headers);
        let age = now.saturating_sub(self.since).as_secs();
        response.headers_mut().insert(AGE, HeaderValue::from(age));
        response
    }

    fn etag(&self) -> Option<&HeaderValue> {
        self.headers.get(ETAG)
    }

    fn last_modified(&self) -> Option<&HeaderValue> {
        self.headers.get(LAST_MODIFIED)
    }
}

fn selected_by(
    headers: &HeaderMap,
    request: &HeaderMap,
) -> Option<Vec<(HeaderName, Option<Vec<u8>>)>> {
    let names = match Tokens::from_headers(headers, &VARY) {
        Tokens::List(names) => names,
        Tokens::Absent => Vec::new(),
        Tokens::Malformed => return None,
    };
    if names.iter().any(|name| name == b"*") {
        return None;
    }
    let names = names.iter().filter_map(|name| HeaderName::from_bytes(name).ok());
    Some(names.map(|name| (name.clone(), get(request, &name))).collect())
}

/// Returns `s-maxage`, or else `max-age`. <https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1>
fn explicit_lifetime(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, "s-maxage").or_else(|| seconds(headers, "max-age"))
}

/// Returns whether caches may use a heuristic lifetime for this status.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-15.1>
fn is_heuristic(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

/// The lifetime of responses without an explicit one; caches may choose this value.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2>
const HEURISTIC_LIFETIME: Duration = Duration::from_secs(3600);
