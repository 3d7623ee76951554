//! What the layer makes of requests and responses: the table of COMPANIONS section 1, J1 and J4 to J14.
//! What protects is shown beside what happens without it.

use http::{HeaderName, Request, request};
use tower_cross_origin::jsonp::{Callback, CallbackPolicy, JsonpApplied, JsonpConfig, StatusMode};

use super::json_service::{App, Step, Steps, trailers};

const SCRIPT: &str = "/**/ typeof cb === 'function' && cb({\"a\":1});";

const VARY: &str = "sec-fetch-dest, sec-fetch-site, service-worker, cookie";

fn get(query: &str) -> request::Builder {
    Request::get(format!("/data{query}"))
}

fn called() -> request::Builder {
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
fn what_is_only_at_some_paths_is_wrapped_there_alone() {
    let config = || default().paths(["/feed", "/public/*"]);
    for (path, is_wrapped) in [
        ("/feed", true),
        ("/public/a/b", true),
        ("/feed/", false),
        ("/private", false),
        // A router might read /private.
        ("/public/../private", false),
        ("/public/%2e%2e/private", false),
        ("/public/..%2fprivate", false),
    ] {
        let app = App::json();
        let answer = app.ask(config(), Request::get(format!("{path}?callback=cb")));
        if is_wrapped {
            answer.is_script(SCRIPT);
        } else {
            answer.is_untouched(&app);
        }
    }
}

/// J1
#[test]
fn without_a_callback_nothing_is_touched() {
    let app = App::json().with("etag", "\"x\"").with("content-length", "7");
    for query in ["", "?callback", "?callback=", "?cb=x", "?callback[a]=x", "?callback=&callback=a"]
    {
        let request = with(get(query), &[("range", "bytes=0-1"), ("cookie", "s=1")]);
        let answer = app.ask(default().strip_credentials(true).hide_parameter(true), request);
        answer.is_untouched(&app);
        assert_eq!(answer.asked.headers.len(), 2, "{query}");
        assert_eq!(answer.asked.uri, *format!("/data{query}"));
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let request = Request::builder().method(method).uri("/data?callback=cb");
        app.ask(default().strip_credentials(true), request.header("cookie", "s=1"))
            .is_untouched(&app);
    }
}

/// J4, J5, J6, J13
#[test]
fn json_becomes_a_script_with_these_headers() {
    let answer = App::json().ask(default(), called());
    answer.is_script(SCRIPT);
    assert_eq!(answer.status(), 200);
    let mut lines: Vec<String> = (answer.head.headers.iter())
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
fn the_callback_is_the_one_that_was_named() {
    for (query, name) in [
        ("?callback=a&callback=b", "a"),
        ("?callback=%63b", "cb"),
        ("?callback=a.b", "a.b"),
        ("?callback=cb[12]", "cb[12]"),
        ("?callback=cb%5B12%5D", "cb[12]"),
        ("?callback=$._x[1].y", "$._x[1].y"),
        (
            "?callback=jQuery19108562055646907538_1422301960073",
            "jQuery19108562055646907538_1422301960073",
        ),
    ] {
        let answer = App::json().ask(default(), get(query));
        answer.is_script(&format!("/**/ typeof {name} === 'function' && {name}({{\"a\":1}});"));
        let applied = answer.head.extensions.get::<JsonpApplied>().unwrap();
        assert_eq!(applied.callback().as_str(), name);
        assert_eq!(applied.status(), 200);
        assert_eq!(answer.asked.extensions.get::<Callback>().unwrap().as_str(), name);
    }
    let indexed = default().callbacks(CallbackPolicy::Indexed("___cb".into()));
    let answer = App::json().ask(indexed, get("?callback=12"));
    answer.is_script("/**/ typeof ___cb[12] === 'function' && ___cb[12]({\"a\":1});");
}

/// J2. An answer that had the input in it would be whatever the input is.
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
        let answer = app.ask(default(), get(&format!("?callback={value}")));
        assert_eq!(answer.status(), 400, "{value}");
        let lines: Vec<_> = answer.head.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(lines, ["content-type", "x-content-type-options", "cache-control"]);
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.text().starts_with("400 Bad Request: "), "{}", answer.text());
        assert!(!answer.text().contains(input), "{value}: {}", answer.text());
        assert_eq!(answer.hint.exact(), Some(answer.text().len().try_into().unwrap()));
        assert!(!answer.is_ended_at_once);
        assert!(answer.head.extensions.get::<JsonpApplied>().is_none());
    }
}

