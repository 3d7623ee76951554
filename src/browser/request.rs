use http::{HeaderMap, HeaderName, HeaderValue, Method, header::AUTHORIZATION};
use url::Url;

use super::{
    engine::Engine,
    site::{PageOrigin, has_credentials, is_http},
    storage_access::{Activation, StorageAccess},
};
use crate::{
    embedding::CrossOriginEmbedderPolicy,
    fetch::{
        Destination, cors_unsafe_request_header_names, is_cors_safelisted_method,
        is_cors_safelisted_request_header, trim_ows,
    },
};

/// A request in the standard's algorithm. <https://fetch.spec.whatwg.org/#concept-request>
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The requested URL, followed by the URL of each redirect.
    pub(super) urls: Vec<Url>,
    pub(super) headers: HeaderMap,
    /// Headers with values that browsers send but the crate `http` cannot represent.
    ///
    /// An example is a value with a form feed. Such values are never safelisted.
    pub(super) unrepresentable: Vec<HeaderName>,
    pub(super) body: Option<Body>,
    pub(super) origin: PageOrigin,
    /// The value of `Referer`: the page's address, possibly shortened at an earlier hop.
    pub(super) referrer: Option<Url>,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) credentials: Credentials,
    pub(super) mode: Mode,
    pub(super) redirect: Redirect,
    pub(super) destination: Destination,
    pub(super) tainting: Tainting,
    /// `true` if the request has an upload listener or a streamed body.
    pub(super) use_cors_preflight: bool,
    /// `true` if a script chose the method and the headers.
    pub(super) is_unsafe: bool,
    pub(super) redirects: u32,
    /// The page's embedder policy. <https://html.spec.whatwg.org/#embedder-policy>
    pub(super) embedder_policy: CrossOriginEmbedderPolicy,
    /// <https://fetch.spec.whatwg.org/#concept-timing-allow-failed>
    pub(super) timing_allow_failed: bool,
    /// The user's part in the request: none, a click, or the address bar.
    pub(super) user: User,
    /// The engine, whose differences apply to the request.
    pub(super) engine: Engine,
    /// The access of the page to cookies of other sites, if the browser restricts it.
    pub(super) storage_access: Option<StorageAccess>,
    pub(super) activation: Activation,
}

#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// `true` for a stream, which cannot be sent twice.
    pub(super) is_stream: bool,
}

/// The response tainting, which controls access to the response.
/// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// The initiator of a navigation. <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-user-header>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum User {
    #[default]
    Page,
    Activation,
    AddressBar,
}

/// The credentials mode: when the browser sends cookies and HTTP authentication.
///
/// [`Include`](Self::Include) also restricts access to the response.
/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credentials {
    /// The browser never sends credentials.
    Omit,
    /// The browser sends credentials only to the page's origin. This is the default of `fetch()`.
    #[default]
    SameOrigin,
    /// The browser always sends credentials, as with `withCredentials`.
    Include,
}

/// The request mode. <https://fetch.spec.whatwg.org/#concept-request-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Requests to other origins use the CORS protocol. This is the default of `fetch()`.
    #[default]
    Cors,
    /// Requests to other origins are limited to safelisted methods and headers.
    ///
    /// Scripts cannot read their responses.
    NoCors,
    /// Requests to other origins fail.
    SameOrigin,
    /// The request loads a document.
    Navigate,
}

/// The redirect mode. <https://fetch.spec.whatwg.org/#concept-request-redirect-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Redirect {
    /// The browser follows redirects.
    #[default]
    Follow,
    /// A redirect is an error.
    Error,
    /// The page receives the redirect as an opaque response, which it cannot read.
    Manual,
}

/// The part of the page's address that `Referer` contains.
/// <https://w3c.github.io/webappsec-referrer-policy/>
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
    /// `strict-origin-when-cross-origin`, the default of browsers.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// `unsafe-url`
    UnsafeUrl,
}

impl Request {
    /// Returns the current URL. <https://fetch.spec.whatwg.org/#concept-request-current-url>
    pub(super) fn url(&self) -> Option<&Url> {
        self.urls.last()
    }

    /// Returns whether a redirect crossed a foreign origin, so that `Origin` becomes `null`.
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

    /// Returns whether a redirect led to another origin.
    pub(super) fn has_left_an_origin(&self) -> bool {
        self.urls.windows(2).any(|pair| match pair {
            [before, url] => !PageOrigin::from_url(before).is_origin_of(url),
            _ => false,
        })
    }

    /// Returns the value of `Origin`. <https://fetch.spec.whatwg.org/#serializing-a-request-origin>
    pub(super) fn serialized_origin(&self) -> &str {
        if self.is_tainted() { "null" } else { self.origin.serialized() }
    }

    /// Returns the names of the request headers that need a preflight.
    /// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
    pub(super) fn unsafe_names(&self) -> Vec<String> {
        let names = if self.engine.limits_total_of_safelisted_values() {
            cors_unsafe_request_header_names(&self.headers)
        } else {
            let is_safelisted = |name: &HeaderName, value: &HeaderValue| {
                is_cors_safelisted_request_header(name.as_ref(), value.as_bytes())
            };
            let others = self.headers.iter().filter(|(name, value)| !is_safelisted(name, value));
            cors_unsafe_request_header_names(others)
        };
        let mut names: Vec<String> = names
            .iter()
            .chain(&self.unrepresentable)
            .map(|name| name.as_str().to_owned())
            .collect();
        if !self.unrepresentable.is_empty() {
            names.sort_unstable();
            names.dedup();
        }
        names
    }

    pub(super) fn has_safelisted_method(&self) -> bool {
        is_cors_safelisted_method(self.method.as_str().as_bytes())
    }

