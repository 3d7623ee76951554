use std::time::Duration;

use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

use super::{cookie::Cookie, relation::Relation, request::Request};

/// A browser's cookies, as far as credentials need them: `Domain`, `Path`, `Secure`, `SameSite`,
/// `Max-Age`.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html>
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies {
    cookies: Vec<Cookie>,
}

impl Cookies {
    /// The header `Cookie` of a request that includes credentials.
    pub(super) fn add_to(&self, request: &Request, headers: &mut HeaderMap, now: Duration) {
        let Some(url) = request.url().filter(|_| !self.cookies.is_empty()) else { return };
        let relation = Relation::of(request);
        let mut sent: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.goes_to(url, relation, now)).collect();
        // Longer paths first.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path_length()));
        let sent: Vec<String> = sent.into_iter().map(Cookie::pair).collect();
        let value = HeaderValue::from_str(&sent.join("; ")).ok();
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            headers.insert(COOKIE, value);
        }
    }

    /// Keeps what a response sets.
    pub(super) fn keep(&mut self, request: &Request, response: &HeaderMap, now: Duration) {
        let Some(url) = request.url().filter(|_| response.contains_key(SET_COOKIE)) else { return };
        let relation = Relation::of(request);
        for line in response.get_all(SET_COOKIE) {
            let parsed = line.to_str().ok().and_then(|line| Cookie::parse(line, url, now));
            let Some(cookie) = parsed.filter(|cookie| cookie.may_be_set(url, relation)) else {
                continue;
            };
            self.cookies.retain(|one| !one.is_replaced_by(&cookie));
            if !cookie.is_expired(now) {
                self.cookies.push(cookie);
            }
        }
    }
}
