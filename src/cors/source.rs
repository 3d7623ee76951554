use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, HeaderValue, Method, Uri};

use super::{decision::Decision, explain::Explanation, policy::CorsPolicy};
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

/// Decides about each request for a [`Cors`](super::Cors) service.
///
/// A [`CorsPolicy`] is a source that decides about every request. Other sources are `PolicyHandle` (with the
/// feature `reload`), [`PolicyFn`], [`DryRun`](super::DryRun), and an `Arc` or a `Box` of a source.
/// [Policy sources](super#policy-sources) explains when to use each.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Decision, Outcome, PolicySource, Rule}};
///
/// /// One policy for each half of a year.
/// struct BySeason(CorsPolicy, CorsPolicy, fn() -> bool);
///
/// impl PolicySource for BySeason {
///     fn decide(&self, head: &RequestHead<'_>) -> Decision {
///         if (self.2)() { self.0.decide(head) } else { self.1.decide(head) }
///     }
/// }
///
/// let [first, second] = [Rule::for_any_origin(), Rule::for_origins(["https://app.example.com"])];
/// let source = BySeason(CorsPolicy::new(first)?, CorsPolicy::new(second)?, || false);
/// let source: Box<dyn PolicySource> = Box::new(source);
/// let request = Request::get("/").header("origin", "https://evil.example").body(()).unwrap();
/// assert_eq!(source.decide(&RequestHead::from(&request)).outcome(), Outcome::Rejected);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of CORS policies",
    note = "create a policy from the `Rule` or the `CorsConfig` first: `CorsPolicy::new(rule)?`"
)]
pub trait PolicySource {
    /// Returns the decision of the policy that applies to the request.
    fn decide(&self, head: &RequestHead<'_>) -> Decision;

    /// Explains the decision about the request.
    ///
    /// The layer calls this for the first rejection of an origin, and adds the explanation to an
    /// [event](crate::guides::observability#events). Returns `None` by default.
    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        let _ = head;
        None
    }

    /// Returns the request headers that the choice of the policy depends on.
    ///
    /// The layer adds them to the `Vary` of every response. Do not list the method and the target, since
    /// every cache key contains them.
    fn varies_on(&self) -> &[HeaderName] {
        &[]
    }
}

/// Uses the same policy for every request.
impl PolicySource for CorsPolicy {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        Self::decide(self, head)
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        Some(Self::explain(self, *head))
    }
}

/// Uses the shared source.
impl<P: PolicySource + ?Sized> PolicySource for Arc<P> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        (**self).decide(head)
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        (**self).explanation(head)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}

/// Uses the boxed source.
impl<P: PolicySource + ?Sized> PolicySource for Box<P> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        (**self).decide(head)
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        (**self).explanation(head)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}

/// Uses the active policy.
#[cfg(feature = "reload")]
impl PolicySource for PolicyHandle<CorsPolicy> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        self.read(|policy| policy.decide(head))
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        Some(self.read(|policy| policy.explain(*head)))
    }
}

/// The policy that a [`policy_fn`] chooses for a request.
///
/// A [`CorsPolicy`] converts into a `Choice`, and so does an `Option` of one: `None` becomes
/// [`RejectAll`](Self::RejectAll), so that requests of unknown tenants are rejected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Choice {
    /// This policy decides.
    Policy(CorsPolicy),
    /// No origin is allowed, as with [`CorsPolicy::reject_all`].
    RejectAll,
    /// The layer passes the request and its response unchanged.
    ///
    /// This includes preflights. The layer only adds the
    /// [headers that the choice depends on](PolicyFn::varies_on) to `Vary`.
    NotHandled,
}

impl From<CorsPolicy> for Choice {
    fn from(policy: CorsPolicy) -> Self {
        Self::Policy(policy)
    }
}

impl From<Option<CorsPolicy>> for Choice {
    fn from(policy: Option<CorsPolicy>) -> Self {
        policy.map_or(Self::RejectAll, Self::Policy)
    }
}

