//! What a CORS layer adds to a request: three ways to have one, and the requests that ask them; what a
//! lookup among many origins takes; and what a stream of events holds.

pub mod allocations;
mod bare;
mod by_hand;
mod contender;
mod counted;
mod drive;
pub mod guards;
mod handler;
mod number;
pub mod origins;
mod request;
pub mod streams;
mod way;

pub use self::{
    bare::Bare,
    by_hand::ByHand,
    contender::{Contender, ours, ours_by_handle, tower_http, tower_http_mirror, whole},
    counted::Counted,
    drive::{answer, answer_by_clone},
    handler::{Handler, Handling},
    number::grouped,
    request::Asked,
    way::Way,
};
