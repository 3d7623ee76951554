//! The gateway before a server of the test's own: what passes it and how, what it refuses, and how it changes
//! its policy meanwhile.

#[path = "gateway/mod.rs"]
mod gateway;

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

#[tokio::test]
async fn bodies_pass_both_ways_before_they_end_and_trailers_after_them() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for further in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), further).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let mut connection = Connection::open(gateway.address(), version).await?;
            let mut request = Request::post("/echo").header("te", "trailers");
            if version == Version::HTTP_11 {
                request = request.header("connection", "te");
            }
            // Over HTTP/1.1 hyper passes on what is announced.
            let request = request.header("trailer", "x-sum").body(())?;
            let (mut frames, answer) = connection.begin(request).await?;
            frames.send_data("first".into()).await?;
            let mut body = answer.await?.into_body();
            assert_eq!(data(&mut body).await?, "first", "{further:?}, {version:?}");
            // Sent when the first has come back, and so on: nobody waits for a whole.
            frames.send_data("second".into()).await?;
            assert_eq!(data(&mut body).await?, "second", "{further:?}, {version:?}");
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", "11".parse()?);
            frames.send_trailers(trailers.clone()).await?;
            drop(frames);
            let last = timeout(LIMIT, body.frame()).await?.context("no trailers")??;
            let last = last.into_trailers().ok().context("no trailers")?;
            assert_eq!(last, trailers, "{further:?}, {version:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_a_client_no_longer_waits_for_is_dropped_at_the_upstream() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for further in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), further).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let mut connection = Connection::open(gateway.address(), version).await?;
            let stream = connection.send(Request::get("/stream").body(())?).await?;
            let mut body = stream.into_body();
            assert_eq!(data(&mut body).await?, "first");
            drop((body, connection));
            assert_eq!(upstream.event().await?, "the stream is gone", "{further:?}, {version:?}");
            // The head of its answer never comes.
            let mut connection = Connection::open(gateway.address(), version).await?;
            let (frames, answer) = connection.begin(Request::post("/hold").body(())?).await?;
            drop(frames);
            assert_eq!(upstream.event().await?, "the request is held", "{further:?}, {version:?}");
            drop((answer, connection));
            assert_eq!(upstream.event().await?, "the request is gone", "{further:?}, {version:?}");
        }
    }
    Ok(())
}

/// A server need not permit more than a hundred streams on a connection, and this one permits two hundred.
#[tokio::test]
async fn streams_without_an_end_keep_no_others_waiting() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for further in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), further).await?;
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut connection = Connection::open(gateway.address(), Version::HTTP_2).await?;
            for _ in 0..100 {
                let stream = connection.send(Request::get("/stream").body(())?).await?;
                let mut body = stream.into_body();
                assert_eq!(data(&mut body).await?, "first", "{further:?}");
                streams.push(body);
            }
            streams.push(connection.send(Request::get("/count").body(())?).await?.into_body());
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_comes_back_is_found_again() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    for further in [&[][..], &["--upstream-http2"]] {
        let mut upstream = Upstream::start().await?;
        let gateway = file.gateway(upstream.address(), further).await?;
        for _ in 0..3 {
            assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{further:?}");
            let port = upstream.end().await?;
            assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 502, "{further:?}");
            upstream = Upstream::start_at(port).await?;
        }
        assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{further:?}");
        // Its old connections are gone without a request that would have told so.
        upstream = Upstream::start_at(upstream.end().await?).await?;
        assert_eq!(curl(gateway.address(), &["/count"]).await?.status, 200, "{further:?}");
        drop(upstream);
    }
    Ok(())
}

#[tokio::test]
async fn headers_of_a_connection_stay_there_and_others_pass() -> Result<()> {
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
    // What curl sends over HTTP/2 must not have them.
    let end_to_end = [
        &["/seen?a=%2f", "-H", "User-Agent:", "-H", "Accept: a/b", "-H", "X-Two: 2"],
        &["-H", "TE: trailers", "-H", "Host: api.example:8080"][..],
        // As browsers may send it there: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
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
    for (further, http1, line) in [
        (&[][..], true, "GET /seen?a=%2f HTTP/1.1"),
        (&["--upstream-http2"], false, "GET http://api.example:8080/seen?a=%2f HTTP/2.0"),
    ] {
        let gateway = file.gateway(upstream.address(), further).await?;
        let asked = |arguments: Vec<&'static str>| {
            let address = gateway.address().to_owned();
            async move { curl(&address, &arguments).await }
        };
        let by_http1 = asked([&["--http1.1"], &*hop_by_hop].concat()).await?;
        assert_eq!(by_http1.body, seen(line, http1, "1.1"));
        let by_http2 = asked([&["--http2-prior-knowledge"], &*end_to_end].concat()).await?;
        assert_eq!(by_http2.body, seen(line, http1, "2.0"));
    }
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let marked = curl(gateway.address(), &["/marked", "--http1.1"]).await?;
    assert_eq!(marked.headers, ["content-length: 6", "vary: origin", "x-two: 2"]);
    Ok(())
}

