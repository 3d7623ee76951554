//! Attacks on the gateway. Each test first shows that the attack succeeds without the protection.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use browsers::Example;
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::ext::Protocol;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use super::{
    client::{Connection, LIMIT, curl, raw},
    policy::PolicyFile,
    upstream::Upstream,
};

// S18: a client that uses the length takes the rest of the body for the next response.
#[tokio::test]
async fn length_of_a_chunked_response_is_removed() -> Result<()> {
    let upstream = raw_server(WITH_BOTH_LENGTHS).await?;
    let request = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let direct = raw(&upstream, request).await?;
    assert!(direct.contains("content-length: 3\r\n") && direct.contains("chunked"), "{direct}");
    let file = PolicyFile::new("[sse]")?;
    let gateway = file.gateway(&upstream, &[]).await?;
    let response = raw(gateway.address(), request).await?;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.contains("chunked"), "{response}");
    assert!(!response.to_ascii_lowercase().contains("content-length"), "{response}");
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut connection = Connection::open(gateway.address(), version).await?;
        let response = connection.send(Request::get("/").body(())?).await?;
        assert!(!response.headers().contains_key("content-length"), "{version:?}");
        let body = timeout(LIMIT, response.into_body().collect()).await??.to_bytes();
        assert_eq!(body, "hello", "{version:?}");
    }
    Ok(())
}

// S19: the upstream did not receive the headers that the policy had checked.
#[tokio::test]
async fn connection_header_removes_no_checked_header() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]")?;
    let checked = ["cookie: a=b", "origin: https://evil.example", "sec-fetch-site: cross-site"];
    let request = format!(
        "GET /seen HTTP/1.1\r\nhost: a\r\nconnection: close, x-one, cookie, origin, sec-fetch-site\r\n\
         x-one: 1\r\n{}\r\n\r\n",
        checked.join("\r\n")
    );
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        let seen = raw(gateway.address(), &request).await?;
        // The attack needs a header that the gateway removes.
        assert!(!seen.contains("x-one"), "{seen}");
        for line in checked {
            assert!(seen.lines().any(|seen| seen == line), "{line}: {seen}");
        }
    }
    Ok(())
}

// S19: some servers merge trailers into the headers.
#[tokio::test]
async fn trailers_are_not_headers_after_the_decision() -> Result<()> {
    const HARMLESS: &str = "grpc-status, x-sum";
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[guard.csrf]")?;
    let mut trailers = HeaderMap::new();
    for name in ["x-sum", "grpc-status"].into_iter().chain(CHECKED) {
        trailers.insert(name, "1".parse()?);
    }
    let announced = "x-sum, grpc-status, ".to_owned() + &CHECKED.join(", ");
    let send = async |server: &str, version| {
        let mut connection = Connection::open(server, version).await?;
        let request = Request::post("/trailers").header("trailer", &announced).body(())?;
        let (mut frames, response) = connection.begin(request).await?;
        frames.send_data("data".into()).await?;
        frames.send_trailers(trailers.clone()).await?;
        drop(frames);
        let body = timeout(LIMIT, response.await?.into_body().collect()).await??.to_bytes();
        anyhow::Ok(String::from_utf8(body.to_vec())?)
    };
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let direct = send(upstream.address(), version).await?;
        assert!(CHECKED.iter().all(|name| direct.contains(name)), "{version:?}: {direct}");
        for options in [&[][..], &["--upstream-http2"]] {
            let gateway = file.gateway(upstream.address(), options).await?;
            assert_eq!(
                send(gateway.address(), version).await?,
                HARMLESS,
                "{options:?}, {version:?}"
            );
        }
    }
    Ok(())
}

// S7: 60 silent sockets stopped a gateway that could open 64 files.
#[tokio::test]
async fn silent_connections_do_not_lock_out_clients() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]")?;
    let path = file.path();
    let path = path.to_str().context("the path is not Unicode")?;
    for (options, is_locked_out) in [(&UNLIMITED[..], true), (&[], false)] {
        let arguments = [&["--upstream", upstream.address()], options, &[path]].concat();
        let gateway = Example::start_in_shell("ulimit -n 64", "gateway", &arguments).await?;
        assert_eq!(curl(gateway.address(), &["/seen"]).await?.status, 200);
        let mut silent = Vec::new();
        for number in 0..60 {
            let (_, text) = SILENT[number % SILENT.len()];
            silent.push(open(gateway.address(), text).await?);
        }
        for protocol in ["--http1.1", "--http2-prior-knowledge"] {
            for _ in 0..5 {
                let arguments =
                    ["/seen", protocol, "--max-time", if is_locked_out { "1" } else { "60" }];
                let response = curl(gateway.address(), &arguments).await;
                let is_answered = response.is_ok_and(|response| response.status == 200);
                assert_eq!(is_answered, !is_locked_out, "{options:?}, {protocol}");
            }
        }
    }
    Ok(())
}

