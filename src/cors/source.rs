use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, HeaderValue, Method, Uri};

use super::{decision::Decision, policy::CorsPolicy};
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
/// A [`CorsPolicy`] is a source: it decides about every request. Others are `PolicyHandle`, with the feature
/// `reload`, [`PolicyFn`], [`DryRun`](super::DryRun), and an `Arc` or a `Box` of a source;
/// [the module](super#where-the-policy-comes-from) says which one is for what.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Decision, Outcome, PolicySource, Rule}};
///
/// /// A policy for the first half of a year, and one for the second.
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
    note = "make a policy of a `Rule` or a `CorsConfig` first: `CorsPolicy::new(rule)?`"
)]
pub trait PolicySource {
    /// Decides about a request, by the policy that applies to it.
    fn decide(&self, head: &RequestHead<'_>) -> Decision;

    /// Returns the request headers that the choice of the policy depends on. The layer adds them to the
    /// `Vary` of every response. The method and the target need not be listed: a cache key has both.
    fn varies_on(&self) -> &[HeaderName] {
        &[]
    }
}

/// The same policy for every request.
impl PolicySource for CorsPolicy {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        Self::decide(self, head)
    }
}

/// The same source, shared.
impl<P: PolicySource + ?Sized> PolicySource for Arc<P> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        (**self).decide(head)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}

/// The same source, boxed.
impl<P: PolicySource + ?Sized> PolicySource for Box<P> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        (**self).decide(head)
    }

    fn varies_on(&self) -> &[HeaderName] {
        (**self).varies_on()
    }
}

/// The active policy.
#[cfg(feature = "reload")]
impl PolicySource for PolicyHandle<CorsPolicy> {
    fn decide(&self, head: &RequestHead<'_>) -> Decision {
        self.read(|policy| policy.decide(head))
    }
}

/// The policy for one request, as a [`policy_fn`] chooses it.
///
/// A [`CorsPolicy`] converts into a `Choice`, and so does an `Option` of one: `None` becomes
/// [`RejectAll`](Self::RejectAll), so that an unknown tenant is rejected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Choice {
    /// This policy decides.
    Policy(CorsPolicy),
    /// No origin is allowed: [`CorsPolicy::reject_all`] decides.
    RejectAll,
    /// CORS is not handled here. The request and its response pass unchanged, preflights included, except
    /// for the `Vary` of the [headers that the choice depends on](PolicyFn::varies_on).
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

/// Creates a source from a function that chooses the policy for each request, by its path or its host for
/// example.
///
/// The function reads the method, the target and the host, and [declared headers](PolicyFn::varies_on).
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
/// // A router may read this path as `/api/items`: no policy of a path applies.
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
/// If the table changes at runtime, a handle (feature `reload`) holds it:
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

/// A source that a function implements: [`policy_fn`].
#[derive(Clone)]
pub struct PolicyFn {
    choose: Arc<Choose>,
    varies_on: Arc<[HeaderName]>,
}

type Choose = dyn Fn(&RequestView<'_>) -> Choice + Send + Sync;

impl PolicyFn {
    /// Adds request headers that the function may read. The layer adds them to the `Vary` of every
    /// response, without which a cache would serve one request's response to another.
    ///
    /// A preflight has none of the headers of the request that it is sent for, and neither cookies nor
    /// `Authorization`. It has the headers that a proxy adds to every request.
    ///
    /// ```
    /// use http::HeaderName;
    /// use tower_cross_origin::cors::{CorsPolicy, policy_fn};
    ///
    /// # fn policy_of(tenant: &[u8]) -> Option<CorsPolicy> { None }
    /// // A proxy sets it, and removes what clients send under this name.
    /// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    /// let source = policy_fn(|request| policy_of(request.header(&TENANT)?.as_bytes()))
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

    fn varies_on(&self) -> &[HeaderName] {
        &self.varies_on
    }
}

impl fmt::Debug for PolicyFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyFn").field("varies_on", &self.varies_on).finish_non_exhaustive()
    }
}

/// The parts of a request that are safe to choose a policy by: those that are in every cache key, and the
/// request headers that the `Vary` of the response names. The rest cannot be read, so that no cache
/// serves a response of one policy to a request of another.
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
    /// Do not choose a policy by its beginning: a page can send `/public/..%2Fprivate`, which a router may
    /// read as `/private`. Call [`path_is_below`](Self::path_is_below).
    pub fn path(&self) -> &'a str {
        self.head.uri().path()
    }

    /// Returns whether the path begins with `folder`, which ends with a slash.
    ///
    /// Returns `false` for a path that a router can read as another path: one with dot segments,
    /// percent-encoded ones too, an encoded slash, a backslash or an empty segment (CVE-2025-47910).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{CorsPolicy, policy_fn};
    /// let public = CorsPolicy::public_api();
    /// // "/public/feed"                               is below
    /// // "/public", "/publicity"                      are not; compare `path()` for the folder itself
    /// // "/public/../private", "/public/..%2Fprivate" are not
    /// let source = policy_fn(move |request| request.path_is_below("/public/").then(|| public.clone()));
    /// ```
    pub fn path_is_below(&self, folder: &str) -> bool {
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
