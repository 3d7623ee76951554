use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use browsers::Example;

/// A policy file in its own folder. Dropping this value removes both.
pub struct PolicyFile {
    folder: PathBuf,
    next: AtomicUsize,
}

impl PolicyFile {
    pub fn new(text: &str) -> Result<Self> {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("gateway-{}-{number}", process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder)?;
        let file = Self { folder, next: AtomicUsize::new(0) };
        file.replace(text)?;
        Ok(file)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn path(&self) -> PathBuf {
        self.folder.join("policy.toml")
    }

    /// Replaces the file atomically by renaming a new file, as editors do.
    pub fn replace(&self, text: &str) -> Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let other = self.folder.join(format!("policy.{number}.part"));
        fs::write(&other, text)?;
        Ok(fs::rename(other, self.path())?)
    }

    /// Starts a gateway in front of the upstream, with this policy file.
    pub async fn gateway(&self, upstream: &str, options: &[&str]) -> Result<Example> {
        let path = self.path();
        let path = path.to_str().expect("the path of the target folder is Unicode");
        let arguments = [&["--upstream", upstream], options, &[path]].concat();
        Example::start("gateway", &arguments).await
    }
}

impl Drop for PolicyFile {
    fn drop(&mut self) {
        // A failure leaves only files below the target folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