/// J3, and what happens without it: the page's own objects are called.
#[test]
fn dangerous_callback_is_400_unless_predicate_allows_it() {
    for name in ["alert", "opener.document.forms[0].submit", "x.constructor", "setTimeout"] {
        let query = format!("?callback={name}");
        assert_eq!(App::json().ask(default(), get(&query)).status(), 400, "{name}");
        let answer = App::json().ask(any_callback(), get(&query));
        answer.is_script(&format!("/**/ typeof {name} === 'function' && {name}({{\"a\":1}});"));
    }
}

/// `callback` is a name of OAuth too, whose pages are not this layer's.
#[test]
fn invalid_callback_passes_if_response_is_not_json() {
    let page = App::saying(Steps::of("<p>")).with("content-type", "text/html");
    let request = || with(get("?callback=https://app.example.com/done"), &[("cookie", "s=1")]);
    let answer = page.ask(default().strip_credentials(true), request());
    answer.is_untouched(&page);
    assert!(answer.asked.headers.contains_key("cookie"), "it is not a request for a script");

    let answer = App::json().ask(default().reject_malformed_callbacks(false), request());
    answer.has_the_same_body(&App::json());
    assert_eq!((answer.status(), answer.header("x-content-type-options")), (200, Some("nosniff")));
    assert_eq!(answer.header("vary"), None);
}

/// J9
#[test]
fn what_is_no_whole_json_is_not_wrapped() {
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
        (json().status(304).with("etag", "\"x\""), false),
        (json().status(302).with("location", "/data2?callback=cb"), false),
        (json().status(101), false),
        (App::saying(Steps::of("{}")), false),
    ] {
        for query in ["?callback=cb", "?callback=a()"] {
            let answer = app.ask(default(), get(query));
            let expected = if is_json {
                app.clone().with("x-content-type-options", "nosniff")
            } else {
                app.clone()
            };
            answer.is_untouched(&expected);
            assert!(answer.head.extensions.get::<JsonpApplied>().is_none());
        }
    }
    for content_type in ["text/json", "Application/JSON", "application/problem+json; charset=UTF-8"]
    {
        App::json().with("content-type", content_type).ask(default(), called()).is_script(SCRIPT);
    }
    App::json().with("content-encoding", "identity").ask(default(), called()).is_script(SCRIPT);
}

