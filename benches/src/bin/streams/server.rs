use std::{
    env,
    error::Error,
    io::{self, BufRead, Write},
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
    thread,
    time::Duration,
};

use benches::{allocations, streams::StreamLayer};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    time::timeout,
};
use tower_cross_origin::push::Shutdown;

/// How much longer than its window a shutdown may take before the table shows "never".
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A server of streams in a separate process.
///
/// The process limit of open files would not allow both ends of all connections in one process.
pub(crate) struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(layer: StreamLayer) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .args([SERVE, &format!("{layer:?}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().ok_or("the server has no standard input")?;
        let mut stdout =
            BufReader::new(child.stdout.take().ok_or("the server has no standard output")?).lines();
        let address = stdout
            .next_line()
            .await?
            .ok_or("the server ended before it printed its address")?
            .parse()?;
        Ok(Self { child, stdin, stdout, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the bytes that the server holds.
    pub(crate) async fn held(&mut self) -> Result<i64, Box<dyn Error>> {
        self.stdin.write_all(HELD.as_bytes()).await?;
        Ok(self.stdout.next_line().await?.ok_or("the server has ended")?.parse()?)
    }

    pub(crate) async fn begin_shutdown(&mut self) -> Result<(), Box<dyn Error>> {
        Ok(self.stdin.write_all(SHUTDOWN.as_bytes()).await?)
    }

    /// Returns whether the server ends successfully within [`PATIENCE`].
    pub(crate) async fn ended(mut self) -> Result<bool, Box<dyn Error>> {
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => Ok(false),
        }
    }
}

/// Returns the layer that this process is to serve, if it runs as a server.
pub(crate) fn requested_layer() -> Option<Result<StreamLayer, Box<dyn Error>>> {
    let mut arguments = env::args().skip(1);
    if arguments.next()? != SERVE {
        return Some(Err(
            "unexpected argument: only the benchmark passes arguments, to its server process"
                .into(),
        ));
    }
    let name = arguments.next().unwrap_or_default();
    let layer = StreamLayer::ALL.into_iter().find(|layer| format!("{layer:?}") == name);
    Some(layer.ok_or_else(|| format!("{name:?} is not a stream layer").into()))
}

/// Serves streams on one thread, whose allocated bytes are counted.
pub(crate) async fn serve(layer: StreamLayer) -> Result<(), Box<dyn Error>> {
    let shutdown = Shutdown::new();
    let app = layer.app(1, &shutdown);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    print_line(&listener.local_addr()?.to_string())?;
    let (sender, mut commands) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let shutdown_command = async move {
        while commands.recv().await.is_some_and(|line| line == HELD.trim()) {
            // A write fails only if the benchmark has ended.
            let _ = print_line(&allocations::held().to_string());
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(shutdown_command).await?)
}

fn print_line(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

const SERVE: &str = "serve";
const HELD: &str = "held\n";
const SHUTDOWN: &str = "shutdown\n";
