use http::HeaderValue;

use super::predicate::Predicates;
use crate::{
    RequestHead,
    origin::{Origin, OriginSet},
};

/// The origins that a rule matches.
#[derive(Clone, Debug)]
pub(super) enum OriginMatcher {
    /// Every origin, without credentials: the response contains `*`.
    AnyOrigin,
    /// Every origin except `null` and `file://`, with credentials: the response echoes the origin.
    AnyOriginWithCredentials {
        /// Insecure origins do not match.
        only_secure: bool,
    },
    Listed {
        origins: OriginSet,
        predicates: Predicates,
        null: bool,
        credentials: bool,
        /// Insecure origins never match, even if a predicate or an expression matches them.
        only_secure: bool,
    },
}

impl OriginMatcher {
    #[inline]
    pub(super) fn matches(&self, origin: &HeaderValue, head: &RequestHead<'_>) -> bool {
        let serialized = origin.as_bytes();
        match self {
            Self::AnyOrigin => Origin::parse(serialized).is_ok(),
            Self::AnyOriginWithCredentials { only_secure } => {
                is_echoed_to_anyone(serialized, *only_secure)
            }
            Self::Listed { origins, predicates, null, only_secure, .. } => {
                if *only_secure && is_insecure(serialized) {
                    return false;
                }
                origins.contains_serialized(serialized)
                    || (*null && serialized == b"null")
                    || (!predicates.is_empty() && predicates_match(predicates, serialized, head))
            }
        }
    }

    /// Returns whether the origin matches, or a predicate may match it.
    pub(super) fn may_match(&self, origin: &str) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::AnyOriginWithCredentials { only_secure } => {
                is_echoed_to_anyone(origin.as_bytes(), *only_secure)
            }
            Self::Listed { origins, predicates, .. } => {
                origins.contains_serialized(origin.as_bytes()) || !predicates.is_empty()
            }
        }
    }

    /// Returns whether the response contains `*` instead of the request origin.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::AnyOrigin)
    }

    /// Returns whether the rule is for any origin, with or without credentials.
    pub(super) fn is_for_any_origin(&self) -> bool {
        matches!(self, Self::AnyOrigin | Self::AnyOriginWithCredentials { .. })
    }

    pub(super) fn listed(&self) -> Option<&OriginSet> {
        match self {
            Self::AnyOrigin | Self::AnyOriginWithCredentials { .. } => None,
            Self::Listed { origins, .. } => Some(origins),
        }
    }

    /// Creates a matcher that matches no origin.
    #[cfg(feature = "difference")]
    pub(super) fn none() -> Self {
        Self::Listed {
            origins: OriginSet::default(),
            predicates: Predicates::default(),
            null: false,
            credentials: false,
            only_secure: true,
        }
    }

    /// Replaces the listed origins.
    pub(super) fn set_listed(&mut self, new: OriginSet) {
        if let Self::Listed { origins, .. } = self {
            *origins = new;
        }
    }

    pub(super) fn has_credentials(&self) -> bool {
        matches!(
            self,
            Self::AnyOriginWithCredentials { .. } | Self::Listed { credentials: true, .. }
        )
    }
}

#[inline(never)]
fn is_echoed_to_anyone(serialized: &[u8], only_secure: bool) -> bool {
    Origin::parse(serialized).is_ok_and(|origin| origin.may_have_credentials(only_secure))
}

#[inline(never)]
fn is_insecure(serialized: &[u8]) -> bool {
    Origin::parse(serialized).is_ok_and(|origin| origin.is_insecure())
}

#[inline(never)]
fn predicates_match(predicates: &Predicates, serialized: &[u8], head: &RequestHead<'_>) -> bool {
    Origin::parse(serialized)
        .is_ok_and(|origin| !origin.is_opaque() && predicates.match_any(&origin, head))
}
