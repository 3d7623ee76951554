//! Tests of the browser model against clauses of the Fetch standard.
//!
//! They cover clauses without a Web Platform Test. The numbers F9 to F57 identify the clauses, in the
//! order of the standard's sections.

use http::Response;
use tower_cross_origin::browser::{
    BlockedStep, Credentials, Destination, Fetch, FetchOutcome, Mode, Page, Redirect,
    ReferrerPolicy, ResponseType,
};

use crate::{
    support::block_on,
    wpt::{is_preflight, response, service},
};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/items?page=1";

type Headers<'a> = &'a [(&'a str, &'a str)];
/// The method and the headers that a preflight lists.
type Preflight<'a> = (&'a str, Option<&'a str>);

/// Response headers that allow the requests of these tests.
const ALLOW: Headers = &[
    ("access-control-allow-origin", PAGE),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "PUT, DELETE, patch"),
    ("access-control-allow-headers", "x-a, x-b, content-type, authorization, accept, range"),
];

fn get() -> Fetch {
    Fetch::get(API)
}

fn post() -> Fetch {
    Fetch::post(API)
}

/// Returns the outcome of a call to a server with these responses.
fn call(call: Fetch, preflight: (u16, Headers), actual: (u16, Headers)) -> FetchOutcome {
    let mut service = service(|request| {
        let (status, headers) = if is_preflight(request) { preflight } else { actual };
        response(status, headers)
    });
    block_on(Page::open(PAGE).fetch(&mut service, call))
}

fn call_allowed(fetch: Fetch) -> FetchOutcome {
    call(fetch, (204, ALLOW), (200, ALLOW))
}

#[track_caller]
fn assert_step(clause: &str, outcome: &FetchOutcome, expected: Option<BlockedStep>) {
    let step = outcome.blocked().map(tower_cross_origin::browser::Blocked::step);
    assert_eq!(
        step,
        expected,
        "{clause}: {}",
        outcome.blocked().map_or(String::new(), ToString::to_string)
    );
}

#[test]
fn invalid_call_is_blocked_without_a_request() {
    for (clause, fetch) in [
        ("F19", Fetch::new("CONNECT", API)),
        ("F19", Fetch::new("trace", API)),
        ("F19", Fetch::new("Track", API)),
        ("F19: invalid token", Fetch::new("G ET", API)),
        ("F19", Fetch::put(API).mode(Mode::NoCors)),
        ("F18: invalid token", get().header("x a", "1")),
        ("F18: invalid token", get().header("", "1")),
        ("F18: line break", get().header("x-a", "1\r\n2")),
        ("F18: NUL", get().header("x-a", "1\0")),
        ("F18: character beyond U+00FF", get().header("x-a", "\u{100}")),
        ("GET with a body", get().text("a")),
        ("HEAD with a body", Fetch::new("head", API).text("a")),
        ("F54: userinfo", Fetch::get("https://user@api.example")),
        ("F54: userinfo", Fetch::get("https://:password@api.example")),
        ("invalid address", Fetch::get("https://")),
        ("mode navigate", get().mode(Mode::Navigate)),
        ("F31: stream without CORS", post().stream(b"a").mode(Mode::NoCors)),
        ("element with a header", Fetch::element(Destination::Image, API).header("x-a", "1")),
    ] {
        let outcome = call_allowed(fetch);
        assert_step(clause, &outcome, Some(BlockedStep::Call));
        assert!(outcome.exchanges().is_empty(), "{clause}");
    }
}

#[test]
fn method_is_normalized_to_upper_case_except_patch() {
    for (written, sent) in [
        ("get", "GET"),
        ("hEad", "HEAD"),
        ("post", "POST"),
        ("put", "PUT"),
        ("Delete", "DELETE"),
        ("options", "OPTIONS"),
        ("patch", "patch"),
        ("Patch", "Patch"),
        ("chicken", "chicken"),
    ] {
        let outcome = call_allowed(Fetch::new(written, API));
        let first = outcome.exchanges().first().unwrap();
        let requested = first.request_header("access-control-request-method");
        assert_eq!(requested.unwrap_or(first.method().as_str()), sent, "F20 {written}");
    }
    // `PATCH` in the response does not allow `patch`.
    let outcome = call(Fetch::new("put", API), (204, ALLOW), (200, ALLOW));
    assert_step("F20", &outcome, None);
    let headers: Headers =
        &[("access-control-allow-origin", "*"), ("access-control-allow-methods", "PATCH")];
    let outcome = call(Fetch::new("patch", API), (204, headers), (200, headers));
    assert_step("F20", &outcome, Some(BlockedStep::AllowMethods));
}

