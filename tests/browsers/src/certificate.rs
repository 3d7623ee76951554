use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

/// A certificate that nobody trusts, and its key, as PEM. Browsers here take any for any name.
#[derive(Debug)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificate {
    /// Makes one in that folder, which is there.
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
            .context("openssl does not start; tests/run installs it")?;
        ensure!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
        Ok(Self { certificate, key })
    }
}
