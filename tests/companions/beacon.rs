//! Pings and the responses to them. COMPANIONS, section 4, B1 to B6 and its tests.

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

const PING_HEADERS: [&str; 3] = [
    "cache-control: no-store",
    "cross-origin-resource-policy: cross-origin",
    "x-content-type-options: nosniff",
];

#[test]
fn response_depends_on_the_method_and_has_ping_headers() {
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
    for (method, responds_with_image, status, lines, body, is_received) in cases {
        let (beacon, pings) = recording_beacon();
        let beacon = beacon.respond_with_image(responds_with_image);
        let response = send(&beacon, Request::builder().method(method));
        assert_eq!(response.status, status, "{method}");
        assert_eq!(response.lines, [&PING_HEADERS[..], lines].concat().sorted(), "{method}");
        assert_eq!(response.body, body, "{method}");
        assert_eq!(pings.try_iter().count(), usize::from(is_received), "{method}");
    }
}

// A request with `Range` gets the whole image.
#[test]
fn range_request_gets_the_whole_image() {
    let (beacon, _pings) = recording_beacon();
    let response =
        send(&beacon.respond_with_image(true), Request::get("/").header("range", "bytes=0-1"));
    assert_eq!((response.status, &*response.body), (StatusCode::OK, GIF));
}

#[test]
fn compression_does_not_change_responses() {
    let (beacon, _pings) = recording_beacon();
    for beacon in [beacon.clone(), beacon.respond_with_image(true)] {
        let service = CompressionLayer::new().layer(beacon);
        let request = Request::get("/").header("accept-encoding", "gzip").body(body("")).unwrap();
        let response = block_on(service.oneshot(request)).unwrap();
        assert!(!response.headers().contains_key("content-encoding"));
    }
}

// B4: one set allows preflights, credentials and pings.
#[test]
fn outer_cors_layer_allows_beacons_of_the_set() {
    let set = OriginSet::parse([APP]).unwrap();
    let shared: &[&str] = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
    ];
    let mut allowed =
        [shared, &["access-control-allow-headers: content-type", "access-control-max-age: 600"]]
            .concat();
    allowed.sort_unstable();
    let mut failing = [
        shared,
        &["access-control-allow-headers: content-type", "access-control-allow-methods: GET"],
    ]
    .concat();
    failing.sort_unstable();
    let preflight = "origin, access-control-request-method, access-control-request-headers";
    let (post, origin_only) = (|| Request::post("/"), "origin");
    let preflight_for = |origin: &str, headers: &str| {
        Request::options("/")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", headers)
    };
    let cases: [(request::Builder, u16, &str, &[&str], bool); 11] = [
        (preflight_for(APP, "content-type"), 204, preflight, &allowed, false),
        (preflight_for(APP, "content-type,x-id"), 204, preflight, &failing, false),
        (preflight_for(EVIL, "content-type"), 403, preflight, &[], false),
        (post().header("origin", APP), 204, origin_only, shared, true),
        (post().header("origin", EVIL), 204, origin_only, &[], false),
        (post().header("origin", "null"), 204, origin_only, &[], false),
        (post(), 204, origin_only, &[], false),
        (
            post().header("origin", APP).header("content-length", "65537"),
            413,
            origin_only,
            shared,
            false,
        ),
        (Request::put("/").header("origin", APP), 405, origin_only, shared, false),
        // An image: no `Origin`, but a `Referer`.
        (Request::get("/").header("referer", format!("{APP}/")), 204, origin_only, &[], true),
        (
            Request::get("/").header("referer", format!("{EVIL}/?{APP}/")),
            204,
            origin_only,
            &[],
            false,
        ),
    ];
    for (request, status, vary, lines, is_received) in cases {
        let shown = format!("{request:?}");
        let (beacon, pings) = recording_beacon();
        let policy = CorsPolicy::new(Rule::for_origins(set.clone()).allow_beacons()).unwrap();
        let service = ServiceBuilder::new()
            .layer(CorsLayer::new(policy))
            .service(beacon.allow_origins(set.clone()));
        let response = block_on(service.oneshot(request.body(body("left")).unwrap())).unwrap();
        assert_eq!(response.status(), status, "{shown}");
        assert_eq!(response.headers()["vary"], vary, "{shown}");
        let is_cors = |line: &String| line.starts_with("access-control-");
        let cors: Vec<String> =
            header_lines(response.headers()).into_iter().filter(is_cors).collect();
        assert_eq!(cors, lines, "{shown}");
        assert_eq!(pings.try_iter().count(), usize::from(is_received), "{shown}");
    }
}

