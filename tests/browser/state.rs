//! Tests of the browser's state: the preflight cache, cookies, the HTTP cache and the page's address.
//!
//! They also test `Referer`, `Sec-Fetch-*` and the messages of blocked requests.

use std::{convert::Infallible, time::Duration};

use http::{Request, Response};
use tower_cross_origin::browser::{
    BlockedStep, Credentials, Destination, Engine, Fetch, FetchOutcome, Mode, Page, ReferrerPolicy,
};

use crate::{
    support::block_on,
    wpt::{BODY, is_preflight, response, service},
};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/items";

const ORIGIN: (&str, &str) = ("access-control-allow-origin", PAGE);
const TRUE: (&str, &str) = ("access-control-allow-credentials", "true");

/// Returns a response that allows every origin; `/to/<address>` redirects to the address.
fn allow_all(request: &Request<Vec<u8>>, preflight_headers: &[(&str, &str)]) -> Response<String> {
    let origin = request.headers().get("origin").map_or("*", |origin| origin.to_str().unwrap());
    let mut headers = vec![("access-control-allow-origin", origin), TRUE];
    if is_preflight(request) {
        headers.extend_from_slice(preflight_headers);
        return response(204, &headers);
    }
    if let Some(location) = request.uri().path().strip_prefix("/to/") {
        headers.push(("location", location));
        return response(307, &headers);
    }
    response(200, &headers)
}

const ALL: &[(&str, &str)] = &[
    ("access-control-allow-methods", "PUT, DELETE"),
    ("access-control-allow-headers", "x-a, x-b, authorization"),
    ("access-control-max-age", "60"),
];

fn with_credentials(fetch: Fetch) -> Fetch {
    fetch.credentials(Credentials::Include)
}

fn put() -> Fetch {
    Fetch::put(API)
}

/// Returns the number of preflights for the second call after the first call.
fn second_preflights(
    first: Fetch,
    second: Fetch,
    preflight_headers: &[(&str, &str)],
    engine: Engine,
) -> usize {
    let mut page = Page::open(PAGE).in_engine(engine);
    let mut service = service(|request| allow_all(request, preflight_headers));
    block_on(page.fetch(&mut service, first)).assert_readable();
    block_on(page.fetch(&mut service, second)).preflights().count()
}

// F41. No engine implements this step: tests/browsers/tests/console.rs.
#[test]
fn upload_without_allow_methods_is_rejected_by_engines() {
    for (engine, is_allowed) in [
        (Engine::Standard, true),
        (Engine::Chromium, false),
        (Engine::Firefox, false),
        (Engine::WebKit, false),
    ] {
        let call = |fetch: Fetch| {
            let mut service = service(|request| allow_all(request, &[]));
            block_on(Page::open(PAGE).in_engine(engine).fetch(&mut service, fetch))
        };
        for upload in [put().stream(b"a body"), put().text("a body").upload_listener()] {
            let outcome = call(upload.clone());
            if is_allowed {
                outcome.assert_readable();
            } else {
                outcome.assert_blocked_at(BlockedStep::AllowMethods);
            }
        }
        call(put()).assert_blocked_at(BlockedStep::AllowMethods);
        call(Fetch::post(API).stream(b"a body")).assert_readable();
    }
}

// F33
#[test]
fn preflight_cache_matches_method_header_url_and_credentials() {
    let names = |names: &'static str| ("access-control-allow-headers", names);
    let methods = |methods: &'static str| ("access-control-allow-methods", methods);
    let x = |name: &str| Fetch::get(API).header(name, "1");
    let any: &[(&str, &str)] = &[methods("*"), names("*")];
    let any_by_name: &[(&str, &str)] = &[methods("*, PUT"), names("*, x-a")];
    for (case, first, second, preflight_headers, expected) in [
        ("same request", put(), put(), ALL, 0),
        ("another allowed method", put(), Fetch::delete(API), ALL, 0),
        ("another method", put(), Fetch::patch(API), ALL, 1),
        ("another allowed header", put(), put().header("x-b", "1"), ALL, 0),
        ("another header", put(), put().header("x-c", "1"), ALL, 1),
        ("safelisted method", x("x-a"), Fetch::post(API).header("x-b", "1"), ALL, 0),
        ("upload listener", x("x-a"), Fetch::post(API).upload_listener(), ALL, 1),
        (
            "second upload listener",
            Fetch::post(API).upload_listener(),
            Fetch::post(API).upload_listener(),
            &[],
            0,
        ),
        ("another path", put(), Fetch::put("https://api.example/others"), ALL, 1),
        ("another query", put(), Fetch::put("https://api.example/items?a"), ALL, 1),
        ("another fragment", put(), Fetch::put("https://api.example/items#a"), ALL, 0),
        ("another origin", put(), Fetch::put("https://b.example/items"), ALL, 1),
        ("credentials after no credentials", put(), with_credentials(put()), ALL, 1),
        ("no credentials after credentials", with_credentials(put()), put(), ALL, 0),
        (
            "no credentials after no credentials",
            put().credentials(Credentials::Omit),
            put(),
            ALL,
            0,
        ),
        ("any method", put(), Fetch::delete(API), any, 0),
        ("any header", x("x-a"), x("x-z"), any, 0),
        ("Authorization after any header", x("x-a"), x("authorization"), any, 1),
        // With credentials, `*` is a literal name in the response. The stored entry still matches any
        // name.
        (
            "`*` with credentials",
            with_credentials(put().header("x-a", "1")),
            with_credentials(Fetch::delete(API).header("x-z", "1")),
            any_by_name,
            0,
        ),
        ("Max-Age: 0", put(), put(), &[methods("PUT"), ("access-control-max-age", "0")], 1),
        ("Max-Age: -1", put(), put(), &[methods("PUT"), ("access-control-max-age", "-1")], 1),
        ("empty Max-Age", put(), put(), &[methods("PUT"), ("access-control-max-age", "")], 0),
        ("no Max-Age", put(), put(), &[methods("PUT")], 0),
    ] {
        let preflights = second_preflights(first, second, preflight_headers, Engine::Standard);
        assert_eq!(preflights, expected, "F33: {case}");
    }
    for engine in [Engine::Chromium, Engine::Firefox] {
        let preflights = second_preflights(x("x-a"), x("authorization"), any, engine);
        assert_eq!(preflights, 1, "F40: a cached * does not match Authorization in {engine:?}");
    }
}