#[test]
fn preflight_lists_method_and_headers_not_safelisted() {
    let (b128, b129) = ("a".repeat(128), "a".repeat(129));
    let rows: &[(&str, Fetch, Option<Preflight>)] = &[
        ("F19", get(), None),
        ("F19", Fetch::new("HEAD", API), None),
        ("F19", post(), None),
        ("F19", Fetch::put(API), Some(("PUT", None))),
        ("F21", Fetch::new("CHICKEN", API), Some(("CHICKEN", None))),
        // RFC 10008
        ("F21", Fetch::new("QUERY", API), Some(("QUERY", None))),
        ("F21", Fetch::new("QUERY", API).text("a"), Some(("QUERY", None))),
        ("F21", Fetch::new("QUERY", API).json("{}"), Some(("QUERY", Some("content-type")))),
        ("F21", Fetch::new("query", API).text("a"), Some(("query", None))),
        ("F22", get().header("ACCEPT", &b128), None),
        ("F22", get().header("accept", &b129), Some(("GET", Some("accept")))),
        ("F22", get().header("accept-language", "de-DE,en;q=0.5"), None),
        ("F22", get().header("accept-language", "de_DE"), Some(("GET", Some("accept-language")))),
        ("F22", post().text("a"), None),
        ("F22", post().form("a=b"), None),
        ("F22", post().json("{}"), Some(("POST", Some("content-type")))),
        ("F22", post().bytes(b"a"), None),
        ("F22", post().text("a").header("content-type", "text/plain;x=y"), None),
        ("F22", get().header("range", "bytes=0-"), None),
        ("F22", get().header("range", "bytes=-5"), Some(("GET", Some("range")))),
        ("F23", get().header("accept", "a/b;c=d,*"), None),
        ("F23", get().header("accept", "a(b"), Some(("GET", Some("accept")))),
        ("F23", get().header("accept", "a\u{c}b"), Some(("GET", Some("accept")))),
        (
            "F25",
            post().header("content-type", "application/json").header("content-type", "text/plain"),
            Some(("POST", Some("content-type"))),
        ),
        ("F27", get().header("Authorization", "Bearer 1"), Some(("GET", Some("authorization")))),
        (
            "F28",
            get()
                .header("Cookie", "a")
                .header("Sec-A", "b")
                .header("Proxy-B", "c")
                .header("Origin", "d"),
            None,
        ),
        ("F28", get().header("X-HTTP-Method-Override", "track"), None),
        (
            "F28",
            get().header("X-HTTP-Method-Override", "PUT"),
            Some(("GET", Some("x-http-method-override"))),
        ),
        (
            "F17",
            get().header("x-b", "1").header("X-A", "2").header("x-B", "3"),
            Some(("GET", Some("x-a,x-b"))),
        ),
        ("F31", post().text("a").upload_listener(), Some(("POST", None))),
        ("F31", post().upload_listener().header("x-a", "1"), Some(("POST", Some("x-a")))),
        ("F31", post().stream(b"a"), Some(("POST", None))),
        ("F30", Fetch::element(Destination::Script, API), None),
        ("F30", Fetch::element(Destination::Script, API).crossorigin(Credentials::Include), None),
        ("F29", get().header("x-a", "1").mode(Mode::NoCors), None),
        ("F29", Fetch::put("https://app.example/items").header("x-a", "1"), None),
        ("F29", Fetch::put("/items").upload_listener(), None),
    ];
    for (row, (clause, fetch, expected)) in rows.iter().enumerate() {
        let outcome = call_allowed(fetch.clone());
        let preflight = outcome.preflights().next();
        let requested = preflight.map(|sent| {
            let method = sent.request_header("access-control-request-method").unwrap();
            (method, sent.request_header("access-control-request-headers"))
        });
        assert_eq!(requested, *expected, "{clause}, row {row}");
    }
}

#[test]
fn safelisted_headers_over_1024_bytes_need_a_preflight() {
    // F24: 8 values of 128 bytes are 1,024 bytes, the limit.
    let names = ["accept", "accept-language", "content-language"];
    let sent = |last: usize| {
        let call = names.iter().fold(post(), |call, name| call.header(name, &"a".repeat(128)));
        let essence = "text/plain;a=";
        let value = format!("{essence}{}", "b".repeat(last - essence.len()));
        call_allowed(call.header("content-type", &value))
    };
    assert_eq!(sent(128).preflights().count(), 0);
    assert_eq!(sent(129).preflights().count(), 1);
}

