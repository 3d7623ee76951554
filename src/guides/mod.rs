//! Guides for common tasks: from choosing a layer to debugging browser messages.
//!
//! | guide | contents |
//! |---|---|
//! | [Recipes](recipes) | six common tasks, with the usual mistakes |
//! | [Choosing a layer](choosing_a_layer) | the layer for each problem; `enforce` or guards; the layer order |
//! | [Client libraries](clients) | policies for clients such as tus, SignalR and the AWS SDK |
//! | [Cookies](cookies) | when a request of another origin has cookies: `SameSite`, CHIPS, storage access |
//! | [Applications and extensions](apps) | origins of Tauri, Capacitor, Electron and browser extensions |
//! | [Many tenants](many_tenants) | one policy for each customer, and origins that change at runtime |
//! | [Coming from tower-http](coming_from_tower_http) | the replacement for each setting of tower-http's `CorsLayer`, and the differences |
//! | [Browser messages](my_browser_says) | the cause and the fix of each message in a browser's console |
//! | [Browser engines](browser_engines) | the tests in Chromium, Firefox and WebKit, and the differences between them |
//! | [Caches](caches) | caches and CDNs in front of the service, and policy changes at runtime |
//! | [Observability](observability) | all events, and all names for metrics and logs |

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

#[doc = include_str!("choosing_a_layer.md")]
#[doc(alias("CSRF", "DNS rebinding", "cross-site WebSocket hijacking", "XS-Leaks", "layer order"))]
pub mod choosing_a_layer {}

#[doc = include_str!("clients.md")]
#[doc(alias(
    "axios",
    "jQuery",
    "Apollo",
    "socket.io",
    "SignalR",
    "tus",
    "Uppy",
    "S3",
    "Sentry",
    "OpenTelemetry"
))]
#[doc(alias(
    "htmx", "Turbo", "PDF.js", "hls.js", "tRPC", "OpenAI", "Supabase", "FilePond", "presets"
))]
pub mod clients {}

#[doc = include_str!("cookies.md")]
#[doc(alias(
    "SameSite",
    "third-party cookies",
    "CHIPS",
    "Partitioned",
    "Storage Access API",
    "withCredentials"
))]
pub mod cookies {}

#[doc = include_str!("apps.md")]
#[doc(alias(
    "Tauri",
    "Capacitor",
    "Ionic",
    "Cordova",
    "Electron",
    "webview",
    "chrome-extension",
    "moz-extension"
))]
pub mod apps {}

#[doc = include_str!("many_tenants.md")]
#[doc(alias("multi-tenant", "multitenancy", "customer domains", "allow-list", "whitelist"))]
pub mod many_tenants {}

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

#[doc = include_str!("browser_engines.md")]
#[doc = include_str!("browser_engines.svg")]
#[doc(alias("Chromium", "Chrome", "Firefox", "WebKit", "Safari", "browser support"))]
pub mod browser_engines {}
