//! Test which policies a browser reads from your response headers.
//!
//! Each function takes the headers of a response and returns the value that a browser uses. Browsers
//! ignore some mistakes without an error, such as a second field line, a list or a wrong case. These
//! functions ignore them too, so that a test detects the missing policy:
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
//! assert_eq!(resource_policy(&headers), None, "a second field line disables the policy");
//! assert_eq!(opener_policy(&headers).value(), OpenerPolicyValue::UnsafeNone);
//! ```
//!
//! Browsers apply document policies only in secure contexts: over `https`, or from the local machine.
//! [`Page`](crate::browser::Page) checks this. These functions do not check it, because they do not
//! receive the address of the response.

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
