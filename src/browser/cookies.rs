use std::{cmp::Reverse, time::Duration};

use http::{
    HeaderMap, HeaderValue, Method,
    header::{COOKIE, SET_COOKIE},
};
use url::Url;

use super::{
    engine::Engine,
    request::{Mode, Request, User},
    site::{domain, is_potentially_trustworthy},
};
use crate::fetch::Destination;

/// The browser's cookies.
///
/// The model supports the attributes `Domain`, `Path`, `Secure`, `SameSite` and `Max-Age`.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html>
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies {
    cookies: Vec<Cookie>,
}

impl Cookies {
    /// Adds the header `Cookie` to a request that includes credentials.
    pub(super) fn add_to(&self, request: &Request, headers: &mut HeaderMap, now: Duration) {
        let Some(url) = request.url().filter(|_| !self.cookies.is_empty()) else { return };
        let relation = SiteRelation::from_request(request);
        let mut sent: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.is_sent_to(url, relation, now)).collect();
        // Longer paths first.
        sent.sort_by_key(|cookie| Reverse(cookie.path_length()));
        let sent: Vec<String> = sent.into_iter().map(Cookie::pair).collect();
        let value = HeaderValue::from_str(&sent.join("; ")).ok();
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            headers.insert(COOKIE, value);
        }
    }

    /// Stores the cookies that a response sets.
    pub(super) fn store(&mut self, request: &Request, response: &HeaderMap, now: Duration) {
        let Some(url) = request.url().filter(|_| response.contains_key(SET_COOKIE)) else { return };
        let relation = SiteRelation::from_request(request);
        for line in response.get_all(SET_COOKIE) {
            let parsed =
                line.to_str().ok().and_then(|line| Cookie::parse(line, url, now, request.engine));
            let Some(cookie) =
                parsed.filter(|cookie| cookie.may_be_set(url, relation, request.engine))
            else {
                continue;
            };
            self.cookies.retain(|old| !old.is_replaced_by(&cookie));
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
    /// The browser sends the cookie to subdomains too.
    includes_subdomains: bool,
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
    /// The attribute is missing, in an engine that sends the cookie to every site.
    Missing,
}

impl Cookie {
    fn parse(line: &str, url: &Url, now: Duration, engine: Engine) -> Option<Self> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let path = match url.path().rsplit_once('/') {
            Some((front, _)) if !front.is_empty() => front.to_owned(),
            _ => "/".to_owned(),
        };
        let default =
            if engine.has_lax_cookies_by_default() { SameSite::Lax } else { SameSite::Missing };
        let mut cookie = Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            host: url.host_str()?.to_owned(),
            includes_subdomains: false,
            path,
            is_secure: false,
            same_site: default,
            expires: None,
        };
        let mut has_path = false;
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = name.trim().to_ascii_lowercase();
            has_path |= name == "path" && value.trim() == "/";
            cookie.set(&name, value.trim(), now)?;
        }
        cookie.is_valid_for_prefix(has_path).then_some(cookie)
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

    fn may_be_set(&self, url: &Url, relation: SiteRelation, engine: Engine) -> bool {
        let is_secure = !self.is_secure || is_secure(url, engine);
        let none_is_secure = self.same_site != SameSite::None || self.is_secure;
        // A page that the user navigates to may set cookies for its own site, regardless of the
        // initiator.
        let is_site_allowed = self.is_for_all_sites() || relation != SiteRelation::CrossSite;
        is_secure && none_is_secure && is_site_allowed
    }

    fn is_for_all_sites(&self) -> bool {
        matches!(self.same_site, SameSite::None | SameSite::Missing)
    }

    fn is_sent_to(&self, url: &Url, relation: SiteRelation, now: Duration) -> bool {
        let is_site_allowed = match self.same_site {
            SameSite::None | SameSite::Missing => true,
            SameSite::Lax => {
                matches!(relation, SiteRelation::SameSite | SiteRelation::SafeNavigation)
            }
            SameSite::Strict => relation == SiteRelation::SameSite,
        };
        is_site_allowed
            && !self.is_expired(now)
            && self.matches_host(url.host_str().unwrap_or_default())
            && self.matches_path(url.path())
            && (!self.is_secure || is_potentially_trustworthy(url))
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        self.name == other.name
            && self.host == other.host
            && self.includes_subdomains == other.includes_subdomains
            && self.path == other.path
    }

    /// Applies an attribute; returns `None` if the browser rejects the cookie.
    fn set(&mut self, name: &str, value: &str, now: Duration) -> Option<()> {
        match name {
            "domain" => self.set_domain(&value.trim_start_matches('.').to_ascii_lowercase())?,
            "path" if value.starts_with('/') => value.clone_into(&mut self.path),
            "secure" => self.is_secure = true,
            "samesite" => {
                self.same_site = match value.to_ascii_lowercase().as_str() {
                    "none" => SameSite::None,
                    "strict" => SameSite::Strict,
                    "lax" => SameSite::Lax,
                    _ => self.same_site,
                }
            }
            "max-age" => {
                if let Ok(seconds) = value.parse::<i64>() {
                    let seconds = u64::try_from(seconds).unwrap_or(0);
                    self.expires = Some(now.saturating_add(Duration::from_secs(seconds)));
                }
            }
            // The model's clock has no date. Only 1970 is recognized: servers send this year to delete
            // cookies.
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
        let is_same_host = self.host == domain_of_cookie;
        let is_parent_domain = self
            .host
            .strip_suffix(domain_of_cookie)
            .is_some_and(|front| front.ends_with('.') && domain(domain_of_cookie).is_some());
        if !is_same_host && !is_parent_domain {
            return None;
        }
        // An IP address or a public suffix cannot share cookies with subdomains.
        self.includes_subdomains = domain(domain_of_cookie).is_some();
        domain_of_cookie.clone_into(&mut self.host);
        Some(())
    }

    /// Returns whether the cookie meets the requirements of the name prefixes `__Secure-` and `__Host-`.
    fn is_valid_for_prefix(&self, has_root_path: bool) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_secure = self.is_secure || !name.starts_with("__secure-");
        let is_host_only = (self.is_secure && !self.includes_subdomains && has_root_path)
            || !name.starts_with("__host-");
        is_secure && is_host_only
    }

    fn matches_host(&self, host: &str) -> bool {
        let is_subdomain =
            || host.strip_suffix(&*self.host).is_some_and(|front| front.ends_with('.'));
        host == self.host || (self.includes_subdomains && is_subdomain())
    }

    fn matches_path(&self, path: &str) -> bool {
        path.strip_prefix(&*self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// Returns whether the engine stores cookies with `Secure` of this address.
fn is_secure(url: &Url, engine: Engine) -> bool {
    url.scheme() == "https"
        || (engine.stores_secure_cookies_of_loopback() && is_potentially_trustworthy(url))
}

/// The relation between a request and its target site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SiteRelation {
    SameSite,
    /// The user follows a link to the site.
    SafeNavigation,
    /// The user submits a form to the site.
    UnsafeNavigation,
    CrossSite,
}

impl SiteRelation {
    fn from_request(request: &Request) -> Self {
        let is_same_site = |url: &Url| request.origin.is_same_site_as(url);
        let is_site_allowed = request.user == User::AddressBar
            || if request.engine.considers_redirects_for_cookies() {
                request.urls.iter().all(is_same_site)
            } else {
                request.url().is_some_and(is_same_site)
            };
        let is_top_level =
            request.mode == Mode::Navigate && request.destination == Destination::Document;
        match request.method {
            _ if is_site_allowed => Self::SameSite,
            _ if !is_top_level => Self::CrossSite,
            Method::GET | Method::HEAD => Self::SafeNavigation,
            _ => Self::UnsafeNavigation,
        }
    }
}
