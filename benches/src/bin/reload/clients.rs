use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

/// Whose page asks.
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

    /// The longest of so many of a thousand.
    pub(crate) fn of(&self, part: usize) -> u64 {
        let place = (self.sorted.len() * part).div_ceil(1000).saturating_sub(1);
        self.sorted.get(place).copied().unwrap_or_default()
    }
}

/// Asks one request after the other on each connection, for as long as `meanwhile` takes. Each is answered to
/// the page that asks, or the program ends.
pub(crate) fn clients(server: SocketAddr, meanwhile: impl FnOnce()) -> Latencies {
    let is_over = AtomicBool::new(false);
    let mut sorted: Vec<u64> = thread::scope(|scope| {
        let asking: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| ask_until(server, &is_over))).collect();
        meanwhile();
        is_over.store(true, Ordering::Relaxed);
        asking.into_iter().flat_map(|one| one.join().expect("every request is answered")).collect()
    });
    sorted.sort_unstable();
    Latencies { sorted }
}

fn ask_until(server: SocketAddr, is_over: &AtomicBool) -> Vec<u64> {
    let mut connection = TcpStream::connect(server).expect("the server listens");
    connection.set_nodelay(true).expect("a connection");
    let request = format!("GET / HTTP/1.1\r\nhost: api.example.com\r\norigin: {ORIGIN}\r\n\r\n");
    let granted = format!("access-control-allow-origin: {ORIGIN}\r\n");
    let (mut times, mut read) = (Vec::new(), [0; 4096]);
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        connection.write_all(request.as_bytes()).expect("a request is sent");
        let mut length = 0;
        while !read[..length].ends_with(b"\r\n\r\nok") {
            let more = connection.read(&mut read[length..]).expect("a response comes");
            assert!(more > 0, "the connection is there until the end");
            length += more;
        }
        times.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
        let answer = String::from_utf8_lossy(&read[..length]);
        assert!(answer.contains(&granted), "{answer}");
    }
    times
}