// F43
#[test]
fn preflight_cache_lifetime_is_limited_by_max_age_and_engine() {
    let (s, year) = (Engine::Standard, "31536000");
    for (engine, max_age, seconds) in [
        (s, None, 5),
        (s, Some("1"), 1),
        (s, Some("600"), 600),
        (s, Some(" 600 "), 600),
        (s, Some("junk"), 5),
        (s, Some("1.5"), 5),
        (s, Some("+7"), 5),
        (s, Some("60, 60"), 5),
        (s, Some(""), 5),
        (s, Some(year), 31_536_000),
        (s, Some("99999999999999999999999999"), 1_000_000_000_000),
        (Engine::Chromium, Some(year), 7_200),
        (Engine::Firefox, Some(year), 86_400),
        (Engine::WebKit, Some(year), 600),
        (Engine::Chromium, Some("7199"), 7_199),
        (Engine::WebKit, None, 5),
    ] {
        let mut headers = vec![("access-control-allow-methods", "PUT")];
        headers.extend(max_age.map(|max_age| ("access-control-max-age", max_age)));
        let mut service = service(|request| allow_all(request, &headers));
        let mut preflights_after = |milliseconds: u64| {
            let mut page = Page::open(PAGE).in_engine(engine);
            block_on(page.fetch(&mut service, put())).assert_preflights(1);
            page.wait(Duration::from_millis(milliseconds));
            block_on(page.fetch(&mut service, put())).preflights().count()
        };
        let before = preflights_after(seconds * 1000 - 1);
        assert_eq!(before, 0, "F43 {engine:?} {max_age:?}");
        // A number of seconds that exceeds `u64` never expires.
        let is_unlimited = seconds > 100_000_000;
        let after = preflights_after(seconds * 1000);
        assert_eq!(after, usize::from(!is_unlimited), "F43 {engine:?} {max_age:?}");
    }
}

// F33: a failed request clears the cache entries of its preflight.
#[test]
fn failed_request_clears_preflight_cache() {
    for (case, status, headers, expected) in [
        ("failed CORS check of the response", 200, &[][..], 1),
        ("invalid redirect target", 302, &[ORIGIN, ("location", "ftp://a")], 1),
        ("readable error status", 500, &[ORIGIN], 0),
    ] {
        let mut page = Page::open(PAGE);
        let mut fails = false;
        let mut calls = |page: &mut Page, fetch: Fetch, now_fails: bool| {
            fails = now_fails;
            let mut service = service(|request| {
                let is_failing = fails && !is_preflight(request);
                if is_failing { response(status, headers) } else { allow_all(request, ALL) }
            });
            block_on(page.fetch(&mut service, fetch))
        };
        calls(&mut page, put(), false).assert_preflights(1);
        calls(&mut page, Fetch::put("https://api.example/others"), false).assert_preflights(1);
        calls(&mut page, put(), true).assert_preflights(0);
        calls(&mut page, Fetch::put("https://api.example/others"), false).assert_preflights(0);
        let after = calls(&mut page, put(), false).preflights().count();
        assert_eq!(after, expected, "{case}");
    }
    // A failed request without a preflight keeps the cache entries.
    let mut page = Page::open(PAGE);
    let mut allowing = service(|request| allow_all(request, ALL));
    let mut rejecting = service(|_| response(200, &[]));
    block_on(page.fetch(&mut allowing, put())).assert_preflights(1);
    block_on(page.fetch(&mut rejecting, Fetch::get(API)))
        .assert_blocked_at(BlockedStep::AllowOrigin);
    block_on(page.fetch(&mut allowing, put())).assert_preflights(0);
    // A failed preflight clears the entries of an earlier preflight.
    block_on(page.fetch(&mut rejecting, put().header("x-c", "1")))
        .assert_blocked_at(BlockedStep::AllowOrigin);
    block_on(page.fetch(&mut allowing, put())).assert_preflights(1);
}

