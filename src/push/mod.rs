//! How does the server push? Through responses that come late, or that go on.
//!
//! | what the page does | layer |
//! |---|---|
//! | asks, and waits until there is something to say: long polling | `LongPollLayer`, with the feature `tokio` |

#[cfg(feature = "tokio")]
mod long_poll;

#[cfg(feature = "tokio")]
pub use self::long_poll::{LongPoll, LongPollFuture, LongPollLayer};
