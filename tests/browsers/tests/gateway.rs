//! Tests the gateway in front of a test server: forwarding, rejections, and policy changes at runtime.

#[path = "gateway/by_path.rs"]
mod by_path;
#[path = "gateway/mod.rs"]
mod gateway;
#[path = "gateway/service_origins.rs"]
mod service_origins;

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result, ensure};
use browsers::{Browser, Engine, Example};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use gateway::{
    client::{Connection, LIMIT, cors, curl, raw},
    policy::PolicyFile,
    upstream::Upstream,
};
use http::{HeaderMap, Method, Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::{body::Incoming, ext::Protocol};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

browsers::test_in_engines!(pages_in_a_browser_follow_the_active_policy);

#[tokio::test]
async fn bodies_and_trailers_are_streamed_both_ways() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let mut connection = Connection::open(gateway.address(), version).await?;
            let mut request = Request::post("/echo").header("te", "trailers");
            if version == Version::HTTP_11 {
                request = request.header("connection", "te");
            }
            // Over HTTP/1.1, hyper forwards only announced trailers.
            let request = request.header("trailer", "x-sum").body(())?;
            let (mut frames, response) = connection.begin(request).await?;
            frames.send_data("first".into()).await?;
            let mut body = response.await?.into_body();
            assert_eq!(data(&mut body).await?, "first", "{options:?}, {version:?}");
            // The second frame is sent after the first one has come back, so no side buffers the body.
            frames.send_data("second".into()).await?;
            assert_eq!(data(&mut body).await?, "second", "{options:?}, {version:?}");
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", "11".parse()?);
            frames.send_trailers(trailers.clone()).await?;
            drop(frames);
            let last = timeout(LIMIT, body.frame()).await?.context("trailers are missing")??;
            let last = last.into_trailers().ok().context("expected trailers")?;
            assert_eq!(last, trailers, "{options:?}, {version:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_requests_are_dropped_at_the_upstream() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let mut connection = Connection::open(gateway.address(), version).await?;
            let stream = connection.send(Request::get("/stream").body(())?).await?;
            let mut body = stream.into_body();
            assert_eq!(data(&mut body).await?, "first");
            drop((body, connection));
            assert_eq!(upstream.event().await?, "stream dropped", "{options:?}, {version:?}");
            // The upstream never sends the head of this response.
            let mut connection = Connection::open(gateway.address(), version).await?;
            let (frames, response) = connection.begin(Request::post("/hold").body(())?).await?;
            drop(frames);
            assert_eq!(upstream.event().await?, "request received", "{options:?}, {version:?}");
            drop((response, connection));
            assert_eq!(upstream.event().await?, "request dropped", "{options:?}, {version:?}");
        }
    }
    Ok(())
}

// HTTP/2 recommends a limit of at least 100 streams per connection. The upstream allows 200 streams.
#[tokio::test]
async fn endless_streams_do_not_block_other_requests() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut connection = Connection::open(gateway.address(), Version::HTTP_2).await?;
            for _ in 0..100 {
                let stream = connection.send(Request::get("/stream").body(())?).await?;
                let mut body = stream.into_body();
                assert_eq!(data(&mut body).await?, "first", "{options:?}");
                streams.push(body);
            }
            streams.push(connection.send(Request::get("/count").body(())?).await?.into_body());
        }
    }
    Ok(())
}

#[tokio::test]
async fn restarted_upstream_is_reached_again() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    for options in [&[][..], &["--upstream-http2"]] {
        let mut upstream = Upstream::start().await?;
        let gateway = file.gateway(upstream.address(), options).await?;
        for _ in 0..3 {
            assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{options:?}");
            let port = upstream.end().await?;
            assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 502, "{options:?}");
            upstream = Upstream::start_at(port).await?;
        }
        assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{options:?}");
        // The gateway has not yet noticed that its old connections are closed.
        upstream = Upstream::start_at(upstream.end().await?).await?;
        assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{options:?}");
        drop(upstream);
    }
    Ok(())
}

