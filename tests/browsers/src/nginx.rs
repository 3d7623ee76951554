use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::Result;
use tokio::process::Child;

use crate::{Certificate, Daemon};

/// nginx in front of servers of a test. Dropping this value ends nginx and removes its files.
#[derive(Debug)]
pub struct Nginx {
    folder: PathBuf,
    _process: Child,
}

/// A port that nginx listens on, with the upstream that receives its requests.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    pub port: u16,
    pub upstream: SocketAddr,
    /// Keeps the `Host` of the request. By default, nginx replaces it with the upstream's host.
    pub passes_host: bool,
}

impl Front {
    /// Returns the origin as browsers send it.
    pub fn origin(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Nginx {
    /// Starts nginx with TLS and a self-signed certificate, over HTTP/1.1 and HTTP/2.
    ///
    /// Creates `folder` for its files.
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

    /// Starts nginx with this content of the `http` block, and waits until it listens.
    ///
    /// Creates `folder` for its files.
    pub async fn with(
        folder: PathBuf,
        http: &str,
        ports: impl IntoIterator<Item = u16>,
    ) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let path = folder.display();
        let configuration = folder.join("nginx.conf");
        fs::write(
            &configuration,
            format!(
                "worker_processes 1; daemon off; master_process off; pid {path}/pid; error_log stderr warn;\n\
                 events {{ worker_connections 256; }}\n\
                 http {{\n\
                   access_log off;\n\
                   client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;\n\
                   fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi;\n\
                   scgi_temp_path {path}/scgi;\n\
                   {http}\n\
                 }}\n"
            ),
        )?;
        let process =
            Daemon::spawn("nginx", &["-c".to_owned(), configuration.display().to_string()], &[])?;
        for port in ports {
            Daemon::wait("nginx", port).await?;
        }
        Ok(Self { folder, _process: process })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A failure leaves only files below the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
