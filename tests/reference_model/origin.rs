//! The grammar of an `Origin` header.
//!
//! An origin has three parts, and at most 326 bytes. The only other valid values are `null` and `file://`.
//!
//! - The scheme is lower-case, has at most 64 bytes, and is followed by `://`.
//! - The host of a web page has labels of `a-z`, `0-9`, `_`, `-`, none of them empty, perhaps a dot after the last
//!   label, and at most 253 bytes. Otherwise, the host is a dotted IPv4 address, or a bracketed IPv6 address in its
//!   canonical form.
//! - The host of other schemes has `A-Z`, `a-z`, `0-9`, `.`, `_`, `~`, `%`, `-`, and 1 to 253 bytes, or is a bracketed
//!   IPv6 address.
//! - The port is a number from 1 to 65535 without leading zeros, and not the default port of the scheme.

/// The parts of an origin, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Opaque,
    Tuple { scheme: String, host: String, port: String },
}

impl Reading {
    /// Parses an origin; `None` if `bytes` is not an origin.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > 326 || !bytes.is_ascii() {
            return None;
        }
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        if text == "null" {
            return Some(Self::Opaque);
        }
        let (scheme, rest) = text.split_once("://")?;
        if scheme == "file" {
            let (host, port) = (String::new(), String::new());
            return rest.is_empty().then(|| Self::Tuple { scheme: scheme.to_owned(), host, port });
        }
        let (host, port) = host_and_port(rest)?;
        let is_host =
            if WEB_SCHEMES.contains(&scheme) { is_host(&host) } else { is_opaque_host(&host) };
        let is_origin = is_scheme(scheme) && is_host && is_port(&port, scheme);
        is_origin.then(|| Self::Tuple { scheme: scheme.to_owned(), host, port })
    }

    /// Returns the text of the origin.
    pub(crate) fn serialize(&self) -> String {
        match self {
            Self::Opaque => "null".to_owned(),
            Self::Tuple { scheme, host, port } if port.is_empty() => format!("{scheme}://{host}"),
            Self::Tuple { scheme, host, port } => format!("{scheme}://{host}:{port}"),
        }
    }

    /// Returns `true` for `localhost`, its subdomains, 127.0.0.0/8 and `[::1]`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Opaque => false,
            Self::Tuple { host, .. } => {
                host == "localhost"
                    || host.ends_with(".localhost")
                    || host == "[::1]"
                    || (is_ipv4(host) && host.starts_with("127."))
            }
        }
    }
}

/// Returns the canonical text of an IPv6 address.
///
/// The form is RFC 5952 without its exception for embedded IPv4 addresses.
pub(crate) fn ipv6_text(pieces: &[u16]) -> String {
    let written = |pieces: &[u16]| {
        let pieces: Vec<String> = pieces.iter().map(|piece| format!("{piece:x}")).collect();
        pieces.join(":")
    };
    // Longer runs are tried first, and earlier runs before later runs of the same length.
    for length in (2..=8).rev() {
        for start in 0..=8 - length {
            let (before, rest) = pieces.split_at(start);
            let (run, after) = rest.split_at(length);
            if run.iter().all(|&piece| piece == 0) {
                return format!("{}::{}", written(before), written(after));
            }
        }
    }
    written(pieces)
}

/// The schemes whose hosts are domain names and addresses, except `file`.
const WEB_SCHEMES: &[&str] = &["http", "https", "ws", "wss", "ftp"];

/// Splits a host and a port. The port does not include its colon, and is empty if it is missing.
fn host_and_port(rest: &str) -> Option<(String, String)> {
    let host_end = if rest.starts_with('[') {
        rest.find(']')? + 1
    } else {
        rest.find(':').unwrap_or(rest.len())
    };
    let (host, port) = rest.split_at(host_end);
    match port.strip_prefix(':') {
        // A port must follow a colon.
        Some("") => None,
        Some(port) => Some((host.to_owned(), port.to_owned())),
        None => port.is_empty().then(|| (host.to_owned(), String::new())),
    }
}

fn is_scheme(scheme: &str) -> bool {
    let in_scheme = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '+' | '-' | '.');
    scheme.len() <= 64
        && scheme.starts_with(|char: char| char.is_ascii_lowercase())
        && scheme.chars().all(in_scheme)
}

fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return is_ipv6(host);
    }
    // A dot can follow a domain name, but not an address.
    let mut labels: Vec<&str> = host.split('.').collect();
    if labels.len() > 1 && labels.last() == Some(&"") {
        labels.pop();
    }
    let is_label = |label: &&str| {
        let in_label = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '_' | '-');
        !label.is_empty() && label.chars().all(in_label)
    };
    let last = labels.last().copied().unwrap_or_default();
    let is_number = last.chars().all(|char| char.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|hex| hex.chars().all(|char| char.is_ascii_hexdigit()));
    // If a host ends in a number, the URL parser requires an IPv4 address in its only canonical form.
    host.len() <= 253 && labels.iter().all(is_label) && (!is_number || is_ipv4(host))
}

/// Returns `true` for the host of an application or an extension.
fn is_opaque_host(host: &str) -> bool {
    let in_host =
        |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '~' | '%' | '-');
    is_ipv6(host) || ((1..=253).contains(&host.len()) && host.chars().all(in_host))
}

fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| {
        ipv6_pieces(address).is_some_and(|pieces| ipv6_text(&pieces) == address)
    })
}

pub(crate) fn is_ipv4(host: &str) -> bool {
    let octets: Vec<&str> = host.split('.').collect();
    let is_octet =
        |octet: &&str| octet.parse::<u8>().is_ok_and(|number| number.to_string() == **octet);
    octets.len() == 4 && octets.iter().all(is_octet)
}

fn ipv6_pieces(address: &str) -> Option<Vec<u16>> {
    let pieces = |part: &str| -> Option<Vec<u16>> {
        if part.is_empty() {
            return Some(Vec::new());
        }
        let is_piece = |piece: &str| (1..=4).contains(&piece.len()) && !piece.starts_with('+');
        let number = |piece: &str| u16::from_str_radix(piece, 16).ok().filter(|_| is_piece(piece));
        part.split(':').map(number).collect()
    };
    match address.split_once("::") {
        Some((before, after)) => {
            let (before, after) = (pieces(before)?, pieces(after)?);
            let zeros = 8_usize.checked_sub(before.len() + after.len())?;
            Some([before, vec![0; zeros], after].concat())
        }
        None => pieces(address).filter(|pieces| pieces.len() == 8),
    }
}

fn is_port(port: &str, scheme: &str) -> bool {
    const DEFAULTS: [(&str, &str); 5] =
        [("https", "443"), ("wss", "443"), ("http", "80"), ("ws", "80"), ("ftp", "21")];
    let is_number =
        port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    port.is_empty() || (is_number && !DEFAULTS.contains(&(scheme, port)))
}
