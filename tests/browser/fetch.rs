//! Tests of the definitions in the Fetch standard, as tables.
//!
//! Rows with a path contain assertions of the Web Platform Tests. The path is the path of the file in
//! <https://github.com/web-platform-tests/wpt>.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower_cross_origin::fetch::{
    CORS_PROTOCOL_EXCEPTIONS, SAFELISTED_VALUE_BYTES, SAFELISTED_VALUES_TOTAL_BYTES,
    cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name,
    is_cors_protocol_exception, is_cors_safelisted_method, is_cors_safelisted_request_header,
    is_cors_safelisted_request_header_name, is_cors_safelisted_response_header_name,
    is_cors_unsafe_request_header_byte, is_forbidden_method, is_forbidden_request_header,
    is_forbidden_request_header_name, is_forbidden_response_header_name,
    is_no_cors_safelisted_request_header, is_no_cors_safelisted_request_header_name,
    is_privileged_no_cors_request_header_name, is_simple, is_token, normalize_method,
};

const SAFELIST: &str = "cors/cors-safelisted-request-header.any.js";
const NOT_SAFELISTED: &str = "fetch/api/cors/cors-preflight-not-cors-safelisted.any.js";
const RANGE: &str = "fetch/range/general.any.js";

/// Headers that do not need a preflight.
const SAFELISTED_BY_WPT: &[(&str, &str, &str)] = &[
    (SAFELIST, "range", "bytes=100-200"),
    (SAFELIST, "range", "bytes=200-"),
    (RANGE, "Range", "bytes=0-10"),
    (RANGE, "Range", "bytes=0-"),
    // 128 bytes with many leading zeros.
    (
        RANGE,
        "Range",
        "bytes=00000000000000000000000000000000000000000000000000000000011-\
         00000000000000000000000000000000000000000000000000000000000111",
    ),
];

/// Headers that need a preflight.
const UNSAFE_BY_WPT: &[(&str, &str, &str)] = &[
    (SAFELIST, "content-type", "text\t/\tplain"),
    (SAFELIST, "content-type", ",text/plain"),
    (SAFELIST, "content-type", "text/plain,text/plain"),
    (SAFELIST, "content-type", "text/plain,x/x"),
    (SAFELIST, "content-type", "text/plain\u{b}"),
    (SAFELIST, "content-type", "text/plain\u{c}"),
    (SAFELIST, "content-type", "application/www-form-urlencoded"),
    (SAFELIST, "content-type", "application/x-www-form-urlencoded;\u{7f}"),
    (SAFELIST, "content-type", "multipart/form-data;\""),
    (SAFELIST, "range", "100-200"),
    (SAFELIST, "range", "MB=100-200"),
    (SAFELIST, "range", "bytes\t=100-200"),
    (SAFELIST, "range", "bytes=  100-200"),
    (SAFELIST, "range", "bytes= \t100-200"),
    (SAFELIST, "range", "bytes=100 -200"),
    (SAFELIST, "range", "bytes=100\t-200"),
    (SAFELIST, "range", "bytes=200-100"),
    // 129 bytes
    (
        SAFELIST,
        "range",
        "bytes=1000000000000000000000000000000000000000000000000000000000000-\
         2000000000000000000000000000000000000000000000000000000000000",
    ),
    (SAFELIST, "range", "bytes 100-200"),
    (SAFELIST, "range", "bytes = 100-200"),
    (SAFELIST, "range", ",bytes=100-200"),
    (SAFELIST, "range", "Bytes=100-200"),
    (SAFELIST, "range", "bytes=+0-100"),
    (SAFELIST, "range", "bytes=0-+100"),
    (SAFELIST, "range", "bytes=+5-"),
    (SAFELIST, "range", "bytes=0--1"),
    (SAFELIST, "range", "bytes=100\u{c}-200"),
    (SAFELIST, "range", "bytes=100-\u{c}200"),
    (RANGE, "Range", "bytes=10-9"),
    (RANGE, "Range", "bytes=-0"),
    // 129 bytes
    (
        RANGE,
        "Range",
        "bytes=0000000000000000000000000000000000000000000000000000000000011-\
         0000000000000000000000000000000000000000000000000000000000111",
    ),
    (NOT_SAFELISTED, "accept", "\""),
    (NOT_SAFELISTED, "authorization", "basics"),
    (NOT_SAFELISTED, "content-language", "@"),
    (NOT_SAFELISTED, "content-type", "text/html"),
    // 129 bytes
    (
        NOT_SAFELISTED,
        "content-type",
        "text/plain; long=0123456789012345678901234567890123456789012345678901234567890123456789\
         012345678901234567890123456789012345678901",
    ),
    (NOT_SAFELISTED, "range", "bytes 0-"),
];

