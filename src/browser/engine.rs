use std::time::Duration;

/// A browser engine, with its differences from the Fetch standard.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::browser::Engine;
///
/// assert_eq!(Engine::WebKit.max_age_limit(), Some(Duration::from_secs(600)));
/// assert!(!Engine::Standard.accepts_wildcard_for_authorization());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// A browser that follows the standard exactly.
    #[default]
    Standard,
    /// The engine of Chrome, Edge and Opera.
    Chromium,
    /// Gecko, the engine of Firefox.
    Firefox,
    /// The engine of Safari.
    WebKit,
}

impl Engine {
    /// Returns the longest time for which the engine caches a preflight response.
    ///
    /// The result is `None` for [`Standard`](Self::Standard), because the standard defines no limit.
    ///
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age>
    pub fn max_age_limit(self) -> Option<Duration> {
        let seconds = match self {
            Self::Standard => return None,
            Self::Chromium => 7200,
            Self::Firefox => 86_400,
            Self::WebKit => 600,
        };
        Some(Duration::from_secs(seconds))
    }

    /// Returns whether `*` in `Access-Control-Allow-Headers` allows `Authorization`.
    ///
    /// By the standard, `*` never allows `Authorization`. <https://github.com/whatwg/fetch/issues/1919>
    pub fn accepts_wildcard_for_authorization(self) -> bool {
        !matches!(self, Self::Standard)
    }

    /// Returns whether the engine supports `Cross-Origin-Embedder-Policy: credentialless`.
    ///
    /// WebKit does not support this value.
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cross-Origin-Embedder-Policy>
    pub fn supports_credentialless(self) -> bool {
        !matches!(self, Self::WebKit)
    }

    /// Returns whether the engine treats a cookie without `SameSite` as `SameSite=Lax`.
    ///
    /// Firefox and WebKit send such a cookie to other sites, too.
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#browser_compatibility>
    pub fn has_lax_cookies_by_default(self) -> bool {
        matches!(self, Self::Standard | Self::Chromium)
    }

    /// Returns whether `SameSite` of a cookie depends on earlier redirects.
    ///
    /// Chromium and WebKit compare only the last address with the page.
    /// <https://github.com/httpwg/http-extensions/pull/2750>
    pub fn considers_redirects_for_cookies(self) -> bool {
        !matches!(self, Self::Chromium | Self::WebKit)
    }

    /// Returns whether the engine stores cookies with `Secure` of loopback names without TLS.
    ///
    /// WebKit stores them only for `https:`. The other engines treat `http://localhost` as secure.
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#browser_compatibility>
    pub fn stores_secure_cookies_of_loopback(self) -> bool {
        !matches!(self, Self::WebKit)
    }

    /// Returns whether the values of safelisted headers have a common limit of 1,024 bytes.
    ///
    /// Above the limit, they need a preflight. Firefox limits each value to 128 bytes, but not their sum.
    /// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
    pub fn limits_total_of_safelisted_values(self) -> bool {
        !matches!(self, Self::Firefox)
    }

    /// Returns whether a redirect to another origin removes `Authorization`.
    ///
    /// WebKit keeps the header, and sends a preflight for it there. <https://github.com/whatwg/fetch/pull/1544>
    pub fn removes_authorization_on_redirect(self) -> bool {
        !matches!(self, Self::WebKit)
    }

    /// Returns whether a CORS request has `Sec-Fetch-*` headers after a redirect to another origin.
    ///
    /// WebKit omits them. Its preflights always have them.
    /// <https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration>
    pub fn sends_fetch_metadata_after_redirect(self) -> bool {
        !matches!(self, Self::WebKit)
    }

    /// Returns whether an upload listener needs a preflight if the request has no body.
    ///
    /// Chromium sends no preflight then: it fires no upload events. <https://xhr.spec.whatwg.org/#dom-xmlhttprequest-send>
    pub fn preflights_uploads_without_body(self) -> bool {
        !matches!(self, Self::Chromium)
    }

    /// Returns whether several field lines of a header are one value.
    ///
    /// By the standard, each field line is compared alone. Chromium and WebKit compare and send one line, such as
    /// `text/plain, text/plain`, which is not safelisted.
    /// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
    pub fn joins_field_lines(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    /// Returns whether any cached preflight response allows `GET`, `HEAD` and `POST`.
    ///
    /// By the standard, an upload listener needs a cached response that lists the method. Chromium and WebKit do
    /// not compare safelisted methods. <https://fetch.spec.whatwg.org/#concept-http-fetch>, step 4.1
    pub fn caches_safelisted_methods_by_address(self) -> bool {
        matches!(self, Self::Chromium | Self::WebKit)
    }

    /// Returns whether a preflight after redirects to other origins has the origin of the page.
    ///
    /// By the standard, both the preflight and the request have `Origin: null`. Firefox sends the origin of the page in the
    /// preflight, and `null` in the request. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 5
    pub fn preflights_redirects_with_page_origin(self) -> bool {
        matches!(self, Self::Firefox)
    }

    /// Returns whether the `Sec-Fetch-Site` of a preflight depends on earlier redirects.
    ///
    /// Chromium and Firefox compare only the last address with the page.
    /// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
    pub fn considers_redirects_of_preflights(self) -> bool {
        !matches!(self, Self::Chromium | Self::Firefox)
    }

    /// Returns whether a request after a redirect can have `Sec-Fetch-Site: same-site`.
    ///
    /// Firefox sends `cross-site` instead. <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
    pub fn sends_same_site_after_redirect(self) -> bool {
        !matches!(self, Self::Firefox)
    }

    /// Returns whether a cached `*` of `Access-Control-Allow-Headers` allows `Authorization`.
    ///
    /// Only WebKit does so. Chromium and Firefox send a preflight again, although `*` of its response allows the
    /// header. <https://github.com/whatwg/fetch/issues/1919>
    pub fn caches_wildcard_for_authorization(self) -> bool {
        matches!(self, Self::WebKit)
    }

    /// Returns whether a failed request removes its preflight response from the cache.
    ///
    /// Chromium and WebKit keep the response. A failed preflight removes the responses in every engine.
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, step 12
    pub fn forgets_preflights_of_failed_requests(self) -> bool {
        !matches!(self, Self::Chromium | Self::WebKit)
    }

    /// Returns whether the engine caches preflight responses of pages with the origin `null`.
    ///
    /// Chromium does not cache them: each of these pages is a separate origin.
    /// <https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_cache.h>
    pub fn caches_preflights_of_null_origin(self) -> bool {
        !matches!(self, Self::Chromium)
    }

    /// Returns whether a missing `Access-Control-Allow-Methods` allows the method of an upload.
    ///
    /// This is step 7.5 of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>. No engine implements this step:
    /// Chromium 156 (`EnsureAllowedCrossOriginMethod` in `services/network/cors/preflight_result.cc`),
    /// Firefox 153 and WebKitGTK 2.50 block such an upload.
    pub fn accepts_missing_allow_methods(self) -> bool {
        matches!(self, Self::Standard)
    }
}
