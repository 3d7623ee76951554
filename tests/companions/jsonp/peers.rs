//! The tests of `res.jsonp` in express 5 and of `Rack::JSONP` in rack-contrib 2, by name.
//!
//! Some rows differ from the original. They state the result of this layer, and the reason.
//!
//! express serializes the JSON, but this layer wraps the JSON of a service. The rows of the settings `json
//! spaces` and `json replacer` therefore show that the layer preserves the service's bytes.

use http::Request;
use tower_cross_origin::jsonp::{CallbackPolicy, JsonpConfig};

fn send_query(app: &App, query: &str) -> Received {
    // express and rack-contrib allow every path. This layer needs a list of them.
    let paths = ["something", "foo", "cb", "callbacks[123]", "foo.bar.baz"].map(str::to_owned);
    let config = JsonpConfig::new().callbacks(CallbackPolicy::OneOf(paths.to_vec()));
    app.send(config, Request::get(format!("/{query}")))
}

fn json(body: &str) -> App {
    App::with_body(Steps::from_data(body)).with("content-type", "application/json; charset=utf-8")
}

#[track_caller]
fn is_call(response: &Received, callback: &str, argument: &str) {
    response
        .is_script(&format!("/**/ typeof {callback} === 'function' && {callback}({argument});"));
}

// --- express, test/res.jsonp.js ----------------------------------------------------------------------

/// Rows of test name, JSON, query and expected result.
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
    // express removes the invalid characters and calls `foobar`, an unintended function.
    ("should disallow arbitrary js", "{}", "?callback=foo;bar()", BadRequest),
];

use Expected::{BadRequest, Call, Same};

use super::json_service::{App, Received, Steps};

