//! Tests of the resource isolation policy by `Sec-Fetch-*` headers. STANDARDS C21 and C22.

use http::{Request, request};
use tower_cross_origin::{
    fetch::Destination,
    guard::{FetchMetadata, Rejection},
};

use crate::support::guarded::{expect, send};

const CROSS: Option<Rejection> = Some(Rejection::CrossSite);
const SAME: Option<Rejection> = Some(Rejection::SameSite);

fn sent([method, site, mode, destination]: [&str; 4]) -> request::Builder {
    let request = Request::builder().method(method).uri("/report");
    let request = request.header("sec-fetch-site", site).header("sec-fetch-mode", mode);
    request.header("sec-fetch-dest", destination)
}

#[test]
fn cross_site_requests_are_denied_except_navigations() {
    #[rustfmt::skip]
    let cases = [
        // Links, forms with GET, frames.
        (["GET", "cross-site", "navigate", "document"], None),
        (["HEAD", "cross-site", "navigate", "document"], None),
        (["GET", "cross-site", "navigate", "iframe"], None),
        (["GET", "cross-site", "navigate", "object"], None),
        // The mode of iframes in older browsers.
        (["GET", "cross-site", "nested-navigate", "iframe"], None),
        // Forms with POST.
        (["POST", "cross-site", "navigate", "document"], CROSS),
        (["POST", "cross-site", "navigate", "iframe"], CROSS),
        // Elements.
        (["GET", "cross-site", "no-cors", "image"], CROSS),
        (["GET", "cross-site", "no-cors", "script"], CROSS),
        (["GET", "cross-site", "no-cors", "style"], CROSS),
        (["GET", "cross-site", "no-cors", "video"], CROSS),
        // Scripts.
        (["GET", "cross-site", "cors", "empty"], CROSS),
        (["POST", "cross-site", "no-cors", "empty"], CROSS),
        (["PUT", "cross-site", "cors", "empty"], CROSS),
        (["GET", "cross-site", "websocket", "empty"], CROSS),
        (["GET", "cross-site", "same-origin", "empty"], CROSS),
        // An unknown mode, and empty values.
        (["GET", "cross-site", "webidentity", "webidentity"], CROSS),
        (["GET", "cross-site", "", ""], CROSS),
    ];
    for (request, rejection) in cases {
        let about = format!("{request:?}");
        expect(FetchMetadata::new(), || sent(request), rejection, &about);
        let [method, _, mode, destination] = request;
        for site in ["same-origin", "none", "same-site", "new"] {
            let closer_request = [method, site, mode, destination];
            expect(
                FetchMetadata::new(),
                || sent(closer_request),
                None,
                &format!("{closer_request:?}"),
            );
        }
        // With `deny_same_site`, other origins of the site are treated like other sites.
        let closer_request = [method, "same-site", mode, destination];
        let strict = || FetchMetadata::new().deny_same_site(true);
        expect(
            strict(),
            || sent(closer_request),
            rejection.and(SAME),
            &format!("{closer_request:?}, strict"),
        );
        expect(strict(), || sent(request), rejection, &format!("{about}, strict"));
    }
}

// R30: `respondWith(fetch(event.request))` of a service worker sends the embedded images, scripts and media of its
// pages with the destination `empty`. https://fetch.spec.whatwg.org/#dom-request
#[test]
fn service_worker_requests_need_the_destination_empty() {
    let images = || FetchMetadata::new().allow_destinations([Destination::Image]);
    let with_empty = || images().allow_destinations([Destination::Empty]);
    let first_visit = || sent(["GET", "cross-site", "no-cors", "image"]);
    expect(images(), first_visit, None, "the page itself");
    for method in ["GET", "HEAD"] {
        let passed_on = || sent([method, "cross-site", "no-cors", "empty"]);
        expect(images(), passed_on, CROSS, "a service worker");
        expect(with_empty(), passed_on, None, "a service worker that a setting allows");
        expect(images().exempt_paths(["/report"]), passed_on, None, "an exempt path");
    }
    // The setting allows neither other destinations, nor other methods, nor readable responses.
    for request in [
        ["GET", "cross-site", "no-cors", "script"],
        ["POST", "cross-site", "no-cors", "empty"],
        ["GET", "cross-site", "cors", "empty"],
        ["GET", "cross-site", "same-origin", "empty"],
        ["GET", "cross-site", "websocket", "empty"],
    ] {
        expect(with_empty(), || sent(request), CROSS, &format!("{request:?}"));
    }
}

