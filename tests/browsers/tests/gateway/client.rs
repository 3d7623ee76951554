use std::{convert::Infallible, process::Output, time::Duration};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::channel::{Channel, Sender};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    task::JoinHandle,
    time::timeout,
};

/// A connection to a server with control over each frame.
///
/// Dropping this value closes the connection, including pending requests.
pub struct Connection {
    sender: RequestSender,
    authority: String,
    task: JoinHandle<()>,
}

enum RequestSender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

type Body = Channel<Bytes, Infallible>;

impl Connection {
    /// Connects to the server.
    pub async fn open(server: &str, version: Version) -> Result<Self> {
        let authority = server.strip_prefix("http://").context("expected an http URL")?.to_owned();
        let stream = TokioIo::new(TcpStream::connect(&authority).await?);
        let (sender, task) = if version == Version::HTTP_2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            (RequestSender::Http2(sender), tokio::spawn(async move { _ = connection.await }))
        } else {
            let (sender, connection) = http1::handshake(stream).await?;
            let task = tokio::spawn(async move { _ = connection.with_upgrades().await });
            (RequestSender::Http1(sender), task)
        };
        Ok(Self { sender, authority, task })
    }

    /// Sends the head of a request.
    ///
    /// Returns the sender of the body and a future of the response.
    pub async fn begin(
        &mut self,
        mut request: Request<()>,
    ) -> Result<(Sender<Bytes, Infallible>, impl Future<Output = Result<Response<Incoming>>> + use<>)>
    {
        let (frames, body) = Channel::new(1);
        let path = request.uri().path_and_query().context("the URI has no path")?.clone();
        let response = match &mut self.sender {
            RequestSender::Http1(sender) => {
                sender.ready().await?;
                request.headers_mut().insert("host", self.authority.parse()?);
                *request.uri_mut() = path.as_str().parse()?;
                tokio::spawn(sender.send_request(request.map(|()| body)))
            }
            RequestSender::Http2(sender) => {
                sender.ready().await?;
                *request.uri_mut() = format!("http://{}{path}", self.authority).parse()?;
                tokio::spawn(sender.send_request(request.map(|()| body)))
            }
        };
        // Created before the `async` block, so that dropping the unpolled future aborts the task, too.
        let response = AbortOnDrop(response);
        let response = async {
            Ok(timeout(LIMIT, response).await.context("no response arrived in time")???)
        };
        Ok((frames, response))
    }

    /// Sends a request without a body.
    pub async fn send(&mut self, request: Request<()>) -> Result<Response<Incoming>> {
        let (frames, response) = self.begin(request).await?;
        drop(frames);
        response.await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A task that is aborted when this value is dropped.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends these bytes and returns the response, up to the end of the connection.
pub async fn raw(server: &str, request: &str) -> Result<String> {
    let address = server.strip_prefix("http://").context("expected an http URL")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    let end = timeout(LIMIT, stream.read_to_end(&mut response)).await;
    end.context("the connection did not end in time")??;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// A response received by `curl`.
pub struct CurlResponse {
    pub status: u16,
    /// The sorted field lines, without `date`.
    pub headers: Vec<String>,
    pub body: String,
}

impl CurlResponse {
    /// Returns the field lines whose name starts with `prefix`.
    pub fn headers_with_prefix(&self, prefix: &str) -> Vec<&str> {
        self.headers.iter().map(String::as_str).filter(|line| line.starts_with(prefix)).collect()
    }
}

/// Runs `curl`. Arguments that are paths are converted to URLs of `server`.
pub async fn curl(server: &str, arguments: &[&str]) -> Result<CurlResponse> {
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix('/') {
        Some(path) => format!("{server}/{path}"),
        None => (*argument).to_owned(),
    });
    let output: Output = Command::new("curl")
        // The user's configuration is ignored.
        .args(["--disable", "--noproxy", "*", "--silent", "--show-error", "--path-as-is"])
        .args(["--dump-header", "-", "--max-time", "60"])
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .context("could not start curl")?;
    ensure!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    // Informational responses (1xx) come first and have a head, too.
    let (mut head, mut body) = split(&text)?;
    while head.split(' ').nth(1).is_some_and(|status| status.starts_with('1')) {
        (head, body) = split(body)?;
    }
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("the response has no status")?;
    let mut headers: Vec<String> =
        lines.filter(|line| !line.starts_with("date:")).map(str::to_owned).collect();
    headers.sort();
    Ok(CurlResponse { status: status.parse()?, headers, body: body.to_owned() })
}

fn split(text: &str) -> Result<(&str, &str)> {
    text.split_once("\r\n\r\n").context("the head of the response has no end")
}

/// Returns the sorted field lines of `Vary` and of all CORS headers.
pub fn cors(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary")
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines
}

/// A long limit, because test machines can be slow. The tests do not measure time.
pub const LIMIT: Duration = Duration::from_secs(60);
