//! Whether a request comes from a page of the service's own origin.

use super::{RequestHead, fetch_metadata::FetchSite, host::target_authority};
use crate::origin::OriginSet;

/// Whether the request comes from a page that the service itself delivered.
///
/// `Sec-Fetch-Site` says it, where the browser sends that; no page can set it. Where it is absent, the
/// origin is one of `own`, or, if there are none, the host and port that the request was sent to. What
/// a proxy says in `Forwarded` and its like never counts, since anyone can write it.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
pub(crate) fn is_same_origin(head: &RequestHead<'_>, serialized: &[u8], own: &OriginSet) -> bool {
    match FetchSite::of(head.headers()) {
        FetchSite::SameOrigin => true,
        FetchSite::Absent if own.is_empty() => is_sent_to(head, serialized),
        FetchSite::Absent => own.contains_serialized(serialized),
        _ => false,
    }
}

/// Whether the origin has the host and port of the request's target. Its scheme is not compared: behind
/// a proxy that ends TLS, the service does not know its own.
///
/// The text is compared as it is: what [`Origin`](crate::origin::Origin) takes for malformed, such as a
/// host that ends with a dot, is as good a target as any, and only a page there has that origin.
pub(crate) fn is_sent_to(head: &RequestHead<'_>, serialized: &[u8]) -> bool {
    let (default_port, own): (&[u8], _) = match serialized {
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', own @ ..] => (b":443", own),
        [b'h', b't', b't', b'p', b':', b'/', b'/', own @ ..] => (b":80", own),
        // The service is reached by no other scheme.
        _ => return false,
    };
    target_authority(head).is_some_and(|target| {
        let target = target.strip_suffix(default_port).unwrap_or(target);
        // Mostly it is written in lower case, as browsers do.
        !own.is_empty() && (target == own || target.eq_ignore_ascii_case(own))
    })
}
