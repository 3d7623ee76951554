use std::net::{Ipv4Addr, Ipv6Addr};

use crate::limits::HOST_BYTES;

/// The host of a tuple origin. <https://url.spec.whatwg.org/#concept-host>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Host<'a> {
    /// A domain name in lower case, with A-labels: `xn--53h.example`.
    ///
    /// One dot may follow the last label. `example.com.` is a different host than `example.com`.
    Domain(&'a str),
    /// An IPv4 address: `127.0.0.1`.
    Ipv4(Ipv4Addr),
    /// An IPv6 address: `[::1]`.
    Ipv6(Ipv6Addr),
    /// The host of an application or an extension, in any case: `localhost` of `capacitor://localhost`.
    ///
    /// Schemes other than `http`, `https`, `ws`, `wss` and `ftp` have such hosts. They are neither domain
    /// names nor IPv4 addresses. <https://url.spec.whatwg.org/#opaque-host>
    Opaque(&'a str),
    /// The empty host of `file://`.
    Empty,
}

impl<'a> Host<'a> {
    pub(crate) fn is_loopback(self) -> bool {
        match self {
            Self::Domain(name) => is_loopback_name(name.as_bytes()),
            Self::Ipv4(address) => address.is_loopback(),
            Self::Ipv6(address) => address == Ipv6Addr::LOCALHOST,
            Self::Opaque(text) => {
                text == "localhost"
                    || text.ends_with(".localhost")
                    || text.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            }
            Self::Empty => false,
        }
    }

    /// Parses the host of a web origin in the form in which browsers serialise it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        Self::parse_start(text).filter(|(_, len)| *len == text.len()).map(|(host, _)| host)
    }

    /// Parses the web host at the beginning of `text`, and returns its length.
    ///
    /// The host ends at a colon or at the end of the text.
    pub(super) fn parse_start(text: &'a str) -> Option<(Self, usize)> {
        if text.starts_with('[') {
            return Self::parse_ipv6_start(text);
        }
        let mut label_start = 0;
        let mut len = text.len();
        // Each byte is checked once, since this runs for every request that a pattern may match.
        for (place, byte) in text.bytes().enumerate() {
            match CLASSES.get(usize::from(byte)) {
                Some(Class::Label) => {}
                Some(Class::Dot) if place > label_start => label_start = place + 1,
                Some(Class::Colon) => {
                    len = place;
                    break;
                }
                _ => return None,
            }
        }
        let host = text.get(..len)?;
        let last_label = host.get(label_start..)?;
        if len > HOST_BYTES {
            return None;
        }
        if last_label.is_empty() {
            // The URL parser removes a dot after an IPv4 address.
            let is_domain = !host.is_empty() && !ends_in_a_number(host);
            return is_domain.then_some((Self::Domain(host), len));
        }
        if is_a_number(last_label.as_bytes()) {
            return host.parse().ok().map(|address| (Self::Ipv4(address), len));
        }
        Some((Self::Domain(host), len))
    }

    /// Parses the opaque host at the beginning of `text`, and returns its length.
    ///
    /// Applications and extensions have such hosts. The host ends at a colon or at the end of the text.
    pub(super) fn parse_opaque_start(text: &'a str) -> Option<(Self, usize)> {
        if text.starts_with('[') {
            return Self::parse_ipv6_start(text);
        }
        let len = text.find(':').unwrap_or(text.len());
        let host = text.get(..len)?;
        let is_host = (1..=HOST_BYTES).contains(&len) && host.bytes().all(is_in_opaque_hosts);
        is_host.then_some((Self::Opaque(host), len))
    }

    fn parse_ipv6_start(text: &'a str) -> Option<(Self, usize)> {
        let address = text.strip_prefix('[')?.split_once(']')?.0;
        let parsed = address.parse().ok()?;
        let is_canonical = *Ipv6Text::new(parsed).as_bytes() == *address.as_bytes();
        is_canonical.then_some((Self::Ipv6(parsed), address.len() + "[]".len()))
    }
}

/// Returns `true` for the bytes of the hosts of applications and extensions.
///
/// This is the part of <https://url.spec.whatwg.org/#opaque-host> that browsers send.
pub(super) fn is_in_opaque_hosts(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._~%-".contains(&byte)
}

