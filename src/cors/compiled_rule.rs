use std::sync::Arc;

use http::HeaderValue;

use super::{
    answers::RuleAnswers, permissions::Permissions, predicate::Predicates,
    preflight::PreflightGrant,
};
use crate::{
    RequestHead,
    origin::{Origin, OriginSet},
};

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    pub(super) audience: Audience,
    /// What origins may be that come to it later.
    pub(super) permissions: Permissions,
    pub(super) preflight: PreflightGrant,
    pub(super) answers: Arc<RuleAnswers>,
}

/// Whom a rule is for. `*` with credentials cannot be written.
#[derive(Clone, Debug)]
pub(super) enum Audience {
    AnyOrigin,
    Listed {
        origins: OriginSet,
        predicates: Predicates,
        null: bool,
        credentials: bool,
        /// Whether an insecure origin is covered by nothing, whatever a predicate says.
        only_secure: bool,
    },
}

impl Audience {
    #[inline]
    pub(super) fn covers(&self, origin: &HeaderValue, head: &RequestHead<'_>) -> bool {
        let serialized = origin.as_bytes();
        match self {
            Self::AnyOrigin => Origin::parse(serialized).is_ok(),
            Self::Listed { origins, predicates, null, only_secure, .. } => {
                if *only_secure && is_insecure(serialized) {
                    return false;
                }
                origins.contains_serialized(serialized)
                    || (*null && serialized == b"null")
                    || (!predicates.is_empty() && predicates_cover(predicates, serialized, head))
            }
        }
    }

    /// Whether it covers the origin, or might when a request comes.
    pub(super) fn may_cover(&self, origin: &str) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::Listed { origins, predicates, .. } => {
                origins.contains_serialized(origin.as_bytes()) || !predicates.is_empty()
            }
        }
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::AnyOrigin)
    }

    pub(super) fn listed(&self) -> Option<&OriginSet> {
        match self {
            Self::AnyOrigin => None,
            Self::Listed { origins, .. } => Some(origins),
        }
    }

    /// Names these origins in the place of those that it names.
    pub(super) fn list(&mut self, new: OriginSet) {
        if let Self::Listed { origins, .. } = self {
            *origins = new;
        }
    }

    pub(super) fn has_credentials(&self) -> bool {
        matches!(self, Self::Listed { credentials: true, .. })
    }
}

#[inline(never)]
fn is_insecure(serialized: &[u8]) -> bool {
    Origin::parse(serialized).is_ok_and(|origin| origin.is_insecure())
}

#[inline(never)]
fn predicates_cover(predicates: &Predicates, serialized: &[u8], head: &RequestHead<'_>) -> bool {
    Origin::parse(serialized)
        .is_ok_and(|origin| !origin.is_opaque() && predicates.cover(&origin, head))
}
