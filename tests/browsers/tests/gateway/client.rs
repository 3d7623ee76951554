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

/// A connection to a server, frame by frame. It is closed with this value, whatever is under way on it.
pub struct Connection {
    sender: Sending,
    authority: String,
    task: JoinHandle<()>,
}

enum Sending {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

type Body = Channel<Bytes, Infallible>;

impl Connection {
    pub async fn open(server: &str, version: Version) -> Result<Self> {
        let authority = server.strip_prefix("http://").context("no address")?.to_owned();
        let stream = TokioIo::new(TcpStream::connect(&authority).await?);
        let (sender, task) = if version == Version::HTTP_2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
            (Sending::Http2(sender), tokio::spawn(async move { _ = connection.await }))
        } else {
            let (sender, connection) = http1::handshake(stream).await?;
            let task = tokio::spawn(async move { _ = connection.with_upgrades().await });
            (Sending::Http1(sender), task)
        };
        Ok(Self { sender, authority, task })
    }

    /// Sends a request's head; its body goes on with what is returned beside the answer to come.
    pub async fn begin(
        &mut self,
        mut request: Request<()>,
    ) -> Result<(Sender<Bytes, Infallible>, impl Future<Output = Result<Response<Incoming>>> + use<>)>
    {
        let (frames, body) = Channel::new(1);
        let path = request.uri().path_and_query().context("no path")?.clone();
        let answer = match &mut self.sender {
            Sending::Http1(sender) => {
                sender.ready().await?;
                request.headers_mut().insert("host", self.authority.parse()?);
                *request.uri_mut() = path.as_str().parse()?;
                tokio::spawn(sender.send_request(request.map(|()| body)))
            }
            Sending::Http2(sender) => {
                sender.ready().await?;
                *request.uri_mut() = format!("http://{}{path}", self.authority).parse()?;
                tokio::spawn(sender.send_request(request.map(|()| body)))
            }
        };
        // Made here: what is dropped before it is first waited for is to be dropped, too.
        let answer = Aborted(answer);
        let answer = async { Ok(timeout(LIMIT, answer).await.context("no answer comes")???) };
        Ok((frames, answer))
    }

    /// Sends a request without a body.
    pub async fn send(&mut self, request: Request<()>) -> Result<Response<Incoming>> {
        let (frames, answer) = self.begin(request).await?;
        drop(frames);
        answer.await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is dropped is no longer waited for.
struct Aborted<T>(JoinHandle<T>);

impl<T> Future for Aborted<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is answered to these bytes, up to the end of the connection.
pub async fn raw(server: &str, request: &str) -> Result<String> {
    let address = server.strip_prefix("http://").context("no address")?;
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut answer)).await.context("no end comes")??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// What `curl` gets: the status, the headers without `date`, in the alphabet's order, and the body.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: String,
}

impl Answer {
    /// Those whose name begins so.
    pub fn headers_of(&self, name: &str) -> Vec<&str> {
        self.headers.iter().map(String::as_str).filter(|line| line.starts_with(name)).collect()
    }
}

/// Paths among the arguments become addresses at `server`.
pub async fn curl(server: &str, arguments: &[&str]) -> Result<Answer> {
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix('/') {
        Some(path) => format!("{server}/{path}"),
        None => (*argument).to_owned(),
    });
    let output: Output = Command::new("curl")
        // Nothing of the user's own configuration.
        .args(["--disable", "--noproxy", "*", "--silent", "--show-error", "--path-as-is"])
        .args(["--dump-header", "-", "--max-time", "60"])
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .context("curl does not start")?;
    ensure!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    // What is said before the answer has a head, too.
    let (mut head, mut body) = split(&text)?;
    while head.split(' ').nth(1).is_some_and(|status| status.starts_with('1')) {
        (head, body) = split(body)?;
    }
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
    let mut headers: Vec<String> =
        lines.filter(|line| !line.starts_with("date:")).map(str::to_owned).collect();
    headers.sort();
    Ok(Answer { status: status.parse()?, headers, body: body.to_owned() })
}

fn split(text: &str) -> Result<(&str, &str)> {
    text.split_once("\r\n\r\n").context("an answer without an end of its head")
}

/// The lines of those headers that concern CORS, in the alphabet's order.
pub fn cors(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary")
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines
}

/// Generous: these machines are slow at times, and nothing is measured here.
pub const LIMIT: Duration = Duration::from_secs(60);
