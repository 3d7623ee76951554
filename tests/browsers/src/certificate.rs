use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

/// Paths of a self-signed certificate and its key, as PEM.
///
/// The tested browsers accept any certificate for any host.
#[derive(Debug)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificate {
    /// Creates a certificate in an existing folder.
    pub async fn make(folder: &Path) -> Result<Self> {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let openssl = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .await
            .context("could not start openssl; tests/run installs it")?;
        ensure!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
        Ok(Self { certificate, key })
    }
}
