use crate::Engine;

/// A behaviour of one engine that changes the result of a test.
///
/// The expectations of the tests follow the standards. A test names the difference that it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// WebSocket handshakes have no `Sec-Fetch-*` headers.
    HandshakesWithoutFetchMetadata,
    /// `Cross-Origin-Resource-Policy` blocks documents in `<object>`.
    ResourcePolicyOfObjects,
    /// Some same-origin `GET` requests have an `Origin`.
    ///
    /// These are requests of modules and of elements with `crossorigin`, and in WebKit a redirected `POST`.
    OriginWithinTheOrigin,
    /// JSON that a page of another origin loads as a script causes an `error` event.
    JsonAsScript,
    /// Paths are sent with unreserved characters decoded, such as `/a` for `/%61`.
    DecodedPaths,
}

impl Difference {
    /// Each difference with its engines and its source.
    pub const ALL: [(Self, &[Engine], &str); 5] = [
        // The standard sends them with every request, and so do Firefox and WebKit:
        // https://github.com/WebKit/WebKit/pull/6296
        (
            Self::HandshakesWithoutFetchMetadata,
            &[Engine::Chromium],
            "https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration",
        ),
        // Documents in `<object>` are navigations, to which the header does not apply:
        // https://github.com/whatwg/fetch/issues/1113
        (
            Self::ResourcePolicyOfObjects,
            &[Engine::Firefox],
            "https://html.spec.whatwg.org/multipage/iframe-embed-object.html#the-object-element",
        ),
        // The standard adds it only to cross-origin requests, and to same-origin requests with another method.
        (
            Self::OriginWithinTheOrigin,
            &[Engine::Chromium, Engine::WebKit],
            "https://fetch.spec.whatwg.org/#append-a-request-origin-header",
        ),
        // Opaque response blocking is not yet a part of the Fetch standard. Chromium loads an empty script.
        (Self::JsonAsScript, &[Engine::Firefox], "https://github.com/annevk/orb/issues/43"),
        // The two URIs are equivalent.
        (
            Self::DecodedPaths,
            &[Engine::WebKit],
            "https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.2",
        ),
    ];

    /// Returns whether the engine has this difference.
    pub fn is_in(self, engine: Engine) -> bool {
        Self::ALL.iter().any(|(difference, of, _)| *difference == self && of.contains(&engine))
    }
}
