use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use benches::streams::EVENT_DATA;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

/// Connections with an open stream each.
pub(crate) struct Clients(Vec<TcpStream>);

impl Clients {
    pub(crate) async fn open(address: SocketAddr, count: usize) -> io::Result<Self> {
        let mut clients = Vec::with_capacity(count);
        while clients.len() < count {
            let mut opening = JoinSet::new();
            for _ in 0..AT_ONCE.min(count - clients.len()) {
                opening.spawn(open(address));
            }
            while let Some(opened) = opening.join_next().await {
                clients.push(opened??);
            }
        }
        Ok(Self(clients))
    }

    /// Waits until each stream has received a comment.
    pub(crate) async fn read_comments(&mut self) -> io::Result<()> {
        for client in &mut self.0 {
            read_until(client, b":\n\n").await?;
        }
        Ok(())
    }

    /// Returns the time until the last stream ends properly, or `None` after `within`.
    pub(crate) async fn ended(self, within: Duration) -> io::Result<Option<Duration>> {
        let begin = Instant::now();
        let mut reading = JoinSet::new();
        for mut client in self.0 {
            reading.spawn(async move { read_until(&mut client, LAST_CHUNK).await });
        }
        let all = async {
            while let Some(read) = reading.join_next().await {
                read??;
            }
            Ok(begin.elapsed())
        };
        timeout(within, all).await.ok().transpose()
    }
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let mut client = TcpStream::connect(address).await?;
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n")
        .await?;
    read_until(&mut client, EVENT_DATA.as_bytes()).await?;
    Ok(client)
}

/// Reads until the bytes `end` have arrived, in any number of parts.
async fn read_until(client: &mut TcpStream, end: &[u8]) -> io::Result<()> {
    let (mut read, mut buffer) = (Vec::new(), [0; 512]);
    while !read.windows(end.len()).any(|part| part == end) {
        match client.read(&mut buffer).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => read.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(())
}

const AT_ONCE: usize = 100;

/// The last chunk of a body that ended properly (RFC 9112, section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
