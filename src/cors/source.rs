use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, HeaderValue, Method, Uri};

use super::policy::CorsPolicy;
#[cfg(feature = "reload")]
use crate::reload::PolicyHandle;
use crate::{
    RequestHead,
    limits::HOST_HEADER_BYTES,
    request::{
        fields::single_value,
        host::{RequestHost, parse_host, target_authority},
        path::path_ambiguity,
    },
};

/// Where a [`Cors`](super::Cors) service finds the policy for a request.
///
/// A [`CorsPolicy`] is the source of itself, for every request. Others are `PolicyHandle`, with the feature
/// `reload`, [`PolicyFn`] and [`DryRun`](super::DryRun); [the module](super#where-the-policy-comes-from) says which is for
/// what. An implementation of one's own looks like this:
///
/// ```
/// use http::{HeaderName, header::HOST};
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, PolicySource}};
///
/// #[derive(Clone)]
/// struct ByPath {
///     public: CorsPolicy,
///     private: CorsPolicy,
/// }
///
/// impl PolicySource for ByPath {
///     fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
///         decide(if head.uri().path().starts_with("/public/") { &self.public } else { &self.private })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of CORS policies",
    note = "of a `Rule` or a `CorsConfig` a policy is made first: `CorsPolicy::new(rule)?`, \
            `CorsPolicy::try_from(config)?`"
)]
pub trait PolicySource {
    /// Calls `decide` with the policy for this request.
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R;

    /// The request headers that the choice of the policy depends on; they are added to the `Vary` of
    /// every response. The method and the target need no mention: caches tell them apart anyhow.
    fn varies_on(&self) -> &[HeaderName] {
        &[]
    }
}

/// The same policy for every request.
impl PolicySource for CorsPolicy {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        decide(self)
    }
}

/// The same source, shared.
impl<P: PolicySource> PolicySource for Arc<P> {
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        (**self).with(head, decide)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}

/// The policy in force.
#[cfg(feature = "reload")]
impl PolicySource for PolicyHandle<CorsPolicy> {
    fn with<R>(&self, _: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        self.read(decide)
    }
}

/// The policy that a function finds for each request: by its host, say, or by its path.
///
/// A request for which there is none is answered by [`CorsPolicy::reject_all`].
///
/// ```
/// use std::collections::HashMap;
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{PolicyFn, CorsPolicy, Outcome, PolicySource, Rule}};
///
/// let tenants = HashMap::from([
///     ("a.api.example", CorsPolicy::new(Rule::for_origins(["https://a.example"]))?),
///     ("b.api.example", CorsPolicy::new(Rule::for_origins(["https://b.example"]))?),
/// ]);
/// let source = PolicyFn::new(move |request| tenants.get(&*request.host()?).cloned());
///
/// let outcome = |host: &str| {
///     let request = Request::get("/").header("host", host).header("origin", "https://a.example");
///     let request = request.body(()).unwrap();
///     let head = RequestHead::from(&request);
///     source.with(&head, |policy| policy.decide(&head).outcome())
/// };
/// assert_eq!(outcome("a.api.example"), Outcome::Allowed);
/// assert_eq!(outcome("b.api.example"), Outcome::Rejected);
/// assert_eq!(outcome("unknown.example"), Outcome::Rejected);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// The function is called within a request, so that it must not block. What it asks may change meanwhile;
/// with the feature `reload` a handle holds a table as well as a policy:
///
/// ```
/// # #[cfg(feature = "reload")] {
/// # use std::collections::HashMap;
/// # use tower_cross_origin::cors::{PolicyFn, CorsPolicy, PolicyHandle};
/// let tenants: PolicyHandle<HashMap<String, CorsPolicy>> = PolicyHandle::new(HashMap::new());
/// let source = {
///     let tenants = tenants.clone();
///     PolicyFn::new(move |request| {
///         let host = request.host()?;
///         tenants.read(|tenants| tenants.get(&*host).cloned())
///     })
/// };
/// # }
/// ```
///
/// The policy that the function returns is dropped by the request; where it is the last one that holds
/// it, its origins with it.
#[derive(Clone)]
pub struct PolicyFn {
    choose: Arc<Choose>,
    varies_on: Arc<[HeaderName]>,
}