#[tokio::test]
async fn a_request_that_could_be_read_in_two_ways_does_not_pass() -> Result<()> {
    let upstream = Upstream::start().await?;
    let by_path = PolicyFile::new(BY_PATH)?;
    let gateway = by_path.gateway(upstream.address(), &[]).await?;
    // Where no policy goes by path, nothing depends on how one is read.
    let by_none = PolicyFile::new(POLICY)?;
    let open = by_none.gateway(upstream.address(), &[]).await?;
    for path in
        ["/public/../private", "/public/%2E%2e/private", "/a%2fb", "/a%5Cb", "/a\\b", "/a%00"]
    {
        for protocol in ["--http1.1", "--http2-prior-knowledge"] {
            let arguments = [path, protocol, "-H", FROM_APP];
            let refused = curl(gateway.address(), &arguments).await?;
            assert_eq!(refused.status, 400, "{path}");
            assert_eq!(refused.headers_of("access-control-"), [ALLOWS_APP], "{path}");
            assert!(!upstream.has_event().await, "{path}");
            for passed in [upstream.address(), open.address()] {
                let direct = curl(passed, &arguments).await?;
                assert_eq!(direct.status, 200, "{path}");
                assert_eq!(upstream.event().await?, format!("GET {path}"));
            }
        }
    }
    let end = "connection: close\r\n\r\n";
    #[rustfmt::skip]
    let rows = [
        ("what curl sends", "GET /a HTTP/1.1\r\nhost: a\r\n", "200"),
        ("the whole address", "GET http://a/a HTTP/1.1\r\nhost: a\r\n", "200"),
        ("another host than the address's", "GET http://b/a HTTP/1.1\r\nhost: a\r\n", "400"),
        ("two hosts", "GET /a HTTP/1.1\r\nhost: a\r\nhost: b\r\n", "400"),
        ("no host", "GET /a HTTP/1.1\r\n", "400"),
        ("an authority", "GET db:5432 HTTP/1.1\r\nhost: db:5432\r\n", "400"),
        ("a tunnel", "CONNECT db:5432 HTTP/1.1\r\nhost: db:5432\r\n", "400"),
        ("a tunnel by path", "CONNECT /a HTTP/1.1\r\nhost: a\r\n", "400"),
        ("an asterisk", "GET * HTTP/1.1\r\nhost: a\r\n", "400"),
        ("a coding that is not undone", "POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n", "501"),
    ];
    for (rule, head, status) in rows {
        let answer = raw(gateway.address(), &format!("{head}{end}")).await?;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{rule}: {answer}");
        assert_eq!(upstream.has_event().await, status == "200", "{rule}");
    }
    let options = curl(gateway.address(), &["-X", "OPTIONS", "--request-target", "*", "/"]).await?;
    assert!(options.body.starts_with("OPTIONS * HTTP/1.1\n"), "{}", options.body);
    Ok(())
}