#[test]
fn preflight_has_no_cookies_and_no_other_headers() {
    let mut page = Page::open("https://app.example/start#top");
    let mut service =
        service(|request| response(200, if is_preflight(request) { ALLOW } else { SET_COOKIE }));
    let with = |fetch: Fetch| fetch.credentials(Credentials::Include);
    block_on(page.fetch(&mut service, with(get())));
    let fetch =
        Fetch::put(API).header("x-a", "secret").header("authorization", "secret").json("{}");
    let outcome = block_on(page.fetch(&mut service, with(fetch)));
    let preflight = outcome.preflights().next().unwrap();
    let headers = preflight.request_headers().iter();
    let mut headers: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    // F16, F17
    assert_eq!(
        headers,
        [
            "accept: */*",
            "access-control-request-headers: authorization,content-type,x-a",
            "access-control-request-method: PUT",
            "host: api.example",
            "origin: https://app.example",
            "referer: https://app.example/",
            "sec-fetch-dest: empty",
            "sec-fetch-mode: cors",
            "sec-fetch-site: cross-site",
        ]
    );
    assert_eq!((preflight.method().as_str(), preflight.url()), ("OPTIONS", API));
    let request = outcome.requests().next().unwrap();
    assert_eq!(request.request_header("cookie"), Some("a=b"));
    assert_eq!(request.request_header("content-length"), Some("2"));
}

const SET_COOKIE: Headers = &[
    ("access-control-allow-origin", PAGE),
    ("access-control-allow-credentials", "true"),
    ("set-cookie", "a=b; Secure; SameSite=None"),
];

