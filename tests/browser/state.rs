//! What a browser remembers and tells by itself: preflights, cookies, responses, `Referer`,
//! `Sec-Fetch-*`, where it is; and what it says when it stops.

use std::{convert::Infallible, time::Duration};

use http::{Request, Response};
use tower_cross_origin::browser::{
    BlockedStep, Credentials, Destination, Engine, Fetch, FetchOutcome, Mode, Page, ReferrerPolicy,
};

use crate::{
    support::block_on,
    wpt::{BODY, answer, is_preflight, service},
};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/items";

const ORIGIN: (&str, &str) = ("access-control-allow-origin", PAGE);
const TRUE: (&str, &str) = ("access-control-allow-credentials", "true");

/// A server that grants all to whoever asks, and redirects from `/to/<address>` to there.
fn granting(request: &Request<Vec<u8>>, of_preflights: &[(&str, &str)]) -> Response<String> {
    let origin = request.headers().get("origin").map_or("*", |origin| origin.to_str().unwrap());
    let mut headers = vec![("access-control-allow-origin", origin), TRUE];
    if is_preflight(request) {
        headers.extend_from_slice(of_preflights);
        return answer(204, &headers);
    }
    if let Some(location) = request.uri().path().strip_prefix("/to/") {
        headers.push(("location", location));
        return answer(307, &headers);
    }
    answer(200, &headers)
}

const ALL: &[(&str, &str)] = &[
    ("access-control-allow-methods", "PUT, DELETE"),
    ("access-control-allow-headers", "x-a, x-b, authorization"),
    ("access-control-max-age", "60"),
];

fn with(fetch: Fetch) -> Fetch {
    fetch.credentials(Credentials::Include)
}

fn put() -> Fetch {
    Fetch::put(API)
}

/// How many preflights the second call needs after the first one.
fn preflights_after(first: Fetch, second: Fetch, grant: &[(&str, &str)], engine: Engine) -> usize {
    let mut page = Page::open(PAGE).in_engine(engine);
    let mut service = service(|request| granting(request, grant));
    block_on(page.fetch(&mut service, first)).assert_readable();
    block_on(page.fetch(&mut service, second)).preflights().count()
}

/// F41, and Chromium, which knows no such step: tests/browsers/tests/console.rs.
#[test]
fn an_upload_takes_silence_on_methods_for_consent_but_in_chromium() {
    for (engine, is_granted) in
        [(Engine::Standard, true), (Engine::Firefox, true), (Engine::Chromium, false)]
    {
        let call = |fetch: Fetch| {
            let mut service = service(|request| granting(request, &[]));
            block_on(Page::open(PAGE).in_engine(engine).fetch(&mut service, fetch))
        };
        for upload in [put().stream(b"a body"), put().text("a body").upload_listener()] {
            let outcome = call(upload.clone());
            if is_granted {
                outcome.assert_readable();
            } else {
                outcome.assert_blocked_at(BlockedStep::AllowMethods);
            }
        }
        call(put()).assert_blocked_at(BlockedStep::AllowMethods);
        call(Fetch::post(API).stream(b"a body")).assert_readable();
    }
}

