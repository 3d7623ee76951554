//! Pings and their answers. COMPANIONS, section 4, B1 to B6 and its tests.

use std::{
    convert::Infallible,
    error::Error,
    pin::Pin,
    sync::mpsc::{Receiver, sync_channel},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_cross_origin::{
    beacon::{Beacon, BeaconLayer, Delivery, Ping, PingBodyError, PingSink},
    cors::{CorsLayer, CorsPolicy, Rule},
    origin::OriginSet,
};
use tower_http::compression::CompressionLayer;

use crate::support::{APP, EVIL, block_on, header_lines};

const GIF: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xff, 0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b,
];

const MARKS: [&str; 3] = [
    "cache-control: no-store",
    "cross-origin-resource-policy: cross-origin",
    "x-content-type-options: nosniff",
];

#[test]
fn an_answer_is_short_and_says_what_a_ping_needs() {
    type Case = (&'static str, bool, u16, &'static [&'static str], &'static [u8], bool);
    const GIF_LINES: &[&str] = &["content-length: 43", "content-type: image/gif"];
    const ALLOW: &[&str] = &["allow: GET, HEAD, POST, OPTIONS"];
    #[rustfmt::skip]
    let cases: [Case; 12] = [
        ("GET", false, 204, &[], b"", true),
        ("GET", true, 200, GIF_LINES, GIF, true),
        ("HEAD", false, 204, &[], b"", false),
        ("HEAD", true, 200, GIF_LINES, b"", false),
        ("POST", false, 204, &[], b"", true),
        ("POST", true, 204, &[], b"", true),
        ("OPTIONS", false, 204, ALLOW, b"", false),
        ("OPTIONS", true, 204, ALLOW, b"", false),
        ("PUT", false, 405, ALLOW, b"", false),
        ("DELETE", true, 405, ALLOW, b"", false),
        ("CONNECT", false, 405, ALLOW, b"", false),
        ("get", true, 405, ALLOW, b"", false),
    ];
    for (method, gives_images, status, lines, body, is_taken) in cases {
        let (beacon, pings) = recorded();
        let beacon = beacon.respond_with_image(gives_images);
        let answer = ask(&beacon, Request::builder().method(method));
        assert_eq!(answer.status, status, "{method}");
        assert_eq!(answer.lines, [&MARKS[..], lines].concat().sorted(), "{method}");
        assert_eq!(answer.body, body, "{method}");
        assert_eq!(pings.try_iter().count(), usize::from(is_taken), "{method}");
    }
}

/// What a browser is sent is no range of it, whoever asks for one.
#[test]
fn a_range_is_the_whole_image() {
    let (beacon, _pings) = recorded();
    let answer =
        ask(&beacon.respond_with_image(true), Request::get("/").header("range", "bytes=0-1"));
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, GIF));
}

#[test]
fn compression_leaves_the_answers_alone() {
    let (beacon, _pings) = recorded();
    for beacon in [beacon.clone(), beacon.respond_with_image(true)] {
        let service = CompressionLayer::new().layer(beacon);
        let request = Request::get("/").header("accept-encoding", "gzip").body(body("")).unwrap();
        let answer = block_on(service.oneshot(request)).unwrap();
        assert!(!answer.headers().contains_key("content-encoding"));
    }
}