/// An action of a page or of its user.
#[derive(Clone, Debug)]
enum Action {
    Fetch(Fetch),
    Navigate(Fetch),
}

impl Action {
    fn run<S>(self, page: &mut Page, service: &mut S) -> FetchOutcome
    where
        S: tower::Service<Request<Vec<u8>>, Response = Response<String>, Error = Infallible>,
    {
        match self {
            Self::Fetch(fetch) => block_on(page.fetch(service, fetch)),
            Self::Navigate(fetch) => block_on(page.navigate(service, fetch)),
        }
    }
}

/// Returns the cookies that an action of `page` sends.
///
/// Before, a page at `at` receives the cookies `set`, and `seconds` pass.
fn cookies(at: &str, set: &[&str], page: &str, seconds: u64, action: Action) -> Option<String> {
    let mut browser = Page::open(at);
    let headers: Vec<(&str, &str)> = set.iter().map(|cookie| ("set-cookie", *cookie)).collect();
    let mut shop = service(|_| response(200, &headers));
    block_on(browser.navigate(&mut shop, Fetch::get(at).address_bar())).assert_readable();
    browser.wait(Duration::from_secs(seconds));
    let mut allowing = service(|request| allow_all(request, ALL));
    block_on(browser.navigate(&mut allowing, Fetch::get(page).address_bar())).assert_readable();
    let outcome = action.run(&mut browser, &mut allowing);
    let last = outcome.requests().last().unwrap();
    last.request_header("cookie").map(str::to_owned)
}

#[test]
fn cookie_is_sent_to_its_host_and_path_until_expiry() {
    let from = "https://www.shop.example/a/b";
    for (cookie, to, seconds, is_sent) in [
        ("c=1", "https://www.shop.example/a/b", 0, true),
        ("c=1", "https://www.shop.example/a/c", 0, true),
        ("c=1", "https://www.shop.example/b", 0, false),
        ("c=1;path=/", "https://www.shop.example/b", 0, true),
        ("c=1;path=/a", "https://www.shop.example/ab", 0, false),
        ("c=1;path=/", "https://shop.example/", 0, false),
        ("c=1;path=/", "https://api.shop.example/", 0, false),
        ("c=1;path=/", "https://a.www.shop.example/", 0, false),
        ("c=1;path=/", "https://www.shop.example:8443/", 0, true),
        ("c=1;path=/;domain=shop.example", "https://api.shop.example/", 0, true),
        ("c=1;path=/;Domain=.SHOP.example", "https://shop.example/", 0, true),
        ("c=1;path=/;domain=shop.example", "https://evilshop.example/", 0, false),
        ("c=1;path=/;domain=www.shop.example", "https://a.www.shop.example/", 0, true),
        ("c=1;path=/;domain=api.shop.example", "https://api.shop.example/", 0, false),
        ("c=1;path=/;domain=example", "https://www.shop.example/", 0, false),
        ("c=1;path=/;max-age=60", "https://www.shop.example/", 59, true),
        ("c=1;path=/;max-age=60", "https://www.shop.example/", 60, false),
        ("c=1;path=/;max-age=0", "https://www.shop.example/", 0, false),
        ("c=1;path=/;max-age=-1", "https://www.shop.example/", 0, false),
        ("c=1;path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://www.shop.example/", 0, false),
        (
            "c=1;path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT;max-age=9",
            "https://www.shop.example/",
            0,
            true,
        ),
        ("c=1;path=/;secure", "https://www.shop.example/", 0, true),
        ("c=1;path=/;secure", "http://www.shop.example/", 0, false),
        ("__Secure-c=1;path=/", "https://www.shop.example/", 0, false),
        ("__Secure-c=1;path=/;secure", "https://www.shop.example/", 0, true),
        ("__Host-c=1;secure", "https://www.shop.example/a/b", 0, false),
        ("__Host-c=1;secure;path=/", "https://www.shop.example/", 0, true),
        ("__Host-c=1;secure;path=/;domain=shop.example", "https://www.shop.example/", 0, false),
        ("no pair", "https://www.shop.example/a/b", 0, false),
    ] {
        let sent = cookies(from, &[cookie], to, seconds, Action::Fetch(Fetch::get(to)));
        assert_eq!(sent.is_some(), is_sent, "{cookie} to {to} after {seconds} s");
    }
    // A host without a registrable domain cannot share its cookies with other hosts.
    for (at, cookie, to) in [
        ("http://localhost:3000/", "c=1;domain=localhost", "http://a.localhost/"),
        ("http://127.0.0.1/", "c=1;domain=127.0.0.1", "http://127.0.0.2/"),
    ] {
        assert_eq!(
            cookies(at, &[cookie], at, 0, Action::Fetch(Fetch::get(at))).as_deref(),
            Some("c=1"),
            "{at}"
        );
        assert_eq!(cookies(at, &[cookie], to, 0, Action::Fetch(Fetch::get(to))), None, "{to}");
    }
    let sent = cookies(
        from,
        &["a=1;path=/", "b=2", "a=3;path=/"],
        from,
        0,
        Action::Fetch(Fetch::get(from)),
    );
    assert_eq!(
        sent.as_deref(),
        Some("b=2; a=3"),
        "cookies with longer paths are sent first, and a newer cookie replaces an older one"
    );
}

