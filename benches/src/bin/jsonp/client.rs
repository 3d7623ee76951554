use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

#[derive(Clone, Copy)]
pub(crate) struct Download {
    /// All bytes on the wire, including heads and chunk sizes.
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
}

/// Reads a whole response and discards it.
pub(crate) fn fetch(address: SocketAddr, path: &str) -> io::Result<Download> {
    let mut stream = TcpStream::connect(address)?;
    let start = Instant::now();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(Download { bytes, time: start.elapsed() }),
            read => bytes += read as u64,
        }
    }
}
