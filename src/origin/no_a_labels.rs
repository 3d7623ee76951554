/// Without the feature `public-suffix` nothing knows the A-labels of a host.
pub(super) fn domain_to_ascii(_host: &str) -> Option<String> {
    None
}
