use http::{HeaderMap, HeaderName, Method, header::AUTHORIZATION};
use url::Url;

use super::site::{PageOrigin, has_credentials, is_http};
use crate::{
    embedding::CrossOriginEmbedderPolicy,
    fetch::{Destination, cors_unsafe_request_header_names, is_cors_safelisted_method, trim_ows},
};

/// A request as it goes through the standard's steps. <https://fetch.spec.whatwg.org/#concept-request>
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// That of the page, and one more for each redirect.
    pub(super) urls: Vec<Url>,
    pub(super) headers: HeaderMap,
    /// Headers whose values browsers send and the crate `http` has no room for, such as one with a form
    /// feed. No such value is safelisted.
    pub(super) unheld: Vec<HeaderName>,
    pub(super) body: Option<Body>,
    pub(super) origin: PageOrigin,
    /// What `Referer` tells: the page's address, or what the last hop left of it.
    pub(super) referrer: Option<Url>,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) redirect: Redirect,
    pub(super) destination: Destination,
    pub(super) tainting: Tainting,
    /// Set by an upload listener and by a body that is a stream.
    pub(super) use_cors_preflight: bool,
    /// Set by whatever lets script choose methods and headers.
    pub(super) is_unsafe: bool,
    pub(super) redirects: u32,
    /// That of the page. <https://html.spec.whatwg.org/#embedder-policy>
    pub(super) embedder_policy: CrossOriginEmbedderPolicy,
    /// <https://fetch.spec.whatwg.org/#concept-timing-allow-failed>
    pub(super) timing_allow_failed: bool,
    /// Whether the user made it, by a click or in the address bar.
    pub(super) user: User,
}

#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// A stream cannot be sent twice.
    pub(super) is_stream: bool,
}

/// How much of the response the page gets.
/// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-user-header>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum User {
    #[default]
    Page,
    Activation,
    AddressBar,
}

/// Whether cookies and HTTP authentication go along, and whether the page may read what comes back.
/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credentials {
    /// Never.
    Omit,
    /// Only within the page's own origin; what `fetch()` does by itself.
    #[default]
    SameOrigin,
    /// Always; what `withCredentials` asks for.
    Include,
}

/// What a request is for. <https://fetch.spec.whatwg.org/#concept-request-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Other origins are asked by the CORS protocol; what `fetch()` does by itself.
    #[default]
    Cors,
    /// Other origins may be asked for what elements may embed, and the response cannot be read.
    NoCors,
    /// Other origins are not asked.
    SameOrigin,
    /// A document is loaded.
    Navigate,
}

/// What becomes of a redirect. <https://fetch.spec.whatwg.org/#concept-request-redirect-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Redirect {
    /// It is followed.
    #[default]
    Follow,
    /// It is an error.
    Error,
    /// It is handed to the page, which can read nothing of it.
    Manual,
}

/// How much of the page's address is told. <https://w3c.github.io/webappsec-referrer-policy/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferrerPolicy {
    /// `no-referrer`
    NoReferrer,
    /// `no-referrer-when-downgrade`
    NoReferrerWhenDowngrade,
    /// `same-origin`
    SameOrigin,
    /// `origin`
    Origin,
    /// `strict-origin`
    StrictOrigin,
    /// `origin-when-cross-origin`
    OriginWhenCrossOrigin,
    /// `strict-origin-when-cross-origin`, which browsers take where none is set.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// `unsafe-url`
    UnsafeUrl,
}

impl Request {
    /// <https://fetch.spec.whatwg.org/#concept-request-current-url>
    pub(super) fn url(&self) -> Option<&Url> {
        self.urls.last()
    }

    /// Whether a redirect led over another origin, so that who asks is not told any more.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-tainted-origin>
    pub(super) fn is_tainted(&self) -> bool {
        self.urls.windows(2).any(|pair| match pair {
            [before, url] => {
                let before = PageOrigin::from_url(before);
                !before.is_origin_of(url) && !self.origin.is_same_as(&before)
            }
            _ => false,
        })
    }

    /// <https://fetch.spec.whatwg.org/#serializing-a-request-origin>
    pub(super) fn serialized_origin(&self) -> &str {
        if self.is_tainted() { "null" } else { self.origin.serialized() }
    }

    /// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
    pub(super) fn unsafe_names(&self) -> Vec<String> {
        let names = cors_unsafe_request_header_names(&self.headers);
        let mut names: Vec<String> =
            names.iter().chain(&self.unheld).map(|name| name.as_str().to_owned()).collect();
        if !self.unheld.is_empty() {
            names.sort_unstable();
            names.dedup();
        }
        names
    }

    pub(super) fn has_safelisted_method(&self) -> bool {
        is_cors_safelisted_method(self.method.as_str().as_bytes())
    }

