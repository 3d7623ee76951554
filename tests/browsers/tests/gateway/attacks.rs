//! Attacks on the gateway. Each test first shows that the attack succeeds without the protection.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
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
const CHECKED: [&str; 3] = ["cookie", "origin", "sec-fetch-site"];
