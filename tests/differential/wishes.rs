//! Any policy, and the pages that visit it.

use proptest::{prelude::*, sample::select};
use tower_cross_origin::browser::Engine;

use crate::{
    calls::{CallWish, call_wish},
    cases::{Case, Visit, Wait},
    pages::{PageWish, page_wish},
    policies::{own_response, rules},
    reference_model::cors_model::RuleText,
};

pub(crate) const VISITS: usize = 6;

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let visits = prop::collection::vec(visit_wish(), VISITS);
    (rules(), own_response(), visits).prop_map(|(rules, response, wishes)| {
        let visits = wishes.iter().map(|wish| wish.under(&rules.texts)).collect();
        Case { rules, response, visits }
    })
}

#[derive(Clone, Debug)]
struct VisitWish {
    page: PageWish,
    neighbour: PageWish,
    engine: Engine,
    calls: [(Wait, CallWish); 2],
    /// Whether the second call is the first one again.
    is_repeated: bool,
}

fn visit_wish() -> impl Strategy<Value = VisitWish> {
    let call = || (select(WAITS), call_wish());
    let calls = (call(), call()).prop_map(|(one, other)| [one, other]);
    (page_wish(), page_wish(), select(ENGINES), calls, any::<bool>()).prop_map(
        |(page, neighbour, engine, calls, is_repeated)| VisitWish {
            page,
            neighbour,
            engine,
            calls,
            is_repeated,
        },
    )
}

impl VisitWish {
    fn under(&self, rules: &[RuleText]) -> Visit {
        let origin = self.page.under(rules);
        let [(_, first), (wait, second)] = &self.calls;
        let first = first.under(rules, &origin);
        let second = if self.is_repeated { first.clone() } else { second.under(rules, &origin) };
        Visit {
            neighbour: self.neighbour.under(rules),
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
