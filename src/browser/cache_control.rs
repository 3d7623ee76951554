//! What `Cache-Control` says. <https://www.rfc-editor.org/rfc/rfc9111#section-5.2>

use std::time::Duration;

use http::{HeaderMap, header::CACHE_CONTROL};

use super::header_values::get;

/// The value of a directive such as `max-age`.
pub(super) fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let value = |directive: String| {
        let (key, value) = directive.split_once('=')?;
        (key == name).then(|| value.trim_matches('"').parse().ok())?
    };
    directives(headers).find_map(value).map(Duration::from_secs)
}

/// Whether a directive is there. With a list of headers, as `private="set-cookie"`, it is taken as if it
/// stood alone, which caches may do.
pub(super) fn has_directive(headers: &HeaderMap, name: &str) -> bool {
    directives(headers).any(|directive| directive.split('=').next() == Some(name))
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let value = get(headers, &CACHE_CONTROL).unwrap_or_default();
    let text = String::from_utf8_lossy(&value).to_ascii_lowercase();
    text.split(',').map(|directive| directive.trim().to_owned()).collect::<Vec<_>>().into_iter()
}