/// Returns `true` if a name is `localhost` or a subdomain of `localhost`. Ignores case.
///
/// `localhost.` is not a loopback name, since some resolvers look it up in the DNS.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
pub(crate) fn is_loopback_name(name: &[u8]) -> bool {
    let Some((front, end)) = name.split_last_chunk::<{ LOCALHOST.len() }>() else { return false };
    end.eq_ignore_ascii_case(LOCALHOST) && (front.is_empty() || front.ends_with(b"."))
}

/// Returns `true` if the host must be parsed as an IPv4 address.
///
/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>
pub(super) fn ends_in_a_number(host: &str) -> bool {
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next();
    last.is_some_and(|last| !last.is_empty() && is_a_number(last.as_bytes()))
}

fn is_a_number(label: &[u8]) -> bool {
    match label {
        [b'0', b'x', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

/// The canonical text of an IPv6 address, without its brackets and without allocating.
///
/// The standard library writes an IPv4-mapped address with dots. Browsers write it without dots.
pub(super) struct Ipv6Text {
    bytes: [u8; 39],
    len: usize,
}

impl Ipv6Text {
    pub(super) fn new(address: Ipv6Addr) -> Self {
        let mut text = Self { bytes: [0; 39], len: 0 };
        let pieces = address.segments();
        let zeros = longest_run_of_zeros(&pieces);
        for (index, &piece) in pieces.iter().enumerate() {
            match &zeros {
                // The preceding piece did not write a colon, so the run writes both colons.
                Some(run) if run.start == index => text.push(b"::"),
                Some(run) if run.contains(&index) => {}
                _ => {
                    if index > 0 && zeros.as_ref().is_none_or(|run| run.end != index) {
                        text.push(b":");
                    }
                    text.push_hex(piece);
                }
            }
        }
        text
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn push_hex(&mut self, piece: u16) {
        let digits = (u16::BITS - piece.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            let digit = usize::from(piece >> (place * 4) & 0xf);
            self.push(b"0123456789abcdef".get(digit..=digit).unwrap_or_default());
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        // Eight pieces of four digits and seven colons are 39 bytes, so the text always fits.
        if let Some(target) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            target.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }
}

/// Returns the first of the longest runs of at least two zero pieces.
fn longest_run_of_zeros(pieces: &[u16; 8]) -> Option<std::ops::Range<usize>> {
    let mut longest = 0..1;
    let mut start = 0;
    for (index, &piece) in pieces.iter().enumerate() {
        if piece != 0 {
            start = index + 1;
        } else if index + 1 - start > longest.len() {
            longest = start..index + 1;
        }
    }
    (longest.len() > 1).then_some(longest)
}

const LOCALHOST: &[u8; 9] = b"localhost";

/// The role of a byte in a host.
#[derive(Clone, Copy)]
enum Class {
    Label,
    Dot,
    Colon,
    Other,
}

/// The class of each byte. A table lookup is faster than the comparisons of a `match`.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where a panic is a compile error"
)]
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let labels = b"abcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut at = 0;
    while at < labels.len() {
        classes[labels[at] as usize] = Class::Label;
        at += 1;
    }
    classes[b'.' as usize] = Class::Dot;
    classes[b':' as usize] = Class::Colon;
    classes
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_its_subdomains_are_loopback_names() {
        for (name, is_loopback) in [
            ("localhost", true),
            ("LocalHost", true),
            ("app.localhost", true),
            ("a.b.LOCALHOST", true),
            ("evillocalhost", false),
            ("localhost.example", false),
            ("localhos", false),
            ("localhost.", false),
            ("app.localhost.", false),
            ("", false),
        ] {
            assert_eq!(is_loopback_name(name.as_bytes()), is_loopback, "{name}");
        }
    }

    #[test]
    fn ipv6_addresses_are_written_canonically() {
        for (address, text) in [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("1:0:0:2::", "1:0:0:2::"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("::ffff:127.0.0.1", "::ffff:7f00:1"),
            ("2001:DB8::00FF", "2001:db8::ff"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let parsed: Ipv6Addr = address.parse().unwrap();
            assert_eq!(std::str::from_utf8(Ipv6Text::new(parsed).as_bytes()), Ok(text));
        }
    }
}
