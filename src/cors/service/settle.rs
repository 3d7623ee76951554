use http::HeaderName;

use crate::{RequestHead, cors::Decision, telemetry};

/// Makes of what a policy decided what a service goes on with.
#[inline]
pub(super) fn settle(
    decision: &mut Decision,
    head: &RequestHead<'_>,
    varies_on: &[HeaderName],
    is_carried: bool,
) {
    decision.set_chosen_by(varies_on);
    if is_carried {
        decision.set_carried();
    }
    if let Some(step) = decision.failed_step() {
        telemetry::refused(head, decision.outcome().as_str(), step.as_str());
    }
}