#[tokio::test]
async fn hop_by_hop_headers_are_removed() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    let hop_by_hop = [
        &["/seen?a=%2f", "-H", "User-Agent:", "-H", "Accept: a/b", "-H", "Connection: x-one, TE"],
        &["-H", "X-One: 1", "-H", "X-Two: 2", "-H", "TE: gzip, trailers", "-H", "Upgrade: h2c"][..],
        &["-H", "Keep-Alive: timeout=5", "-H", "Proxy-Connection: keep-alive"],
        &["-H", "Host: api.example:8080", "-H", "X-Forwarded-For: 192.0.2.7"],
        &["-H", "Via: 1.1 other", "-H", "Cookie: a=1; b=2"],
    ];
    let hop_by_hop = hop_by_hop.concat();
    // HTTP/2 requests must not contain hop-by-hop headers.
    let end_to_end = [
        &["/seen?a=%2f", "-H", "User-Agent:", "-H", "Accept: a/b", "-H", "X-Two: 2"],
        &["-H", "TE: trailers", "-H", "Host: api.example:8080"][..],
        // Browsers may split cookies in HTTP/2: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
        &["-H", "Cookie: a=1", "-H", "Cookie: b=2"],
        &["-H", "X-Forwarded-For: 192.0.2.7", "-H", "Via: 1.1 other"],
    ];
    let end_to_end = end_to_end.concat();
    let seen = |line: &str, http1: bool, via: &str| {
        let connection = if http1 { "connection: te\n" } else { "" };
        let host = if http1 { "host: api.example:8080\n" } else { "" };
        format!(
            "{line}\naccept: a/b\n{connection}cookie: a=1; b=2\n{host}te: trailers\nvia: 1.1 other, {via} gateway\n\
             x-forwarded-for: 192.0.2.7, 127.0.0.1\nx-two: 2\n"
        )
    };
    for (options, http1, line) in [
        (&[][..], true, "GET /seen?a=%2f HTTP/1.1"),
        (&["--upstream-http2"], false, "GET http://api.example:8080/seen?a=%2f HTTP/2.0"),
    ] {
        let gateway = file.gateway(upstream.address(), options).await?;
        let send = |arguments: Vec<&'static str>| {
            let address = gateway.address().to_owned();
            async move { curl(&address, &arguments).await }
        };
        let by_http1 = send([&["--http1.1"], &*hop_by_hop].concat()).await?;
        assert_eq!(by_http1.body, seen(line, http1, "1.1"));
        let by_http2 = send([&["--http2-prior-knowledge"], &*end_to_end].concat()).await?;
        assert_eq!(by_http2.body, seen(line, http1, "2.0"));
    }
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let marked = curl(gateway.address(), &["/marked", "--http1.1"]).await?;
    assert_eq!(marked.headers, ["content-length: 6", "vary: origin", "x-two: 2"]);
    Ok(())
}

