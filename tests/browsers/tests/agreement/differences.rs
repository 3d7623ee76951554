//! Where Chromium differs from the standard, which the model follows. Each is applied to the model's
//! side, so that everything is still compared.

use super::{
    hosts::{Host, Ports},
    recorder::Arrived,
    scenario::Scenario,
    values::{Api, Body, Headers, MaxAge, Mode, Policy, Relation},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    NoUploadWithoutBody,
    OneLineOfSeveral,
    PreflightsKnowTheLastAddress,
    CookiesKnowTheLastAddress,
    NullIsAskedAgain,
    FailuresAreRemembered,
    SafelistedMethodsAreRemembered,
}

impl Difference {
    /// Each with what Chromium does, and where that is written down.
    pub const ALL: [(Self, &str, &str); 7] = [
        // https://xhr.spec.whatwg.org/#dom-xmlhttprequest-send sets the flag whatever the body is.
        (
            Self::NoUploadWithoutBody,
            "an upload listener makes no preflight where there is no body",
            "https://source.chromium.org/chromium/chromium/src/+/main:third_party/blink/renderer/core/xmlhttprequest/xml_http_request.cc",
        ),
        // https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names takes each line by itself.
        (
            Self::OneLineOfSeveral,
            "several lines of a header are one when it is asked whether they are safelisted",
            "https://source.chromium.org/chromium/chromium/src/+/main:third_party/blink/renderer/core/fetch/fetch_manager.cc",
        ),
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch takes the whole list of addresses over.
        (
            Self::PreflightsKnowTheLastAddress,
            "Sec-Fetch-Site of a preflight says nothing of the redirects before it",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_controller.cc",
        ),
        // https://fetch.spec.whatwg.org/#determine-the-same-site-mode looks at the redirects too.
        (
            Self::CookiesKnowTheLastAddress,
            "SameSite of a cookie says nothing of the redirects before it",
            "https://github.com/httpwg/http-extensions/pull/2750",
        ),
        // https://fetch.spec.whatwg.org/#concept-cache compares serialised origins.
        (
            Self::NullIsAskedAgain,
            "no answer to a preflight of the origin null is found again",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_cache.h",
        ),
        // https://fetch.spec.whatwg.org/#concept-main-fetch, step 12, forgets them.
        (
            Self::FailuresAreRemembered,
            "the answer to a preflight is remembered though the request failed",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_controller.cc",
        ),
        // https://fetch.spec.whatwg.org/#concept-http-fetch, step 4.1, asks for the method by its name.
        (
            Self::SafelistedMethodsAreRemembered,
            "what is remembered covers safelisted methods, also with an upload listener",
            "https://source.chromium.org/chromium/chromium/src/+/main:services/network/cors/preflight_result.cc",
        ),
    ];
}

/// Those that are applied.
#[derive(Clone, Debug)]
pub struct Differences(Vec<Difference>);

impl Differences {
    pub fn all() -> Self {
        Self(Difference::ALL.iter().map(|(difference, ..)| *difference).collect())
    }

    pub fn without(mut self, difference: Difference) -> Self {
        self.0.retain(|one| *one != difference);
        self
    }

    pub fn has(&self, difference: Difference) -> bool {
        self.0.contains(&difference)
    }

    /// Whether the call has an upload listener that counts.
    pub fn listens(&self, scenario: &Scenario) -> bool {
        let counts = scenario.body != Body::None || !self.has(Difference::NoUploadWithoutBody);
        scenario.api == Api::XhrWithUploadListener && counts
    }

    /// Whether script's lines of one name are one line.
    pub fn joins_lines(&self, scenario: &Scenario) -> bool {
        let has_several =
            matches!(scenario.headers, Headers::ContentTypeTwice | Headers::Over1024InAll);
        // Without CORS, what may be set is decided line by line, and before.
        let is_after_the_guard = scenario.mode != Mode::NoCors;
        // https://xhr.spec.whatwg.org/#dom-xmlhttprequest-setrequestheader
        let is_by_xhr = scenario.api != Api::Fetch;
        is_by_xhr || (self.has(Difference::OneLineOfSeveral) && has_several && is_after_the_guard)
    }

    /// Whether the model would find an answer to this preflight, and Chromium does not.
    pub fn asks_again(&self, preflight: &Arrived) -> bool {
        let has = |header, value: &str| preflight.get(header).is_some_and(|it| it == value);
        let is_of_null = has("origin", "null");
        is_of_null && self.has(Difference::NullIsAskedAgain)
    }

    /// Whether Chromium finds an answer to this preflight in what came before, and the model does not.
    pub fn finds(&self, scenario: &Scenario, before: &[Arrived], preflight: &Arrived) -> bool {
        let asks = |header, value: &str| preflight.get(header).is_some_and(|it| it == value);
        // What is remembered of `*` does not cover it, by the standard and in Chromium.
        let is_by_name_alone = scenario.policy == Policy::WildcardsByHand
            && asks("access-control-request-headers", "authorization");
        let method = preflight.get("access-control-request-method").map(String::as_str);
        let path = preflight.get("path");
        self.has(Difference::SafelistedMethodsAreRemembered)
            && matches!(method, Some("GET" | "HEAD" | "POST"))
            && scenario.max_age != MaxAge::Zero
            && before.contains(preflight)
            && before.iter().any(|one| !is_preflight(one) && one.get("path") == path)
            && !self.asks_again(preflight)
            && !is_by_name_alone
    }

    /// What the model sent, as Chromium would have sent it.
    pub fn apply(&self, scenario: &Scenario, sent: &mut [Arrived], ports: Ports) {
        for one in sent {
            let site = site(scenario.relation, Host::served_at(&one["host"], ports));
            if is_preflight(one) {
                if self.has(Difference::PreflightsKnowTheLastAddress) {
                    one.insert("sec-fetch-site", site.to_owned());
                }
            } else if self.has(Difference::CookiesKnowTheLastAddress) && site != "cross-site" {
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

/// What a server is to the page.
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
