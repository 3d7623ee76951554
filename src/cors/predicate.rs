use std::{fmt, sync::Arc};

use http::HeaderName;

use crate::{RequestHead, origin::Origin};

/// A function that says of an origin, and of the request that it comes with, whether a rule covers it.
///
/// For what no pattern can say. It is called within a request, so that it must not block; what is
/// stored elsewhere belongs into an [`OriginSet`](crate::origin::OriginSet) or a
/// [`PolicySource`](super::PolicySource).
///
/// A preflight has the origin, the target and the host of the request that it is sent for, but no
/// cookies, no `Authorization` and none of its headers: a predicate that asks for those refuses every
/// preflight.
///
/// ```
/// use http::header::HOST;
/// use tower_cross_origin::{cors::{OriginPredicate, Rule}, origin::Host};
///
/// // Pages of https://shop.example may read from api.shop.example, and so on for every tenant.
/// let own_page = OriginPredicate::new(|origin, head| {
///     let Some(Host::Domain(page)) = origin.host() else { return false };
///     let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
///     origin.scheme() == Some("https") && host.and_then(|host| host.strip_prefix("api.")) == Some(page)
/// })
/// .varies_on([HOST]);
/// let rule = Rule::for_origins_where(own_page);
/// ```
#[derive(Clone)]
pub struct OriginPredicate {
    function: Arc<Function>,
    varies_on: Vec<HeaderName>,
}

type Function = dyn Fn(&Origin<'_>, &RequestHead<'_>) -> bool + Send + Sync;

impl OriginPredicate {
    /// A predicate that reads nothing but the origin, the method and the target, unless
    /// [`varies_on`](Self::varies_on) says more.
    pub fn new<F>(predicate: F) -> Self
    where
        F: Fn(&Origin<'_>, &RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        Self { function: Arc::new(predicate), varies_on: Vec::new() }
    }

    /// Names the other request headers that the predicate reads: they are added to the `Vary` of every
    /// response, without which a cache would give one request's answer to another.
    #[must_use]
    pub fn varies_on<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        self.varies_on.extend(names);
        self
    }

    fn matches(&self, origin: &Origin<'_>, head: &RequestHead<'_>) -> bool {
        (self.function)(origin, head)
    }
}

impl fmt::Debug for OriginPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginPredicate")
            .field("varies_on", &self.varies_on)
            .finish_non_exhaustive()
    }
}

/// The predicates of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Predicates {
    predicates: Vec<OriginPredicate>,
}

impl Predicates {
    pub(super) fn push(&mut self, predicate: OriginPredicate) {
        self.predicates.push(predicate);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.predicates.is_empty()
    }

    pub(super) fn varies_on(&self) -> impl Iterator<Item = &HeaderName> {
        self.predicates.iter().flat_map(|predicate| &predicate.varies_on)
    }

    /// A number for each, which only clones of it have in common.
    pub(super) fn identities(&self) -> impl Iterator<Item = usize> {
        self.predicates.iter().map(|predicate| Arc::as_ptr(&predicate.function).addr())
    }

    /// Whether one of them matches the origin, which is not opaque.
    pub(super) fn match_any(&self, origin: &Origin<'_>, head: &RequestHead<'_>) -> bool {
        self.predicates.iter().any(|predicate| predicate.matches(origin, head))
    }
}

/// All are equal: what a function does cannot be compared, and a configuration that is written down
/// has none.
impl PartialEq for Predicates {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Predicates {}
