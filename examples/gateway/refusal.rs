use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;

use crate::body::ResponseBody;

/// What the gateway answers in the upstream's place. It passes through the layers, so that pages can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It may not be sent on.
    BadRequest(&'static str),
    /// The gateway cannot do that.
    NotImplemented(&'static str),
    /// The upstream is not there, or is not understood.
    BadGateway,
    /// The upstream says nothing.
    GatewayTimeout,
}

impl Refusal {
    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        let (status, text) = match self {
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, why),
            Self::NotImplemented(why) => (StatusCode::NOT_IMPLEMENTED, why),
            Self::BadGateway => (StatusCode::BAD_GATEWAY, "the upstream cannot be asked"),
            Self::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, "the upstream does not answer"),
        };
        let mut response =
            Response::new(ResponseBody::Own(Full::from(format!("{status}: {text}\n"))));
        *response.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}
