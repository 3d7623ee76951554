use crate::{cors::Rule, origin::OriginSet};

use super::{Findings, credentials::Dangers};

/// Without the feature `regex` a rule has no regular expressions.
pub(super) fn added(
    set: OriginSet,
    _rule: &Rule,
    _path: &str,
    _dangers: &mut Dangers,
    _findings: &mut Findings,
) -> OriginSet {
    set
}
