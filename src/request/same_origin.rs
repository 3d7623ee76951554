//! Detection of requests from pages of the service.

use std::borrow::Cow;

use http::HeaderValue;

use super::{RequestFacts, fetch_metadata::FetchSite};
use crate::origin::{FILE_ORIGIN, OriginSet};

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
        FetchSite::Absent => is_service_origin(facts, serialized, service_origins),
        _ => false,
    }
}

/// Returns `true` if the origin is a service origin. `Sec-Fetch-Site` must be missing.
///
/// Service origins replace the comparison with the host and port of the request.
pub(crate) fn is_service_origin(
    facts: &RequestFacts<'_>,
    serialized: &[u8],
    service_origins: &OriginSet,
) -> bool {
    if service_origins.is_empty() {
        matches_request_target(facts, serialized)
    } else {
        service_origins.contains_serialized(serialized)
    }
}

/// Returns the origin as browsers write it, for the comparisons of guards.
///
/// Native clients write `https://a.example:443` and `https://a.example/`. The result has neither the slash nor
/// the default port of `https` or `http`. <https://github.com/facebook/react-native/issues/16304>
#[inline]
pub(crate) fn as_browser_writes(origin: &HeaderValue) -> Cow<'_, HeaderValue> {
    let serialized = origin.as_bytes();
    // Origins of browsers rarely end with one of these bytes.
    match serialized.last() {
        Some(b'/' | b'3' | b'0') => without_slash_and_default_port(origin),
        _ => Cow::Borrowed(origin),
    }
}

#[inline(never)]
fn without_slash_and_default_port(origin: &HeaderValue) -> Cow<'_, HeaderValue> {
    let serialized = origin.as_bytes();
    // The slashes of `file://` are a part of the origin.
    let rest = match serialized.strip_suffix(b"/") {
        Some(rest) if origin != FILE_ORIGIN => rest,
        _ => serialized,
    };
    let default_port: &[u8] = match rest {
        [b'h', b't', b't', b'p', b's', b':', ..] => b":443",
        [b'h', b't', b't', b'p', b':', ..] => b":80",
        _ => b"",
    };
    let rest = rest.strip_suffix(default_port).unwrap_or(rest);
    match HeaderValue::from_bytes(rest) {
        Ok(shorter) if rest.len() < serialized.len() => Cow::Owned(shorter),
        _ => Cow::Borrowed(origin),
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
