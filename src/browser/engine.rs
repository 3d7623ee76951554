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

    /// Returns whether a missing `Access-Control-Allow-Methods` allows the method of an upload.
    ///
    /// This is step 7.5 of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>. No engine implements this step:
    /// Chromium 156 (`EnsureAllowedCrossOriginMethod` in `services/network/cors/preflight_result.cc`),
    /// Firefox 153 and WebKitGTK 2.50 block such an upload.
    pub fn accepts_missing_allow_methods(self) -> bool {
        matches!(self, Self::Standard)
    }
}
