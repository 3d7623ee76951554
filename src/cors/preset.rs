use std::{sync::LazyLock, time::Duration};

use super::{policy::CorsPolicy, rule::Rule};
#[cfg(all(feature = "guard", feature = "tower"))]
use crate::origin::OriginSet;

/// Policies for common services.
impl CorsPolicy {
    /// Returns the policy of a public API: any origin, and no credentials.
    ///
    /// It allows any method and any request header, including `Authorization`. Pages may read every response
    /// header.
    ///
    /// Pages cannot send cookies to it. Do not use it for a service that only the network protects: a page
    /// in a visitor's browser is inside that network. For data that pages only read,
    /// [`Rule::public_read_only`] allows less.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome}};
    ///
    /// let policy = CorsPolicy::public_api();
    /// let preflight = Request::options("/items/1")
    ///     .header("origin", "https://anyone.example")
    ///     .header("access-control-request-method", "DELETE")
    ///     .header("access-control-request-headers", "authorization,x-anything")
    ///     .body(())
    ///     .unwrap();
    /// let decision = policy.decide(&RequestHead::from(&preflight));
    /// assert_eq!(decision.outcome(), Outcome::PreflightAllowed);
    /// ```
    pub fn public_api() -> Self {
        static PUBLIC_API: LazyLock<CorsPolicy> = LazyLock::new(|| {
            let rule = Rule::for_any_origin()
                .allow_any_method()
                .allow_any_header()
                .allow_headers(["authorization"])
                .expose_any_header()
                .max_age(TEN_MINUTES);
            CorsPolicy::without_faults(&rule.into())
        });
        PUBLIC_API.clone()
    }
}

/// Rules and permissions for common clients.
impl Rule {
    /// Creates a rule for public data, such as fonts, feeds and open data.
    ///
    /// It allows no credentials, and the methods `GET`, `HEAD` and `POST`. Pages may read every response
    /// header. Pages may also send the request headers for ranges, validators and event streams: `range`,
    /// `if-range`, `if-none-match`, `if-modified-since` and `last-event-id`. They are defined in RFC 9110,
    /// sections 13 and 14, and in HTML, "Server-sent events". Browsers cache preflights for ten minutes,
    /// which is WebKit's maximum.
    ///
    /// The warning of [`for_any_origin`](Self::for_any_origin) applies.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(Rule::public_read_only())?;
    /// assert!(policy.lints().is_empty());
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn public_read_only() -> Self {
        Self::for_any_origin()
            .allow_headers(READ_ONLY_HEADERS)
            .expose_any_header()
            .max_age(TEN_MINUTES)
    }

