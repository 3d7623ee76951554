//! Values in which Firefox and WebKit differ from the standard. The test does not compare them.
//!
//! The other differences are methods of `browser::Engine`, which the model applies.

use browsers::Engine;

use super::{
    scenario::Scenario,
    values::{Headers, Hops, Method, Relation},
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

const ALL: [Exclusion; 7] = [
    Exclusion {
        engine: Engine::Firefox,
        description: "preflight responses may be forgotten early, which the standard permits",
        source: "https://fetch.spec.whatwg.org/#concept-cache",
        applies: |scenario, _, key| scenario.calls.count() > 1 && key.starts_with("preflight"),
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
        description: "SameSite of a cookie goes by the page around a sandboxed frame",
        source: "https://fetch.spec.whatwg.org/#determine-the-same-site-mode",
        applies: |scenario, _, key| {
            scenario.relation == Relation::Sandboxed && key == "request: cookie"
        },
    },
    // WebKitGTK does so, and Safari does not use this file: `shouldRedirectAsGET` in `NetworkDataTaskSoup.cpp`.
    Exclusion {
        engine: Engine::WebKit,
        description: "a redirect to another origin changes DELETE to GET",
        source: "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch",
        applies: |scenario, _, _| scenario.method == Method::Delete && leaves_origin(scenario),
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "preflights after a redirect to another origin are cross-site, and are not cached",
        source: "https://fetch.spec.whatwg.org/#concept-request-tainted-origin",
        applies: |scenario, _, key| {
            leaves_origin(scenario) && (key.starts_with("preflight: ") || key == "preflights sent")
        },
    },
    Exclusion {
        engine: Engine::WebKit,
        description: "a POST that a redirect changes to GET keeps the headers of its body and Origin",
        source: "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch",
        applies: |scenario, _, key| {
            let is_302 =
                matches!(scenario.hops, Hops::Within302 | Hops::Other302 | Hops::OtherAndBack302);
            let is_kept = matches!(
                key,
                "request: content-type" | "request: content-language" | "request: origin"
            );
            is_302 && scenario.method == Method::Post && is_kept
        },
    },
];

/// Returns whether a redirect leads to another origin.
fn leaves_origin(scenario: &Scenario) -> bool {
    !matches!(scenario.hops, Hops::None | Hops::Within302 | Hops::Within307)
}
