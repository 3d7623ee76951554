//! Contenders, requests and counters for measuring CORS layers, origin lookups and event streams.

pub mod allocations;
mod bare;
mod by_hand;
mod call_mode;
mod contender;
mod drive;
pub mod guards;
mod handler;
mod instruction_counts;
mod number;
pub mod origins;
mod request;
pub mod streams;
pub mod whole;

pub use self::{
    bare::Bare,
    by_hand::ByHand,
    call_mode::CallMode,
    contender::{
        Contender, ours, ours_by_handle, ours_cross_origin, tower_http, tower_http_mirror,
    },
    drive::{call, call_clone},
    handler::{Handler, HandlerFuture},
    instruction_counts::InstructionCounts,
    number::group_digits,
    request::RequestKind,
};
