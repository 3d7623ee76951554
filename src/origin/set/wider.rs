use super::OriginSet;
use crate::origin::{
    Origin,
    parts::{Parts, PortPattern},
};

impl OriginSet {
    /// Another pattern of the set that covers all that this one covers. One is found where it has the
    /// shortest host of those that cover the pattern's plainest origin, which is nearly always so.
    pub(crate) fn wider(&self, pattern: &Parts<'_>, text: &str) -> Option<&str> {
        let label = if pattern.below { "a." } else { "" };
        let port = match pattern.port {
            PortPattern::Only(Some(port)) => format!(":{port}"),
            PortPattern::Only(None) | PortPattern::Any => String::new(),
        };
        let plainest = format!("{}://{label}{}{port}", pattern.scheme, pattern.host);
        let found = self.families.find(&Origin::parse(plainest.as_bytes()).ok()?)?;
        let wide = Parts::parse(found).ok()?;
        let has_hosts = if wide.below {
            wide.is_above(pattern.host) || (pattern.below && wide.host == pattern.host)
        } else {
            !pattern.below
        };
        let has_ports = wide.port == PortPattern::Any || wide.port == pattern.port;
        (found != text && has_hosts && has_ports).then_some(found)
    }
}
