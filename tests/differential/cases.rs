//! What is compared: a policy as it is written, what the service answers, and the pages that visit it.

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
    /// Whether the origins are given as a set, which rules may share.
    pub(crate) as_sets: bool,
}

impl Rules {
    pub(crate) fn policy(&self) -> PolicyText<'_> {
        PolicyText { rules: &self.texts, whole: &self.whole }
    }
}

/// What the service answers to whatever reaches it.
#[derive(Clone, Debug)]
pub(crate) struct OwnResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

/// A page and its calls.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) origin: String,
    /// Of another page that asks for the same by the same cache.
    pub(crate) neighbour: String,
    pub(crate) engine: Engine,
    pub(crate) calls: Vec<(Wait, Call)>,
}

/// Before a call, and as seen from what the browser was told of the calls before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Nothing,
    /// Until a second before it is forgotten.
    JustBefore,
    /// Until it is forgotten.
    Until,
}

impl Call {
    /// The same call, made by a page of this origin.
    pub(crate) fn by(self, origin: &str) -> Self {
        let is_own = self.owner() == origin;
        Self { origin: origin.to_owned(), is_own, ..self }
    }

    /// The origin of the address.
    pub(crate) fn owner(&self) -> String {
        let (scheme, rest) = self.address.split_once("://").expect("an address");
        let authority = rest.split('/').next().unwrap_or_default();
        format!("{scheme}://{authority}")
    }
}