/// B4: with its preflight and credentials, by one set.
#[test]
fn cors_outside_grants_beacons_of_the_set() {
    let set = OriginSet::parse([APP]).unwrap();
    let shared: &[&str] = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
    ];
    let mut granted =
        [shared, &["access-control-allow-headers: content-type", "access-control-max-age: 600"]]
            .concat();
    granted.sort_unstable();
    let preflight = "origin, access-control-request-method, access-control-request-headers";
    let (post, actual) = (|| Request::post("/"), "origin");
    let asks = |origin: &str, headers: &str| {
        Request::options("/")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", headers)
    };
    let cases: [(request::Builder, u16, &str, &[&str], bool); 11] = [
        (asks(APP, "content-type"), 204, preflight, &granted, false),
        (asks(APP, "content-type,x-id"), 403, preflight, &[], false),
        (asks(EVIL, "content-type"), 403, preflight, &[], false),
        (post().header("origin", APP), 204, actual, shared, true),
        (post().header("origin", EVIL), 204, actual, &[], false),
        (post().header("origin", "null"), 204, actual, &[], false),
        (post(), 204, actual, &[], false),
        (
            post().header("origin", APP).header("content-length", "65537"),
            413,
            actual,
            shared,
            false,
        ),
        (Request::put("/").header("origin", APP), 405, actual, shared, false),
        // An image: no `Origin`, but a `Referer`.
        (Request::get("/").header("referer", format!("{APP}/")), 204, actual, &[], true),
        (Request::get("/").header("referer", format!("{EVIL}/?{APP}/")), 204, actual, &[], false),
    ];
    for (request, status, vary, lines, is_taken) in cases {
        let shown = format!("{request:?}");
        let (beacon, pings) = recorded();
        let policy = CorsPolicy::new(Rule::for_origins(set.clone()).allow_beacons()).unwrap();
        let service = ServiceBuilder::new()
            .layer(CorsLayer::new(policy))
            .service(beacon.allow_origins(set.clone()));
        let answer = block_on(service.oneshot(request.body(body("left")).unwrap())).unwrap();
        assert_eq!(answer.status(), status, "{shown}");
        assert_eq!(answer.headers()["vary"], vary, "{shown}");
        let is_cors = |line: &String| line.starts_with("access-control-");
        let cors: Vec<String> =
            header_lines(answer.headers()).into_iter().filter(is_cors).collect();
        assert_eq!(cors, lines, "{shown}");
        assert_eq!(pings.try_iter().count(), usize::from(is_taken), "{shown}");
    }
}

/// B6: whose pings are taken cannot be learned from the answers.
#[test]
fn answer_is_the_same_for_every_origin() {
    let (beacon, pings) = recorded();
    let beacon = beacon.allow_origins(OriginSet::parse([APP]).unwrap());
    let [welcome, other] =
        [APP, EVIL].map(|origin| ask(&beacon, Request::post("/").header("origin", origin)));
    assert_eq!(welcome, other);
    assert_eq!((pings.try_iter().count(), beacon.dropped()), (1, 0));
    // Origins add up.
    let (beacon, pings) = recorded();
    let [app, evil] = [APP, EVIL].map(|origin| OriginSet::parse([origin]).unwrap());
    let beacon = beacon.allow_origins(&app).allow_origins(evil);
    ask(&beacon, Request::post("/").header("origin", APP));
    ask(&beacon, Request::post("/").header("origin", EVIL));
    assert_eq!(pings.try_iter().count(), 2);
    // Without allowed origins, every ping is accepted.
    let (beacon, pings) = recorded();
    ask(&beacon, Request::post("/").header("origin", EVIL));
    assert_eq!(pings.try_iter().count(), 1);
}

#[test]
fn a_ping_says_who_it_is_as_far_as_it_does() {
    type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);
    let app = Some(APP);
    #[rustfmt::skip]
    let cases: [Case; 17] = [
        (&[], None),
        (&[("origin", APP)], app),
        (&[("origin", "null")], Some("null")),
        (&[("origin", "HTTPS://APP.EXAMPLE.COM")], None),
        (&[("origin", APP), ("origin", EVIL)], None),
        (&[("referer", "https://app.example.com/")], app),
        (&[("referer", "https://app.example.com/a?b#c")], app),
        (&[("referer", "https://app.example.com")], app),
        (&[("referer", "https://app.example.com?https://evil.example/")], app),
        (&[("referer", "https://app.example.com:8443/a")], Some("https://app.example.com:8443")),
        (&[("referer", "https://user@app.example.com/")], None),
        (&[("referer", "/https://app.example.com/")], None),
        (&[("referer", "about:blank")], None),
        (&[("referer", "")], None),
        (&[("referer", "https://app.example.com/"), ("referer", "https://evil.example/")], None),
        // What it says itself counts, even where that says nothing.
        (&[("origin", EVIL), ("referer", "https://app.example.com/")], Some(EVIL)),
        (&[("origin", ""), ("referer", "https://app.example.com/")], None),
    ];
    for (headers, expected) in cases {
        let (beacon, pings) = recorded();
        let request = headers
            .iter()
            .fold(Request::get("/"), |request, (name, value)| request.header(*name, *value));
        ask(&beacon, request);
        let ping = pings.recv().unwrap();
        assert_eq!(ping.origin().map(|origin| origin.as_str()), expected, "{headers:?}");
    }
    let (beacon, pings) = recorded();
    ask(
        &beacon,
        Request::get("/")
            .header("referer", "https://a.example/b")
            .header("sec-fetch-site", "cross-site"),
    );
    let ping = pings.recv().unwrap();
    assert_eq!(ping.referer().unwrap(), "https://a.example/b");
    assert_eq!(ping.sec_fetch_site().unwrap(), "cross-site");
}