// S7: connections without requests, and tunnels without data, stayed open for ever.
#[tokio::test]
async fn silent_connections_end() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]")?;
    let unlimited = file.gateway(upstream.address(), &UNLIMITED).await?;
    let limits = ["--head-timeout", "1", "--idle-timeout", "2"];
    let limited = file.gateway(upstream.address(), &limits).await?;
    let mut remaining = Vec::new();
    let mut ending = Vec::new();
    for (about, text) in SILENT {
        remaining.push((about, open(unlimited.address(), text).await?));
        ending.push((about, open(limited.address(), text).await?));
    }
    // A client that is not silent, and one that waits for events.
    let mut events = Connection::open(limited.address(), Version::HTTP_2).await?;
    let mut stream = events.send(Request::get("/events").body(())?).await?.into_body();
    for (about, mut connection) in ending {
        let is_ended = timeout(LIMIT, async { while !is_closed(&mut connection).await {} }).await;
        is_ended.with_context(|| format!("{about}: the connection did not end"))?;
    }
    for (about, mut connection) in remaining {
        // The gateway has sent frames, but not the end of the connection.
        let is_open = timeout(Duration::from_millis(20), async {
            while !is_closed(&mut connection).await {}
        });
        assert!(is_open.await.is_err(), "{about}");
    }
    assert!(stream.frame().await.is_some_and(|frame| frame.is_ok()));
    assert!(timeout(Duration::from_millis(20), stream.frame()).await.is_err());
    Ok(())
}

// S7: the streams of one connection could use all connections to the upstream.
#[tokio::test]
async fn open_requests_are_limited() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[[rules]]\norigins = [\"https://app.example.com\"]")?;
    for (options, expected) in [
        (&["--max-connections", "0"][..], StatusCode::OK),
        (&["--max-connections", "5"], StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let gateway = file.gateway(upstream.address(), options).await?;
        let mut connection = Connection::open(gateway.address(), Version::HTTP_2).await?;
        let mut streams = Vec::new();
        for _ in 0..5 {
            streams.push(connection.send(Request::get("/stream").body(())?).await?);
        }
        let mut other = Connection::open(gateway.address(), Version::HTTP_11).await?;
        let request = || Request::get("/seen").header("origin", "https://app.example.com").body(());
        let response = other.send(request()?).await?;
        assert_eq!(response.status(), expected, "{options:?}");
        // A page reads why its request failed.
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
        let has_advice = response.headers().contains_key("retry-after");
        assert_eq!(has_advice, expected == StatusCode::SERVICE_UNAVAILABLE);
        response.into_body().collect().await?;
        drop(streams);
        // The gateway notices the end of the streams later.
        timeout(LIMIT, async {
            while other.send(request()?).await?.status() != StatusCode::OK {
                other = Connection::open(gateway.address(), Version::HTTP_11).await?;
            }
            anyhow::Ok(())
        })
        .await??;
    }
    Ok(())
}

/// Opens a connection and sends these bytes.
async fn open(server: &str, bytes: &[u8]) -> Result<TcpStream> {
    let address = server.strip_prefix("http://").context("expected an http URL")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(bytes).await?;
    Ok(stream)
}

/// Reads once, and returns whether the connection has ended.
async fn is_closed(stream: &mut TcpStream) -> bool {
    !stream.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0)
}

