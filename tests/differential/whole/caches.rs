//! Checks that a shared cache may store the responses of the layer.

use std::collections::BTreeSet;

use super::service::Exchange;
use crate::reference_model::whole::{Section, http::names_in};

/// Returns the number of pairs of exchanges of which the first may serve the second.
///
/// A stored response serves requests for the same target with the same values of the headers in `Vary`
/// (RFC 9111, section 4.1). The layer must send the same response to these requests.
///
/// # Errors
///
/// The first pair with different responses.
pub(super) fn check(exchanges: &[Exchange]) -> Result<u64, String> {
    let mut served = 0;
    for (index, stored) in exchanges.iter().enumerate() {
        for next in exchanges.iter().skip(index + 1).filter(|next| stored.serves(next)) {
            served += 1;
            if stored.seen() != next.seen() {
                return Err(format!(
                    "the cache stores {stored:#?}\n\nand would send it instead of {next:#?}"
                ));
            }
        }
    }
    Ok(served)
}

impl Exchange {
    /// Returns whether a cache may send this response to the next request.
    ///
    /// `guard.require_preflight` adds nothing to `Vary`: the page may send the same `GET` without `Content-Type`.
    fn serves(&self, next: &Self) -> bool {
        let (stored, request) = (&self.request, &next.request);
        let is_same = |name: &str| stored.values(name).eq(request.values(name));
        let vary = names_in(&self.response.joined("vary").unwrap_or_default());
        let control = names_in(&self.response.joined("cache-control").unwrap_or_default());
        let is_stored = !control.contains("no-store")
            && !control.contains("private")
            && self.response.status != 101
            && ["GET", "HEAD"].contains(&&*stored.method);
        // Shared caches do not store responses to requests with `Authorization`. Section 3.5
        let has_authorization = stored.has("authorization") || request.has("authorization");
        let is_same_target = stored.method == request.method
            && stored.authority == request.authority
            && stored.path == request.path
            && stored.query == request.query
            && is_same("host");
        // Caches forward handshakes.
        let is_handshake = stored.is_handshake() || request.is_handshake();
        let lacks_preflight = next.rejected_by == Some(Section::RequirePreflight.key());
        is_stored
            && is_same_target
            && !is_handshake
            && !lacks_preflight
            && !has_authorization
            && !vary.contains("*")
            && vary.iter().all(|name| is_same(name))
    }

    /// Returns the parts of the response that a client sees.
    fn seen(&self) -> (u16, BTreeSet<&(String, String)>, &[u8]) {
        let response = &self.response;
        (response.status, response.headers.iter().collect(), &response.body)
    }
}
