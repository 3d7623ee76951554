use std::{
    env,
    error::Error,
    io::{self, BufRead, Write},
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
    thread,
    time::Duration,
};

use benches::{allocations, streams::Keeper};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::mpsc,
    time::timeout,
};
use tower_cross_origin::push::Shutdown;

/// How much longer than their window streams may take to end, before they are said never to.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A server of streams in a process of its own: this many connections have two ends, and a process may
/// have no more than one of them open.
pub(crate) struct Server {
    child: Child,
    tell: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(keeper: Keeper) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .args([SERVE, &format!("{keeper:?}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let tell = child.stdin.take().ok_or("no input")?;
        let mut says = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let address = says.next_line().await?.ok_or("no address")?.parse()?;
        Ok(Self { child, tell, says, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bytes that it holds.
    pub(crate) async fn held(&mut self) -> Result<i64, Box<dyn Error>> {
        self.tell.write_all(HELD.as_bytes()).await?;
        Ok(self.says.next_line().await?.ok_or("the server is gone")?.parse()?)
    }

    pub(crate) async fn begin_shutdown(&mut self) -> Result<(), Box<dyn Error>> {
        Ok(self.tell.write_all(SHUTDOWN.as_bytes()).await?)
    }

    /// Whether it has, by itself.
    pub(crate) async fn ended(mut self) -> Result<bool, Box<dyn Error>> {
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => Ok(false),
        }
    }
}

/// What this process is to serve, if it is to be a server.
pub(crate) fn asked_for() -> Option<Result<Keeper, Box<dyn Error>>> {
    let mut arguments = env::args().skip(1);
    if arguments.next()? != SERVE {
        return Some(Err("the only argument is for its own server".into()));
    }
    let name = arguments.next().unwrap_or_default();
    let keeper = Keeper::ALL.into_iter().find(|keeper| format!("{keeper:?}") == name);
    Some(keeper.ok_or_else(|| format!("nobody is called {name}").into()))
}

/// On one thread, whose bytes are counted.
pub(crate) async fn serve(keeper: Keeper) -> Result<(), Box<dyn Error>> {
    let shutdown = Shutdown::new();
    let app = keeper.app(1, &shutdown);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    say(&listener.local_addr()?.to_string())?;
    let (sender, mut told) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let until_told = async move {
        while told.recv().await.is_some_and(|line| line == HELD.trim()) {
            // Where the reader is gone, so is the measurement.
            let _ = say(&allocations::held().to_string());
        }
        shutdown.begin();
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(until_told).await?)
}

fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

const SERVE: &str = "serve";
const HELD: &str = "held\n";
const SHUTDOWN: &str = "shutdown\n";
