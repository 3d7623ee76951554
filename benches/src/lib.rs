//! What a CORS layer adds to a request: three ways to have one, and the requests that ask them.

pub mod allocations;
mod bare;
mod by_hand;
mod contender;
mod drive;
mod handler;
mod request;
mod way;

pub use self::{
    bare::Bare,
    by_hand::ByHand,
    contender::{Contender, ours, tower_http, tower_http_mirror},
    drive::{answer, answer_by_clone},
    handler::{Handler, Handling},
    request::Asked,
    way::Way,
};
