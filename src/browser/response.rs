use std::{fmt, future::poll_fn, pin::pin};

use bytes::Buf;
use http::{HeaderMap, Method, StatusCode, header::LOCATION};
use http_body::Body as HttpBody;
use url::Url;

use super::{
    blocked::{BlockedStep, Reason, Stop},
    request::{RedirectError, Request},
};

/// A response from the service or from the HTTP cache.
pub(super) struct Response<R> {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: ResponseBody<R>,
}

pub(super) enum ResponseBody<R> {
    Cached(Vec<u8>),
    Stream(R),
}

impl<R> Response<R> {
    /// Returns whether the status is a redirect status. <https://fetch.spec.whatwg.org/#redirect-status>
    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308)
    }

    /// Returns the target of a redirect; `None` if the response has no `Location`.
    ///
    /// Browsers treat a redirect without `Location` as an ordinary response.
    /// <https://fetch.spec.whatwg.org/#concept-response-location-url>
    pub(super) fn location(&self, request: &Request) -> Option<Result<Url, RedirectError>> {
        let mut lines = self.headers.get_all(LOCATION).iter();
        let value = lines.next()?;
        // Two field lines are invalid, because `Location` is not a list.
        // https://fetch.spec.whatwg.org/#extract-header-list-values
        if lines.next().is_some() {
            return Some(Err(RedirectError::NotHttp));
        }
        let text = String::from_utf8_lossy(value.as_bytes());
        let url = request.url().and_then(|url| url.join(&text).ok());
        Some(url.ok_or(RedirectError::NotHttp).map(|mut url| {
            url.set_fragment(None);
            url
        }))
    }
}

impl<R> Response<R>
where
    R: HttpBody,
    R::Error: fmt::Display,
{
    /// Reads the complete body.
    pub(super) async fn read_body(self, request: &Request) -> Result<Vec<u8>, Stop> {
        // https://fetch.spec.whatwg.org/#null-body-status
        let has_null_body =
            request.method == Method::HEAD || matches!(self.status.as_u16(), 204 | 205 | 304);
        let body = match self.body {
            ResponseBody::Cached(body) => return Ok(body),
            ResponseBody::Stream(_) if has_null_body => return Ok(Vec::new()),
            ResponseBody::Stream(body) => body,
        };
        let mut body = pin!(body);
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|error| {
                (
                    BlockedStep::Network,
                    Reason::Text(format!("reading the response body failed: {error}")),
                )
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