    /// Whether the page's own cookies and the like go along.
    /// <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>, step 8.3
    pub(super) fn includes_credentials(&self) -> bool {
        match self.credentials {
            Credentials::Include => self.embedder_policy_allows_credentials(),
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// <https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials>
    fn embedder_policy_allows_credentials(&self) -> bool {
        self.mode != Mode::NoCors
            || self.embedder_policy != CrossOriginEmbedderPolicy::Credentialless
            || (self.url().is_some_and(|url| self.origin.is_origin_of(url)) && !self.is_tainted())
    }

    /// What the current address makes of the request.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    pub(super) fn route(&self) -> Route {
        let Some(url) = self.url() else { return Route::NotAllowed };
        let is_own = self.origin.is_origin_of(url) && self.tainting == Tainting::Basic;
        match self.mode {
            // https://fetch.spec.whatwg.org/#scheme-fetch
            _ if !is_http(url) => Route::NotAllowed,
            _ if is_own => Route::Through(Tainting::Basic),
            Mode::Navigate => Route::Through(Tainting::Basic),
            Mode::SameOrigin => Route::NotAllowed,
            Mode::NoCors if self.redirect != Redirect::Follow => Route::NotAllowed,
            Mode::NoCors => Route::Through(Tainting::Opaque),
            Mode::Cors if self.needs_preflight() => Route::AfterPreflight,
            Mode::Cors => Route::Through(Tainting::Cors),
        }
    }

    fn needs_preflight(&self) -> bool {
        let is_simple = self.has_safelisted_method() && self.unsafe_names().is_empty();
        self.use_cors_preflight || (self.is_unsafe && !is_simple)
    }

    /// Goes on to where a redirect leads. <https://fetch.spec.whatwg.org/#http-redirect-fetch>
    pub(super) fn follow(&mut self, status: u16, location: Url) -> Result<(), RedirectError> {
        let Some(from) = self.url() else { return Err(RedirectError::NotHttp) };
        if !is_http(&location) {
            return Err(RedirectError::NotHttp);
        }
        if self.redirects == MOST_REDIRECTS {
            return Err(RedirectError::TooMany);
        }
        let stays = PageOrigin::from_url(from).is_origin_of(&location);
        let is_own = self.origin.is_origin_of(&location);
        if has_credentials(&location)
            && ((self.mode == Mode::Cors && !is_own) || self.tainting == Tainting::Cors)
        {
            return Err(RedirectError::Userinfo);
        }
        if status != 303 && self.body.as_ref().is_some_and(|body| body.is_stream) {
            return Err(RedirectError::Stream);
        }
        let becomes_get = match status {
            301 | 302 => self.method == Method::POST,
            303 => self.method != Method::GET && self.method != Method::HEAD,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            for name in REQUEST_BODY_HEADERS {
                self.remove(name);
            }
        }
        if !stays {
            self.remove(AUTHORIZATION.as_str());
        }
        self.redirects += 1;
        self.urls.push(location);
        Ok(())
    }

    /// <https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect>
    pub(super) fn take_referrer_policy(&mut self, headers: &HeaderMap) {
        for line in headers.get_all("referrer-policy") {
            for name in line.as_bytes().split(|byte| *byte == b',').map(trim_ows) {
                self.referrer_policy = ReferrerPolicy::named(name).unwrap_or(self.referrer_policy);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.headers.remove(name);
        self.unheld.retain(|one| one != name);
    }
}

impl ReferrerPolicy {
    /// The policy of this name. <https://w3c.github.io/webappsec-referrer-policy/#referrer-policies>
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"no-referrer" => Some(Self::NoReferrer),
            b"no-referrer-when-downgrade" => Some(Self::NoReferrerWhenDowngrade),
            b"same-origin" => Some(Self::SameOrigin),
            b"origin" => Some(Self::Origin),
            b"strict-origin" => Some(Self::StrictOrigin),
            b"origin-when-cross-origin" => Some(Self::OriginWhenCrossOrigin),
            b"strict-origin-when-cross-origin" => Some(Self::StrictOriginWhenCrossOrigin),
            b"unsafe-url" => Some(Self::UnsafeUrl),
            _ => None,
        }
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To the server, at once.
    Through(Tainting),
    /// To the server, after it was asked.
    AfterPreflight,
    /// Nowhere.
    NotAllowed,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedirectError {
    NotHttp,
    TooMany,
    Userinfo,
    Stream,
}

impl RedirectError {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NotHttp => "the redirect leads to no address of http or https",
            Self::TooMany => "it is the 21st redirect, and no browser follows more than 20",
            Self::Userinfo => "the redirect leads to an address with a user name or a password",
            Self::Stream => "a stream that is being sent cannot be redirected",
        }
    }
}

const MOST_REDIRECTS: u32 = 20;

/// <https://fetch.spec.whatwg.org/#request-body-header-name>
const REQUEST_BODY_HEADERS: [&str; 4] =
    ["content-encoding", "content-language", "content-location", "content-type"];
