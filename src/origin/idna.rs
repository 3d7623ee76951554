#[cfg(feature = "idna")]
use std::borrow::Cow;

/// Converts a host to the ASCII form that browsers send.
/// <https://url.spec.whatwg.org/#concept-domain-to-ascii>
#[cfg(feature = "idna")]
pub(crate) fn domain_to_ascii(host: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(Cow::into_owned)
}

/// Returns `None`: only the feature `idna` can compute A-labels.
#[cfg(not(feature = "idna"))]
pub(crate) fn domain_to_ascii(_host: &str) -> Option<String> {
    None
}

/// Returns `true` if every label that begins with `xn--` is a valid A-label.
#[cfg(feature = "idna")]
pub(crate) fn has_valid_a_labels(host: &str) -> bool {
    !host.contains("xn--") || domain_to_ascii(host).as_deref() == Some(host)
}

/// Returns `true`: only the feature `idna` can detect invalid A-labels.
#[cfg(not(feature = "idna"))]
pub(crate) fn has_valid_a_labels(_host: &str) -> bool {
    true
}
