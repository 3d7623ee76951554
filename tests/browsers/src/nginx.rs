use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::Result;
use tokio::process::Child;

use crate::{Certificate, Daemon};

/// nginx before servers of the test. It ends with this value, and its files with it.
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
        let Certificate { certificate, key } = Certificate::make(&folder).await?;
        let tls = format!(
            "ssl_certificate {}; ssl_certificate_key {};",
            certificate.display(),
            key.display()
        );
        let servers = fronts.iter().map(|Front { port, upstream, passes_host }| {
            let host = if *passes_host { "proxy_set_header Host $http_host;" } else { "" };
            format!(
                "server {{ listen 127.0.0.1:{port} ssl http2; \
                 location / {{ proxy_pass http://{upstream}; proxy_http_version 1.1; {host} }} }}"
            )
        });
        let http: Vec<String> = std::iter::once(tls).chain(servers).collect();
        let ports = fronts.iter().map(|front| front.port);
        Self::with(folder, &http.join("\n"), ports).await
    }

    /// Starts it with what stands in its block `http`, and waits until it listens at these ports.
    pub async fn with(
        folder: PathBuf,
        http: &str,
        ports: impl IntoIterator<Item = u16>,
    ) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let shown = folder.display();
        let configuration = folder.join("nginx.conf");
        fs::write(
            &configuration,
            format!(
                "worker_processes 1; daemon off; master_process off; pid {shown}/pid; error_log stderr warn;\n\
                 events {{ worker_connections 256; }}\n\
                 http {{\n\
                   access_log off;\n\
                   client_body_temp_path {shown}/body; proxy_temp_path {shown}/proxy;\n\
                   fastcgi_temp_path {shown}/fastcgi; uwsgi_temp_path {shown}/uwsgi;\n\
                   scgi_temp_path {shown}/scgi;\n\
                   {http}\n\
                 }}\n"
            ),
        )?;
        let process =
            Daemon::spawn("nginx", &["-c".to_owned(), configuration.display().to_string()])?;
        for port in ports {
            Daemon::wait("nginx", port).await?;
        }
        Ok(Self { folder, _process: process })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // What is left behind lies below the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
