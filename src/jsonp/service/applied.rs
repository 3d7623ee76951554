use http::StatusCode;

use crate::jsonp::Callback;

/// In the extensions of a response that was written into a script: the callback that it calls. For
/// layers outside that count or log.
///
/// ```
/// use http::Response;
/// use tower_cross_origin::jsonp::JsonpApplied;
///
/// fn callback<B>(response: &Response<B>) -> Option<&str> {
///     Some(response.extensions().get::<JsonpApplied>()?.callback().as_str())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonpApplied {
    callback: Callback,
    status: StatusCode,
}

impl JsonpApplied {
    pub(super) fn new(callback: Callback, status: StatusCode) -> Self {
        Self { callback, status }
    }

    /// The callback that the response calls.
    pub fn callback(&self) -> &Callback {
        &self.callback
    }

    /// The status of the service's response, which the script may no longer have.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}
