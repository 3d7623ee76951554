use http::HeaderValue;

use super::predicate::Predicates;
use crate::{
    RequestHead,
    origin::{FILE_ORIGIN, Origin, OriginSet},
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
        /// `file://` never matches, even if a predicate or an expression matches it.
        no_files: bool,
    },
}

impl OriginMatcher {
    #[inline]
    pub(super) fn matches(&self, origin: &HeaderValue, head: &RequestHead<'_>) -> bool {
        self.matches_field(Some(origin), head)
    }

    /// Returns whether the value of `Origin` matches. The value is `None` if there are several field lines.
    ///
    /// A rule for any origin responds with `*`, so that it does not read the value.
    #[inline]
    pub(super) fn matches_field(
        &self,
        origin: Option<&HeaderValue>,
        head: &RequestHead<'_>,
    ) -> bool {
        match self {
            Self::AnyOrigin => true,
            Self::AnyOriginWithCredentials { only_secure } => {
                origin.is_some_and(|origin| is_echoed_to_anyone(origin.as_bytes(), *only_secure))
            }
            Self::Listed { origins, predicates, null, only_secure, no_files, .. } => {
                let Some(origin) = origin else { return false };
                let serialized = origin.as_bytes();
                if *only_secure && is_insecure(serialized) {
                    return false;
                }
                if *no_files && serialized == FILE_ORIGIN.as_bytes() {
                    return false;
                }
                origins.contains_serialized(serialized)
                    || (*null && serialized == b"null")
                    || (!predicates.is_empty() && predicates_match(predicates, serialized, head))
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
            no_files: true,
        }
    }

    /// Replaces the listed origins.
    pub(super) fn set_listed(&mut self, new: OriginSet) {
        if let Self::Listed { origins, .. } = self {
            *origins = new;
        }
    }

    /// Returns whether `file://` never matches, even if an expression or a predicate matches it.
    pub(super) fn excludes_files(&self) -> bool {
        matches!(self, Self::Listed { no_files: true, .. })
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
