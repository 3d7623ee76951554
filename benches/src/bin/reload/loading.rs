use std::{
    env, fs, io,
    path::PathBuf,
    process,
    time::{Duration, Instant},
};

use tower_cross_origin::{
    cors::CorsPolicy,
    cross_origin::{CrossOriginConfig, CrossOriginPolicy},
};

use crate::clients::ORIGIN;

/// A file with a policy; dropping this value removes the file.
pub(crate) struct File {
    path: PathBuf,
    pub(crate) origins: i64,
    pub(crate) bytes: i64,
}

pub(crate) struct Loaded {
    pub(crate) policy: CorsPolicy,
    /// The times for reading, for parsing, and for making the policy.
    pub(crate) times: [Duration; 3],
}

impl File {
    /// Creates a policy file with one origin per line, as a generator would write it.
    pub(crate) fn create(origins: i64) -> io::Result<Self> {
        let path = env::temp_dir().join(format!("policy-{}.toml", process::id()));
        let tenants =
            (1..origins).map(|tenant| format!("    \"https://tenant-{tenant:07}.example.com\",\n"));
        let tenants: String = tenants.collect();
        let text = format!(
            "[[cors.rules]]\nallow_credentials = true\norigins = [\n    \"{ORIGIN}\",\n{tenants}]\n"
        );
        fs::write(&path, &text)?;
        let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
        Ok(Self { path, origins, bytes })
    }

    /// Loads the policy like the gateway example.
    pub(crate) fn load(&self) -> Result<Loaded, String> {
        let (text, read) = measure_time(|| fs::read_to_string(&self.path));
        let text = text.map_err(|error| error.to_string())?;
        let (config, parsed) = measure_time(|| toml::from_str::<CrossOriginConfig>(&text));
        let config = config.map_err(|error| error.to_string())?;
        let (policy, made) = measure_time(|| CrossOriginPolicy::new(config));
        let policy = policy.map_err(|error| error.to_string())?;
        let policy = policy.cors().cloned().ok_or("the file has no rules")?;
        Ok(Loaded { policy, times: [read, parsed, made] })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // A temporary file that cannot be removed is harmless.
        let _ = fs::remove_file(&self.path);
    }
}

pub(crate) fn measure_time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}
