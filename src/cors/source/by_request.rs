use std::{fmt, sync::Arc};

use http::HeaderName;

use super::{PolicySource, RequestView};
use crate::{RequestHead, cors::CorsPolicy};

/// The policy that a function finds for each request: by its host, say, or by its path.
///
/// A request for which there is none is answered by [`CorsPolicy::for_nobody`].
///
/// ```
/// use std::collections::HashMap;
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{ByRequest, CorsPolicy, Outcome, PolicySource, Rule}};
///
/// let tenants = HashMap::from([
///     ("a.api.example", CorsPolicy::new(Rule::for_origins(["https://a.example"]))?),
///     ("b.api.example", CorsPolicy::new(Rule::for_origins(["https://b.example"]))?),
/// ]);
/// let source = ByRequest::new(move |request| tenants.get(&*request.host()?).cloned());
///
/// let outcome = |host: &str| {
///     let request = Request::get("/").header("host", host).header("origin", "https://a.example");
///     let request = request.body(()).unwrap();
///     let head = RequestHead::from(&request);
///     source.with(&head, |policy| policy.decide(&head).outcome())
/// };
/// assert_eq!(outcome("a.api.example"), Outcome::Granted);
/// assert_eq!(outcome("b.api.example"), Outcome::Refused);
/// assert_eq!(outcome("unknown.example"), Outcome::Refused);
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
///
/// The function is called within a request, so that it must not block. What it asks may change meanwhile;
/// with the feature `reload` a handle holds a table as well as a policy:
///
/// ```
/// # #[cfg(feature = "reload")] {
/// # use std::collections::HashMap;
/// # use tower_cross_origin::cors::{ByRequest, CorsPolicy, PolicyHandle};
/// let tenants: PolicyHandle<HashMap<String, CorsPolicy>> = PolicyHandle::new(HashMap::new());
/// let source = {
///     let tenants = tenants.clone();
///     ByRequest::new(move |request| {
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
pub struct ByRequest {
    choose: Arc<Choose>,
    varies_on: Arc<[HeaderName]>,
}

type Choose = dyn Fn(&RequestView<'_>) -> Option<CorsPolicy> + Send + Sync;

impl ByRequest {
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
    /// use tower_cross_origin::cors::{ByRequest, CorsPolicy};
    ///
    /// # fn policy_of(tenant: &[u8]) -> Option<CorsPolicy> { None }
    /// // Set by a proxy, which lets no client set it.
    /// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    /// let source = ByRequest::new(|request| policy_of(request.header(&TENANT)?.as_bytes()))
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

impl PolicySource for ByRequest {
    fn with<R>(&self, head: &RequestHead<'_>, decide: impl FnOnce(&CorsPolicy) -> R) -> R {
        let chosen = (self.choose)(&RequestView::new(*head, &self.varies_on));
        decide(&chosen.unwrap_or_else(CorsPolicy::for_nobody))
    }

    fn varies_on(&self) -> &[HeaderName] {
        &self.varies_on
    }
}

impl fmt::Debug for ByRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByRequest").field("varies_on", &self.varies_on).finish_non_exhaustive()
    }
}
