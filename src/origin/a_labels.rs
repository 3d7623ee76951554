use std::borrow::Cow;

/// The host as browsers send it. <https://url.spec.whatwg.org/#concept-domain-to-ascii>
pub(super) fn domain_to_ascii(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(Cow::into_owned)
}

/// Whether a browser sends a host that is written so: no label begins with `xn--` without being the
/// A-label of anything.
pub(crate) fn is_sent(host: &str) -> bool {
    !host.contains("xn--") || domain_to_ascii(host).as_deref() == Some(host)
}
