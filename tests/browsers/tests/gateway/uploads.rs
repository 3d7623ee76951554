//! Responses that precede the end of an upload.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, Version};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{
    client::{Connection, LIMIT},
    policy::PolicyFile,
    upstream::Upstream,
};

// R32: FilePond lost the 413 of 9 of 30 uploads. The same holds for responses of the gateway itself.
#[tokio::test(flavor = "multi_thread")]
async fn early_response_reaches_a_client_that_uploads() -> Result<()> {
    let rejecting = rejecting_server().await?;
    let closed = Upstream::closed_address().await?;
    let file = PolicyFile::new("[guard.csrf]")?;
    for (upstream, options, site, status) in [
        (&rejecting, &[][..], "same-origin", 413),
        (&closed, &[], "same-origin", 502),
        (&closed, &["--upstream-http2"], "same-origin", 502),
        (&rejecting, &[], "cross-site", 403),
    ] {
        let gateway = file.gateway(upstream, options).await?;
        for chunked in [false, true] {
            for run in 1..=RUNS {
                let response = upload_raw(gateway.address(), site, chunked).await;
                let response =
                    response.with_context(|| format!("{status}, run {run}, chunked: {chunked}"))?;
                let expected = format!("HTTP/1.1 {status} ");
                ensure!(response.starts_with(&expected), "run {run}: {response:?}");
                let body = response.split_once("\r\n\r\n").map(|(_, body)| body);
                ensure!(body.is_some_and(|body| body.ends_with('\n')), "run {run}: {response:?}");
            }
        }
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for run in 1..=RUNS {
                let about = || format!("{status}, {version:?}, run {run}");
                let actual = upload(gateway.address(), site, version).await.with_context(about)?;
                ensure!(actual == status, "{}: {actual}", about());
            }
        }
    }
    Ok(())
}

/// Sends a whole upload, and then reads the response.
async fn upload_raw(server: &str, site: &str, chunked: bool) -> Result<String> {
    let address = server.strip_prefix("http://").context("expected an http URL")?;
    let mut stream = TcpStream::connect(address).await?;
    let length = if chunked {
        "transfer-encoding: chunked".to_owned()
    } else {
        format!("content-length: {}", PARTS * PART.len())
    };
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: a\r\nconnection: close\r\nsec-fetch-site: {site}\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..PARTS {
        if chunked {
            stream.write_all(format!("{:x}\r\n", PART.len()).as_bytes()).await?;
        }
        stream.write_all(&PART).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    let mut response = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut response)).await.context("no end in time")??;
    Ok(String::from_utf8(response)?)
}

/// Sends an upload and reads the response at the same time. Returns the status.
async fn upload(server: &str, site: &str, version: Version) -> Result<u16> {
    let mut connection = Connection::open(server, version).await?;
    let request = Request::post("/upload").header("sec-fetch-site", site).body(())?;
    let (mut frames, response) = connection.begin(request).await?;
    let sending = tokio::spawn(async move {
        for _ in 0..PARTS {
            if frames.send_data(Bytes::from_static(&PART)).await.is_err() {
                return;
            }
        }
    });
    let response = response.await?;
    let status = response.status().as_u16();
    let body = timeout(LIMIT, response.into_body().collect()).await??.to_bytes();
    ensure!(body.ends_with(b"\n"), "{status}: {body:?}");
    sending.abort();
    Ok(status)
}

/// Starts a server that rejects each request after its head.
///
/// It closes the connection without reading the body.
async fn rejecting_server() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 512]).await;
                let _ = stream.write_all(TOO_LARGE).await;
            });
        }
    });
    Ok(address)
}

const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Content Too Large\r\ncontent-type: text/plain\r\n\
                           content-length: 10\r\nconnection: close\r\n\r\ntoo large\n";
const RUNS: usize = 30;
/// 20 MB.
const PARTS: usize = 320;
static PART: [u8; 65_536] = [b'x'; 65_536];
