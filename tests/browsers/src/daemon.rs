use std::{fs, net::Ipv4Addr, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A program that listens on a loopback port. Dropping this value ends the program.
#[derive(Debug)]
pub struct Daemon {
    port: u16,
    process: Child,
}

impl Daemon {
    /// Starts the program and waits until it listens.
    pub async fn start(program: &str, arguments: &[String], port: u16) -> Result<Self> {
        Self::start_with(program, arguments, port, &[]).await
    }

    /// Starts the program with additional environment variables.
    pub(crate) async fn start_with(
        program: &str,
        arguments: &[String],
        port: u16,
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let process = Self::spawn(program, arguments, variables)?;
        Self::wait(program, port).await?;
        Ok(Self { port, process })
    }

    pub(crate) fn spawn(
        program: &str,
        arguments: &[String],
        variables: &[(&str, &str)],
    ) -> Result<Child> {
        Command::new(program)
            .args(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {program}; tests/run installs it"))
    }

    pub(crate) async fn wait(program: &str, port: u16) -> Result<()> {
        timeout(LIMIT, listens(port))
            .await
            .with_context(|| format!("{program} did not listen in time"))
    }

    /// Starts Redis without persistence.
    pub async fn redis() -> Result<Self> {
        let [port] = free_ports().await?;
        Self::redis_at(port).await
    }

    /// Starts Redis without persistence on this port, for example to restart it.
    pub async fn redis_at(port: u16) -> Result<Self> {
        let text = format!("--port {port} --bind 127.0.0.1 --appendonly no --dir /tmp --save");
        let mut arguments: Vec<String> = text.split(' ').map(str::to_owned).collect();
        arguments.push(String::new());
        Self::start("redis-server", &arguments, port).await
    }

    /// Starts Varnish with this VCL, and creates `folder` for its files.
    pub async fn varnish(folder: &Path, vcl: &str, port: u16) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let configuration = folder.join("default.vcl");
        fs::write(&configuration, format!("vcl 4.1;\n{vcl}"))?;
        let text = format!(
            "-F -n {} -a 127.0.0.1:{port} -T none -f {} -s malloc,16m",
            folder.join("work").display(),
            configuration.display()
        );
        let arguments: Vec<String> = text.split(' ').map(str::to_owned).collect();
        Self::start("varnishd", &arguments, port).await
    }

    /// Returns the port that the program listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the program and waits for its end.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }
}

/// Returns unused ports.
pub async fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        // All listeners stay open until the end, so that the ports differ.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Waits until a program listens on the port.
async fn listens(port: u16) {
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
}

/// A long limit, because test machines can be slow. The tests do not measure time.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