/// CL.TE, in both orders: were the length believed, `GET /smuggled` would be a request of its own.
#[tokio::test]
async fn a_body_has_one_length() -> Result<()> {
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
        let answer = raw(gateway.address(), &request).await?;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains(smuggled), "{answer}");
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
        let answer = raw(gateway.address(), &request).await?;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn answers_without_a_body_and_before_the_answer_pass() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    for protocol in ["--http1.1", "--http2-prior-knowledge"] {
        for (path, status) in [("/nothing", 204), ("/unchanged", 304)] {
            let answer = curl(gateway.address(), &[path, protocol]).await?;
            assert_eq!((answer.status, &*answer.body), (status, ""), "{protocol}");
            assert_eq!(answer.headers, ["vary: origin"], "{protocol}");
        }
    }
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut connection = Connection::open(gateway.address(), version).await?;
        let head = connection.send(Request::head("/count").body(())?).await?;
        assert_eq!(head.status(), 200, "{version:?}");
        assert_eq!(head.headers().get("content-length").context("no length")?, "7", "{version:?}");
        let body = timeout(LIMIT, head.into_body().collect()).await??.to_bytes();
        assert!(body.is_empty(), "{version:?}");
    }
    let expecting = ["/echo", "--http1.1", "-H", "Expect: 100-continue", "-d", "a body"];
    let answer = curl(gateway.address(), &expecting).await?;
    assert_eq!((answer.status, &*answer.body), (200, "a body"));
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n\
                 HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone";
    let gateway = file.gateway(&says(hints).await?, &[]).await?;
    let answer = curl(gateway.address(), &["/"]).await?;
    assert_eq!((answer.status, &*answer.body), (200, "done"));
    assert_eq!(answer.headers, ["content-length: 4", "vary: origin"]);
    Ok(())
}

#[tokio::test]
async fn pages_can_read_why_the_upstream_does_not_answer() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    let upstream = Upstream::start().await?;
    let nobody = Upstream::nobody().await?;
    let nonsense = says("SSH-2.0-OpenSSH_9.2\r\n").await?;
    let unknown_coding = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    let unknown_coding = says(unknown_coding).await?;
    let unasked =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let unasked = says(unasked).await?;
    let (down, silent) = ("502 Bad Gateway: ", "504 Gateway Timeout: ");
    for (address, further, path, status, text) in [
        (&*nobody, &[][..], "/", 502, down),
        (&nobody, &["--upstream-http2"], "/", 502, down),
        (&nonsense, &[], "/", 502, down),
        (&nonsense, &["--upstream-http2"], "/", 502, down),
        (&unknown_coding, &[], "/", 502, down),
        (&unasked, &[], "/", 502, down),
        (upstream.address(), &["--timeout", "1"], "/hold", 504, silent),
        (upstream.address(), &["--timeout", "1", "--upstream-http2"], "/hold", 504, silent),
    ] {
        let gateway = file.gateway(address, further).await?;
        let answer = curl(gateway.address(), &[path, "-H", FROM_APP]).await?;
        assert_eq!(answer.status, status, "{further:?}");
        assert!(answer.body.starts_with(text), "{further:?}: {}", answer.body);
        assert_eq!(answer.headers_of("access-control-"), [ALLOWS_APP], "{further:?}");
        if status == 504 {
            assert_eq!(upstream.event().await?, "the request is held", "{further:?}");
            assert_eq!(upstream.event().await?, "the request is gone", "{further:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn web_sockets_pass_for_those_who_may_open_them() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(&format!("enforce = true\n{POLICY}"))?;
    for further in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), further).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for (origin, path, status) in [
                ("https://app.example.com", "/chat", StatusCode::OK),
                ("https://evil.example", "/chat", StatusCode::FORBIDDEN),
                ("https://app.example.com", "/nothing", StatusCode::NO_CONTENT),
            ] {
                let opened = open_web_socket(&gateway, version, path, origin).await?;
                let expected = match (version, status) {
                    (Version::HTTP_11, StatusCode::OK) => StatusCode::SWITCHING_PROTOCOLS,
                    // As an answer to `CONNECT`, it would be a tunnel.
                    (Version::HTTP_2, StatusCode::NO_CONTENT) => StatusCode::BAD_GATEWAY,
                    (_, status) => status,
                };
                assert_eq!(opened.status(), expected, "{further:?}, {version:?}, {origin}");
                if status != StatusCode::OK {
                    continue;
                }
                assert_eq!(cors(opened.headers()), [""; 0], "{version:?}");
                let socket = TokioIo::new(hyper::upgrade::on(opened).await?);
                let mut socket = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
                for text in ["first", "second"] {
                    socket.send(Message::text(text)).await?;
                    let heard = timeout(LIMIT, socket.next()).await?.context("it ended")??;
                    assert_eq!(heard, Message::text(text), "{further:?}, {version:?}");
                }
                drop(socket);
                assert_eq!(upstream.event().await?, "the socket is gone");
            }
        }
    }
    Ok(())
}