    /// Returns whether the browser sends credentials with the request.
    /// <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>, step 8.3
    pub(super) fn includes_credentials(&self) -> bool {
        match self.credentials {
            Credentials::Include => self.embedder_policy_allows_credentials(),
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// Returns whether the page's embedder policy allows credentials.
    /// <https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials>
    fn embedder_policy_allows_credentials(&self) -> bool {
        self.mode != Mode::NoCors
            || self.embedder_policy != CrossOriginEmbedderPolicy::Credentialless
            || (self.url().is_some_and(|url| self.origin.is_origin_of(url)) && !self.is_tainted())
    }

    /// Returns how the request reaches its current URL.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    pub(super) fn route(&self) -> Route {
        let Some(url) = self.url() else { return Route::NotAllowed };
        let is_basic = self.origin.is_origin_of(url) && self.tainting == Tainting::Basic;
        match self.mode {
            // https://fetch.spec.whatwg.org/#scheme-fetch
            _ if !is_http(url) => Route::NotAllowed,
            _ if is_basic => Route::Direct(Tainting::Basic),
            Mode::Navigate => Route::Direct(Tainting::Basic),
            Mode::SameOrigin => Route::NotAllowed,
            Mode::NoCors if self.redirect != Redirect::Follow => Route::NotAllowed,
            Mode::NoCors => Route::Direct(Tainting::Opaque),
            Mode::Cors if self.needs_preflight() => Route::AfterPreflight,
            Mode::Cors => Route::Direct(Tainting::Cors),
        }
    }

    fn needs_preflight(&self) -> bool {
        let is_safelisted = self.has_safelisted_method() && self.unsafe_names().is_empty();
        self.use_cors_preflight || (self.is_unsafe && !is_safelisted)
    }

    /// Follows a redirect to `location`. <https://fetch.spec.whatwg.org/#http-redirect-fetch>
    pub(super) fn follow(&mut self, status: u16, location: Url) -> Result<(), RedirectError> {
        let Some(from) = self.url() else { return Err(RedirectError::NotHttp) };
        if !is_http(&location) {
            return Err(RedirectError::NotHttp);
        }
        if self.redirects == MAX_REDIRECTS {
            return Err(RedirectError::TooMany);
        }
        let keeps_origin = PageOrigin::from_url(from).is_origin_of(&location);
        let is_same_origin = self.origin.is_origin_of(&location);
        if has_credentials(&location)
            && ((self.mode == Mode::Cors && !is_same_origin) || self.tainting == Tainting::Cors)
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
        if !keeps_origin && self.engine.removes_authorization_on_redirect() {
            self.remove(AUTHORIZATION.as_str());
        }
        self.activation = match self.activation {
            Activation::None => Activation::None,
            _ if keeps_origin => Activation::Earlier,
            _ => Activation::None,
        };
        self.redirects += 1;
        self.urls.push(location);
        Ok(())
    }

    /// Returns the access to cookies of the service, if the browser restricts it.
    /// <https://privacycg.github.io/storage-access-headers/#request-storage-access-status>
    pub(super) fn storage_access_status(&self) -> Option<StorageAccess> {
        let access = self.storage_access?;
        let is_top_level = self.mode == Mode::Navigate && self.destination == Destination::Document;
        let is_same_site = self.urls.iter().all(|url| self.origin.is_same_site_as(url));
        let is_credentialed =
            self.credentials == Credentials::Include && self.embedder_policy_allows_credentials();
        if is_top_level || is_same_site || !is_credentialed {
            return None;
        }
        Some(match access {
            StorageAccess::Inactive if self.activation != Activation::None => StorageAccess::Active,
            access => access,
        })
    }

    /// Sends the request again, with cookies.
    /// <https://privacycg.github.io/storage-access-headers/#http-storage-access-retry-fetch>
    pub(super) fn retry_with_storage_access(&mut self) -> Result<(), RedirectError> {
        if self.redirects == MAX_REDIRECTS {
            return Err(RedirectError::TooMany);
        }
        self.redirects += 1;
        self.urls.extend(self.url().cloned());
        self.activation = Activation::ThisHop;
        Ok(())
    }

    /// Replaces the referrer policy with the policy of a redirect response.
    /// <https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect>
    pub(super) fn apply_referrer_policy(&mut self, headers: &HeaderMap) {
        for line in headers.get_all("referrer-policy") {
            for name in line.as_bytes().split(|byte| *byte == b',').map(trim_ows) {
                self.referrer_policy =
                    ReferrerPolicy::from_name(name).unwrap_or(self.referrer_policy);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.headers.remove(name);
        self.unrepresentable.retain(|header| header != name);
    }
}

impl ReferrerPolicy {
    /// Returns the policy with this name.
    /// <https://w3c.github.io/webappsec-referrer-policy/#referrer-policies>
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
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

/// The way in which a request reaches its current URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The browser sends the request directly.
    Direct(Tainting),
    /// The browser sends the request if a preflight allows it.
    AfterPreflight,
    /// The browser does not send the request.
    NotAllowed,
}

/// The reason why the browser does not follow a redirect.
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
            Self::NotHttp => "the redirect target is not a valid http or https address",
            Self::TooMany => "the browser follows at most 20 redirects",
            Self::Userinfo => "the redirect target contains a user name or a password",
            Self::Stream => "a streamed request body cannot be sent again after a redirect",
        }
    }
}

const MAX_REDIRECTS: u32 = 20;

/// <https://fetch.spec.whatwg.org/#request-body-header-name>
const REQUEST_BODY_HEADERS: [&str; 4] =
    ["content-encoding", "content-language", "content-location", "content-type"];
