//! The preflight cache of a browser. F33, F43

use super::{
    Browser,
    page::{Call, Credentials, SentRequest, is_safelisted_method},
};

/// The preflight cache, in the order of its insertions.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreflightCache {
    entries: Vec<Entry>,
}

/// The response to a preflight.
#[derive(Clone, Debug, Default)]
pub(crate) struct PreflightResponse {
    pub(crate) methods: Vec<String>,
    /// The names of allowed headers, in lower case.
    pub(crate) names: Vec<String>,
    /// The maximum age in seconds.
    pub(crate) max_age: u64,
}

#[derive(Clone, Debug)]
struct Entry {
    origin: String,
    address: String,
    includes_credentials: bool,
    until: u64,
    response: PreflightResponse,
}

impl PreflightCache {
    /// Returns `true` if the call does not need a preflight.
    ///
    /// Responses to preflights without credentials do not apply to calls with credentials.
    pub(crate) fn allows(&self, call: &Call, sent: &SentRequest, browser: Browser) -> bool {
        let includes = call.credentials == Credentials::Include;
        let applies = |entry: &&Entry| {
            entry.matches(call)
                && entry.until > browser.now
                && (entry.includes_credentials || !includes)
        };
        let responses: Vec<&PreflightResponse> =
            self.entries.iter().filter(applies).map(|entry| &entry.response).collect();
        let has_method = |method: &str| {
            responses
                .iter()
                .any(|response| response.methods.iter().any(|one| one == method || one == "*"))
        };
        let has_name = |name: &str| {
            let is_literal_only = name == "authorization";
            let is_star = !is_literal_only || browser.caches_star_for_authorization;
            let is_match = |one: &String| one == name || (one == "*" && is_star);
            responses.iter().any(|response| response.names.iter().any(is_match))
        };
        let needs_method = !is_safelisted_method(&sent.method) || sent.always_needs_preflight;
        let is_by_address = browser.caches_safelisted_methods
            && is_safelisted_method(&sent.method)
            && !responses.is_empty();
        (!needs_method || is_by_address || has_method(&sent.method))
            && sent.unsafe_names.iter().all(|name| has_name(name))
    }

    pub(crate) fn store(&mut self, call: &Call, response: &PreflightResponse, browser: Browser) {
        if call.origin == "null" && !browser.caches_null {
            return;
        }
        self.entries.push(Entry {
            origin: call.origin.clone(),
            address: call.address.clone(),
            includes_credentials: call.credentials == Credentials::Include,
            until: browser.now + response.max_age.min(browser.longest),
            response: response.clone(),
        });
    }

    /// Removes all entries for the origin and the address of a failed call.
    pub(crate) fn clear(&mut self, call: &Call) {
        self.entries.retain(|entry| !entry.matches(call));
    }

    /// Returns the time at which the last entry expires.
    pub(crate) fn until(&self) -> Option<u64> {
        self.entries.iter().map(|entry| entry.until).max()
    }
}

impl Entry {
    fn matches(&self, call: &Call) -> bool {
        self.origin == call.origin && self.address == call.address
    }
}