#[test]
fn cookie_is_sent_according_to_same_site() {
    let shop = "https://www.shop.example/";
    let same_site = [
        "strict=1;samesite=strict",
        "lax=1;samesite=lax",
        "none=1;samesite=none;secure",
        "unset=1",
        "insecure=1;samesite=none",
    ];
    let get = |url: &str| Action::Fetch(with_credentials(Fetch::get(url)));
    let link = || Action::Navigate(Fetch::get(shop));
    let form = || Action::Navigate(Fetch::post(shop).form("a=b"));
    let all = Some("strict=1; lax=1; none=1; unset=1");
    for (case, page, act, expected) in [
        ("same origin", shop, Action::Fetch(Fetch::get("/")), all),
        (
            "same origin, credentials omitted",
            shop,
            Action::Fetch(Fetch::get("/").credentials(Credentials::Omit)),
            None,
        ),
        (
            "same site, without credentials",
            "https://api.shop.example/",
            Action::Fetch(Fetch::get(shop)),
            None,
        ),
        ("same site, cross-origin", "https://api.shop.example/", get(shop), all),
        ("same site, another port", "https://www.shop.example:8443/", get(shop), all),
        ("same site, another scheme", "http://www.shop.example/", get(shop), Some("none=1")),
        ("cross-site", PAGE, get(shop), Some("none=1")),
        ("cross-site, without credentials", PAGE, Action::Fetch(Fetch::get(shop)), None),
        (
            "cross-site image",
            PAGE,
            Action::Fetch(Fetch::element(Destination::Image, shop)),
            Some("none=1"),
        ),
        (
            "cross-site frame",
            PAGE,
            Action::Fetch(Fetch::element(Destination::Iframe, shop)),
            Some("none=1"),
        ),
        ("cross-site link", PAGE, link(), Some("lax=1; none=1; unset=1")),
        ("cross-site form", PAGE, form(), Some("none=1")),
        ("same-site form", "https://api.shop.example/", form(), all),
        ("address bar", PAGE, Action::Navigate(Fetch::get(shop).address_bar()), all),
        ("redirect through another site", shop, get(&format!("{PAGE}/to/{shop}")), Some("none=1")),
        ("trailing dot", "https://www.shop.example./", get(shop), Some("none=1")),
    ] {
        let sent = cookies(shop, &same_site, page, 0, act);
        assert_eq!(sent.as_deref(), expected, "{case}");
    }
}

#[test]
fn cookie_is_stored_according_to_credentials_and_same_site() {
    let set_cookie = |kind: &str| format!("c=1;path=/;secure;samesite={kind}");
    let api = "https://api.example/";
    let link = Action::Navigate(Fetch::get(api));
    let form = Action::Navigate(Fetch::post(api).form("a=b"));
    let calls = Action::Fetch;
    for (case, action, kind, expected) in [
        ("without credentials", calls(Fetch::get(api)), "none", false),
        ("with credentials", calls(with_credentials(Fetch::get(api))), "none", true),
        ("cross-site, lax", calls(with_credentials(Fetch::get(api))), "lax", false),
        ("cross-site, strict", calls(with_credentials(Fetch::get(api))), "strict", false),
        ("page opened by a link", link, "strict", true),
        ("page opened by a form", form, "lax", true),
        ("image", calls(Fetch::element(Destination::Image, api)), "none", true),
    ] {
        let mut page = Page::open(PAGE);
        let cookie = set_cookie(kind);
        let mut server = service(|_| response(200, &[ORIGIN, TRUE, ("set-cookie", &cookie)]));
        action.run(&mut page, &mut server);
        let outcome = block_on(page.navigate(&mut server, Fetch::get(api).address_bar()));
        let sent = outcome.requests().next().unwrap().request_header("cookie");
        assert_eq!(sent.is_some(), expected, "{case}");
    }
    // Browsers do not send cookies with preflights, and ignore `Set-Cookie` in preflight responses.
    let mut page = Page::open(PAGE);
    let cookie = set_cookie("none");
    let headers: Vec<(&str, &str)> =
        ALL.iter().copied().chain([("set-cookie", &*cookie)]).collect();
    let mut server = service(|request| allow_all(request, &headers));
    block_on(page.fetch(&mut server, with_credentials(put())));
    let outcome = block_on(page.fetch(&mut server, with_credentials(Fetch::get(API))));
    assert_eq!(outcome.requests().next().unwrap().request_header("cookie"), None);
}