const SIMPLE: &str = "cors/simple-requests.htm";
const NO_PREFLIGHT: &str = "fetch/api/cors/cors-no-preflight.any.js";
const PREFLIGHT: &str = "fetch/api/cors/cors-preflight.any.js";
const STAR: &str = "fetch/api/cors/cors-preflight-star.any.js";

type Headers = &'static [(&'static str, &'static str)];

const FOUR_SAFE: Headers = &[
    ("accept", "test"),
    ("accept-language", "test"),
    ("content-language", "test"),
    ("content-type", "text/plain; parameter=whatever"),
];

const UNSORTED: Headers = &[
    ("x-test-header1", "allowedOrRefused"),
    ("x-test-header2", "allowedOrRefused"),
    ("X-test-header3", "allowedOrRefused"),
    ("x-test-header-b", "allowedOrRefused"),
    ("x-test-header-D", "allowedOrRefused"),
    ("x-test-header-C", "allowedOrRefused"),
    ("x-test-header-a", "allowedOrRefused"),
    ("Content-Type", "allowedOrRefused"),
    ("Accept", "*"),
    ("Accept-Language", "bzh"),
    ("Content-Language", "eu"),
];

const SORTED: &str = "content-type,x-test-header-a,x-test-header-b,x-test-header-c,\
                      x-test-header-d,x-test-header1,x-test-header2,x-test-header3";

/// Requests without a preflight: the method as the script writes it, and the headers.
const SIMPLE_BY_WPT: &[(&str, &str, Headers)] = &[
    (SIMPLE, "HEAD", &[("Accept", "test")]),
    (SIMPLE, "GET", &[("accept-language", "test")]),
    (SIMPLE, "HEAD", &[("accept-language", "test")]),
    (SIMPLE, "POST", &[("accept-language", "test")]),
    (SIMPLE, "GET", &[("CONTENT-language", "test")]),
    (SIMPLE, "HEAD", &[("CONTENT-language", "test")]),
    (SIMPLE, "GET", &[("Content-Type", "application/x-www-form-urlencoded")]),
    (SIMPLE, "POST", &[("Content-Type", "application/x-www-form-urlencoded")]),
    (SIMPLE, "GET", &[("content-type", "multipart/form-data")]),
    (SIMPLE, "GET", &[("content-type", "text/plain")]),
    (SIMPLE, "POST", &[("content-type", "text/plain")]),
    (SIMPLE, "GET", FOUR_SAFE),
    (SIMPLE, "HEAD", FOUR_SAFE),
    (SIMPLE, "post", &[("content-type", "text/plain")]),
    (NO_PREFLIGHT, "GET", &[]),
    (NO_PREFLIGHT, "POST", &[]),
    (NO_PREFLIGHT, "GET", &[("Accept", "*/*")]),
    (NO_PREFLIGHT, "GET", &[("Accept-Language", "fr")]),
    (NO_PREFLIGHT, "GET", &[("Content-Type", "application/x-www-form-urlencoded")]),
    ("cors/304.htm", "GET", &[("content-language", "1")]),
    (
        "xhr/access-control-basic-cors-safelisted-request-headers.htm",
        "POST",
        &[
            ("Accept", "*"),
            ("Accept-Language", "ru"),
            ("Content-Language", "ru"),
            ("Content-Type", "text/plain"),
        ],
    ),
];