#[test]
fn preflight_response_is_checked_against_the_request() {
    const ORIGIN: (&str, &str) = ("access-control-allow-origin", PAGE);
    const ANY: (&str, &str) = ("access-control-allow-origin", "*");
    const TRUE: (&str, &str) = ("access-control-allow-credentials", "true");
    let methods = |value: &'static str| ("access-control-allow-methods", value);
    let names = |value: &'static str| ("access-control-allow-headers", value);
    let with = |fetch: Fetch| fetch.credentials(Credentials::Include);
    let put = || Fetch::put(API);
    let x = || get().header("x-a", "1");
    let authorized = || get().header("authorization", "1");
    let upload = || post().upload_listener();
    let rows = [
        ("F34", put(), 200, vec![ORIGIN, methods("PUT")], None),
        ("F34", put(), 299, vec![ORIGIN, methods("PUT")], None),
        (
            "F34",
            put(),
            301,
            vec![ORIGIN, methods("PUT"), ("location", "/")],
            Some(BlockedStep::PreflightStatus),
        ),
        ("F34", put(), 404, vec![ORIGIN, methods("PUT")], Some(BlockedStep::PreflightStatus)),
        ("F34", put(), 404, vec![methods("PUT")], Some(BlockedStep::AllowOrigin)),
        ("F35", put(), 204, vec![ANY, methods("PUT")], None),
        ("F35", with(put()), 204, vec![ANY, TRUE, methods("PUT")], Some(BlockedStep::AllowOrigin)),
        (
            "F35",
            with(put()),
            204,
            vec![ORIGIN, methods("PUT")],
            Some(BlockedStep::AllowCredentials),
        ),
        ("F35", with(put()), 204, vec![ORIGIN, TRUE, methods("PUT")], None),
        ("F36", put(), 204, vec![ORIGIN, methods(", PUT ,,\tA")], None),
        ("F36", put(), 204, vec![ORIGIN, methods("A"), methods("PUT")], None),
        ("F36", put(), 204, vec![ORIGIN, methods("PUT, A B")], Some(BlockedStep::AllowMethods)),
        ("F36", put(), 204, vec![ORIGIN, methods("\"PUT\"")], Some(BlockedStep::AllowMethods)),
        (
            "F36",
            put(),
            204,
            vec![ORIGIN, methods("PUT"), names("a:b")],
            Some(BlockedStep::AllowHeaders),
        ),
        ("F36", upload(), 204, vec![ORIGIN, methods("A B")], Some(BlockedStep::AllowMethods)),
        ("F37", put(), 204, vec![ORIGIN, methods("put")], Some(BlockedStep::AllowMethods)),
        ("F37", put(), 204, vec![ORIGIN, methods("*")], None),
        ("F37", put(), 204, vec![ORIGIN], Some(BlockedStep::AllowMethods)),
        (
            "F37",
            with(put()),
            204,
            vec![ORIGIN, TRUE, methods("*")],
            Some(BlockedStep::AllowMethods),
        ),
        ("F37", x(), 204, vec![ORIGIN, methods("PUT"), names("x-a")], None),
        ("F38", x(), 204, vec![ORIGIN, names("X-A")], None),
        ("F38", x(), 204, vec![ORIGIN, names("*")], None),
        ("F38", x(), 204, vec![ORIGIN, names("x-b")], Some(BlockedStep::AllowHeaders)),
        ("F38", x(), 204, vec![ORIGIN], Some(BlockedStep::AllowHeaders)),
        ("F39", with(x()), 204, vec![ORIGIN, TRUE, names("*")], Some(BlockedStep::AllowHeaders)),
        ("F39", with(get().header("*", "1")), 204, vec![ORIGIN, TRUE, names("*")], None),
        ("F39", with(Fetch::new("*", API)), 204, vec![ORIGIN, TRUE, methods("*")], None),
        ("F40", authorized(), 204, vec![ANY, names("*")], Some(BlockedStep::AllowHeaders)),
        ("F40", authorized(), 204, vec![ANY, names("*, Authorization")], None),
        // Responses with Access-Control-Allow-Origin only.
        ("F41", upload(), 204, vec![ORIGIN], None),
        ("F41", post().stream(b"a"), 204, vec![ORIGIN], None),
        ("F41", put().upload_listener(), 204, vec![ORIGIN], None),
        (
            "F41",
            put().upload_listener(),
            204,
            vec![ORIGIN, methods("")],
            Some(BlockedStep::AllowMethods),
        ),
        ("F41", upload().header("x-a", "1"), 204, vec![ORIGIN], Some(BlockedStep::AllowHeaders)),
        ("F41", upload(), 204, vec![ORIGIN, methods("PUT")], None),
        ("F41", put(), 204, vec![ORIGIN], Some(BlockedStep::AllowMethods)),
        ("F42", put(), 204, vec![ORIGIN, ("allow", "PUT")], Some(BlockedStep::AllowMethods)),
    ];
    for (row, (clause, fetch, status, headers, expected)) in rows.into_iter().enumerate() {
        let outcome = call(fetch, (status, &headers), (200, ALLOW));
        assert_step(&format!("{clause}, row {row}"), &outcome, expected);
        let is_preflight =
            outcome.blocked().is_some_and(tower_cross_origin::browser::Blocked::is_preflight);
        assert_eq!(is_preflight, expected.is_some(), "{clause}, row {row}");
        assert_eq!(
            outcome.requests().count(),
            usize::from(expected.is_none()),
            "{clause}, row {row}"
        );
        outcome.assert_preflights(1);
    }
}

#[test]
fn cors_check_validates_each_response() {
    const TRUE: (&str, &str) = ("access-control-allow-credentials", "true");
    let origin = |value: &'static str| ("access-control-allow-origin", value);
    let with = |fetch: Fetch| fetch.credentials(Credentials::Include);
    let (origin_step, credentials_step) =
        (Some(BlockedStep::AllowOrigin), Some(BlockedStep::AllowCredentials));
    let rows = [
        ("F45", get(), 200, vec![origin(PAGE)], None),
        ("F45", get(), 200, vec![origin(" \thttps://app.example ")], None),
        ("F45", get(), 200, vec![], origin_step),
        ("F45", get(), 200, vec![origin("")], origin_step),
        ("F45", get(), 200, vec![origin(PAGE), origin(PAGE)], origin_step),
        ("F45", get(), 200, vec![origin("*"), origin("*")], origin_step),
        ("F45", get(), 200, vec![origin("https://app.example/")], origin_step),
        ("F45", get(), 200, vec![origin("https://APP.example")], origin_step),
        ("F45", get(), 200, vec![origin("https://app.example:443")], origin_step),
        ("F45", get(), 200, vec![origin("null")], origin_step),
        ("F45", with(get()), 200, vec![origin("*"), TRUE], origin_step),
        ("F46", with(get()), 200, vec![origin(PAGE), TRUE], None),
        ("F46", with(get()), 200, vec![origin(PAGE)], credentials_step),
        ("F46", with(get()), 200, vec![origin(PAGE), TRUE, TRUE], credentials_step),
        (
            "F46",
            with(get()),
            200,
            vec![origin(PAGE), ("access-control-allow-credentials", "True")],
            credentials_step,
        ),
        ("F46", get(), 200, vec![origin(PAGE), ("access-control-allow-credentials", "no")], None),
        ("F46", get().credentials(Credentials::Omit), 200, vec![origin("*")], None),
        ("F47", get(), 302, vec![("location", "/b")], origin_step),
        ("F48", get(), 403, vec![origin(PAGE)], None),
        ("F48", get(), 500, vec![origin("*")], None),
        ("F48", get(), 500, vec![], origin_step),
        ("F50", with(get()), 401, vec![origin(PAGE), TRUE, ("www-authenticate", "Basic")], None),
    ];
    for (row, (clause, fetch, status, headers, expected)) in rows.into_iter().enumerate() {
        let outcome = call(fetch, (204, ALLOW), (status, &headers));
        assert_step(&format!("{clause}, row {row}"), &outcome, expected);
        if expected.is_none() {
            assert_eq!(outcome.status().unwrap(), status, "{clause}, row {row}");
        }
    }
}

