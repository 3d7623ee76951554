//! The response headers that the layer sets, and `Last-Event-ID` of the request.
//! COMPANIONS section 2, E1, E2, E4, E6; STANDARDS S2, S7, S12, S13.

use std::{
    convert::Infallible,
    future::ready,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, Outcome, Rule},
    limits::LAST_EVENT_ID_BYTES,
    push::{
        Event, LastEventId, Shutdown, Sse, SseBody, SseFuture, SseLayer, Streaming,
        is_not_streaming,
    },
};

use crate::{
    scripted::{BodyScript, EVENT_STREAM, respond},
    support::{block_on, header_lines},
};

fn get() -> Request<()> {
    Request::get("/").body(()).unwrap()
}

const STREAM_HEADERS: [&str; 3] = [
    "cache-control: no-cache, no-transform",
    "content-type: text/event-stream",
    "x-accel-buffering: no",
];

#[test]
fn event_stream_gets_stream_headers() {
    let with_cache_control = |value: &'static str| [EVENT_STREAM[0], ("cache-control", value)];
    for (headers, expected) in [
        (&EVENT_STREAM[..], &STREAM_HEADERS[..]),
        (&[EVENT_STREAM[0], ("content-length", "9"), ("x-accel-buffering", "no")], &STREAM_HEADERS),
        (&with_cache_control("no-cache, no-transform"), &STREAM_HEADERS),
        (
            &[("content-type", "Text/Event-Stream; Charset=UTF-8")],
            &[
                STREAM_HEADERS[0],
                "content-type: text/event-stream; Charset=UTF-8",
                STREAM_HEADERS[2],
            ],
        ),
        (
            &[("content-type", "text/EVENT-STREAM ;")],
            &[STREAM_HEADERS[0], "content-type: text/event-stream;", STREAM_HEADERS[2]],
        ),
        (
            &[("content-type", "text/event-stream;charset=utf-8")],
            &[
                STREAM_HEADERS[0],
                "content-type: text/event-stream;charset=utf-8",
                STREAM_HEADERS[2],
            ],
        ),
        (
            &with_cache_control("public, max-age=1"),
            &[
                "cache-control: public, max-age=1, no-transform",
                STREAM_HEADERS[1],
                STREAM_HEADERS[2],
            ],
        ),
        (
            &with_cache_control("No-Transform,private"),
            &["cache-control: No-Transform,private", STREAM_HEADERS[1], STREAM_HEADERS[2]],
        ),
        (
            &with_cache_control(""),
            &["cache-control: no-transform", STREAM_HEADERS[1], STREAM_HEADERS[2]],
        ),
        (
            &[EVENT_STREAM[0], ("cache-control", "private"), ("cache-control", "no-store")],
            &[
                "cache-control: no-store",
                "cache-control: private, no-transform",
                STREAM_HEADERS[1],
                STREAM_HEADERS[2],
            ],
        ),
        (
            &[EVENT_STREAM[0], ("cache-control", "private"), ("cache-control", "no-transform")],
            &[
                "cache-control: no-transform",
                "cache-control: private",
                STREAM_HEADERS[1],
                STREAM_HEADERS[2],
            ],
        ),
        (
            &[EVENT_STREAM[0], ("x-accel-buffering", "yes")],
            &[STREAM_HEADERS[0], STREAM_HEADERS[1], "x-accel-buffering: yes"],
        ),
    ] {
        let response = respond(&SseLayer::new(), &BodyScript::default(), get(), headers);
        assert_eq!(header_lines(response.headers()), expected, "{headers:?}");
        assert!(response.extensions().get::<Streaming>().is_some());
    }
}