/// Over HTTP/2 the handshake of HTTP/1.1 is the gateway's own, and so is the proof that it was understood.
#[tokio::test]
async fn a_web_socket_is_one_where_the_upstream_says_so() -> Result<()> {
    let file = PolicyFile::new(POLICY)?;
    let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n";
    let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzhZRbK+xOo0=\r\n";
    for (rule, lines, by_http1, by_http2) in [
        ("the proof of another key", format!("upgrade: websocket\r\n{accept}"), 101, 502),
        ("no proof", "upgrade: websocket\r\n".to_owned(), 101, 502),
        ("another protocol", format!("upgrade: h2c\r\n{accept}"), 502, 502),
        ("no protocol", accept.to_owned(), 502, 502),
    ] {
        let upstream = says(format!("{switching}{lines}\r\n").leak()).await?;
        let gateway = file.gateway(&upstream, &[]).await?;
        for (version, status) in [(Version::HTTP_11, by_http1), (Version::HTTP_2, by_http2)] {
            let answer = open_web_socket(&gateway, version, "/chat", "https://app.example.com");
            assert_eq!(answer.await?.status(), status, "{rule}, {version:?}");
        }
    }
    Ok(())
}

/// Each answer is one of the policy before or one of the policy after, and none is missing. A page in Chromium
/// reads meanwhile, which both let it.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_while_the_policy_is_swapped_twenty_times() -> Result<()> {
    let upstream = Upstream::start().await?;
    let page = says(PAGE).await?;
    let swapped = SWAPPED.map(|policy| policy.replace("https://page.example", &page));
    let file = PolicyFile::new(&swapped[0])?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let browser = Browser::start(Engine::from_env()?).await?;
    browser.open(&page).await?;
    browser.evaluate(READ_ON, vec![gateway.address().into()]).await?;
    let answered = Arc::new(watch::Sender::new(0));
    let mut clients = Vec::new();
    for number in 0..CONNECTIONS {
        let version = if number % 2 == 0 { Version::HTTP_11 } else { Version::HTTP_2 };
        let connection = Connection::open(gateway.address(), version).await?;
        clients.push(tokio::spawn(ask_on(connection, Arc::clone(&answered))));
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let curl = tokio::spawn(ask_by_curl(gateway.address().to_owned(), Arc::clone(&is_over)));
    let mut count = answered.subscribe();
    for swap in 1..=SWAPS {
        // Spread over all of them, so that requests pass before the first and after the last.
        count.wait_for(|count| *count >= swap * REQUESTS / (SWAPS + 1)).await?;
        let new = swap % 2;
        file.replace(&swapped[new])?;
        assert_eq!(gateway.error().await?, "policy: reloaded", "swap {swap}");
        // Whoever asks after that is answered by the new one.
        let mut connection = Connection::open(gateway.address(), Version::HTTP_11).await?;
        let response = connection.send(of_both()?).await?;
        assert_eq!(cors(response.headers()), ANSWERS[new], "swap {swap}");
    }
    let mut by_each = [0, 0];
    for client in clients {
        let of_client = client.await??;
        by_each[0] += of_client[0];
        by_each[1] += of_client[1];
    }
    is_over.store(true, Ordering::Relaxed);
    let by_curl = curl.await??;
    let read = browser.evaluate_async(STOP, vec![]).await?;
    println!("by the one policy {}, by the other {}", by_each[0], by_each[1]);
    println!("to curl by each: {by_curl:?}; to the page: {read}");
    assert!(by_curl.iter().all(|answers| *answers > 0), "{by_curl:?}");
    assert_eq!(by_each[0] + by_each[1], REQUESTS);
    assert!(by_each.iter().all(|answers| *answers > REQUESTS / 10), "{by_each:?}");
    assert_eq!(read["failed"], serde_json::json!([]));
    assert!(read["read"].as_u64() > Some(20), "{read}");
    browser.close().await
}

