//! What a browser says of a request, and no page can: `Sec-Fetch-*`.

use http::{HeaderMap, HeaderName, HeaderValue};

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
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Said::of(headers).site
    }

    fn named(site: &HeaderValue) -> Self {
        match site.as_bytes() {
            b"same-origin" => Self::SameOrigin,
            b"same-site" => Self::SameSite,
            b"cross-site" => Self::CrossSite,
            b"none" => Self::None,
            _ => Self::Unknown,
        }
    }
}

/// All that a browser says of a request that decides anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) site: FetchSite,
    /// The mode and the destination; empty where they are absent, and where there are several lines.
    pub(crate) mode: &'a [u8],
    pub(crate) destination: &'a [u8],
}

impl<'a> Said<'a> {
    /// One pass over the names costs less than to look for each of three; and their length tells nearly
    /// all others apart.
    #[inline]
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let (mut site, mut mode, mut destination) = (FetchSite::Absent, Line::Absent, Line::Absent);
        for (name, value) in headers {
            let name = name.as_str();
            if name.len() != SEC_FETCH_SITE.as_str().len() || !name.starts_with("sec-fetch-") {
                continue;
            }
            match name.as_bytes() {
                [.., b's', b'i', b't', b'e'] if site == FetchSite::Absent => {
                    site = FetchSite::named(value);
                }
                [.., b's', b'i', b't', b'e'] => site = FetchSite::Several,
                [.., b'm', b'o', b'd', b'e'] => mode = mode.and(value),
                [.., b'd', b'e', b's', b't'] => destination = destination.and(value),
                _ => {}
            }
        }
        Self { site, mode: mode.value(), destination: destination.value() }
    }
}

/// A header that has one line, or says nothing.
#[derive(Clone, Copy)]
enum Line<'a> {
    Absent,
    Only(&'a [u8]),
    Several,
}

impl<'a> Line<'a> {
    fn and(self, value: &'a HeaderValue) -> Self {
        match self {
            Self::Absent => Self::Only(value.as_bytes()),
            _ => Self::Several,
        }
    }

    fn value(self) -> &'a [u8] {
        match self {
            Self::Only(value) => value,
            _ => b"",
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