/// F33
#[test]
fn what_a_server_permitted_is_remembered_for_what_it_permitted() {
    let names = |names: &'static str| ("access-control-allow-headers", names);
    let methods = |methods: &'static str| ("access-control-allow-methods", methods);
    let x = |name: &str| Fetch::get(API).header(name, "1");
    let any: &[(&str, &str)] = &[methods("*"), names("*")];
    let any_by_name: &[(&str, &str)] = &[methods("*, PUT"), names("*, x-a")];
    for (what, first, second, grant, expected) in [
        ("the same", put(), put(), ALL, 0),
        ("another method that was permitted too", put(), Fetch::delete(API), ALL, 0),
        ("another method", put(), Fetch::patch(API), ALL, 1),
        ("a header that was permitted too", put(), put().header("x-b", "1"), ALL, 0),
        ("another header", put(), put().header("x-c", "1"), ALL, 1),
        ("a safelisted method needs none", x("x-a"), Fetch::post(API).header("x-b", "1"), ALL, 0),
        ("an upload listener needs one", x("x-a"), Fetch::post(API).upload_listener(), ALL, 1),
        (
            "an upload listener, again",
            Fetch::post(API).upload_listener(),
            Fetch::post(API).upload_listener(),
            &[],
            0,
        ),
        ("another path", put(), Fetch::put("https://api.example/others"), ALL, 1),
        ("another query", put(), Fetch::put("https://api.example/items?a"), ALL, 1),
        ("another fragment", put(), Fetch::put("https://api.example/items#a"), ALL, 0),
        ("another origin", put(), Fetch::put("https://b.example/items"), ALL, 1),
        ("credentials, after none", put(), with(put()), ALL, 1),
        ("none, after credentials", with(put()), put(), ALL, 0),
        ("none, after none", put().credentials(Credentials::Omit), put(), ALL, 0),
        ("any method", put(), Fetch::delete(API), any, 0),
        ("any header", x("x-a"), x("x-z"), any, 0),
        ("any but Authorization", x("x-a"), x("authorization"), any, 1),
        // An entry is named `*` all the same where credentials made it a name.
        (
            "`*` with credentials",
            with(put().header("x-a", "1")),
            with(Fetch::delete(API).header("x-z", "1")),
            any_by_name,
            0,
        ),
        ("Max-Age: 0", put(), put(), &[methods("PUT"), ("access-control-max-age", "0")], 1),
        ("Max-Age: -1", put(), put(), &[methods("PUT"), ("access-control-max-age", "-1")], 1),
        ("an empty Max-Age", put(), put(), &[methods("PUT"), ("access-control-max-age", "")], 0),
        ("no Max-Age", put(), put(), &[methods("PUT")], 0),
    ] {
        let preflights = preflights_after(first, second, grant, Engine::Standard);
        assert_eq!(preflights, expected, "F33: {what}");
    }
    for engine in [Engine::Chromium, Engine::Firefox, Engine::WebKit] {
        let preflights = preflights_after(x("x-a"), x("authorization"), any, engine);
        assert_eq!(preflights, 1, "F40: {engine:?} remembers the *, and asks again");
    }
}

/// F43
#[test]
fn a_preflight_is_remembered_for_as_long_as_it_says_and_the_engine_lets_it() {
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
        let mut grant = vec![("access-control-allow-methods", "PUT")];
        grant.extend(max_age.map(|max_age| ("access-control-max-age", max_age)));
        let mut service = service(|request| granting(request, &grant));
        let mut asked = |milliseconds: u64| {
            let mut page = Page::open(PAGE).in_engine(engine);
            block_on(page.fetch(&mut service, put())).assert_preflights(1);
            page.wait(Duration::from_millis(milliseconds));
            block_on(page.fetch(&mut service, put())).preflights().count()
        };
        assert_eq!(asked(seconds * 1000 - 1), 0, "F43 {engine:?} {max_age:?}");
        // Too many seconds to count are forever.
        let is_forever = seconds > 100_000_000;
        assert_eq!(asked(seconds * 1000), usize::from(!is_forever), "F43 {engine:?} {max_age:?}");
    }
}

/// F33: a request that fails clears what its preflight filled.
#[test]
fn what_was_remembered_is_forgotten_when_a_request_fails() {
    for (what, status, headers, expected) in [
        ("the CORS check of the response", 200, &[][..], 1),
        ("a redirect to nowhere", 302, &[ORIGIN, ("location", "ftp://a")], 1),
        ("an error status, readable", 500, &[ORIGIN], 0),
    ] {
        let mut page = Page::open(PAGE);
        let mut fails = false;
        let mut calls = |page: &mut Page, fetch: Fetch, now_fails: bool| {
            fails = now_fails;
            let mut service = service(|request| {
                let is_failing = fails && !is_preflight(request);
                if is_failing { answer(status, headers) } else { granting(request, ALL) }
            });
            block_on(page.fetch(&mut service, fetch))
        };
        calls(&mut page, put(), false).assert_preflights(1);
        calls(&mut page, Fetch::put("https://api.example/others"), false).assert_preflights(1);
        calls(&mut page, put(), true).assert_preflights(0);
        calls(&mut page, Fetch::put("https://api.example/others"), false).assert_preflights(0);
        let after = calls(&mut page, put(), false).preflights().count();
        assert_eq!(after, expected, "{what}");
    }
    // A request that needs no preflight clears nothing.
    let mut page = Page::open(PAGE);
    let mut grants = service(|request| granting(request, ALL));
    let mut refuses = service(|_| answer(200, &[]));
    block_on(page.fetch(&mut grants, put())).assert_preflights(1);
    block_on(page.fetch(&mut refuses, Fetch::get(API))).assert_blocked_at(BlockedStep::AllowOrigin);
    block_on(page.fetch(&mut grants, put())).assert_preflights(0);
    // A preflight that is refused clears what an earlier one filled.
    block_on(page.fetch(&mut refuses, put().header("x-c", "1")))
        .assert_blocked_at(BlockedStep::AllowOrigin);
    block_on(page.fetch(&mut grants, put())).assert_preflights(1);
}