/// Requests with a preflight, and its `Access-Control-Request-Headers`; empty if the header is absent.
const PREFLIGHTED_BY_WPT: &[(&str, &str, Headers, &str)] = &[
    (PREFLIGHT, "DELETE", &[], ""),
    (PREFLIGHT, "PUT", &[], ""),
    (PREFLIGHT, "PATCH", &[], ""),
    (PREFLIGHT, "patcH", &[], ""),
    (PREFLIGHT, "NEW", &[], ""),
    (PREFLIGHT, "chicken", &[], ""),
    (PREFLIGHT, "GET", UNSORTED, SORTED),
    (PREFLIGHT, "PUT", UNSORTED, SORTED),
    (
        PREFLIGHT,
        "PUT",
        &[("Accept", "*"), ("Accept-Language", "bzh"), ("Content-Language", "eu")],
        "",
    ),
    (PREFLIGHT, "GET", &[("authorization", "foobar")], "authorization"),
    (STAR, "SUPER", &[("X-Test", "1")], "x-test"),
    (STAR, "*", &[("*", "1")], "*"),
    (STAR, "POST", &[("Authorization", "123")], "authorization"),
    (
        "cors/request-headers.htm",
        "GET",
        &[("x-print", "unicorn"), ("y-print", "unicorn")],
        "x-print,y-print",
    ),
    ("cors/status-preflight.htm", "CHICKEN", &[("x-nonsimple", "true")], "x-nonsimple"),
    (
        "fetch/api/cors/cors-preflight-status.any.js",
        "GET",
        &[("x-force-preflight", "")],
        "x-force-preflight",
    ),
    (
        "xhr/access-control-preflight-request-header-lowercase.htm",
        "GET",
        &[("X-Test", "foobar")],
        "x-test",
    ),
    (
        "xhr/access-control-preflight-request-header-sorted.htm",
        "GET",
        &[
            ("X-Custom-Test", "foobar"),
            ("X-Custom-ua", "foobar"),
            ("X-Custom-V", "foobar"),
            ("X-Custom-s", "foobar"),
            ("X-Custom-U", "foobar"),
        ],
        "x-custom-s,x-custom-test,x-custom-u,x-custom-ua,x-custom-v",
    ),
    (
        "xhr/access-control-basic-non-cors-safelisted-content-type.htm",
        "PUT",
        &[("Content-Type", "application/xml")],
        "content-type",
    ),
    (
        "xhr/access-control-basic-post-with-non-cors-safelisted-content-type.htm",
        "POST",
        &[("Content-Type", "application/xml")],
        "content-type",
    ),
    ("xhr/access-control-basic-preflight-denied.htm", "FOO", &[], ""),
];

#[test]
fn wpt_headers_are_classified_as_safelisted_or_unsafe() {
    let rows = |rows: &'static [_], is_safe| rows.iter().map(move |row| (row, is_safe));
    for ((source, name, value), is_safe) in
        rows(SAFELISTED_BY_WPT, true).chain(rows(UNSAFE_BY_WPT, false))
    {
        let is_safelisted = is_cors_safelisted_request_header(name.as_bytes(), value.as_bytes());
        assert_eq!(is_safelisted, is_safe, "{source}: {name}: {value:?}");
    }
}

#[test]
fn wpt_requests_without_a_preflight_are_simple() {
    for (source, method, headers) in SIMPLE_BY_WPT {
        let headers = header_map(headers);
        assert!(is_simple(&sent_method(method), &headers), "{source}: {method} {headers:?}");
        assert_eq!(requested_headers(&headers), "", "{source}: {method} {headers:?}");
    }
}

