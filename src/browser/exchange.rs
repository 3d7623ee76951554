use http::{HeaderMap, Method, StatusCode};

/// A request that was sent, and what the server answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(super) is_preflight: bool,
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) request_headers: HeaderMap,
    pub(super) answer: Option<(StatusCode, HeaderMap)>,
}

impl Exchange {
    /// Whether the browser asked for another request.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// The method as it was sent.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address that was asked.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers as they were sent.
    pub fn request_headers(&self) -> &HeaderMap {
        &self.request_headers
    }

    /// One of the headers that were sent, as text.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        self.request_headers.get(name)?.to_str().ok()
    }

    /// The answer's status; `None` where the service ended with an error.
    pub fn status(&self) -> Option<StatusCode> {
        self.answer.as_ref().map(|(status, _)| *status)
    }

    /// The answer's headers, those that no page can read among them.
    pub fn response_headers(&self) -> Option<&HeaderMap> {
        self.answer.as_ref().map(|(_, headers)| headers)
    }
}
