//! How do I set all of that at once? One configuration for every layer of the crate, which holds origins
//! once; and one layer that stacks them.
//!
//! A [`CrossOriginConfig`] has a part for each room, as data or in a [file](CrossOriginConfig#from-a-file). A
//! [`CrossOriginPolicy`] is made of it and knows no fault. A [`CrossOriginLayer`] puts the layers around a
//! service, from the outside to the inside:
//!
//! | layer | part | why there |
//! |---|---|---|
//! | [`BeaconLayer`](crate::beacon::BeaconLayer) | `beacon` | its answer to a ping is for every page |
//! | [`EmbeddingLayer`](crate::embedding::EmbeddingLayer) | `embedding` | its headers are on refusals, too |
//! | [`Host`](crate::guard::HostCheck) | `guard.host` | no page reads that it was refused |
//! | [`CorsLayer`](crate::cors::CorsLayer) | `cors` | it answers preflights before anything else is asked |
//! | [`WebSocket`](crate::guard::WebSocket), [`Csrf`](crate::guard::Csrf), [`FetchMetadata`](crate::guard::FetchMetadata) | `guard` | a page that may read sees why it was refused |
//! | [`JsonpLayer`](crate::jsonp::JsonpLayer) | `jsonp` | |
//! | [`SseLayer`](crate::push::SseLayer), twice | `sse` | events, and other streams |
//! | `LongPollLayer` | `long_poll` | |
//!
//! What is not configured is not there. What compresses stands outside, and is told by
//! [`is_not_streaming`](crate::push::is_not_streaming) to leave streams alone.
//!
//! # Changed while serving
//!
//! With the feature `reload` a `cors::PolicyHandle` is a source of such a policy, too: each request is
//! answered by one policy in all its parts, and an invalid candidate changes nothing. `examples/gateway` does
//! that with a file, and with a key of Redis.
//!
//! # One list
//!
//! A list below `origins` is named wherever origins are: `"@partners"`. And a guard without `origins` of its
//! own trusts the pages to which a rule of CORS allows credentials, so that the two can never drift apart.
//!
//! # Lints over the whole
//!
//! [`CrossOriginPolicy::lints`] reports those of each part, and what no part can see by itself: timings for
//! pages that CORS lets not read, WebSockets for pages that CORS does not trust with cookies, documents that
//! embed only what says that it may be, where nothing says so; and guards that refuse what another part
//! allows. See [`LintKind`].

mod body;
mod compile;
mod config;
mod cross_checks;
mod decision;
mod error;
mod explain;
mod guards;
mod layer;
mod policy;
mod timed;

pub use self::{
    body::CrossOriginBody,
    config::{
        BeaconConfig, CrossOriginConfig, CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig,
        LongPollConfig, SseConfig, WebSocketConfig,
    },
    decision::{CrossOriginDecision, PlainTextRejection, RejectionResponse, Section},
    error::{CrossOriginConfigError, Fault, FaultKind, Lint, LintKind},
    explain::CrossOriginExplanation,
    layer::{CrossOrigin, CrossOriginLayer, ResponseFuture},
    policy::{CrossOriginPolicy, CrossOriginSource},
};
