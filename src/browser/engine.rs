use std::time::Duration;

/// A browser engine, where it differs from the Fetch standard.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::browser::Engine;
///
/// assert_eq!(Engine::WebKit.longest_max_age(), Some(Duration::from_secs(600)));
/// assert!(!Engine::Standard.lets_any_cover_authorization());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// What the standard says.
    #[default]
    Standard,
    /// Chrome, Edge, Opera.
    Chromium,
    /// Gecko.
    Firefox,
    /// Safari.
    WebKit,
}

impl Engine {
    /// For how long an answer to a preflight is kept at most; the standard names no bound.
    ///
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age>
    pub fn longest_max_age(self) -> Option<Duration> {
        let seconds = match self {
            Self::Standard => return None,
            Self::Chromium => 7200,
            Self::Firefox => 86_400,
            Self::WebKit => 600,
        };
        Some(Duration::from_secs(seconds))
    }

    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`, which by the standard it
    /// never does. <https://github.com/whatwg/fetch/issues/1919>
    pub fn lets_any_cover_authorization(self) -> bool {
        !matches!(self, Self::Standard)
    }

    /// Whether `Cross-Origin-Embedder-Policy: credentialless` counts, which WebKit does not know.
    /// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cross-Origin-Embedder-Policy>
    pub fn knows_credentialless(self) -> bool {
        !matches!(self, Self::WebKit)
    }

    /// Whether an upload's method is granted by an answer that lacks `Access-Control-Allow-Methods`: step
    /// 7.5 of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>. Chromium knows no such step
    /// (`EnsureAllowedCrossOriginMethod` of its `services/network/cors/preflight_result.cc`; seen in version
    /// 156); of Firefox and WebKit the standard's is taken.
    pub fn takes_silence_on_methods_for_consent(self) -> bool {
        !matches!(self, Self::Chromium)
    }
}
