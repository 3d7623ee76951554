use std::sync::Arc;

use super::{
    Lint, OriginHeader, RequestHeaders, RequestKind, RequestMethod, Step,
    answers::Answers,
    compiled_rule::CompiledRule,
    diagnosis::Told,
    enforcement::{Enforced, Enforcement},
    settings::Settings,
    verdict::{Grant, Verdict},
};
use crate::RequestHead;

/// A configuration as it is asked at every request.
///
/// A clone shares whatever is large.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) rules: Box<[CompiledRule]>,
    pub(super) answers: Arc<Answers>,
    /// Whether the answer to an actual request is the same whoever asks: the only rule is for any
    /// origin. <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>
    pub(super) is_constant: bool,
    pub(super) enforcement: Option<Enforcement>,
    pub(super) told: Told,
    /// For comparing with other policies.
    pub(super) settings: Arc<Settings>,
    pub(super) lints: Arc<[Lint]>,
}

impl Compiled {
    pub(super) fn judge(&self, head: &RequestHead<'_>) -> Verdict {
        // Where the answer is constant, it does not even depend on whether a page asks.
        let constant = || Grant::by(0, None);
        match RequestKind::of(head) {
            RequestKind::Plain => Verdict::plain(self.is_constant.then(constant)),
            RequestKind::Cors { .. } if self.is_constant => Verdict::cors(Some(constant())),
            RequestKind::Cors { origin } => match &self.enforcement {
                None => Verdict::cors(self.grant(origin, head)),
                Some(enforcement) => self.enforce(enforcement, head, origin),
            },
            RequestKind::Preflight { origin, method, headers } => {
                self.judge_preflight(origin, method, headers, head)
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
        head: &RequestHead<'_>,
    ) -> Verdict {
        let Some(grant) = self.grant(origin, head) else {
            return Verdict::refused_preflight(Step::Origin, None);
        };
        let Some(rule) = self.rule(&grant) else {
            return Verdict::refused_preflight(Step::Origin, None);
        };
        match rule.preflight.judge(method, headers) {
            Ok(repeated) => Verdict::granted_preflight(Grant { repeated, ..grant }),
            Err(step) => {
                let told = self.told.of(step, origin, method, grant, rule);
                Verdict::refused_preflight(step, told)
            }
        }
    }

    /// Apart, since a policy that blocks nothing asks none of it.
    #[inline(never)]
    fn enforce(
        &self,
        enforcement: &Enforcement,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) -> Verdict {
        let grant = self.grant(origin, head);
        let rule = grant.as_ref().and_then(|grant| self.rule(grant));
        match enforcement.judge(head, origin, rule) {
            Enforced::Forbidden(step) => Verdict::forbidden(step),
            Enforced::SameOrigin if grant.is_none() => Verdict::same_origin(),
            Enforced::SameOrigin | Enforced::Passed => Verdict::cors(grant),
        }
    }

    /// By the first rule that covers the origin.
    #[inline]
    pub(super) fn grant(&self, header: OriginHeader<'_>, head: &RequestHead<'_>) -> Option<Grant> {
        let value = header.value()?;
        let mut rules = self.rules.iter().enumerate();
        let (index, rule) = rules.find(|(_, rule)| rule.audience.covers(value, head))?;
        Some(Grant::by(index, (!rule.audience.is_any()).then(|| value.clone())))
    }
}
