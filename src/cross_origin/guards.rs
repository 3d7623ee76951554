//! The checks, where a configuration has them.

use http::HeaderName;

use super::{
    config::{CrossOriginSettings, GuardConfig},
    error::CrossOriginDiagnostics,
    error::{Fault, FaultKind},
};
use crate::{
    RequestHead,
    cors::CorsPolicy,
    guard::{And, Check, Csrf, ExemptPathError, FetchMetadata, HostCheck, Verdict, WebSocket},
    origin::{NamedOrigins, OriginSet},
};

/// By which names the service may be called.
pub(super) type OptionalHostCheck = OptionalCheck<HostCheck>;

/// What pages may do.
pub(super) type PageChecks =
    And<And<OptionalCheck<WebSocket>, OptionalCheck<Csrf>>, OptionalCheck<FetchMetadata>>;

/// A check that may be left out, or report alone.
#[derive(Clone, Debug)]
pub(super) struct OptionalCheck<C> {
    check: Option<C>,
    is_report_only: bool,
}

impl<C> OptionalCheck<C> {
    fn new(check: Option<(C, bool)>) -> Self {
        let is_report_only = check.as_ref().is_some_and(|(_, is_report_only)| *is_report_only);
        Self { check: check.map(|(check, _)| check), is_report_only }
    }

    /// Returns the check that allows every request, for a configuration without this guard.
    fn disabled() -> Self {
        Self { check: None, is_report_only: false }
    }
}

impl<C: Check> Check for OptionalCheck<C> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        let Some(check) = &self.check else { return Verdict::Allow };
        match check.check(head) {
            Verdict::Deny(refusal) if self.is_report_only => Verdict::Report(refusal),
            verdict => verdict,
        }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        let check = self.check.as_ref().filter(|_| !self.is_report_only);
        check.map(Check::varies_on).unwrap_or_default()
    }
}

pub(super) fn host(
    guards: &GuardConfig,
    diagnostics: &mut CrossOriginDiagnostics,
) -> OptionalHostCheck {
    let Some(guard) = &guards.host else { return OptionalCheck::disabled() };
    if guard.names.is_empty() && !guard.loopback {
        diagnostics.fault(Fault::new("guard.host.names", "", FaultKind::NoHosts));
    }
    for (index, name) in guard.names.iter().enumerate() {
        if let Err(error) = HostCheck::new([name]) {
            let setting = format!("guard.host.names[{index}]");
            diagnostics.fault(Fault::new(setting, &**name, FaultKind::Host(error.kind())));
        }
    }
    // Where there are faults, there is no policy.
    let mut host = HostCheck::new(&guard.names).unwrap_or_else(|_| HostCheck::loopback());
    if guard.loopback {
        host = host.or_loopback();
    }
    if guard.trust_x_forwarded_host {
        host = host.trust_x_forwarded_host();
    }
    OptionalCheck::new(Some((host, guard.report_only)))
}

/// What the checks of pages go by.
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
        (check, guard.report_only)
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
        let check = exempt(check, "guard.csrf", &guard.exempt_paths, diagnostics, |check, path| {
            check.exempt_paths([path])
        });
        (check, guard.report_only)
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
        let (part, paths) = ("guard.fetch_metadata", &guard.exempt_paths);
        let check =
            exempt(check, part, paths, diagnostics, |check, path| check.exempt_paths([path]));
        (check, guard.report_only)
    });
    OptionalCheck::new(web_socket)
        .and(OptionalCheck::new(csrf))
        .and(OptionalCheck::new(fetch_metadata))
}

/// Path by path, so that each one's fault is found.
fn exempt<C: Clone>(
    mut check: C,
    part: &str,
    paths: &[String],
    diagnostics: &mut CrossOriginDiagnostics,
    exempt: impl Fn(C, &str) -> Result<C, ExemptPathError>,
) -> C {
    for (index, path) in paths.iter().enumerate() {
        match exempt(check.clone(), path) {
            Ok(with_path) => check = with_path,
            Err(error) => {
                let setting = format!("{part}.exempt_paths[{index}]");
                diagnostics.fault(Fault::new(setting, &**path, FaultKind::Path(error.kind())));
            }
        }
    }
    check
}
