use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{
    Method, Request, Response,
    header::{ETAG, LAST_MODIFIED},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::service::mark;
use crate::{response::is_upgrade_response, service::inner_service};

/// Wraps handlers of pings in [`BeaconService`], which sets the headers that their answers need.
///
/// `Cache-Control`, `Cross-Origin-Resource-Policy` and `X-Content-Type-Options` in the place of what is
/// there, see the [module](crate::beacon); `ETag` and `Last-Modified` are removed, since with them a
/// browser asks instead of pinging. The status and the body are the handler's: for an image 204 or an
/// image, never JSON or HTML, and never a redirect.
///
/// ```
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::beacon::BeaconLayer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::convert::Infallible> {
/// let service = ServiceBuilder::new().layer(BeaconLayer::new()).service_fn(
///     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())),
/// );
/// let answer = service.oneshot(Request::default()).await?;
/// assert_eq!(answer.headers()["cache-control"], "no-store");
/// assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct BeaconLayer;

impl BeaconLayer {
    /// The layer.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for BeaconLayer {
    type Service = BeaconService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BeaconService { inner }
    }
}

/// A service whose answers are those to pings. Made by [`BeaconLayer`].
///
/// A `101` and a 2xx to `CONNECT` stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct BeaconService<S> {
    inner: S,
}

impl<S> BeaconService<S> {
    inner_service!();
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for BeaconService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let is_connect = *request.method() == Method::CONNECT;
        ResponseFuture { future: self.inner.call(request), is_connect }
    }
}

pin_project! {
    /// The response of a [`BeaconService`] service.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        is_connect: bool,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx))?;
        apply_to(&mut response, *this.is_connect);
        Poll::Ready(Ok(response))
    }
}

/// Adds the headers of a response to a ping. Leaves a `101` and a 2xx to `CONNECT` unchanged.
pub(crate) fn apply_to<B>(response: &mut Response<B>, is_connect: bool) {
    if !is_upgrade_response(is_connect, response.status()) {
        mark(response);
        let headers = response.headers_mut();
        headers.remove(ETAG);
        headers.remove(LAST_MODIFIED);
    }
}
