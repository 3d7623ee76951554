//! Sets of origins: what is in them, what they are asked, and what else could be asked.

mod by_hand;
mod case;
mod corpus;
mod layers;
mod lookup;
mod questions;

pub use self::{
    by_hand::{List, SuffixMap},
    case::{Case, PatternCase, Patterns},
    corpus::{pattern, pattern_hit, regexes, tenant, tenants},
    layers::{
        bare_by_router, grants, ours_by_router, ours_of, policy_of, policy_of_any, request_of,
        tower_http_by_router, tower_http_of,
    },
    lookup::Lookup,
    questions::{Question, Questions},
};
