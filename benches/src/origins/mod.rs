//! Origin sets, alternatives to them, and the lookups that compare them.

mod by_hand;
mod case;
mod corpus;
mod layers;
mod lookup;
mod queries;

pub use self::{
    by_hand::{List, SuffixMap},
    case::{Case, PatternCase, Patterns},
    corpus::{pattern, pattern_hit, regexes, tenant, tenants},
    layers::{
        allows, any_origin_policy, bare_by_router, ours_by_router, ours_for, policy_for,
        request_from, tower_http_by_router, tower_http_for,
    },
    lookup::Lookup,
    queries::{LookupKind, Queries},
};
