use std::{future::pending, io};

use tokio::signal::ctrl_c;

/// Ctrl-C.
#[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where nobody can tell it to stop, it serves on.
        if ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    })
}
