//! Requests and responses of the layer: the table of COMPANIONS section 1, J1 and J4 to J14.
//! The tests of protections also show the result without the protection.

use http::{HeaderName, Request, request};
use tower_cross_origin::jsonp::{Callback, CallbackPolicy, JsonpApplied, JsonpConfig, StatusMode};

use super::json_service::{App, Step, Steps, trailers};

const SCRIPT: &str = "/**/ typeof cb === 'function' && cb({\"a\":1});";

const VARY: &str = "sec-fetch-dest, sec-fetch-site, service-worker, cookie";

fn get(query: &str) -> request::Builder {
    Request::get(format!("/data{query}"))
}

fn callback_request() -> request::Builder {
    get("?callback=cb")
}

fn with(request: request::Builder, headers: &[(&str, &str)]) -> request::Builder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

fn default() -> JsonpConfig {
    JsonpConfig::new()
}

fn any_callback() -> JsonpConfig {
    JsonpConfig::new().callbacks(CallbackPolicy::custom(|_| true))
}

#[test]
fn only_configured_paths_are_wrapped() {
    let config = || default().paths(["/feed", "/public/*"]);
    for (path, is_wrapped) in [
        ("/feed", true),
        ("/public/a/b", true),
        ("/feed/", false),
        ("/private", false),
        // A router may normalize these to /private.
        ("/public/../private", false),
        ("/public/%2e%2e/private", false),
        ("/public/..%2fprivate", false),
    ] {
        let app = App::json();
        let response = app.send(config(), Request::get(format!("{path}?callback=cb")));
        if is_wrapped {
            response.is_script(SCRIPT);
        } else {
            response.is_unchanged(&app);
        }
    }
}

// J1
#[test]
fn request_without_a_callback_is_unchanged() {
    let app = App::json().with("etag", "\"x\"").with("content-length", "7");
    for query in ["", "?callback", "?callback=", "?cb=x", "?callback[a]=x", "?callback=&callback=a"]
    {
        let request = with(get(query), &[("range", "bytes=0-1"), ("cookie", "s=1")]);
        let response = app.send(default().strip_credentials(true).hide_parameter(true), request);
        response.is_unchanged(&app);
        assert_eq!(response.seen_request.headers.len(), 2, "{query}");
        assert_eq!(response.seen_request.uri, *format!("/data{query}"));
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let request = Request::builder().method(method).uri("/data?callback=cb");
        app.send(default().strip_credentials(true), request.header("cookie", "s=1"))
            .is_unchanged(&app);
    }
}

// J4, J5, J6, J13
#[test]
fn json_becomes_a_script_with_these_headers() {
    let response = App::json().send(default(), callback_request());
    response.is_script(SCRIPT);
    assert_eq!(response.status(), 200);
    let mut lines: Vec<String> = (response.head.headers.iter())
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "content-disposition: attachment; filename=\"f.txt\"",
            "content-type: text/javascript; charset=utf-8",
            "cross-origin-resource-policy: cross-origin",
            &format!("vary: {VARY}"),
            "x-content-type-options: nosniff",
        ]
    );
}

#[test]
fn script_calls_the_requested_callback() {
    for (query, name) in [
        ("?callback=a&callback=b", "a"),
        ("?callback=%63b", "cb"),
        ("?callback=a.b", "a.b"),
        ("?callback=cb[12]", "cb[12]"),
        ("?callback=cb%5B12%5D", "cb[12]"),
        ("?callback=$._x[1].y", "$._x[1].y"),
        ("?callback=angular.callbacks._0", "angular.callbacks._0"),
        (
            "?callback=jQuery19108562055646907538_1422301960073",
            "jQuery19108562055646907538_1422301960073",
        ),
    ] {
        let names = ["a", "cb", "a.b", "cb[12]", "$._x[1].y"].map(str::to_owned).to_vec();
        let listed = default().callbacks(CallbackPolicy::OneOf(names));
        let config = if name.len() > 9 { default() } else { listed };
        let response = App::json().send(config, get(query));
        response.is_script(&format!("/**/ typeof {name} === 'function' && {name}({{\"a\":1}});"));
        let applied = response.head.extensions.get::<JsonpApplied>().unwrap();
        assert_eq!(applied.callback().as_str(), name);
        assert_eq!(applied.status(), 200);
        assert_eq!(response.seen_request.extensions.get::<Callback>().unwrap().as_str(), name);
    }
    let indexed = default().callbacks(CallbackPolicy::Indexed("___cb".into()));
    let response = App::json().send(indexed, get("?callback=12"));
    response.is_script("/**/ typeof ___cb[12] === 'function' && ___cb[12]({\"a\":1});");
}

