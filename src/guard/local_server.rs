use std::{error::Error, fmt};

use tower_layer::Layer;

use super::{
    check::{And, Check},
    csrf::Csrf,
    host::HostCheck,
    layer::{Guard, GuardLayer},
    web_socket::WebSocket,
};
use crate::cors::{Cors, CorsConfigError, CorsLayer, CorsPolicy, Rule};

/// Everything that a server on a user's own machine needs, so that the pages which that user opens cannot
/// reach it: developer tools, MCP servers, local agents.
///
/// Such a server trusts whoever can connect, and every page can have the user's browser connect. From the
/// outside to the inside:
///
/// | layer | stops |
/// |---|---|
/// | [`GuardLayer`] with [`HostCheck::loopback`] | a page whose own name resolves to this machine (DNS rebinding) |
/// | [`CorsLayer`] with the rule | a page that reads |
/// | [`GuardLayer`] with [`WebSocket`] and [`Csrf`] | a page that opens a WebSocket, or sends a form or a `POST` that it need not ask for |
///
/// The origins of the rule may do everything; by [`Rule::for_loopback_origins`] those are pages of the same
/// machine. Programs that are no browser have no `Origin`, and pass: who else is on the machine
/// is for the server to ask. And `GET` changes nothing, or else any page changes it by an image.
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

/// A service behind a [`LocalServerLayer`].
pub type LocalServer<S> = Guard<Cors<Guard<S, And<WebSocket, Csrf>>>, HostCheck>;

impl LocalServerLayer {
    /// A layer for servers that the pages of this rule may use, usually
    /// [`Rule::for_loopback_origins`] with what that exposes, or with a page of the server's maker
    /// by [`Rule::for_origins`].
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

    /// Other names than those of [`HostCheck::loopback`]: one that the user's machine has in its own network, say.
    pub fn host(mut self, host: HostCheck) -> Self {
        self.host = GuardLayer::from_valid(host);
        self
    }
}

impl<S> Layer<S> for LocalServerLayer {
    type Service = LocalServer<S>;

    fn layer(&self, inner: S) -> Self::Service {
        self.host.layer(self.cors.layer(self.pages.layer(inner)))
    }
}

/// Why a server of the user's own machine would not be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalServerError {
    /// The rule has faults.
    Rule(CorsConfigError),
    /// The rule is for any origin.
    AnyOrigin,
}

impl fmt::Display for LocalServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
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
            Self::AnyOrigin => None,
        }
    }
}
