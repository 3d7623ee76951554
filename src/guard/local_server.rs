use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    check::{And, Check},
    csrf::Csrf,
    error::GuardConfigError,
    host::HostCheck,
    layer::{Guard, GuardLayer, ResponseFuture},
    web_socket::WebSocket,
};
use crate::cors::{self, Cors, CorsConfigError, CorsLayer, CorsPolicy, Rule};

/// Protects a server on the user's own machine from web pages.
///
/// Such servers are developer tools, MCP servers or local agents. They trust every client that can connect,
/// and every page can make the browser connect to them. This layer combines these layers, outermost first:
///
/// | layer | rejects |
/// |---|---|
/// | [`GuardLayer`] with [`HostCheck::loopback`] | pages whose own name resolves to this machine (DNS rebinding) |
/// | [`CorsLayer`] with the rule | reading by other pages |
/// | [`GuardLayer`] with [`WebSocket`] and [`Csrf`] | WebSockets, forms and `POST` requests of other pages |
///
/// Pages of the rule's origins may send every request. With [`Rule::for_loopback_origins`], these are pages
/// of the same machine. Programs that are not browsers send no `Origin`, and are allowed: the server must
/// authenticate other users of the machine. A `GET` must not change data, since every page can send one.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rule = Rule::for_loopback_origins().expose_headers(["mcp-session-id"]);
/// let service = ServiceBuilder::new()
///     .layer(LocalServerLayer::new(rule)?)
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
///
/// // The host is a name of the hostile page, which resolves to 127.0.0.1.
/// let rebound = Request::post("/mcp").header("host", "evil.example:3000").body(())?;
/// assert_eq!(service.clone().oneshot(rebound).await?.status(), StatusCode::FORBIDDEN);
/// let own = Request::post("/mcp").header("host", "localhost:3000").body(())?;
/// assert_eq!(service.oneshot(own).await?.status(), StatusCode::OK);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct LocalServerLayer {
    host: GuardLayer<HostCheck>,
    cors: CorsLayer,
    pages: GuardLayer<And<WebSocket, Csrf>>,
}

impl LocalServerLayer {
    /// Creates a layer for a server that pages of this rule's origins may use.
    ///
    /// The rule is usually [`Rule::for_loopback_origins`], or [`Rule::for_origins`] with the origin of a page
    /// of the server's vendor.
    ///
    /// # Errors
    ///
    /// Returns [`LocalServerError::Rule`] with every fault of the rule. Returns
    /// [`LocalServerError::AnyOrigin`] if the rule allows any origin, since every page of the web could then
    /// use the server.
    pub fn new(rule: Rule) -> Result<Self, LocalServerError> {
        let policy = CorsPolicy::new(rule).map_err(LocalServerError::Rule)?;
        if policy.is_for_any_origin() {
            return Err(LocalServerError::AnyOrigin);
        }
        let origins = policy.origins();
        let web_socket = WebSocket::new().trust_origins(&origins);
        let csrf = Csrf::new().trust_origins(&origins);
        Ok(Self {
            host: GuardLayer::from_valid(HostCheck::loopback()),
            cors: CorsLayer::new(policy),
            pages: GuardLayer::from_valid(web_socket.and(csrf)),
        })
    }

    /// Adds host names by which clients may reach the server, as in [`HostCheck::new`].
    ///
    /// An example is the name of the machine in the local network. The loopback names stay allowed.
    ///
    /// ```
    /// use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
    ///
    /// let rule = Rule::for_loopback_origins();
    /// let layer = LocalServerLayer::new(rule)?.add_hosts(["tool.internal"])?;
    /// # Ok::<(), tower_cross_origin::guard::LocalServerError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`LocalServerError::Hosts`] with every invalid name.
    pub fn add_hosts<I>(self, names: I) -> Result<Self, LocalServerError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let check = self.host.check().clone().add_names(names);
        let host = GuardLayer::new(check).map_err(LocalServerError::Hosts)?;
        Ok(Self { host, ..self })
    }
}

impl<S> Layer<S> for LocalServerLayer {
    type Service = LocalServer<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LocalServer { inner: self.host.layer(self.cors.layer(self.pages.layer(inner))) }
    }
}

/// Rejects requests of untrusted pages to a local server; created by [`LocalServerLayer`].
///
/// The inner service must be `Clone`, as for [`Cors`].
#[derive(Clone, Debug)]
pub struct LocalServer<S> {
    inner: Stack<S>,
}

type Pages<S> = Guard<S, And<WebSocket, Csrf>>;

type Stack<S> = Guard<Cors<Pages<S>>, HostCheck>;

impl<S> LocalServer<S> {
    /// Returns a shared reference to the inner service.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref().get_ref().get_ref()
    }

    /// Returns a mutable reference to the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        self.inner.get_mut().get_mut().get_mut()
    }

    /// Returns the inner service and drops this service.
    pub fn into_inner(self) -> S {
        self.inner.into_inner().into_inner().into_inner()
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for LocalServer<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LocalServerFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        LocalServerFuture { future: self.inner.call(request) }
    }
}

pin_project! {
    /// The response future of [`LocalServer`].
    #[derive(Debug)]
    pub struct LocalServerFuture<F, B> {
        #[pin]
        future: StackFuture<F, B>,
    }
}

type StackFuture<F, B> = ResponseFuture<cors::ResponseFuture<ResponseFuture<F, B>>, B>;

impl<F, B, E> Future for LocalServerFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx)
    }
}

/// An invalid configuration of a [`LocalServerLayer`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalServerError {
    /// The rule has faults.
    Rule(CorsConfigError),
    /// The rule allows any origin.
    AnyOrigin,
    /// The host names have faults.
    Hosts(GuardConfigError),
}

impl fmt::Display for LocalServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Hosts(error) => error.fmt(f),
            Self::AnyOrigin => f.write_str(
                "with a rule for any origin, every page of the web could use a server of the user's \
                 own machine; write Rule::for_loopback_origins(), or name the origins",
            ),
        }
    }
}

impl Error for LocalServerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rule(error) => error.source(),
            Self::Hosts(error) => error.source(),
            Self::AnyOrigin => None,
        }
    }
}