#[test]
fn page_reads_only_exposed_headers() {
    let all = ["content-type", "etag", "x-a", "set-cookie", "*", "location"];
    let own: Headers = &[
        ("content-type", "a"),
        ("etag", "b"),
        ("x-a", "c"),
        ("set-cookie", "d=e"),
        ("*", "f"),
        ("location", "g"),
    ];
    let with = |fetch: Fetch| fetch.credentials(Credentials::Include);
    for (clause, fetch, exposed, visible) in [
        ("F51", get(), &[][..], &["content-type"][..]),
        ("F51", get(), &["X-A, ETag"], &["content-type", "etag", "x-a"]),
        ("F51", get(), &["set-cookie"], &["content-type"]),
        ("F52", get(), &["*"], &["content-type", "etag", "x-a", "*", "location"]),
        ("F52", get(), &["set-cookie,*"], &["content-type", "etag", "x-a", "*", "location"]),
        ("F52", with(get()), &["*"], &["content-type", "*"]),
        ("F52", with(get()), &["*, etag"], &["content-type", "etag", "*"]),
        ("F53", get(), &["etag, x a"], &["content-type"]),
        ("F53", get(), &["etag", "x-a"], &["content-type", "etag", "x-a"]),
        ("F53", get(), &[",,etag,"], &["content-type", "etag"]),
        ("basic", Fetch::get("/"), &[], &["content-type", "etag", "x-a", "*", "location"]),
    ] {
        let mut headers = own.to_vec();
        headers.extend_from_slice(&ALLOW[..2]);
        headers.extend(exposed.iter().map(|value| ("access-control-expose-headers", *value)));
        let outcome = call(fetch, (204, ALLOW), (200, &headers));
        let readable: Vec<&str> =
            all.into_iter().filter(|name| outcome.header(name).is_some()).collect();
        assert_eq!(readable, visible, "{clause} {exposed:?}");
    }
}

#[test]
fn request_mode_determines_the_response_type() {
    let redirected = |fetch: Fetch| {
        call(
            fetch,
            (204, ALLOW),
            (302, &[("location", "/b"), ("access-control-allow-origin", "*")]),
        )
    };
    for (fetch, expected) in [
        (Fetch::get("/"), Some(ResponseType::Basic)),
        (Fetch::get("/").mode(Mode::SameOrigin), Some(ResponseType::Basic)),
        (get(), Some(ResponseType::Cors)),
        (get().mode(Mode::NoCors), Some(ResponseType::Opaque)),
        (get().mode(Mode::SameOrigin), None),
        (get().mode(Mode::NoCors).redirect(Redirect::Manual), None),
        (Fetch::get("ftp://api.example/"), None),
        (Fetch::get("data:text/plain,a").mode(Mode::NoCors), None),
        (Fetch::element(Destination::Image, API), Some(ResponseType::Opaque)),
        (Fetch::element(Destination::Iframe, API), Some(ResponseType::Basic)),
        (Fetch::element(Destination::Worker, API), None),
    ] {
        let label = format!("{fetch:?}");
        let outcome = call_allowed(fetch);
        assert_eq!(outcome.response_type(), expected, "{label}");
        assert_eq!(
            outcome.is_readable(),
            matches!(expected, Some(ResponseType::Basic | ResponseType::Cors)),
            "{label}"
        );
        if expected.is_none() {
            assert_step(&label, &outcome, Some(BlockedStep::Mode));
            assert!(outcome.exchanges().is_empty(), "{label}");
        }
    }
    for url in [API, "/a"] {
        let outcome = redirected(Fetch::get(url).redirect(Redirect::Manual));
        assert_eq!(outcome.response_type(), Some(ResponseType::OpaqueRedirect));
        assert_eq!((outcome.status(), outcome.headers(), outcome.body()), (None, None, None));
        assert_step(
            "error",
            &redirected(Fetch::get(url).redirect(Redirect::Error)),
            Some(BlockedStep::Redirect),
        );
    }
    // A redirect without `Location` is still a redirect in the modes `manual` and `error`.
    let without_location =
        |redirect| call(Fetch::get("/").redirect(redirect), (204, &[]), (302, &[]));
    assert_eq!(
        without_location(Redirect::Manual).response_type(),
        Some(ResponseType::OpaqueRedirect)
    );
    assert_step("error", &without_location(Redirect::Error), Some(BlockedStep::Redirect));
    assert_eq!(without_location(Redirect::Follow).status().unwrap(), 302);
}