#[tokio::test]
async fn a_file_with_faults_ends_the_gateway_at_start_and_changes_nothing_later() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(BROKEN)?;
    let path = file.path();
    let path = path.to_str().context("not Unicode")?;
    let arguments = ["--listen", "127.0.0.1:0", "--upstream", upstream.address()];
    let output = Example::run("gateway", &[&arguments[..], &[path]].concat()).await?;
    let errors = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(output.stdout.is_empty(), "it does not listen");
    for fault in FAULTS {
        assert!(errors.contains(fault), "no {fault} in {errors}");
    }
    let missing = Example::run("gateway", &[&arguments[..], &["missing.toml"]].concat()).await?;
    assert_eq!(missing.status.code(), Some(1));

    file.replace(POLICY)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    file.replace(BROKEN)?;
    assert_eq!(gateway.error().await?, format!("{path}: 3 faults"));
    for fault in FAULTS {
        let line = gateway.error().await?;
        assert!(line.starts_with("- ") && line.contains(fault), "no {fault} in {line}");
    }
    assert_eq!(gateway.error().await?, "policy: not reloaded; the active policy stays");
    let answer = curl(gateway.address(), &["/count", "-H", FROM_APP]).await?;
    assert_eq!(answer.headers_of("access-control-"), [ALLOWS_APP]);
    // A file that is gone, and comes back, as it is between two steps of some tools.
    fs::remove_file(file.path())?;
    assert!(gateway.error().await?.starts_with(path));
    assert_eq!(gateway.error().await?, "policy: not reloaded; the active policy stays");
    file.replace(&POLICY.replace("app.example.com", "new.example.com"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    let answer = curl(gateway.address(), &["/count", "-H", "Origin: https://new.example.com"]);
    assert_eq!(answer.await?.headers_of("access-control-allow-origin").len(), 1);
    Ok(())
}

/// Kubernetes writes a new folder, and turns a link round; others write into the file as it lies there.
#[tokio::test]
async fn a_policy_is_followed_however_it_is_written() -> Result<()> {
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
    // Where the link leads to, as it was at the beginning.
    fs::write(folder.join("..1/policy.toml"), new(3))?;
    symlink("..1", folder.join("..next"))?;
    fs::rename(folder.join("..next"), folder.join("..data"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    assert_allows(&gateway, 3).await?;
    // Emptied first, and written then: what is read between is told, and not in force.
    fs::write(folder.join("..1/policy.toml"), new(4))?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_allows(&gateway, 4).await
}

#[tokio::test]
async fn what_is_under_way_is_answered_before_the_gateway_ends() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new(POLICY)?;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let gateway = file.gateway(upstream.address(), &[]).await?;
        let mut connection = Connection::open(gateway.address(), version).await?;
        let (mut frames, answer) = connection.begin(Request::post("/echo").body(())?).await?;
        frames.send_data("first".into()).await?;
        let mut body = answer.await?.into_body();
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

/// A stream of events would be under way for ever: it ends whole, and not by a connection that is cut.
#[tokio::test]
async fn streams_of_events_end_with_the_gateway() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]\n")?;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let gateway = file.gateway(upstream.address(), &[]).await?;
        let mut connection = Connection::open(gateway.address(), version).await?;
        let answer = connection.send(Request::get("/events").body(())?).await?;
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        let mut body = answer.into_body();
        assert_eq!(data(&mut body).await?, "data: 1\n\n");
        let ending = tokio::spawn(gateway.interrupt());
        let rest = timeout(LIMIT, body.collect()).await??.to_bytes();
        assert!(rest.is_empty(), "{version:?}: {rest:?}");
        assert!(ending.await??.success());
    }
    Ok(())
}

/// A page reads through the gateway and speaks on a WebSocket, until the policy names its origin no longer.
#[tokio::test]
async fn pages_in_a_browser_do_what_the_policy_of_the_moment_says() -> Result<()> {
    let upstream = Upstream::start().await?;
    let page = says(PAGE).await?;
    let policy = format!("enforce = true\n{POLICY}").replace("https://app.example.com", &page);
    let file = PolicyFile::new(&policy)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let browser = Browser::start(Engine::from_env()?).await?;
    browser.open(&page).await?;
    let arguments = || vec![gateway.address().into()];
    let all = "PUT /seen, heard: hello";
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, all);
    file.replace(&policy.replace(&page, "https://other.example"))?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    let nothing = "TypeError: Failed to fetch, error";
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, nothing);
    file.replace(&policy)?;
    assert_eq!(gateway.error().await?, "policy: reloaded");
    assert_eq!(browser.evaluate_async(USE, arguments()).await?, all);
    browser.close().await
}

async fn assert_allows(gateway: &Example, number: u32) -> Result<()> {
    let origin = format!("https://app{number}.example.com");
    let from = format!("Origin: {origin}");
    let answer = curl(gateway.address(), &["/count", "-H", &from]).await?;
    let allowed = format!("access-control-allow-origin: {origin}");
    assert_eq!(answer.headers_of("access-control-allow-origin"), [allowed]);
    Ok(())
}

