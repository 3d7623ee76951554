use std::borrow::Cow;

/// The host as browsers send it. <https://url.spec.whatwg.org/#concept-domain-to-ascii>
pub(super) fn domain_to_ascii(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(Cow::into_owned)
}