type Choose = dyn Fn(&RequestView<'_>) -> Option<CorsPolicy> + Send + Sync;

impl PolicyFn {
    /// A source that asks `choose` for the policy. It reads the method, the target and the host, and
    /// [what is declared](Self::varies_on).
    pub fn new<F>(choose: F) -> Self
    where
        F: Fn(&RequestView<'_>) -> Option<CorsPolicy> + Send + Sync + 'static,
    {
        Self { choose: Arc::new(choose), varies_on: Arc::default() }
    }

    /// Lets the function read these request headers too: they are added to the `Vary` of every response,
    /// without which a cache would give one request's answer to another.
    ///
    /// A preflight has none of the headers of the request that it is sent for, nor cookies, nor
    /// `Authorization`. What a proxy adds to every request it does have.
    ///
    /// ```
    /// use http::HeaderName;
    /// use tower_cross_origin::cors::{PolicyFn, CorsPolicy};
    ///
    /// # fn policy_of(tenant: &[u8]) -> Option<CorsPolicy> { None }
    /// // Set by a proxy, which lets no client set it.
    /// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    /// let source = PolicyFn::new(|request| policy_of(request.header(&TENANT)?.as_bytes()))
    ///     .varies_on([TENANT]);
    /// ```
    #[must_use]
    pub fn varies_on<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        self.varies_on = self.varies_on.iter().cloned().chain(names).collect();
        self
    }
}

impl PolicySource for PolicyFn {
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        let chosen = (self.choose)(&RequestView::new(*head, &self.varies_on));
        decide(&chosen.unwrap_or_else(CorsPolicy::reject_all))
    }

    fn varies_on(&self) -> &[HeaderName] {
        &self.varies_on
    }
}

impl fmt::Debug for PolicyFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyFn").field("varies_on", &self.varies_on).finish_non_exhaustive()
    }
}

/// What the choice of a policy may look at: what tells one entry of a cache from another, and the request
/// headers that were declared. Everything else cannot be read, so that no cache gives one request what
/// another one's policy answered.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    head: RequestHead<'a>,
    declared: &'a [HeaderName],
}

impl<'a> RequestView<'a> {
    /// The request's method; that of a preflight is `OPTIONS`.
    pub fn method(&self) -> &'a Method {
        self.head.method()
    }

    /// The request's target, as it was sent. Over HTTP/1.1 it rarely has a [host](Self::host).
    pub fn uri(&self) -> &'a Uri {
        self.head.uri()
    }

    /// The target's path, as it was sent and as it reaches the layer: a router that nests takes the front
    /// of it off.
    ///
    /// A page can send `/public/..%2Fprivate`, and whoever decodes and resolves that reaches `/private`:
    /// where policies go by path, such paths are refused before the layer, or mean nothing behind it; or
    /// [`is_below`](Self::is_below) is asked.
    pub fn path(&self) -> &'a str {
        self.head.uri().path()
    }

    /// Whether the path begins with `folder`, and no router behind can read it as another one: not where
    /// it has dot segments, also percent-encoded, an encoded slash, a backslash or two slashes that follow
    /// each other (CVE-2025-47910).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{PolicyFn, CorsPolicy, Rule};
    /// let public = CorsPolicy::new(Rule::for_any_origin())?;
    /// // "/public/feed"                               it is
    /// // "/publicity"                                 it is not
    /// // "/public/../private", "/public/..%2Fprivate" it is not
    /// let source = PolicyFn::new(move |request| request.is_below("/public/").then(|| public.clone()));
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn is_below(&self, folder: &str) -> bool {
        self.path().starts_with(folder) && path_ambiguity(self.path()).is_none()
    }

    /// The host that the request was sent to, in lower case and without a port: that of the target, which
    /// HTTP/2 has, or of the one `Host`. `None` where it is absent or repeated, or is no host: a
    /// name's labels are letters, digits, `-` and `_`, and none is empty.
    ///
    /// It is what the client says. Behind a proxy it is mostly the proxy's word for the service, and the
    /// client's is in a header that [is declared](super::PolicyFn::varies_on).
    pub fn host(&self) -> Option<Cow<'a, str>> {
        let authority = target_authority(&self.head)?;
        let authority = Some(authority).filter(|text| text.len() <= HOST_HEADER_BYTES)?;
        let name = match parse_host(authority)?.0 {
            RequestHost::Name(name) => std::str::from_utf8(name).ok()?,
            RequestHost::Address(address) if address.is_ipv6() => {
                return Some(format!("[{address}]").into());
            }
            RequestHost::Address(address) => return Some(address.to_string().into()),
        };
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(name.to_ascii_lowercase().into());
        }
        Some(name.into())
    }

    /// The one line of a request header that was declared; `None` of every other header, and where there
    /// are several lines.
    pub fn header(&self, name: &HeaderName) -> Option<&'a HeaderValue> {
        if !self.declared.contains(name) {
            return None;
        }
        single_value(self.head.headers(), name)
    }

    pub(super) fn new(head: RequestHead<'a>, declared: &'a [HeaderName]) -> Self {
        Self { head, declared }
    }
}