/// Returns the outcome of a call to a server that redirects `/to/<address>` to the address.
fn redirected(fetch: Fetch, status: u16) -> FetchOutcome {
    let mut service = service(|request| redirect(request, status));
    block_on(Page::open("https://app.example/start").fetch(&mut service, fetch))
}

fn redirect(request: &http::Request<Vec<u8>>, status: u16) -> Response<String> {
    let origin = request.headers().get("origin").map_or("*", |origin| origin.to_str().unwrap());
    let mut headers = vec![("access-control-allow-origin", origin), ALLOW[1], ALLOW[2], ALLOW[3]];
    let location = request.uri().path().strip_prefix("/to/");
    match location.filter(|_| !is_preflight(request)) {
        Some(location) => {
            headers.push(("location", location));
            response(status, &headers)
        }
        None => response(200, &headers),
    }
}

#[test]
fn redirect_is_followed_to_allowed_targets() {
    let to = |from: &str, location: &str| Fetch::get(&format!("{from}/to/{location}"));
    let (own, other) = (PAGE, "https://api.example");
    let redirect = Some(BlockedStep::Redirect);
    for (clause, fetch, expected) in [
        ("F54", to(own, "https://api.example/b"), None),
        ("F54", to(own, "ftp://api.example/b"), redirect),
        ("F54", to(own, "data:text/plain,a"), redirect),
        ("F54", to(own, "https://"), redirect),
        ("F54", to(own, "https://user@app.example/b"), None),
        ("F54", to(own, "https://user@api.example/b"), redirect),
        ("F54", to(own, "https://user@api.example/b").mode(Mode::NoCors), None),
        ("F54", to(other, "https://user@app.example/b"), redirect),
        ("F54", to(other, "https://user:password@api.example/b"), redirect),
        ("F54", to(other, "https://@api.example/b"), None),
        ("F55", to(own, "/b").mode(Mode::SameOrigin), None),
        ("F55", to(own, "https://api.example/b").mode(Mode::SameOrigin), Some(BlockedStep::Mode)),
        ("F56", Fetch::put("https://app.example/to//b").stream(b"a"), redirect),
    ] {
        assert_step(clause, &redirected(fetch, 307), expected);
    }
    // Two field lines of `Location` are invalid, even if they are equal.
    for (clause, locations, expected) in [
        ("one line", &["/b"][..], None),
        ("two lines", &["/b", "/c"], redirect),
        ("two equal lines", &["/b", "/b"], redirect),
    ] {
        let mut service = service(|request| {
            let headers: Vec<_> = locations.iter().map(|value| ("location", *value)).collect();
            response(if request.uri().path() == "/" { 302 } else { 200 }, &headers)
        });
        let outcome = block_on(Page::open(PAGE).fetch(&mut service, Fetch::get("/")));
        assert_step(clause, &outcome, expected);
    }
    let stream = Fetch::put("https://app.example/to//b").stream(b"a");
    assert_step("F56", &redirected(stream, 303), None);
}

