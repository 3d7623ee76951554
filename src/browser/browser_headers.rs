//! The request headers that the browser adds, without the script.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HOST, ORIGIN, REFERER},
};
use url::Url;

use super::{
    request::{Mode, ReferrerPolicy, Request, Tainting, User},
    site::{PageOrigin, is_http, is_potentially_trustworthy},
    storage_access::StorageAccess,
};
use crate::fetch::Destination;

/// Adds the browser's headers to the headers that the script set.
/// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
pub(super) fn add_browser_headers(request: &Request, headers: &mut HeaderMap) {
    let Some(url) = request.url() else { return };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    set(headers, HOST, &format!("{host}{port}"));
    if !headers.contains_key(ACCEPT) {
        set(headers, ACCEPT, accept(request.destination));
    }
    if let Some(length) = content_length(request) {
        set(headers, CONTENT_LENGTH, &length.to_string());
    }
    if let Some(referrer) = &request.referrer {
        set(headers, REFERER, referrer.as_str());
    }
    if let Some(origin) = origin(request, url) {
        set(headers, ORIGIN, origin);
    }
    let is_preflight = headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let is_redirected = request.tainting == Tainting::Cors && request.has_left_an_origin();
    let sends_metadata =
        is_preflight || !is_redirected || request.engine.sends_fetch_metadata_after_redirect();
    if is_potentially_trustworthy(url) && sends_metadata {
        add_fetch_metadata(request, headers);
        if let Some(access) = request.storage_access_status() {
            set(headers, HeaderName::from_static("sec-fetch-storage-access"), access.as_str());
        }
    }
}

/// Returns the value of `Accept`. <https://fetch.spec.whatwg.org/#document-accept-header-value>
fn accept(destination: Destination) -> &'static str {
    match destination {
        Destination::Document | Destination::Frame | Destination::Iframe => {
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        }
        Destination::Image => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        Destination::Json => "application/json,*/*;q=0.5",
        Destination::Style => "text/css,*/*;q=0.1",
        _ => "*/*",
    }
}

/// Returns the value of `Content-Length`, in bytes.
/// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>, steps 8.4 to 8.8
fn content_length(request: &Request) -> Option<usize> {
    match &request.body {
        Some(body) if body.is_stream => None,
        Some(body) => Some(body.bytes.len()),
        None => matches!(request.method, Method::POST | Method::PUT).then_some(0),
    }
}

/// Returns the value of `Origin`. <https://fetch.spec.whatwg.org/#append-a-request-origin-header>
fn origin<'a>(request: &'a Request, url: &Url) -> Option<&'a str> {
    let origin = request.serialized_origin();
    if request.tainting == Tainting::Cors {
        return Some(origin);
    }
    let may_have_storage_access =
        request.storage_access_status().is_some_and(|access| access != StorageAccess::None);
    if matches!(request.method, Method::GET | Method::HEAD) && !may_have_storage_access {
        return None;
    }
    if request.mode == Mode::Cors {
        return Some(origin);
    }
    let is_withheld = match request.referrer_policy {
        ReferrerPolicy::NoReferrer => true,
        ReferrerPolicy::NoReferrerWhenDowngrade
        | ReferrerPolicy::StrictOrigin
        | ReferrerPolicy::StrictOriginWhenCrossOrigin => {
            origin.starts_with("https:") && url.scheme() != "https"
        }
        ReferrerPolicy::SameOrigin => !request.origin.is_origin_of(url),
        ReferrerPolicy::Origin
        | ReferrerPolicy::OriginWhenCrossOrigin
        | ReferrerPolicy::UnsafeUrl => false,
    };
    Some(if is_withheld { "null" } else { origin })
}

/// Returns the value of `Referer` for the next hop.
///
/// It is computed from the previous hop's value, so that a later hop never receives more of the address.
/// <https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer>
pub(super) fn referrer(request: &Request) -> Option<Url> {
    let (from, url) = (request.referrer.as_ref()?, request.url()?);
    // Browsers send no address of a file, an application or an extension.
    if !is_http(from) {
        return None;
    }
    let mut full = from.clone();
    full.set_fragment(None);
    // Both calls fail for an address without a host, such as `data:`. Browsers never send such a
    // referrer.
    full.set_username("").and_then(|()| full.set_password(None)).ok()?;
    let mut origin = full.clone();
    origin.set_path("");
    origin.set_query(None);
    if full.as_str().len() > MAX_REFERRER_LENGTH {
        full = origin.clone();
    }
    let is_same_origin = PageOrigin::from_url(from).is_origin_of(url);
    let is_downgrade = is_potentially_trustworthy(from) && !is_potentially_trustworthy(url);
    match request.referrer_policy {
        ReferrerPolicy::NoReferrer => None,
        ReferrerPolicy::UnsafeUrl => Some(full),
        ReferrerPolicy::Origin => Some(origin),
        ReferrerPolicy::SameOrigin => is_same_origin.then_some(full),
        ReferrerPolicy::NoReferrerWhenDowngrade => (!is_downgrade).then_some(full),
        ReferrerPolicy::OriginWhenCrossOrigin => Some(if is_same_origin { full } else { origin }),
        ReferrerPolicy::StrictOriginWhenCrossOrigin if is_same_origin => Some(full),
        ReferrerPolicy::StrictOrigin | ReferrerPolicy::StrictOriginWhenCrossOrigin => {
            (!is_downgrade).then_some(origin)
        }
    }
}

/// Adds the `Sec-Fetch-*` headers.
/// <https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-append-the-fetch-metadata-headers-for-a-request>
fn add_fetch_metadata(request: &Request, headers: &mut HeaderMap) {
    let mode = match request.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
        Mode::Navigate => "navigate",
    };
    set(headers, HeaderName::from_static("sec-fetch-site"), site(request));
    set(headers, HeaderName::from_static("sec-fetch-mode"), mode);
    set(headers, HeaderName::from_static("sec-fetch-dest"), request.destination.as_str());
    if request.mode == Mode::Navigate && request.user != User::Page {
        set(headers, HeaderName::from_static("sec-fetch-user"), "?1");
    }
}

/// Returns the value of `Sec-Fetch-Site`: the most distant relation in the redirect chain.
/// <https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-site>
fn site(request: &Request) -> &'static str {
    if request.user == User::AddressBar {
        return "none";
    }
    let is_preflight = request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let urls = match request.urls.split_last() {
        Some((last, _)) if is_preflight && !request.engine.considers_redirects_of_preflights() => {
            std::slice::from_ref(last)
        }
        _ => &*request.urls,
    };
    let same_site = if urls.len() > 1 && !request.engine.sends_same_site_after_redirect() {
        "cross-site"
    } else {
        "same-site"
    };
    let mut site = "same-origin";
    for url in urls {
        if request.origin.is_origin_of(url) {
            continue;
        }
        if !request.origin.is_same_site_as(url) {
            return "cross-site";
        }
        site = same_site;
    }
    site
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

const MAX_REFERRER_LENGTH: usize = 4096;