/// What a page or its user does.
#[derive(Clone, Debug)]
enum Act {
    Calls(Fetch),
    Goes(Fetch),
}

impl Act {
    fn of<S>(self, page: &mut Page, service: &mut S) -> FetchOutcome
    where
        S: tower::Service<Request<Vec<u8>>, Response = Response<String>, Error = Infallible>,
    {
        match self {
            Self::Calls(fetch) => block_on(page.fetch(service, fetch)),
            Self::Goes(fetch) => block_on(page.navigate(service, fetch)),
        }
    }
}

/// The cookies that an act sends after a page of `at` was given some.
fn cookies(at: &str, set: &[&str], page: &str, seconds: u64, act: Act) -> Option<String> {
    let mut browser = Page::open(at);
    let headers: Vec<(&str, &str)> = set.iter().map(|cookie| ("set-cookie", *cookie)).collect();
    let mut shop = service(|_| answer(200, &headers));
    block_on(browser.navigate(&mut shop, Fetch::get(at).address_bar())).assert_readable();
    browser.wait(Duration::from_secs(seconds));
    let mut grants = service(|request| granting(request, ALL));
    block_on(browser.navigate(&mut grants, Fetch::get(page).address_bar())).assert_readable();
    let outcome = act.of(&mut browser, &mut grants);
    let last = outcome.requests().last().unwrap();
    last.request_header("cookie").map(str::to_owned)
}

#[test]
fn a_cookie_goes_to_its_host_and_path_until_it_is_old() {
    let from = "https://www.shop.example/a/b";
    for (cookie, to, seconds, goes) in [
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
        let sent = cookies(from, &[cookie], to, seconds, Act::Calls(Fetch::get(to)));
        assert_eq!(sent.is_some(), goes, "{cookie} to {to} after {seconds} s");
    }
    // A host without a registrable domain keeps its cookies for itself.
    for (at, cookie, to) in [
        ("http://localhost:3000/", "c=1;domain=localhost", "http://a.localhost/"),
        ("http://127.0.0.1/", "c=1;domain=127.0.0.1", "http://127.0.0.2/"),
    ] {
        assert_eq!(
            cookies(at, &[cookie], at, 0, Act::Calls(Fetch::get(at))).as_deref(),
            Some("c=1"),
            "{at}"
        );
        assert_eq!(cookies(at, &[cookie], to, 0, Act::Calls(Fetch::get(to))), None, "{to}");
    }
    let sent =
        cookies(from, &["a=1;path=/", "b=2", "a=3;path=/"], from, 0, Act::Calls(Fetch::get(from)));
    assert_eq!(
        sent.as_deref(),
        Some("b=2; a=3"),
        "longer paths first, and a cookie replaces itself"
    );
}

