use super::Rule;

impl Rule {
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
    /// [`allow_request_headers`](Self::allow_request_headers) and
    /// [`expose_response_headers`](Self::expose_response_headers).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, Rule};
    /// let policy = CorsPolicy::new(
    ///     Rule::for_origins(["https://app.example.com"])
    ///         .allow_grpc_web_and_connect()
    ///         .allow_request_headers(["x-tenant"]),
    /// )?;
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    ///
    /// [gRPC-Web]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
    /// [Connect]: https://connectrpc.com/docs/cors
    pub fn allow_grpc_web_and_connect(self) -> Self {
        self.allow_request_headers(REQUEST_HEADERS).expose_response_headers(EXPOSED)
    }
}

const REQUEST_HEADERS: [&str; 6] = [
    "content-type",
    "x-grpc-web",
    "x-user-agent",
    "grpc-timeout",
    "connect-protocol-version",
    "connect-timeout-ms",
];

const EXPOSED: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
