//! Converts the text of a rule into a rule of the crate.

use std::time::Duration;

use tower_cross_origin::cors::Rule;

use crate::reference_model::cors_model::RuleText;

/// Adds all settings of the text except its origins.
pub(crate) fn with_settings(mut rule: Rule, text: &RuleText) -> Rule {
    rule = rule
        .allow_methods(&text.methods)
        .allow_headers(&text.request_headers)
        .expose_headers(&text.expose_headers);
    if let Some(seconds) = text.max_age {
        rule = rule.max_age(Duration::from_secs(seconds));
    }
    if let Some(paths) = &text.paths {
        rule = rule.paths(paths);
    }
    if text.null {
        rule = rule.dangerously_allow_null_origin(true);
    }
    if text.credentials {
        // These settings suppress faults. The one for insecure origins also lets `*` match them.
        rule = rule
            .allow_credentials(true)
            .dangerously_allow_insecure_origins(true)
            .dangerously_allow_public_suffixes(true)
            .dangerously_allow_credentials_for_any_origin(true);
    }
    rule
}
