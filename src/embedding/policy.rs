//! What the rest of a whole configuration is compared with.

use std::{fmt, sync::Arc};

use http::{HeaderValue, Method, Response};

use super::{
    compile,
    config::Embedding,
    error::{EmbeddingConfigError, Lint},
    headers::{Compiled, Headers, ResourcePolicyStays},
};
use crate::{RequestHead, origin::NamedOrigins, response::is_upgrade_response};

/// Which headers about embedding responses have: validated, immutable, shared by its clones.
///
/// A clone costs one reference count.
///
/// ```
/// use http::{Request, Response};
/// use tower_cross_origin::{RequestHead, embedding::{Embedding, EmbeddingPolicy}};
///
/// let policy = EmbeddingPolicy::new(Embedding::private_api())?;
///
/// let request = Request::get("/").body(()).unwrap();
/// let decision = policy.decide(&RequestHead::from(&request));
/// let mut response = Response::new(());
/// decision.finish(&mut response);
/// assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
#[derive(Clone)]
pub struct EmbeddingPolicy {
    pub(super) compiled: Arc<Compiled>,
}

impl EmbeddingPolicy {
    /// The policy that sends these headers.
    ///
    /// # Errors
    ///
    /// [`EmbeddingConfigError`] with every fault of the configuration.
    pub fn new(embedding: Embedding) -> Result<Self, EmbeddingConfigError> {
        embedding.try_into()
    }

    /// What the policy says of the response to a request. Reads the head alone, and never fails.
    pub fn decide(&self, head: &RequestHead<'_>) -> EmbeddingDecision {
        EmbeddingDecision {
            origin: self.compiled.origin_to_name(head.headers()),
            is_connect: *head.method() == Method::CONNECT,
            headers: Arc::clone(&self.compiled.headers),
        }
    }

    /// What is legal in the configuration, but without effect or probably not meant.
    pub fn lints(&self) -> &[Lint] {
        &self.compiled.lints
    }
}

/// # Errors
///
/// [`EmbeddingConfigError`] with every fault of the configuration.
impl EmbeddingPolicy {
    /// Whose origins may name these lists.
    pub(crate) fn with_lists(
        embedding: &Embedding,
        lists: &NamedOrigins,
    ) -> Result<Self, EmbeddingConfigError> {
        compile::policy(embedding, lists).map(|compiled| Self { compiled: Arc::new(compiled) })
    }
}

impl TryFrom<Embedding> for EmbeddingPolicy {
    type Error = EmbeddingConfigError;

    fn try_from(embedding: Embedding) -> Result<Self, Self::Error> {
        Self::with_lists(&embedding, &NamedOrigins::default())
    }
}

impl fmt::Debug for EmbeddingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Compiled { headers, timing, .. } = &*self.compiled;
        f.debug_struct("EmbeddingPolicy")
            .field("headers", headers)
            .field("timing", timing)
            .finish_non_exhaustive()
    }
}

/// What a policy says of the response to one request.
#[derive(Clone, Debug)]
pub struct EmbeddingDecision {
    headers: Arc<Headers>,
    /// For `Timing-Allow-Origin`.
    origin: Option<HeaderValue>,
    is_connect: bool,
}

impl EmbeddingDecision {
    /// Puts the headers into the response. A `101` and a 2xx to `CONNECT` stay as they are.
    pub fn finish<B>(&self, response: &mut Response<B>) {
        if !is_upgrade_response(self.is_connect, response.status()) {
            let stays = response.extensions().get::<ResourcePolicyStays>().is_some();
            self.headers.finish(response.headers_mut(), self.origin.as_ref(), stays);
        }
    }
}