// S9: the first half of a file was active until the second half was written, or for ever after a failed write.
#[tokio::test]
async fn incomplete_file_never_becomes_active() -> Result<()> {
    const CORS: &str = "[[cors.rules]]\norigins = [\"https://app.example.com\"]\n";
    let guarded = |number: u32| format!("{CORS}max_age = {number}\n[guard.csrf]\n");
    let half = format!("{CORS}max_age = 2\n");
    let upstream = Upstream::start().await?;
    let forged = ["/save", "-d", "a=b", "-H", "Sec-Fetch-Site: cross-site"];
    // The attack without the protection: the first half is a valid policy, which allows the request.
    let file = PolicyFile::new(&half)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    assert_eq!(curl(gateway.address(), &forged).await?.status, 200);

    let file = PolicyFile::new(&guarded(1))?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    fs::write(file.path(), &half)?;
    let waiting = "policy: keys are missing: guard; waiting until the file is complete";
    assert_eq!(gateway.error().await?, waiting);
    assert_eq!(curl(gateway.address(), &forged).await?.status, 403);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(curl(gateway.address(), &forged).await?.status, 403);
    fs::write(file.path(), guarded(2))?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_eq!(curl(gateway.address(), &forged).await?.status, 403);

    // The author removes the guard. A second reading returns the same text.
    file.replace(&half)?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_eq!(curl(gateway.address(), &forged).await?.status, 200);
    Ok(())
}

// S14: the guard did not recognize the handshake of another site.
#[tokio::test]
async fn extended_connect_without_version_is_rejected() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[guard.web_socket]")?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    for (lines, expected) in [
        (&[("sec-websocket-version", "13")][..], StatusCode::OK),
        (
            &[("sec-websocket-version", "13"), ("origin", "https://evil.example")],
            StatusCode::FORBIDDEN,
        ),
        (&[], StatusCode::BAD_REQUEST),
        (&[("origin", "https://evil.example")], StatusCode::FORBIDDEN),
    ] {
        let mut connection = Connection::open(gateway.address(), Version::HTTP_2).await?;
        let mut request = Request::connect("/chat").extension(Protocol::from_static("websocket"));
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let response = connection.send(request.body(())?).await?;
        assert_eq!(response.status(), expected, "{lines:?}");
    }
    for (line, reason) in [
        ("sec-websocket-version: 13", "Sec-WebSocket-Key must have one field line"),
        ("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version is missing"),
    ] {
        let request = format!(
            "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n{line}\r\n\r\n"
        );
        let response = timeout(LIMIT, first_text(gateway.address(), &request)).await??;
        assert!(response.starts_with("HTTP/1.1 400 ") && response.contains(reason), "{response}");
    }
    Ok(())
}

// S23: hyper sends no body with a `GET` whose length is unknown.
#[tokio::test]
async fn body_of_a_get_request_is_forwarded() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]")?;
    for method in ["GET", "DELETE", "OPTIONS", "POST"] {
        let request = format!(
            "{method} /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n"
        );
        for options in [&[][..], &["--upstream-http2"]] {
            let gateway = file.gateway(upstream.address(), options).await?;
            let response = raw(gateway.address(), &request).await?;
            assert!(response.contains("\r\n5\r\nhello\r\n"), "{options:?}, {method}: {response}");
        }
    }
    Ok(())
}

/// Sends a request and returns the first part of the response.
async fn first_text(server: &str, request: &str) -> Result<String> {
    let address = server.strip_prefix("http://").context("expected an http URL")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = vec![0; 4096];
    let length = stream.read(&mut response).await?;
    response.truncate(length);
    Ok(String::from_utf8(response)?)
}

/// Starts a server that sends this response to each request.
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
    ensure!(stream.read(&mut [0; 4096]).await? > 0);
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await.context("the client has disconnected")?;
    // Unread data would reset the connection and discard the response.
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}

const WITH_BOTH_LENGTHS: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\
                                 transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
const UNLIMITED: [&str; 6] =
    ["--head-timeout", "0", "--idle-timeout", "0", "--max-connections", "0"];
const SILENT: [(&str, &[u8]); 8] = [
    ("nothing", b""),
    ("a part of the preface of HTTP/2", b"PRI * HTTP/2.0\r\n"),
    ("the preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("settings", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    (
        "an answered request of HTTP/2",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\
          \x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41\x01a",
    ),
    ("a part of a head", b"GET / HTTP/1.1\r\nhost: a\r\nx-one: "),
    ("an answered request", b"GET /count HTTP/1.1\r\nhost: a\r\n\r\n"),
    (
        "a WebSocket",
        b"GET /chat HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ),
];
const CHECKED: [&str; 3] = ["cookie", "origin", "sec-fetch-site"];