#[test]
fn a_cookie_goes_with_requests_of_its_site_or_of_all() {
    let shop = "https://www.shop.example/";
    let same_site = [
        "strict=1;samesite=strict",
        "lax=1;samesite=lax",
        "none=1;samesite=none;secure",
        "unset=1",
        "insecure=1;samesite=none",
    ];
    let get = |url: &str| Act::Calls(with(Fetch::get(url)));
    let link = || Act::Goes(Fetch::get(shop));
    let form = || Act::Goes(Fetch::post(shop).form("a=b"));
    let all = Some("strict=1; lax=1; none=1; unset=1");
    for (what, page, act, expected) in [
        ("same origin", shop, Act::Calls(Fetch::get("/")), all),
        (
            "same origin, omitted",
            shop,
            Act::Calls(Fetch::get("/").credentials(Credentials::Omit)),
            None,
        ),
        (
            "same site, without credentials",
            "https://api.shop.example/",
            Act::Calls(Fetch::get(shop)),
            None,
        ),
        ("same site, but cross-origin", "https://api.shop.example/", get(shop), all),
        ("same site by another port", "https://www.shop.example:8443/", get(shop), all),
        ("schemefully not the same site", "http://www.shop.example/", get(shop), Some("none=1")),
        ("cross-site", PAGE, get(shop), Some("none=1")),
        ("cross-site, not included", PAGE, Act::Calls(Fetch::get(shop)), None),
        (
            "cross-site image",
            PAGE,
            Act::Calls(Fetch::element(Destination::Image, shop)),
            Some("none=1"),
        ),
        (
            "cross-site frame",
            PAGE,
            Act::Calls(Fetch::element(Destination::Iframe, shop)),
            Some("none=1"),
        ),
        ("cross-site link", PAGE, link(), Some("lax=1; none=1; unset=1")),
        ("cross-site form", PAGE, form(), Some("none=1")),
        ("same-site form", "https://api.shop.example/", form(), all),
        ("address bar", PAGE, Act::Goes(Fetch::get(shop).address_bar()), all),
        ("by way of another site", shop, get(&format!("{PAGE}/to/{shop}")), Some("none=1")),
        ("trailing dot", "https://www.shop.example./", get(shop), Some("none=1")),
    ] {
        let sent = cookies(shop, &same_site, page, 0, act);
        assert_eq!(sent.as_deref(), expected, "{what}");
    }
}

#[test]
fn a_cookie_is_taken_with_credentials_and_from_its_own_site() {
    let sets = |kind: &str| format!("c=1;path=/;secure;samesite={kind}");
    let api = "https://api.example/";
    let link = Act::Goes(Fetch::get(api));
    let form = Act::Goes(Fetch::post(api).form("a=b"));
    let calls = Act::Calls;
    for (what, act, kind, expected) in [
        ("without credentials", calls(Fetch::get(api)), "none", false),
        ("with credentials", calls(with(Fetch::get(api))), "none", true),
        ("across sites", calls(with(Fetch::get(api))), "lax", false),
        ("across sites, strict", calls(with(Fetch::get(api))), "strict", false),
        ("a page that a link led to", link, "strict", true),
        ("a page that a form led to", form, "lax", true),
        ("an image", calls(Fetch::element(Destination::Image, api)), "none", true),
    ] {
        let mut page = Page::open(PAGE);
        let cookie = sets(kind);
        let mut server = service(|_| answer(200, &[ORIGIN, TRUE, ("set-cookie", &cookie)]));
        act.of(&mut page, &mut server);
        let outcome = block_on(page.navigate(&mut server, Fetch::get(api).address_bar()));
        let sent = outcome.requests().next().unwrap().request_header("cookie");
        assert_eq!(sent.is_some(), expected, "{what}");
    }
    // No preflight has one, and no answer to a preflight sets one.
    let mut page = Page::open(PAGE);
    let cookie = sets("none");
    let grant: Vec<(&str, &str)> = ALL.iter().copied().chain([("set-cookie", &*cookie)]).collect();
    let mut server = service(|request| granting(request, &grant));
    block_on(page.fetch(&mut server, with(put())));
    let outcome = block_on(page.fetch(&mut server, with(Fetch::get(API))));
    assert_eq!(outcome.requests().next().unwrap().request_header("cookie"), None);
}

/// F67
#[test]
fn the_furthest_hop_names_the_site() {
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
        let mut server = service(|request| granting(request, ALL));
        let outcome =
            block_on(Page::open(own).fetch(&mut server, Fetch::get(&url).mode(Mode::NoCors)));
        let sites: Vec<&str> =
            outcome.requests().map(|sent| sent.request_header("sec-fetch-site").unwrap()).collect();
        assert_eq!(sites, expected, "F67 {chain:?}");
    }
    // Nobody is told over a line that others can read.
    for (url, is_told) in [
        ("http://a.example", false),
        ("http://127.0.0.1", true),
        ("http://[::1]:80", true),
        ("http://a.localhost", true),
    ] {
        let mut server = service(|request| granting(request, ALL));
        let outcome = block_on(Page::open(own).fetch(&mut server, Fetch::get(url)));
        let sent = outcome.requests().next().unwrap();
        for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"] {
            assert_eq!(sent.request_header(name).is_some(), is_told, "{url} {name}");
        }
    }
}