// F67
#[test]
fn sec_fetch_site_reports_the_most_distant_hop() {
    let (own, same, other) =
        ("https://www.shop.example", "https://api.shop.example", "https://a.example");
    for (chain, expected) in [
        (&[own][..], &["same-origin"][..]),
        (&[same], &["same-site"]),
        (&[other], &["cross-site"]),
        (&[own, same, own], &["same-origin", "same-site", "same-site"]),
        (&[own, other, own], &["same-origin", "cross-site", "cross-site"]),
        (&[same, other, same], &["same-site", "cross-site", "cross-site"]),
        (&["https://www.shop.example:8443"], &["same-site"]),
        (&["https://www.shop.example."], &["cross-site"]),
        (&["https://shop.example."], &["cross-site"]),
        (&["http://localhost:3000"], &["cross-site"]),
    ] {
        let (last, front) = chain.split_last().unwrap();
        let url = front.iter().rfold((*last).to_owned(), |rest, hop| format!("{hop}/to/{rest}"));
        let mut server = service(|request| allow_all(request, ALL));
        let outcome =
            block_on(Page::open(own).fetch(&mut server, Fetch::get(&url).mode(Mode::NoCors)));
        let sites: Vec<&str> =
            outcome.requests().map(|sent| sent.request_header("sec-fetch-site").unwrap()).collect();
        assert_eq!(sites, expected, "F67 {chain:?}");
    }
    // Browsers send these headers only to potentially trustworthy URLs.
    for (url, is_sent) in [
        ("http://a.example", false),
        ("http://127.0.0.1", true),
        ("http://[::1]:80", true),
        ("http://a.localhost", true),
    ] {
        let mut server = service(|request| allow_all(request, ALL));
        let outcome = block_on(Page::open(own).fetch(&mut server, Fetch::get(url)));
        let sent = outcome.requests().next().unwrap();
        for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"] {
            assert_eq!(sent.request_header(name).is_some(), is_sent, "{url} {name}");
        }
    }
}

#[test]
fn fetch_metadata_describes_each_kind_of_request() {
    let url = "https://www.shop.example/";
    let element = |destination| Fetch::element(destination, url);
    let (calls, navigation) = (Action::Fetch, Action::Navigate);
    for (action, site, mode, destination, user) in [
        (calls(Fetch::get(url)), "cross-site", "cors", "empty", None),
        (calls(Fetch::get(url).mode(Mode::NoCors)), "cross-site", "no-cors", "empty", None),
        (calls(element(Destination::Script)), "cross-site", "no-cors", "script", None),
        (
            calls(element(Destination::Script).crossorigin(Credentials::SameOrigin)),
            "cross-site",
            "cors",
            "script",
            None,
        ),
        (calls(element(Destination::Image)), "cross-site", "no-cors", "image", None),
        (calls(element(Destination::Style)), "cross-site", "no-cors", "style", None),
        (calls(element(Destination::Font)), "cross-site", "cors", "font", None),
        (calls(element(Destination::Audio)), "cross-site", "no-cors", "audio", None),
        (calls(element(Destination::Video)), "cross-site", "no-cors", "video", None),
        (calls(element(Destination::Empty)), "cross-site", "no-cors", "empty", None),
        (calls(element(Destination::Iframe)), "cross-site", "navigate", "iframe", None),
        (
            calls(element(Destination::Iframe).user_activation()),
            "cross-site",
            "navigate",
            "iframe",
            Some("?1"),
        ),
        (
            calls(element(Destination::Image).user_activation()),
            "cross-site",
            "no-cors",
            "image",
            None,
        ),
        (navigation(Fetch::get(url)), "cross-site", "navigate", "document", None),
        (
            navigation(Fetch::get(url).user_activation()),
            "cross-site",
            "navigate",
            "document",
            Some("?1"),
        ),
        (navigation(Fetch::post(url).form("a=b")), "cross-site", "navigate", "document", None),
        (navigation(Fetch::get(url).address_bar()), "none", "navigate", "document", Some("?1")),
    ] {
        let label = format!("{action:?}");
        let mut server = service(|request| allow_all(request, ALL));
        let mut page = Page::open(PAGE);
        let outcome = action.run(&mut page, &mut server);
        let sent = outcome.requests().next().unwrap();
        let header = |name| sent.request_header(name);
        assert_eq!(header("sec-fetch-site"), Some(site), "{label}");
        assert_eq!(header("sec-fetch-mode"), Some(mode), "{label}");
        assert_eq!(header("sec-fetch-dest"), Some(destination), "{label}");
        assert_eq!(header("sec-fetch-user"), user, "{label}");
        outcome.assert_preflights(0);
    }
}

