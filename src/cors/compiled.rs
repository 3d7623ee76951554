use http::{HeaderValue, StatusCode};

use super::{Lint, OriginHeader, preflight::PreflightGrant};
use crate::origin::{MalformedOrigin, Origin, OriginSet};

/// A configuration as it is asked at every request: each value that an answer needs is written out.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rules: Box<[CompiledRule]>,
    pub(super) preflight_status: StatusCode,
    /// `Vary` of actual responses; `None` where they are the same for every request.
    pub(super) vary: Option<HeaderValue>,
    /// `Vary` of preflights' responses.
    pub(super) preflight_vary: HeaderValue,
    pub(super) lints: Box<[Lint]>,
}

impl Compiled {
    pub(super) fn rule(&self, index: u32) -> Option<&CompiledRule> {
        self.rules.get(usize::try_from(index).ok()?)
    }

    /// The rule whose answer to an actual request is the same whoever asks: the only one, for any
    /// origin. <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) fn constant(&self) -> Option<u32> {
        matches!(&*self.rules, [only] if only.is_for_any_origin()).then_some(0)
    }

    /// The first rule that covers the origin, and the value to answer with, `None` standing for `*`.
    pub(super) fn first_match(
        &self,
        header: OriginHeader<'_>,
    ) -> Option<(u32, Option<HeaderValue>)> {
        let value = header.value()?;
        // Parsed at most once, and only for a rule that needs more than byte equality.
        let mut parsed: Option<Result<Origin<'_>, MalformedOrigin>> = None;
        for (index, rule) in (0..).zip(&self.rules) {
            match &rule.audience {
                Audience::AnyOrigin => {
                    if parsed.get_or_insert_with(|| header.parse()).is_ok() {
                        return Some((index, None));
                    }
                }
                Audience::Listed { origins, null, .. } => {
                    let serialized = value.as_bytes();
                    if origins.contains_serialized(serialized) || (*null && serialized == b"null") {
                        return Some((index, Some(value.clone())));
                    }
                }
            }
        }
        None
    }
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) audience: Audience,
    pub(super) preflight: PreflightGrant,
    /// `Access-Control-Expose-Headers`
    pub(super) expose: Option<HeaderValue>,
}

impl CompiledRule {
    pub(super) fn is_for_any_origin(&self) -> bool {
        matches!(self.audience, Audience::AnyOrigin)
    }
}

/// Whom a rule is for. `*` with credentials cannot be written.
#[derive(Debug)]
pub(super) enum Audience {
    AnyOrigin,
    Listed { origins: OriginSet, null: bool, credentials: bool },
}

impl Audience {
    pub(super) fn has_credentials(&self) -> bool {
        matches!(self, Self::Listed { credentials: true, .. })
    }
}
