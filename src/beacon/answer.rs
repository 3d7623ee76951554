use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use http_body::{Body, Frame, SizeHint};

use crate::{
    embedding::{CROSS_ORIGIN_RESOURCE_POLICY, ResourcePolicyStays},
    response::len_u64,
};

/// The body of an answer of [`Beacon`](super::Beacon): nothing, or an image of 43 bytes.
#[derive(Debug, Default)]
pub struct BeaconBody(Option<Bytes>);

impl Body for BeaconBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_deref().map_or(0, len_u64))
    }
}

/// What a ping is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    NoContent,
    Gif,
    /// To HEAD, where GET gets the image.
    GifHead,
    /// What the service knows; its own answer to a plain `OPTIONS`.
    Methods,
    MethodNotAllowed,
    TooLong,
}

impl Answer {
    /// Of a service that gives images to those who ask for one.
    pub(super) fn to(method: &Method, gives_images: bool) -> Self {
        match *method {
            Method::GET if gives_images => Self::Gif,
            Method::HEAD if gives_images => Self::GifHead,
            Method::GET | Method::HEAD | Method::POST => Self::NoContent,
            Method::OPTIONS => Self::Methods,
            _ => Self::MethodNotAllowed,
        }
    }

    pub(super) fn into_response(self) -> Response<BeaconBody> {
        let body = if self == Self::Gif { Some(Bytes::from_static(GIF)) } else { None };
        let mut response = Response::new(BeaconBody(body));
        *response.status_mut() = match self {
            Self::NoContent | Self::Methods => StatusCode::NO_CONTENT,
            Self::Gif | Self::GifHead => StatusCode::OK,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        };
        mark(&mut response);
        let headers = response.headers_mut();
        match self {
            Self::NoContent | Self::TooLong => {}
            // The length is said, so that it is the same to HEAD.
            Self::Gif | Self::GifHead => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
                headers.insert(CONTENT_LENGTH, HeaderValue::from(GIF.len()));
            }
            Self::Methods | Self::MethodNotAllowed => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
            }
        }
        response
    }
}

/// What the answer to a ping needs. In the place of what is there: two values of these mean none.
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
pub(super) fn mark<B>(response: &mut Response<B>) {
    response.extensions_mut().insert(ResourcePolicyStays);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// One transparent pixel: a logical screen of 1 x 1, a table of two colours, a control extension that
/// makes the first one transparent, and an image of it.
const GIF: &[u8; 43] = b"GIF89a\
    \x01\0\x01\0\x80\0\0\
    \0\0\0\xff\xff\xff\
    !\xf9\x04\x01\0\0\0\0\
    ,\0\0\0\0\x01\0\x01\0\0\
    \x02\x02\x44\x01\0\
    ;";