#[tokio::test]
async fn ambiguous_requests_are_rejected() -> Result<()> {
    let upstream = Upstream::start().await?;
    let by_path = PolicyFile::new(BY_PATH)?;
    let gateway = by_path.gateway(upstream.address(), &[]).await?;
    // Without policies that match on paths, the gateway forwards ambiguous paths.
    let without_paths = PolicyFile::new(POLICY)?;
    let open = without_paths.gateway(upstream.address(), &[]).await?;
    for path in
        ["/public/../private", "/public/%2E%2e/private", "/a%2fb", "/a%5Cb", "/a\\b", "/a%00"]
    {
        for protocol in ["--http1.1", "--http2-prior-knowledge"] {
            let arguments = [path, protocol, "-H", FROM_APP];
            let rejected = curl(gateway.address(), &arguments).await?;
            assert_eq!(rejected.status, 400, "{path}");
            assert_eq!(rejected.headers_with_prefix("access-control-"), [ALLOWS_APP], "{path}");
            assert!(!upstream.has_event().await, "{path}");
            for server in [upstream.address(), open.address()] {
                let forwarded = curl(server, &arguments).await?;
                assert_eq!(forwarded.status, 200, "{path}");
                assert_eq!(upstream.event().await?, format!("GET {path}"));
            }
        }
    }
    let end = "connection: close\r\n\r\n";
    #[rustfmt::skip]
    let rows = [
        ("a usual request", "GET /a HTTP/1.1\r\nhost: a\r\n", "200"),
        ("the absolute form", "GET http://a/a HTTP/1.1\r\nhost: a\r\n", "200"),
        ("a target that differs from Host", "GET http://b/a HTTP/1.1\r\nhost: a\r\n", "400"),
        ("a repeated Host", "GET /a HTTP/1.1\r\nhost: a\r\nhost: b\r\n", "400"),
        ("a missing Host", "GET /a HTTP/1.1\r\n", "400"),
        ("an authority", "GET db:5432 HTTP/1.1\r\nhost: db:5432\r\n", "400"),
        ("a tunnel", "CONNECT db:5432 HTTP/1.1\r\nhost: db:5432\r\n", "400"),
        ("a tunnel by path", "CONNECT /a HTTP/1.1\r\nhost: a\r\n", "400"),
        ("an asterisk", "GET * HTTP/1.1\r\nhost: a\r\n", "400"),
        ("an unsupported transfer coding", "POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n", "501"),
    ];
    for (rule, head, status) in rows {
        let response = raw(gateway.address(), &format!("{head}{end}")).await?;
        assert_eq!(response.split(' ').nth(1), Some(status), "{rule}: {response}");
        assert_eq!(upstream.has_event().await, status == "200", "{rule}");
    }
    let options = curl(gateway.address(), &["-X", "OPTIONS", "--request-target", "*", "/"]).await?;
    assert!(options.body.starts_with("OPTIONS * HTTP/1.1\n"), "{}", options.body);
    Ok(())
}

// Request smuggling (CL.TE), in both orders. If the gateway used the length, `GET /smuggled` would be a second
// request.
#[tokio::test]
async fn conflicting_body_lengths_are_handled_safely() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let smuggled = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    for lengths in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        let body = format!("{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len());
        let request =
            format!("POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{lengths}\r\n{body}");
        let response = raw(gateway.address(), &request).await?;
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        assert!(response.contains(smuggled), "{response}");
        assert!(!upstream.has_event().await, "{lengths}");
    }
    for head in [
        "content-length: 4\r\ncontent-length: 5\r\n\r\n",
        "content-length: +4\r\n\r\n",
        "connection: close\r\ntransfer-encoding: chunked\r\n\r\n1;\nx\r\n",
        "connection: close\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\n",
        "connection: close\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabcd\r\n",
    ] {
        let request = format!("POST /hold HTTP/1.1\r\nhost: a\r\n{head}abcde");
        let response = raw(gateway.address(), &request).await?;
        assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    }
    Ok(())
}

#[tokio::test]
async fn empty_and_informational_responses_are_forwarded() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    for protocol in ["--http1.1", "--http2-prior-knowledge"] {
        for (path, status) in [("/nothing", 204), ("/unchanged", 304)] {
            let response = curl(gateway.address(), &[path, protocol]).await?;
            assert_eq!((response.status, &*response.body), (status, ""), "{protocol}");
            assert_eq!(response.headers, ["vary: origin"], "{protocol}");
        }
    }
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut connection = Connection::open(gateway.address(), version).await?;
        let head = connection.send(Request::head("/count").body(())?).await?;
        assert_eq!(head.status(), 200, "{version:?}");
        assert_eq!(
            head.headers().get("content-length").context("the length is missing")?,
            "7",
            "{version:?}"
        );
        let body = timeout(LIMIT, head.into_body().collect()).await??.to_bytes();
        assert!(body.is_empty(), "{version:?}");
    }
    let expecting = ["/echo", "--http1.1", "-H", "Expect: 100-continue", "-d", "a body"];
    let response = curl(gateway.address(), &expecting).await?;
    assert_eq!((response.status, &*response.body), (200, "a body"));
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n\
                 HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone";
    let gateway = file.gateway(&raw_server(hints).await?, &[]).await?;
    let response = curl(gateway.address(), &["/"]).await?;
    assert_eq!((response.status, &*response.body), (200, "done"));
    assert_eq!(response.headers, ["content-length: 4", "vary: origin"]);
    Ok(())
}

