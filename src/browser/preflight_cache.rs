use std::time::Duration;

use super::request::{Credentials, Request};
use crate::fetch::is_cors_non_wildcard_request_header_name;

/// What servers have already said yes to. <https://fetch.spec.whatwg.org/#concept-cache>
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
    of: Of,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Method(String),
    /// In lower case.
    Header(String),
}

impl PreflightCache {
    /// Whether this method or header need not be asked for again.
    pub(super) fn has(&self, request: &Request, of: &Of, now: Duration) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.expires > now && entry.of.covers(of) && entry.is_for(request))
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, steps 7.11 to 7.14
    pub(super) fn keep(&mut self, request: &Request, of: Of, max_age: Duration, now: Duration) {
        let expires = now.saturating_add(max_age);
        self.entries.retain(|entry| entry.expires > now);
        let mut is_there = false;
        for entry in &mut self.entries {
            if entry.of.covers(&of) && entry.is_for(request) {
                entry.expires = expires;
                is_there = true;
            }
        }
        let Some(url) = request.url().filter(|_| !is_there) else { return };
        self.entries.push(Entry {
            origin: request.serialized_origin().to_owned(),
            url: url.to_string(),
            expires,
            credentials: request.credentials == Credentials::Include,
            of,
        });
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn clear(&mut self, request: &Request) {
        self.entries.retain(|entry| !entry.is_of(request));
    }
}

impl Entry {
    /// <https://fetch.spec.whatwg.org/#concept-cache-match>
    fn is_for(&self, request: &Request) -> bool {
        (self.credentials || request.credentials != Credentials::Include) && self.is_of(request)
    }

    fn is_of(&self, request: &Request) -> bool {
        request.url().is_some_and(|url| url.as_str() == self.url)
            && self.origin == request.serialized_origin()
    }
}

impl Of {
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-method> and
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-header>: in the engines too, which let a `*`
    /// that they are answered cover `Authorization`, one that they remember does not.
    fn covers(&self, asked: &Self) -> bool {
        match (self, asked) {
            (Self::Method(method), Self::Method(asked)) => method == asked || method == "*",
            (Self::Header(name), Self::Header(asked)) => {
                let is_by_name = is_cors_non_wildcard_request_header_name(asked.as_bytes());
                name == asked || (name == "*" && !is_by_name)
            }
            _ => false,
        }
    }
}
