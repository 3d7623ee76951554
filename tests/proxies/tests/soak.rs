//! A gateway under mixed load, with reloads, failing upstreams and clients that vanish.
//!
//! ```sh
//! cargo test --test soak                                  # 20 seconds
//! SOAK_SECONDS=600 cargo test --test soak short_load
//! cargo test --test soak -- --ignored --nocapture         # 30 minutes
//! ```

#[path = "../../browsers/tests/gateway/client.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod client;
#[path = "../../browsers/tests/gateway/policy.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod policy;
#[path = "../../browsers/tests/gateway/upstream.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod upstream;

use std::{
    env, fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use browsers::Example;
use futures_util::{SinkExt, StreamExt};
use http::{Method, Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::{body::Incoming, ext::Protocol};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use self::{
    client::{Connection, LIMIT},
    policy::PolicyFile,
    upstream::Upstream,
};

#[tokio::test(flavor = "multi_thread")]
async fn short_load_leaves_nothing_behind() -> Result<()> {
    let seconds = env::var("SOAK_SECONDS").ok().map_or(Ok(20), |seconds| seconds.parse())?;
    soak(Duration::from_secs(seconds)).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 30 minutes"]
async fn load_of_30_minutes_leaves_nothing_behind() -> Result<()> {
    soak(Duration::from_secs(30 * 60)).await
}

async fn soak(duration: Duration) -> Result<()> {
    let upstream = Upstream::start().await?;
    let upstream_address = upstream.address().to_owned();
    let file = Arc::new(PolicyFile::new(POLICIES[0])?);
    let path = file.path();
    let path = path.to_str().context("the path is not Unicode")?;
    let arguments = [&["--upstream", &upstream_address], &LIMITS[..], &[path]].concat();
    // With several arenas of glibc, the memory also depends on the threads that happen to run.
    let setup = "export MALLOC_ARENA_MAX=1 RUST_LOG=error,gateway::connections=debug";
    let gateway = Arc::new(Example::start_in_shell(setup, "gateway", &arguments).await?);
    let process = Process(gateway.id().context("the gateway has ended")?);
    let files = process.open_files()?;
    let tasks = tasks_after_request(&gateway).await?;

    let load = Load {
        address: gateway.address().to_owned(),
        is_over: Arc::default(),
        sent: Arc::default(),
        answered: Arc::default(),
        failed_upstream: Arc::default(),
        cut: Arc::default(),
    };
    let mut running = JoinSet::new();
    for version in [Version::HTTP_11, Version::HTTP_2] {
        for _ in 0..2 {
            running.spawn(load.clone().send_requests(version));
            running.spawn(load.clone().read_events(version));
            running.spawn(load.clone().poll(version));
            running.spawn(load.clone().use_web_sockets(version));
        }
    }
    running.spawn(load.clone().vanish());
    running.spawn(load.clone().stop_reading());
    for (about, bytes) in SILENT {
        running.spawn(load.clone().stay_silent(about, bytes));
    }
    running.spawn(load.clone().change_policy(Arc::clone(&file)));
    running.spawn(load.clone().restart(upstream));

    let begun = Instant::now();
    let mut memory = Vec::new();
    while begun.elapsed() < duration {
        sleep(Duration::from_secs(1)).await;
        memory.push(process.memory()?);
        if let Some(ended) = running.try_join_next() {
            ended??;
            bail!("a client ended early");
        }
    }
    load.is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let [sent, answered, failed, cut] =
        [&load.sent, &load.answered, &load.failed_upstream, &load.cut]
            .map(|count| count.load(Ordering::Relaxed));
    println!("{sent} requests, {answered} answered: {failed} with a failing upstream, {cut} cut");
    ensure!(sent == answered && sent > 100, "{sent} requests, but {answered} answered");
    ensure!(failed > 0, "the upstream did not fail");
    ensure!(failed < sent / 4, "{failed} of {sent} requests failed");
    ensure!(cut <= sent / 1000 + 1, "{cut} of {sent} responses ended early");

    let closed = async {
        while process.open_files()? > files {
            sleep(TICK).await
        }
        anyhow::Ok(())
    };
    timeout(LIMIT, closed).await.context("connections are open")??;
    let tasks_at_end = tasks_after_request(&gateway).await?;
    println!("tasks at the begin and at the end: {tasks}, {tasks_at_end}");
    ensure!(tasks_at_end == tasks, "{tasks} tasks have become {tasks_at_end}");

    // 5 minutes of 30.
    let window = (memory.len() / 12).max(3);
    let warm_up = memory.len() / 6;
    let warm = median(memory.get(warm_up..warm_up + window));
    let last = median(memory.get(memory.len().saturating_sub(window)..));
    println!("memory after the warm-up and at the end: {warm} and {last} kB");
    // In a short run, the allocator has not yet reserved all of its memory.
    let factor = if duration >= Duration::from_secs(600) { 105 } else { 130 };
    ensure!(last * 100 <= warm * factor, "{warm} kB have become {last} kB: {memory:?}");
    Ok(())
}

/// Sends a request, and returns the number of tasks after the end of its connection.
async fn tasks_after_request(gateway: &Example) -> Result<u64> {
    let mut connection = Connection::open(gateway.address(), Version::HTTP_11).await?;
    let response = connection.send(Request::get("/count").body(())?).await?;
    response.into_body().collect().await?;
    // Lines of earlier connections.
    while timeout(TICK, gateway.error()).await.is_ok() {}
    drop(connection);
    loop {
        let line = gateway.error().await?;
        if let Some(tasks) = line.strip_prefix("no connection is open; tasks: ") {
            return Ok(tasks.parse()?);
        }
    }
}

#[derive(Clone)]
struct Load {
    address: String,
    is_over: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
    /// The number of responses that report a failing upstream.
    failed_upstream: Arc<AtomicU64>,
    /// The number of responses that the upstream did not finish, without a head.
    cut: Arc<AtomicU64>,
}

impl Load {
    fn continues(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    /// Sends a request and checks the status of its response.
    ///
    /// Returns `None` if the client must use another connection.
    async fn send(
        &self,
        connection: &mut Connection,
        request: Request<()>,
        body: Option<&'static str>,
        expected: u16,
    ) -> Result<Option<http::Response<Incoming>>> {
        let about = format!("{} {} ({expected})", request.method(), request.uri());
        // An error means that the connection ended before the request.
        let Ok((mut frames, response)) = connection.begin(request).await else { return Ok(None) };
        self.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(body) = body {
            // The response can precede the end of the body.
            let _ = frames.send_data(body.into()).await;
        }
        drop(frames);
        let response = match response.await {
            // The upstream ended between the head and the body. The end of the stream overtakes the head.
            Err(error) if expected < 300 && is_cut(&error) => None,
            response => Some(response.with_context(|| format!("{about}: not answered"))?),
        };
        self.answered.fetch_add(1, Ordering::Relaxed);
        let Some(response) = response else {
            self.cut.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        };
        let status = response.status();
        if status == StatusCode::BAD_GATEWAY {
            self.failed_upstream.fetch_add(1, Ordering::Relaxed);
        } else {
            ensure!(status == expected, "{about}: {status}");
        }
        Ok(Some(response))
    }

    async fn send_requests(self, version: Version) -> Result<()> {
        const APP: (&str, &str) = ("origin", "https://app.example.com");
        while self.continues() {
            let mut connection = Connection::open(&self.address, version).await?;
            'connection: for _ in 0..20 {
                let get = Request::get("/count").header(APP.0, APP.1);
                let save = Request::post("/echo").header(APP.0, APP.1);
                let preflight = Request::options("/count").header(APP.0, APP.1);
                let preflight = preflight.header("access-control-request-method", "PUT");
                let forged = Request::post("/echo").header("sec-fetch-site", "cross-site");
                for (request, body, expected) in [
                    (get, None, 200),
                    (save, Some("hello"), 200),
                    (preflight, None, 204),
                    (forged, Some("hello"), 403),
                ] {
                    let sent = self.send(&mut connection, request.body(())?, body, expected);
                    // The upstream can end during the response.
                    let Some(response) = sent.await? else { break 'connection };
                    if response.into_body().collect().await.is_err() {
                        break 'connection;
                    }
                }
                sleep(TICK).await;
            }
        }
        Ok(())
    }

    async fn read_events(self, version: Version) -> Result<()> {
        while self.continues() {
            let mut connection = Connection::open(&self.address, version).await?;
            let request = Request::get("/events").header("accept", "text/event-stream");
            let response = self.send(&mut connection, request.body(())?, None, 200).await?;
            if let Some(response) = response {
                // `max_age` or the upstream ends the stream.
                let _ = timeout(LIMIT, response.into_body().collect()).await.context("no end")?;
            }
            sleep(TICK).await;
        }
        Ok(())
    }

    async fn poll(self, version: Version) -> Result<()> {
        while self.continues() {
            let mut connection = Connection::open(&self.address, version).await?;
            for _ in 0..3 {
                let request = Request::get("/hold").body(())?;
                let response = self.send(&mut connection, request, None, 204).await?;
                let Some(response) = response else { break };
                let _ = response.into_body().collect().await;
                sleep(TICK).await;
            }
        }
        Ok(())
    }

    async fn use_web_sockets(self, version: Version) -> Result<()> {
        for number in 0.. {
            if !self.continues() {
                break;
            }
            sleep(TICK).await;
            let mut connection = Connection::open(&self.address, version).await?;
            let request = Request::get("/chat").header("sec-websocket-version", "13");
            let (request, opened) = if version == Version::HTTP_2 {
                let protocol = Protocol::from_static("websocket");
                (request.method(Method::CONNECT).extension(protocol), 200)
            } else {
                let request =
                    request.header("connection", "upgrade").header("upgrade", "websocket");
                (request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), 101)
            };
            let response = self.send(&mut connection, request.body(())?, None, opened).await?;
            let Some(response) = response.filter(|response| response.status() == opened) else {
                continue;
            };
            let socket = TokioIo::new(hyper::upgrade::on(response).await?);
            let mut socket = WebSocketStream::from_raw_socket(socket, Role::Client, None).await;
            for _ in 0..5 {
                let _ = socket.send(Message::text("hello")).await;
                let Some(Ok(_)) = timeout(LIMIT, socket.next()).await.context("no message")? else {
                    break;
                };
                sleep(TICK).await;
            }
            match number % 3 {
                0 => _ = socket.close(None).await,
                // The client vanishes.
                1 => {}
                // The gateway ends the silent tunnel.
                _ => {
                    let end = async { while socket.next().await.is_some_and(|one| one.is_ok()) {} };
                    timeout(LIMIT, end).await.context("the WebSocket did not end")?;
                }
            }
        }
        Ok(())
    }

    async fn vanish(self) -> Result<()> {
        for number in 0.. {
            if !self.continues() {
                break;
            }
            let mut stream = self.open(PARTIAL[number % PARTIAL.len()]).await?;
            sleep(TICK).await;
            if number % 2 == 0 {
                // Resets the connection.
                stream.set_zero_linger()?;
            } else {
                stream.shutdown().await?;
            }
        }
        Ok(())
    }

    /// Sends an upload that the upstream returns, and never reads it.
    async fn stop_reading(self) -> Result<()> {
        while self.continues() {
            let head = b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n";
            let mut stream = self.open(head).await?;
            let upload = async { while stream.write_all(&[b'x'; 8192]).await.is_ok() {} };
            timeout(LIMIT, upload).await.context("the gateway did not end the connection")?;
        }
        Ok(())
    }

    async fn stay_silent(self, about: &'static str, bytes: &'static [u8]) -> Result<()> {
        while self.continues() {
            let mut stream = self.open(bytes).await?;
            let end =
                async { while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {} };
            timeout(LIMIT, end).await.with_context(|| format!("{about}: no end"))?;
        }
        Ok(())
    }

    async fn change_policy(self, file: Arc<PolicyFile>) -> Result<()> {
        for number in 1.. {
            if !self.continues() {
                break;
            }
            file.replace(POLICIES[number % POLICIES.len()])?;
            sleep(Duration::from_millis(300)).await;
        }
        file.replace(POLICIES[0])
    }

    async fn restart(self, mut upstream: Upstream) -> Result<()> {
        while self.continues() {
            sleep(Duration::from_secs(3)).await;
            let port = upstream.end().await?;
            sleep(Duration::from_millis(100)).await;
            upstream = Upstream::start_at(port).await?;
        }
        // The upstream continues for the last requests.
        std::mem::forget(upstream);
        Ok(())
    }

    async fn open(&self, bytes: &[u8]) -> Result<TcpStream> {
        let address = self.address.strip_prefix("http://").context("expected an http URL")?;
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(bytes).await?;
        Ok(stream)
    }
}

/// Returns whether the error is the end of a stream, and not a time limit.
fn is_cut(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    CUT.iter().any(|cut| text.contains(cut))
}

/// A process of Linux.
#[derive(Clone, Copy)]
struct Process(u32);

impl Process {
    fn open_files(self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0))?.count())
    }

    /// Returns the resident memory in kB.
    fn memory(self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("the memory is unknown")?.parse()?)
    }
}

