//! What a check lets pass in any case: named paths, requests that a function picks, and trusted origins.

use std::{error::Error, fmt, sync::Arc};

use http::HeaderValue;

#[cfg(feature = "cors")]
use crate::cors::CorsPolicy;
use crate::{
    RequestHead,
    origin::OriginSet,
    request::path::{PathFault, path_ambiguity},
};

/// Requests that a check does not look at, by their path or by whatever a function reads.
#[derive(Clone, Default)]
pub(super) struct Exemptions {
    paths: Vec<String>,
    skipped: Vec<Arc<RequestPredicate>>,
}

type RequestPredicate = dyn Fn(&RequestHead<'_>) -> bool + Send + Sync;

impl Exemptions {
    pub(super) fn add_paths<I>(&mut self, paths: I) -> Result<(), ExemptPathError>
    where
        I: IntoIterator<Item: Into<String>>,
    {
        for path in paths {
            let path = path.into();
            match path_ambiguity(&path) {
                Some(fault) => return Err(ExemptPathError { path, fault }),
                None => self.paths.push(path),
            }
        }
        Ok(())
    }

    pub(super) fn skip_if<F>(&mut self, is_skipped: F)
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.skipped.push(Arc::new(is_skipped));
    }

    /// Never where a router behind might read another path than this one: then what is exempt here would
    /// be another's (CVE-2025-47910).
    pub(super) fn matches(&self, head: &RequestHead<'_>) -> bool {
        if self.paths.is_empty() && self.skipped.is_empty() {
            return false;
        }
        let path = head.uri().path();
        path_ambiguity(path).is_none()
            && (self.paths.iter().any(|exempt| exempt == path)
                || self.skipped.iter().any(|is_skipped| is_skipped(head)))
    }
}

impl fmt::Debug for Exemptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemptions")
            .field("paths", &self.paths)
            .field("skipped", &self.skipped.len())
            .finish()
    }
}

/// A path that cannot be exempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptPathError {
    path: String,
    fault: PathFault,
}

impl ExemptPathError {
    /// The path, as it was written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub fn kind(&self) -> PathFault {
        self.fault
    }
}

impl fmt::Display for ExemptPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be exempt: {}", self.path, self.fault)
    }
}

impl Error for ExemptPathError {}

/// Pages of other origins that may do what the service's own may.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedOrigins {
    origins: OriginSet,
    #[cfg(feature = "cors")]
    policy: Option<CorsPolicy>,
}

impl TrustedOrigins {
    pub(super) fn add(&mut self, origins: &OriginSet) {
        self.origins = self.origins.union(origins);
    }

    #[cfg(feature = "cors")]
    pub(super) fn set_policy(&mut self, policy: CorsPolicy) {
        self.policy = Some(policy);
    }

    pub(super) fn contains(&self, head: &RequestHead<'_>, origin: &HeaderValue) -> bool {
        self.origins.contains_serialized(origin.as_bytes())
            || self.is_allowed_by_policy(head, origin)
    }

    #[cfg(feature = "cors")]
    fn is_allowed_by_policy(&self, head: &RequestHead<'_>, origin: &HeaderValue) -> bool {
        self.policy.as_ref().is_some_and(|policy| policy.allows_credentials_to(head, origin))
    }

    #[cfg(not(feature = "cors"))]
    #[expect(clippy::unused_self, reason = "only a CORS policy knows")]
    fn is_allowed_by_policy(&self, _: &RequestHead<'_>, _: &HeaderValue) -> bool {
        false
    }
}
