//! The parts that every server among the examples shares: command line, listener, error report.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    net::SocketAddr,
    process,
};

use lexopt::{Parser, ValueExt};
use tokio::net::TcpListener;

/// Parses the command line with `parse`, which returns `None` for `--help`.
///
/// For `--help`, prints the usage and exits with code 0. For an error, prints it with the usage and exits
/// with code 2.
pub(crate) fn read_arguments<T>(
    usage: &str,
    parse: impl FnOnce(Parser) -> Result<Option<T>, lexopt::Error>,
) -> T {
    match parse(Parser::from_env()) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print_line(usage);
            process::exit(0)
        }
        Err(error) => {
            eprintln!("{error}\n\n{usage}");
            process::exit(2)
        }
    }
}

/// Reads the value of `--listen`.
pub(crate) fn listen_address(parser: &mut Parser) -> Result<SocketAddr, lexopt::Error> {
    let text = parser.value()?.string()?;
    text.parse().map_err(|_| {
        format!("--listen {text:?}: not an address and port, such as 127.0.0.1:0").into()
    })
}

/// Binds a listener, and prints its address.
///
/// Returns the listener and its address as the beginning of a URL.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    print_line(&format!("listening on {url}"));
    Ok((listener, url))
}

/// Prints a line. Does not panic if standard output is closed, for example by `| head -1`.
pub(crate) fn print_line(line: &str) {
    // A server must continue to serve without standard output.
    let _ = writeln!(io::stdout(), "{line}");
}

/// An error that ends a program with code 1.
///
/// `main` prints the `Debug` form of an error. For this type, that is the readable `Display` form.
pub(crate) struct Report(Box<dyn Error>);

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<E: Error + 'static> From<E> for Report {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
