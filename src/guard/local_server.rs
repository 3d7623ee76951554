use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response,
    header::{Entry, ORIGIN},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    check::{Check, Evaluate, Verdict},
    error::{Fault, GuardConfigError, check_faults},
    exemptions::{Exemptions, trust_faults},
    host::HostCheck,
    layer::{EmptyForbidden, Guard, GuardLayer, RejectionResponse, ResponseFuture},
    rejection::Rejection,
};
use crate::{
    RequestHead,
    config::Message,
    cors::{self, Cors, CorsConfigError, CorsLayer, CorsPolicy, Rule},
    fetch::Destination,
    origin::Origin,
    request::{
        RequestFacts,
        fetch_metadata::{FetchSite, SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE},
        fields::{FieldValue, single_value},
        host::{parse_host, target_authority},
        same_origin::{as_browser_writes, matches_request_target},
    },
    response::{CROSS_ORIGIN_RESOURCE_POLICY, is_upgrade_response},
};

/// Protects a server on the user's own machine from web pages.
///
/// Such servers are developer tools, MCP servers or local agents. They trust every client that can connect,
/// and every page can make the browser connect to them. The layer rejects these requests of every method with 403,
/// including preflights, WebSocket handshakes and `CONNECT` (WebTransport):
///
/// | request | protection from |
/// |---|---|
/// | the host is not a loopback name, or [one of yours](Self::add_hosts) | pages whose own name resolves to this machine (DNS rebinding) |
/// | `Origin` is neither an origin of the rule, nor has the host and port of the request | `fetch`, forms, WebSockets and event streams of other pages |
/// | no `Origin`, and `Sec-Fetch-Site: cross-site`, except top-level navigations with `GET` | scripts, images, styles and frames of other sites |
///
/// A `same-site` request without `Origin` is treated like a `cross-site` request, unless the rule matches every
/// loopback origin and the host is a loopback name. These are the rules of the [MCP transport], and more.
///
/// The layer allows all other requests:
///
/// - Pages of the rule's origins may send every request, and read the responses by the rule. With
///   [`Rule::for_loopback_origins`], these are pages of the same machine.
/// - So may the server's own pages. A form of a page with `Referrer-Policy: no-referrer` is rejected, since its
///   `Origin` is `null`. Use the policy `same-origin`.
/// - Programs that are not browsers send no `Origin`. The server must authenticate other users of the machine.
/// - The user may open an address of the server, and follow links and redirects of OAuth (RFC 8252) to it. A `GET`
///   must therefore not change data. [`exempt_paths`](Self::exempt_paths) allows forms of other sites at some paths.
///
/// Responses get `Cross-Origin-Resource-Policy: same-origin`, unless the service sets this header. Pages of other
/// origins, including the rule's, therefore load scripts and images only with the attribute `crossorigin`. Browsers
/// before 2023, and addresses with `http:` that are not loopback names, send no `Sec-Fetch-Site`: only this header
/// then protects scripts and images.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(LocalServerLayer::new(Rule::for_loopback_origins().allow_mcp())?)
///     .service_fn(async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(())));
///
/// // The host is a name of the hostile page, which resolves to 127.0.0.1.
/// let rebound = Request::post("/mcp").header("host", "evil.example:3000").body(())?;
/// assert_eq!(service.clone().oneshot(rebound).await?.status(), StatusCode::FORBIDDEN);
/// // A hostile page opens an event stream.
/// let stream = Request::get("/mcp").header("host", "localhost:3000").header("origin", "https://evil.example");
/// assert_eq!(service.clone().oneshot(stream.body(())?).await?.status(), StatusCode::FORBIDDEN);
/// // A program sends no `Origin`.
/// let program = Request::post("/mcp").header("host", "localhost:3000").body(())?;
/// assert_eq!(service.oneshot(program).await?.status(), StatusCode::OK);
/// # Ok(())
/// # }
/// ```
///
/// [MCP transport]: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
#[derive(Clone)]
#[must_use = "a layer does nothing before it wraps a service"]
pub struct LocalServerLayer<R = EmptyForbidden> {
    guard: GuardLayer<LocalServerCheck, R>,
    cors: CorsLayer,
}