#[test]
fn redirect_changes_method_and_headers() {
    for (clause, method, status, redirected_method) in [
        ("F55", "POST", 301, "GET"),
        ("F55", "POST", 302, "GET"),
        ("F55", "POST", 303, "GET"),
        ("F55", "POST", 307, "POST"),
        ("F55", "POST", 308, "POST"),
        ("F55", "PUT", 301, "PUT"),
        ("F55", "PUT", 303, "GET"),
        ("F55", "PUT", 308, "PUT"),
    ] {
        let fetch = Fetch::new(method, "https://app.example/to//b").json("{}").header("x-a", "1");
        let outcome = redirected(fetch.header("authorization", "1"), status);
        let last = outcome.requests().last().unwrap();
        let has = |name: &str| last.request_header(name).is_some();
        assert_eq!(last.method().as_str(), redirected_method, "{clause} {method} {status}");
        assert_eq!(has("content-type"), redirected_method != "GET", "{clause} {method} {status}");
        assert_eq!(has("content-length"), redirected_method != "GET", "{clause} {method} {status}");
        assert!(has("x-a") && has("authorization"), "{clause} {method} {status}");
    }
    for status in [301, 303] {
        let outcome = redirected(Fetch::new("HEAD", "https://app.example/to//b"), status);
        assert_eq!(outcome.requests().last().unwrap().method().as_str(), "HEAD");
    }
    // F56: the browser removes Authorization at the first redirect to another origin.
    let fetch = Fetch::get("https://app.example/to/https://api.example/to/https://app.example/b");
    let outcome = redirected(fetch.header("authorization", "1").header("x-a", "1"), 302);
    outcome.assert_readable();
    let sent: Vec<bool> =
        outcome.requests().map(|sent| sent.request_header("authorization").is_some()).collect();
    assert_eq!(sent, [true, false, false]);
    let requested: Vec<Option<&str>> = outcome
        .preflights()
        .map(|sent| sent.request_header("access-control-request-headers"))
        .collect();
    assert_eq!(
        requested,
        [Some("x-a"), Some("x-a")],
        "F57 and F32: a redirect back to the page's origin needs a preflight too"
    );
}

#[test]
fn redirects_are_limited_to_twenty() {
    for (redirects, expected) in [(20, None), (21, Some(BlockedStep::Redirect))] {
        let mut left = redirects;
        let mut service = service(|_| {
            left -= 1;
            if left >= 0 { response(302, &[("location", "/again")]) } else { response(200, &[]) }
        });
        let outcome = block_on(Page::open(PAGE).fetch(&mut service, Fetch::get("/")));
        assert_step("F54", &outcome, expected);
        assert_eq!(outcome.requests().count(), 21, "F54");
    }
}

#[test]
fn origin_header_depends_on_mode_redirects_and_policy() {
    const OTHER: &str = "https://api.example";
    let chain = |urls: &[&str]| {
        let (last, front) = urls.split_last().unwrap();
        front.iter().rfold((*last).to_owned(), |rest, url| format!("{url}/to/{rest}"))
    };
    let (b, c) = (OTHER, "https://c.example");
    for (clause, fetch, expected) in [
        ("F9", Fetch::get(&chain(&[PAGE, b])), &[None, Some(PAGE)][..]),
        ("F9", Fetch::get(&chain(&[PAGE, PAGE, b])), &[None, None, Some(PAGE)]),
        ("F9", Fetch::get(&chain(&[b, b])), &[Some(PAGE), Some(PAGE)]),
        ("F9", Fetch::get(&chain(&[b, PAGE])), &[Some(PAGE), Some("null")]),
        ("F9", Fetch::get(&chain(&[b, c])), &[Some(PAGE), Some("null")]),
        ("F9", Fetch::get(&chain(&[PAGE, b, b])), &[None, Some(PAGE), Some(PAGE)]),
        ("F9", Fetch::get(&chain(&[b, PAGE, b])), &[Some(PAGE), Some("null"), Some("null")]),
        ("F10", Fetch::post("/"), &[Some(PAGE)]),
        ("F10", Fetch::delete("/"), &[Some(PAGE)]),
        ("F10", Fetch::new("OPTIONS", "/"), &[Some(PAGE)]),
        ("F11", Fetch::get("/"), &[None]),
        ("F11", Fetch::new("HEAD", "/"), &[None]),
        ("F11", Fetch::get(b).mode(Mode::NoCors), &[None]),
        ("F10", Fetch::post(b).mode(Mode::NoCors), &[Some(PAGE)]),
        ("F12", Fetch::post("/").referrer_policy(ReferrerPolicy::NoReferrer), &[Some(PAGE)]),
        ("F12", no_cors("/", ReferrerPolicy::NoReferrer), &[Some("null")]),
        ("F12", no_cors(b, ReferrerPolicy::SameOrigin), &[Some("null")]),
        ("F12", no_cors("/", ReferrerPolicy::SameOrigin), &[Some(PAGE)]),
        ("F12", no_cors("http://api.example", ReferrerPolicy::StrictOrigin), &[Some("null")]),
        (
            "F12",
            no_cors("http://api.example", ReferrerPolicy::NoReferrerWhenDowngrade),
            &[Some("null")],
        ),
        (
            "F12",
            no_cors("http://api.example", ReferrerPolicy::StrictOriginWhenCrossOrigin),
            &[Some("null")],
        ),
        ("F12", no_cors("http://api.example", ReferrerPolicy::Origin), &[Some(PAGE)]),
        (
            "F12",
            no_cors("http://api.example", ReferrerPolicy::OriginWhenCrossOrigin),
            &[Some(PAGE)],
        ),
        ("F12", no_cors("http://api.example", ReferrerPolicy::UnsafeUrl), &[Some(PAGE)]),
    ] {
        let outcome = redirected(fetch, 307);
        let origins: Vec<Option<&str>> =
            outcome.requests().map(|sent| sent.request_header("origin")).collect();
        assert_eq!(origins, expected, "{clause}");
    }
}

