use std::{cmp::Reverse, time::Duration};

use http::{
    HeaderMap, HeaderValue, Method,
    header::{COOKIE, SET_COOKIE},
};
use url::Url;

use super::{
    request::{Mode, Request, User},
    site::{domain, is_potentially_trustworthy},
};
use crate::fetch::Destination;

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
        let relation = SiteRelation::from_request(request);
        let mut sent: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.goes_to(url, relation, now)).collect();
        // Longer paths first.
        sent.sort_by_key(|cookie| Reverse(cookie.path_length()));
        let sent: Vec<String> = sent.into_iter().map(Cookie::pair).collect();
        let value = HeaderValue::from_str(&sent.join("; ")).ok();
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            headers.insert(COOKIE, value);
        }
    }

    /// Keeps what a response sets.
    pub(super) fn store(&mut self, request: &Request, response: &HeaderMap, now: Duration) {
        let Some(url) = request.url().filter(|_| response.contains_key(SET_COOKIE)) else { return };
        let relation = SiteRelation::from_request(request);
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

/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model>
#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    /// Whether subdomains get it too.
    is_for_domain: bool,
    path: String,
    is_secure: bool,
    same_site: SameSite,
    expires: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    Strict,
    Lax,
    None,
}

impl Cookie {
    fn parse(line: &str, url: &Url, now: Duration) -> Option<Self> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let path = match url.path().rsplit_once('/') {
            Some((front, _)) if !front.is_empty() => front.to_owned(),
            _ => "/".to_owned(),
        };
        let mut cookie = Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            host: url.host_str()?.to_owned(),
            is_for_domain: false,
            path,
            is_secure: false,
            // What the draft and Chromium take where nothing is said.
            same_site: SameSite::Lax,
            expires: None,
        };
        let mut has_path = false;
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = name.trim().to_ascii_lowercase();
            has_path |= name == "path" && value.trim() == "/";
            cookie.set(&name, value.trim(), now)?;
        }
        cookie.keeps_its_prefix(has_path).then_some(cookie)
    }

    fn pair(&self) -> String {
        format!("{}={}", self.name, self.value)
    }

    fn path_length(&self) -> usize {
        self.path.len()
    }

    fn is_expired(&self, now: Duration) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    fn may_be_set(&self, url: &Url, relation: SiteRelation) -> bool {
        let is_secure = !self.is_secure || is_potentially_trustworthy(url);
        let none_is_secure = self.same_site != SameSite::None || self.is_secure;
        // A page that the user goes to may set its own, however he came.
        let is_of_site = self.same_site == SameSite::None || relation != SiteRelation::CrossSite;
        is_secure && none_is_secure && is_of_site
    }

    fn goes_to(&self, url: &Url, relation: SiteRelation, now: Duration) -> bool {
        let is_of_site = match self.same_site {
            SameSite::None => true,
            SameSite::Lax => {
                matches!(relation, SiteRelation::SameSite | SiteRelation::SafeNavigation)
            }
            SameSite::Strict => relation == SiteRelation::SameSite,
        };
        is_of_site
            && !self.is_expired(now)
            && self.is_of_host(url.host_str().unwrap_or_default())
            && self.is_of_path(url.path())
            && (!self.is_secure || is_potentially_trustworthy(url))
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        self.name == other.name
            && self.host == other.host
            && self.is_for_domain == other.is_for_domain
            && self.path == other.path
    }

    /// `None` where a cookie with this attribute is not kept at all.
    fn set(&mut self, name: &str, value: &str, now: Duration) -> Option<()> {
        match name {
            "domain" => self.set_domain(&value.trim_start_matches('.').to_ascii_lowercase())?,
            "path" if value.starts_with('/') => value.clone_into(&mut self.path),
            "secure" => self.is_secure = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "none" => SameSite::None,
                    "strict" => SameSite::Strict,
                    _ => SameSite::Lax,
                }
            }
            "max-age" => {
                if let Ok(seconds) = value.parse::<i64>() {
                    let seconds = u64::try_from(seconds).unwrap_or(0);
                    self.expires = Some(now.saturating_add(Duration::from_secs(seconds)));
                }
            }
            // The clock has no date: all that is read of one is the year with which cookies are deleted.
            "expires" if self.expires.is_none() && value.contains("1970") => {
                self.expires = Some(Duration::ZERO);
            }
            _ => {}
        }
        Some(())
    }

    fn set_domain(&mut self, domain_of_cookie: &str) -> Option<()> {
        if domain_of_cookie.is_empty() {
            return Some(());
        }
        let is_own = self.host == domain_of_cookie;
        let is_above = self
            .host
            .strip_suffix(domain_of_cookie)
            .is_some_and(|front| front.ends_with('.') && domain(domain_of_cookie).is_some());
        if !is_own && !is_above {
            return None;
        }
        // An address and a public suffix have no subdomains of their own.
        self.is_for_domain = domain(domain_of_cookie).is_some();
        domain_of_cookie.clone_into(&mut self.host);
        Some(())
    }

    /// `__Secure-` and `__Host-` are promises.
    fn keeps_its_prefix(&self, has_root_path: bool) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_secure = self.is_secure || !name.starts_with("__secure-");
        let is_of_host = (self.is_secure && !self.is_for_domain && has_root_path)
            || !name.starts_with("__host-");
        is_secure && is_of_host
    }

    fn is_of_host(&self, host: &str) -> bool {
        let is_below = || host.strip_suffix(&*self.host).is_some_and(|front| front.ends_with('.'));
        host == self.host || (self.is_for_domain && is_below())
    }

    fn is_of_path(&self, path: &str) -> bool {
        path.strip_prefix(&*self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// What a request is to the site that it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SiteRelation {
    SameSite,
    /// The user follows a link to it.
    SafeNavigation,
    /// The user sends a form to it.
    UnsafeNavigation,
    CrossSite,
}

impl SiteRelation {
    fn from_request(request: &Request) -> Self {
        let is_of_site = request.user == User::AddressBar
            || request.urls.iter().all(|url| request.origin.is_same_site_as(url));
        let is_top_level =
            request.mode == Mode::Navigate && request.destination == Destination::Document;
        match request.method {
            _ if is_of_site => Self::SameSite,
            _ if !is_top_level => Self::CrossSite,
            Method::GET | Method::HEAD => Self::SafeNavigation,
            _ => Self::UnsafeNavigation,
        }
    }
}
