#[cfg(feature = "idna")]
use std::borrow::Cow;

/// The host as browsers send it. <https://url.spec.whatwg.org/#concept-domain-to-ascii>
#[cfg(feature = "idna")]
pub(super) fn domain_to_ascii(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(Cow::into_owned)
}

/// Without the feature `idna` nothing knows the A-labels of a host.
#[cfg(not(feature = "idna"))]
pub(super) fn domain_to_ascii(_host: &str) -> Option<String> {
    None
}

/// Whether a browser sends a host that is written so: no label begins with `xn--` without being the
/// A-label of anything.
#[cfg(feature = "idna")]
pub(crate) fn has_valid_a_labels(host: &str) -> bool {
    !host.contains("xn--") || domain_to_ascii(host).as_deref() == Some(host)
}

/// Without the feature `idna` nothing knows that a host has an invalid A-label.
#[cfg(not(feature = "idna"))]
pub(crate) fn has_valid_a_labels(_host: &str) -> bool {
    true
}
