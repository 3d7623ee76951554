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

/// A running example of the crate. It ends with this value.
#[derive(Debug)]
pub struct Example {
    address: String,
    process: Child,
    /// What it writes to its other stream.
    errors: Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Example {
    /// Builds and starts the example, as the README says it, on a port of the system's choice.
    pub async fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        let mut process = command(name)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cargo does not start")?;
        let stderr = process.stderr.take().context("the example has no errors")?;
        let (sender, errors) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("{line}");
                // Nobody listens at the end.
                let _ = sender.send(line);
            }
        });
        let stdout = process.stdout.take().context("the example has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on ") {
                    return Ok(address.to_owned());
                }
            }
            anyhow::bail!("the example {name} ended before it listened")
        };
        let address =
            timeout(BUILD_LIMIT, listening).await.context("the example does not listen")??;
        // Read on, so that the example never waits for somebody to read what it prints.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, process, errors: Mutex::new(errors) })
    }

    /// Runs one that is to end by itself.
    pub async fn run(name: &str, arguments: &[&str]) -> Result<Output> {
        let output = command(name).args(arguments).output();
        Ok(timeout(BUILD_LIMIT, output).await.context("the example does not end")??)
    }

    /// The next line among its errors, those before it being read. Of a line of a log, the message.
    pub async fn error(&self) -> Result<String> {
        let mut errors = self.errors.lock().await;
        let line = timeout(ERROR_LIMIT, errors.recv()).await;
        let line = line.context("the example says nothing")?.context("the example has ended")?;
        Ok(message(&line).to_owned())
    }

    /// Ctrl-C, and how it ended then.
    pub async fn interrupt(mut self) -> Result<ExitStatus> {
        let id = self.process.id().context("the example has ended")?;
        let told = Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().await?;
        anyhow::ensure!(told.success(), "the example cannot be told");
        let ended = timeout(END_LIMIT, self.process.wait()).await;
        Ok(ended.context("the example does not end")??)
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }
}

/// Removes the time, the level and the target that `tracing-subscriber` writes before a message.
fn message(line: &str) -> &str {
    let level = line.split_ascii_whitespace().nth(1);
    match line.split_once(": ") {
        Some((_, message)) if level.is_some_and(|level| LEVELS.contains(&level)) => message,
        _ => line,
    }
}

const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

/// `cargo run` replaces itself by the example, so that ending the one ends the other.
fn command(name: &str) -> Command {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut command = Command::new("cargo");
    let is_package = Path::new(manifest).with_file_name("examples").join(name).join("Cargo.toml");
    let kind = if is_package.exists() { "--package" } else { "--example" };
    command.args(["run", "--quiet", "--manifest-path", manifest, kind, name, "--"]);
    command.kill_on_drop(true);
    command
}

/// The build of the examples from nothing is in it.
const BUILD_LIMIT: Duration = Duration::from_secs(300);

/// Generous: these machines are slow at times, and nothing is measured here.
const ERROR_LIMIT: Duration = Duration::from_secs(60);

const END_LIMIT: Duration = Duration::from_secs(30);
