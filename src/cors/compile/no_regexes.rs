use crate::{
    cors::{Fault, FaultKind, Rule},
    origin::OriginSet,
};

use super::{Findings, credentials::Dangers};

/// Without the feature `regex` only a file can give a rule regular expressions. Left out in silence,
/// they would be missed by those whom they let in.
pub(super) fn added(
    set: OriginSet,
    rule: &Rule,
    path: &str,
    _dangers: &mut Dangers,
    findings: &mut Findings,
) -> OriginSet {
    for (index, text) in rule.origin_regexes.iter().enumerate() {
        let setting = format!("{path}.origin_regexes[{index}]");
        findings.fault(Fault::new(setting, &**text, FaultKind::OriginRegexWithoutFeature));
    }
    set
}
