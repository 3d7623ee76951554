use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
        LAST_MODIFIED, VARY,
    },
};

use super::{
    cache_control::{has_directive, seconds},
    header_values::{Tokens, get},
    request::Request,
};

/// Responses that a browser keeps: what has a `max-age`, an `ETag` or a `Last-Modified`, by address and
/// by what `Vary` names. <https://www.rfc-editor.org/rfc/rfc9111>
#[derive(Clone, Debug, Default)]
pub(super) struct HttpCache {
    kept: Vec<Kept>,
}

#[derive(Clone, Debug)]
pub(super) struct Kept {
    url: String,
    /// What `Vary` names, as the request had it.
    selected_by: Vec<(HeaderName, Option<Vec<u8>>)>,
    fresh_until: Duration,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl HttpCache {
    /// What may answer the request, fresh or not.
    pub(super) fn find(&self, request: &Request, headers: &HeaderMap) -> Option<&Kept> {
        // https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch, step 8.16
        let is_asked_by_script = CONDITIONAL.iter().any(|name| request.headers.contains_key(name));
        if request.method != Method::GET || is_asked_by_script {
            return None;
        }
        let url = request.url()?;
        self.kept.iter().find(|kept| kept.url == url.as_str() && kept.is_selected_by(headers))
    }

    /// What a 304 brings up to date. <https://www.rfc-editor.org/rfc/rfc9111#section-3.2>
    pub(super) fn freshen(&mut self, old: &Kept, news: &HeaderMap, now: Duration) -> Kept {
        let mut kept = old.clone();
        for name in news.keys() {
            kept.headers.remove(name);
        }
        for (name, value) in news {
            kept.headers.append(name, value.clone());
        }
        kept.fresh_until =
            now.saturating_add(seconds(&kept.headers, "max-age").unwrap_or_default());
        self.insert(kept.clone());
        kept
    }

    /// Whether the response is one to keep.
    pub(super) fn is_for_keeping(
        request: &Request,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> bool {
        let has_validator = headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED);
        request.method == Method::GET
            && status == StatusCode::OK
            && !has_directive(headers, "no-store")
            && (has_validator || seconds(headers, "max-age").is_some())
            && !get(headers, &VARY).is_some_and(|vary| vary.contains(&b'*'))
    }

    pub(super) fn keep(
        &mut self,
        request: &Request,
        sent: &HeaderMap,
        (status, headers, body): (StatusCode, HeaderMap, Vec<u8>),
        now: Duration,
    ) {
        let Some(url) = request.url() else { return };
        let names = match Tokens::of(&headers, &VARY) {
            Tokens::List(names) => names,
            Tokens::Absent | Tokens::Malformed => Vec::new(),
        };
        let names = names.iter().filter_map(|name| HeaderName::from_bytes(name).ok());
        let selected_by = names.map(|name| (name.clone(), get(sent, &name))).collect();
        let fresh_until = now.saturating_add(seconds(&headers, "max-age").unwrap_or_default());
        self.insert(Kept { url: url.to_string(), selected_by, fresh_until, status, headers, body });
    }

    /// What changes a resource makes what is kept of it old.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.4>
    pub(super) fn forget(&mut self, request: &Request) {
        let is_safe = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let url = request.url().filter(|_| !is_safe);
        self.kept.retain(|kept| url.is_none_or(|url| url.as_str() != kept.url));
    }

    fn insert(&mut self, new: Kept) {
        self.kept.retain(|kept| kept.url != new.url || kept.selected_by != new.selected_by);
        self.kept.push(new);
    }
}

impl Kept {
    pub(super) fn is_fresh(&self, now: Duration) -> bool {
        self.fresh_until > now && !has_directive(&self.headers, "no-cache")
    }

    /// The headers that ask whether it is still true.
    pub(super) fn ask_again(&self, headers: &mut HeaderMap) {
        for (validator, question) in [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)] {
            if let Some(value) = self.headers.get(validator) {
                headers.insert(question, HeaderValue::clone(value));
            }
        }
    }

    fn is_selected_by(&self, headers: &HeaderMap) -> bool {
        self.selected_by.iter().all(|(name, value)| get(headers, name) == *value)
    }
}

const CONDITIONAL: [HeaderName; 5] =
    [IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, IF_MATCH, IF_RANGE];
