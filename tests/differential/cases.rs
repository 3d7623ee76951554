//! Cases: a policy, the response of the service, and pages that send requests to it.

use tower_cross_origin::browser::Engine;

use crate::reference_model::cors_model::{PolicySettings, PolicyText, RuleText, page::Call};

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) rules: Rules,
    pub(crate) response: OwnResponse,
    pub(crate) visits: Vec<Visit>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) texts: Vec<RuleText>,
    pub(crate) whole: PolicySettings,
    pub(crate) preflight_status: u16,
    /// The origins are passed as an `OriginSet`.
    pub(crate) as_sets: bool,
}

impl Rules {
    pub(crate) fn policy(&self) -> PolicyText<'_> {
        PolicyText { rules: &self.texts, whole: &self.whole }
    }
}

/// The response of the service to every request.
#[derive(Clone, Debug)]
pub(crate) struct OwnResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

/// A page and its calls.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) origin: String,
    /// The origin of another page that sends the same requests through the same cache.
    pub(crate) neighbour: String,
    pub(crate) engine: Engine,
    pub(crate) calls: Vec<(Wait, Call)>,
}

/// The time before a call, relative to the expiry of the preflight cache.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Nothing,
    /// Until one second before the preflight cache expires.
    JustBefore,
    /// Until the preflight cache expires.
    Until,
}

impl Call {
    /// Returns the same call from a page with this origin.
    pub(crate) fn by(self, origin: &str) -> Self {
        let is_own = self.owner() == origin;
        Self { origin: origin.to_owned(), is_own, ..self }
    }

    /// Returns the origin of the address.
    pub(crate) fn owner(&self) -> String {
        let (scheme, rest) = self.address.split_once("://").expect("the address is a URL");
        let authority = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{authority}")
    }
}
