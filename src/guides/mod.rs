//! Guides: for those who come from another library, whose page reads nothing, or who have caches.
//!
//! | guide | for whom |
//! |---|---|
//! | [Coming from tower-http](coming_from_tower_http) | whose service has tower-http's `CorsLayer`: each setting, what to write here, what differs |
//! | [My browser says](my_browser_says) | who reads in a browser's console that something was blocked: each message, what it means, what to change |
//! | [Caches](caches) | who has a cache or a CDN before the service, or changes a policy while serving |

#[doc = include_str!("caches.md")]
#[doc(alias("Vary", "CDN", "CloudFront", "Cloudflare", "Akamai", "Varnish", "nginx"))]
pub mod caches {}

#[doc = include_str!("coming_from_tower_http.md")]
#[doc(alias("permissive", "very_permissive", "allow_origin", "mirror_request", "async_predicate"))]
#[doc(alias("allow_headers", "expose_headers", "allow_private_network"))]
pub mod coming_from_tower_http {}

#[doc = include_str!("my_browser_says.md")]
#[doc(alias("blocked by CORS policy", "Cross-Origin Request Blocked"))]
#[doc(alias("due to access control checks", "preflight request", "CORS error"))]
pub mod my_browser_says {}
