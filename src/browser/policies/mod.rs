//! The headers about embedding, as browsers read them.
//!
//! Each function takes the headers of a response and says what a browser takes from them. What a browser
//! ignores, such as a second line, a list or another case, is ignored here as well, so that a test of
//! one's own headers sees it:
//!
//! ```
//! use http::{HeaderMap, HeaderValue};
//! use tower_cross_origin::{
//!     browser::policies::{OpenerPolicyValue, opener_policy, resource_policy},
//!     embedding::CrossOriginResourcePolicy,
//! };
//!
//! let mut headers = HeaderMap::new();
//! headers.append("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
//! headers.append("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
//! assert_eq!(resource_policy(&headers), Some(CrossOriginResourcePolicy::SameOrigin));
//! assert_eq!(opener_policy(&headers).value(), OpenerPolicyValue::SameOrigin);
//!
//! headers.append("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
//! headers.append("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
//! assert_eq!(resource_policy(&headers), None, "the second line switches it off");
//! assert_eq!(opener_policy(&headers).value(), OpenerPolicyValue::UnsafeNone);
//! ```
//!
//! The policies of documents count in secure contexts alone: over `https`, or from the machine itself.
//! [`Page`](crate::browser::Page) sees to that; these functions do not know where a response came from.

mod agent_cluster;
mod embedder_policy;
mod isolation_policy;
pub(super) mod mime;
mod opaque_response;
mod opener_policy;
mod policy;
mod reporting;
mod resource_policy;
mod sniffing;
mod structured;
mod timing;

pub use self::{
    agent_cluster::requests_origin_keyed_agent_cluster,
    embedder_policy::embedder_policy,
    isolation_policy::document_isolation_policy,
    opaque_response::{OpaqueResponse, opaque_response},
    opener_policy::{OpenerPolicyValue, opener_policy},
    policy::Policy,
    reporting::reporting_endpoints,
    resource_policy::resource_policy,
    sniffing::is_nosniff,
    timing::timing_allow_origins,
};
pub(super) use self::{
    resource_policy::{Embedder, Refused, resource_policy_check},
    timing::tao_check,
};