impl LocalServerLayer {
    /// Creates a layer for a server that pages of this rule's origins may use.
    ///
    /// The rule is usually [`Rule::for_loopback_origins`], or [`Rule::for_origins`] with the origin of a page
    /// of the server's vendor.
    ///
    /// An origin is a fault if it would be a fault in a rule with credentials, unless one of the rule's
    /// `dangerously_allow` settings allows it. An example is `https://*.github.io`. A predicate is code, and is not
    /// checked.
    ///
    /// # Errors
    ///
    /// Returns [`LocalServerError::Rule`] with every fault of the rule. Returns
    /// [`LocalServerError::AnyOrigin`] if the rule allows any origin, since every page of the web could then
    /// use the server. Returns [`LocalServerError::Guard`] with every origin that cannot be trusted.
    pub fn new(rule: Rule) -> Result<Self, LocalServerError> {
        let (allowed_risks, has_predicates) = (rule.allowed_risks(), rule.has_predicates());
        let suffixes = rule.additional_suffixes();
        let cors = CorsPolicy::new(rule).map_err(LocalServerError::Rule)?;
        if cors.is_for_any_origin() {
            return Err(LocalServerError::AnyOrigin);
        }
        let origins = cors.origins();
        let has_loopback_origins = Rule::matches_every_loopback_origin(&origins);
        let only_secure =
            !allowed_risks.insecure_origins && (has_predicates || origins.has_regexes());
        let setting = format!("{}.origins", cors.rule_path(0).unwrap_or_default());
        check_faults(trust_faults(setting, origins, allowed_risks, suffixes))
            .map_err(LocalServerError::Guard)?;
        let check = LocalServerCheck {
            host: HostCheck::loopback(),
            cors: cors.clone(),
            only_secure,
            has_loopback_origins,
            exemptions: Exemptions::default(),
        };
        Ok(Self { guard: GuardLayer::from_valid(check), cors: CorsLayer::new(cors) })
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
    /// Returns [`LocalServerError::Guard`] with every invalid name.
    pub fn add_hosts<I>(self, names: I) -> Result<Self, LocalServerError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut check = self.guard.check().clone();
        check.host = check.host.add_names(names);
        self.with_check(check)
    }

    /// Adds paths to which every page may send requests, as in [`Csrf::exempt_paths`](super::Csrf::exempt_paths).
    ///
    /// An example is the path to which an OpenID provider submits a form (`response_mode=form_post`). Redirects with
    /// `GET` need no exemption. The check of the host has no exemption, and WebSocket handshakes and `CONNECT` are
    /// never exempt.
    ///
    /// ```
    /// use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
    ///
    /// let rule = Rule::for_loopback_origins();
    /// let layer = LocalServerLayer::new(rule)?.exempt_paths(["/oauth/callback"])?;
    /// # Ok::<(), tower_cross_origin::guard::LocalServerError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`LocalServerError::Guard`] with every invalid path.
    pub fn exempt_paths<I>(self, paths: I) -> Result<Self, LocalServerError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut check = self.guard.check().clone();
        check.exemptions.add_paths("local_server", paths);
        self.with_check(check)
    }

    fn with_check(self, check: LocalServerCheck) -> Result<Self, LocalServerError> {
        let guard = GuardLayer::new(check).map_err(LocalServerError::Guard)?;
        Ok(Self { guard, ..self })
    }
}

