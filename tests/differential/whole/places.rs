//! The paths of requests, in relation to the paths of the section `cors`. The test counts them, so that the
//! generators cover all of them.

use crate::reference_model::{
    cors_model::rules_at,
    path::has_two_readings,
    whole::{Answer, Configuration, End, Section, http::Request},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Some rules with paths take part.
    OtherPaths,
    /// No rule takes part, and the request reaches the service.
    NoRule,
    /// No rule takes part, and `cors` rejects the request.
    RejectedWithoutRule,
    /// Rules have paths, and the path has two readings.
    Ambiguous,
    /// A path below `not_handled` has two readings.
    AmbiguousNotHandled,
    NotHandled,
    /// A preflight that reaches the service.
    PreflightForService,
    /// A guard rejects a request, although the service handles CORS at the path.
    RejectedByGuard,
    /// A rule with a static origin takes part.
    StaticOrigin,
}

impl Place {
    pub(super) const ALL: &[Self] = &[
        Self::OtherPaths,
        Self::NoRule,
        Self::RejectedWithoutRule,
        Self::Ambiguous,
        Self::AmbiguousNotHandled,
        Self::NotHandled,
        Self::PreflightForService,
        Self::RejectedByGuard,
        Self::StaticOrigin,
    ];

    /// Returns how the path of a request with an origin relates to the section.
    pub(super) fn of_request(
        configuration: &Configuration,
        request: &Request,
        answer: &Answer,
    ) -> Vec<Self> {
        let Some(cors) = configuration.cors.as_ref().filter(|_| request.has("origin")) else {
            return Vec::new();
        };
        let is_served = answer.end == End::Service;
        let Some(at_path) = rules_at(&cors.rules, &cors.not_handled, &request.path) else {
            let is_preflight = request.has("access-control-request-method");
            let guards = [Section::WebSocket, Section::Csrf, Section::FetchMetadata];
            // `guard.require_preflight` does not apply there.
            let is_rejected = guards.iter().any(|guard| answer.end == End::Rejected(*guard));
            return present([
                (Self::NotHandled, is_served),
                (Self::PreflightForService, is_served && is_preflight),
                (Self::RejectedByGuard, is_rejected),
            ]);
        };
        let has_paths = cors.rules.iter().any(|rule| rule.paths.is_some());
        let is_ambiguous = has_two_readings(&request.path);
        let is_below = |one: &String| request.path.starts_with(one.trim_end_matches('*'));
        let is_rejected = answer.end == End::Rejected(Section::Cors);
        present([
            (Self::OtherPaths, !at_path.is_empty() && at_path.len() < cors.rules.len()),
            (Self::NoRule, at_path.is_empty() && is_served),
            (Self::RejectedWithoutRule, at_path.is_empty() && is_rejected),
            (Self::Ambiguous, has_paths && is_ambiguous),
            (Self::AmbiguousNotHandled, is_ambiguous && cors.not_handled.iter().any(is_below)),
            (Self::StaticOrigin, at_path.iter().any(|rule| rule.is_static)),
        ])
    }
}

fn present<const N: usize>(places: [(Place, bool); N]) -> Vec<Place> {
    places.into_iter().filter(|(_, is_present)| *is_present).map(|(place, _)| place).collect()
}
