use std::{net::Ipv4Addr, process::Stdio, time::Duration};

use anyhow::{Context, Result};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A program that listens on a port of loopback. It ends with this value.
#[derive(Debug)]
pub struct Daemon {
    port: u16,
    _process: Child,
}

impl Daemon {
    /// Starts it, and waits until it listens.
    pub async fn start(program: &str, arguments: &[String], port: u16) -> Result<Self> {
        let process = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{program} does not start; tests/run installs it"))?;
        let listens = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, listens).await.with_context(|| format!("{program} does not listen"))?;
        Ok(Self { port, _process: process })
    }

    /// Redis, which keeps nothing on a disk.
    pub async fn redis() -> Result<Self> {
        let port = free_port().await?;
        let text = format!("--port {port} --bind 127.0.0.1 --appendonly no --dir /tmp --save");
        let mut arguments: Vec<String> = text.split(' ').map(str::to_owned).collect();
        arguments.push(String::new());
        Self::start("redis-server", &arguments, port).await
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A port that nobody listens at.
pub async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}

const LIMIT: Duration = Duration::from_secs(30);
