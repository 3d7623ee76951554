use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        AGE, AUTHORIZATION, CONTENT_LENGTH, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
        VARY,
    },
};

use super::{Asked, CachedBody};
use crate::browser::{
    cache_control::{has_directive, seconds},
    header_values::{Tokens, get},
};

/// A response that is kept.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    key: String,
    /// What `Vary` names, as the request had it; `None` for `*`, which no request is like.
    selected_by: Option<Vec<(HeaderName, Option<Vec<u8>>)>>,
    since: Duration,
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

impl Stored {
    /// `None` for what must not be kept. <https://www.rfc-editor.org/rfc/rfc9111#section-3>
    pub(super) fn of(
        asked: &Asked,
        status: StatusCode,
        headers: &HeaderMap,
        bytes: &Bytes,
        now: Duration,
    ) -> Option<Self> {
        let has = |directive| has_directive(headers, directive);
        let is_for_all = has("public") || has("s-maxage") || has("must-revalidate");
        let is_for_one = asked.headers.contains_key(AUTHORIZATION) && !is_for_all;
        let is_kept = !has("no-store") && !has("private") && !is_for_one;
        let lives = explicit_lifetime(headers).is_some() || has("public") || is_heuristic(status);
        (is_kept && lives && status != StatusCode::PARTIAL_CONTENT).then(|| Self {
            key: asked.key.clone(),
            selected_by: selected_by(headers, &asked.headers),
            since: now,
            status,
            headers: headers.clone(),
            bytes: bytes.clone(),
        })
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        self.key == key
    }

    pub(super) fn is_for(&self, asked: &Asked) -> bool {
        let is_like =
            |(name, value): &(HeaderName, Option<Vec<u8>>)| get(&asked.headers, name) == *value;
        let is_selected =
            || self.selected_by.as_ref().is_some_and(|names| names.iter().all(is_like));
        self.key == asked.key && (asked.ignores_vary || is_selected())
    }

    pub(super) fn is_replaced_by(&self, new: &Self) -> bool {
        self.key == new.key && self.selected_by == new.selected_by
    }

    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.2>
    pub(super) fn is_fresh(&self, now: Duration) -> bool {
        let lifetime = explicit_lifetime(&self.headers).unwrap_or(HEURISTIC_LIFETIME);
        !has_directive(&self.headers, "no-cache") && now.saturating_sub(self.since) < lifetime
    }

    /// Asks whether it is still true, in the place of what the client asks; a whole response where nothing
    /// tells two of them apart.
    pub(super) fn ask_again(&self, headers: &mut HeaderMap) {
        for (validator, question) in
            [(self.etag(), IF_NONE_MATCH), (self.last_modified(), IF_MODIFIED_SINCE)]
        {
            headers.remove(&question);
            if let Some(value) = validator {
                headers.insert(question, value.clone());
            }
        }
    }

    pub(super) fn freshened(&self, news: &HeaderMap, now: Duration) -> Self {
        let mut fresh = self.clone();
        // That of a 304 is of no body.
        for name in news.keys().filter(|name| *name != CONTENT_LENGTH) {
            fresh.headers.remove(name);
        }
        for (name, value) in news.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
            fresh.headers.append(name, value.clone());
        }
        fresh.since = now;
        fresh
    }

    pub(super) fn answer<E>(
        &self,
        now: Duration,
        asked: Option<&Asked>,
    ) -> Response<CachedBody<E>> {
        let is_known = asked.is_some_and(|asked| asked.has(self));
        let is_head = asked.is_some_and(|asked| asked.method == Method::HEAD);
        let body = if is_known || is_head {
            CachedBody::default()
        } else {
            CachedBody::of(self.bytes.clone())
        };
        let mut response = Response::new(body);
        *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { self.status };
        response.headers_mut().clone_from(&self.headers);
        let age = now.saturating_sub(self.since).as_secs();
        response.headers_mut().insert(AGE, HeaderValue::from(age));
        response
    }

    pub(super) fn etag(&self) -> Option<&HeaderValue> {
        self.headers.get(ETAG)
    }

    pub(super) fn last_modified(&self) -> Option<&HeaderValue> {
        self.headers.get(LAST_MODIFIED)
    }
}

fn selected_by(
    headers: &HeaderMap,
    asked: &HeaderMap,
) -> Option<Vec<(HeaderName, Option<Vec<u8>>)>> {
    let names = match Tokens::of(headers, &VARY) {
        Tokens::List(names) => names,
        Tokens::Absent => Vec::new(),
        Tokens::Malformed => return None,
    };
    if names.iter().any(|name| name == b"*") {
        return None;
    }
    let names = names.iter().filter_map(|name| HeaderName::from_bytes(name).ok());
    Some(names.map(|name| (name.clone(), get(asked, &name))).collect())
}

/// That of shared caches first. <https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1>
fn explicit_lifetime(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, "s-maxage").or_else(|| seconds(headers, "max-age"))
}

/// <https://www.rfc-editor.org/rfc/rfc9110#section-15.1>
fn is_heuristic(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

/// Where the response says nothing; a cache may take what it likes.
/// <https://www.rfc-editor.org/rfc/rfc9111#section-4.2.2>
const HEURISTIC_LIFETIME: Duration = Duration::from_secs(3600);