// J2. If the response contained the input, a client could choose its content.
#[test]
fn invalid_callback_is_400_and_not_echoed() {
    let too_long = "a".repeat(129);
    for (value, input) in [
        ("foo;bar()", "foo;bar()"),
        ("alert(1)", "alert"),
        ("a..b", "a..b"),
        (".a", ".a"),
        ("qqq.", "qqq"),
        ("1qqq", "1qqq"),
        ("qqq[", "qqq["),
        ("qqq[x]", "qqq[x]"),
        ("qqq[%22k%22]", "\"k\""),
        ("a-b", "a-b"),
        ("+qqq", "qqq"),
        ("%D0%B9cb", "й"),
        ("class", "class"),
        ("a.false", "false"),
        ("%00", "\0"),
        ("%E2%80%A8", "\u{2028}"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", "script"),
        ("cb%0d%0aset-cookie:%20a=b", "set-cookie"),
        ("alert", "alert"),
        ("opener.document.forms[0].submit", "opener"),
        ("x.constructor", "constructor"),
        (&too_long, "aaaa"),
    ] {
        let app = App::json().with("set-cookie", "s=2").with("etag", "\"x\"");
        let response = app.send(default(), get(&format!("?callback={value}")));
        assert_eq!(response.status(), 400, "{value}");
        let lines: Vec<_> = response.head.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(lines, ["content-type", "x-content-type-options", "cache-control"]);
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert!(response.text().starts_with("400 Bad Request: "), "{}", response.text());
        assert!(!response.text().contains(input), "{value}: {}", response.text());
        assert_eq!(response.hint.exact(), Some(response.text().len().try_into().unwrap()));
        assert!(!response.is_ended_before_read);
        assert!(response.head.extensions.get::<JsonpApplied>().is_none());
    }
}

// J3. Without the protection, the script calls built-in functions of the page.
#[test]
fn dangerous_callback_is_400_unless_predicate_allows_it() {
    for name in ["alert", "opener.document.forms[0].submit", "x.constructor", "setTimeout"] {
        let query = format!("?callback={name}");
        assert_eq!(App::json().send(default(), get(&query)).status(), 400, "{name}");
        let response = App::json().send(any_callback(), get(&query));
        response.is_script(&format!("/**/ typeof {name} === 'function' && {name}({{\"a\":1}});"));
    }
}

// OAuth also has a parameter `callback`, for pages that are not JSON.
#[test]
fn invalid_callback_passes_if_response_is_not_json() {
    let page = App::with_body(Steps::from_data("<p>")).with("content-type", "text/html");
    let request = || with(get("?callback=https://app.example.com/done"), &[("cookie", "s=1")]);
    let response = page.send(default().strip_credentials(true), request());
    response.is_unchanged(&page);
    assert!(
        response.seen_request.headers.contains_key("cookie"),
        "the request is not for a script"
    );

    let response = App::json().send(default().reject_malformed_callbacks(false), request());
    response.has_unchanged_body(&App::json());
    assert_eq!(
        (response.status(), response.header("x-content-type-options")),
        (200, Some("nosniff"))
    );
    assert_eq!(response.header("vary"), None);
}

// J9
#[test]
fn response_that_is_not_complete_json_is_not_wrapped() {
    let json = || App::json().with("x-content-type-options", "sniff");
    for (app, is_json) in [
        (json().status(206).with("content-range", "bytes 0-6/9"), true),
        (json().status(206), true),
        (json().with("content-range", "bytes 0-6/9"), true),
        (json().with("content-encoding", "gzip"), true),
        (json().with("content-encoding", "identity, br"), true),
        (json().with("content-type", "application/json; charset=utf-16"), true),
        (json().with("content-type", "text/plain"), false),
        (json().with("content-type", "text/html"), false),
        (json().with("content-type", "application/x-ndjson"), false),
        (json().with("content-type", "text/javascript"), false),
        (json().status(204), false),
        (json().status(205), false),
        (json().status(302).with("location", "/data2?callback=cb"), false),
        (json().status(101), false),
        (App::with_body(Steps::from_data("{}")), false),
    ] {
        for query in ["?callback=cb", "?callback=a()"] {
            let response = app.send(default(), get(query));
            let expected = if is_json {
                app.clone().with("x-content-type-options", "nosniff")
            } else {
                app.clone()
            };
            // With credentials, the response to a valid callback would be private.
            let varies = is_json && query == "?callback=cb";
            let expected = if varies { expected.with("vary", VARY) } else { expected };
            response.is_unchanged(&expected);
            assert!(response.head.extensions.get::<JsonpApplied>().is_none());
        }
    }
    for content_type in ["text/json", "Application/JSON", "application/problem+json; charset=UTF-8"]
    {
        App::json()
            .with("content-type", content_type)
            .send(default(), callback_request())
            .is_script(SCRIPT);
    }
    App::json()
        .with("content-encoding", "identity")
        .send(default(), callback_request())
        .is_script(SCRIPT);
}

// S10 and J10. Caches update the stored script with the headers of a 304. Without `Vary`, they would send it to
// other requests. The type, the digests and the strong `ETag` belong to the JSON. RFC 9110, section 15.4.5; RFC 9111,
// section 3.2
#[test]
fn not_modified_script_gets_the_headers_of_the_script() {
    let not_modified = || App::with_body(Steps::default()).status(304);
    let script = || {
        let app = not_modified().with("x-content-type-options", "nosniff").with("vary", VARY);
        app.with("etag", "W/\"x\"")
    };
    let javascript = "text/javascript; charset=utf-8";
    let json = "application/json";
    for (app, expected) in [
        (not_modified().with("etag", "\"x\""), script()),
        (not_modified().with("etag", "W/\"x\""), script()),
        (
            not_modified().with("etag", "\"x\"").with("content-type", json),
            script().with("content-type", javascript),
        ),
        (
            not_modified().with("etag", "\"x\"").with("vary", "origin"),
            script().with("vary", &format!("origin, {VARY}")),
        ),
        (
            not_modified()
                .with("etag", "\"x\"")
                .with("content-length", "7")
                .with("accept-ranges", "bytes")
                .with("content-digest", "sha-256=:x:")
                .with("cache-control", "max-age=60"),
            script().with("cache-control", "max-age=60"),
        ),
    ] {
        let request = || callback_request().header("if-none-match", "W/\"x\"");
        app.send(default(), request()).is_unchanged(&expected);
        // Without a callback, the browser has JSON.
        app.send(default(), get("").header("if-none-match", "\"x\"")).is_unchanged(&app);
    }
    for (app, expected) in [
        // The browser has a page.
        (not_modified().with("content-type", "text/html").with("etag", "\"x\""), None),
        // The layer does not wrap compressed JSON.
        (
            not_modified().with("content-type", json).with("content-encoding", "br"),
            Some(("nosniff", VARY)),
        ),
    ] {
        let response = app.send(default(), callback_request());
        let expected = match expected {
            Some((nosniff, vary)) => {
                app.clone().with("x-content-type-options", nosniff).with("vary", vary)
            }
            None => app.clone(),
        };
        response.is_unchanged(&expected);
    }
}

// The layer removes credentials from some requests, so a response of any type depends on these headers.
#[test]
fn stripped_and_unstripped_responses_have_vary() {
    let page = App::with_body(Steps::from_data("<p>")).with("content-type", "text/html");
    let expected = page.clone().with("vary", VARY);
    for site in ["cross-site", "same-origin"] {
        let request = || {
            let request = callback_request().header("cookie", "s=1");
            request.header("sec-fetch-site", site)
        };
        let response = page.send(default().strip_credentials(true), request());
        response.is_unchanged(&expected);
        let has_cookie = response.seen_request.headers.contains_key("cookie");
        assert_eq!(has_cookie, site == "same-origin");
        page.send(default(), request()).is_unchanged(&page);
    }
    let upgrade = App::json().status(101);
    upgrade.send(default().strip_credentials(true), callback_request()).is_unchanged(&upgrade);
}

// J7. Without the protection, an attacker could register the response as a service worker of the site.
#[test]
fn request_for_another_destination_is_not_wrapped() {
    for (name, value) in [
        ("sec-fetch-dest", "document"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-dest", "worker"),
        ("sec-fetch-dest", "serviceworker"),
        ("sec-fetch-dest", "image"),
        ("service-worker", "script"),
    ] {
        let response = App::json().send(default(), callback_request().header(name, value));
        response.has_unchanged_body(&App::json());
        assert_eq!(response.header("content-type"), Some("application/json"), "{value}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(response.header("vary"), Some(VARY));
        assert_eq!(response.header("cache-control"), None);
        assert!(response.seen_request.extensions.get::<Callback>().is_none());
        let any_destination = default().dangerously_allow_any_destination(true);
        let response = App::json().send(any_destination, callback_request().header(name, value));
        let is_worker = value == "serviceworker" || name == "service-worker";
        assert_eq!(response.text() == SCRIPT, !is_worker, "{value}");
    }
    for destination in ["script", "empty"] {
        let response =
            App::json().send(default(), callback_request().header("sec-fetch-dest", destination));
        response.is_script(SCRIPT);
        assert_eq!(response.header("vary"), Some(VARY), "both responses have the same `Vary`");
    }
}

// J8. Without the protection, every site could read the user's data.
#[test]
fn cross_origin_request_with_credentials_is_not_wrapped() {
    for credentials in [("cookie", "s=1"), ("authorization", "Bearer x")] {
        for (site, is_wrapped) in [
            (None, false),
            (Some("cross-site"), false),
            (Some("same-site"), false),
            (Some("same-origin"), true),
        ] {
            let request = || {
                let request = callback_request().header(credentials.0, credentials.1);
                site.into_iter()
                    .fold(request, |request, site| request.header("sec-fetch-site", site))
            };
            let response = App::json().send(default(), request());
            assert!(
                response.seen_request.headers.contains_key(credentials.0),
                "the service must receive the credentials"
            );
            assert_eq!(response.header("vary"), Some(VARY));
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
            if is_wrapped {
                response.is_script(SCRIPT);
                assert_eq!(response.header("cache-control"), None);
            } else {
                response.has_unchanged_body(&App::json());
                assert_eq!(response.header("content-type"), Some("application/json"));
                assert_eq!(response.header("cache-control"), Some("private"));
            }

            let response = App::json().send(default().strip_credentials(true), request());
            response.is_script(SCRIPT);
            assert_eq!(
                response.seen_request.headers.contains_key(credentials.0),
                is_wrapped,
                "{site:?}"
            );
            assert_eq!(response.header("vary"), Some(VARY));

            let response =
                App::json().send(default().dangerously_allow_credentials(true), request());
            response.is_script(SCRIPT);
            assert!(response.seen_request.headers.contains_key(credentials.0));
            assert_eq!(response.header("vary"), Some("sec-fetch-dest, service-worker"));
        }
    }
}

#[test]
fn withheld_response_is_private() {
    for (existing, becomes) in [
        ("public, max-age=60, s-maxage=600", "private, max-age=60"),
        ("Public,max-age=60", "private, max-age=60"),
        ("max-age=60", "private, max-age=60"),
        ("private", "private"),
        ("private=\"x-a\", no-cache", "private, no-cache"),
        ("no-store", "no-store"),
        ("public, No-Store", "public, No-Store"),
        ("", "private"),
    ] {
        let request = callback_request().header("cookie", "s=1");
        let response = App::json().with("cache-control", existing).send(default(), request);
        assert_eq!(response.header("cache-control"), Some(becomes), "{existing}");
    }
}

// Without the request's cookie, the service may begin a new session, which would replace the user's session.
#[test]
fn set_cookie_is_removed_if_the_cookie_was_stripped() {
    let app = App::json().with("set-cookie", "s=2");
    let request = || callback_request().header("cookie", "s=1");
    let response = app.send(default().strip_credentials(true), request());
    response.is_script(SCRIPT);
    assert_eq!(response.header("set-cookie"), None);
    let same_origin = request().header("sec-fetch-site", "same-origin");
    let response = app.send(default().strip_credentials(true), same_origin);
    assert_eq!(response.header("set-cookie"), Some("s=2"), "the service received the cookie");
    let response = app.send(default().strip_credentials(true), callback_request());
    assert_eq!(response.header("set-cookie"), Some("s=2"), "the request has no cookie");
    let page = App::with_body(Steps::from_data("<p>")).with("content-type", "text/html");
    let response =
        page.with("set-cookie", "s=2").send(default().strip_credentials(true), request());
    assert_eq!(response.header("set-cookie"), None, "any response");
}

// J10
#[test]
fn headers_about_the_json_bytes_are_removed() {
    let app = App::json()
        .with("content-length", "7")
        .with("etag", "\"x\"")
        .with("accept-ranges", "bytes")
        .with("content-md5", "x")
        .with("digest", "x")
        .with("content-digest", "x")
        .with("repr-digest", "x")
        .with("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT");
    let request = with(
        callback_request(),
        &[("range", "bytes=0-1"), ("if-range", "\"x\""), ("if-none-match", "W/\"x\"")],
    );
    let response = app.send(default(), request);
    response.is_script(SCRIPT);
    for name in [
        "content-length",
        "accept-ranges",
        "content-md5",
        "digest",
        "content-digest",
        "repr-digest",
    ] {
        assert_eq!(response.header(name), None, "{name}");
    }
    assert_eq!(response.header("etag"), Some("W/\"x\""));
    assert_eq!(response.header("last-modified"), Some("Sat, 21 Nov 2026 00:00:00 GMT"));
    let names: Vec<_> = response.seen_request.headers.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["if-none-match"]);

    // RFC 9530, section 2: digests can be trailers, too.
    let steps = Steps::new([Step::Data("{}".into()), Step::Digests]);
    let app = App::with_body(steps).with("content-type", "application/json");
    assert_eq!(app.send(default(), callback_request()).body.trailers, Some(trailers()));
    assert_eq!(app.send(default(), get("")).body.trailers.unwrap().len(), 5, "not wrapped");

    let weak = App::json().with("etag", "W/\"x\"").send(default(), callback_request());
    assert_eq!(weak.header("etag"), Some("W/\"x\""));
}

// A browser may send the entity tag of a cached script when it requests a service worker. With a 304, it
// would use the cached script as the service worker.
#[test]
fn withheld_request_is_sent_without_conditions() {
    let conditions =
        [("if-none-match", "W/\"x\""), ("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT")];
    let request = with(callback_request(), &conditions);
    let worker = || {
        with(callback_request(), &conditions)
            .header("service-worker", "script")
            .header("range", "bytes=0-1")
    };
    assert_eq!(App::json().send(default(), request).seen_request.headers.len(), 2);
    let seen_request = App::json().send(default(), worker()).seen_request;
    let mut names: Vec<_> = seen_request.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["range", "service-worker"]);
}

#[test]
fn known_length_is_sent() {
    let without_escapes = || default().escape_line_terminators(false);
    let length = SCRIPT.len().to_string();
    let app = App::json().with("content-length", "7");
    assert_eq!(
        app.send(without_escapes(), callback_request()).header("content-length"),
        Some(&*length)
    );
    let empty = App::with_body(Steps::default()).with("content-type", "application/json");
    let empty = empty.with("content-length", "0");
    for mode in [StatusMode::ForceOk, StatusMode::Envelope] {
        let response = empty.send(without_escapes().status(mode), callback_request());
        let length = response.text().len().to_string();
        assert_eq!(response.header("content-length"), Some(&*length), "{mode:?}");
    }
    assert_eq!(
        app.send(without_escapes().escape_html(true), callback_request()).header("content-length"),
        None
    );
    for wrong in ["x", "-1", "18446744073709551615"] {
        let response =
            App::json().with("content-length", wrong).send(without_escapes(), callback_request());
        assert_eq!(response.header("content-length"), None, "{wrong}");
    }
    let none = App::json().send(without_escapes(), callback_request());
    assert_eq!(none.header("content-length"), None);
    assert_eq!(none.hint.exact(), Some(SCRIPT.len().try_into().unwrap()));
    // The response to HEAD has no body, and the length of the response to GET.
    let head = Request::head("/data?callback=cb");
    let response = app.send(without_escapes(), head);
    assert_eq!(response.header("content-length"), Some(&*length));
    assert_eq!(response.text(), "");
}

#[test]
fn response_to_head_has_script_headers_and_no_body() {
    let with_body = App::json().with("content-length", "7");
    let without_body = App::with_body(Steps::default().with_known_length())
        .with("content-type", "application/json")
        .with("content-length", "7");
    for app in [with_body, without_body] {
        let response = app.send(default(), Request::head("/data?callback=cb"));
        response.is_script("");
        assert_eq!(response.header("content-length"), None);
        assert_eq!(response.hint.exact(), None, "an outer layer would send the hint as the length");
        assert!(response.is_ended_before_read);
        let response = app.send(default(), Request::head("/data?callback=a()"));
        assert_eq!((response.status(), response.text()), (400, ""));
        assert!(response.is_ended_before_read);
        app.send(default(), Request::head("/data")).is_unchanged(&app);
    }
}

// Browsers do not run a script whose status is an error.
// <https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script>
#[test]
fn status_is_forced_preserved_or_enveloped() {
    let problem = |status| {
        App::with_body(Steps::from_data("{}"))
            .with("content-type", "application/problem+json")
            .status(status)
    };
    let call = |argument: &str| format!("/**/ typeof cb === 'function' && cb({argument});");
    for (mode, status, becomes, argument) in [
        (StatusMode::ForceOk, 200, 200, "{}"),
        (StatusMode::ForceOk, 201, 200, "{}"),
        (StatusMode::ForceOk, 404, 200, "{}"),
        (StatusMode::ForceOk, 500, 200, "{}"),
        (StatusMode::Preserve, 200, 200, "{}"),
        (StatusMode::Preserve, 404, 404, "{}"),
        (StatusMode::Envelope, 200, 200, "{\"status\":200,\"data\":{}}"),
        (StatusMode::Envelope, 404, 200, "{\"status\":404,\"data\":{}}"),
    ] {
        let response = problem(status).send(default().status(mode), callback_request());
        response.is_script(&call(argument));
        assert_eq!(response.status(), becomes, "{mode:?} {status}");
        assert_eq!(response.head.extensions.get::<JsonpApplied>().unwrap().status(), status);
        let is_error_as_200 = becomes == 200 && status >= 400;
        assert_eq!(
            response.header("cache-control"),
            is_error_as_200.then_some("no-store"),
            "{mode:?} {status}"
        );
        let existing = problem(status).with("cache-control", "max-age=1");
        let response = existing.send(default().status(mode), callback_request());
        assert_eq!(
            response.header("cache-control"),
            Some("max-age=1"),
            "the header of the service stays"
        );
    }
    let empty = App::with_body(Steps::from_data("")).with("content-type", "application/json");
    empty.send(default(), callback_request()).is_script(&call(""));
    let response = empty.send(default().status(StatusMode::Envelope), callback_request());
    response.is_script(&call("{\"status\":200,\"data\":null}"));
}

#[test]
fn existing_headers_are_preserved() {
    let app = App::json()
        .with("content-disposition", "inline")
        .with("cross-origin-resource-policy", "same-site")
        .with("vary", "Accept, Cookie")
        .with("x-other", "1");
    let response = app.send(default(), callback_request());
    assert_eq!(response.header("content-disposition"), Some("inline"));
    assert_eq!(response.header("cross-origin-resource-policy"), Some("same-site"));
    let vary = "Accept, Cookie, sec-fetch-dest, sec-fetch-site, service-worker";
    assert_eq!(response.header("vary"), Some(vary));
    assert_eq!(response.header("x-other"), Some("1"));

    let named = App::json().send(default().file_name("data.js.txt"), callback_request());
    let value = "attachment; filename=\"data.js.txt\"";
    assert_eq!(named.header("content-disposition"), Some(value));
    // Without the header, a URL such as `/setup.bat?callback=cb` is saved under a name that the link chooses.
    let without = App::json().send(default().content_disposition(false), callback_request());
    assert_eq!(without.header("content-disposition"), None);
}

// J11. Before ECMAScript 2019, an unescaped line terminator ends a string with an error.
#[test]
fn line_terminators_and_optionally_html_are_escaped() {
    let app = App::with_body(Steps::from_data("\"\u{2028}</script>&\u{2029}\""))
        .with("content-type", "application/json");
    let call = |argument: &str| format!("/**/ typeof cb === 'function' && cb({argument});");
    app.send(default(), callback_request()).is_script(&call("\"\\u2028</script>&\\u2029\""));
    let html = "\"\\u2028\\u003c/script\\u003e\\u0026\\u2029\"";
    app.send(default().escape_html(true), callback_request()).is_script(&call(html));
    let without_escapes = app.send(default().escape_line_terminators(false), callback_request());
    without_escapes.is_script(&call("\"\u{2028}</script>&\u{2029}\""));
    app.send(default(), get("")).is_unchanged(&app);
}

#[test]
fn trailers_are_forwarded_and_an_error_ends_the_body() {
    let steps = [Step::Data("{}".into()), Step::Pending, Step::Trailers];
    let app = App::with_body(Steps::new(steps)).with("content-type", "application/json");
    let response = app.send(default(), callback_request());
    response.is_script("/**/ typeof cb === 'function' && cb({});");
    assert_eq!(response.body.trailers, Some(trailers()));
    let steps = [Step::Data("{".into()), Step::Error];
    let app = App::with_body(Steps::new(steps)).with("content-type", "application/json");
    let response = app.send(default(), callback_request());
    assert_eq!(
        (response.text(), response.body.error),
        ("/**/ typeof cb === 'function' && cb({", Some("broken"))
    );
}

#[test]
fn hide_parameter_removes_the_parameter_from_the_request() {
    let query = "?x=1&callback=cb&_=2";
    let response = App::json().send(default().hide_parameter(true), get(query));
    response.is_script(SCRIPT);
    assert_eq!(response.seen_request.uri, "/data?x=1&_=2");
    assert_eq!(
        App::json().send(default(), get(query)).seen_request.uri,
        "/data?x=1&callback=cb&_=2"
    );
}
