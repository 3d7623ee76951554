use http::{HeaderMap, HeaderValue, StatusCode};

use super::{
    Lint, OriginHeader, RequestHeaders, RequestKind, RequestMethod, Step,
    preflight::PreflightGrant,
    verdict::{Grant, Verdict},
};
use crate::{
    RequestHead,
    origin::{Origin, OriginSet},
};

/// A configuration as it is asked at every request: each value that an answer needs is written out.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rules: Box<[CompiledRule]>,
    /// Whether the answer to an actual request is the same whoever asks: the only rule is for any
    /// origin. <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) is_constant: bool,
    pub(super) preflight_status: StatusCode,
    /// All that the answer to a refused preflight has: `Vary`.
    pub(super) refused_preflight: HeaderMap,
    pub(super) lints: Box<[Lint]>,
}

impl Compiled {
    pub(super) fn judge(&self, head: &RequestHead<'_>) -> Verdict {
        // Where the answer is constant, it does not even depend on whether a page asks.
        let constant = || Grant::by(0, None);
        match RequestKind::of(head) {
            RequestKind::Plain => Verdict::plain(self.is_constant.then(constant)),
            RequestKind::Cors { .. } if self.is_constant => Verdict::cors(Some(constant())),
            RequestKind::Cors { origin } => Verdict::cors(self.grant(origin)),
            RequestKind::Preflight { origin, method, headers } => {
                Verdict::preflight(self.judge_preflight(origin, method, headers))
            }
        }
    }

    /// The rule that grants.
    pub(super) fn rule(&self, grant: &Grant) -> Option<&CompiledRule> {
        self.rules.get(grant.rule)
    }

    /// The order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.
    fn judge_preflight(
        &self,
        origin: OriginHeader<'_>,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
    ) -> Result<Grant, Step> {
        let grant = self.grant(origin).ok_or(Step::Origin)?;
        let rule = self.rule(&grant).ok_or(Step::Origin)?;
        let repeated = rule.preflight.judge(method, headers)?;
        Ok(Grant { repeated, ..grant })
    }

    /// By the first rule that covers the origin.
    #[inline]
    fn grant(&self, header: OriginHeader<'_>) -> Option<Grant> {
        let value = header.value()?;
        let mut rules = self.rules.iter().enumerate();
        let (index, rule) = rules.find(|(_, rule)| rule.audience.covers(value))?;
        Some(Grant::by(index, (!rule.audience.is_any()).then(|| value.clone())))
    }
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) audience: Audience,
    pub(super) preflight: PreflightGrant,
    /// `Access-Control-Expose-Headers`
    pub(super) expose: Option<HeaderValue>,
}

/// Whom a rule is for. `*` with credentials cannot be written.
#[derive(Debug)]
pub(super) enum Audience {
    AnyOrigin,
    Listed { origins: OriginSet, null: bool, credentials: bool },
}

impl Audience {
    fn covers(&self, origin: &HeaderValue) -> bool {
        let serialized = origin.as_bytes();
        match self {
            Self::AnyOrigin => Origin::parse(serialized).is_ok(),
            Self::Listed { origins, null, .. } => {
                origins.contains_serialized(serialized) || (*null && serialized == b"null")
            }
        }
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::AnyOrigin)
    }

    pub(super) fn has_credentials(&self) -> bool {
        matches!(self, Self::Listed { credentials: true, .. })
    }
}