fn no_cors(url: &str, policy: ReferrerPolicy) -> Fetch {
    Fetch::post(url).mode(Mode::NoCors).referrer_policy(policy)
}

// F23: browsers send a preflight for such a value, but the crate `http` cannot represent it in the
// request.
#[test]
fn unrepresentable_value_needs_a_preflight() {
    for (value, name) in
        [("a\u{c}b", "accept"), ("text/plain;\u{7f}", "content-type"), ("\u{1}", "x-a")]
    {
        let outcome = call_allowed(get().header(name, value));
        let preflight = outcome.preflights().next().unwrap();
        assert_eq!(preflight.request_header("access-control-request-headers"), Some(name));
        outcome.assert_blocked_at(BlockedStep::Network);
        assert_eq!(outcome.requests().count(), 0);
        call(get().header(name, value), (403, &[]), (200, ALLOW))
            .assert_blocked_at(BlockedStep::AllowOrigin);
    }
}

/// Checks hosts with a trailing dot, extensions, applications and files. R1, R2
#[test]
fn page_sends_the_origin_that_engines_serialize() {
    for (page, origin) in [
        (Page::open("https://www.example.com./a"), "https://www.example.com."),
        (Page::open("https://API.example./a"), "https://api.example."),
        (
            Page::open("safari-web-extension://140BB581-A2C0-4A4B/page.html"),
            "safari-web-extension://140BB581-A2C0-4A4B",
        ),
        (Page::open("capacitor://localhost/"), "capacitor://localhost"),
        (Page::open("app://./index.html"), "app://."),
        (Page::open("file:///a.html").with_file_access(), "file://"),
        (Page::open("https://www.api.example./").with_file_access(), "https://www.api.example."),
    ] {
        assert_eq!(page.origin(), origin);
        for (allowed, is_readable) in [(origin, true), ("*", true), ("null", false)] {
            let mut page = page.clone();
            let mut service =
                service(|_| response(200, &[("access-control-allow-origin", allowed)]));
            let outcome = block_on(page.fetch(&mut service, get()));
            assert_eq!(outcome.is_readable(), is_readable, "{origin}: {allowed}");
            let sent = outcome.requests().last().unwrap();
            assert_eq!(sent.request_header("origin"), Some(origin));
            assert_eq!(sent.request_header("sec-fetch-site"), Some("cross-site"));
            let is_web = origin.starts_with("https:");
            assert_eq!(sent.request_header("referer").is_some(), is_web, "{origin}");
        }
    }
}

// F6
#[test]
fn opaque_page_sends_origin_null() {
    for mut page in
        [Page::opaque(), Page::open("data:text/html,a"), Page::open("file:///start.html")]
    {
        assert_eq!(page.origin(), "null");
        for (allowed, is_readable) in [("null", true), ("*", true), (PAGE, false)] {
            let mut service =
                service(|_| response(200, &[("access-control-allow-origin", allowed)]));
            let outcome = block_on(page.fetch(&mut service, get()));
            let sent = outcome.requests().next().unwrap();
            assert_eq!(outcome.is_readable(), is_readable, "F6 {allowed}");
            assert_eq!(sent.request_header("origin"), Some("null"));
            assert_eq!(sent.request_header("sec-fetch-site"), Some("cross-site"));
            assert_eq!(sent.request_header("referer"), None);
        }
    }
}
