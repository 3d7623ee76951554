use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::{Display, daemon::LIMIT, engine::mini_browser};

/// WebKitGTK without WebDriver, for its console messages.
///
/// WebKit writes the messages to its standard output, except in ephemeral sessions, which include all sessions of
/// WebDriver. WebDriver has no command for the messages.
///
/// Dropping this value ends the browser and removes its files.
#[derive(Debug)]
pub struct MiniBrowser {
    output: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    _process: Child,
    _display: Display,
}

impl MiniBrowser {
    /// Starts the browser with a page, and creates `folder` for its files.
    pub async fn start(folder: &Path, url: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let display = Display::start().await?;
        let browser = format!("{} --enable-write-console-messages-to-stdout=true", mini_browser());
        // `script` connects the browser to a terminal. Otherwise the browser would buffer its output.
        let mut process = Command::new("script")
            .args(["--quiet", "--command", &format!("{browser} '{url}'"), "/dev/null"])
            .env("DISPLAY", display.name())
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("could not start script")?;
        let stdout = process.stdout.take().context("script has no standard output")?;
        let output = BufReader::new(stdout).lines();
        Ok(Self { output, folder: folder.to_owned(), _process: process, _display: display })
    }

    /// Returns the next console messages, up to a message that contains `end`.
    pub async fn console_until(&mut self, end: &str) -> Result<Vec<String>> {
        let mut messages = Vec::new();
        let read = async {
            while let Some(line) = self.output.next_line().await? {
                if line.contains(end) {
                    return Ok(());
                }
                messages.push(line);
            }
            anyhow::bail!("the browser has ended")
        };
        timeout(LIMIT, read).await.with_context(|| format!("no message in time: {end}"))??;
        Ok(messages)
    }
}

impl Drop for MiniBrowser {
    fn drop(&mut self) {
        // A failure leaves only files below the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
