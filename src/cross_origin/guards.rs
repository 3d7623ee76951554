//! The checks of a configuration.

use super::{
    config::{CrossOriginSettings, GuardConfig},
    error::{CrossOriginDiagnostics, FaultKind},
};
use crate::{
    cors::CorsPolicy,
    guard::{And, Check, Csrf, FetchMetadata, HostCheck, ReportOnly, WebSocket, check_faults},
    origin::{NamedOrigins, OriginSet},
};

/// Checks the names by which clients call the service.
pub(super) type OptionalHostCheck = Option<ReportOnly<HostCheck>>;

/// Checks the requests of pages.
pub(super) type PageChecks = And<
    And<Option<ReportOnly<WebSocket>>, Option<ReportOnly<Csrf>>>,
    Option<ReportOnly<FetchMetadata>>,
>;

pub(super) fn host(
    guards: &GuardConfig,
    diagnostics: &mut CrossOriginDiagnostics,
) -> OptionalHostCheck {
    let guard = guards.host.as_ref()?;
    let host = HostCheck::new(&guard.names).trust_x_forwarded_host(guard.trust_x_forwarded_host);
    let host = if guard.loopback { host.add_loopback() } else { host };
    add_faults(&host, diagnostics);
    Some(host.report_only(guard.report_only))
}

/// What the checks of pages need from other sections.
pub(super) struct Trusted<'a> {
    pub(super) lists: &'a NamedOrigins,
    pub(super) cors: Option<&'a CorsPolicy>,
    pub(super) service_origins: &'a OriginSet,
}

pub(super) fn pages(
    config: &CrossOriginSettings,
    trusted: &Trusted<'_>,
    diagnostics: &mut CrossOriginDiagnostics,
) -> PageChecks {
    let guards = &config.guard;
    let web_socket = guards.web_socket.as_ref().map(|guard| {
        let check = WebSocket::new()
            .service_origins(trusted.service_origins.clone())
            .require_origin(guard.require_origin)
            .dangerously_allow_null_origin(guard.dangerously_allow_null_origin);
        let check = match (&guard.trust_origins, trusted.cors) {
            (Some(written), _) => {
                let setting = "guard.web_socket.trust_origins";
                check.trust_origins(diagnostics.origins(setting, written, trusted.lists))
            }
            (None, Some(cors)) => check.trust_policy(cors.clone()),
            (None, None) => check,
        };
        check.report_only(guard.report_only)
    });
    let csrf = guards.csrf.as_ref().map(|guard| {
        let check = match (&guard.trust_origins, trusted.cors) {
            (Some(written), _) => {
                let origins =
                    diagnostics.origins("guard.csrf.trust_origins", written, trusted.lists);
                Csrf::new().trust_origins(origins)
            }
            (None, Some(cors)) => Csrf::new().trust_policy(cors.clone()),
            (None, None) => Csrf::new(),
        };
        check.exempt_paths(&guard.exempt_paths).report_only(guard.report_only)
    });
    let fetch_metadata = guards.fetch_metadata.as_ref().map(|guard| {
        let check = FetchMetadata::new()
            .deny_same_site(guard.deny_same_site)
            .allow_cors(guard.allow_cors)
            .allow_web_sockets(guard.allow_web_sockets)
            .allow_destinations(guard.allow_destinations.clone())
            .deny_frames(guard.deny_frames)
            .deny_navigations(guard.deny_navigations);
        check.exempt_paths(&guard.exempt_paths).report_only(guard.report_only)
    });
    // `Option` has another `and`.
    let pages = Check::and(web_socket, csrf).and(fetch_metadata);
    add_faults(&pages, diagnostics);
    pages
}

/// Adds the faults of a check to those of the whole configuration.
fn add_faults(check: &impl Check, diagnostics: &mut CrossOriginDiagnostics) {
    diagnostics.section("guard", check_faults(check.faults()), FaultKind::Guard);
}