impl<R> LocalServerLayer<R> {
    /// Replaces the response to rejected requests, which is an empty 403 by default.
    ///
    /// The closure is the one of [`GuardLayer::reject_with`]. The layer also adds `Cross-Origin-Resource-Policy`. Add
    /// hosts and paths before you call this function.
    ///
    /// The MCP transport permits a JSON-RPC error without an `id` as the body:
    ///
    /// ```
    /// use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
    /// use tower::{ServiceBuilder, ServiceExt};
    /// use tower_cross_origin::{cors::Rule, guard::LocalServerLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let rule = Rule::for_loopback_origins().allow_mcp();
    /// let layer = LocalServerLayer::new(rule)?.reject_with(|rejection, _| {
    ///     // The code of an invalid request. The text has no characters that JSON escapes.
    ///     let error = format!(r#"{{"code": -32600, "message": "{rejection}"}}"#);
    ///     let mut response = Response::new(format!(r#"{{"jsonrpc": "2.0", "error": {error}}}"#));
    ///     *response.status_mut() = StatusCode::FORBIDDEN;
    ///     response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    ///     response
    /// });
    /// let service = ServiceBuilder::new().layer(layer).service_fn(
    ///     async |_: Request<()>| Ok::<_, std::convert::Infallible>(Response::new(String::new())),
    /// );
    ///
    /// let rebound = Request::post("/mcp").header("host", "evil.example:3000").body(())?;
    /// let response = service.oneshot(rebound).await?;
    /// assert_eq!(response.status(), StatusCode::FORBIDDEN);
    /// let error = r#"{"code": -32600, "message": "the host of the request is not one of this service's names"}"#;
    /// assert_eq!(*response.body(), format!(r#"{{"jsonrpc": "2.0", "error": {error}}}"#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn reject_with<F, B>(self, make_response: F) -> LocalServerLayer<F>
    where
        F: Fn(Rejection, &RequestHead<'_>) -> Response<B>,
    {
        LocalServerLayer { guard: self.guard.reject_with(make_response), cors: self.cors }
    }
}

impl<R> fmt::Debug for LocalServerLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServerLayer")
            .field("guard", &self.guard)
            .field("cors", &self.cors)
            .finish()
    }
}

impl<S, R: Clone> Layer<S> for LocalServerLayer<R> {
    type Service = LocalServer<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        LocalServer { inner: self.guard.layer(self.cors.layer(inner)) }
    }
}

/// Rejects requests of untrusted pages to a local server; created by [`LocalServerLayer`].
///
/// The inner service must be `Clone`, as for [`Cors`].
#[derive(Clone)]
pub struct LocalServer<S, R = EmptyForbidden> {
    inner: Stack<S, R>,
}

type Stack<S, R> = Guard<Cors<S>, LocalServerCheck, R>;

impl<S, R> LocalServer<S, R> {
    /// Returns a shared reference to the inner service.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref().get_ref()
    }

    /// Returns a mutable reference to the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        self.inner.get_mut().get_mut()
    }

    /// Returns the inner service and drops this service.
    pub fn into_inner(self) -> S {
        self.inner.into_inner().into_inner()
    }
}

impl<S: fmt::Debug, R> fmt::Debug for LocalServer<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer").field("inner", &self.inner).finish()
    }
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for LocalServer<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    R: RejectionResponse<ResBody>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = LocalServerFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let is_connect = *request.method() == Method::CONNECT;
        LocalServerFuture { future: self.inner.call(request), is_connect }
    }
}

pin_project! {
    /// The response future of [`LocalServer`].
    #[derive(Debug)]
    pub struct LocalServerFuture<F, B> {
        #[pin]
        future: StackFuture<F, B>,
        is_connect: bool,
    }
}

type StackFuture<F, B> = ResponseFuture<cors::ResponseFuture<F>, B>;

impl<F, B, E> Future for LocalServerFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut poll = this.future.poll(cx);
        if let Poll::Ready(Ok(response)) = &mut poll {
            if !is_upgrade_response(*this.is_connect, response.status()) {
                isolate(response.headers_mut());
            }
        }
        poll
    }
}

/// Adds `Cross-Origin-Resource-Policy`, unless the service set one.
fn isolate(headers: &mut HeaderMap) {
    if let Ok(Entry::Vacant(entry)) = headers.try_entry(CROSS_ORIGIN_RESOURCE_POLICY) {
        // A full map does not change.
        let _ = entry.try_insert(const { HeaderValue::from_static("same-origin") });
    }
}