/// Its share of the requests, one after the other; how many were answered by each policy.
async fn ask_on(
    mut connection: Connection,
    answered: Arc<watch::Sender<usize>>,
) -> Result<[usize; 2]> {
    let mut by_each = [0, 0];
    for _ in 0..REQUESTS / CONNECTIONS {
        let response = connection.send(of_both()?).await?;
        ensure!(response.status() == 200, "{response:?}");
        let headers = cors(response.headers());
        let policy = ANSWERS.iter().position(|answer| headers == *answer);
        by_each[policy.with_context(|| format!("of neither: {headers:?}"))?] += 1;
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(body == "counted", "{body:?}");
        answered.send_modify(|count| *count += 1);
    }
    Ok(by_each)
}

/// By curl, a hundred requests on one connection at a time.
async fn ask_by_curl(gateway: String, is_over: Arc<AtomicBool>) -> Result<[usize; 2]> {
    let said = ["200 true,https://app.example.com,x-one,x-two counted", "200 ,*,x-three counted"];
    let written = "%{http_code} %header{access-control-allow-credentials},\
                   %header{access-control-allow-origin},%header{access-control-expose-headers} ";
    let mut by_each = [0, 0];
    while !is_over.load(Ordering::Relaxed) {
        let output = Command::new("curl")
            .args(["--disable", "--noproxy", "*", "-sS", "--max-time", "60", "--output", "-"])
            .args(["-w", &format!("{{{written}}}\n"), "-H", "origin: https://app.example.com"])
            .arg(format!("{gateway}/count?[1-100]"))
            .output()
            .await?;
        ensure!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout)?;
        // The body stands before what is written of its response.
        for line in lines.lines() {
            let (body, written) = line.split_once('{').context("a body and what is written")?;
            let line = format!("{}{body}", written.trim_end_matches('}'));
            let policy = said.iter().position(|said| line == *said);
            by_each[policy.with_context(|| format!("of neither: {line}"))?] += 1;
        }
        ensure!(lines.lines().count() == 100, "some are lost: {lines}");
    }
    Ok(by_each)
}

/// Of an origin that both policies name.
fn of_both() -> Result<Request<()>> {
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
        // The one of RFC 6455, section 1.3.
        request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    let request = request.header("sec-websocket-version", "13").body(())?;
    let response = connection.send(request).await?;
    // What is said on it goes on without the handle.
    std::mem::forget(connection);
    Ok(response)
}

async fn data(body: &mut Incoming) -> Result<Bytes> {
    let frame = timeout(LIMIT, body.frame()).await.context("no frame comes")?;
    frame.context("the body ended")??.into_data().ok().context("no data")
}

/// A server that says this, whatever it is asked, and ends the connection.
async fn says(text: &'static str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_with(stream, text));
        }
    });
    Ok(address)
}

async fn answer_with(mut stream: TcpStream, text: &str) -> Result<()> {
    let _ = stream.read(&mut [0; 4096]).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    // Otherwise what comes late resets the connection, and with it what is on its way.
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

/// Two policies that differ in every header, and let the page read.
const SWAPPED: [&str; 2] = [
    r#"
    [[cors.rules]]
    origins = ["https://app.example.com"]
    allow_credentials = true
    expose_headers = ["x-one", "x-two"]
    [[cors.rules]]
    origins = ["https://page.example"]
    "#,
    r#"
    [[cors.rules]]
    origins = ["*"]
    expose_headers = ["x-three"]
    "#,
];
const ANSWERS: [&[&str]; 2] = [
    &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: x-one,x-two",
        "vary: origin",
    ],
    &["access-control-allow-origin: *", "access-control-expose-headers: x-three"],
];
const REQUESTS: usize = 10_000;
const CONNECTIONS: usize = 8;
const SWAPS: usize = 20;

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n\
                    <!doctype html><title>a page</title>";
const READ_ON: &str = r#"
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
    const heard = await new Promise(resolve => {
        const socket = new WebSocket(`${gateway.replace("http", "ws")}/chat`);
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => { resolve(`heard: ${data}`); socket.close(); };
        socket.onerror = () => resolve("error");
    });
    return `${read}, ${heard}`;
"#;
