use std::{fmt, sync::Arc};

use http::{HeaderValue, Method, Response};

use super::{
    error::Lint,
    headers::{Headers, RequestValues},
    storage_access::activation,
};
use crate::{
    RequestHead,
    origin::{FILE_ORIGIN, OriginSet},
    request::RequestFacts,
    response::{VaryNames, is_upgrade_response},
};

/// A validated, immutable [`EmbeddingConfig`](super::EmbeddingConfig).
///
/// Cloning is cheap: clones share the policy.
///
/// ```
/// use http::{Request, Response};
/// use tower_cross_origin::{RequestHead, embedding::{EmbeddingConfig, EmbeddingPolicy}};
///
/// let policy = EmbeddingPolicy::new(EmbeddingConfig::private_api())?;
///
/// let request = Request::get("/").body(()).unwrap();
/// let decision = policy.decide(&RequestHead::from(&request));
/// let mut response = Response::new(());
/// decision.apply_to(&mut response);
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone)]
pub struct EmbeddingPolicy {
    pub(super) compiled: Arc<CompiledPolicy>,
}

impl EmbeddingPolicy {
    /// Returns the decision about the response to this request.
    ///
    /// Reads only the head of the request.
    pub fn decide(&self, head: &RequestHead<'_>) -> EmbeddingDecision {
        let facts = RequestFacts::new(head);
        EmbeddingDecision {
            timing: self.timing_origin(&facts),
            storage_access: self.storage_access(&facts),
            is_connect: *head.method() == Method::CONNECT,
            headers: Arc::clone(&self.compiled.headers),
        }
    }

    /// Returns the request origin if `Timing-Allow-Origin` echoes it.
    #[inline]
    pub(crate) fn timing_origin(&self, facts: &RequestFacts<'_>) -> Option<HeaderValue> {
        let origins = self.compiled.timing.as_ref()?;
        let origin = facts.origin().single()?;
        // Every local file has the origin `file://`, which a regular expression can match.
        let is_matched = origins.contains_serialized(origin.as_bytes()) && origin != FILE_ORIGIN;
        is_matched.then(|| origin.clone())
    }

    /// Returns the value of `Activate-Storage-Access`, if the response has this header.
    #[inline]
    pub(crate) fn storage_access(&self, facts: &RequestFacts<'_>) -> Option<HeaderValue> {
        activation(facts, self.compiled.storage_access.as_ref()?)
    }

    /// Returns the lints: valid settings without effect, and settings that are probably mistakes.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }
}

#[cfg(all(feature = "cross-origin", feature = "difference"))]
impl EmbeddingPolicy {
    /// Returns the headers that do not depend on the request, by name.
    pub(crate) fn fixed_headers(&self) -> std::collections::BTreeMap<String, String> {
        let mut headers = http::HeaderMap::new();
        self.compiled.headers.apply(&mut headers, RequestValues::default(), false);
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    /// Returns the origins that `Timing-Allow-Origin` echoes.
    pub(crate) fn timing_origins(&self) -> Option<&OriginSet> {
        self.compiled.timing.as_ref()
    }

    /// Returns the origins whose pages may activate access to cookies.
    pub(crate) fn storage_access_origins(&self) -> Option<&OriginSet> {
        self.compiled.storage_access.as_ref()
    }
}

#[cfg(feature = "cross-origin")]
impl EmbeddingPolicy {
    /// Returns the headers, without the origins of the policy.
    pub(crate) fn headers(&self) -> Arc<Headers> {
        Arc::clone(&self.compiled.headers)
    }

    /// Returns the request headers on which the responses depend.
    pub(crate) fn vary(&self) -> VaryNames {
        self.compiled.headers.vary().clone()
    }
}

impl fmt::Debug for EmbeddingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CompiledPolicy { headers, timing, storage_access, .. } = &*self.compiled;
        f.debug_struct("EmbeddingPolicy")
            .field("headers", headers)
            .field("timing", timing)
            .field("storage_access", storage_access)
            .finish_non_exhaustive()
    }
}

/// The decision of a policy about the response to one request.
#[derive(Clone, Debug)]
pub struct EmbeddingDecision {
    headers: Arc<Headers>,
    /// The value of `Timing-Allow-Origin`, if it depends on the request origin.
    timing: Option<HeaderValue>,
    /// The value of `Activate-Storage-Access`.
    storage_access: Option<HeaderValue>,
    is_connect: bool,
}

impl EmbeddingDecision {
    /// Adds the headers to the response. A `101` and a 2xx to `CONNECT` stay unchanged.
    pub fn apply_to<B>(&self, response: &mut Response<B>) {
        if !is_upgrade_response(self.is_connect, response.status()) {
            self.headers.vary().apply(response.headers_mut());
            let (timing, storage_access) = (self.timing.as_ref(), self.storage_access.as_ref());
            self.headers.apply_to(response, RequestValues { timing, storage_access });
        }
    }
}

/// The compiled form of a configuration.
#[derive(Debug, Default)]
pub(super) struct CompiledPolicy {
    /// Shared separately, so that a pending request does not hold the list of origins.
    pub(super) headers: Arc<Headers>,
    /// The origins that `Timing-Allow-Origin` echoes.
    pub(super) timing: Option<OriginSet>,
    /// The origins whose pages may activate access to cookies.
    pub(super) storage_access: Option<OriginSet>,
    pub(super) lints: Box<[Lint]>,
}
