/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It has no `Origin`, and is passed on.
    Plain,
    /// It is passed on, and the page may read the response.
    Allowed,
    /// It is passed on, and no page may read the response.
    Rejected,
    /// The browser was told that the page may send what it asked for.
    PreflightAllowed,
    /// The browser was told nothing, with status 403; or, with
    /// [`debug_origins`](super::CorsConfig::debug_origins), just enough to name the failing step.
    PreflightRejected,
    /// It comes from a page of the service's own origin, and is passed on. Told from others with
    /// [`enforce`](super::CorsConfig::enforce) alone.
    SameOrigin,
    /// It is not passed on: [`enforce`](super::CorsConfig::enforce) answers it with status 403.
    Forbidden,
    /// CORS is [not handled](super::Choice::NotHandled) for it: the request and its response pass unchanged.
    NotHandled,
}

impl Outcome {
    /// A name for logs and metrics, such as `preflight-rejected`.
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

/// Where a request fails, in the order in which a browser looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// No rule covers the origin. <https://fetch.spec.whatwg.org/#concept-cors-check>
    Origin,
    /// The rule does not allow the method.
    Method,
    /// The rule does not allow one of the request headers.
    RequestHeaders,
}

impl Step {
    /// A name for logs and metrics, such as `request-headers`.
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
