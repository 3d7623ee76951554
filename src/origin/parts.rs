use std::fmt;

use super::{Host, Origin};

/// A pattern's text, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) scheme: &'a str,
    /// Whether the subdomains of `host` are meant, and not `host`.
    pub(crate) below: bool,
    pub(crate) host: &'a str,
    pub(crate) port: PortPattern,
}

impl Parts<'_> {
    pub(crate) fn is_exact(&self) -> bool {
        !self.below && self.port != PortPattern::Any
    }

    /// Whether everything that the pattern covers is on this machine itself.
    pub(crate) fn is_loopback(&self) -> bool {
        Host::parse(self.host).is_some_and(Host::is_loopback)
    }

    /// See [`Origin::is_insecure`].
    pub(crate) fn is_insecure(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// Whether it may be loopback or insecure, told without reading the host.
    pub(crate) fn may_be_delicate(&self) -> bool {
        self.scheme == "http"
            || self.host.ends_with("localhost")
            || self.host.starts_with("127.")
            || self.host.starts_with('[')
    }

    /// Whether `host` is a subdomain of the pattern's host.
    pub(crate) fn is_above(&self, host: &str) -> bool {
        // What is left before the dot is the beginning of a host, and so at least a label.
        host.strip_suffix(self.host).is_some_and(|front| front.ends_with('.'))
    }

    pub(crate) fn covers(&self, origin: &Origin<'_>) -> bool {
        let Some(host) = origin.host_text() else { return false };
        let is_of_host = if self.below { self.is_above(host) } else { host == self.host };
        is_of_host && origin.scheme() == Some(self.scheme) && self.port.covers(origin.port())
    }
}

/// The pattern as it is written.
impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = if self.below { BELOW } else { "" };
        write!(f, "{}://{below}{}", self.scheme, self.host)?;
        match self.port {
            PortPattern::Any => f.write_str(":*"),
            PortPattern::Only(Some(port)) => write!(f, ":{port}"),
            PortPattern::Only(None) => Ok(()),
        }
    }
}

/// The ports that a pattern covers; no port stands for the scheme's default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PortPattern {
    Any,
    Only(Option<u16>),
}

impl PortPattern {
    pub(crate) fn covers(self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == port,
        }
    }
}

/// What stands before the host of a pattern for every subdomain.
pub(super) const BELOW: &str = "*.";
