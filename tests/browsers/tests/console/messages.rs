//! Calls that provoke the messages of the guide.

use browsers::Engine;
use serde_json::{Value, json};

use super::{call::Call, page::Page, server::Server};

pub struct Provoked {
    /// The message as quoted in the guide.
    pub message: &'static str,
    pub page: Page,
    pub call: Call,
}

/// Returns all messages of the guide that a small server can provoke.
pub fn provoked(server: Server) -> Vec<Provoked> {
    [before_a_response, check, check_of_a_preflight, preflight, redirects, after_the_check]
        .into_iter()
        .flat_map(|group| group(server))
        .map(|(message, page, call)| Provoked { message, page, call })
        .collect()
}

/// Returns messages of one engine that the calls for Chromium's messages do not provoke.
pub fn provoked_only_in(engine: Engine, server: Server) -> Vec<Provoked> {
    let app = &Page::App.origin(server);
    let redirect_to = |location: &str| {
        server.url_with(&[
            ("actual.access-control-allow-origin", app),
            ("actual", "302"),
            ("actual.location", location),
        ])
    };
    let rows: Rows = match engine {
        Engine::Chromium => vec![],
        Engine::Firefox => vec![(
            "When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To \
             include the `Authorization` header, it must be explicitly listed in CORS header \
             `Access-Control-Allow-Headers`",
            Page::App,
            Call::fetch(
                server.url_with(&[
                    ("preflight.access-control-allow-origin", app),
                    ("preflight.access-control-allow-headers", "*"),
                ]),
                json!({ "headers": { "authorization": "Bearer x" } }),
            ),
        )],
        Engine::WebKit => vec![
            (
                "not allowed to follow a cross-origin CORS redirection with non CORS scheme",
                Page::App,
                get(redirect_to("data:text/plain,read")),
            ),
            (
                "Not allowed to follow a redirection while loading https://api.example.com/items",
                Page::App,
                Call::fetch(redirect_to("/page"), json!({ "redirect": "error" })),
            ),
        ],
    };
    rows.into_iter().map(|(message, page, call)| Provoked { message, page, call }).collect()
}

/// Returns the messages that are not provoked, each with the reason.
pub fn not_provoked(engine: Engine) -> &'static [(&'static str, &'static str)] {
    match engine {
        Engine::Chromium => &NOT_PROVOKED_IN_CHROMIUM,
        Engine::Firefox => &NOT_PROVOKED_IN_FIREFOX,
        Engine::WebKit => &NOT_PROVOKED_IN_WEBKIT,
    }
}

const NOT_PROVOKED_IN_FIREFOX: [(&str, &str); 3] = [
    ("Blocked loading mixed active content “http://api.example.com/items”", "requires TLS"),
    ("CORS header ‘Origin’ cannot be added", "requires code with more rights than a page"),
    ("CORS disabled", "requires a setting of the user"),
];

const NOT_PROVOKED_IN_WEBKIT: [(&str, &str); 5] = [
    ("CORS-preflight request was blocked", "WebKitGTK logs the message of its network library"),
    (
        "Redirection to URL with a scheme that is not HTTP(S).",
        "the check of redirects fails earlier",
    ),
    ("Preflight response was blocked", "WebKitGTK logs the message of its network library"),
    (
        "Cross-origin redirection to https://other.example/ denied by Cross-Origin Resource Sharing policy: \
         Origin https://app.example.com is not allowed by Access-Control-Allow-Origin. Status code: 302",
        "WebKitGTK logs the message about the last response",
    ),
    (
        "[blocked] The page at https://app.example.com/ requested insecure content from \
         http://api.example.com/items. This content was blocked and must be served over HTTPS.",
        "requires TLS",
    ),
];