#[test]
fn wpt_preflights_list_sorted_unique_lower_case_names() {
    for (source, method, headers, names) in PREFLIGHTED_BY_WPT {
        let headers = header_map(headers);
        assert!(!is_simple(&sent_method(method), &headers), "{source}: {method} {headers:?}");
        assert_eq!(requested_headers(&headers), *names, "{source}: {method} {headers:?}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
#[test]
fn get_head_and_post_are_safelisted_in_upper_case_only() {
    for method in ["GET", "HEAD", "POST"] {
        assert!(is_cors_safelisted_method(method.as_bytes()), "{method}");
    }
    for method in ["", "get", "Head", "pOST", "GET ", " GET", "GETS", "PUT", "OPTIONS", "CHICKEN"] {
        assert!(!is_cors_safelisted_method(method.as_bytes()), "{method:?}");
    }
}

// <https://fetch.spec.whatwg.org/#forbidden-method>
#[test]
fn connect_trace_and_track_are_forbidden_in_any_case() {
    for method in ["CONNECT", "connect", "Trace", "TRACE", "tRACK", "TRACK"] {
        assert!(is_forbidden_method(method.as_bytes()), "{method}");
    }
    for method in ["", "GET", "TRAC", "TRACER", " TRACE", "CONNECT ", "OPTIONS"] {
        assert!(!is_forbidden_method(method.as_bytes()), "{method:?}");
    }
}

// <https://fetch.spec.whatwg.org/#concept-method-normalize>
#[test]
fn six_methods_are_normalized_and_patch_is_unchanged() {
    for (written, sent) in [
        ("delete", "DELETE"),
        ("gEt", "GET"),
        ("Head", "HEAD"),
        ("options", "OPTIONS"),
        ("POST", "POST"),
        ("puT", "PUT"),
        ("patch", "patch"),
        ("Patch", "Patch"),
        ("PATCH", "PATCH"),
        // https://github.com/whatwg/fetch/issues/1938
        ("query", "query"),
        ("QUERY", "QUERY"),
        ("connect", "connect"),
        ("track", "track"),
        ("chicken", "chicken"),
        ("get ", "get "),
        ("", ""),
    ] {
        assert_eq!(normalize_method(written.as_bytes()), sent.as_bytes(), "{written:?}");
    }
}

// <https://fetch.spec.whatwg.org/#methods>
#[test]
fn custom_method_needs_a_preflight() {
    for method in ["CHICKEN", "FOO", "patch", "*", "M-SEARCH"] {
        let bytes = method.as_bytes();
        assert!(is_token(bytes) && !is_forbidden_method(bytes), "{method}");
        assert!(!is_simple(&sent_method(method), &HeaderMap::new()), "{method}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
#[test]
fn unsafe_bytes_are_controls_except_tab_and_delimiters() {
    const DELIMITERS: [char; 13] =
        ['"', '(', ')', ':', '<', '>', '?', '@', '[', '\\', ']', '{', '}'];
    for byte in 0..=u8::MAX {
        let is_control = byte == 0x7f || (byte <= 0x1f && byte != b'\t');
        let is_unsafe = is_control || DELIMITERS.contains(&char::from(byte));
        assert_eq!(is_cors_unsafe_request_header_byte(byte), is_unsafe, "{byte:#04x}");
        assert_eq!(safelisted("accept", &[b'a', byte]), !is_unsafe, "accept {byte:#04x}");
        // Within a parameter, only unsafe bytes affect the result.
        let content_type = [b"text/plain;a=", &[byte][..], b"b"].concat();
        assert_eq!(safelisted("content-type", &content_type), !is_unsafe, "type {byte:#04x}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
#[test]
fn language_allows_letters_digits_and_seven_other_bytes() {
    for byte in 0..=u8::MAX {
        let is_language = byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte);
        for name in ["accept-language", "content-language"] {
            assert_eq!(safelisted(name, &[byte]), is_language, "{name} {byte:#04x}");
            assert_eq!(safelisted(name, &[b'a', byte]), is_language, "{name} a{byte:#04x}");
        }
    }
}

// "Parse a MIME type", not "extract a MIME type": <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>
#[test]
fn content_type_is_safelisted_by_its_essence() {
    for value in [
        "text/plain",
        "TEXT/Plain",
        "text/plain;charset=utf-8",
        "text/plain ; charset",
        "text/plain;",
        "text/plain; , ;=;",
        " text/plain ",
        "\ttext/plain\t",
        "multipart/form-data",
        "multipart/form-data; boundary=----x",
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLencoded;charset=UTF-8",
    ] {
        assert!(safelisted("Content-Type", value.as_bytes()), "{value:?}");
    }
    for value in [
        "",
        " ",
        "/",
        "text",
        "text/",
        "/plain",
        "text /plain",
        "text/ plain",
        "text/plain/x",
        "text/plain x",
        "text/plainx",
        ";text/plain",
        "application/json",
        "application/json, text/plain",
        "text/plain, application/json",
        "application/json;text/plain",
        "text/plain, text/plain",
        "application/csp-report",
        "text/pla\u{ef}n",
    ] {
        assert!(!safelisted("Content-Type", value.as_bytes()), "{value:?}");
    }
}

#[test]
fn content_types_with_an_unsafe_member_need_a_preflight() {
    for headers in [
        header_map(&[("content-type", "application/json"), ("content-type", "text/plain")]),
        header_map(&[("content-type", "text/plain"), ("content-type", "application/json")]),
        header_map(&[("content-type", "application/json, text/plain")]),
    ] {
        assert_eq!(requested_headers(&headers), "content-type");
    }
}

// <https://fetch.spec.whatwg.org/#simple-range-header-value>
#[test]
fn range_with_start_before_end_is_safelisted() {
    for value in ["bytes=0-0", "bytes=7-07", "bytes=007-7", "bytes=00-", "bytes=9-10"] {
        assert!(safelisted("range", value.as_bytes()), "{value}");
    }
    for value in [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=-500",
        "bytes=0",
        "bytes=1-0",
        "bytes=10-9",
        "bytes=010-9",
        "bytes=0-1,3-4",
        "bytes=0-1,",
        "bytes=0-1 ",
        " bytes=0-1",
        "bytes:0-1",
        "items=0-1",
        "bytes=0x1-2",
        "bytes=0-1-2",
        "bytes=18446744073709551616-18446744073709551615",
    ] {
        assert!(!safelisted("range", value.as_bytes()), "{value:?}");
    }
    assert!(safelisted("range", b"bytes=18446744073709551615-18446744073709551616"));
}

#[test]
fn safelisted_value_has_at_most_128_bytes() {
    assert_eq!(SAFELISTED_VALUE_BYTES, 128);
    for (name, start) in [
        ("accept", ""),
        ("accept-language", ""),
        ("content-language", ""),
        ("content-type", "text/plain;"),
        ("range", "bytes=0-"),
    ] {
        let longest = format!("{start}{}", "1".repeat(128 - start.len()));
        assert!(safelisted(name, longest.as_bytes()), "{name}");
        assert!(!safelisted(name, format!("{longest}1").as_bytes()), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
#[test]
fn safelisted_values_over_1024_bytes_need_a_preflight() {
    assert_eq!(SAFELISTED_VALUES_TOTAL_BYTES, 1024);
    let line = "a".repeat(128);
    let mut headers = HeaderMap::new();
    for _ in 0..7 {
        headers.append("accept", line.parse().unwrap());
    }
    headers.append("accept-language", line.parse().unwrap());
    assert_eq!(requested_headers(&headers), "", "1024");

    // Headers that need a preflight anyway are not counted.
    headers.append("x-custom", "b".repeat(4096).parse().unwrap());
    assert_eq!(requested_headers(&headers), "x-custom", "1024 and an unsafe header");

    headers.append("content-language", "c".parse().unwrap());
    let all = "accept,accept-language,content-language,x-custom";
    assert_eq!(requested_headers(&headers), all, "1025");
}

#[test]
fn name_on_several_field_lines_is_listed_once() {
    let headers =
        header_map(&[("x-b", "1"), ("x-a", "1"), ("X-B", "2"), ("accept", "{"), ("Accept", "}")]);
    assert_eq!(requested_headers(&headers), "accept,x-a,x-b");
}

#[test]
fn five_names_are_safelisted_with_certain_values() {
    const NAMES: [&str; 5] =
        ["Accept", "Accept-Language", "Content-Language", "Content-Type", "Range"];
    for name in all_cases(&NAMES) {
        assert!(is_cors_safelisted_request_header_name(name.as_bytes()), "{name}");
    }
    for name in ["", "accept-encoding", "accept-charset", "authorization", "x-range", "if-range"] {
        assert!(!is_cors_safelisted_request_header_name(name.as_bytes()), "{name}");
        assert!(!safelisted(name, b""), "{name}");
        assert!(!safelisted(name, b"bytes=0-1"), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
#[test]
fn wildcard_matches_every_name_except_authorization() {
    for name in all_cases(&["Authorization"]) {
        assert!(is_cors_non_wildcard_request_header_name(name.as_bytes()), "{name}");
    }
    for name in ["", "*", "authorization2", "proxy-authorization", "x-authorization", "cookie"] {
        assert!(!is_cors_non_wildcard_request_header_name(name.as_bytes()), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#privileged-no-cors-request-header-name>
#[test]
fn only_range_is_privileged_without_cors() {
    for name in all_cases(&["Range"]) {
        assert!(is_privileged_no_cors_request_header_name(name.as_bytes()), "{name}");
    }
    for name in ["", "if-range", "accept-ranges", "accept"] {
        assert!(!is_privileged_no_cors_request_header_name(name.as_bytes()), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header>
#[test]
fn four_names_are_safelisted_without_cors() {
    const NAMES: [&str; 4] = ["Accept", "Accept-Language", "Content-Language", "Content-Type"];
    for name in all_cases(&NAMES) {
        assert!(is_no_cors_safelisted_request_header_name(name.as_bytes()), "{name}");
    }
    for name in ["", "range", "authorization", "accept-encoding"] {
        assert!(!is_no_cors_safelisted_request_header_name(name.as_bytes()), "{name}");
    }
    assert!(is_no_cors_safelisted_request_header(b"Accept-Language", b"fr"));
    assert!(!is_no_cors_safelisted_request_header(b"Accept-Language", b"@"));
    assert!(!is_no_cors_safelisted_request_header(b"Range", b"bytes=0-"));
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
const FORBIDDEN_REQUEST_HEADERS: [&str; 21] = [
    "Accept-Charset",
    "Accept-Encoding",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Connection",
    "Content-Length",
    "Cookie",
    "Cookie2",
    "Date",
    "DNT",
    "Expect",
    "Host",
    "Keep-Alive",
    "Origin",
    "Referer",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
];

#[test]
fn twenty_one_names_and_two_prefixes_are_forbidden() {
    const PREFIXED: [&str; 5] =
        ["Proxy-", "Proxy-Authorization", "Sec-", "Sec-Fetch-Site", "Sec-CH-UA"];
    for name in all_cases(&FORBIDDEN_REQUEST_HEADERS).chain(all_cases(&PREFIXED)) {
        assert!(is_forbidden_request_header_name(name.as_bytes()), "{name}");
        assert!(is_forbidden_request_header(name.as_bytes(), b""), "{name}");
    }
    for name in [
        "",
        "proxy",
        "proxy_x",
        "sec",
        "secure",
        "x-sec-fetch-site",
        "x-proxy-a",
        "accept",
        "access-control-request-private-network",
        "authorization",
        "content-type",
        "cookie3",
        "content-encoding",
        "forwarded",
        "host2",
        "last-event-id",
        "pragma",
        "range",
        "set-cookie2",
        "t",
        "user-agent",
    ] {
        assert!(!is_forbidden_request_header_name(name.as_bytes()), "{name}");
        assert!(!is_forbidden_request_header(name.as_bytes(), b"TRACE"), "{name}");
    }
}

#[test]
fn override_of_a_forbidden_method_is_forbidden() {
    const NAMES: [&str; 3] = ["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"];
    for name in all_cases(&NAMES) {
        let is_forbidden =
            |value: &str| is_forbidden_request_header(name.as_bytes(), value.as_bytes());
        for value in [
            "CONNECT",
            "TRACE",
            "TRACK",
            "trace",
            " TRACK\t",
            "GET,TRACK",
            "GET ,\tconnect , PUT",
            "TRACE,",
            ",TRACE",
        ] {
            assert!(is_forbidden(value), "{name}: {value:?}");
        }
        // A comma within quotation marks is not a separator.
        for value in ["\"GET\", TRACE", r#""\\", TRACE"#, r#""\"", TRACE"#] {
            assert!(is_forbidden(value), "{name}: {value:?}");
        }
        for value in ["\"TRACE\"", "\"GET, TRACE, PUT\"", r#""\", TRACE, PUT"#, "\"GET, TRACE"] {
            assert!(!is_forbidden(value), "{name}: {value:?}");
        }
        for value in ["", ",", "PUT", "GET, PATCH", "TRACER", "TRACE TRACK", "\u{c}TRACE"] {
            assert!(!is_forbidden(value), "{name}: {value:?}");
        }
        assert!(!is_forbidden_request_header_name(name.as_bytes()), "{name}");
    }
    assert!(!is_forbidden_request_header(b"x-http-methods", b"TRACE"));
}

// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
#[test]
fn seven_response_headers_are_always_readable() {
    const NAMES: [&str; 7] = [
        "Cache-Control",
        "Content-Language",
        "Content-Length",
        "Content-Type",
        "Expires",
        "Last-Modified",
        "Pragma",
    ];
    for name in all_cases(&NAMES) {
        assert!(is_cors_safelisted_response_header_name(name.as_bytes()), "{name}");
    }
    for name in [
        "",
        "*",
        "content-disposition",
        "content-encoding",
        "date",
        "etag",
        "location",
        "ratelimit-limit",
        "retry-after",
        "server-timing",
        "set-cookie",
        "x-request-id",
    ] {
        assert!(!is_cors_safelisted_response_header_name(name.as_bytes()), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
#[test]
fn two_response_headers_are_never_readable() {
    for name in all_cases(&["Set-Cookie", "Set-Cookie2"]) {
        assert!(is_forbidden_response_header_name(name.as_bytes()), "{name}");
    }
    for name in ["", "cookie", "set-cookie3", "x-set-cookie"] {
        assert!(!is_forbidden_response_header_name(name.as_bytes()), "{name}");
    }
}

// <https://fetch.spec.whatwg.org/#cors-protocol-exceptions>
#[test]
fn four_unsafe_content_types_need_no_preflight() {
    let essences = [
        "application/csp-report",
        "application/expect-ct-report+json",
        "application/xss-auditor-report",
        "application/ocsp-request",
    ];
    assert_eq!(CORS_PROTOCOL_EXCEPTIONS, essences);
    for essence in essences {
        assert!(is_cors_protocol_exception(essence.as_bytes()), "{essence}");
        let with_parameter = format!("\r\n{}\n\r; a=b", essence.to_ascii_uppercase());
        assert!(is_cors_protocol_exception(with_parameter.as_bytes()), "{with_parameter}");
        assert!(!safelisted("content-type", essence.as_bytes()), "{essence}");
    }
    for value in ["", "application/json", "application/reports+json", "text/plain", "csp-report"] {
        assert!(!is_cors_protocol_exception(value.as_bytes()), "{value}");
    }
}

// RFC 9110, section 5.6.2
#[test]
fn token_allows_letters_digits_and_fifteen_other_bytes() {
    for byte in 0..=u8::MAX {
        let in_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert_eq!(is_token(&[byte]), in_token, "{byte:#04x}");
        assert_eq!(is_token(&[b'a', byte]), in_token, "a{byte:#04x}");
    }
    assert!(!is_token(b""));
}

fn safelisted(name: &str, value: &[u8]) -> bool {
    is_cors_safelisted_request_header(name.as_bytes(), value)
}

/// Returns the value of `Access-Control-Request-Headers`.
fn requested_headers(headers: &HeaderMap) -> String {
    let names = cors_unsafe_request_header_names(headers);
    names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(",")
}

/// Returns the method as the browser sends it.
#[track_caller]
fn sent_method(method: &str) -> Method {
    Method::from_bytes(normalize_method(method.as_bytes())).unwrap()
}

#[track_caller]
fn header_map(lines: &[(&str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        })
        .collect()
}

/// Returns each name as written, in lower case and in upper case.
fn all_cases(names: &[&str]) -> impl Iterator<Item = String> {
    let cases = |name: &&str| [(*name).to_owned(), name.to_lowercase(), name.to_uppercase()];
    names.iter().flat_map(cases).collect::<Vec<_>>().into_iter()
}
