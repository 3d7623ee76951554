//! What a browser remembers of the answers to preflights. F33, F43.

use super::{
    Browser,
    page::{Call, Credentials, Sent, is_safelisted_method},
};

/// What a browser has been told, in the order in which it was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    told: Vec<Told>,
}

/// What the answer to a preflight says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) methods: Vec<String>,
    /// In lower case.
    pub(crate) names: Vec<String>,
    /// In seconds.
    pub(crate) max_age: u64,
}

#[derive(Clone, Debug)]
struct Told {
    origin: String,
    address: String,
    includes_credentials: bool,
    until: u64,
    answer: Answer,
}

impl Memory {
    /// Whether nothing has to be asked. What was told without credentials does not count with them.
    pub(crate) fn has(&self, call: &Call, sent: &Sent, browser: Browser) -> bool {
        let includes = call.credentials == Credentials::Include;
        let counts = |told: &&Told| {
            told.is_about(call)
                && told.until > browser.now
                && (told.includes_credentials || !includes)
        };
        let told: Vec<&Answer> = self.told.iter().filter(counts).map(|told| &told.answer).collect();
        let has_method = |method: &str| {
            told.iter().any(|answer| answer.methods.iter().any(|one| one == method || one == "*"))
        };
        let has_name = |name: &str| {
            let is_by_name = name == "authorization";
            let is = |one: &String| one == name || (one == "*" && !is_by_name);
            told.iter().any(|answer| answer.names.iter().any(is))
        };
        let needs_method = !is_safelisted_method(&sent.method) || sent.is_asked_for_anyway;
        (!needs_method || has_method(&sent.method))
            && sent.unsafe_names.iter().all(|name| has_name(name))
    }

    pub(crate) fn keep(&mut self, call: &Call, answer: &Answer, browser: Browser) {
        self.told.push(Told {
            origin: call.origin.clone(),
            address: call.address.clone(),
            includes_credentials: call.credentials == Credentials::Include,
            until: browser.now + answer.max_age.min(browser.longest),
            answer: answer.clone(),
        });
    }

    /// Where a call that was preflighted fails, all of its origin and address is forgotten.
    pub(crate) fn forget(&mut self, call: &Call) {
        self.told.retain(|told| !told.is_about(call));
    }

    /// When the last of what was told ends.
    pub(crate) fn until(&self) -> Option<u64> {
        self.told.iter().map(|told| told.until).max()
    }
}

impl Told {
    fn is_about(&self, call: &Call) -> bool {
        self.origin == call.origin && self.address == call.address
    }
}
