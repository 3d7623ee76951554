//! Values in which Firefox and WebKit differ from the standard. The test does not compare them.
//!
//! The differences of Chromium are in `differences.rs`: the test applies these to the model.

use browsers::Engine;

use super::{
    scenario::Scenario,
    values::{Api, Headers, Hops, Relation},
};

pub struct Exclusion {
    pub engine: Engine,
    pub description: &'static str,
    pub source: &'static str,
    applies: fn(&Scenario, usize, &str) -> bool,
}

impl Exclusion {
    /// Returns whether the test ignores the value with this index and key.
    pub fn applies(&self, scenario: &Scenario, (index, key): &(usize, String)) -> bool {
        (self.applies)(scenario, *index, key)
    }

    pub fn of(engine: Engine) -> Vec<&'static Self> {
        ALL.iter().filter(|exclusion| exclusion.engine == engine).collect()
    }
}

const ALL: [Exclusion; 12] = [
    Exclusion {
        engine: Engine::Firefox,
        description: "cookies without SameSite are sent to other sites",
        source: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#browser_compatibility",
        applies: |_, _, key| key == "request: cookie",
    },
    Exclusion {
        engine: Engine::Firefox,
        description: "preflight responses may be forgotten early, which the standard permits",
        source: "https://fetch.spec.whatwg.org/#concept-cache",
        applies: |scenario, _, key| scenario.calls.count() > 1 && key.starts_with("preflight"),
    },
    Exclusion {
        engine: Engine::Firefox,
        description: "safelisted headers have no common limit of 1024 bytes",
        source: "https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names",
        applies: |scenario, _, _| scenario.headers == Headers::Over1024InTotal,
    },
    Exclusion {
        engine: Engine::Firefox,
        description: "of several field lines of Content-Type, one is sent",
        source: "https://fetch.spec.whatwg.org/#concept-headers-append",
        applies: |scenario, _, key| {
            scenario.headers == Headers::RepeatedContentType && key == "request: content-type"
        },
    },
    Exclusion {
        engine: Engine::Firefox,
        description: "requests after a redirect have another Origin and Sec-Fetch-Site",
        source: "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch",
        applies: is_after_redirect,
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "cookies with Secure are not stored from loopback names without TLS",
        source: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#browser_compatibility",
        applies: |_, _, key| key == "request: cookie",
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "pages with an opaque origin send the whole URL as Referer",
        source: "https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer",
        applies: |scenario, _, key| {
            matches!(scenario.relation, Relation::Sandboxed | Relation::Data)
                && key.ends_with("referer")
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "several field lines of a header are joined before the check for safelisted headers",
        source: "https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names",
        applies: |scenario, _, key| {
            let has_several =
                matches!(scenario.headers, Headers::RepeatedContentType | Headers::Over1024InTotal);
            has_several && !key.starts_with("script: ")
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "a cached wildcard matches Authorization",
        source: "https://github.com/whatwg/fetch/issues/1919",
        applies: |scenario, _, key| {
            scenario.headers == Headers::Authorization
                && scenario.calls.count() > 1
                && key.starts_with("preflight")
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "any cached preflight response matches safelisted methods, even with an upload listener",
        source: "https://fetch.spec.whatwg.org/#concept-http-fetch",
        applies: |scenario, _, key| {
            scenario.api == Api::XhrWithUploadListener
                && scenario.calls.count() > 1
                && key.starts_with("preflight")
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "Authorization is kept after a redirect to another origin, and needs a preflight there",
        source: "https://github.com/whatwg/fetch/pull/1544",
        applies: |scenario, _, _| {
            scenario.headers == Headers::Authorization && scenario.hops != Hops::None
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "requests after a redirect have no Sec-Fetch headers, and a 302 changes each method to GET",
        source: "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch",
        applies: is_after_redirect,
    },
];

/// Returns whether the value belongs to a request after a redirect.
///
/// A page of the same origin sends its first preflight after a redirect.
fn is_after_redirect(scenario: &Scenario, index: usize, key: &str) -> bool {
    let is_preflight_of_redirect =
        scenario.relation == Relation::SameOrigin && key.starts_with("preflight");
    let is_later = index > 0 || is_preflight_of_redirect;
    let is_counted = matches!(key, "preflights sent" | "requests sent");
    scenario.hops != Hops::None && (is_later || is_counted) && !key.starts_with("script: ")
}