#[tokio::test]
async fn upstream_errors_are_readable_by_pages() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    let upstream = Upstream::start().await?;
    let closed = Upstream::closed_address().await?;
    let nonsense = raw_server("SSH-2.0-OpenSSH_9.2\r\n").await?;
    let unknown_coding = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    let unknown_coding = raw_server(unknown_coding).await?;
    let unrequested_upgrade =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let unrequested_upgrade = raw_server(unrequested_upgrade).await?;
    let (down, silent) = ("502 Bad Gateway: ", "504 Gateway Timeout: ");
    for (address, options, path, status, text) in [
        (&*closed, &[][..], "/", 502, down),
        (&closed, &["--upstream-http2"], "/", 502, down),
        (&nonsense, &[], "/", 502, down),
        (&nonsense, &["--upstream-http2"], "/", 502, down),
        (&unknown_coding, &[], "/", 502, down),
        (&unrequested_upgrade, &[], "/", 502, down),
        (upstream.address(), &["--timeout", "1"], "/hold", 504, silent),
        (upstream.address(), &["--timeout", "1", "--upstream-http2"], "/hold", 504, silent),
    ] {
        let gateway = file.gateway(address, options).await?;
        let response = curl(gateway.address(), &[path, "-H", FROM_APP]).await?;
        assert_eq!(response.status, status, "{options:?}");
        assert!(response.body.starts_with(text), "{options:?}: {}", response.body);
        assert_eq!(response.headers_with_prefix("access-control-"), [ALLOWS_APP], "{options:?}");
        if status == 504 {
            assert_eq!(upstream.event().await?, "request received", "{options:?}");
            assert_eq!(upstream.event().await?, "request dropped", "{options:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn web_sockets_of_allowed_origins_are_forwarded() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(&format!("enforce = true\n{POLICY}"))?;
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for (origin, path, status) in [
                ("https://app.example.com", "/chat", StatusCode::OK),
                ("https://evil.example", "/chat", StatusCode::FORBIDDEN),
                ("https://app.example.com", "/nothing", StatusCode::NO_CONTENT),
            ] {
                let opened = open_web_socket(&gateway, version, path, origin).await?;
                let expected = match (version, status) {
                    (Version::HTTP_11, StatusCode::OK) => StatusCode::SWITCHING_PROTOCOLS,
                    // As a response to `CONNECT`, status 204 would open a tunnel.
                    (Version::HTTP_2, StatusCode::NO_CONTENT) => StatusCode::BAD_GATEWAY,
                    (_, status) => status,
                };
                assert_eq!(opened.status(), expected, "{options:?}, {version:?}, {origin}");
                if status != StatusCode::OK {
                    continue;
                }
                assert_eq!(cors(opened.headers()), [""; 0], "{version:?}");
                let socket = TokioIo::new(hyper::upgrade::on(opened).await?);
                let mut socket = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
                for text in ["first", "second"] {
                    socket.send(Message::text(text)).await?;
                    let received =
                        timeout(LIMIT, socket.next()).await?.context("the socket ended")??;
                    assert_eq!(received, Message::text(text), "{options:?}, {version:?}");
                }
                drop(socket);
                assert_eq!(upstream.event().await?, "socket dropped");
            }
        }
    }
    Ok(())
}

