//! The header `Activate-Storage-Access`.

use http::{HeaderName, HeaderValue};

use crate::{
    origin::OriginSet,
    request::{RequestFacts, fields::single_value},
};

/// Returns the value for a page of one of these origins.
///
/// <https://privacycg.github.io/storage-access-headers/#activate-storage-access-header>
pub(super) fn activation(facts: &RequestFacts<'_>, origins: &OriginSet) -> Option<HeaderValue> {
    let status = single_value(facts.head().headers(), &SEC_FETCH_STORAGE_ACCESS)?;
    let origin = facts.origin().single()?;
    if !origins.contains_serialized(origin.as_bytes()) {
        return None;
    }
    match status.as_bytes() {
        // The serialization of an origin has no characters that need an escape.
        b"inactive" => {
            let value = [&b"retry; allowed-origin=\""[..], origin.as_bytes(), b"\""].concat();
            HeaderValue::from_bytes(&value).ok()
        }
        b"active" => Some(const { HeaderValue::from_static("load") }),
        _ => None,
    }
}

pub(super) const ACTIVATE_STORAGE_ACCESS: HeaderName =
    HeaderName::from_static("activate-storage-access");

/// Whether the user allows pages of another site to use cookies of the service.
///
/// <https://privacycg.github.io/storage-access-headers/#sec-fetch-storage-access-header>
pub(super) static SEC_FETCH_STORAGE_ACCESS: HeaderName =
    HeaderName::from_static("sec-fetch-storage-access");