#[test]
fn each_kind_of_request_tells_what_it_is_for() {
    let url = "https://www.shop.example/";
    let element = |destination| Fetch::element(destination, url);
    let (calls, navigation) = (Act::Calls, Act::Goes);
    for (act, site, mode, destination, user) in [
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
        let told = format!("{act:?}");
        let mut server = service(|request| granting(request, ALL));
        let mut page = Page::open(PAGE);
        let outcome = act.of(&mut page, &mut server);
        let sent = outcome.requests().next().unwrap();
        let header = |name| sent.request_header(name);
        assert_eq!(header("sec-fetch-site"), Some(site), "{told}");
        assert_eq!(header("sec-fetch-mode"), Some(mode), "{told}");
        assert_eq!(header("sec-fetch-dest"), Some(destination), "{told}");
        assert_eq!(header("sec-fetch-user"), user, "{told}");
        outcome.assert_preflights(0);
    }
}

#[test]
fn a_navigation_leads_the_page_elsewhere() {
    let to = "https://www.shop.example/a";
    for (what, fetch, headers, status, origin) in [
        ("a link", Fetch::get(to), &[][..], 200, "https://www.shop.example"),
        ("a form", Fetch::post(to).form("a=b"), &[], 200, "https://www.shop.example"),
        ("an error page", Fetch::get(to), &[], 500, "https://www.shop.example"),
        ("nothing", Fetch::get(to), &[], 204, PAGE),
        ("a download", Fetch::get(to), &[("content-disposition", "attachment")], 200, PAGE),
        (
            "a redirect",
            Fetch::get(to),
            &[("location", "https://b.example/")],
            302,
            "https://b.example",
        ),
        ("no form", Fetch::put(to), &[], 200, PAGE),
        ("no form", Fetch::post(to).header("x-a", "1"), &[], 200, PAGE),
    ] {
        let mut page = Page::open(PAGE);
        let mut server = service(|request| {
            let host = request.headers()["host"].to_str().unwrap();
            if host == "b.example" { answer(200, &[]) } else { answer(status, headers) }
        });
        let outcome = block_on(page.navigate(&mut server, fetch));
        assert_eq!(page.origin(), origin, "{what}");
        assert_eq!(outcome.blocked().is_some(), what == "no form", "{what}");
    }
    // F11, F12: a form tells who sends it, and a link does not.
    for (fetch, policy, expected) in [
        (Fetch::get(to), ReferrerPolicy::default(), None),
        (Fetch::post(to), ReferrerPolicy::default(), Some(PAGE)),
        (Fetch::post(to), ReferrerPolicy::NoReferrer, Some("null")),
        (Fetch::post(to), ReferrerPolicy::SameOrigin, Some("null")),
        (Fetch::post("/"), ReferrerPolicy::SameOrigin, Some(PAGE)),
        (Fetch::post("/"), ReferrerPolicy::NoReferrer, Some("null")),
    ] {
        let mut page = Page::open(PAGE).with_referrer_policy(policy);
        let mut server = service(|_| answer(200, &[]));
        let outcome = block_on(page.navigate(&mut server, fetch.clone()));
        let sent = outcome.requests().next().unwrap();
        assert_eq!(sent.request_header("origin"), expected, "{policy:?} {fetch:?}");
    }
}

