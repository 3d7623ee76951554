//! Assertions about the faults and lints of a configuration.

use tower_cross_origin::cors::{
    CorsConfig, CorsConfigError, CorsPolicy, FaultKind, LintKind, Rule,
};

/// Returns the error of a configuration with faults.
#[track_caller]
pub fn error(config: impl Into<CorsConfig>) -> CorsConfigError {
    CorsPolicy::new(config).expect_err("a configuration with faults")
}

/// Asserts that a rule has these faults: setting without `rules[0].`, value, kind, suggestion.
#[track_caller]
pub fn has_faults<const N: usize>(
    rule: Rule,
    expected: [(&str, &str, FaultKind, Option<&str>); N],
) {
    let expected = Vec::from(expected);
    let error = error([rule]);
    let faults: Vec<_> = error
        .faults()
        .iter()
        .map(|fault| {
            let setting = fault.setting().strip_prefix("rules[0].").expect("a setting of the rule");
            (setting, fault.value(), fault.kind().clone(), fault.suggestion())
        })
        .collect();
    assert_eq!(faults, expected);
}

/// Asserts that a rule has these lints: setting without `rules[0].`, value, kind.
#[track_caller]
pub fn has_lints<const N: usize>(rule: Rule, expected: [(&str, &str, LintKind); N]) {
    let expected = Vec::from(expected);
    let policy = CorsPolicy::new(rule).expect("a rule without faults");
    let lints: Vec<_> = policy
        .lints()
        .iter()
        .map(|lint| {
            let setting = lint.setting().strip_prefix("rules[0].").expect("a setting of the rule");
            (setting, lint.value(), lint.kind().clone())
        })
        .collect();
    assert_eq!(lints, expected);
}

/// Asserts that a configuration has these lints: setting, value, kind.
#[track_caller]
pub fn config_has_lints<const N: usize>(config: CorsConfig, expected: [(&str, &str, LintKind); N]) {
    let policy = CorsPolicy::new(config).expect("a configuration without faults");
    let lints: Vec<_> = policy
        .lints()
        .iter()
        .map(|lint| (lint.setting(), lint.value(), lint.kind().clone()))
        .collect();
    assert_eq!(lints, Vec::from(expected));
}
