use http::{HeaderMap, header::LOCATION};
use url::Url;

use super::request::{RedirectFault, ReferrerPolicy, Request};

/// <https://fetch.spec.whatwg.org/#redirect-status>
pub(super) fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads; `None` where it does not say, and is a response like others.
/// <https://fetch.spec.whatwg.org/#concept-response-location-url>
pub(super) fn location(
    request: &Request,
    headers: &HeaderMap,
) -> Option<Result<Url, RedirectFault>> {
    let mut lines = headers.get_all(LOCATION).iter();
    let value = lines.next()?;
    // Two lines are no value of a header that has one.
    // https://fetch.spec.whatwg.org/#extract-header-list-values
    if lines.next().is_some() {
        return Some(Err(RedirectFault::NotHttp));
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    let url = request.url().and_then(|url| url.join(&text).ok());
    Some(url.ok_or(RedirectFault::NotHttp).map(|mut url| {
        url.set_fragment(None);
        url
    }))
}

/// <https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect>
pub(super) fn take_referrer_policy(request: &mut Request, headers: &HeaderMap) {
    for line in headers.get_all("referrer-policy") {
        for name in line.as_bytes().split(|byte| *byte == b',').map(crate::fetch::trim_ows) {
            request.referrer_policy =
                ReferrerPolicy::named(name).unwrap_or(request.referrer_policy);
        }
    }
}
