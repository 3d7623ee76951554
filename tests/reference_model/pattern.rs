//! Patterns of origins.
//!
//! `scheme "://" ["*."] host [":" (port | "*")]`, where each part is that of an origin, and no part is
//! one that browsers never send: the scheme is not `file`, a default port is not written. `*.` is one
//! label or more before a domain name, and so leaves room for one; `:*` is any port, the implied one
//! too. There is no other `*`.

use super::origin::Reading;

/// Whether a pattern is written so.
pub(crate) fn is_pattern(text: &str) -> bool {
    Pattern::of(text).is_some()
}

/// Whether `pattern` covers `origin`; nothing covers what is none, nor `null`.
pub(crate) fn covers(pattern: &str, origin: &[u8]) -> bool {
    Pattern::of(pattern).is_some_and(|pattern| pattern.covers(origin))
}

/// Whether one of `patterns` covers `origin`.
pub(crate) fn covers_any(patterns: &[&str], origin: &[u8]) -> bool {
    patterns.iter().any(|pattern| covers(pattern, origin))
}

/// The parts of a pattern, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    scheme: String,
    /// Whether it is for what is below the host, and not for the host itself.
    is_below: bool,
    host: String,
    port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Any,
    /// Empty for the implied one.
    One(String),
}

impl Pattern {
    /// What is written; `None` for what is no pattern.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (is_below, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (any_port, rest) = match rest.strip_suffix(":*") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        // One of the origins that it covers, if it is a pattern; its host is as short as any is. No
        // address has a label before it, so that such a host is none.
        let shortest_label = if is_below { "a." } else { "" };
        let covered = format!("{scheme}://{shortest_label}{rest}");
        let Reading::Tuple { scheme, host, port } = Reading::of(covered.as_bytes())? else {
            return None;
        };
        if scheme == "file" || (any_port && !port.is_empty()) {
            return None;
        }
        let host = host[shortest_label.len()..].to_owned();
        let port = if any_port { Port::Any } else { Port::One(port) };
        Some(Self { scheme, is_below, host, port })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn covers(&self, origin: &[u8]) -> bool {
        Reading::of(origin).is_some_and(|origin| self.covers_reading(&origin))
    }

    pub(crate) fn covers_reading(&self, origin: &Reading) -> bool {
        let Reading::Tuple { scheme, host, port } = origin else { return false };
        let is_of_port = match &self.port {
            Port::Any => true,
            Port::One(one) => one == port,
        };
        let is_of_host =
            || if self.is_below { is_below(host, &self.host) } else { *host == self.host };
        *scheme == self.scheme && is_of_port && is_of_host()
    }

    /// An origin that this covers and none of `others` does; `None` if there is none.
    ///
    /// Of all that it covers, a label and a port that none of the others names are covered by the
    /// fewest of them. Where there is room for one byte alone, each of the labels is asked for. So it
    /// holds for fewer than 1,444 others, which are too few to name all the labels of two bytes.
    pub(crate) fn origin_outside(&self, others: &[Self]) -> Option<String> {
        let hosts = if self.is_below { self.hosts_below(others) } else { vec![self.host.clone()] };
        let port = match &self.port {
            Port::Any => {
                let is_named = |port: &u16| {
                    others.iter().any(|other| other.port == Port::One(port.to_string()))
                };
                // No scheme's default is so large.
                (10_000..=u16::MAX).find(|port| !is_named(port))?.to_string()
            }
            Port::One(port) => port.clone(),
        };
        let origins = hosts.into_iter().map(|host| {
            let (scheme, port) = (self.scheme.clone(), port.clone());
            Reading::Tuple { scheme, host, port }
        });
        let mut outside =
            origins.filter(|origin| !others.iter().any(|other| other.covers_reading(origin)));
        outside.next().map(|origin| origin.serialize())
    }

    /// One host that no other names, or those with one byte before this one.
    fn hosts_below(&self, others: &[Self]) -> Vec<String> {
        let is_named = |host: &String| {
            let is_at_or_below = |other: &Self| other.host == *host || is_below(&other.host, host);
            others.iter().any(is_at_or_below)
        };
        let bytes = || ('a'..='z').chain('0'..='9').chain(['-', '_']);
        let with_label = |label: String| format!("{label}.{}", self.host);
        let one_byte = bytes().map(|byte| with_label(byte.to_string()));
        let two_bytes = bytes().flat_map(|one| bytes().map(move |two| format!("{one}{two}")));
        let mut longer = two_bytes.map(with_label).filter(|host| host.len() <= 253);
        match longer.find(|host| !is_named(host)) {
            Some(host) => vec![host],
            None => one_byte.collect(),
        }
    }
}

/// Compared label by label, the last one first.
fn is_below(host: &str, parent: &str) -> bool {
    let mut labels = host.rsplit('.');
    parent.rsplit('.').all(|parent| labels.next() == Some(parent)) && labels.next().is_some()
}
