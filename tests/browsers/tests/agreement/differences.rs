//! Known differences between Chromium and the standard.
//!
//! The model follows the standard. The test applies each difference to the model's results, so that it can still
//! compare every key.

use browsers::Engine;

use super::{
    hosts::{Host, Ports},
    recorder::Arrived,
    scenario::Scenario,
    values::{Api, Body, Headers, MaxAge, Mode, Policy, Relation},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    NoUploadWithoutBody,
    FieldLinesAreJoined,
    PreflightsUseOnlyTheLastUrl,
    CookiesUseOnlyTheLastUrl,
    NullIsNotCached,
    FailedRequestsAreCached,
    CacheMatchesSafelistedMethods,
}

impl Difference {
    /// Each difference with the behaviour of Chromium and its source.
    pub const ALL: [(Self, &str, &str); 7] = [
        // https://xhr.spec.whatwg.org/#dom-xmlhttprequest-send sets the flag for any body.
        (
            Self::NoUploadWithoutBody,
            "an upload listener causes no preflight if the request has no body",
            "https://source.chromium.org/chromium/chromium/src/+/main:third_party/blink/renderer/core/xmlhttprequest/xml_http_request.cc",
        ),
        // https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names examines each field line separately.
        (
            Self::FieldLinesAreJoined,
            "several field lines of a header are joined before the check for safelisted headers",
            "https://source.chromium.org/chromium/chromium/src/+/main:third_party/blink/renderer/core/fetch/fetch_manager.cc",
        ),
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch copies the whole URL list.
        (
            Self::PreflightsUseOnlyTheLastUrl,
            "Sec-Fetch-Site of a preflight ignores earlier redirects",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_controller.cc",
        ),
        // https://fetch.spec.whatwg.org/#determine-the-same-site-mode considers redirects, too.
        (
            Self::CookiesUseOnlyTheLastUrl,
            "SameSite of a cookie ignores earlier redirects",
            "https://github.com/httpwg/http-extensions/pull/2750",
        ),
        // https://fetch.spec.whatwg.org/#concept-cache compares serialised origins.
        (
            Self::NullIsNotCached,
            "preflight responses for the origin null are not cached",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_cache.h",
        ),
        // https://fetch.spec.whatwg.org/#concept-main-fetch, step 12, clears the cache entries.
        (
            Self::FailedRequestsAreCached,
            "a preflight response stays cached after the request failed",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_controller.cc",
        ),
        // https://fetch.spec.whatwg.org/#concept-http-fetch, step 4.1, looks for a cache entry of the method.
        (
            Self::CacheMatchesSafelistedMethods,
            "any cached preflight response matches safelisted methods, even with an upload listener",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_result.cc",
        ),
    ];
}

/// The differences that the test applies to the model.
#[derive(Clone, Debug)]
pub struct Differences(Vec<Difference>);

impl Differences {
    fn all() -> Self {
        Self(Difference::ALL.iter().map(|(difference, ..)| *difference).collect())
    }

    pub fn of(engine: Engine) -> Self {
        if engine == Engine::Chromium { Self::all() } else { Self(Vec::new()) }
    }

    pub fn without(mut self, difference: Difference) -> Self {
        self.0.retain(|one| *one != difference);
        self
    }

    pub fn has(&self, difference: Difference) -> bool {
        self.0.contains(&difference)
    }

    /// Returns whether the call has an upload listener that causes a preflight.
    pub fn has_upload_listener(&self, scenario: &Scenario) -> bool {
        let is_relevant = scenario.body != Body::None || !self.has(Difference::NoUploadWithoutBody);
        scenario.api == Api::XhrWithUploadListener && is_relevant
    }

    /// Returns whether field lines of the same name are joined.
    pub fn joins_lines(&self, scenario: &Scenario) -> bool {
        let has_several =
            matches!(scenario.headers, Headers::RepeatedContentType | Headers::Over1024InTotal);
        // Without CORS, the header guard has checked each field line before.
        let is_after_the_guard = scenario.mode != Mode::NoCors;
        // https://xhr.spec.whatwg.org/#dom-xmlhttprequest-setrequestheader
        let is_xhr = scenario.api != Api::Fetch;
        is_xhr || (self.has(Difference::FieldLinesAreJoined) && has_several && is_after_the_guard)
    }

    /// Returns whether only the model has a cached response for this preflight.
    pub fn is_cached_only_by_model(&self, preflight: &Arrived) -> bool {
        let has_null_origin = preflight.get("origin").is_some_and(|origin| origin == "null");
        has_null_origin && self.has(Difference::NullIsNotCached)
    }

    /// Returns whether only Chromium has a cached response for this preflight.
    pub fn is_cached_only_by_chromium(
        &self,
        scenario: &Scenario,
        before: &[Arrived],
        preflight: &Arrived,
    ) -> bool {
        let has = |header, value: &str| preflight.get(header).is_some_and(|it| it == value);
        // A cached `*` does not match `authorization`, both in the standard and in Chromium.
        let needs_explicit_name = scenario.policy == Policy::ManualWildcards
            && has("access-control-request-headers", "authorization");
        let method = preflight.get("access-control-request-method").map(String::as_str);
        let path = preflight.get("path");
        self.has(Difference::CacheMatchesSafelistedMethods)
            && matches!(method, Some("GET" | "HEAD" | "POST"))
            && scenario.max_age != MaxAge::Zero
            && before.contains(preflight)
            && before.iter().any(|one| !is_preflight(one) && one.get("path") == path)
            && !self.is_cached_only_by_model(preflight)
            && !needs_explicit_name
    }

    /// Changes the model's requests to the requests that Chromium would send.
    pub fn apply(&self, scenario: &Scenario, sent: &mut [Arrived], ports: Ports) {
        for one in sent {
            let site = site(scenario.relation, Host::served_at(&one["host"], ports));
            if is_preflight(one) {
                if self.has(Difference::PreflightsUseOnlyTheLastUrl) {
                    one.insert("sec-fetch-site", site.to_owned());
                }
            } else if self.has(Difference::CookiesUseOnlyTheLastUrl) && site != "cross-site" {
                let cookie = one.get_mut("cookie").filter(|cookie| !cookie.contains("lax=1"));
                if let Some(cookie) = cookie {
                    *cookie = cookie.replace("none=1", "lax=1; none=1; strict=1; unsaid=1");
                }
            }
        }
    }
}

pub fn is_preflight(one: &Arrived) -> bool {
    one.contains_key("access-control-request-method")
}

/// Returns the relation of a server to the page, as in `Sec-Fetch-Site`.
fn site(relation: Relation, host: Host) -> &'static str {
    let page = relation.page();
    let is_address = |host| matches!(host, Host::Address | Host::AddressOnOtherPort);
    if matches!(relation, Relation::Sandboxed | Relation::Data) {
        "cross-site"
    } else if page == host {
        "same-origin"
    } else if host == Host::OtherSite || is_address(page) != is_address(host) {
        "cross-site"
    } else {
        "same-site"
    }
}
