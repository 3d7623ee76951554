/// Without the feature `public-suffix` only the list's default rule is known: every single label is
/// a public suffix.
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    (!host.contains('.')).then_some(true)
}

/// The last two labels, which is right for most names; nothing here knows the others.
#[cfg_attr(not(feature = "regex"), allow(dead_code))] // The lints of regular expressions ask it.
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let last_dot = host.rfind('.')?;
    let start = host.get(..last_dot)?.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

/// Nothing is known to be missing from a list that is not here.
#[cfg_attr(not(feature = "regex"), allow(dead_code))] // The lints of regular expressions ask it.
pub(crate) fn is_listed(_host: &str) -> bool {
    true
}
