//! The named differences of `Engine`: one scenario in two engines, with both outcomes.
//!
//! `tests/browsers/tests/agreement.rs` compares the model with the real engines.

use std::time::Duration;

use http::{Request, Response};
use tower_cross_origin::browser::{Credentials, Engine, Fetch, FetchOutcome, Page, Redirect};

use crate::{
    support::block_on,
    wpt::{is_preflight, response, service},
};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/items";
const ENGINES: [Engine; 4] = [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// Allows every request. `/to/<status>/<address>` redirects, and `/login` sets cookies.
fn serve(request: &Request<Vec<u8>>) -> Response<String> {
    let origin = request.headers().get("origin").map_or("*", |origin| origin.to_str().unwrap());
    let mut headers = vec![
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "x-a, authorization, content-type, accept"),
        ("access-control-max-age", "600"),
    ];
    if is_preflight(request) {
        return response(204, &headers);
    }
    if let Some((status, location)) =
        request.uri().path().strip_prefix("/to/").and_then(|rest| rest.split_once('/'))
    {
        headers.push(("location", location));
        return response(status.parse().unwrap(), &headers);
    }
    if request.uri().path() == "/login" {
        headers.push(("set-cookie", "plain=1"));
        headers.push(("set-cookie", "strict=1; SameSite=Strict"));
        headers.push(("set-cookie", "secure=1; Secure; SameSite=None"));
    }
    response(200, &headers)
}

/// Makes the calls one after the other, and returns the outcome of the last one.
fn run(engine: Engine, page: Page, calls: impl IntoIterator<Item = Fetch>) -> FetchOutcome {
    let mut service = service(serve);
    let mut page = page.in_engine(engine);
    let mut last = None;
    for call in calls {
        last = Some(block_on(page.fetch(&mut service, call)));
    }
    last.expect("there is a call")
}

fn call(engine: Engine, call: Fetch) -> FetchOutcome {
    run(engine, Page::open(PAGE), [call])
}

/// Returns a header of the last request that is not a preflight.
fn last_header(outcome: &FetchOutcome, name: &str) -> Option<String> {
    let last = outcome.requests().last()?;
    last.request_header(name).map(str::to_owned)
}

/// Checks that the observation equals the named difference, and that the engines have both outcomes.
#[track_caller]
fn check(named: fn(Engine) -> bool, observe: impl Fn(Engine) -> bool) {
    let seen = ENGINES.map(|engine| {
        let is_seen = observe(engine);
        assert_eq!(is_seen, named(engine), "{engine:?}");
        is_seen
    });
    assert!(seen.contains(&true) && seen.contains(&false));
}

fn redirect(status: u16, from: &str, to: &str) -> String {
    format!("{from}/to/{status}/{to}")
}

#[test]
fn cookie_without_same_site_reaches_other_sites() {
    check(Engine::has_lax_cookies_by_default, |engine| {
        let login = Fetch::get("https://api.example/login").credentials(Credentials::Include);
        let get = Fetch::get(API).credentials(Credentials::Include);
        // The page of the service stores the cookies, and a page of another site sends them.
        let mut page = Page::open("https://api.example").in_engine(engine);
        let mut service = service(serve);
        block_on(page.fetch(&mut service, login));
        block_on(page.navigate(&mut service, Fetch::get("https://app.example").address_bar()));
        let outcome = block_on(page.fetch(&mut service, get));
        let cookies = last_header(&outcome, "cookie").unwrap();
        assert!(cookies.contains("secure=1") && !cookies.contains("strict=1"), "{cookies}");
        !cookies.contains("plain=1")
    });
}

#[test]
fn same_site_of_cookies_depends_on_redirects() {
    check(Engine::considers_redirects_for_cookies, |engine| {
        let login = Fetch::get("https://app.example/login");
        let home = redirect(307, "https://api.example", "https://app.example/items");
        let calls = [login, Fetch::get(&home).credentials(Credentials::Include)];
        let outcome = run(engine, Page::open(PAGE), calls);
        !last_header(&outcome, "cookie").unwrap().contains("strict=1")
    });
}

#[test]
fn secure_cookie_of_loopback_is_stored() {
    check(Engine::stores_secure_cookies_of_loopback, |engine| {
        let page = Page::open("http://localhost:3000");
        let calls =
            [Fetch::get("http://localhost:3000/login"), Fetch::get("http://localhost:3000/")];
        last_header(&run(engine, page, calls), "cookie").unwrap().contains("secure=1")
    });
}

#[test]
fn safelisted_values_need_a_preflight_by_their_total() {
    check(Engine::limits_total_of_safelisted_values, |engine| {
        let mut get = Fetch::get(API);
        for _ in 0..9 {
            get = get.header("accept", &"a".repeat(120));
        }
        // Engines that join the lines compare one long value.
        call(engine, get).preflights().next().is_some()
    });
}