// S23: the gateway checks `Sec-WebSocket-Accept`, as the client does, before it opens a tunnel.
#[tokio::test]
async fn invalid_web_socket_handshake_is_a_bad_gateway() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n";
    let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let other = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzhZRbK+xOo0=\r\n";
    for (rule, lines, by_http1, by_http2) in [
        // Over HTTP/2, the gateway makes the handshake with a key of its own.
        ("the key of HTTP/1.1", format!("upgrade: websocket\r\n{accept}"), 101, 502),
        ("another key", format!("upgrade: websocket\r\n{other}"), 502, 502),
        ("no Sec-WebSocket-Accept", "upgrade: websocket\r\n".to_owned(), 502, 502),
        ("another protocol", format!("upgrade: h2c\r\n{accept}"), 502, 502),
        ("no protocol", accept.to_owned(), 502, 502),
    ] {
        let upstream = raw_server(format!("{switching}{lines}\r\n").leak()).await?;
        let gateway = file.gateway(&upstream, &[]).await?;
        for (version, status) in [(Version::HTTP_11, by_http1), (Version::HTTP_2, by_http2)] {
            let response = open_web_socket(&gateway, version, "/chat", "https://app.example.com");
            assert_eq!(response.await?.status(), status, "{rule}, {version:?}");
        }
    }
    Ok(())
}

// Each response comes from the old or from the new policy, and no response is missing. In the meantime, a page in
// Chromium reads, which both policies allow.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_policy_changes_lose_no_request() -> Result<()> {
    let upstream = Upstream::start().await?;
    let page = raw_server(PAGE).await?;
    let policies = POLICIES.map(|policy| policy.replace("https://page.example", &page));
    let file = PolicyFile::new(&policies[0])?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let browser = Browser::start(Engine::Chromium).await?;
    browser.open(&page).await?;
    browser.evaluate(READ_REPEATEDLY, vec![gateway.address().into()]).await?;
    let response_count = Arc::new(watch::Sender::new(0));
    let mut clients = Vec::new();
    for number in 0..CONNECTIONS {
        let version = if number % 2 == 0 { Version::HTTP_11 } else { Version::HTTP_2 };
        let connection = Connection::open(gateway.address(), version).await?;
        clients.push(tokio::spawn(send_requests(connection, Arc::clone(&response_count))));
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let curl = tokio::spawn(send_by_curl(gateway.address().to_owned(), Arc::clone(&is_over)));
    let mut count = response_count.subscribe();
    for change in 1..=CHANGES {
        // The changes are spread evenly over the requests.
        count.wait_for(|count| *count >= change * REQUESTS / (CHANGES + 1)).await?;
        let new = change % 2;
        file.replace(&policies[new])?;
        assert_eq!(gateway.error().await?, "policy: reloaded", "change {change}");
        // Later requests must use the new policy.
        let mut connection = Connection::open(gateway.address(), Version::HTTP_11).await?;
        let response = connection.send(allowed_by_both()?).await?;
        assert_eq!(cors(response.headers()), RESPONSE_HEADERS[new], "change {change}");
    }
    let mut counts = [0, 0];
    for client in clients {
        let client_counts = client.await??;
        counts[0] += client_counts[0];
        counts[1] += client_counts[1];
    }
    is_over.store(true, Ordering::Relaxed);
    let curl_counts = curl.await??;
    let read = browser.evaluate_async(STOP, vec![]).await?;
    println!("responses of the policies: {} and {}", counts[0], counts[1]);
    println!("responses to curl: {curl_counts:?}; to the page: {read}");
    assert!(curl_counts.iter().all(|count| *count > 0), "{curl_counts:?}");
    assert_eq!(counts[0] + counts[1], REQUESTS);
    assert!(counts.iter().all(|count| *count > REQUESTS / 10), "{counts:?}");
    assert_eq!(read["failed"], serde_json::json!([]));
    assert!(read["read"].as_u64() > Some(20), "{read}");
    browser.close().await
}

