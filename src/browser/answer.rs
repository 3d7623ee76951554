use std::{fmt, future::poll_fn, pin::pin};

use bytes::Buf;
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as HttpBody;

use super::{
    blocked::{Reason, Step, Stop},
    request::Request,
};

/// What came back, from the service or from what the browser kept.
pub(super) struct Answer<R> {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: AnswerBody<R>,
}

pub(super) enum AnswerBody<R> {
    Kept(Vec<u8>),
    Stream(R),
}

impl<R> Answer<R>
where
    R: HttpBody,
    R::Error: fmt::Display,
{
    /// The whole body.
    pub(super) async fn read(self, request: &Request) -> Result<Vec<u8>, Stop> {
        // https://fetch.spec.whatwg.org/#null-body-status
        let has_none =
            request.method == Method::HEAD || matches!(self.status.as_u16(), 204 | 205 | 304);
        let body = match self.body {
            AnswerBody::Kept(body) => return Ok(body),
            AnswerBody::Stream(_) if has_none => return Ok(Vec::new()),
            AnswerBody::Stream(body) => body,
        };
        let mut body = pin!(body);
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|error| {
                (Step::Network, Reason::Text(format!("the body ended with an error: {error}")))
            })?;
            let Ok(mut data) = frame.into_data() else { continue };
            while data.has_remaining() {
                let chunk = data.chunk();
                bytes.extend_from_slice(chunk);
                let read = chunk.len();
                data.advance(read);
            }
        }
        Ok(bytes)
    }
}
