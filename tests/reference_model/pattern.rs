//! The syntax of origin patterns.
//!
//! The syntax is `scheme "://" ["*."] host [":" (port | "*")]`, or `file://`. Each part has the syntax of the
//! part of an origin. Browsers never send default ports, so they are invalid.
//!
//! `*.` matches one or more labels before a domain name, so the host must be short enough for another
//! label. Before the host of an application, `*.` matches any text and a dot. `:*` matches any port, including
//! the default port. A `*` is invalid in other places.

use super::origin::Reading;

/// Returns `true` if the text is a valid pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    Pattern::parse(text).is_some()
}

/// Returns `true` if `pattern` matches `origin`. Patterns never match `null` or invalid origins.
pub(crate) fn matches_origin(pattern: &str, origin: &[u8]) -> bool {
    Pattern::parse(pattern).is_some_and(|pattern| pattern.matches_origin(origin))
}

/// Returns `true` if one of `patterns` matches `origin`.
pub(crate) fn matches_any(patterns: &[&str], origin: &[u8]) -> bool {
    patterns.iter().any(|pattern| matches_origin(pattern, origin))
}

/// The parts of a pattern, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    scheme: String,
    /// Whether the pattern matches the subdomains of the host instead of the host.
    is_for_subdomains: bool,
    host: String,
    port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Any,
    /// A single port; empty for the default port.
    One(String),
}

impl Pattern {
    /// Parses a pattern; `None` if the text is not a pattern.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (is_for_subdomains, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (any_port, rest) = match rest.strip_suffix(":*") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        // This text is a matching origin with the shortest host, if the pattern is valid. A label before an
        // address makes the host invalid.
        let shortest_label = if is_for_subdomains { "a." } else { "" };
        let example = format!("{scheme}://{shortest_label}{rest}");
        let Reading::Tuple { scheme, host, port } = Reading::parse(example.as_bytes())? else {
            return None;
        };
        if any_port && (scheme == "file" || !port.is_empty()) {
            return None;
        }
        let host = host[shortest_label.len()..].to_owned();
        if host.is_empty() && scheme != "file" {
            return None;
        }
        let port = if any_port { Port::Any } else { Port::One(port) };
        Some(Self { scheme, is_for_subdomains, host, port })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn matches_origin(&self, origin: &[u8]) -> bool {
        Reading::parse(origin).is_some_and(|origin| self.matches_parsed(&origin))
    }

    pub(crate) fn matches_parsed(&self, origin: &Reading) -> bool {
        let Reading::Tuple { scheme, host, port } = origin else { return false };
        let matches_port = match &self.port {
            Port::Any => true,
            Port::One(one) => one == port,
        };
        let matches_host = || {
            if self.is_for_subdomains { is_subdomain(host, &self.host) } else { *host == self.host }
        };
        *scheme == self.scheme && matches_port && matches_host()
    }

    /// Returns an origin that only this pattern matches, and none of `others`.
    ///
    /// A label and a port that are not in the other patterns are matched by the fewest patterns. If the
    /// host has space for only one more byte, every label is tried. Therefore the result is exact for fewer
    /// than 1,444 other patterns, which cannot contain every label of two bytes.
    pub(crate) fn origin_outside(&self, others: &[Self]) -> Option<String> {
        let hosts =
            if self.is_for_subdomains { self.subdomains(others) } else { vec![self.host.clone()] };
        let port = match &self.port {
            Port::Any => {
                let is_listed = |port: &u16| {
                    others.iter().any(|other| other.port == Port::One(port.to_string()))
                };
                // All default ports are smaller.
                (10_000..=u16::MAX).find(|port| !is_listed(port))?.to_string()
            }
            Port::One(port) => port.clone(),
        };
        let origins = hosts.into_iter().map(|host| {
            let (scheme, port) = (self.scheme.clone(), port.clone());
            Reading::Tuple { scheme, host, port }
        });
        let mut outside =
            origins.filter(|origin| !others.iter().any(|other| other.matches_parsed(origin)));
        outside.next().map(|origin| origin.serialize())
    }

    /// Returns one subdomain that is not in the other patterns.
    ///
    /// If every such subdomain is listed, returns all subdomains with one more byte.
    fn subdomains(&self, others: &[Self]) -> Vec<String> {
        let is_listed = |host: &String| {
            let is_host_or_subdomain =
                |other: &Self| other.host == *host || is_subdomain(&other.host, host);
            others.iter().any(is_host_or_subdomain)
        };
        // The hosts of applications have more bytes. A dot can begin and end the text before the host.
        let is_web = ["http", "https", "ws", "wss", "ftp"].contains(&&*self.scheme);
        let more = if is_web { String::new() } else { ('A'..='Z').chain(".~%".chars()).collect() };
        let bytes = || {
            ('a'..='z').chain('0'..='9').chain(['-', '_']).chain(more.chars().collect::<Vec<_>>())
        };
        let with_label = |label: String| format!("{label}.{}", self.host);
        let one_byte = bytes().map(|byte| with_label(byte.to_string()));
        let two_bytes = bytes().flat_map(|one| bytes().map(move |two| format!("{one}{two}")));
        let mut longer = two_bytes.map(with_label).filter(|host| host.len() <= 253);
        match longer.find(|host| !is_listed(host)) {
            Some(host) => vec![host],
            None => one_byte.collect(),
        }
    }
}

/// Returns `true` if the host is a subdomain of the parent. Compares labels, beginning with the last.
///
/// The labels before the parent must have some text, since the host of an application can begin with a dot.
fn is_subdomain(host: &str, parent: &str) -> bool {
    let mut labels = host.rsplit('.');
    let is_below = parent.rsplit('.').all(|parent| labels.next() == Some(parent));
    let front: Vec<&str> = labels.collect();
    is_below && !front.join(".").is_empty()
}