#[tokio::test]
async fn invalid_file_ends_the_gateway_only_at_start() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(BROKEN)?;
    let path = file.path();
    let path = path.to_str().context("the path is not Unicode")?;
    let arguments = ["--listen", "127.0.0.1:0", "--upstream", upstream.address()];
    let output = Example::run("gateway", &[&arguments[..], &[path]].concat()).await?;
    let errors = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(output.stdout.is_empty(), "the gateway must not listen");
    for fault in FAULTS {
        assert!(errors.contains(fault), "{fault} is missing in {errors}");
    }
    let missing = Example::run("gateway", &[&arguments[..], &["missing.toml"]].concat()).await?;
    assert_eq!(missing.status.code(), Some(1));

    file.replace(POLICY)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    file.replace(BROKEN)?;
    assert_eq!(gateway.error().await?, format!("{path}: 3 faults"));
    for fault in FAULTS {
        let line = gateway.error().await?;
        assert!(line.starts_with("- ") && line.contains(fault), "{fault} is missing in {line}");
    }
    assert_eq!(gateway.error().await?, "policy: not reloaded; the active policy stays");
    let response = curl(gateway.address(), &["/count", "-H", FROM_APP]).await?;
    assert_eq!(response.headers_with_prefix("access-control-"), [ALLOWS_APP]);
    // Some tools remove the file before they write the new one.
    fs::remove_file(file.path())?;
    assert!(gateway.error().await?.starts_with(path));
    assert_eq!(gateway.error().await?, "policy: not reloaded; the active policy stays");
    file.replace(&POLICY.replace("app.example.com", "new.example.com"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    let response = curl(gateway.address(), &["/count", "-H", "Origin: https://new.example.com"]);
    assert_eq!(response.await?.headers_with_prefix("access-control-allow-origin").len(), 1);
    Ok(())
}

// Kubernetes writes a new folder and changes a link to it. Other tools overwrite the file.
#[tokio::test]
async fn linked_and_overwritten_policies_are_reloaded() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    let folder = file.folder();
    let new = |number: u32| POLICY.replace("app.example.com", &format!("app{number}.example.com"));
    for number in 1..=2 {
        fs::create_dir(folder.join(format!("..{number}")))?;
        fs::write(folder.join(format!("..{number}/policy.toml")), new(number))?;
    }
    fs::remove_file(file.path())?;
    symlink("..1", folder.join("..data"))?;
    symlink("..data/policy.toml", file.path())?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    assert_allows(&gateway, 1).await?;
    symlink("..2", folder.join("..next"))?;
    fs::rename(folder.join("..next"), folder.join("..data"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    assert_allows(&gateway, 2).await?;
    // The link leads to the first folder again.
    fs::write(folder.join("..1/policy.toml"), new(3))?;
    symlink("..1", folder.join("..next"))?;
    fs::rename(folder.join("..next"), folder.join("..data"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    assert_allows(&gateway, 3).await?;
    // The write truncates the file first. The gateway may report the empty file, but does not apply it.
    fs::write(folder.join("..1/policy.toml"), new(4))?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_allows(&gateway, 4).await
}

#[tokio::test]
async fn pending_requests_are_completed_before_the_end() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let gateway = file.gateway(upstream.address(), &[]).await?;
        let mut connection = Connection::open(gateway.address(), version).await?;
        let (mut frames, response) = connection.begin(Request::post("/echo").body(())?).await?;
        frames.send_data("first".into()).await?;
        let mut body = response.await?.into_body();
        assert_eq!(data(&mut body).await?, "first");
        let ending = tokio::spawn(gateway.interrupt());
        frames.send_data("last".into()).await?;
        drop(frames);
        assert_eq!(data(&mut body).await?, "last");
        let rest = timeout(LIMIT, body.collect()).await??.to_bytes();
        assert!(rest.is_empty(), "{version:?}: {rest:?}");
        assert!(ending.await??.success());
    }
    Ok(())
}

// An event stream has no end of its own. The gateway ends it cleanly instead of closing the connection.
#[tokio::test]
async fn event_streams_end_cleanly_with_the_gateway() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]\n")?;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let gateway = file.gateway(upstream.address(), &[]).await?;
        let mut connection = Connection::open(gateway.address(), version).await?;
        let request = Request::get("/events").header("accept", "text/event-stream").body(())?;
        let response = connection.send(request).await?;
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let mut body = response.into_body();
        assert_eq!(data(&mut body).await?, "data: 1\n\n");
        let ending = tokio::spawn(gateway.interrupt());
        let rest = timeout(LIMIT, body.collect()).await??.to_bytes();
        assert!(rest.is_empty(), "{version:?}: {rest:?}");
        assert!(ending.await??.success());
    }
    Ok(())
}

