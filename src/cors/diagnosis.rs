use super::{
    OriginHeader, RequestMethod, Step, compiled_rule::CompiledRule, preflight::Repeated,
    verdict::Grant,
};
use crate::origin::OriginSet;

/// Who is told at which step a preflight failed.
///
/// The answer is then a success that lacks what is refused, so that the browser itself names the step
/// in its console.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Origins(OriginSet),
    All,
}

impl Told {
    /// What of the request the answer repeats; `None` where nothing is told.
    pub(super) fn of(
        &self,
        step: Step,
        origin: OriginHeader<'_>,
        method: RequestMethod<'_>,
        grant: Grant,
        rule: &CompiledRule,
    ) -> Option<Grant> {
        if !origin.value().is_some_and(|origin| self.tells(origin.as_bytes())) {
            return None;
        }
        // A method is repeated once it is granted: where a header failed.
        let method = match step {
            Step::RequestHeaders => rule.preflight.methods.judge(method).ok().flatten(),
            Step::Origin | Step::Method => None,
        };
        let repeated =
            method.map(|method| Box::new(Repeated { method: Some(method), headers: None }));
        Some(Grant { repeated, ..grant })
    }

    /// Whether a page of this origin is told, if a rule covers it.
    pub(super) fn tells(&self, serialized: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Origins(told) => told.contains_serialized(serialized),
        }
    }
}