// A preflight has `cross-site` and `cors`. The CORS layer responds to it.
#[test]
fn preflight_is_allowed() {
    let preflight = |method, site| {
        let request = sent([method, site, "cors", "empty"]).header("origin", "https://a.example");
        request.header("access-control-request-method", "PUT")
    };
    expect(
        FetchMetadata::new(),
        || preflight("OPTIONS", "cross-site"),
        None,
        "cross-site preflight",
    );
    let strict = || FetchMetadata::new().deny_same_site(true);
    expect(strict(), || preflight("OPTIONS", "same-site"), None, "same-site preflight");
    expect(
        FetchMetadata::new(),
        || preflight("GET", "cross-site"),
        CROSS,
        "GET is not a preflight",
    );
    let plain =
        || sent(["OPTIONS", "cross-site", "cors", "empty"]).header("origin", "https://a.example");
    expect(FetchMetadata::new(), plain, CROSS, "OPTIONS without a requested method");
}

#[test]
fn request_without_metadata_is_allowed() {
    for method in ["GET", "POST"] {
        let bare = || Request::builder().method(method).uri("/");
        expect(FetchMetadata::new(), bare, None, method);
        let without_site = || bare().header("sec-fetch-mode", "no-cors");
        expect(FetchMetadata::new(), without_site, None, "Sec-Fetch-Mode only");
    }
    let twice =
        || sent(["POST", "same-origin", "cors", "empty"]).header("sec-fetch-site", "same-origin");
    expect(FetchMetadata::new(), twice, CROSS, "two Sec-Fetch-Site");
    let modes =
        || sent(["GET", "cross-site", "navigate", "document"]).header("sec-fetch-mode", "navigate");
    expect(FetchMetadata::new(), modes, CROSS, "two Sec-Fetch-Mode");
}

