//! Guides: for those who come from another library, and for those whose page reads nothing.
//!
//! | guide | for whom |
//! |---|---|
//! | [Coming from tower-http](coming_from_tower_http) | whose service has tower-http's `CorsLayer`: each setting, what to write here, what differs |
//! | [My browser says](my_browser_says) | who reads in a browser's console that something was blocked: each message, what it means, what to change |

#[doc = include_str!("coming_from_tower_http.md")]
#[doc(alias("permissive", "very_permissive", "allow_origin", "mirror_request", "async_predicate"))]
#[doc(alias("allow_headers", "expose_headers", "allow_private_network"))]
pub mod coming_from_tower_http {}

#[doc = include_str!("my_browser_says.md")]
#[doc(alias("blocked by CORS policy", "Cross-Origin Request Blocked"))]
#[doc(alias("due to access control checks", "preflight request", "CORS error"))]
pub mod my_browser_says {}
