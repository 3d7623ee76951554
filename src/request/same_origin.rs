//! Detection of requests from pages of the service.

use http::HeaderValue;

use super::{RequestFacts, fetch_metadata::FetchSite};
use crate::origin::OriginSet;

/// Returns `true` if a page of a service origin sent the request.
///
/// The result depends on `Sec-Fetch-Site`, which pages cannot set. If the browser does not send this
/// header, the origin is compared with `service_origins`. If `service_origins` is empty, the origin is
/// compared with the host and port of the request. `Forwarded` and similar headers of proxies are ignored,
/// since any client can send them.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
pub(crate) fn is_same_origin(
    facts: &RequestFacts<'_>,
    serialized: &[u8],
    service_origins: &OriginSet,
) -> bool {
    match facts.fetch_site() {
        FetchSite::SameOrigin => true,
        FetchSite::Absent if service_origins.is_empty() => {
            matches_request_target(facts, serialized)
        }
        FetchSite::Absent => service_origins.contains_serialized(serialized),
        _ => false,
    }
}

/// Returns `true` if the origin has the host and port of the request's target.
///
/// The scheme is not compared. Behind a proxy that terminates TLS, the service does not know its scheme.
///
/// The text is compared without parsing. [`Origin`](crate::origin::Origin) rejects some hosts that are valid
/// targets, such as a host of more than 253 bytes. Only pages of the target send such an origin.
pub(crate) fn matches_request_target(facts: &RequestFacts<'_>, serialized: &[u8]) -> bool {
    let (default_port, authority): (&[u8], _) = match serialized {
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', authority @ ..] => (b":443", authority),
        [b'h', b't', b't', b'p', b':', b'/', b'/', authority @ ..] => (b":80", authority),
        // Services have no other schemes.
        _ => return false,
    };
    let authority_of_target = facts.head().uri().authority().map(|one| one.as_str().as_bytes());
    let target = authority_of_target.or_else(|| facts.host().single().map(HeaderValue::as_bytes));
    target.is_some_and(|target| {
        let target = target.strip_suffix(default_port).unwrap_or(target);
        // Clients usually send lower case, as browsers do.
        !authority.is_empty() && (target == authority || target.eq_ignore_ascii_case(authority))
    })
}
