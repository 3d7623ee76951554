//! What a browser says of a request, and no page can: `Sec-Fetch-*`.

use http::{HeaderMap, HeaderName};

/// How far the page that asks is from the service.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchSite {
    /// An older browser, a service that is not reached by HTTPS, or no browser.
    Absent,
    SameOrigin,
    SameSite,
    CrossSite,
    /// The user, by the address bar or a bookmark.
    None,
    /// A value that this crate does not know. Browsers may have more some day.
    Unknown,
    /// Several lines, which no browser sends.
    Several,
}

impl FetchSite {
    /// One look costs a third of a pass over all names.
    #[inline]
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(&SEC_FETCH_SITE).iter();
        let Some(site) = lines.next() else { return Self::Absent };
        if lines.next().is_some() {
            return Self::Several;
        }
        match site.as_bytes() {
            b"same-origin" => Self::SameOrigin,
            b"same-site" => Self::SameSite,
            b"cross-site" => Self::CrossSite,
            b"none" => Self::None,
            _ => Self::Unknown,
        }
    }
}

/// A static, since each use of a constant would make it anew.
pub(crate) static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the request is for: `navigate`, `cors`, `no-cors`, `same-origin` or `websocket`.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-mode-header>
pub(crate) static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What the response is wanted for.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header>
pub(crate) static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