    /// Creates a rule for pages that run on the developer's own machine.
    ///
    /// It matches `localhost` and its subdomains, `127.0.0.1` and `[::1]`, with `http` or `https` and any
    /// port. It allows every method and every request header, including `Authorization`. It allows no
    /// credentials, which [`allow_credentials`](Self::allow_credentials) adds, and exposes no response
    /// headers. Browsers do not cache preflights, so a change of the policy takes effect immediately.
    ///
    /// Do not use it in production: any program on a user's machine can serve such an origin. The rule does
    /// not protect a server on that machine, which every page that the user opens can reach.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().allow_credentials(true).expose_headers(["etag"]);
    /// let policy = CorsPolicy::new(rule)?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_loopback_origins() -> Self {
        Self::for_origins(LOOPBACK_ORIGINS)
            .allow_any_method()
            .allow_any_header()
            .allow_headers(["authorization"])
            .max_age(Duration::ZERO)
    }

    /// Returns whether the origins include every origin of [`for_loopback_origins`](Self::for_loopback_origins).
    #[cfg(all(feature = "guard", feature = "tower"))]
    pub(crate) fn matches_every_loopback_origin(origins: &OriginSet) -> bool {
        let has = |text: &str| origins.iter().any(|member| member.as_str() == text);
        LOOPBACK_ORIGINS.iter().all(|text| has(text))
    }

    /// Allows the gRPC-Web and Connect clients that run in a browser.
    ///
    /// Adds these request headers and exposed headers:
    ///
    /// | | names | source |
    /// |---|---|---|
    /// | request | `content-type`, `x-grpc-web`, `x-user-agent`, `grpc-timeout` | [gRPC-Web] |
    /// | request | `connect-protocol-version`, `connect-timeout-ms` | [Connect] |
    /// | exposed | `grpc-status`, `grpc-message`, `grpc-status-details-bin` | [gRPC-Web] |
    ///
    /// Without the exposed headers, calls succeed. However, a client cannot distinguish errors if the server
    /// responds with trailers only. Add the names of your own metadata with
    /// [`allow_headers`](Self::allow_headers) and [`expose_headers`](Self::expose_headers).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com"])
    ///         .allow_grpc_web()
    ///         .allow_headers(["x-tenant"]),
    /// )?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// [gRPC-Web]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
    /// [Connect]: https://connectrpc.com/docs/cors
    pub fn allow_grpc_web(self) -> Self {
        self.allow_headers(GRPC_WEB_REQUEST_HEADERS).expose_headers(GRPC_WEB_EXPOSED_HEADERS)
    }

    /// Allows the clients of the Model Context Protocol (MCP) that run in a browser.
    ///
    /// Adds the request headers and the exposed headers of the Streamable HTTP transport:
    ///
    /// | | names |
    /// |---|---|
    /// | request | `authorization`, `content-type`, `last-event-id`, `mcp-method`, `mcp-name`, `mcp-protocol-version`, `mcp-session-id` |
    /// | exposed | `mcp-session-id`, `www-authenticate` |
    ///
    /// Adds the method `DELETE`, which ends a session. `GET` and `POST` are always allowed. Source:
    /// [MCP, Streamable HTTP](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// CorsPolicy::new(Rule::for_loopback_origins().allow_mcp())?;
    /// CorsPolicy::new(Rule::for_origins(["https://inspector.example"]).allow_mcp())?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn allow_mcp(self) -> Self {
        self.allow_methods(["DELETE"])
            .allow_headers(MCP_REQUEST_HEADERS)
            .expose_headers(MCP_EXPOSED_HEADERS)
    }

    /// Allows pages to read event streams by `fetch` instead of `EventSource`.
    ///
    /// Adds the request headers `last-event-id` and `cache-control`. Several clients set `cache-control` to
    /// `no-cache`.
    ///
    /// An `EventSource` sends both headers across origins without a preflight (HTML, "Server-sent events").
    /// For `fetch` they need a preflight. If clients also send other headers, such as the `content-type` of a
    /// `POST` with JSON, allow these too.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com"])
    ///         .allow_sse_over_fetch()
    ///         .allow_headers(["authorization", "content-type"]),
    /// )?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn allow_sse_over_fetch(self) -> Self {
        self.allow_headers(EVENT_STREAM_HEADERS)
    }

    /// Allows pages to send beacons of any media type.
    ///
    /// Allows credentials, which `navigator.sendBeacon` always includes. Adds the request header
    /// `content-type`, since a `Blob` whose media type is not safelisted needs a preflight (Beacon, section
    /// 4.2). Browsers cache preflights for ten minutes.
    ///
    /// Use it only for a service that receives beacons, such as [`Beacon`](crate::beacon): the rule allows
    /// credentials for all responses of the wrapped service.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_beacons())?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn allow_beacons(self) -> Self {
        self.allow_credentials(true).allow_headers(["content-type"]).max_age(TEN_MINUTES)
    }
}

const MCP_REQUEST_HEADERS: [&str; 7] = [
    "authorization",
    "content-type",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
];

const MCP_EXPOSED_HEADERS: [&str; 2] = ["mcp-session-id", "www-authenticate"];

const READ_ONLY_HEADERS: [&str; 5] =
    ["range", "if-range", "if-none-match", "if-modified-since", "last-event-id"];

const TEN_MINUTES: Duration = Duration::from_secs(600);

const LOOPBACK_ORIGINS: [&str; 8] = [
    "http://localhost:*",
    "https://localhost:*",
    "http://*.localhost:*",
    "https://*.localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://[::1]:*",
    "https://[::1]:*",
];

const GRPC_WEB_REQUEST_HEADERS: [&str; 6] = [
    "content-type",
    "x-grpc-web",
    "x-user-agent",
    "grpc-timeout",
    "connect-protocol-version",
    "connect-timeout-ms",
];

const EVENT_STREAM_HEADERS: [&str; 2] = ["cache-control", "last-event-id"];

const GRPC_WEB_EXPOSED_HEADERS: [&str; 3] =
    ["grpc-status", "grpc-message", "grpc-status-details-bin"];