#[test]
fn the_page_s_address_is_told_as_the_policy_says_and_never_more_again() {
    use ReferrerPolicy as Policy;
    let whole = "https://app.example/start?a=b";
    let (own, other, insecure) = ("https://app.example", "https://b.example", "http://b.example");
    let short = "https://app.example/";
    for (policy, hops, expected) in [
        (Policy::NoReferrer, &[own][..], &[None][..]),
        (Policy::NoReferrerWhenDowngrade, &[other], &[Some(whole)]),
        (Policy::NoReferrerWhenDowngrade, &[insecure], &[None]),
        (Policy::SameOrigin, &[own, other], &[Some(whole), None]),
        (Policy::Origin, &[insecure], &[Some(short)]),
        (Policy::StrictOrigin, &[other], &[Some(short)]),
        (Policy::StrictOrigin, &[insecure], &[None]),
        (Policy::OriginWhenCrossOrigin, &[own, insecure], &[Some(whole), Some(short)]),
        (
            Policy::StrictOriginWhenCrossOrigin,
            &[own, other, insecure],
            &[Some(whole), Some(short), None],
        ),
        (Policy::StrictOriginWhenCrossOrigin, &[other, own], &[Some(short), Some(short)]),
        (Policy::StrictOriginWhenCrossOrigin, &[insecure, own], &[None, None]),
        (Policy::UnsafeUrl, &[insecure], &[Some(whole)]),
    ] {
        let (last, front) = hops.split_last().unwrap();
        let url = front.iter().rfold((*last).to_owned(), |rest, hop| format!("{hop}/to/{rest}"));
        let mut page = Page::open("https://user:password@app.example/start?a=b#c")
            .with_referrer_policy(policy);
        let mut server = service(|request| granting(request, ALL));
        let outcome = block_on(page.fetch(&mut server, Fetch::get(&url)));
        let told: Vec<Option<&str>> =
            outcome.requests().map(|sent| sent.request_header("referer")).collect();
        assert_eq!(told, expected, "{policy:?} {hops:?}");
    }
    let long = format!("https://app.example/{}", "a".repeat(4096));
    let mut server = service(|request| granting(request, ALL));
    let outcome = block_on(Page::open(&long).fetch(&mut server, Fetch::get("/")));
    assert_eq!(outcome.requests().next().unwrap().request_header("referer"), Some(short));
}

#[test]
fn a_redirect_sets_the_policy_of_the_hops_after_it() {
    for (header, expected) in [
        ("no-referrer", None),
        ("origin", Some("https://app.example/")),
        ("unsafe-url, unknown", Some("https://app.example/start")),
        ("unknown", Some("https://app.example/start")),
        ("no-referrer, origin", Some("https://app.example/")),
    ] {
        let mut page = Page::open("https://app.example/start");
        let mut server = service(|request| match request.uri().path() {
            "/" => answer(302, &[("location", "/b"), ("referrer-policy", header)]),
            _ => answer(200, &[]),
        });
        let outcome = block_on(page.fetch(&mut server, Fetch::get("/")));
        let told = outcome.requests().last().unwrap().request_header("referer");
        assert_eq!(told, expected, "{header}");
    }
}

/// F58: a response that was kept for one page of the browser is given to another one.
#[test]
fn a_kept_response_without_vary_is_refused_to_whoever_asks_next() {
    let lives = ("cache-control", "max-age=60");
    for (what, varies, is_readable, sent) in
        [("without Vary", false, false, 1), ("with Vary: Origin", true, true, 2)]
    {
        let mut page = Page::open(PAGE).with_http_cache();
        let mut sent_in_all = 0;
        let mut server = service(|request| {
            sent_in_all += 1;
            let mut headers = vec![lives];
            headers.extend(varies.then_some(("vary", "Origin")));
            headers.extend(request.headers().contains_key("origin").then_some(ORIGIN));
            answer(200, &headers)
        });
        // An image asks without Origin, and script with it.
        block_on(page.fetch(&mut server, Fetch::element(Destination::Image, API)));
        let outcome = block_on(page.fetch(&mut server, Fetch::get(API)));
        assert_eq!(outcome.is_readable(), is_readable, "{what}");
        drop(server);
        assert_eq!(sent_in_all, sent, "{what}");
    }
}

