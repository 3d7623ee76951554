//! The tests of express 5's `res.jsonp` and of rack-contrib 2's `Rack::JSONP` as behaviour, each by its
//! name. What differs is a row too: it states what is done here, and why.
//!
//! express writes the JSON itself, and this layer wraps what a service wrote. So its settings for writing
//! (`json spaces`, `json replacer`) are the service's own, and the rows show that its bytes are kept.

use http::Request;
use tower_cross_origin::jsonp::JsonpConfig;

fn ask(app: &App, query: &str) -> Answer {
    app.ask(JsonpConfig::new(), Request::get(format!("/{query}")))
}

fn json(body: &str) -> App {
    App::saying(Steps::of(body)).with("content-type", "application/json; charset=utf-8")
}

#[track_caller]
fn is_call(answer: &Answer, callback: &str, argument: &str) {
    answer.is_script(&format!("/**/ typeof {callback} === 'function' && {callback}({argument});"));
}

// --- express, test/res.jsonp.js ----------------------------------------------------------------------

/// A name of a test there, and what is asked of which JSON with which outcome.
const EXPRESS: &[(&str, &str, &str, Expected)] = &[
    ("should respond with jsonp", "{\"count\":1}", "?callback=something", Call("something")),
    (
        "should use first callback parameter with jsonp",
        "{\"count\":1}",
        "?callback=something&callback=somethingelse",
        Call("something"),
    ),
    (
        "should ignore object callback parameter with jsonp",
        "{\"count\":1}",
        "?callback[a]=something",
        Same,
    ),
    ("should allow []", "{\"count\":1}", "?callback=callbacks[123]", Call("callbacks[123]")),
    ("should not escape utf whitespace for json fallback", "\"\u{2028} \u{2029} woot\"", "", Same),
    (
        "when given undefined: should invoke callback with no arguments",
        "",
        "?callback=cb",
        Call("cb"),
    ),
    ("when given null: should invoke callback with null", "null", "?callback=cb", Call("cb")),
    (
        "when given a string: should invoke callback with a string",
        "\"tobi\"",
        "?callback=cb",
        Call("cb"),
    ),
    ("when given a number: should invoke callback with a number", "42", "?callback=cb", Call("cb")),
    (
        "when given an array: should invoke callback with an array",
        "[\"foo\",\"bar\",\"baz\"]",
        "?callback=cb",
        Call("cb"),
    ),
    (
        "when given an object: should invoke callback with an object",
        "{\"name\":\"tobi\"}",
        "?callback=cb",
        Call("cb"),
    ),
    (
        "\"json replacer\" setting: should be passed to JSON.stringify()",
        "{\"name\":\"tobi\"}",
        "",
        Same,
    ),
    (
        "\"json spaces\" setting: should be passed to JSON.stringify()",
        "{\n  \"name\": \"tobi\",\n  \"age\": 2\n}",
        "?callback=cb",
        Call("cb"),
    ),
    // There, what is not of a callback is taken away, and `foobar` is called: another function than
    // anyone meant.
    ("should disallow arbitrary js", "{}", "?callback=foo;bar()", BadRequest),
];

use Expected::{BadRequest, Call, Same};

use super::json_service::{Answer, App, Steps};