#[test]
fn navigation_replaces_the_page() {
    let to = "https://www.shop.example/a";
    for (case, fetch, headers, status, origin) in [
        ("link", Fetch::get(to), &[][..], 200, "https://www.shop.example"),
        ("form", Fetch::post(to).form("a=b"), &[], 200, "https://www.shop.example"),
        ("error page", Fetch::get(to), &[], 500, "https://www.shop.example"),
        ("no content", Fetch::get(to), &[], 204, PAGE),
        ("download", Fetch::get(to), &[("content-disposition", "attachment")], 200, PAGE),
        (
            "redirect",
            Fetch::get(to),
            &[("location", "https://b.example/")],
            302,
            "https://b.example",
        ),
        ("invalid form", Fetch::put(to), &[], 200, PAGE),
        ("invalid form", Fetch::post(to).header("x-a", "1"), &[], 200, PAGE),
    ] {
        let mut page = Page::open(PAGE);
        let mut server = service(|request| {
            let host = request.headers()["host"].to_str().unwrap();
            if host == "b.example" { response(200, &[]) } else { response(status, headers) }
        });
        let outcome = block_on(page.navigate(&mut server, fetch));
        assert_eq!(page.origin(), origin, "{case}");
        assert_eq!(outcome.blocked().is_some(), case == "invalid form", "{case}");
    }
    // F11, F12: the browser sends `Origin` with a form, but not with a link.
    for (fetch, policy, expected) in [
        (Fetch::get(to), ReferrerPolicy::default(), None),
        (Fetch::post(to), ReferrerPolicy::default(), Some(PAGE)),
        (Fetch::post(to), ReferrerPolicy::NoReferrer, Some("null")),
        (Fetch::post(to), ReferrerPolicy::SameOrigin, Some("null")),
        (Fetch::post("/"), ReferrerPolicy::SameOrigin, Some(PAGE)),
        (Fetch::post("/"), ReferrerPolicy::NoReferrer, Some("null")),
    ] {
        let mut page = Page::open(PAGE).with_referrer_policy(policy);
        let mut server = service(|_| response(200, &[]));
        let outcome = block_on(page.navigate(&mut server, fetch.clone()));
        let sent = outcome.requests().next().unwrap();
        assert_eq!(sent.request_header("origin"), expected, "{policy:?} {fetch:?}");
    }
}

#[test]
fn referer_follows_the_policy_and_is_never_extended() {
    use ReferrerPolicy as Policy;
    let full = "https://app.example/start?a=b";
    let (own, other, insecure) = ("https://app.example", "https://b.example", "http://b.example");
    let short = "https://app.example/";
    for (policy, hops, expected) in [
        (Policy::NoReferrer, &[own][..], &[None][..]),
        (Policy::NoReferrerWhenDowngrade, &[other], &[Some(full)]),
        (Policy::NoReferrerWhenDowngrade, &[insecure], &[None]),
        (Policy::SameOrigin, &[own, other], &[Some(full), None]),
        (Policy::Origin, &[insecure], &[Some(short)]),
        (Policy::StrictOrigin, &[other], &[Some(short)]),
        (Policy::StrictOrigin, &[insecure], &[None]),
        (Policy::OriginWhenCrossOrigin, &[own, insecure], &[Some(full), Some(short)]),
        (
            Policy::StrictOriginWhenCrossOrigin,
            &[own, other, insecure],
            &[Some(full), Some(short), None],
        ),
        (Policy::StrictOriginWhenCrossOrigin, &[other, own], &[Some(short), Some(short)]),
        (Policy::StrictOriginWhenCrossOrigin, &[insecure, own], &[None, None]),
        (Policy::UnsafeUrl, &[insecure], &[Some(full)]),
    ] {
        let (last, front) = hops.split_last().unwrap();
        let url = front.iter().rfold((*last).to_owned(), |rest, hop| format!("{hop}/to/{rest}"));
        let mut page = Page::open("https://user:password@app.example/start?a=b#c")
            .with_referrer_policy(policy);
        let mut server = service(|request| allow_all(request, ALL));
        let outcome = block_on(page.fetch(&mut server, Fetch::get(&url)));
        let sent: Vec<Option<&str>> =
            outcome.requests().map(|sent| sent.request_header("referer")).collect();
        assert_eq!(sent, expected, "{policy:?} {hops:?}");
    }
    let long = format!("https://app.example/{}", "a".repeat(4096));
    let mut server = service(|request| allow_all(request, ALL));
    let outcome = block_on(Page::open(&long).fetch(&mut server, Fetch::get("/")));
    assert_eq!(outcome.requests().next().unwrap().request_header("referer"), Some(short));
}

#[test]
fn redirect_replaces_the_referrer_policy() {
    for (header, expected) in [
        ("no-referrer", None),
        ("origin", Some("https://app.example/")),
        ("unsafe-url, unknown", Some("https://app.example/start")),
        ("unknown", Some("https://app.example/start")),
        ("no-referrer, origin", Some("https://app.example/")),
    ] {
        let mut page = Page::open("https://app.example/start");
        let mut server = service(|request| match request.uri().path() {
            "/" => response(302, &[("location", "/b"), ("referrer-policy", header)]),
            _ => response(200, &[]),
        });
        let outcome = block_on(page.fetch(&mut server, Fetch::get("/")));
        let referer = outcome.requests().last().unwrap().request_header("referer");
        assert_eq!(referer, expected, "{header}");
    }
}