// A page reads through the gateway and uses a WebSocket, until the policy no longer allows its origin.
async fn pages_in_a_browser_follow_the_active_policy(engine: Engine) -> Result<()> {
    let upstream = Upstream::start().await?;
    let page = raw_server(PAGE).await?;
    let policy = format!("enforce = true\n{POLICY}").replace("https://app.example.com", &page);
    let file = PolicyFile::new(&policy)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let browser = Browser::start(engine).await?;
    browser.open(&page).await?;
    let arguments = || vec![gateway.address().into()];
    let allowed = "PUT /seen, received: hello";
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, allowed);
    file.replace(&policy.replace(&page, "https://other.example"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    let rejected = format!("{}, error", engine.fetch_error());
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, rejected);
    file.replace(&policy)?;
    // The log has the rejections, too.
    while gateway.error().await? != "policy: reloaded" {}
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, allowed);
    browser.close().await
}

async fn assert_allows(gateway: &Example, number: u32) -> Result<()> {
    let origin = format!("https://app{number}.example.com");
    let from = format!("Origin: {origin}");
    let response = curl(gateway.address(), &["/count", "-H", &from]).await?;
    let allowed = format!("access-control-allow-origin: {origin}");
    assert_eq!(response.headers_with_prefix("access-control-allow-origin"), [allowed]);
    Ok(())
}

/// Sends one client's share of the requests, and counts the responses of each policy.
async fn send_requests(
    mut connection: Connection,
    response_count: Arc<watch::Sender<usize>>,
) -> Result<[usize; 2]> {
    let mut counts = [0, 0];
    for _ in 0..REQUESTS / CONNECTIONS {
        let response = connection.send(allowed_by_both()?).await?;
        ensure!(response.status() == 200, "{response:?}");
        let headers = cors(response.headers());
        let policy = RESPONSE_HEADERS.iter().position(|expected| headers == *expected);
        counts[policy.with_context(|| format!("of neither policy: {headers:?}"))?] += 1;
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(body == "counted", "{body:?}");
        response_count.send_modify(|count| *count += 1);
    }
    Ok(counts)
}

/// Sends requests with curl, 100 per connection, and counts the responses of each policy.
async fn send_by_curl(gateway: String, is_over: Arc<AtomicBool>) -> Result<[usize; 2]> {
    let expected =
        ["200 true,https://app.example.com,x-one,x-two counted", "200 ,*,x-three counted"];
    let format = "%{http_code} %header{access-control-allow-credentials},\
                   %header{access-control-allow-origin},%header{access-control-expose-headers} ";
    let mut counts = [0, 0];
    while !is_over.load(Ordering::Relaxed) {
        let output = Command::new("curl")
            .args(["--disable", "--noproxy", "*", "-sS", "--max-time", "60", "--output", "-"])
            .args(["-w", &format!("{{{format}}}\n"), "-H", "origin: https://app.example.com"])
            .arg(format!("{gateway}/count?[1-100]"))
            .output()
            .await?;
        ensure!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout)?;
        // curl writes the body first and the status and headers after it.
        for line in lines.lines() {
            let (body, head) = line.split_once('{').context("expected the body and the headers")?;
            let line = format!("{}{body}", head.trim_end_matches('}'));
            let policy = expected.iter().position(|expected| line == *expected);
            counts[policy.with_context(|| format!("of neither policy: {line}"))?] += 1;
        }
        ensure!(lines.lines().count() == 100, "responses are missing: {lines}");
    }
    Ok(counts)
}

/// Returns a request of an origin that both policies allow.
fn allowed_by_both() -> Result<Request<()>> {
    Ok(Request::get("/count").header("origin", "https://app.example.com").body(())?)
}