/// J7. Without it, a service worker of the attacker's is a response of the site.
#[test]
fn what_is_no_script_gets_json_that_no_browser_runs() {
    for (name, value) in [
        ("sec-fetch-dest", "document"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-dest", "worker"),
        ("sec-fetch-dest", "serviceworker"),
        ("sec-fetch-dest", "image"),
        ("service-worker", "script"),
    ] {
        let answer = App::json().ask(default(), called().header(name, value));
        answer.has_the_same_body(&App::json());
        assert_eq!(answer.header("content-type"), Some("application/json"), "{value}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("vary"), Some(VARY));
        assert_eq!(answer.header("cache-control"), None);
        assert!(answer.asked.extensions.get::<Callback>().is_none());
        let anything = default().dangerously_allow_any_destination(true);
        let answer = App::json().ask(anything, called().header(name, value));
        let is_worker = value == "serviceworker" || name == "service-worker";
        assert_eq!(answer.text() == SCRIPT, !is_worker, "{value}");
    }
    for destination in ["script", "empty"] {
        let answer = App::json().ask(default(), called().header("sec-fetch-dest", destination));
        answer.is_script(SCRIPT);
        assert_eq!(answer.header("vary"), Some(VARY), "the same on both");
    }
}

/// J8. Without it, every site reads what the service tells its user.
#[test]
fn credentials_are_for_pages_of_the_same_origin() {
    for credentials in [("cookie", "s=1"), ("authorization", "Bearer x")] {
        for (site, is_wrapped) in [
            (None, false),
            (Some("cross-site"), false),
            (Some("same-site"), false),
            (Some("same-origin"), true),
        ] {
            let request = || {
                let request = called().header(credentials.0, credentials.1);
                site.into_iter()
                    .fold(request, |request, site| request.header("sec-fetch-site", site))
            };
            let answer = App::json().ask(default(), request());
            assert!(answer.asked.headers.contains_key(credentials.0), "the service sees them");
            assert_eq!(answer.header("vary"), Some(VARY));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            if is_wrapped {
                answer.is_script(SCRIPT);
                assert_eq!(answer.header("cache-control"), None);
            } else {
                answer.has_the_same_body(&App::json());
                assert_eq!(answer.header("content-type"), Some("application/json"));
                assert_eq!(answer.header("cache-control"), Some("private"));
            }

            let answer = App::json().ask(default().strip_credentials(true), request());
            answer.is_script(SCRIPT);
            assert_eq!(answer.asked.headers.contains_key(credentials.0), is_wrapped, "{site:?}");
            assert_eq!(answer.header("vary"), Some(VARY));

            let answer = App::json().ask(default().dangerously_allow_credentials(true), request());
            answer.is_script(SCRIPT);
            assert!(answer.asked.headers.contains_key(credentials.0));
            assert_eq!(answer.header("vary"), Some("sec-fetch-dest, service-worker"));
        }
    }
}

#[test]
fn what_is_withheld_from_others_is_in_no_shared_cache() {
    for (own, becomes) in [
        ("public, max-age=60, s-maxage=600", "private, max-age=60"),
        ("Public,max-age=60", "private, max-age=60"),
        ("max-age=60", "private, max-age=60"),
        ("private", "private"),
        ("private=\"x-a\", no-cache", "private, no-cache"),
        ("no-store", "no-store"),
        ("public, No-Store", "public, No-Store"),
        ("", "private"),
    ] {
        let request = called().header("cookie", "s=1");
        let answer = App::json().with("cache-control", own).ask(default(), request);
        assert_eq!(answer.header("cache-control"), Some(becomes), "{own}");
    }
}

/// A session that the service begins for the user whose cookie it was not shown takes the place of that
/// user's.
#[test]
fn a_service_that_was_not_shown_a_cookie_sets_none() {
    let app = App::json().with("set-cookie", "s=2");
    let request = || called().header("cookie", "s=1");
    let answer = app.ask(default().strip_credentials(true), request());
    answer.is_script(SCRIPT);
    assert_eq!(answer.header("set-cookie"), None);
    let same_origin = request().header("sec-fetch-site", "same-origin");
    let answer = app.ask(default().strip_credentials(true), same_origin);
    assert_eq!(answer.header("set-cookie"), Some("s=2"), "it was shown");
    let answer = app.ask(default().strip_credentials(true), called());
    assert_eq!(answer.header("set-cookie"), Some("s=2"), "there was none");
    let page = App::saying(Steps::of("<p>")).with("content-type", "text/html");
    let answer = page.with("set-cookie", "s=2").ask(default().strip_credentials(true), request());
    assert_eq!(answer.header("set-cookie"), None, "whatever the response is");
}

/// J10
#[test]
fn what_is_said_of_the_bytes_of_json_is_not_said_of_the_script() {
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
        called(),
        &[("range", "bytes=0-1"), ("if-range", "\"x\""), ("if-none-match", "W/\"x\"")],
    );
    let answer = app.ask(default(), request);
    answer.is_script(SCRIPT);
    for name in [
        "content-length",
        "accept-ranges",
        "content-md5",
        "digest",
        "content-digest",
        "repr-digest",
    ] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("etag"), Some("W/\"x\""));
    assert_eq!(answer.header("last-modified"), Some("Sat, 21 Nov 2026 00:00:00 GMT"));
    let asked: Vec<_> = answer.asked.headers.keys().map(HeaderName::as_str).collect();
    assert_eq!(asked, ["if-none-match"]);

    // RFC 9530, section 2: as trailers too.
    let steps = Steps::new([Step::Data("{}".into()), Step::Digests]);
    let app = App::saying(steps).with("content-type", "application/json");
    assert_eq!(app.ask(default(), called()).body.trailers, Some(trailers()));
    assert_eq!(app.ask(default(), get("")).body.trailers.unwrap().len(), 5, "not wrapped");

    let weak = App::json().with("etag", "W/\"x\"").ask(default(), called());
    assert_eq!(weak.header("etag"), Some("W/\"x\""));
}