/// B5: whatever the request says of its length.
#[test]
fn a_body_has_a_bound() {
    const LIMIT: usize = 65_536;
    let long = |length: usize| Request::post("/").body(body(&"x".repeat(length))).unwrap();
    for (length, status) in [(0, 204), (LIMIT, 204), (LIMIT + 1, 413)] {
        let (beacon, pings) = recorded();
        assert_eq!(block_on(beacon.oneshot(long(length))).unwrap().status(), status, "{length}");
        let read = pings.try_iter().map(|ping| read(ping).unwrap().len());
        assert_eq!(read.collect::<Vec<_>>(), if status == 204 { vec![length] } else { vec![] });
    }
    // Who does not say it is answered before anybody knows, and is read so far and no further.
    for (length, is_read) in
        [(0, true), (LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false), (LIMIT * 4, false)]
    {
        let (sender, pings) = sync_channel::<Ping<Chunks>>(1);
        let beacon = Beacon::new(move |ping| sender.try_send(ping).into());
        let request = Request::post("/").body(Chunks { left: length }).unwrap();
        assert_eq!(block_on(beacon.oneshot(request)).unwrap().status(), 204);
        let mut read = pings.recv().unwrap().into_request().into_body();
        let mut bytes = 0;
        let error = loop {
            match block_on(read.frame()) {
                Some(Ok(frame)) => bytes += frame.into_data().unwrap().len(),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        let expected = (!is_read).then_some(PingBodyError::TooLong { limit: 65_536 });
        assert_eq!(error, expected, "{length}");
        assert!(bytes <= LIMIT && (bytes == length) == is_read, "{bytes} of {length}");
        // Nothing more is read of it.
        assert!(block_on(read.frame()).is_none());
    }
}

#[test]
fn a_bound_of_ones_own() {
    let (beacon, pings) = recorded();
    let beacon = beacon.max_bytes(4);
    for (text, status) in [("four", 204), ("fives", 413)] {
        let request = Request::post("/").body(body(text)).unwrap();
        assert_eq!(block_on(beacon.clone().oneshot(request)).unwrap().status(), status);
    }
    assert_eq!(read(pings.recv().unwrap()).unwrap(), "four");
    let error = PingBodyError::<Infallible>::TooLong { limit: 4 };
    assert_eq!(error.to_string(), "a ping of more than 4 bytes");
    let error = PingBodyError::Inner("gone".parse::<u8>().unwrap_err());
    assert_eq!(error.to_string(), "a ping that broke off: invalid digit found in string");
    assert!(error.source().is_some());
}

/// A sink that is full delays no answer, and what it has no room for is counted, by all clones together.
#[test]
fn ping_dropped_by_the_sink_is_counted() {
    let (sender, pings) = sync_channel::<Ping<Full<Bytes>>>(2);
    let beacon = Beacon::new(move |ping| sender.try_send(ping).into());
    let answers: Vec<Answer> = (0..5).map(|_| ask(&beacon.clone(), Request::get("/"))).collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!((pings.try_iter().count(), beacon.dropped()), (2, 3));
    drop(pings);
    assert_eq!(ask(&beacon, Request::get("/")).status, 204);
    assert_eq!(beacon.dropped(), 4);
}

/// Its body goes with it, so that its sender sees that nobody reads on.
#[test]
fn a_dropped_ping_holds_nothing() {
    let held = std::sync::Arc::new(());
    let offered = Beacon::new(|_: Ping<Holding>| Delivery::Dropped);
    let request = Request::post("/").body(Holding(held.clone())).unwrap();
    block_on(offered.oneshot(request)).unwrap();
    assert_eq!(std::sync::Arc::strong_count(&held), 1);
}

#[test]
fn a_handler_gets_the_headers_that_its_answers_need() {
    let own = |name: &'static str, value: &'static str| {
        Response::builder().header(name, value).header("x-own", "kept").body(()).unwrap()
    };
    for (name, value) in [
        ("x-other", "1"),
        ("cache-control", "max-age=60"),
        ("etag", "\"1\""),
        ("last-modified", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "none"),
    ] {
        let mut response = own(name, value);
        // A second line, which would be another meaning, or none.
        response.headers_mut().append("cross-origin-resource-policy", "same-site".parse().unwrap());
        let inner = service_fn(move |_: Request<()>| {
            let response = response.clone();
            async { Ok::<_, Infallible>(response) }
        });
        let answer = block_on(BeaconLayer::new().layer(inner).oneshot(Request::new(()))).unwrap();
        let mut expected = [&MARKS[..], &["x-own: kept"]].concat();
        if name == "x-other" {
            expected.push("x-other: 1");
        }
        assert_eq!(header_lines(answer.headers()), expected.sorted(), "{name}");
    }
}

#[tokio::test]
async fn the_queue_of_tokio_is_a_sink() {
    let (sender, mut pings) = tokio::sync::mpsc::channel::<Ping<Full<Bytes>>>(1);
    let beacon = Beacon::new(move |ping| sender.try_send(ping).into());
    for _ in 0..2 {
        beacon.clone().oneshot(Request::post("/").body(body("hello")).unwrap()).await.unwrap();
    }
    assert_eq!(beacon.dropped(), 1);
    let ping = pings.recv().await.unwrap();
    let read = ping.into_request().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(read, "hello");
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn is<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    let (beacon, _pings) = recorded();
    is(&beacon);
    is(&BeaconLayer::new().layer(beacon));
}

fn recorded()
-> (Beacon<impl PingSink<Full<Bytes>> + Send + Sync + 'static>, Receiver<Ping<Full<Bytes>>>) {
    let (sender, pings) = sync_channel(8);
    (Beacon::new(move |ping| sender.try_send(ping).into()), pings)
}

#[derive(Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    lines: Vec<String>,
    body: Bytes,
}

fn ask<K: PingSink<Full<Bytes>>>(beacon: &Beacon<K>, request: request::Builder) -> Answer {
    let request = request.body(body("")).unwrap();
    let answer = block_on(beacon.clone().oneshot(request)).unwrap();
    let (head, body) = answer.into_parts();
    let body = block_on(body.collect()).unwrap().to_bytes();
    Answer { status: head.status, lines: header_lines(&head.headers), body }
}

fn read(ping: Ping<Full<Bytes>>) -> Result<Bytes, PingBodyError<Infallible>> {
    Ok(block_on(ping.into_request().into_body().collect())?.to_bytes())
}

fn body(text: &str) -> Full<Bytes> {
    Full::new(text.to_owned().into())
}

trait Sorted {
    fn sorted(self) -> Self;
}

impl<T: Ord> Sorted for Vec<T> {
    fn sorted(mut self) -> Self {
        self.sort();
        self
    }
}

/// So many bytes, in chunks, and nobody knows before.
#[derive(Debug)]
struct Chunks {
    left: usize,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.left.min(10_000);
        self.left -= length;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(vec![0; length].into()))))
    }
}

/// Known to somebody as long as it is there.
#[derive(Debug)]
struct Holding(std::sync::Arc<()>);

impl Body for Holding {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let _ = &self.0;
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(7)
    }
}
