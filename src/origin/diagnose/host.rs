use super::address::{lacks_brackets, mend_ipv4, mend_ipv6};
use crate::{
    limits::HOST_BYTES,
    origin::{Host, OriginFault, a_labels::domain_to_ascii, host::ends_in_a_number, parts::BELOW},
};

/// The host to write, with `*.` before it where that stands for subdomains; `None` where it cannot be
/// told.
pub(super) fn mend_host(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if !host.contains('*') {
        return mend_plain(host, found);
    }
    if host.split('.').all(|label| label == "*") {
        found(OriginFault::AnyHost);
        return None;
    }
    let plain = cut_wildcards(host, found);
    if plain.contains('*') {
        let is_whole = plain.split('.').any(|label| label == "*");
        found(if is_whole { OriginFault::WildcardInside } else { OriginFault::WildcardInLabel });
        return None;
    }
    let is_address = plain.starts_with('[') || lacks_brackets(plain) || ends_in_a_number(plain);
    if is_address {
        found(OriginFault::WildcardBeforeAddress);
        return mend_plain(plain, found);
    }
    let mended = mend_plain(plain, found)?;
    if mended.len() + BELOW.len() > HOST_BYTES {
        found(OriginFault::HostTooLong);
        return None;
    }
    Some(format!("{BELOW}{mended}"))
}

/// What is left after the `*` at the beginning, however often it stands there.
fn cut_wildcards<'a>(host: &'a str, found: &mut impl FnMut(OriginFault)) -> &'a str {
    let stars = |text: &'a str| text.strip_prefix('*').map(|rest| rest.trim_start_matches('*'));
    let (mut rest, mut count) = (host, 0);
    while let Some(plain) = stars(rest).and_then(|rest| rest.strip_prefix('.')) {
        (rest, count) = (plain, count + 1);
    }
    match stars(rest) {
        // Of `*-dev.example.com` nobody can tell what is meant.
        Some(plain) if plain.starts_with(|first: char| first.is_ascii_alphanumeric()) => {
            found(OriginFault::WildcardInLabel);
            return plain;
        }
        _ => {}
    }
    if count > 1 || host.starts_with("**") {
        found(OriginFault::RepeatedWildcard);
    }
    rest
}

fn mend_plain(host: &str, found: &mut impl FnMut(OriginFault)) -> Option<String> {
    if host.is_empty() {
        found(OriginFault::MissingHost);
        return None;
    }
    if host.starts_with('[') || lacks_brackets(host) {
        return mend_ipv6(host, found);
    }
    // Such as `${HOST}`, of which its capitals are the least.
    if host.bytes().any(|byte| byte.is_ascii() && !is_in_hosts(byte)) {
        found(OriginFault::MalformedHost);
        return None;
    }
    let ascii = if host.is_ascii() {
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            found(OriginFault::UpperCase);
        }
        host.to_ascii_lowercase()
    } else {
        found(OriginFault::UnicodeHost);
        domain_to_ascii(host)?
    };
    let name = match ascii.strip_suffix('.') {
        Some(name) => {
            found(OriginFault::TrailingDot);
            name
        }
        None => &ascii,
    };
    match () {
        () if name.split('.').any(str::is_empty) => found(OriginFault::EmptyLabel),
        () if name.len() > HOST_BYTES => found(OriginFault::HostTooLong),
        () if ends_in_a_number(name) => return mend_ipv4(name, found),
        () if Host::parse(name).is_none() => found(OriginFault::MalformedHost),
        () => return Some(name.to_owned()),
    }
    None
}

fn is_in_hosts(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}