/// Creates a source from a function that chooses the policy for each request.
///
/// The function can read the method, the target, the host, and [declared headers](PolicyFn::varies_on).
/// It runs within the request, so it must not block.
///
/// By path:
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{Choice, CorsPolicy, Outcome, PolicySource, Rule, policy_fn}};
///
/// let public = CorsPolicy::public_api();
/// let private = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]).allow_credentials(true))?;
/// let source = policy_fn(move |request| match () {
///     () if request.path_is_below("/public/") => Choice::from(public.clone()),
///     () if request.path_is_below("/api/") => private.clone().into(),
///     () => Choice::NotHandled,
/// });
///
/// let outcome = |path: &str| {
///     let request = Request::get(path).header("origin", "https://other.example").body(()).unwrap();
///     source.decide(&RequestHead::from(&request)).outcome()
/// };
/// assert_eq!(outcome("/public/feed"), Outcome::Allowed);
/// assert_eq!(outcome("/api/items"), Outcome::Rejected);
/// assert_eq!(outcome("/health"), Outcome::NotHandled);
/// // A router may treat this path as `/api/items`, so no path policy applies.
/// assert_eq!(outcome("/public/..%2Fapi/items"), Outcome::NotHandled);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// By host, from a table of tenants:
///
/// ```
/// # use std::collections::HashMap;
/// # use http::Request;
/// # use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Outcome, PolicySource, Rule, policy_fn}};
/// let tenants = HashMap::from([
///     ("a.api.example", CorsPolicy::new(Rule::for_origins(["https://a.example"]))?),
///     ("b.api.example", CorsPolicy::new(Rule::for_origins(["https://b.example"]))?),
/// ]);
/// let source = policy_fn(move |request| tenants.get(&*request.host()?).cloned());
/// #
/// # let outcome = |host: &str| {
/// #     let request = Request::get("/").header("host", host).header("origin", "https://a.example");
/// #     let request = request.body(()).unwrap();
/// #     source.decide(&RequestHead::from(&request)).outcome()
/// # };
/// # assert_eq!(outcome("a.api.example"), Outcome::Allowed);
/// # assert_eq!(outcome("b.api.example"), Outcome::Rejected);
/// # assert_eq!(outcome("unknown.example"), Outcome::Rejected);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// If the table changes at runtime, store it in a handle (feature `reload`):
///
/// ```
/// # #[cfg(feature = "reload")] {
/// # use std::collections::HashMap;
/// # use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, policy_fn};
/// let tenants: PolicyHandle<HashMap<String, CorsPolicy>> = PolicyHandle::new(HashMap::new());
/// let source = {
///     let tenants = tenants.clone();
///     policy_fn(move |request| {
///         let host = request.host()?;
///         tenants.read(|tenants| tenants.get(&*host).cloned())
///     })
/// };
/// # }
/// ```
pub fn policy_fn<F, C>(choose: F) -> PolicyFn
where
    F: Fn(&RequestView<'_>) -> C + Send + Sync + 'static,
    C: Into<Choice>,
{
    PolicyFn {
        choose: Arc::new(move |request: &RequestView<'_>| choose(request).into()),
        varies_on: Arc::default(),
    }
}

/// A source that calls a function, created by [`policy_fn`].
#[derive(Clone)]
pub struct PolicyFn {
    choose: Arc<Choose>,
    varies_on: Arc<[HeaderName]>,
}

type Choose = dyn Fn(&RequestView<'_>) -> Choice + Send + Sync;

impl PolicyFn {
    /// Adds request headers that the function can read.
    ///
    /// The layer adds them to the `Vary` of every response. Without `Vary`, a cache would serve the response
    /// of one request to another request.
    ///
    /// A preflight does not contain the headers of the actual request, cookies or `Authorization`. It
    /// contains the headers that a proxy adds to every request.
    ///
    /// ```
    /// use http::HeaderName;
    /// use tower_cross_origin::cors::{CorsPolicy, policy_fn};
    ///
    /// # fn find_policy(tenant: &[u8]) -> Option<CorsPolicy> { None }
    /// // A proxy sets this header, and removes values that clients send.
    /// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    /// let source = policy_fn(|request| find_policy(request.header(&TENANT)?.as_bytes()))
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
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        match (self.choose)(&RequestView::new(*head, &self.varies_on)) {
            Choice::Policy(policy) => policy.decide(head),
            Choice::RejectAll => CorsPolicy::reject_all().decide(head),
            Choice::NotHandled => Decision::not_handled(head),
        }
    }

    fn explanation(&self, head: &RequestHead<'_>) -> Option<Explanation> {
        match (self.choose)(&RequestView::new(*head, &self.varies_on)) {
            Choice::Policy(policy) => Some(policy.explain(*head)),
            Choice::RejectAll => Some(CorsPolicy::reject_all().explain(*head)),
            Choice::NotHandled => None,
        }
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

/// The parts of a request by which a policy can be chosen safely.
///
/// Each part is in every cache key, or is a request header that the response's `Vary` lists. Other parts are
/// not accessible. Therefore a cache never serves a response of one policy to a request of another policy.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    head: RequestHead<'a>,
    declared: &'a [HeaderName],
}

impl<'a> RequestView<'a> {
    /// Returns the request's method. The method of a preflight is `OPTIONS`.
    pub fn method(&self) -> &'a Method {
        self.head.method()
    }

    /// Returns the request's target, as the client sent it.
    ///
    /// Over HTTP/1.1 it rarely contains a host; call [`host`](Self::host) instead.
    pub fn uri(&self) -> &'a Uri {
        self.head.uri()
    }

    /// Returns the path of the target, as it reaches the layer and without normalization.
    ///
    /// If a router nests the layer, the router may have removed a prefix of the path.
    ///
    /// Do not choose a policy by the beginning of the path: a page can send `/public/..%2Fprivate`, which a
    /// router may treat as `/private`. Call [`path_is_below`](Self::path_is_below) instead.
    pub fn path(&self) -> &'a str {
        self.head.uri().path()
    }

    /// Returns whether the path begins with `folder`, which must end with a slash.
    ///
    /// Returns `false` for a path that a router can treat as another path (CVE-2025-47910).
    /// [`Rule::paths`](super::Rule::paths) lists these paths.
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, policy_fn};
    /// let public = CorsPolicy::public_api();
    /// // "/public/feed"                               is below
    /// // "/public", "/publicity"                      are not below; compare `path()` for the folder
    /// // "/public/../private", "/public/..%2Fprivate" are not below
    /// let source = policy_fn(move |request| request.path_is_below("/public/").then(|| public.clone()));
    /// ```
    pub fn path_is_below(&self, folder: &str) -> bool {
        self.path().starts_with(folder) && path_ambiguity(self.path()).is_none()
    }

    /// Returns the host of the request, in lower case and without the port.
    ///
    /// The host comes from the target, as in HTTP/2, or else from `Host`. Returns `None` if the host is
    /// missing, repeated or malformed. The labels of a name consist of letters, digits, `-` and `_`, and are
    /// not empty.
    ///
    /// The client controls this value. Behind a proxy it is usually the proxy's name for the service. The
    /// client's value is then in another header, which the source must [declare](super::PolicyFn::varies_on).
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

    /// Returns the value of a declared request header.
    ///
    /// Returns `None` if the header is not declared, is missing, or has several field lines.
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