#[derive(Clone, Copy)]
enum Expected {
    Same,
    Call(&'static str),
    BadRequest,
}

#[test]
fn express_by_rows() {
    for (name, body, query, expected) in EXPRESS {
        println!("{name}");
        let app = json(body);
        let answer = ask(&app, query);
        match expected {
            Same => {
                answer.is_untouched(&app);
            }
            Call(callback) => is_call(&answer, callback, body),
            BadRequest => assert_eq!(answer.status(), 400),
        }
    }
}

/// "should allow renaming callback"
#[test]
fn express_parameter_of_another_name() {
    let app = json("{\"count\":1}");
    let config = JsonpConfig::new().parameters(["clb"]);
    is_call(&app.ask(config, Request::get("/?clb=something")), "something", "{\"count\":1}");
}

/// "should escape utf whitespace"
#[test]
fn express_line_terminators() {
    let answer = ask(&json("{\"str\":\"\u{2028} \u{2029} woot\"}"), "?callback=foo");
    is_call(&answer, "foo", "{\"str\":\"\\u2028 \\u2029 woot\"}");
}

/// "should include security header and prologue"
#[test]
fn express_prologue() {
    let answer = ask(&json("{}"), "?callback=something");
    assert!(answer.text().starts_with("/**/"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

/// "should not override previous Content-Types with no callback", "should override previous
/// Content-Types with callback"
#[test]
fn express_content_types() {
    let app = json("{\"hello\":\"world\"}").with("content-type", "application/vnd.example+json");
    let answer = ask(&app, "");
    answer.is_untouched(&app);
    assert_eq!(answer.header("x-content-type-options"), None);
    is_call(&ask(&app, "?callback=cb"), "cb", "{\"hello\":\"world\"}");
}

/// "\"json escape\" setting": "should be undefined by default", "should unicode escape HTML-sniffing
/// characters", "should not break undefined escape"
#[test]
fn express_json_escape() {
    let app = json("{\"&\":\"\u{2028}<script>\u{2029}\"}");
    let answer = ask(&app, "?callback=foo");
    is_call(&answer, "foo", "{\"&\":\"\\u2028<script>\\u2029\"}");
    let escaping = || JsonpConfig::new().escape_html(true);
    let answer = app.ask(escaping(), Request::get("/?callback=foo"));
    is_call(&answer, "foo", "{\"\\u0026\":\"\\u2028\\u003cscript\\u003e\\u2029\"}");
    is_call(&json("").ask(escaping(), Request::get("/?callback=cb")), "cb", "");
}

/// "\"json spaces\" setting: should be undefined by default": nothing is put between.
#[test]
fn express_json_spaces() {
    is_call(&ask(&json("{\"a\":[1,2]}"), "?callback=cb"), "cb", "{\"a\":[1,2]}");
}

// --- rack-contrib, test/spec_rack_jsonp.rb -----------------------------------------------------------

const RACK_BODY: &str = "{\"bar\":\"foo\"}";

fn rack() -> App {
    App::saying(Steps::of(RACK_BODY)).with("content-type", "application/json")
}

/// "should wrap the response body in the Javascript callback if JSON", "should not return a bad request
/// for callbacks with dots in the callback". There the call stands alone after `/**/`; here it is only
/// made where the callback is a function.
#[test]
fn rack_wraps_json() {
    is_call(&ask(&rack(), "?foo=bar&callback=foo"), "foo", RACK_BODY);
    is_call(&ask(&rack(), "?foo=bar&callback=foo.bar.baz"), "foo.bar.baz", RACK_BODY);
}

/// "should not wrap the response body in a callback if body is not JSON", "should not change anything if
/// it's not a json response", "should not change anything if there is no Content-Type header"
#[test]
fn rack_leaves_what_is_no_json() {
    let text = rack().with("content-type", "text/plain");
    ask(&text, "?foo=bar&callback=foo").is_untouched(&text);
    let page = || App::saying(Steps::of("<html><body>404 Not Found</body></html>")).status(404);
    for app in [page().with("content-type", "text/html"), page()] {
        let request = Request::get("/?callback=foo").header("accept", "application/json");
        app.ask(JsonpConfig::new(), request).is_untouched(&app);
    }
}

/// "should update content length if it was set", "should not touch content length if not set". Here a
/// length is only known where nothing can be escaped, since a body is not read before it is passed on.
#[test]
fn rack_content_length() {
    let app = rack().with("content-length", "13");
    assert_eq!(ask(&app, "?callback=foo").header("content-length"), None);
    let kept = || JsonpConfig::new().escape_line_terminators(false);
    let answer = app.ask(kept(), Request::get("/?callback=foo"));
    let length = answer.text().len().to_string();
    assert_eq!(answer.header("content-length"), Some(&*length));
    let answer = rack().ask(kept(), Request::get("/?callback=foo"));
    assert_eq!(answer.header("content-length"), None);
}

/// "should modify the content type to application/javascript". `text/javascript` is the registered type
/// (RFC 9239), and the charset does not depend on the page.
#[test]
fn rack_content_type() {
    let answer = ask(&rack(), "?callback=foo");
    assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
}

/// "should not allow literal U+2028 or U+2029"
#[test]
fn rack_line_terminators() {
    let app = json("{\"bar\":\"\u{2028} and \u{2029}\"}");
    is_call(&ask(&app, "?callback=foo"), "foo", "{\"bar\":\"\\u2028 and \\u2029\"}");
}

/// "but is empty": "with assignment", "without assignment"; "should not change anything if no callback
/// param is provided"
#[test]
fn rack_without_a_callback() {
    for query in ["?foo=bar&callback=", "?foo=bar&callback", "?foo=bar"] {
        ask(&rack(), query).is_untouched(&rack());
    }
}

/// "but is invalid", "with content-type application/json": "should return \"Bad Request\"", "should
/// return set the response code to 400"; "with XSS vulnerability attempts": "... with invalid
/// characters", "... with <script> tags", "... with multiple statements". Here the text says what a
/// callback is.
#[test]
fn rack_bad_requests() {
    for value in
        ["*", "foo%3Cbar%3Ebaz()$", "foo%3Cscript%3Ealert(1)%3C/script%3E", "foo%3balert(1)//"]
    {
        let answer = ask(&rack(), &format!("?foo=bar&callback={value}"));
        assert_eq!(answer.status(), 400);
        assert!(answer.text().starts_with("400 Bad Request"), "{}", answer.text());
    }
}

/// "with content-type text/plain": "should return \"Good Request\"", "should not change the response code
/// from 200"
#[test]
fn rack_is_not_asked_about_text() {
    let text = App::saying(Steps::of("Good Request")).with("content-type", "text/plain");
    ask(&text, "?foo=bar&callback=*").is_untouched(&text);
}

/// "should not change anything if the request doesn't have a body": of the response, that is
#[test]
fn rack_leaves_what_has_no_body() {
    for status in [100, 204, 304] {
        let app = App::saying(Steps::default()).status(status);
        ask(&app, "?callback=foo").is_untouched(&app);
    }
}
