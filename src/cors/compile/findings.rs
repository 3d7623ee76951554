use crate::{
    config::Diagnostics,
    cors::{FaultKind, LintKind},
};

pub(super) type Findings = Diagnostics<FaultKind, LintKind>;

/// The configuration's name in messages.
pub(in crate::cors) const SUBJECT: &str = "CORS";
