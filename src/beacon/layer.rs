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

use super::service::set_ping_headers;
use crate::{response::is_upgrade_response, service::inner_service};

/// Adds the response headers of pings to your own handlers.
///
/// The layer replaces `Cache-Control`, `Cross-Origin-Resource-Policy` and `X-Content-Type-Options`; see the
/// [module](crate::beacon#responses). It removes `ETag` and `Last-Modified`, because a browser would
/// revalidate its cached response instead of sending a ping.
///
/// The handler chooses the status and the body. For an image ping, respond with 204 or an image, never with
/// JSON, HTML or a redirect.
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
/// let response = service.oneshot(Request::default()).await?;
/// assert_eq!(response.headers()["cache-control"], "no-store");
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct BeaconLayer;

impl BeaconLayer {
    /// Creates the layer.
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

/// The service of [`BeaconLayer`].
///
/// It forwards a `101` response, and a 2xx response to `CONNECT`, unchanged.
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
    /// The response future of [`BeaconService`].
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
        set_ping_headers(response);
        let headers = response.headers_mut();
        headers.remove(ETAG);
        headers.remove(LAST_MODIFIED);
    }
}
