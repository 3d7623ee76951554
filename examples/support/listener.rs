use std::{
    io::{self, Write},
    net::SocketAddr,
};

use tokio::net::TcpListener;

/// Listens, says where, and returns the address as the beginning of a URL.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    say(&format!("listening on {url}"));
    Ok((listener, url))
}

/// Prints a line. Unlike `println!`, does not panic where nobody reads it, as after `| head -1`.
pub(crate) fn say(line: &str) {
    // A server serves on without an audience.
    let _ = writeln!(io::stdout(), "{line}");
}