// B6: the response does not reveal whether the sink receives the ping.
#[test]
fn response_is_the_same_for_every_origin() {
    let (beacon, pings) = recording_beacon();
    let beacon = beacon.allow_origins(OriginSet::parse([APP]).unwrap());
    let [allowed, other] =
        [APP, EVIL].map(|origin| send(&beacon, Request::post("/").header("origin", origin)));
    assert_eq!(allowed, other);
    assert_eq!((pings.try_iter().count(), beacon.dropped()), (1, 0));
    // Several calls add their origins.
    let (beacon, pings) = recording_beacon();
    let [app, evil] = [APP, EVIL].map(|origin| OriginSet::parse([origin]).unwrap());
    let beacon = beacon.allow_origins(&app).allow_origins(evil);
    send(&beacon, Request::post("/").header("origin", APP));
    send(&beacon, Request::post("/").header("origin", EVIL));
    assert_eq!(pings.try_iter().count(), 2);
    // Without allowed origins, every ping is accepted.
    let (beacon, pings) = recording_beacon();
    send(&beacon, Request::post("/").header("origin", EVIL));
    assert_eq!(pings.try_iter().count(), 1);
}

#[test]
fn ping_origin_comes_from_origin_or_referer() {
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
        // An `Origin` header takes precedence over `Referer`, even if it is empty.
        (&[("origin", EVIL), ("referer", "https://app.example.com/")], Some(EVIL)),
        (&[("origin", ""), ("referer", "https://app.example.com/")], None),
    ];
    for (headers, expected) in cases {
        let (beacon, pings) = recording_beacon();
        let request = headers
            .iter()
            .fold(Request::get("/"), |request, (name, value)| request.header(*name, *value));
        send(&beacon, request);
        let ping = pings.recv().unwrap();
        assert_eq!(ping.origin().map(|origin| origin.as_str()), expected, "{headers:?}");
    }
    let (beacon, pings) = recording_beacon();
    send(
        &beacon,
        Request::get("/")
            .header("referer", "https://a.example/b")
            .header("sec-fetch-site", "cross-site"),
    );
    let ping = pings.recv().unwrap();
    assert_eq!(ping.referer().unwrap(), "https://a.example/b");
    assert_eq!(ping.sec_fetch_site().unwrap(), "cross-site");
}

// B5: the limit holds with and without a declared length.
#[test]
fn body_beyond_the_limit_is_rejected() {
    const LIMIT: usize = 65_536;
    let long = |length: usize| Request::post("/").body(body(&"x".repeat(length))).unwrap();
    for (length, status) in [(0, 204), (LIMIT, 204), (LIMIT + 1, 413)] {
        let (beacon, pings) = recording_beacon();
        assert_eq!(block_on(beacon.oneshot(long(length))).unwrap().status(), status, "{length}");
        let read = pings.try_iter().map(|ping| read_body(ping).unwrap().len());
        assert_eq!(read.collect::<Vec<_>>(), if status == 204 { vec![length] } else { vec![] });
    }
    // A body of unknown length gets a 204. Reading it fails at the limit.
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
        // The body has ended after the error.
        assert!(block_on(read.frame()).is_none());
    }
}

#[test]
fn max_bytes_replaces_the_limit() {
    let (beacon, pings) = recording_beacon();
    let beacon = beacon.max_bytes(4);
    for (text, status) in [("four", 204), ("fives", 413)] {
        let request = Request::post("/").body(body(text)).unwrap();
        assert_eq!(block_on(beacon.clone().oneshot(request)).unwrap().status(), status);
    }
    assert_eq!(read_body(pings.recv().unwrap()).unwrap(), "four");
    let error = PingBodyError::<Infallible>::TooLong { limit: 4 };
    assert_eq!(
        error.to_string(),
        "the body of the ping is longer than 4 bytes; raise `max_bytes` to accept it"
    );
    let error = PingBodyError::Inner("gone".parse::<u8>().unwrap_err());
    assert_eq!(
        error.to_string(),
        "the body of the ping cannot be read: invalid digit found in string"
    );
    assert!(error.source().is_some());
}