#[test]
fn other_responses_are_unchanged() {
    for content_type in [
        "",
        "application/json",
        "text/event-streams",
        "text/event-stream, text/plain",
        "text/event-stream+json",
        "text / event-stream",
        "text/plain; type=text/event-stream",
        "application/x-ndjson",
    ] {
        let headers = [("content-type", content_type), ("content-length", "9")];
        let response = respond(&SseLayer::new(), &BodyScript::default(), get(), &headers);
        let expected = ["content-length: 9".to_owned(), format!("content-type: {content_type}")];
        assert_eq!(header_lines(response.headers()), expected);
        assert!(response.extensions().get::<Streaming>().is_none(), "{content_type}");
    }
    let twice = [EVENT_STREAM[0], ("content-type", "text/plain")];
    let response = respond(&SseLayer::new(), &BodyScript::default(), get(), &twice);
    assert_eq!(response.headers().len(), 2);
}

// Clients reject a stream with another status than 200.
#[test]
fn response_with_another_status_is_unchanged() {
    let layer = SseLayer::new().keep_alive(SseLayer::KEEP_ALIVE);
    for status in [101, 201, 204, 206, 301, 304, 404, 500, 503] {
        let response = call_handler(&layer, get(), |_| {
            let mut response = Response::new("data: a\n\n".to_owned());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response.headers_mut().insert("content-type", "Text/Event-Stream".parse().unwrap());
            response
        });
        assert_eq!(
            header_lines(response.headers()),
            ["content-type: Text/Event-Stream"],
            "{status}"
        );
        assert_eq!(http_body::Body::size_hint(response.body()).exact(), Some(9));
    }
}

// A response to `HEAD` has the headers of the response to `GET` (RFC 9110, section 9.3.2). A response to
// `CONNECT` is not a stream (section 9.3.6).
#[test]
fn stream_headers_are_set_for_head_and_not_for_connect() {
    for (method, has_headers) in
        [(Method::GET, true), (Method::POST, true), (Method::HEAD, true), (Method::CONNECT, false)]
    {
        let request = Request::builder().method(method.clone()).uri("/").body(()).unwrap();
        let response = respond(&SseLayer::new(), &BodyScript::default(), request, &EVENT_STREAM);
        assert_eq!(header_lines(response.headers()) == STREAM_HEADERS, has_headers, "{method}");
    }
}

#[test]
fn settings_replace_or_disable_each_header() {
    let private_stream = [EVENT_STREAM[0], ("cache-control", "private")];
    for (layer, headers, expected) in [
        (SseLayer::new().send_x_accel_buffering(false), &EVENT_STREAM[..], &STREAM_HEADERS[..2]),
        (
            SseLayer::new().keep_cache_control(true),
            &private_stream,
            &["cache-control: private", STREAM_HEADERS[1], STREAM_HEADERS[2]],
        ),
        (SseLayer::new().keep_cache_control(true), &EVENT_STREAM, &STREAM_HEADERS),
        (
            SseLayer::new().cache_control(HeaderValue::from_static("no-store")),
            &EVENT_STREAM,
            &["cache-control: no-store", STREAM_HEADERS[1], STREAM_HEADERS[2]],
        ),
    ] {
        let response = respond(&layer, &BodyScript::default(), get(), headers);
        assert_eq!(header_lines(response.headers()), expected);
    }
}

#[test]
fn other_streams_keep_their_type_and_length() {
    let layer = SseLayer::for_other_streams(["application/X-NDJSON", "text/plain"]).unwrap();
    let headers = [("content-type", "Application/x-ndjson; a=b"), ("content-length", "9")];
    let response = respond(&layer, &BodyScript::default(), get(), &headers);
    let expected = [
        STREAM_HEADERS[0],
        "content-length: 9",
        "content-type: Application/x-ndjson; a=b",
        STREAM_HEADERS[2],
    ];
    assert_eq!(header_lines(response.headers()), expected);
    assert!(response.extensions().get::<Streaming>().is_some());
    for other in ["text/event-stream", "application/json"] {
        let headers = [("content-type", other)];
        let response = respond(&layer, &BodyScript::default(), get(), &headers);
        assert_eq!(response.headers().len(), 1, "{other}");
    }
}

