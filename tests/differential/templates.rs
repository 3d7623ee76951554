//! Generators of cases: a random policy and pages that send requests to its service.

use proptest::{prelude::*, sample::select};
use tower_cross_origin::browser::Engine;

use crate::{
    calls::{CallTemplate, call_template},
    cases::{Case, Visit, Wait},
    pages::{PageTemplate, page_template},
    policies::{own_response, rules},
    reference_model::cors_model::PolicyText,
};

pub(crate) const VISITS: usize = 6;

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let visits = prop::collection::vec(visit_template(), VISITS);
    (rules(), own_response(), visits).prop_map(|(rules, response, templates)| {
        let visits =
            templates.iter().map(|template| template.instantiate(rules.policy())).collect();
        Case { rules, response, visits }
    })
}

#[derive(Clone, Debug)]
struct VisitTemplate {
    page: PageTemplate,
    neighbour: PageTemplate,
    engine: Engine,
    calls: [(Wait, CallTemplate); 2],
    /// The second call repeats the first one.
    is_repeated: bool,
}

fn visit_template() -> impl Strategy<Value = VisitTemplate> {
    let call = || (select(WAITS), call_template());
    let calls = (call(), call()).prop_map(|(one, other)| [one, other]);
    (page_template(), page_template(), select(ENGINES), calls, any::<bool>()).prop_map(
        |(page, neighbour, engine, calls, is_repeated)| VisitTemplate {
            page,
            neighbour,
            engine,
            calls,
            is_repeated,
        },
    )
}

impl VisitTemplate {
    fn instantiate(&self, policy: PolicyText<'_>) -> Visit {
        let origin = self.page.instantiate(policy.rules);
        let [(_, first), (wait, second)] = &self.calls;
        let first = first.instantiate(policy, &origin);
        let second =
            if self.is_repeated { first.clone() } else { second.instantiate(policy, &origin) };
        Visit {
            neighbour: self.neighbour.instantiate(policy.rules),
            engine: self.engine,
            calls: vec![(Wait::Nothing, first), (*wait, second)],
            origin,
        }
    }
}

const ENGINES: &[Engine] = &[
    Engine::Standard,
    Engine::Standard,
    Engine::Standard,
    Engine::Chromium,
    Engine::Firefox,
    Engine::WebKit,
];
const WAITS: &[Wait] = &[Wait::Nothing, Wait::JustBefore, Wait::Until];
