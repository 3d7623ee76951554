use std::{fmt, sync::Arc};

use http::HeaderName;

use crate::{RequestHead, origin::Origin};

/// A function that decides whether a rule matches an origin.
///
/// Use it for conditions that no pattern can express. The function runs within a request, so it must not
/// block. For origins in a database, use an [`OriginSet`](crate::origin::OriginSet) or a
/// [`PolicySource`](super::PolicySource) instead.
///
/// A preflight has the origin, the target and the host of the actual request. It does not contain cookies,
/// `Authorization` or other headers of that request. A predicate that requires these rejects every preflight.
///
/// ```
/// use http::header::HOST;
/// use tower_cross_origin::{cors::{OriginPredicate, Rule}, origin::Host};
///
/// // Pages of https://shop.example may read from api.shop.example, and so on for every tenant.
/// let tenant_page = OriginPredicate::new(|origin, head| {
///     let Some(Host::Domain(page)) = origin.host() else { return false };
///     let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
///     origin.scheme() == Some("https") && host.and_then(|host| host.strip_prefix("api.")) == Some(page)
/// })
/// .varies_on([HOST]);
/// let rule = Rule::for_origins_where(tenant_page);
/// ```
#[derive(Clone)]
pub struct OriginPredicate {
    function: Arc<Function>,
    varies_on: Vec<HeaderName>,
}

type Function = dyn Fn(&Origin<'_>, &RequestHead<'_>) -> bool + Send + Sync;

impl OriginPredicate {
    /// Creates a predicate that reads only the origin, the method and the target.
    ///
    /// If the predicate reads other request headers, declare them with [`varies_on`](Self::varies_on).
    pub fn new<F>(predicate: F) -> Self
    where
        F: Fn(&Origin<'_>, &RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        Self { function: Arc::new(predicate), varies_on: Vec::new() }
    }

    /// Adds other request headers that the predicate reads.
    ///
    /// The layer adds them to the `Vary` of every response. Without `Vary`, a cache would serve the response
    /// of one request to another request.
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

    /// Returns a number for each predicate, which only its clones share.
    pub(super) fn identities(&self) -> impl Iterator<Item = usize> {
        self.predicates.iter().map(|predicate| Arc::as_ptr(&predicate.function).addr())
    }

    /// Returns whether a predicate matches the origin, which must not be opaque.
    pub(super) fn match_any(&self, origin: &Origin<'_>, head: &RequestHead<'_>) -> bool {
        self.predicates.iter().any(|predicate| predicate.matches(origin, head))
    }
}

/// Treats all predicates as equal.
///
/// Functions cannot be compared, and a configuration file contains no predicates.
impl PartialEq for Predicates {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Predicates {}