#[test]
fn invalid_media_type_reports_suggestion() {
    for (text, help) in [
        ("ndjson", "such as \"application/x-ndjson\""),
        ("", "such as"),
        ("text/*", "without parameters and \"*\""),
        ("text/plain; charset=utf-8", "without parameters"),
        (" text/plain", "such as"),
        ("Text/Event-Stream", "SseLayer::new"),
    ] {
        let error = SseLayer::for_other_streams(["text/plain", text]).unwrap_err();
        assert_eq!(error.input(), text);
        assert!(error.to_string().contains(help), "{error}");
    }
}

#[test]
fn predicate_reads_only_the_extensions() {
    for headers in [&EVENT_STREAM[..], &[]] {
        let response = respond(&SseLayer::new(), &BodyScript::default(), get(), headers);
        let (status, extensions) = (response.status(), response.extensions());
        let is_not = is_not_streaming(status, Version::HTTP_11, response.headers(), extensions);
        assert_eq!(is_not, headers.is_empty());
    }
}

#[test]
fn valid_last_event_id_is_in_the_extensions() {
    let longest = "7".repeat(LAST_EVENT_ID_BYTES);
    let too_long = "7".repeat(LAST_EVENT_ID_BYTES + 1);
    let five_thousand = "7".repeat(5000);
    for (lines, expected) in [
        (&[&b"17"[..]][..], Some(&b"17"[..])),
        // WPT, eventsource/format-field-id.any.js: UTF-8.
        (&["\u{2026}".as_bytes()], Some("\u{2026}".as_bytes())),
        (&[b"\xFF a"], Some(b"\xFF a")),
        (&[longest.as_bytes()], Some(longest.as_bytes())),
        (&[too_long.as_bytes()], None),
        (&[five_thousand.as_bytes()], None),
        (&[b""], None),
        (&[b"17", b"18"], None),
        (&[b"17", b"17"], None),
        (&[], None),
    ] {
        let mut request = Request::get("/?lastEventId=a%00b").body(()).unwrap();
        for line in lines {
            let value = HeaderValue::from_bytes(line).unwrap();
            request.headers_mut().append("last-event-id", value);
        }
        let mut seen = None;
        call_handler(&SseLayer::new(), request.clone(), |request| {
            seen = request.extensions().get::<LastEventId>().cloned();
            Response::new(String::new())
        });
        assert_eq!(seen.as_ref().map(LastEventId::as_bytes), expected);
        assert_eq!(seen, LastEventId::from_request(&request));
        if let Some(id) = seen {
            assert_eq!(id.to_str().ok(), expected.and_then(|id| std::str::from_utf8(id).ok()));
        }
        let lines = SseLayer::for_other_streams(["text/plain"]).unwrap();
        call_handler(&lines, request, |request| {
            assert!(request.extensions().get::<LastEventId>().is_none());
            Response::new(String::new())
        });
    }
}

