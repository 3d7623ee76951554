//! The settings that affect a call. The test counts them, so that the generators cover all of them.

use crate::{
    cases::Rules,
    reference_model::{
        cors_model::{CallResult, End, matches_prefix, page::Call, path_of, rule_for},
        path::has_two_readings,
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// A rule with paths allows the page to read.
    RuleWithPaths,
    /// Some rules have other paths.
    OtherPaths,
    /// No rule takes part at the path.
    NoRule,
    /// `enforce` rejects a request, since no rule takes part at the path.
    EnforcedWithoutRule,
    /// Rules have paths, and the path has two readings.
    AmbiguousPath,
    /// A path below `not_handled` has two readings, so that the layer handles CORS.
    AmbiguousNotHandled,
    NotHandled,
    /// `enforce` would reject the request, but the service handles CORS at the path.
    NotHandledWithEnforce,
    /// The service allows the preflight.
    PreflightByService,
    /// The service rejects the preflight.
    RejectedByService,
    StaticOrigin,
    /// A static origin at some paths.
    StaticOriginWithPaths,
    /// A prefix allows a request header.
    RequestHeaderByPrefix,
    /// A prefix exposes a response header.
    ResponseHeaderByPrefix,
}

impl Feature {
    pub(crate) const ALL: &[Self] = &[
        Self::RuleWithPaths,
        Self::OtherPaths,
        Self::NoRule,
        Self::EnforcedWithoutRule,
        Self::AmbiguousPath,
        Self::AmbiguousNotHandled,
        Self::NotHandled,
        Self::NotHandledWithEnforce,
        Self::PreflightByService,
        Self::RejectedByService,
        Self::StaticOrigin,
        Self::StaticOriginWithPaths,
        Self::RequestHeaderByPrefix,
        Self::ResponseHeaderByPrefix,
    ];

    /// Returns the settings that affect a call with this result.
    pub(crate) fn of_call(rules: &Rules, call: &Call, granted: &CallResult) -> Vec<Self> {
        let (path, is_readable) = (path_of(&call.address), granted.end == End::Readable);
        let preflight = granted.preflight.as_ref();
        let Some(at_path) = rules.policy().rules_at(path) else {
            let is_rejected = preflight.is_some_and(|preflight| !preflight.is_allowed);
            return present([
                (Self::NotHandled, granted.run.is_some()),
                (Self::NotHandledWithEnforce, granted.run.is_some() && rules.whole.enforces),
                (Self::PreflightByService, preflight.is_some() && !is_rejected),
                (Self::RejectedByService, is_rejected),
            ]);
        };
        let has_paths = rules.texts.iter().any(|rule| rule.paths.is_some());
        let is_ambiguous = has_two_readings(path);
        let is_below = |one: &String| path.starts_with(one.trim_end_matches('*'));
        let rule = rule_for(&at_path, &call.origin).filter(|_| is_readable && !call.is_own);
        let is_static = rule.is_some_and(|rule| rule.is_static);
        let is_at_paths = rule.is_some_and(|rule| rule.paths.is_some());
        let has_header = |(name, _): &(String, String)| {
            rule.is_some_and(|rule| matches_prefix(&rule.request_headers, &name.to_lowercase()))
        };
        let has_visible =
            |name: &String| rule.is_some_and(|rule| matches_prefix(&rule.expose_headers, name));
        let is_rejected = at_path.is_empty() && granted.run.is_none() && preflight.is_none();
        present([
            (Self::RuleWithPaths, is_at_paths),
            (Self::OtherPaths, rule.is_some() && at_path.len() < rules.texts.len()),
            (Self::NoRule, at_path.is_empty() && !is_ambiguous),
            (Self::EnforcedWithoutRule, is_rejected && rules.whole.enforces),
            (Self::AmbiguousPath, has_paths && is_ambiguous),
            (
                Self::AmbiguousNotHandled,
                is_ambiguous && rules.whole.not_handled.iter().any(is_below),
            ),
            (Self::StaticOrigin, is_static),
            (Self::StaticOriginWithPaths, is_static && is_at_paths),
            (Self::RequestHeaderByPrefix, call.headers.iter().any(has_header)),
            (Self::ResponseHeaderByPrefix, granted.visible.iter().any(has_visible)),
        ])
    }
}

fn present<const N: usize>(features: [(Feature, bool); N]) -> Vec<Feature> {
    features.into_iter().filter(|(_, is_present)| *is_present).map(|(feature, _)| feature).collect()
}
