use http::Method;
use url::Url;

use super::{
    request::{Mode, Request, User},
    site::{PageOrigin, is_same_site},
};
use crate::fetch::Destination;

/// What a request is to the site that it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    SameSite,
    /// The user follows a link to it.
    SafeNavigation,
    /// The user sends a form to it.
    UnsafeNavigation,
    CrossSite,
}

impl Relation {
    pub(super) fn of(request: &Request) -> Self {
        let is_of_site = request.user == User::AddressBar
            || match &request.origin {
                PageOrigin::Tuple(origin) => {
                    let origin = Url::parse(origin);
                    origin.is_ok_and(|origin| {
                        request.urls.iter().all(|url| is_same_site(&origin, url))
                    })
                }
                PageOrigin::Opaque => false,
            };
        let is_top_level =
            request.mode == Mode::Navigate && request.destination == Destination::Document;
        match request.method {
            _ if is_of_site => Self::SameSite,
            _ if !is_top_level => Self::CrossSite,
            Method::GET | Method::HEAD => Self::SafeNavigation,
            _ => Self::UnsafeNavigation,
        }
    }
}