// F58: the HTTP cache sends a response for one request to another request.
#[test]
fn cached_response_without_vary_is_rejected_for_another_request() {
    let max_age = ("cache-control", "max-age=60");
    for (case, varies, is_readable, sent) in
        [("without Vary", false, false, 1), ("with Vary: Origin", true, true, 2)]
    {
        let mut page = Page::open(PAGE).with_http_cache();
        let mut sent_in_total = 0;
        let mut server = service(|request| {
            sent_in_total += 1;
            let mut headers = vec![max_age];
            headers.extend(varies.then_some(("vary", "Origin")));
            headers.extend(request.headers().contains_key("origin").then_some(ORIGIN));
            response(200, &headers)
        });
        // The browser sends `Origin` with the script's request, but not with the image's request.
        block_on(page.fetch(&mut server, Fetch::element(Destination::Image, API)));
        let outcome = block_on(page.fetch(&mut server, Fetch::get(API)));
        assert_eq!(outcome.is_readable(), is_readable, "{case}");
        drop(server);
        assert_eq!(sent_in_total, sent, "{case}");
    }
}

#[test]
fn response_is_cached_according_to_cache_control() {
    let get = || Fetch::get("/a");
    for (case, headers, between, seconds, sent) in [
        ("fresh", &[("cache-control", "max-age=60")][..], None, 59, 0),
        ("stale", &[("cache-control", "max-age=60")], None, 60, 1),
        ("no-store", &[("cache-control", "max-age=60, no-store")], None, 0, 1),
        ("no-cache", &[("cache-control", "max-age=60, no-cache")], None, 0, 1),
        ("Vary: *", &[("cache-control", "max-age=60"), ("vary", "*")], None, 0, 1),
        ("no Cache-Control", &[], None, 0, 1),
        ("after a PUT", &[("cache-control", "max-age=60")], Some(Fetch::put("/a")), 0, 1),
        (
            "after a PUT to another path",
            &[("cache-control", "max-age=60")],
            Some(Fetch::put("/b")),
            0,
            0,
        ),
    ] {
        let mut page = Page::open(PAGE).with_http_cache();
        let mut server = service(|_| response(200, headers));
        block_on(page.fetch(&mut server, get()));
        if let Some(between) = between {
            block_on(page.fetch(&mut server, between));
        }
        page.wait(Duration::from_secs(seconds));
        let outcome = block_on(page.fetch(&mut server, get()));
        assert_eq!(outcome.requests().count(), sent, "{case}");
        assert_eq!(outcome.text().as_deref(), Some(BODY), "{case}");
    }
    // F47: a script that sends a conditional header receives the 304.
    let mut page = Page::open(PAGE).with_http_cache();
    let mut server = service(|request| {
        let status = if request.headers().contains_key("if-none-match") { 304 } else { 200 };
        response(status, &[("etag", "\"1\"")])
    });
    block_on(page.fetch(&mut server, get()));
    let second = block_on(page.fetch(&mut server, get()));
    assert_eq!((second.status().unwrap().as_u16(), second.requests().count()), (200, 1));
    let conditional = block_on(page.fetch(&mut server, get().header("if-none-match", "\"1\"")));
    assert_eq!(conditional.status().unwrap(), 304);
    // Without the HTTP cache, each request reaches the service.
    let mut page = Page::open(PAGE);
    let mut server = service(|_| response(200, &[("cache-control", "max-age=60")]));
    for _ in 0..2 {
        assert_eq!(block_on(page.fetch(&mut server, get())).requests().count(), 1);
    }
}

/// A status and headers.
type ResponseHead<'a> = (u16, &'a [(&'a str, &'a str)]);

#[track_caller]
fn assert_message(fetch: Fetch, preflight: ResponseHead, actual: ResponseHead, expected: &str) {
    let mut server = service(|request| {
        let (status, headers) = if is_preflight(request) { preflight } else { actual };
        response(status, headers)
    });
    let outcome = block_on(Page::open(PAGE).fetch(&mut server, fetch));
    let message = outcome.blocked().expect("the request is blocked").to_string();
    let start = "the request to https://api.example/items from the origin https://app.example was \
                 blocked: ";
    assert_eq!(message.strip_prefix(start), Some(expected), "{message}");
}

