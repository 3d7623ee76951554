//! Compiles the section `guard`.

use http::HeaderName;

use super::{
    config::{CrossOriginSettings, GuardConfig},
    decision::evaluate,
    error::{CrossOriginDiagnostics, Fault, FaultKind},
};
use crate::{
    cors::{CorsPolicy, EnforceExemptions},
    guard::{
        self, ANY, Check, Csrf, FetchMetadata, HostCheck, ReportOnly, RequirePreflight, Verdict,
        WebSocket, check_faults,
    },
    origin::NamedOrigins,
    request::RequestFacts,
};

/// The check of host names, if the configuration has one.
pub(super) type OptionalHostCheck = Option<ReportOnly<HostCheck>>;

/// The checks of requests that pages send, inside of CORS.
#[derive(Clone, Debug)]
pub(super) struct PageChecks {
    pub(super) web_socket: Option<ReportOnly<WebSocket>>,
    pub(super) csrf: Option<ReportOnly<Csrf>>,
    pub(super) fetch_metadata: Option<ReportOnly<FetchMetadata>>,
    /// Boxed, so that policies without this check do not get larger.
    pub(super) require_preflight: Option<Box<ReportOnly<RequirePreflight>>>,
}

impl PageChecks {
    /// Returns the first denial, or else the first report, as [`Check::and`] does.
    #[inline]
    pub(super) fn verdict(&self, facts: &RequestFacts<'_>) -> Verdict {
        let Self { web_socket, csrf, fetch_metadata, require_preflight } = self;
        let verdict = evaluate(web_socket.as_ref(), facts);
        let verdict = verdict.and_then(|| evaluate(csrf.as_ref(), facts));
        let verdict = verdict.and_then(|| evaluate(fetch_metadata.as_ref(), facts));
        verdict.and_then(|| evaluate(require_preflight.as_deref(), facts))
    }

    /// Returns whether there is a check.
    pub(super) fn is_any(&self) -> bool {
        let Self { web_socket, csrf, fetch_metadata, require_preflight } = self;
        web_socket.is_some()
            || csrf.is_some()
            || fetch_metadata.is_some()
            || require_preflight.is_some()
    }

    pub(super) fn varies_on(&self) -> Vec<HeaderName> {
        let Self { web_socket, csrf, fetch_metadata, require_preflight } = self;
        let first = [web_socket.varies_on(), csrf.varies_on(), fetch_metadata.varies_on()];
        [first.concat(), require_preflight.as_deref().map(Check::varies_on).unwrap_or_default()]
            .concat()
    }

    fn faults(&self) -> Vec<guard::Fault> {
        // The check of preflights has no settings with faults of its own.
        let Self { web_socket, csrf, fetch_metadata, require_preflight: _ } = self;
        [web_socket.faults(), csrf.faults(), fetch_metadata.faults()].concat()
    }
}

pub(super) fn host(
    guards: &GuardConfig,
    diagnostics: &mut CrossOriginDiagnostics,
) -> OptionalHostCheck {
    let guard = guards.host.as_ref()?;
    let host = HostCheck::new(&guard.names).trust_x_forwarded_host(guard.trust_x_forwarded_host);
    let host = if guard.loopback { host.add_loopback() } else { host };
    add_faults(host.faults(), diagnostics);
    Some(host.report_only(guard.report_only))
}

/// The parts of other sections that the page checks need.
pub(super) struct GuardInputs<'a> {
    pub(super) lists: &'a NamedOrigins,
    pub(super) cors: Option<&'a CorsPolicy>,
    pub(super) exemptions: &'a EnforceExemptions,
}

pub(super) fn pages(
    config: &CrossOriginSettings,
    inputs: &GuardInputs<'_>,
    diagnostics: &mut CrossOriginDiagnostics,
) -> PageChecks {
    let guards = &config.guard;
    let EnforceExemptions { service_origins, exempt_paths } = inputs.exemptions;
    let web_socket = guards.web_socket.as_ref().map(|guard| {
        let check = WebSocket::new()
            .service_origins(service_origins.clone())
            .require_origin(guard.require_origin)
            .dangerously_allow_null_origin(guard.dangerously_allow_null_origin)
            .dangerously_allow_insecure_origins(guard.dangerously_allow_insecure_origins)
            .dangerously_allow_public_suffixes(guard.dangerously_allow_public_suffixes)
            .dangerously_allow_credentials_for_any_origin(
                guard.dangerously_allow_credentials_for_any_origin,
            );
        let check = match (&guard.trust_origins, inputs.cors) {
            (Some(origins), _) if origins.is_any_origin() => check.trust_origins([ANY]),
            (Some(origins), _) => {
                let setting = "guard.web_socket.trust_origins";
                check.trust_origins(diagnostics.origins(setting, origins, inputs.lists))
            }
            (None, Some(cors)) => check.trust_policy(cors.clone()),
            (None, None) => check,
        };
        check.report_only(guard.report_only)
    });
    let csrf = guards.csrf.as_ref().map(|guard| {
        let check = Csrf::new()
            .service_origins(service_origins.clone())
            .with_exempt_paths(exempt_paths.clone())
            .query_is_safe(guard.query_is_safe)
            .dangerously_allow_null_origin(guard.dangerously_allow_null_origin)
            .dangerously_allow_insecure_origins(guard.dangerously_allow_insecure_origins)
            .dangerously_allow_public_suffixes(guard.dangerously_allow_public_suffixes)
            .dangerously_allow_credentials_for_any_origin(
                guard.dangerously_allow_credentials_for_any_origin,
            );
        let check = match (&guard.trust_origins, inputs.cors) {
            (None, Some(cors)) => check.trust_policy(cors.clone()),
            (Some(_), Some(cors)) => check.allow_preflighted(cors.clone()),
            (_, None) => check,
        };
        let check = match &guard.trust_origins {
            Some(origins) if origins.is_any_origin() => check.trust_origins([ANY]),
            Some(origins) => {
                let setting = "guard.csrf.trust_origins";
                check.trust_origins(diagnostics.origins(setting, origins, inputs.lists))
            }
            None => check,
        };
        check.report_only(guard.report_only)
    });
    let fetch_metadata = guards.fetch_metadata.as_ref().map(|guard| {
        let check = FetchMetadata::new()
            .deny_same_site(guard.deny_same_site)
            .allow_cors(guard.allow_cors)
            .allow_web_sockets(guard.allow_web_sockets)
            .allow_destinations(guard.allow_destinations.clone())
            .deny_frames(guard.deny_frames)
            .deny_navigations(guard.deny_navigations);
        check.with_exempt_paths(exempt_paths.clone()).report_only(guard.report_only)
    });
    if guards.require_preflight.is_some() && config.cors.is_none() {
        diagnostics.fault(Fault::new(
            "guard.require_preflight",
            "",
            FaultKind::PreflightsWithoutCors,
        ));
    }
    let require_preflight =
        guards.require_preflight.as_ref().zip(inputs.cors).map(|(guard, cors)| {
            let check =
                RequirePreflight::new(cors.clone()).service_origins(service_origins.clone());
            Box::new(check.with_exempt_paths(exempt_paths.clone()).report_only(guard.report_only))
        });
    let checks = PageChecks { web_socket, csrf, fetch_metadata, require_preflight };
    add_faults(checks.faults(), diagnostics);
    checks
}

/// Adds the faults of checks to the diagnostics.
fn add_faults(faults: Vec<guard::Fault>, diagnostics: &mut CrossOriginDiagnostics) {
    diagnostics.section("guard", check_faults(faults), FaultKind::Guard);
}