// A full queue does not delay the response. All clones share the count.
#[test]
fn ping_dropped_by_the_sink_is_counted() {
    let (sender, pings) = sync_channel::<Ping<Full<Bytes>>>(2);
    let beacon = Beacon::new(move |ping| sender.try_send(ping).into());
    let responses: Vec<Received> =
        (0..5).map(|_| send(&beacon.clone(), Request::get("/"))).collect();
    assert!(responses.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!((pings.try_iter().count(), beacon.dropped()), (2, 3));
    drop(pings);
    assert_eq!(send(&beacon, Request::get("/")).status, 204);
    assert_eq!(beacon.dropped(), 4);
}

// The drop of the body stops the client's upload.
#[test]
fn dropped_ping_drops_its_body() {
    let token = std::sync::Arc::new(());
    let beacon = Beacon::new(|_: Ping<BodyWithToken>| Delivery::Dropped);
    let request = Request::post("/").body(BodyWithToken(token.clone())).unwrap();
    block_on(beacon.oneshot(request)).unwrap();
    assert_eq!(std::sync::Arc::strong_count(&token), 1);
}

#[test]
fn layer_replaces_the_headers_of_the_handler() {
    let response_with = |name: &'static str, value: &'static str| {
        Response::builder().header(name, value).header("x-own", "1").body(()).unwrap()
    };
    for (name, value) in [
        ("x-other", "1"),
        ("cache-control", "max-age=60"),
        ("etag", "\"1\""),
        ("last-modified", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "none"),
    ] {
        let mut response = response_with(name, value);
        // A second field line, which would make the header invalid.
        response.headers_mut().append("cross-origin-resource-policy", "same-site".parse().unwrap());
        let inner = service_fn(move |_: Request<()>| {
            let response = response.clone();
            async { Ok::<_, Infallible>(response) }
        });
        let response = block_on(BeaconLayer::new().layer(inner).oneshot(Request::new(()))).unwrap();
        let mut expected = [&PING_HEADERS[..], &["x-own: 1"]].concat();
        if name == "x-other" {
            expected.push("x-other: 1");
        }
        assert_eq!(header_lines(response.headers()), expected.sorted(), "{name}");
    }
}

#[tokio::test]
async fn tokio_channel_is_a_sink() {
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
fn beacon_types_are_send_and_sync() {
    fn assert_send_sync<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    let (beacon, _pings) = recording_beacon();
    assert_send_sync(&beacon);
    assert_send_sync(&BeaconLayer::new().layer(beacon));
}

fn recording_beacon()
-> (Beacon<impl PingSink<Full<Bytes>> + Send + Sync + 'static>, Receiver<Ping<Full<Bytes>>>) {
    let (sender, pings) = sync_channel(8);
    (Beacon::new(move |ping| sender.try_send(ping).into()), pings)
}

#[derive(Debug, PartialEq)]
struct Received {
    status: StatusCode,
    lines: Vec<String>,
    body: Bytes,
}

fn send<K: PingSink<Full<Bytes>>>(beacon: &Beacon<K>, request: request::Builder) -> Received {
    let request = request.body(body("")).unwrap();
    let response = block_on(beacon.clone().oneshot(request)).unwrap();
    let (head, body) = response.into_parts();
    let body = block_on(body.collect()).unwrap().to_bytes();
    Received { status: head.status, lines: header_lines(&head.headers), body }
}

fn read_body(ping: Ping<Full<Bytes>>) -> Result<Bytes, PingBodyError<Infallible>> {
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

/// A body of `left` zero bytes, in chunks and without a known length.
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

/// A body whose drop is visible in the reference count of the token.
#[derive(Debug)]
struct BodyWithToken(std::sync::Arc<()>);

impl Body for BodyWithToken {
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
