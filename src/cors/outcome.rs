/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The request has no `Origin`, and reaches the service.
    Plain,
    /// The request reaches the service, and the page may read the response.
    ///
    /// With a [static origin](super::Rule::for_static_origin), this is the outcome for every origin, and browsers block
    /// pages of other origins.
    Allowed,
    /// The request reaches the service, but no page may read the response.
    Rejected,
    /// The layer responds to the preflight and allows the actual request.
    PreflightAllowed,
    /// The layer responds to the preflight and does not allow the actual request.
    ///
    /// If a rule allows the origin, the response has the status of an allowed preflight. The headers make the browser
    /// fail at the method or the header that is not allowed, and report it. Otherwise, and with
    /// [`hide_failing_step`](super::CorsConfig::hide_failing_step), the status is 403.
    PreflightRejected,
    /// The request comes from a page of the service itself, and reaches the service.
    ///
    /// Only [`enforce`](super::CorsConfig::enforce) detects such requests.
    SameOrigin,
    /// The layer rejects the request with status 403, by [`enforce`](super::CorsConfig::enforce).
    Forbidden,
    /// CORS is [not handled](super::Choice::NotHandled): the request and its response pass unchanged.
    NotHandled,
}

impl Outcome {
    /// Returns the name for logs and metrics, such as `preflight-rejected`.
    ///
    /// ```
    /// use tower_cross_origin::cors::Outcome;
    ///
    /// assert_eq!(Outcome::PreflightRejected.as_str(), "preflight-rejected");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Allowed => "allowed",
            Self::Rejected => "rejected",
            Self::PreflightAllowed => "preflight-allowed",
            Self::PreflightRejected => "preflight-rejected",
            Self::SameOrigin => "same-origin",
            Self::Forbidden => "forbidden",
            Self::NotHandled => "not-handled",
        }
    }
}

/// A step at which a request can fail, in the order of the browser's checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// No rule matches the origin. <https://fetch.spec.whatwg.org/#concept-cors-check>
    Origin,
    /// The rule does not allow the method.
    Method,
    /// The rule does not allow one of the request headers.
    RequestHeaders,
}

impl Step {
    /// Returns the name for logs and metrics, such as `request-headers`.
    ///
    /// ```
    /// use tower_cross_origin::cors::Step;
    ///
    /// assert_eq!(Step::RequestHeaders.as_str(), "request-headers");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Method => "method",
            Self::RequestHeaders => "request-headers",
        }
    }
}