#[test]
fn a_response_is_kept_for_as_long_as_it_says() {
    let get = || Fetch::get("/a");
    for (what, headers, between, seconds, sent) in [
        ("fresh", &[("cache-control", "max-age=60")][..], None, 59, 0),
        ("stale", &[("cache-control", "max-age=60")], None, 60, 1),
        ("no-store", &[("cache-control", "max-age=60, no-store")], None, 0, 1),
        ("no-cache", &[("cache-control", "max-age=60, no-cache")], None, 0, 1),
        ("Vary: *", &[("cache-control", "max-age=60"), ("vary", "*")], None, 0, 1),
        ("nothing said", &[], None, 0, 1),
        ("after a PUT", &[("cache-control", "max-age=60")], Some(Fetch::put("/a")), 0, 1),
        ("after a PUT elsewhere", &[("cache-control", "max-age=60")], Some(Fetch::put("/b")), 0, 0),
    ] {
        let mut page = Page::open(PAGE).with_http_cache();
        let mut server = service(|_| answer(200, headers));
        block_on(page.fetch(&mut server, get()));
        if let Some(between) = between {
            block_on(page.fetch(&mut server, between));
        }
        page.wait(Duration::from_secs(seconds));
        let outcome = block_on(page.fetch(&mut server, get()));
        assert_eq!(outcome.requests().count(), sent, "{what}");
        assert_eq!(outcome.text().as_deref(), Some(BODY), "{what}");
    }
    // F47: what script asks by itself is not kept from it.
    let mut page = Page::open(PAGE).with_http_cache();
    let mut server = service(|request| {
        let status = if request.headers().contains_key("if-none-match") { 304 } else { 200 };
        answer(status, &[("etag", "\"1\"")])
    });
    block_on(page.fetch(&mut server, get()));
    let again = block_on(page.fetch(&mut server, get()));
    assert_eq!((again.status().unwrap().as_u16(), again.requests().count()), (200, 1));
    let by_script = block_on(page.fetch(&mut server, get().header("if-none-match", "\"1\"")));
    assert_eq!(by_script.status().unwrap(), 304);
    // Without the cache each request reaches the service.
    let mut page = Page::open(PAGE);
    let mut server = service(|_| answer(200, &[("cache-control", "max-age=60")]));
    for _ in 0..2 {
        assert_eq!(block_on(page.fetch(&mut server, get())).requests().count(), 1);
    }
}

/// A status and headers.
type Said<'a> = (u16, &'a [(&'a str, &'a str)]);

#[track_caller]
fn assert_told(fetch: Fetch, preflight: Said, actual: Said, expected: &str) {
    let mut server = service(|request| {
        let (status, headers) = if is_preflight(request) { preflight } else { actual };
        answer(status, headers)
    });
    let outcome = block_on(Page::open(PAGE).fetch(&mut server, fetch));
    let told = outcome.blocked().expect("it is blocked").to_string();
    let start = "https://api.example/items, asked by a page of https://app.example: ";
    assert_eq!(told.strip_prefix(start), Some(expected), "{told}");
}

#[test]
fn a_page_that_gets_nothing_is_told_why_and_what_to_change() {
    let get = || Fetch::get(API);
    let ok: Said = (200, &[ORIGIN]);
    for (fetch, actual, expected) in [
        (
            get(),
            (200, &[][..]),
            "the response (status 200) has no Access-Control-Allow-Origin; let a rule cover the \
             origin, or put the CORS layer outside of what answers",
        ),
        (
            get(),
            (403, &[]),
            "the response (status 403) has no Access-Control-Allow-Origin; the policy refuses it: \
             let a rule cover the origin, the method and the request headers",
        ),
        (
            get(),
            (404, &[]),
            "the response (status 404) has no Access-Control-Allow-Origin; a 404 that was made \
             outside of the CORS layer has none of its headers: put the layer outside of what \
             answers so",
        ),
        (
            get(),
            (500, &[]),
            "the response (status 500) has no Access-Control-Allow-Origin; a 500 that was made \
             outside of the CORS layer has none of its headers: put the layer outside of what \
             answers so",
        ),
        (
            with(get()),
            (200, &[("access-control-allow-origin", "*")]),
            "Access-Control-Allow-Origin is \"*\", which counts for nothing where credentials are \
             included; name the origin in a rule with allow_credentials",
        ),
        (
            get(),
            (200, &[("access-control-allow-origin", "https://b.example")]),
            "Access-Control-Allow-Origin is \"https://b.example\", and would have to be \
             \"https://app.example\"; answer the origin that asks: let a rule cover it, and let \
             caches vary by Origin",
        ),
        (
            get(),
            (200, &[ORIGIN, ORIGIN]),
            "Access-Control-Allow-Origin is \"https://app.example, https://app.example\", and \
             would have to be \"https://app.example\"; only one CORS layer may answer: take the \
             other one out",
        ),
        (
            with(get()),
            (200, &[ORIGIN]),
            "the response (status 200) has no Access-Control-Allow-Credentials; let the rule \
             allow_credentials",
        ),
        (
            with(get()),
            (200, &[ORIGIN, ("access-control-allow-credentials", "True")]),
            "Access-Control-Allow-Credentials is \"True\", and would have to be \"true\"; only \
             one line of exactly \"true\" counts: let the CORS layer alone set it",
        ),
        (
            get(),
            (302, &[ORIGIN, ("location", "ftp://b.example")]),
            "the redirect leads to no address of http or https (status 302)",
        ),
        (get().mode(Mode::SameOrigin), ok, "it is of another origin, and the mode is same-origin"),
        (Fetch::new("TRACE", API), ok, "\"TRACE\" is a forbidden method"),
    ] {
        assert_told(fetch, ok, actual, expected);
    }
}

