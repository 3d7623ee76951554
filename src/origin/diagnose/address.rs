use std::net::{Ipv4Addr, Ipv6Addr};

use crate::origin::{Host, OriginFault, host::Ipv6Text, parse::port};

/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
pub(super) fn mend_ipv4(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    found(OriginFault::Ipv4);
    let numbers = host.split('.').map(ipv4_number).collect::<Option<Vec<u64>>>()?;
    let (last, front) = numbers.split_last()?;
    let mut octets = [0; 4];
    let (first_octets, last_octets) = octets.split_at_mut_checked(front.len())?;
    for (octet, number) in first_octets.iter_mut().zip(front) {
        *octet = u8::try_from(*number).ok()?;
    }
    // The last number fills all the places that are left: `127.1` is 127.0.0.1.
    let last = u32::try_from(*last).ok()?.to_be_bytes();
    let (beyond, low) = last.split_at_checked(last.len().checked_sub(last_octets.len())?)?;
    last_octets.copy_from_slice(low);
    let fits = !last_octets.is_empty() && beyond.iter().all(|&byte| byte == 0);
    fits.then(|| Ipv4Addr::from(octets).to_string())
}

/// <https://url.spec.whatwg.org/#ipv4-number-parser>: decimal, octal after `0`, hexadecimal after `0x`.
fn ipv4_number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => match part.strip_prefix('0') {
            Some(octal) if !octal.is_empty() => (octal, 8),
            _ => (part, 10),
        },
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits {
        "" if radix == 16 => Some(0),
        digits => u64::from_str_radix(digits, radix).ok().filter(|_| is_plain),
    }
}

pub(super) fn mend_ipv6(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if Host::parse(host).is_some() {
        return Some(host.to_owned());
    }
    found(OriginFault::Ipv6);
    let address = host.strip_prefix('[').unwrap_or(host);
    let address = address.strip_suffix(']').unwrap_or(address);
    // `::1:9090` is an address of its own, but may well be meant for a port of `::1`.
    let may_end_in_a_port = host
        .rsplit_once(':')
        .is_some_and(|(front, digits)| port(digits).is_some() && front.parse::<Ipv6Addr>().is_ok());
    if may_end_in_a_port {
        return None;
    }
    let without_zone = address.split_once('%').map_or(address, |(address, _)| address);
    let parsed: Ipv6Addr = without_zone.parse().ok()?;
    let text = Ipv6Text::of(parsed);
    std::str::from_utf8(text.as_bytes()).ok().map(|canonical| format!("[{canonical}]"))
}

/// Two colons, and nothing but what an IPv6 address is written with.
pub(super) fn lacks_brackets(host: &str) -> bool {
    let is_written_with = |char: char| char.is_ascii_hexdigit() || matches!(char, ':' | '.');
    host.matches(':').count() > 1
        && host.split('%').next().is_some_and(|address| address.chars().all(is_written_with))
}