fn median(samples: Option<&[u64]>) -> u64 {
    let mut samples = samples.unwrap_or_default().to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

const TICK: Duration = Duration::from_millis(100);
/// The errors of hyper for HTTP/2 and HTTP/1.1.
const CUT: [&str; 2] = ["unexpected internal error", "connection closed before message completed"];
const LIMITS: [&str; 4] = ["--head-timeout", "5", "--idle-timeout", "6"];
/// The last one lacks a key, so the gateway waits for it. The one before is invalid.
const POLICIES: [&str; 4] = [
    "[[cors.rules]]\norigins = [\"https://app.example.com\"]\nallow_methods = [\"PUT\"]\nmax_age = 1\n\
     [guard.csrf]\ntrust_origins = [\"https://app.example.com\"]\n\
     [sse]\nkeep_alive = 1\nmax_age = 2\n[long_poll]\npaths = [\"/hold\"]\nwindow = 1\n",
    "[[cors.rules]]\norigins = [\"https://app.example.com\", \"https://*.example.org\"]\nallow_methods = [\"PUT\"]\n\
     max_age = 2\n[guard.csrf]\ntrust_origins = [\"https://app.example.com\"]\n\
     [sse]\nkeep_alive = 1\nmax_age = 3\n[long_poll]\npaths = [\"/hold\"]\nwindow = 2\n",
    "[[cors.rules]]\norigins = [\"https://app.example.com/\"]\n",
    "[[cors.rules]]\norigins = [\"https://app.example.com\"]\nallow_methods = [\"PUT\"]\n\
     [guard.csrf]\ntrust_origins = [\"https://app.example.com\"]\n\
     [sse]\nkeep_alive = 1\nmax_age = 2\n[long_poll]\npaths = [\"/hold\"]\nwindow = 1\n",
];
const SILENT: [(&str, &[u8]); 6] = [
    ("nothing", b""),
    ("a part of the preface of HTTP/2", b"PRI * HTTP/2.0\r\n"),
    ("the preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("settings", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    ("a part of a head", b"GET / HTTP/1.1\r\nhost: a\r\nx-one: "),
    ("an answered request", b"GET /count HTTP/1.1\r\nhost: a\r\n\r\n"),
];
const PARTIAL: [&[u8]; 6] = [
    b"",
    b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /events HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n",
    b"GET /hold HTTP/1.1\r\nhost: a\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhello",
    b"GET /chat HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
      sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
];