/// A browser that keeps the script of a page asks with its tag for the script of a service worker, and
/// takes "not modified" for that.
#[test]
fn what_is_withheld_is_not_asked_about_by_the_tag_of_a_script() {
    let conditions =
        [("if-none-match", "W/\"x\""), ("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT")];
    let request = with(called(), &conditions);
    let worker = || {
        with(called(), &conditions).header("service-worker", "script").header("range", "bytes=0-1")
    };
    assert_eq!(App::json().ask(default(), request).asked.headers.len(), 2);
    let asked = App::json().ask(default(), worker()).asked;
    let mut names: Vec<_> = asked.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["range", "service-worker"]);
}

#[test]
fn a_length_that_is_known_is_said() {
    let kept = || default().escape_line_terminators(false);
    let length = SCRIPT.len().to_string();
    let app = App::json().with("content-length", "7");
    assert_eq!(app.ask(kept(), called()).header("content-length"), Some(&*length));
    let empty = App::saying(Steps::default()).with("content-type", "application/json");
    let empty = empty.with("content-length", "0");
    for mode in [StatusMode::ForceOk, StatusMode::Envelope] {
        let answer = empty.ask(kept().status(mode), called());
        let length = answer.text().len().to_string();
        assert_eq!(answer.header("content-length"), Some(&*length), "{mode:?}");
    }
    assert_eq!(app.ask(kept().escape_html(true), called()).header("content-length"), None);
    for wrong in ["x", "-1", "18446744073709551615"] {
        let answer = App::json().with("content-length", wrong).ask(kept(), called());
        assert_eq!(answer.header("content-length"), None, "{wrong}");
    }
    let none = App::json().ask(kept(), called());
    assert_eq!(none.header("content-length"), None);
    assert_eq!(none.hint.exact(), Some(SCRIPT.len().try_into().unwrap()));
    // Of the answer to HEAD there is no body, and its length is that of the other.
    let head = Request::head("/data?callback=cb");
    let answer = app.ask(kept(), head);
    assert_eq!(answer.header("content-length"), Some(&*length));
    assert_eq!(answer.text(), "");
}

#[test]
fn head_has_the_headers_of_a_script_and_no_body() {
    let whole = App::json().with("content-length", "7");
    let without_body = App::saying(Steps::default().knowing_its_length())
        .with("content-type", "application/json")
        .with("content-length", "7");
    for app in [whole, without_body] {
        let answer = app.ask(default(), Request::head("/data?callback=cb"));
        answer.is_script("");
        assert_eq!(answer.header("content-length"), None);
        assert_eq!(answer.hint.exact(), None, "an outer layer would take it for the length");
        assert!(answer.is_ended_at_once);
        let answer = app.ask(default(), Request::head("/data?callback=a()"));
        assert_eq!((answer.status(), answer.text()), (400, ""));
        assert!(answer.is_ended_at_once);
        app.ask(default(), Request::head("/data")).is_untouched(&app);
    }
}