// Some clients cannot set the header.
#[test]
fn last_event_id_parameter_is_read_from_the_query() {
    let longest = "7".repeat(LAST_EVENT_ID_BYTES);
    let encoded = "%37".repeat(LAST_EVENT_ID_BYTES);
    let too_long = "7".repeat(LAST_EVENT_ID_BYTES + 1);
    for (query, header, expected) in [
        ("id=17", None, Some("17")),
        ("a&id=17&b=id", None, Some("17")),
        ("id=%E2%80%a6+%2B", None, Some("\u{2026} +")),
        ("id==", None, Some("=")),
        (&*format!("id={longest}"), None, Some(&*longest)),
        (&*format!("id={encoded}"), None, Some(&*longest)),
        (&*format!("id={too_long}"), None, None),
        ("id=a%00b", None, None),
        ("id=a%0Ab", None, None),
        ("id=a%0db", None, None),
        // The URL standard's form parser decodes these in the same way.
        ("id=%", None, Some("%")),
        ("id=%1", None, Some("%1")),
        ("id=%zz", None, Some("%zz")),
        ("id=%+1", None, Some("% 1")),
        ("id=", None, None),
        ("id", None, None),
        ("ID=17", None, None),
        ("id=17&id=18", None, None),
        ("", None, None),
        // The header takes precedence, even if it is invalid.
        ("id=17", Some("18"), Some("18")),
        ("id=17", Some(&*too_long), None),
    ] {
        let mut request = Request::get(format!("/?{query}")).body(()).unwrap();
        if let Some(header) = header {
            request.headers_mut().insert("last-event-id", header.parse().unwrap());
        }
        let (mut seen, mut lines) = (None, Vec::new());
        call_handler(&SseLayer::new().last_event_id_parameter("id"), request, |request| {
            seen = request.extensions().get::<LastEventId>().cloned();
            let values = request.headers().get_all("last-event-id").iter();
            lines = values.map(|value| value.as_bytes().to_vec()).collect();
            Response::new(String::new())
        });
        let expected = expected.map(str::as_bytes);
        assert_eq!(seen.as_ref().map(LastEventId::as_bytes), expected, "{query}");
        // R28: services that do not read the extension find the id in the header. A request's own header stays.
        let line = header.map(str::as_bytes).or(expected);
        assert_eq!(lines, line.into_iter().collect::<Vec<_>>(), "{query}");
    }
}

// mercure#535, #538; EventSource/eventsource#75.
#[test]
fn preset_allows_the_preflight_of_an_event_stream() {
    const PAGE: &str = "https://app.example.com";
    let rule = || Rule::for_origins([PAGE]);
    for (rule, outcome) in [
        (rule(), Outcome::PreflightRejected),
        (rule().allow_sse_over_fetch(), Outcome::PreflightAllowed),
    ] {
        let policy = CorsPolicy::new(rule).unwrap();
        let request = Request::options("/")
            .header("origin", PAGE)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "cache-control,last-event-id")
            .body(())
            .unwrap();
        assert_eq!(policy.decide(&RequestHead::from(&request)).outcome(), outcome);
    }
}

#[test]
fn error_and_wrapped_service_are_unchanged() {
    let failing = service_fn(|_: Request<()>| ready(Err::<Response<String>, _>("broken")));
    let mut service = SseLayer::new().layer(failing);
    let waker = Waker::noop();
    assert_eq!(service.poll_ready(&mut Context::from_waker(waker)), Poll::Ready(Ok(())));
    let future = pin!(service.call(get()));
    match future.poll(&mut Context::from_waker(waker)) {
        Poll::Ready(Err(error)) => assert_eq!(error, "broken"),
        other => panic!("{other:?}"),
    }
    let mut service = SseLayer::new().layer(7);
    assert_eq!(*service.get_ref(), 7);
    *service.get_mut() = 8;
    assert_eq!(service.into_inner(), 8);
}

#[test]
fn push_types_are_send_and_sync() {
    fn assert_send_sync_unpin<T: Send + Sync + Unpin + 'static>() {}
    assert_send_sync_unpin::<SseLayer>();
    assert_send_sync_unpin::<Sse<()>>();
    assert_send_sync_unpin::<SseFuture<()>>();
    assert_send_sync_unpin::<SseBody<()>>();
    assert_send_sync_unpin::<Shutdown>();
    assert_send_sync_unpin::<Event>();
    assert_send_sync_unpin::<LastEventId>();
}

fn call_handler(
    layer: &SseLayer,
    request: Request<()>,
    mut handler: impl FnMut(&Request<()>) -> Response<String>,
) -> Response<SseBody<String>> {
    let inner = service_fn(|request: Request<()>| ready(Ok::<_, Infallible>(handler(&request))));
    block_on(layer.layer(inner).call(request)).unwrap()
}
