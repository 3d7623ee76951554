//! Guides by task.
//!
//! | guide | what it is for |
//! |---|---|
//! | [Recipes](recipes) | six common jobs, and what people trip over |
//! | [Coming from tower-http](coming_from_tower_http) | each setting of tower-http's `CorsLayer`: what to write here, and what differs |
//! | [Browser messages](my_browser_says) | each message in a browser's console: what it means, and what to change |
//! | [Caches](caches) | a cache or a CDN in front of the service, and policies that change at runtime |
//! | [Observability](observability) | every event, and every name for metrics and logs |

#[doc = include_str!("recipes.md")]
#[doc(alias(
    "cookies",
    "SameSite",
    "environment variable",
    "nest",
    "route_layer",
    "405",
    "MCP",
    "tonic"
))]
pub mod recipes {}

#[doc = include_str!("observability.md")]
#[doc(alias("tracing", "metrics", "logs"))]
pub mod observability {}

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