/// Denies requests of pages that may not use the server.
///
/// <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning>
#[derive(Clone, Debug)]
struct LocalServerCheck {
    host: HostCheck,
    /// The policy whose rule lists the trusted origins.
    cors: CorsPolicy,
    /// Insecure origins are not trusted, even if an expression or a predicate matches them.
    only_secure: bool,
    /// Pages of every loopback origin are trusted.
    has_loopback_origins: bool,
    exemptions: Exemptions,
}

impl Check for LocalServerCheck {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        let facts = RequestFacts::new(head);
        self.host.evaluate(&facts).verdict.and_then(|| match self.rejection(&facts) {
            Some(rejection) if !self.exemptions.matches(head) => Verdict::Deny(rejection),
            _ => Verdict::Allow,
        })
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        let metadata = [&SEC_FETCH_DEST, &SEC_FETCH_MODE, &SEC_FETCH_SITE];
        [&ORIGIN].into_iter().chain(metadata).cloned().collect()
    }

    fn faults(&self) -> Vec<Fault> {
        [self.host.faults(), self.exemptions.faults().to_vec()].concat()
    }
}

impl LocalServerCheck {
    /// Returns the reason for which the sender of the request may not use the server.
    fn rejection(&self, facts: &RequestFacts<'_>) -> Option<Rejection> {
        match facts.origin() {
            FieldValue::Single(origin) if self.allows_origin(facts, origin) => None,
            FieldValue::Single(_) | FieldValue::Repeated => Some(Rejection::LocalServerOrigin),
            FieldValue::Absent if self.allows_without_origin(facts) => None,
            FieldValue::Absent => Some(Rejection::LocalServerSite),
        }
    }

    fn allows_origin(&self, facts: &RequestFacts<'_>, origin: &HeaderValue) -> bool {
        let origin = as_browser_writes(origin);
        let is_allowed = self.cors.request_rule(facts.head(), &origin).is_some()
            && !(self.only_secure && is_insecure(&origin));
        is_allowed
            || (matches_request_target(facts, origin.as_bytes())
                // The host is the same, but the scheme is not: a network attacker can change a plain HTTP page.
                && !matches!(
                    facts.fetch_site(),
                    FetchSite::SameSite | FetchSite::CrossSite | FetchSite::Several
                ))
    }

    fn allows_without_origin(&self, facts: &RequestFacts<'_>) -> bool {
        let head = facts.head();
        match facts.fetch_site() {
            FetchSite::CrossSite | FetchSite::Several => is_top_level_navigation(head),
            FetchSite::SameSite => {
                (self.has_loopback_origins && has_loopback_host(head))
                    || is_top_level_navigation(head)
            }
            // Node.js sends `Sec-Fetch-Mode` alone.
            FetchSite::SameOrigin | FetchSite::None | FetchSite::Absent | FetchSite::Unknown => {
                true
            }
        }
    }
}

fn is_insecure(origin: &HeaderValue) -> bool {
    Origin::try_from(origin).is_ok_and(|origin| origin.is_insecure())
}

/// Returns whether the user follows a link or a redirect to the server. Frames are not top-level.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header>
fn is_top_level_navigation(head: &RequestHead<'_>) -> bool {
    let has = |name, value: &str| {
        single_value(head.headers(), name).is_some_and(|line| line.as_bytes() == value.as_bytes())
    };
    *head.method() == Method::GET
        && has(&SEC_FETCH_MODE, "navigate")
        && has(&SEC_FETCH_DEST, Destination::Document.as_str())
}

fn has_loopback_host(head: &RequestHead<'_>) -> bool {
    let host = target_authority(head).and_then(parse_host);
    host.is_some_and(|(host, _)| host.is_loopback())
}

/// The error of a configuration of [`LocalServerLayer`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalServerError {
    /// The rule has faults.
    Rule(CorsConfigError),
    /// The rule allows any origin; use [`Rule::for_loopback_origins`] or list the origins.
    AnyOrigin,
    /// Trusted origins, host names or exempt paths have faults.
    Guard(GuardConfigError),
}

impl fmt::Display for LocalServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Guard(error) => error.fmt(f),
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
            Self::Guard(error) => error.source(),
            Self::AnyOrigin => None,
        }
    }
}