#[test]
fn several_field_lines_are_one_value() {
    check(Engine::joins_field_lines, |engine| {
        let post = Fetch::post(API).text("a");
        let post = post.header("content-type", "text/plain").header("content-type", "text/plain");
        let outcome = call(engine, post);
        let sent = outcome.requests().last().unwrap();
        let lines = sent.request_headers().get_all("content-type").iter().count();
        assert_eq!(lines == 1, outcome.preflights().next().is_some());
        lines == 1
    });
}

#[test]
fn authorization_is_removed_by_a_redirect() {
    check(Engine::removes_authorization_on_redirect, |engine| {
        let url = redirect(307, "https://api.example", "https://other.example/");
        let outcome = call(engine, Fetch::get(&url).header("authorization", "Bearer t"));
        let last = last_header(&outcome, "authorization");
        // The second preflight requests the header.
        assert_eq!(outcome.preflights().count(), if last.is_some() { 2 } else { 1 });
        last.is_none()
    });
}

#[test]
fn fetch_metadata_is_sent_after_a_redirect() {
    check(Engine::sends_fetch_metadata_after_redirect, |engine| {
        let within = redirect(307, "https://api.example", "https://api.example/");
        let outcome = call(engine, Fetch::get(&within));
        assert_eq!(last_header(&outcome, "sec-fetch-mode").as_deref(), Some("cors"));
        let other = redirect(307, "https://api.example", "https://other.example/");
        let outcome = call(engine, Fetch::put(&other));
        assert!(outcome.preflights().all(|one| one.request_header("sec-fetch-mode").is_some()));
        last_header(&outcome, "sec-fetch-mode").is_some()
    });
}

#[test]
fn same_site_is_sent_after_a_redirect() {
    check(Engine::sends_same_site_after_redirect, |engine| {
        let site = "https://sub.app.example";
        let outcome = call(engine, Fetch::get(&redirect(307, site, "https://sub.app.example/")));
        let first = outcome.requests().next().unwrap();
        assert_eq!(first.request_header("sec-fetch-site"), Some("same-site"));
        last_header(&outcome, "sec-fetch-site").as_deref() == Some("same-site")
    });
}

#[test]
fn preflight_after_a_redirect_has_the_origin_of_the_page() {
    check(Engine::preflights_redirects_with_page_origin, |engine| {
        let url = redirect(307, "https://api.example", "https://other.example/");
        let outcome = call(engine, Fetch::put(&url));
        assert_eq!(last_header(&outcome, "origin").as_deref(), Some("null"), "{engine:?}");
        outcome.preflights().last().unwrap().request_header("origin") == Some(PAGE)
    });
}

#[test]
fn metadata_of_preflights_depends_on_redirects() {
    check(Engine::considers_redirects_of_preflights, |engine| {
        let url = redirect(307, "https://other.example", "https://sub.app.example/");
        let outcome = call(engine, Fetch::put(&url));
        let last = outcome.preflights().last().unwrap();
        last.request_header("sec-fetch-site") == Some("cross-site")
    });
}

#[test]
fn upload_listener_without_a_body_needs_a_preflight() {
    check(Engine::preflights_uploads_without_body, |engine| {
        let with_body = call(engine, Fetch::post(API).text("a").upload_listener());
        assert_eq!(with_body.preflights().count(), 1);
        call(engine, Fetch::post(API).upload_listener()).preflights().next().is_some()
    });
}

#[test]
fn cached_preflight_allows_safelisted_methods() {
    check(Engine::caches_safelisted_methods_by_address, |engine| {
        let calls = [Fetch::put(API), Fetch::post(API).text("a").upload_listener()];
        run(engine, Page::open(PAGE), calls).preflights().next().is_none()
    });
}

#[test]
fn preflights_of_the_origin_null_are_cached() {
    check(Engine::caches_preflights_of_null_origin, |engine| {
        run(engine, Page::opaque(), [Fetch::put(API), Fetch::put(API)])
            .preflights()
            .next()
            .is_none()
    });
}

#[test]
fn failed_request_removes_its_preflight() {
    check(Engine::forgets_preflights_of_failed_requests, |engine| {
        let url = redirect(307, "https://api.example", API);
        let calls = [Fetch::put(&url).redirect(Redirect::Error), Fetch::put(&url)];
        let outcome = run(engine, Page::open(PAGE), calls);
        outcome.preflights().any(|one| one.url() == url)
    });
}

#[test]
fn cached_wildcard_allows_authorization() {
    check(Engine::caches_wildcard_for_authorization, |engine| {
        let mut service = service(|request: &Request<Vec<u8>>| {
            let any = [
                ("access-control-allow-origin", "*"),
                ("access-control-allow-headers", "*"),
                ("access-control-max-age", "600"),
            ];
            response(if is_preflight(request) { 204 } else { 200 }, &any)
        });
        let mut page = Page::open(PAGE).in_engine(engine);
        block_on(page.fetch(&mut service, Fetch::get(API).header("x-a", "1")));
        page.wait(Duration::from_secs(1));
        let get = Fetch::get(API).header("authorization", "Bearer t");
        block_on(page.fetch(&mut service, get)).preflights().next().is_none()
    });
}
