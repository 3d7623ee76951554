use std::{
    path::Path,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::timeout,
};

/// A running example of the crate. Dropping this value ends the example.
#[derive(Debug)]
pub struct Example {
    address: String,
    process: Child,
    /// The lines of its standard error.
    errors: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Example {
    /// Builds and starts the example as the README describes, on an unused port.
    pub async fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_command(command(name), name, arguments).await
    }

    /// Starts the example after a shell command, such as `ulimit -n 64` or `export RUST_LOG=debug`.
    pub async fn start_in_shell(setup: &str, name: &str, arguments: &[&str]) -> Result<Self> {
        let example = command(name);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{setup} && exec \"$0\" \"$@\"")]);
        shell.arg(example.as_std().get_program()).args(example.as_std().get_args());
        shell.kill_on_drop(true);
        Self::start_command(shell, name, arguments).await
    }

    async fn start_command(mut command: Command, name: &str, arguments: &[&str]) -> Result<Self> {
        let mut process = command
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("could not start cargo")?;
        let stderr = process.stderr.take().context("the example has no standard error")?;
        let (sender, errors) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("{line}");
                // The receiver is dropped at the end of a test.
                let _ = sender.send(line);
            }
        });
        let stdout = process.stdout.take().context("the example has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on ") {
                    return Ok(address.to_owned());
                }
            }
            anyhow::bail!("the example {name} ended before it listened")
        };
        let address = timeout(BUILD_LIMIT, listening)
            .await
            .context("the example did not listen in time")??;
        // The rest of the output is read, so that the example never blocks on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, process, errors: Mutex::new(errors) })
    }

    /// Runs an example until it exits.
    pub async fn run(name: &str, arguments: &[&str]) -> Result<Output> {
        let output = command(name).args(arguments).output();
        Ok(timeout(BUILD_LIMIT, output).await.context("the example did not end in time")??)
    }

    /// Returns the next line of standard error. For a log line, returns only the message.
    pub async fn error(&self) -> Result<String> {
        let mut errors = self.errors.lock().await;
        let line = timeout(ERROR_LIMIT, errors.recv()).await;
        let line =
            line.context("the example wrote no line in time")?.context("the example has ended")?;
        Ok(message(&line).to_owned())
    }

    /// Sends `SIGINT` (Ctrl-C) and returns the exit status.
    pub async fn interrupt(mut self) -> Result<ExitStatus> {
        let id = self.process.id().context("the example has ended")?;
        let kill = Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().await?;
        anyhow::ensure!(kill.success(), "could not send SIGINT to the example");
        let ended = timeout(END_LIMIT, self.process.wait()).await;
        Ok(ended.context("the example did not end in time")??)
    }

    /// Returns the id of the example's process.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Returns the example's address, `http://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }
}

/// Removes the time, the level and the target of a `tracing-subscriber` line.
fn message(line: &str) -> &str {
    let level = line.split_ascii_whitespace().nth(1);
    match line.split_once(": ") {
        Some((_, message)) if level.is_some_and(|level| LEVELS.contains(&level)) => message,
        _ => line,
    }
}

const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

/// Returns the command that runs the example.
///
/// `cargo run` replaces its process with the example, so ending the process ends the example.
fn command(name: &str) -> Command {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut command = Command::new("cargo");
    let is_package = Path::new(manifest).with_file_name("examples").join(name).join("Cargo.toml");
    let kind = if is_package.exists() { "--package" } else { "--example" };
    command.args(["run", "--quiet", "--manifest-path", manifest, kind, name, "--"]);
    command.kill_on_drop(true);
    command
}

/// Includes a clean build of the examples.
const BUILD_LIMIT: Duration = Duration::from_secs(300);

/// A long limit, because test machines can be slow. The tests do not measure time.
const ERROR_LIMIT: Duration = Duration::from_secs(60);

const END_LIMIT: Duration = Duration::from_secs(30);
