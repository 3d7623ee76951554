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

pub(super) mod document_policy;
pub(super) mod opaque_response;
pub(super) mod resource_headers;
pub(super) mod tokens;

pub use self::{
    document_policy::{
        OpenerPolicyValue, Policy, document_isolation_policy, embedder_policy, opener_policy,
        reporting_endpoints, requests_origin_keyed_agent_cluster,
    },
    opaque_response::{OpaqueResponse, opaque_response},
    resource_headers::{is_nosniff, resource_policy, timing_allow_origins},
};
