//! Storage access headers. <https://privacycg.github.io/storage-access-headers/>

use http::{HeaderMap, HeaderName, header::ORIGIN};
use sfv::{BareItem, Item, Parser};

use super::header_values::get;

/// Whether pages of another site can use the cookies of the service.
///
/// The status is known for requests with credentials that the page sends to another site, except top-level
/// navigations. <https://privacycg.github.io/storage-access-headers/#storage-access-status>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageAccess {
    /// The browser sends and stores no cookies.
    None,
    /// The user allows access. The browser sends no cookies until the service activates access.
    Inactive,
    /// The browser sends and stores cookies.
    Active,
}

impl StorageAccess {
    /// Returns the value of `Sec-Fetch-Storage-Access`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Inactive => "inactive",
            Self::Active => "active",
        }
    }
}

/// Whether the service activated the access of a request.
///
/// <https://privacycg.github.io/storage-access-headers/#request-eligible-for-storage-access>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    None,
    /// The browser sends the request again, and does not use its HTTP cache.
    ThisHop,
    /// A redirect within the origin followed.
    Earlier,
}

/// Returns whether the response makes the browser send the request again, with cookies.
///
/// <https://privacycg.github.io/storage-access-headers/#perform-a-storage-access-retry-check>
pub(super) fn is_retry(request: &HeaderMap, response: &HeaderMap) -> bool {
    let Some(value) = get(response, &ACTIVATE_STORAGE_ACCESS) else { return false };
    let Ok(Item { bare_item, params }) = Parser::new(&value).parse() else { return false };
    if bare_item.as_token().is_none_or(|token| token.as_str() != "retry") {
        return false;
    }
    match params.get("allowed-origin") {
        Some(BareItem::Token(token)) => token.as_str() == "*",
        Some(BareItem::String(origin)) => {
            request.get(ORIGIN).is_some_and(|value| value.as_bytes() == origin.as_str().as_bytes())
        }
        _ => false,
    }
}

const ACTIVATE_STORAGE_ACCESS: HeaderName = HeaderName::from_static("activate-storage-access");
