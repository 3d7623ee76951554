use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

/// The request origin.
pub(crate) const ORIGIN: &str = "https://app.example.com";

pub(crate) const CONNECTIONS: usize = 2;

/// How long requests took, in microseconds.
pub(crate) struct Latencies {
    sorted: Vec<u64>,
}

impl Latencies {
    pub(crate) fn len(&self) -> i64 {
        i64::try_from(self.sorted.len()).unwrap_or(i64::MAX)
    }

    /// Returns the longest time of the fastest `part` requests in a thousand.
    pub(crate) fn per_mille(&self, part: usize) -> u64 {
        let index = (self.sorted.len() * part).div_ceil(1000).saturating_sub(1);
        self.sorted.get(index).copied().unwrap_or_default()
    }
}

/// Sends one request after the other on each connection until `meanwhile` returns.
///
/// # Panics
///
/// If a response does not allow the origin.
pub(crate) fn clients(server: SocketAddr, meanwhile: impl FnOnce()) -> Latencies {
    let is_over = AtomicBool::new(false);
    let mut sorted: Vec<u64> = thread::scope(|scope| {
        let senders: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| send_until(server, &is_over))).collect();
        meanwhile();
        is_over.store(true, Ordering::Relaxed);
        senders
            .into_iter()
            .flat_map(|one| one.join().expect("every request gets a response"))
            .collect()
    });
    sorted.sort_unstable();
    Latencies { sorted }
}

fn send_until(server: SocketAddr, is_over: &AtomicBool) -> Vec<u64> {
    let mut connection = TcpStream::connect(server).expect("the server listens");
    connection.set_nodelay(true).expect("the socket accepts `TCP_NODELAY`");
    let request = format!("GET / HTTP/1.1\r\nhost: api.example.com\r\norigin: {ORIGIN}\r\n\r\n");
    let allow_origin = format!("access-control-allow-origin: {ORIGIN}\r\n");
    let (mut times, mut read) = (Vec::new(), [0; 4096]);
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        connection.write_all(request.as_bytes()).expect("the connection is writable");
        let mut length = 0;
        while !read[..length].ends_with(b"\r\n\r\nok") {
            let more = connection.read(&mut read[length..]).expect("the connection is readable");
            assert!(more > 0, "the server keeps the connection open");
            length += more;
        }
        times.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        let response = String::from_utf8_lossy(&read[..length]);
        assert!(response.contains(&allow_origin), "{response}");
    }
    times
}
