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
use crate::{
    config::Message,
    cors::{self, Cors, CorsConfigError, CorsLayer, CorsPolicy, Rule},
};

/// Protects a server on the user's own machine from the web pages that the user visits: developer tools, MCP
/// servers, local agents.
///
/// Such a server trusts every client that can connect, and every page can make the browser connect to it.
/// The layer stands for these, outermost first:
///
/// | layer | rejects |
/// |---|---|
/// | [`GuardLayer`] with [`HostCheck::loopback`] | pages whose own name resolves to this machine (DNS rebinding) |
/// | [`CorsLayer`] with the rule | reading by other pages |
/// | [`GuardLayer`] with [`WebSocket`] and [`Csrf`] | WebSockets of other pages, and their forms and `POST` requests that need no preflight |
///
/// Pages of the rule's origins may do everything; with [`Rule::for_loopback_origins`] those are pages of the
/// same machine. Programs that are not browsers send no `Origin`, and are allowed: the server must
/// authenticate other users of the machine. A `GET` must change nothing, since every page can send one.
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
/// // The page's own name, which resolves to 127.0.0.1.
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
    /// Creates a layer for a server that pages of this rule's origins may use: usually
    /// [`Rule::for_loopback_origins`], or [`Rule::for_origins`] with the origin of the maker's page.
    ///
    /// # Errors
    ///
    /// Every fault of the rule; and a rule for any origin, with which every page of the web could use the
    /// server.
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

    /// Adds names by which clients may call the server, as in [`HostCheck::new`]: such as the name of the
    /// machine in its own network. The loopback names stay allowed.
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
    /// Every invalid name.
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

/// Rejects what pages must not send to a server on the user's own machine; made by [`LocalServerLayer`].
///
/// The inner service must be `Clone`, as for [`Cors`].
#[derive(Clone, Debug)]
pub struct LocalServer<S> {
    inner: Stack<S>,
}

type Pages<S> = Guard<S, And<WebSocket, Csrf>>;

type Stack<S> = Guard<Cors<Pages<S>>, HostCheck>;

impl<S> LocalServer<S> {
    /// Returns the inner service.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref().get_ref().get_ref()
    }

    /// Returns the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        self.inner.get_mut().get_mut().get_mut()
    }

    /// Returns the inner service.
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
    /// The response of a [`LocalServer`].
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

/// The error of a configuration of [`LocalServerLayer`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalServerError {
    /// The rule has faults.
    Rule(CorsConfigError),
    /// The rule allows any origin; use [`Rule::for_loopback_origins`] or list the origins.
    AnyOrigin,
    /// The host names have faults.
    Hosts(GuardConfigError),
}

impl fmt::Display for LocalServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Hosts(error) => error.fmt(f),
            Self::AnyOrigin => Message::new(
                "the rule allows every origin",
                "every web page could use a server on the user's own machine",
                "list the allowed origins, such as \"http://localhost:*\"",
            )
            .fmt(f),
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