#[derive(Clone, Copy)]
enum Expected {
    Same,
    Call(&'static str),
    BadRequest,
}

#[test]
fn express_rows_give_the_expected_result() {
    for (name, body, query, expected) in EXPRESS {
        println!("{name}");
        let app = json(body);
        let response = send_query(&app, query);
        match expected {
            Same => {
                response.is_unchanged(&app);
            }
            Call(callback) => is_call(&response, callback, body),
            BadRequest => assert_eq!(response.status(), 400),
        }
    }
}

// "should allow renaming callback"
#[test]
fn express_parameter_is_renamed() {
    let app = json("{\"count\":1}");
    let config = JsonpConfig::new().parameters(["clb"]);
    is_call(&app.send(config, Request::get("/?clb=something")), "something", "{\"count\":1}");
}

// "should escape utf whitespace"
#[test]
fn express_line_terminators_are_escaped() {
    let response = send_query(&json("{\"str\":\"\u{2028} \u{2029} woot\"}"), "?callback=foo");
    is_call(&response, "foo", "{\"str\":\"\\u2028 \\u2029 woot\"}");
}

// "should include security header and prologue"
#[test]
fn express_prologue_and_nosniff_are_sent() {
    let response = send_query(&json("{}"), "?callback=something");
    assert!(response.text().starts_with("/**/"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}

// "should not override previous Content-Types with no callback", "should override previous
// Content-Types with callback"
#[test]
fn express_content_type_is_replaced_with_a_callback() {
    let app = json("{\"hello\":\"world\"}").with("content-type", "application/vnd.example+json");
    let response = send_query(&app, "");
    response.is_unchanged(&app);
    assert_eq!(response.header("x-content-type-options"), None);
    is_call(&send_query(&app, "?callback=cb"), "cb", "{\"hello\":\"world\"}");
}

// "\"json escape\" setting": "should be undefined by default", "should unicode escape HTML-sniffing
// characters", "should not break undefined escape"
#[test]
fn express_json_escape_is_optional() {
    let app = json("{\"&\":\"\u{2028}<script>\u{2029}\"}");
    let response = send_query(&app, "?callback=foo");
    is_call(&response, "foo", "{\"&\":\"\\u2028<script>\\u2029\"}");
    let escaping = || JsonpConfig::new().escape_html(true);
    let response = app.send(escaping(), Request::get("/?callback=foo"));
    is_call(&response, "foo", "{\"\\u0026\":\"\\u2028\\u003cscript\\u003e\\u2029\"}");
    is_call(&json("").send(escaping(), Request::get("/?callback=cb")), "cb", "");
}

// "\"json spaces\" setting: should be undefined by default": the layer adds no spaces.
#[test]
fn express_json_spaces_are_not_added() {
    is_call(&send_query(&json("{\"a\":[1,2]}"), "?callback=cb"), "cb", "{\"a\":[1,2]}");
}

// --- rack-contrib, test/spec_rack_jsonp.rb -----------------------------------------------------------

const RACK_BODY: &str = "{\"bar\":\"foo\"}";

fn rack() -> App {
    App::with_body(Steps::from_data(RACK_BODY)).with("content-type", "application/json")
}

// "should wrap the response body in the Javascript callback if JSON", "should not return a bad request
// for callbacks with dots in the callback". Unlike rack-contrib, this layer calls the callback only if it is a
// function.
#[test]
fn rack_json_is_wrapped() {
    is_call(&send_query(&rack(), "?foo=bar&callback=foo"), "foo", RACK_BODY);
    is_call(&send_query(&rack(), "?foo=bar&callback=foo.bar.baz"), "foo.bar.baz", RACK_BODY);
}

// "should not wrap the response body in a callback if body is not JSON", "should not change anything if
// it's not a json response", "should not change anything if there is no Content-Type header"
#[test]
fn rack_response_without_json_is_unchanged() {
    let text = rack().with("content-type", "text/plain");
    send_query(&text, "?foo=bar&callback=foo").is_unchanged(&text);
    let page =
        || App::with_body(Steps::from_data("<html><body>404 Not Found</body></html>")).status(404);
    for app in [page().with("content-type", "text/html"), page()] {
        let request = Request::get("/?callback=foo").header("accept", "application/json");
        app.send(JsonpConfig::new(), request).is_unchanged(&app);
    }
}

// "should update content length if it was set", "should not touch content length if not set". This
// layer streams the body, so it knows the length only if it escapes nothing.
#[test]
fn rack_content_length_is_updated_without_escapes() {
    let app = rack().with("content-length", "13");
    assert_eq!(send_query(&app, "?callback=foo").header("content-length"), None);
    let without_escapes = || JsonpConfig::new().escape_line_terminators(false);
    let response = app.send(without_escapes(), Request::get("/?callback=foo"));
    let length = response.text().len().to_string();
    assert_eq!(response.header("content-length"), Some(&*length));
    let response = rack().send(without_escapes(), Request::get("/?callback=foo"));
    assert_eq!(response.header("content-length"), None);
}

// "should modify the content type to application/javascript". `text/javascript` is the registered type
// (RFC 9239), and the charset does not depend on the page.
#[test]
fn rack_content_type_is_javascript() {
    let response = send_query(&rack(), "?callback=foo");
    assert_eq!(response.header("content-type"), Some("text/javascript; charset=utf-8"));
}

// "should not allow literal U+2028 or U+2029"
#[test]
fn rack_line_terminators_are_escaped() {
    let app = json("{\"bar\":\"\u{2028} and \u{2029}\"}");
    is_call(&send_query(&app, "?callback=foo"), "foo", "{\"bar\":\"\\u2028 and \\u2029\"}");
}

// "but is empty": "with assignment", "without assignment"; "should not change anything if no callback
// param is provided"
#[test]
fn rack_request_without_a_callback_is_unchanged() {
    for query in ["?foo=bar&callback=", "?foo=bar&callback", "?foo=bar"] {
        send_query(&rack(), query).is_unchanged(&rack());
    }
}

// "but is invalid", "with content-type application/json": "should return \"Bad Request\"", "should
// return set the response code to 400"; "with XSS vulnerability attempts": "... with invalid
// characters", "... with <script> tags", "... with multiple statements". The text of
// this layer describes a valid callback.
#[test]
fn rack_invalid_callback_is_a_bad_request() {
    for value in
        ["*", "foo%3Cbar%3Ebaz()$", "foo%3Cscript%3Ealert(1)%3C/script%3E", "foo%3balert(1)//"]
    {
        let response = send_query(&rack(), &format!("?foo=bar&callback={value}"));
        assert_eq!(response.status(), 400);
        assert!(response.text().starts_with("400 Bad Request"), "{}", response.text());
    }
}

// "with content-type text/plain": "should return \"Good Request\"", "should not change the response code
// from 200"
#[test]
fn rack_text_response_with_an_invalid_callback_is_unchanged() {
    let text = App::with_body(Steps::from_data("Good Request")).with("content-type", "text/plain");
    send_query(&text, "?foo=bar&callback=*").is_unchanged(&text);
}

// "should not change anything if the request doesn't have a body": tested with responses without a body
#[test]
fn rack_response_without_a_body_is_unchanged() {
    // A 304 gets the headers of the script that the browser has. RFC 9110, section 15.4.5
    for status in [100, 204] {
        let app = App::with_body(Steps::default()).status(status);
        send_query(&app, "?callback=foo").is_unchanged(&app);
    }
}
