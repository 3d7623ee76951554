use std::{sync::LazyLock, time::Duration};

use super::{policy::CorsPolicy, rule::Rule};

/// Policies that are known to have no faults.
impl CorsPolicy {
    /// Returns the policy of a public API: any origin, any method, any request header including
    /// `Authorization`, every response header readable, no credentials.
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

/// Presets, named after what they allow.
impl Rule {
    /// Creates a rule for data that every page may read, such as fonts, feeds and open data.
    ///
    /// It allows no credentials, and the methods `GET`, `HEAD` and `POST`. Pages may read every response
    /// header, and send the request headers for ranges, validators and event streams: `range`, `if-range`,
    /// `if-none-match`, `if-modified-since` and `last-event-id` (RFC 9110, sections 13 and 14; HTML,
    /// "Server-sent events"). Browsers cache preflights for ten minutes, which is WebKit's maximum.
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
        Self::for_any_origin().allow_headers(READING).expose_any_header().max_age(TEN_MINUTES)
    }

    /// Pages of the developer's own machine may send everything: `localhost` and its subdomains,
    /// `127.0.0.1` and `[::1]`, with `http` and `https` and any port.
    ///
    /// Every method and request header, `Authorization` too. Without credentials, which
    /// [`allow_credentials`](Self::allow_credentials) adds; nothing is exposed. Nothing is kept of a
    /// preflight, so that a change of the policy is seen at once.
    ///
    /// Not for production: any program on a user's machine can serve such an origin, and any page that
    /// the user opens can reach a server on that machine, which this does not protect.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let rule = Rule::for_loopback_origins().allow_credentials(true).expose_headers(["etag"]);
    /// let policy = CorsPolicy::new(rule)?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn for_loopback_origins() -> Self {
        Self::for_origins(LOOPBACK)
            .allow_any_method()
            .allow_any_header()
            .allow_headers(["authorization"])
            .max_age(Duration::ZERO)
    }

    /// Lets browsers' gRPC-Web and Connect clients send what they send and read what they read.
    ///
    /// | | names | source |
    /// |---|---|---|
    /// | request | `content-type`, `x-grpc-web`, `x-user-agent`, `grpc-timeout` | [gRPC-Web] |
    /// | request | `connect-protocol-version`, `connect-timeout-ms` | [Connect] |
    /// | exposed | `grpc-status`, `grpc-message`, `grpc-status-details-bin` | [gRPC-Web] |
    ///
    /// Without the exposed ones calls succeed, but a client cannot tell one error from another where
    /// the server answers with trailers only. Metadata of your own is added by
    /// [`allow_headers`](Self::allow_headers) and
    /// [`expose_headers`](Self::expose_headers).
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
        self.allow_headers(REQUEST_HEADERS).expose_headers(EXPOSED)
    }

    /// Allows the clients of the Model Context Protocol that run in a browser: adds the request headers and the
    /// exposed headers of its Streamable HTTP transport.
    ///
    /// | | names |
    /// |---|---|
    /// | request | `authorization`, `content-type`, `last-event-id`, `mcp-method`, `mcp-name`, `mcp-protocol-version`, `mcp-session-id` |
    /// | exposed | `mcp-session-id`, `www-authenticate` |
    ///
    /// It allows the methods `DELETE`, which ends a session, `GET` and `POST`. Source:
    /// [MCP, Streamable HTTP](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// CorsPolicy::new(Rule::for_loopback_origins().allow_mcp())?;
    /// CorsPolicy::new(Rule::for_origins(["https://inspector.example"]).allow_mcp())?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn allow_mcp(self) -> Self {
        self.allow_methods(["DELETE"]).allow_headers(MCP_REQUEST).expose_headers(MCP_EXPOSED)
    }

    /// Lets pages that read streams of events by `fetch` send what an `EventSource` sends:
    /// `last-event-id`, and `cache-control`, which several clients set to `no-cache`.
    ///
    /// An `EventSource` sends both across origins without asking (HTML, "Server-sent events"); to `fetch`
    /// they are headers like others. What such a client sends beyond, as a `POST` with JSON, is
    /// allowed beside it.
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
        self.allow_headers(EVENT_STREAMS)
    }

    /// Lets pages send beacons of any media type: with credentials, which `navigator.sendBeacon` always
    /// includes, and with `content-type`, for which a `Blob` that is no text asks first (Beacon, section
    /// 4.2). Preflights are kept for ten minutes.
    ///
    /// For a service of pings alone, such as [`Beacon`](crate::beacon): the credentials are allowed to
    /// whatever stands behind the rule.
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

const MCP_REQUEST: [&str; 7] = [
    "authorization",
    "content-type",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
];

const MCP_EXPOSED: [&str; 2] = ["mcp-session-id", "www-authenticate"];

const READING: [&str; 5] =
    ["range", "if-range", "if-none-match", "if-modified-since", "last-event-id"];

const TEN_MINUTES: Duration = Duration::from_secs(600);

const LOOPBACK: [&str; 8] = [
    "http://localhost:*",
    "https://localhost:*",
    "http://*.localhost:*",
    "https://*.localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://[::1]:*",
    "https://[::1]:*",
];

const REQUEST_HEADERS: [&str; 6] = [
    "content-type",
    "x-grpc-web",
    "x-user-agent",
    "grpc-timeout",
    "connect-protocol-version",
    "connect-timeout-ms",
];

const EVENT_STREAMS: [&str; 2] = ["cache-control", "last-event-id"];

const EXPOSED: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