#[test]
fn blocked_request_reports_reason_and_fix() {
    let get = || Fetch::get(API);
    let ok: ResponseHead = (200, &[ORIGIN]);
    for (fetch, actual, expected) in [
        (
            get(),
            (200, &[][..]),
            "the response (status 200) has no Access-Control-Allow-Origin; allow the origin in a \
             rule, or move the CORS layer outside of the layer or router that sends this response",
        ),
        (
            get(),
            (403, &[]),
            "the response (status 403) has no Access-Control-Allow-Origin; the policy rejects the \
             request; allow the origin, the method and the request headers in a rule",
        ),
        (
            get(),
            (404, &[]),
            "the response (status 404) has no Access-Control-Allow-Origin; a 404 response from \
             outside the CORS layer has no CORS headers; move the CORS layer outside of the layer \
             or router that sends this response",
        ),
        (
            get(),
            (500, &[]),
            "the response (status 500) has no Access-Control-Allow-Origin; a 500 response from \
             outside the CORS layer has no CORS headers; move the CORS layer outside of the layer \
             or router that sends this response",
        ),
        (
            with_credentials(get()),
            (200, &[("access-control-allow-origin", "*")]),
            "Access-Control-Allow-Origin is \"*\", which does not allow requests with \
             credentials; list the origin in a rule with allow_credentials",
        ),
        (
            get(),
            (200, &[("access-control-allow-origin", "https://b.example")]),
            "Access-Control-Allow-Origin is \"https://b.example\", expected \
             \"https://app.example\"; the header must echo the request origin; allow the origin in \
             a rule, and send Vary: Origin for shared caches",
        ),
        (
            get(),
            (200, &[ORIGIN, ORIGIN]),
            "Access-Control-Allow-Origin is \"https://app.example, https://app.example\", \
             expected \"https://app.example\"; several CORS layers set this header; remove all but \
             one",
        ),
        (
            with_credentials(get()),
            (200, &[ORIGIN]),
            "the response (status 200) has no Access-Control-Allow-Credentials; set \
             allow_credentials in the rule",
        ),
        (
            with_credentials(get()),
            (200, &[ORIGIN, ("access-control-allow-credentials", "True")]),
            "Access-Control-Allow-Credentials is \"True\", expected \"true\"; the only valid value \
             is a single \"true\"; set this header in the CORS layer only",
        ),
        (
            get(),
            (302, &[ORIGIN, ("location", "ftp://b.example")]),
            "the redirect target is not a valid http or https address (status 302)",
        ),
        (
            get().mode(Mode::SameOrigin),
            ok,
            "the target has another origin, but the request's mode is same-origin",
        ),
        (Fetch::new("TRACE", API), ok, "\"TRACE\" is a forbidden method"),
    ] {
        assert_message(fetch, ok, actual, expected);
    }
}

#[test]
fn failed_preflight_reports_reason_and_fix() {
    let get = || Fetch::get(API);
    let methods = |value: &'static str| ("access-control-allow-methods", value);
    let names = |value: &'static str| ("access-control-allow-headers", value);
    let ok: ResponseHead = (200, &[ORIGIN]);
    for (fetch, preflight, expected) in [
        (
            put(),
            (403, &[][..]),
            "the preflight failed: the response (status 403) has no Access-Control-Allow-Origin; \
             the policy rejects the request; allow the origin, the method and the request headers \
             in a rule",
        ),
        (
            put(),
            (404, &[]),
            "the preflight failed: the response (status 404) has no Access-Control-Allow-Origin; \
             a 404 response from outside the CORS layer has no CORS headers; move the CORS layer \
             outside of the layer or router that sends this response",
        ),
        (
            put(),
            (405, &[ORIGIN]),
            "the preflight failed: the status is 405, expected 200 to 299; a router or an \
             authentication layer responded with 405 before the CORS layer; move the CORS layer \
             outside of that layer",
        ),
        (
            put(),
            (301, &[ORIGIN]),
            "the preflight failed: the status is 301, expected 200 to 299; browsers do not follow \
             redirects of preflights; respond at the address that the page requests",
        ),
        (
            put(),
            (500, &[ORIGIN]),
            "the preflight failed: the status is 500, expected 200 to 299; a router or an \
             authentication layer responded with 500 before the CORS layer; move the CORS layer \
             outside of that layer",
        ),
        (
            put(),
            (204, &[ORIGIN]),
            "the preflight failed: the response (status 204) has no Access-Control-Allow-Methods, \
             which must list PUT; add PUT to allow_methods in the rule",
        ),
        (
            put(),
            (204, &[ORIGIN, methods("put")]),
            "the preflight failed: Access-Control-Allow-Methods is \"put\", which does not allow \
             PUT; methods are case-sensitive; add PUT to allow_methods in the rule",
        ),
        (
            put(),
            (204, &[ORIGIN, methods("PUT DELETE")]),
            "the preflight failed: Access-Control-Allow-Methods is not a list of tokens: \"PUT \
             DELETE\"; one invalid name makes the whole list invalid; separate the names with commas",
        ),
        (
            with_credentials(put()),
            (204, &[ORIGIN, TRUE, methods("*")]),
            "the preflight failed: Access-Control-Allow-Methods is \"*\", which does not allow \
             PUT; \"*\" is not a wildcard for requests with credentials; add PUT to allow_methods \
             in the rule",
        ),
        (
            get().header("x-a", "1"),
            (204, &[ORIGIN, names("x-b")]),
            "the preflight failed: Access-Control-Allow-Headers is \"x-b\", which does not allow \
             x-a; add x-a to allow_headers in the rule",
        ),
        (
            get().header("x-a", "1"),
            (204, &[ORIGIN, names("x-a: 1")]),
            "the preflight failed: Access-Control-Allow-Headers is not a list of tokens: \
             \"x-a: 1\"; one invalid name makes the whole list invalid; separate the names with \
             commas",
        ),
        (
            get().header("authorization", "1"),
            (204, &[ORIGIN, names("*")]),
            "the preflight failed: Access-Control-Allow-Headers is \"*\", which does not allow \
             authorization; \"*\" does not match authorization; add authorization to allow_headers \
             in the rule",
        ),
    ] {
        assert_message(fetch, preflight, ok, expected);
    }
}
