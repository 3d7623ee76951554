use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};
use x11rb::{
    CURRENT_TIME,
    connection::Connection,
    protocol::xproto::{ConnectionExt, InputFocus, MapState},
};

use crate::daemon::LIMIT;

/// A display without a screen, for programs that have no headless mode.
///
/// Dropping this value ends the display, and the display ends the programs that use it.
#[derive(Debug)]
pub struct Display {
    name: String,
    _process: Child,
}

impl Display {
    /// Starts a display with an unused number.
    pub async fn start() -> Result<Self> {
        let mut process = Command::new("Xvfb")
            // The program writes the number to this file descriptor.
            .args(["-displayfd", "1", "-screen", "0", "1280x1600x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("could not start Xvfb; tests/run installs it")?;
        let stdout = process.stdout.take().context("Xvfb has no standard output")?;
        let number = timeout(LIMIT, BufReader::new(stdout).lines().next_line()).await;
        let number = number.context("Xvfb did not start in time")??.context("Xvfb has ended")?;
        Ok(Self { name: format!(":{number}"), _process: process })
    }

    /// Gives the keyboard focus to the visible window.
    ///
    /// Without a window manager, no window gets it, and pages show no focus.
    pub(crate) fn focus_window(&self) -> Result<()> {
        let (connection, screen) = x11rb::connect(Some(&self.name))?;
        let root = connection.setup().roots[screen].root;
        for window in connection.query_tree(root)?.reply()?.children {
            let attributes = connection.get_window_attributes(window)?.reply()?;
            if attributes.map_state == MapState::VIEWABLE {
                let focus = connection.set_input_focus(InputFocus::PARENT, window, CURRENT_TIME)?;
                return Ok(focus.check()?);
            }
        }
        bail!("the display {} has no visible window", self.name)
    }

    /// Returns the value of the environment variable `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }
}
