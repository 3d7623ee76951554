use std::io;

use tokio::{
    select,
    signal::{
        ctrl_c,
        unix::{SignalKind, signal},
    },
};

/// Ctrl-C, or the signal by which services are ended.
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        select! {
            told = ctrl_c() => if told.is_err() {
                // Nobody can tell it so.
                terminated.recv().await;
            },
            _ = terminated.recv() => {}
        }
    })
}
