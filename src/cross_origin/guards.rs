//! The checks, where a configuration has them.

use super::{
    config::{CrossOriginConfig, Guards},
    error::{CrossOriginDiagnostics, FaultKind},
};
use crate::{
    cors::CorsPolicy,
    guard::{And, Check, Csrf, FetchMetadata, HostCheck, ReportOnly, WebSocket, check_faults},
    origin::{NamedOrigins, OriginSet},
};

/// By which names the service may be called.
pub(super) type OptionalHostCheck = Option<ReportOnly<HostCheck>>;

/// What pages may do.
pub(super) type PageChecks = And<
    And<Option<ReportOnly<WebSocket>>, Option<ReportOnly<Csrf>>>,
    Option<ReportOnly<FetchMetadata>>,
>;

pub(super) fn host(guards: &Guards, diagnostics: &mut CrossOriginDiagnostics) -> OptionalHostCheck {
    let guard = guards.host.as_ref()?;
    let mut host = HostCheck::new(&guard.names);
    if guard.loopback {
        host = host.add_loopback();
    }
    if guard.trust_x_forwarded_host {
        host = host.trust_x_forwarded_host();
    }
    add_faults(&host, diagnostics);
    Some(host.report_only(guard.report_only))
}

/// What the checks of pages go by.
pub(super) struct Trusted<'a> {
    pub(super) lists: &'a NamedOrigins,
    pub(super) cors: Option<&'a CorsPolicy>,
    pub(super) service_origins: &'a OriginSet,
}

pub(super) fn pages(
    config: &CrossOriginConfig,
    trusted: &Trusted<'_>,
    diagnostics: &mut CrossOriginDiagnostics,
) -> PageChecks {
    let guards = &config.guard;
    let web_socket = guards.web_socket.as_ref().map(|guard| {
        let mut check = WebSocket::new().service_origins(trusted.service_origins.clone());
        if guard.require_origin {
            check = check.require_origin();
        }
        if guard.dangerously_allow_null_origin {
            check = check.dangerously_allow_null_origin(true);
        }
        check = match (&guard.origins, trusted.cors) {
            (Some(written), _) => {
                let setting = "guard.web_socket.origins";
                check.trust_origins(&diagnostics.origins(setting, written, trusted.lists))
            }
            (None, Some(cors)) => check.trust_policy(cors.clone()),
            (None, None) => check,
        };
        check.report_only(guard.report_only)
    });
    let csrf = guards.csrf.as_ref().map(|guard| {
        let check = match (&guard.origins, trusted.cors) {
            (Some(written), _) => {
                let origins = diagnostics.origins("guard.csrf.origins", written, trusted.lists);
                Csrf::new().trust_origins(&origins)
            }
            (None, Some(cors)) => Csrf::new().trust_policy(cors.clone()),
            (None, None) => Csrf::new(),
        };
        check.exempt_paths(&guard.exempt_paths).report_only(guard.report_only)
    });
    let fetch_metadata = guards.fetch_metadata.as_ref().map(|guard| {
        let mut check = FetchMetadata::new().allow_destinations(guard.allow_destinations.clone());
        for (is_set, set) in [
            (guard.refuse_same_site, FetchMetadata::refuse_same_site as fn(_) -> _),
            (guard.allow_cors, FetchMetadata::allow_cors),
            (guard.allow_web_sockets, FetchMetadata::allow_web_sockets),
            (guard.refuse_frames, FetchMetadata::refuse_frames),
            (guard.refuse_navigations, FetchMetadata::refuse_navigations),
        ] {
            if is_set {
                check = set(check);
            }
        }
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