async fn open_web_socket(
    gateway: &Example,
    version: Version,
    path: &str,
    origin: &str,
) -> Result<http::Response<Incoming>> {
    let mut connection = Connection::open(gateway.address(), version).await?;
    let mut request = Request::builder().uri(path).header("origin", origin);
    if version == Version::HTTP_2 {
        request = request.method(Method::CONNECT).extension(Protocol::from_static("websocket"));
    } else {
        request =
            request.header("connection", "keep-alive, Upgrade").header("upgrade", "WebSocket");
        // The key of RFC 6455, section 1.3.
        request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    let request = request.header("sec-websocket-version", "13").body(())?;
    let response = connection.send(request).await?;
    // Dropping the connection would close the WebSocket.
    std::mem::forget(connection);
    Ok(response)
}

async fn data(body: &mut Incoming) -> Result<Bytes> {
    let frame = timeout(LIMIT, body.frame()).await.context("no frame arrived in time")?;
    frame.context("the body ended")??.into_data().ok().context("expected data")
}

/// Starts a server that responds to each connection with this text and closes it.
async fn raw_server(text: &'static str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send_text(stream, text));
        }
    });
    Ok(address)
}

async fn send_text(mut stream: TcpStream, text: &str) -> Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    // Unread data would reset the connection and discard the response.
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}

const FROM_APP: &str = "Origin: https://app.example.com";
const ALLOWS_APP: &str = "access-control-allow-origin: https://app.example.com";
const POLICY: &str = r#"
[[rules]]
origins = ["https://app.example.com"]
allow_methods = ["PUT"]
"#;
const BY_PATH: &str = r#"
[[cors.rules]]
origins = ["https://app.example.com"]
allow_methods = ["PUT"]
[beacon]
paths = ["/ping"]
"#;
const BROKEN: &str = r#"
[[cors.rules]]
origins = ["https://app.example.com/", "https://Bücher.example"]
allow_methods = ["put"]
"#;
const FAULTS: [&str; 3] = [
    "cors.rules[0].origins[0] = ",
    "cors.rules[0].origins[1] = ",
    "cors.rules[0].allow_methods[0] = ",
];

/// Two policies with different headers. Both allow the page to read. They have the same keys, since the gateway waits
/// for the rest of a file that lacks keys.
const POLICIES: [&str; 2] = [
    r#"
    [[cors.rules]]
    origins = ["https://app.example.com"]
    allow_credentials = true
    expose_headers = ["x-one", "x-two"]
    [[cors.rules]]
    origins = ["https://page.example"]
    expose_headers = ["x-one"]
    "#,
    r#"
    [[cors.rules]]
    origins = ["https://other.example"]
    allow_credentials = true
    expose_headers = ["x-one"]
    [[cors.rules]]
    origins = ["*"]
    expose_headers = ["x-three"]
    "#,
];
const RESPONSE_HEADERS: [&[&str]; 2] = [
    &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: x-one,x-two",
        "vary: origin",
    ],
    &["access-control-allow-origin: *", "access-control-expose-headers: x-three", "vary: origin"],
];
const REQUESTS: usize = 10_000;
const CONNECTIONS: usize = 8;
const CHANGES: usize = 20;

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n\
                    <!doctype html><title>a page</title>";
const READ_REPEATEDLY: &str = r#"
    const [gateway] = arguments;
    Object.assign(window, { read: 0, failed: [] });
    window.reading = (async () => {
        while (!window.stopped) {
            try {
                const response = await fetch(`${gateway}/count`, { cache: "no-store" });
                const text = await response.text();
                if (text === "counted") {
                    window.read += 1;
                } else {
                    window.failed.push(text);
                }
            } catch (error) {
                window.failed.push(String(error));
            }
        }
    })();
"#;
const STOP: &str = r#"
    window.stopped = true;
    await window.reading;
    return { read: window.read, failed: window.failed };
"#;
const USE: &str = r#"
    const [gateway] = arguments;
    const read = await fetch(`${gateway}/seen`, { method: "PUT" })
        .then(response => response.text())
        .then(text => text.split(" ").slice(0, 2).join(" "), String);
    const received = await new Promise(resolve => {
        const socket = new WebSocket(`${gateway.replace("http", "ws")}/chat`);
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => { resolve(`received: ${data}`); socket.close(); };
        socket.onerror = () => resolve("error");
    });
    return `${read}, ${received}`;
"#;
