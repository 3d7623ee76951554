use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header::HOST};

use super::{Asked, CachedBody, stored::Stored};
use crate::request::fields::single_value;

/// What is kept, the newest last.
#[derive(Debug, Default)]
pub(super) struct Store {
    kept: Vec<Stored>,
    pub(super) now: Duration,
    pub(super) hits: u64,
}

impl Store {
    /// What is kept for such a request, fresh or not. <https://www.rfc-editor.org/rfc/rfc9111#section-4.1>
    pub(super) fn find(&self, asked: &Asked) -> Option<Stored> {
        self.kept.iter().rev().find(|stored| stored.is_for(asked)).cloned()
    }

    /// The answer, where nobody has to be asked for it.
    pub(super) fn answer<E>(
        &mut self,
        stored: &Stored,
        asked: Option<&Asked>,
    ) -> Option<Response<CachedBody<E>>> {
        let is_fresh = stored.is_fresh(self.now);
        is_fresh.then(|| {
            self.hits += 1;
            stored.answer(self.now, asked)
        })
    }

    /// <https://www.rfc-editor.org/rfc/rfc9111#section-3>
    pub(super) fn keep(
        &mut self,
        asked: &Asked,
        status: StatusCode,
        headers: &HeaderMap,
        bytes: &Bytes,
    ) {
        if asked.method != Method::GET {
            return;
        }
        if let Some(stored) = Stored::of(asked, status, headers, bytes, self.now) {
            self.kept.retain(|old| !old.is_replaced_by(&stored));
            self.kept.push(stored);
        }
    }

    /// What a 304 brings up to date. <https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4>
    pub(super) fn freshen(&mut self, stored: &Stored, news: &HeaderMap) -> Stored {
        let fresh = stored.freshened(news, self.now);
        self.kept.retain(|old| !old.is_replaced_by(stored));
        self.kept.push(fresh.clone());
        fresh
    }

    /// What changes a resource makes what is kept of it old.
    /// <https://www.rfc-editor.org/rfc/rfc9111#section-4.4>
    pub(super) fn forget(&mut self, key: &str) {
        self.kept.retain(|stored| !stored.has_key(key));
    }
}

/// By what a cache looks: the address, as the request names it.
pub(super) fn key<B>(request: &Request<B>) -> String {
    let uri = request.uri();
    let host = single_value(request.headers(), HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(host).unwrap_or_default();
    let target = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    format!("{host}{target}")
}