#[test]
fn a_page_whose_preflight_fails_is_told_why_and_what_to_change() {
    let get = || Fetch::get(API);
    let methods = |value: &'static str| ("access-control-allow-methods", value);
    let names = |value: &'static str| ("access-control-allow-headers", value);
    let ok: Said = (200, &[ORIGIN]);
    for (fetch, preflight, expected) in [
        (
            put(),
            (403, &[][..]),
            "the preflight failed: the response (status 403) has no Access-Control-Allow-Origin; \
             the policy refuses it: let a rule cover the origin, the method and the request \
             headers",
        ),
        (
            put(),
            (404, &[]),
            "the preflight failed: the response (status 404) has no Access-Control-Allow-Origin; \
             a 404 that was made outside of the CORS layer has none of its headers: put the layer \
             outside of what answers so",
        ),
        (
            put(),
            (405, &[ORIGIN]),
            "the preflight failed: its status is 405, and would have to be one of 200 to 299; \
             what answers 405 stands before the CORS layer, a router or an authentication layer: \
             put the CORS layer outside of it",
        ),
        (
            put(),
            (301, &[ORIGIN]),
            "the preflight failed: its status is 301, and would have to be one of 200 to 299; a \
             preflight is never redirected: answer it at the address that the page asks",
        ),
        (
            put(),
            (500, &[ORIGIN]),
            "the preflight failed: its status is 500, and would have to be one of 200 to 299; \
             what answers 500 stands before the CORS layer, a router or an authentication layer: \
             put the CORS layer outside of it",
        ),
        (
            put(),
            (204, &[ORIGIN]),
            "the preflight failed: the response (status 204) has no Access-Control-Allow-Methods, \
             which would have to name PUT; let the rule allow_methods PUT",
        ),
        (
            put(),
            (204, &[ORIGIN, methods("put")]),
            "the preflight failed: Access-Control-Allow-Methods is \"put\", and would have to \
             name PUT; upper and lower case differ: let the rule allow_methods PUT",
        ),
        (
            put(),
            (204, &[ORIGIN, methods("PUT DELETE")]),
            "the preflight failed: Access-Control-Allow-Methods is no list of tokens: \"PUT \
             DELETE\"; names stand between commas, and one that is none spoils the list",
        ),
        (
            with(put()),
            (204, &[ORIGIN, TRUE, methods("*")]),
            "the preflight failed: Access-Control-Allow-Methods is \"*\", and would have to name \
             PUT; \"*\" is but a name where credentials are included: let the rule allow_methods \
             PUT",
        ),
        (
            get().header("x-a", "1"),
            (204, &[ORIGIN, names("x-b")]),
            "the preflight failed: Access-Control-Allow-Headers is \"x-b\", and would have to \
             name x-a; let the rule allow_headers x-a",
        ),
        (
            get().header("x-a", "1"),
            (204, &[ORIGIN, names("x-a: 1")]),
            "the preflight failed: Access-Control-Allow-Headers is no list of tokens: \"x-a: 1\"; \
             names stand between commas, and one that is none spoils the list",
        ),
        (
            get().header("authorization", "1"),
            (204, &[ORIGIN, names("*")]),
            "the preflight failed: Access-Control-Allow-Headers is \"*\", and would have to name \
             authorization; \"*\" does not cover it: let the rule allow_headers \
             authorization by name",
        ),
    ] {
        assert_told(fetch, preflight, ok, expected);
    }
}
