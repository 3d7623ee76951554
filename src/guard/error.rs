use std::{convert::Infallible, fmt};

use super::host::HostPatternFault;
use crate::{
    config::{ConfigError, Diagnostic, Diagnostics},
    request::path::PathFault,
};

/// A setting of a check with which no layer can be made.
pub type Fault = Diagnostic<FaultKind>;

/// The faults of all checks of a guard.
///
/// ```
/// use tower_cross_origin::guard::{Check, Csrf, FaultKind, HostCheck, HostPatternFault};
/// # #[cfg(feature = "tower")] {
/// use tower_cross_origin::guard::GuardLayer;
///
/// let check = HostCheck::new(["https://api.example.com", "*"])
///     .and(Csrf::new().exempt_paths(["/hooks/payment", "hooks/refund"]));
/// let error = GuardLayer::new(check).unwrap_err();
/// let [scheme, everything, path] = error.faults() else { panic!("{error}") };
/// assert_eq!(scheme.setting(), "host.names[0]");
/// assert_eq!(scheme.value(), "https://api.example.com");
/// assert_eq!(scheme.kind(), &FaultKind::Host(HostPatternFault::Scheme));
/// assert_eq!(
///     scheme.to_string(),
///     r#"host.names[0] = "https://api.example.com": a Host header has no scheme; write "api.example.com""#,
/// );
/// assert_eq!(everything.setting(), "host.names[1]");
/// assert_eq!(path.setting(), "csrf.exempt_paths[1]");
/// # }
/// ```
pub type GuardConfigError = ConfigError<FaultKind>;

/// The kind of a [`Fault`]; its `Display` says why the value is a fault, and how to fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// A [`HostCheck`](super::HostCheck) without any name.
    NoHosts,
    /// An invalid name of a host.
    Host(HostPatternFault),
    /// An invalid or ambiguous path.
    Path(PathFault),
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHosts => f.write_str(
                "without a name every request is denied; write the name that clients call the \
                 service by, or allow the loopback names",
            ),
            Self::Host(fault) => fault.fmt(f),
            Self::Path(fault) => fault.fmt(f),
        }
    }
}

/// Returns the error with these faults, if there are any.
#[cfg(feature = "tower")]
pub(crate) fn check_faults(faults: Vec<Fault>) -> Result<(), GuardConfigError> {
    let mut diagnostics = Diagnostics::<FaultKind, Infallible>::default();
    for fault in faults {
        diagnostics.fault(fault);
    }
    diagnostics.check("guard")
}