const NOT_PROVOKED_IN_CHROMIUM: [(&str, &str); 6] = [
    (
        "Mixed Content: The page at 'https://app.example.com/' was loaded over HTTPS, but requested an \
         insecure resource 'http://api.example.com/items'. This request has been blocked; the content \
         must be served over HTTPS.",
        "requires TLS",
    ),
    ("Failed to load resource: net::ERR_CERT_AUTHORITY_INVALID", "requires TLS"),
    ("Failed to load resource: net::ERR_BLOCKED_BY_CLIENT", "requires an extension"),
    (
        "Permission was denied for this request to access the `unknown` address space.",
        "reported by users; the cause is unknown",
    ),
    ("The response is invalid.", "Chromium reports this error for internal reasons"),
    ("Cross origin requests are not allowed by request mode.", "`fetch` checks the mode earlier"),
];

type Rows = Vec<(&'static str, Page, Call)>;

fn before_a_response(server: Server) -> Rows {
    let cookie = json!({ "headers": { "cookie": "a=b" } });
    let to_local = json!({ "targetAddressSpace": "local" });
    vec![
        (
            "Fetch API cannot load https://api.example.com/items. Request mode is \"same-origin\" but the \
             URL's origin is not same as the request origin https://app.example.com.",
            Page::App,
            Call::fetch(server.url_with(&[]), json!({ "mode": "same-origin" })),
        ),
        (
            "Cross origin requests are only supported for protocol schemes: …",
            Page::App,
            Call::xhr("localhost:3000/items", json!({})),
        ),
        (
            "Fetch API cannot load ftp://api.example.com/items. URL scheme \"ftp\" is not supported.",
            Page::App,
            Call::fetch("ftp://api.example.com/items", json!({})),
        ),
        (
            "Refused to set unsafe header \"cookie\"",
            Page::App,
            Call::xhr(server.url_with(&[("actual.access-control-allow-origin", "*")]), cookie),
        ),
        (
            "Permission was denied for this request to access the `loopback` address space.",
            Page::App,
            get(server.loopback()),
        ),
        (
            "Permission was denied for this request to access the `local` address space.",
            Page::App,
            get(server.local()),
        ),
        (
            "The request client is not a secure context and the resource is in more-private address \
             space `loopback`.",
            Page::Insecure,
            get(server.loopback()),
        ),
        (
            "The request client is not a secure context and the resource is in more-private address \
             space `local`.",
            Page::Insecure,
            get(server.local()),
        ),
        (
            "Request had a target IP address space of `local` yet the resource is in address space \
             `loopback`.",
            Page::App,
            Call::fetch(server.loopback(), to_local),
        ),
        ("Failed to load resource: net::ERR_CONNECTION_REFUSED", Page::App, get(server.closed())),
        (
            "Failed to load resource: net::ERR_NAME_NOT_RESOLVED",
            Page::App,
            get("http://api.invalid/".to_owned()),
        ),
        ("Failed to load resource: net::ERR_EMPTY_RESPONSE", Page::App, get(server.silent())),
    ]
}

fn check(server: Server) -> Rows {
    let app = &Page::App.origin(server);
    let with_settings =
        |value: &str| server.url_with(&[("actual.access-control-allow-origin", value)]);
    let with_true = |values: &[&'static str]| {
        let mut settings = vec![("actual.access-control-allow-origin", app.as_str())];
        settings
            .extend(values.iter().map(|value| ("actual.access-control-allow-credentials", *value)));
        server.url_with(&settings)
    };
    vec![
        (
            "Access to fetch at 'https://api.example.com/items' from origin 'https://app.example.com' \
             has been blocked by CORS policy:",
            Page::App,
            get(server.url_with(&[])),
        ),
        (
            "Access to XMLHttpRequest at 'https://api.example.com/items' from origin \
             'https://app.example.com' has been blocked by CORS policy:",
            Page::App,
            Call::xhr(server.url_with(&[]), json!({})),
        ),
        (
            "Access to fetch at 'https://api.example.com/items' from origin 'null' has been blocked by \
             CORS policy:",
            Page::Sandboxed,
            get(with_settings(app)),
        ),
        ("Failed to load resource: net::ERR_FAILED", Page::App, get(server.url_with(&[]))),
        (
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
            Page::App,
            get(server.url_with(&[("actual", "500")])),
        ),
        (
            "The 'Access-Control-Allow-Origin' header has a value 'https://other.example' that is not \
             equal to the supplied origin. Have the server send the header with a valid value.",
            Page::App,
            get(with_settings("https://other.example")),
        ),
        (
            "The 'Access-Control-Allow-Origin' header has a value 'https://other.example' that is not \
             equal to the supplied origin.",
            Page::App,
            Call::xhr(with_settings("https://other.example"), json!({})),
        ),
        (
            "The 'Access-Control-Allow-Origin' header contains the invalid value 'app.example.com'. Have \
             the server send the header with a valid value.",
            Page::App,
            get(with_settings("app.example.com")),
        ),
        (
            "The 'Access-Control-Allow-Origin' header contains multiple values \
             'https://app.example.com, https://app.example.com', but only one is allowed. Have the \
             server send the header with a valid value.",
            Page::App,
            get(with_settings(&format!("{app}, {app}"))),
        ),
        (
            "The 'Access-Control-Allow-Origin' header contains multiple values \
             'https://app.example.com, *', but only one is allowed. Have the server send the header \
             with a valid value.",
            Page::App,
            // Two field lines, as a server and a proxy might each add one.
            get(server.url_with(&[
                ("actual.access-control-allow-origin", app),
                ("actual.access-control-allow-origin", "*"),
            ])),
        ),
        (
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the \
             wildcard '*' when the request's credentials mode is 'include'.",
            Page::App,
            Call::fetch(with_settings("*"), included()),
        ),
        (
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the \
             wildcard '*' when the request's credentials mode is 'include'. The credentials mode of \
             requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.",
            Page::App,
            Call::xhr(with_settings("*"), json!({ "withCredentials": true })),
        ),
        (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must \
             be 'true' when the request's credentials mode is 'include'.",
            Page::App,
            Call::fetch(with_true(&[]), included()),
        ),
        (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must \
             be 'true' when the request's credentials mode is 'include'. The credentials mode of \
             requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.",
            Page::App,
            Call::xhr(with_true(&[]), json!({ "withCredentials": true })),
        ),
        (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is 'true, true' \
             which must be 'true' when the request's credentials mode is 'include'.",
            Page::App,
            Call::fetch(with_true(&["true", "true"]), included()),
        ),
    ]
}

fn check_of_a_preflight(server: Server) -> Rows {
    let app = &Page::App.origin(server);
    let with_settings =
        |value: &str| server.url_with(&[("preflight.access-control-allow-origin", value)]);
    let put_with_credentials = || json!({ "method": "PUT", "credentials": "include" });
    vec![
        (
            "Response to preflight request doesn't pass access control check: No \
             'Access-Control-Allow-Origin' header is present on the requested resource.",
            Page::App,
            put(server.url_with(&[("preflight", "403")])),
        ),
        (
            "Response to preflight request doesn't pass access control check: The \
             'Access-Control-Allow-Origin' header has a value 'https://other.example' that is not equal \
             to the supplied origin. Have the server send the header with a valid value.",
            Page::App,
            put(with_settings("https://other.example")),
        ),
        (
            "Response to preflight request doesn't pass access control check: The \
             'Access-Control-Allow-Origin' header contains the invalid value 'app.example.com'. Have the \
             server send the header with a valid value.",
            Page::App,
            put(with_settings("app.example.com")),
        ),
        (
            "Response to preflight request doesn't pass access control check: The \
             'Access-Control-Allow-Origin' header contains multiple values \
             'https://app.example.com, https://app.example.com', but only one is allowed. Have the \
             server send the header with a valid value.",
            Page::App,
            put(with_settings(&format!("{app}, {app}"))),
        ),
        (
            "Response to preflight request doesn't pass access control check: The value of the \
             'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the \
             request's credentials mode is 'include'.",
            Page::App,
            Call::fetch(with_settings("*"), put_with_credentials()),
        ),
        (
            "Response to preflight request doesn't pass access control check: The value of the \
             'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when \
             the request's credentials mode is 'include'.",
            Page::App,
            Call::fetch(with_settings(app), put_with_credentials()),
        ),
    ]
}

fn preflight(server: Server) -> Rows {
    let app = &Page::App.origin(server);
    let with_settings = |settings: &[(&str, &str)]| {
        let origin = [("preflight.access-control-allow-origin", app.as_str())];
        server.url_with(&[&origin, settings].concat())
    };
    let with_header = |name: &str, value: &str| {
        let init = json!({ "method": "POST", "headers": { name: value }, "body": "{}" });
        Call::fetch(with_settings(&[]), init)
    };
    let patch = json!({ "method": "patch" });
    vec![
        (
            "Response to preflight request doesn't pass access control check: It does not have HTTP ok \
             status.",
            Page::App,
            put(with_settings(&[("preflight", "401")])),
        ),
        (
            "Response to preflight request doesn't pass access control check: Redirect is not allowed \
             for a preflight request.",
            Page::App,
            put(with_settings(&[("preflight", "301"), ("preflight.location", "/page")])),
        ),
        (
            "Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
            Page::App,
            put(with_settings(&[("preflight.access-control-allow-methods", "PUT; DELETE")])),
        ),
        (
            "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
            Page::App,
            put(with_settings(&[("preflight.access-control-allow-methods", "put, DELETE")])),
        ),
        // By the standard, a missing list allows the method of an upload. No engine does so.
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch, step 7.5
        (
            "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
            Page::App,
            Call::xhr(with_settings(&[]), json!({ "method": "PUT", "listensToUpload": true })),
        ),
        (
            "Method patch is not allowed by Access-Control-Allow-Methods in preflight response.",
            Page::App,
            Call::fetch(
                with_settings(&[("preflight.access-control-allow-methods", "PATCH")]),
                patch,
            ),
        ),
        (
            "Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
            Page::App,
            put(with_settings(&[
                ("preflight.access-control-allow-methods", "PUT"),
                ("preflight.access-control-allow-headers", "x tenant"),
            ])),
        ),
        (
            "Request header field x-tenant is not allowed by Access-Control-Allow-Headers in preflight \
             response.",
            Page::App,
            with_header("X-Tenant", "1"),
        ),
        (
            "Request header field content-type is not allowed by Access-Control-Allow-Headers in \
             preflight response.",
            Page::App,
            with_header("content-type", "application/json"),
        ),
        (
            "Request header field authorization is not allowed by Access-Control-Allow-Headers in \
             preflight response.",
            Page::App,
            with_header("authorization", "Bearer x"),
        ),
    ]
}

fn redirects(server: Server) -> Rows {
    let app = &Page::App.origin(server);
    let redirect_to = |location: &str| {
        get(server.url_with(&[
            ("actual.access-control-allow-origin", app),
            ("actual", "302"),
            ("actual.location", location),
        ]))
    };
    let other_origin = &[("actual.access-control-allow-origin", app.as_str())];
    vec![
        (
            "Redirect location '' contains a username and password, which is disallowed for \
             cross-origin requests.",
            Page::App,
            redirect_to("https://user:secret@api.example.com/items"),
        ),
        (
            "The 'Access-Control-Allow-Origin' header has a value 'https://app.example.com' that is not \
             equal to the supplied origin. Have the server send the header with a valid value.",
            Page::App,
            redirect_to(&server.url_with_host("other.localhost", other_origin)),
        ),
    ]
}

fn after_the_check(server: Server) -> Rows {
    let readable = [("actual.access-control-allow-origin", "*"), ("actual.etag", "\"1\"")];
    let same_origin = [("actual.cross-origin-resource-policy", "same-origin")];
    vec![
        (
            "Refused to get unsafe header \"etag\"",
            Page::App,
            Call::xhr(server.url_with(&readable), json!({ "readsHeader": "etag" })),
        ),
        (
            "Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
            Page::App,
            Call::image(server.url_with(&same_origin)),
        ),
    ]
}

fn get(url: String) -> Call {
    Call::fetch(url, json!({}))
}

fn put(url: String) -> Call {
    Call::fetch(url, json!({ "method": "PUT" }))
}

fn included() -> Value {
    json!({ "credentials": "include" })
}