#[test]
fn each_setting_changes_the_verdict() {
    type Setting = fn(FetchMetadata) -> FetchMetadata;
    let cors: Setting = |check| check.allow_cors(true);
    let sockets: Setting = |check| check.allow_web_sockets(true);
    let images: Setting = |check| {
        check.allow_destinations([Destination::Image, Destination::Video, Destination::Empty])
    };
    let no_frames: Setting = |check| check.deny_frames(true);
    let no_links: Setting = |check| check.deny_navigations(true);
    let neither: Setting = |check| check.deny_navigations(true).deny_frames(true);
    let path: Setting = |check| check.exempt_paths(["/report"]);
    let other: Setting = |check| check.exempt_paths(["/report/"]);
    let skipped: Setting = |check| check.skip_if(|head| head.headers().contains_key("x-skip"));
    #[rustfmt::skip]
    let cases = [
        (cors, ["GET", "cross-site", "cors", "empty"], None),
        (cors, ["PUT", "cross-site", "cors", "empty"], None),
        (cors, ["GET", "cross-site", "cors", "script"], None),
        (cors, ["POST", "cross-site", "no-cors", "empty"], CROSS),
        (cors, ["GET", "cross-site", "no-cors", "image"], CROSS),
        (cors, ["GET", "cross-site", "websocket", "empty"], CROSS),
        (cors, ["CONNECT", "cross-site", "webtransport", "empty"], CROSS),
        (sockets, ["GET", "cross-site", "websocket", "empty"], None),
        (sockets, ["CONNECT", "cross-site", "webtransport", "empty"], None),
        (path, ["CONNECT", "cross-site", "webtransport", "empty"], CROSS),
        (path, ["POST", "cross-site", "webtransport", "empty"], CROSS),
        (sockets, ["GET", "cross-site", "cors", "empty"], CROSS),
        (images, ["GET", "cross-site", "no-cors", "image"], None),
        (images, ["HEAD", "cross-site", "no-cors", "video"], None),
        (images, ["GET", "cross-site", "no-cors", "script"], CROSS),
        (images, ["POST", "cross-site", "no-cors", "image"], CROSS),
        (images, ["GET", "cross-site", "cors", "image"], CROSS),
        (images, ["GET", "cross-site", "no-cors", "Image"], CROSS),
        (images, ["POST", "cross-site", "no-cors", "empty"], CROSS),
        (no_frames, ["GET", "cross-site", "navigate", "document"], None),
        (no_frames, ["GET", "cross-site", "navigate", "iframe"], CROSS),
        (no_frames, ["GET", "cross-site", "navigate", "frame"], CROSS),
        (no_frames, ["GET", "cross-site", "navigate", "object"], CROSS),
        (no_frames, ["GET", "cross-site", "navigate", "embed"], CROSS),
        (no_frames, ["GET", "cross-site", "navigate", "fencedframe"], CROSS),
        (no_links, ["GET", "cross-site", "navigate", "document"], CROSS),
        (no_links, ["GET", "none", "navigate", "document"], None),
        (neither, ["GET", "cross-site", "navigate", "document"], CROSS),
        (path, ["POST", "cross-site", "no-cors", "empty"], None),
        (other, ["POST", "cross-site", "no-cors", "empty"], CROSS),
        (skipped, ["POST", "cross-site", "no-cors", "empty"], CROSS),
    ];
    for (setting, request, rejection) in cases {
        expect(setting(FetchMetadata::new()), || sent(request), rejection, &format!("{request:?}"));
    }
    let skip = || sent(["POST", "cross-site", "no-cors", "empty"]).header("x-skip", "1");
    expect(skipped(FetchMetadata::new()), skip, None, "skipped");
}

#[test]
fn boolean_settings_replace_earlier_ones() {
    type Setting = fn(FetchMetadata, bool) -> FetchMetadata;
    #[rustfmt::skip]
    let cases: [(Setting, _, _); 5] = [
        (FetchMetadata::allow_cors, ["GET", "cross-site", "cors", "empty"], CROSS),
        (FetchMetadata::allow_web_sockets, ["GET", "cross-site", "websocket", "empty"], CROSS),
        (FetchMetadata::deny_same_site, ["GET", "same-site", "cors", "empty"], None),
        (FetchMetadata::deny_frames, ["GET", "cross-site", "navigate", "iframe"], None),
        (FetchMetadata::deny_navigations, ["GET", "cross-site", "navigate", "document"], None),
    ];
    for (set, request, unset) in cases {
        let check = || set(set(FetchMetadata::new(), true), false);
        expect(check(), || sent(request), unset, &format!("{request:?}"));
    }
}

// F70: a cache must not send the response for a same-origin page to a page of another site.
#[test]
fn responses_to_get_and_head_vary_on_metadata() {
    let vary = |request: [&'static str; 4]| {
        let response = send(FetchMetadata::new(), sent(request));
        response.headers.get("vary").map(|names| names.to_str().unwrap().to_owned())
    };
    let names = Some("sec-fetch-dest, sec-fetch-mode, sec-fetch-site".to_owned());
    assert_eq!(vary(["GET", "same-origin", "cors", "empty"]), names);
    assert_eq!(vary(["GET", "cross-site", "no-cors", "image"]), names);
    assert_eq!(vary(["HEAD", "cross-site", "navigate", "document"]), names);
    assert_eq!(vary(["POST", "same-origin", "cors", "empty"]), None);
}