/// A browser runs no script that comes with an error.
/// <https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-script>
#[test]
fn the_status_is_forced_preserved_or_put_into_an_envelope() {
    let problem = |status| {
        App::saying(Steps::of("{}")).with("content-type", "application/problem+json").status(status)
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
        let answer = problem(status).ask(default().status(mode), called());
        answer.is_script(&call(argument));
        assert_eq!(answer.status(), becomes, "{mode:?} {status}");
        assert_eq!(answer.head.extensions.get::<JsonpApplied>().unwrap().status(), status);
        let is_hidden = becomes == 200 && status >= 400;
        assert_eq!(
            answer.header("cache-control"),
            is_hidden.then_some("no-store"),
            "{mode:?} {status}"
        );
        let own = problem(status).with("cache-control", "max-age=1");
        let answer = own.ask(default().status(mode), called());
        assert_eq!(answer.header("cache-control"), Some("max-age=1"), "the service's own stays");
    }
    let empty = App::saying(Steps::of("")).with("content-type", "application/json");
    empty.ask(default(), called()).is_script(&call(""));
    let answer = empty.ask(default().status(StatusMode::Envelope), called());
    answer.is_script(&call("{\"status\":200,\"data\":null}"));
}

#[test]
fn headers_of_the_services_own_stay() {
    let app = App::json()
        .with("content-disposition", "inline")
        .with("cross-origin-resource-policy", "same-site")
        .with("vary", "Accept, Cookie")
        .with("x-other", "1");
    let answer = app.ask(default(), called());
    assert_eq!(answer.header("content-disposition"), Some("inline"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-site"));
    let vary = "Accept, Cookie, sec-fetch-dest, sec-fetch-site, service-worker";
    assert_eq!(answer.header("vary"), Some(vary));
    assert_eq!(answer.header("x-other"), Some("1"));

    let named = App::json().ask(default().file_name("data.js.txt"), called());
    let value = "attachment; filename=\"data.js.txt\"";
    assert_eq!(named.header("content-disposition"), Some(value));
    // Without it, an address that ends with `/setup.bat?callback=cb` saves what it calls.
    let without = App::json().ask(default().content_disposition(false), called());
    assert_eq!(without.header("content-disposition"), None);
}

/// J11. A browser older than ECMAScript 2019 reads a bare one as the end of a line within a string.
#[test]
fn line_terminators_are_escaped_and_html_where_it_is_asked_for() {
    let app = App::saying(Steps::of("\"\u{2028}</script>&\u{2029}\""))
        .with("content-type", "application/json");
    let call = |argument: &str| format!("/**/ typeof cb === 'function' && cb({argument});");
    app.ask(default(), called()).is_script(&call("\"\\u2028</script>&\\u2029\""));
    let html = "\"\\u2028\\u003c/script\\u003e\\u0026\\u2029\"";
    app.ask(default().escape_html(true), called()).is_script(&call(html));
    let kept = app.ask(default().escape_line_terminators(false), called());
    kept.is_script(&call("\"\u{2028}</script>&\u{2029}\""));
    app.ask(default(), get("")).is_untouched(&app);
}

#[test]
fn trailers_stay_and_an_error_ends_the_body() {
    let steps = [Step::Data("{}".into()), Step::Pending, Step::Trailers];
    let app = App::saying(Steps::new(steps)).with("content-type", "application/json");
    let answer = app.ask(default(), called());
    answer.is_script("/**/ typeof cb === 'function' && cb({});");
    assert_eq!(answer.body.trailers, Some(trailers()));
    let steps = [Step::Data("{".into()), Step::Error];
    let app = App::saying(Steps::new(steps)).with("content-type", "application/json");
    let answer = app.ask(default(), called());
    assert_eq!(
        (answer.text(), answer.body.error),
        ("/**/ typeof cb === 'function' && cb({", Some("broken"))
    );
}

#[test]
fn the_parameter_is_hidden_from_a_service_that_does_not_know_it() {
    let query = "?x=1&callback=cb&_=2";
    let answer = App::json().ask(default().hide_parameter(true), get(query));
    answer.is_script(SCRIPT);
    assert_eq!(answer.asked.uri, "/data?x=1&_=2");
    assert_eq!(App::json().ask(default(), get(query)).asked.uri, "/data?x=1&callback=cb&_=2");
}
