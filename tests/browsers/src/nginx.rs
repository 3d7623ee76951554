use std::{
    fmt::Write,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// nginx, which ends TLS before servers of the test. It ends with this value, and its files with it.
#[derive(Debug)]
pub struct Nginx {
    folder: PathBuf,
    _process: Child,
}

/// Where nginx listens, and what it does with requests.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    pub port: u16,
    pub upstream: SocketAddr,
    /// Whether `Host` is passed on as it came; by default nginx writes that of the upstream.
    pub passes_host: bool,
}

impl Front {
    /// As browsers write it.
    pub fn origin(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Nginx {
    /// Starts it with a certificate that nobody trusts, over HTTP/1.1 and HTTP/2. Its files are in
    /// `folder`, which is made for them.
    pub async fn start(folder: PathBuf, fronts: &[Front]) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let openssl = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "certificate.pem"])
            .current_dir(&folder)
            .output()
            .await
            .context("openssl does not start; tests/run installs it")?;
        ensure!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, written(&folder, fronts)?)?;
        let process = Command::new("nginx")
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nginx does not start; tests/run installs it")?;
        for front in fronts {
            timeout(LIMIT, listens(front.port)).await.context("nginx does not listen")?;
        }
        Ok(Self { folder, _process: process })
    }

    /// Ports that nobody listens at.
    pub async fn free_ports<const N: usize>() -> Result<[u16; N]> {
        let mut listeners = Vec::new();
        let mut ports = [0; N];
        for port in &mut ports {
            // All are held until the last one is known, so that none comes twice.
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            *port = listener.local_addr()?.port();
            listeners.push(listener);
        }
        Ok(ports)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // What is left behind lies below the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn written(folder: &Path, fronts: &[Front]) -> Result<String> {
    let folder = folder.display();
    let mut text = format!(
        "worker_processes 1; daemon off; master_process off; pid {folder}/pid; error_log stderr warn;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n\
           access_log off;\n\
           client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n\
           fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;\n\
           scgi_temp_path {folder}/scgi;\n\
           ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;\n"
    );
    for Front { port, upstream, passes_host } in fronts {
        let host = if *passes_host { "proxy_set_header Host $http_host;" } else { "" };
        writeln!(
            text,
            "server {{ listen 127.0.0.1:{port} ssl http2; \
             location / {{ proxy_pass http://{upstream}; proxy_http_version 1.1; {host} }} }}"
        )?;
    }
    text.push_str("}\n");
    Ok(text)
}

async fn listens(port: u16) {
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
}

const LIMIT: Duration = Duration::from_secs(30);
