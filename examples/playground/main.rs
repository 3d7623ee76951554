//! A page that shows every cross-origin rule of this crate in the visitor's browser.
//!
//! The program serves a page, and other servers on other ports. The page's scripts send requests to these
//! servers, and compare the responses and the servers' records with the expected ones.

mod application;
mod embedding;
mod guards;
mod jsonp;
mod page;
mod policies;
mod record;
mod servers;
mod streams;
mod target;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

use crate::servers::Servers;

#[tokio::main]
async fn main() -> ExitCode {
    match parse(Parser::from_env()) {
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Some(address)) => match serve(address).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("playground: cannot serve on {address}: {error}");
                ExitCode::FAILURE
            }
        },
        Err(fault) => {
            eprintln!("playground: {fault}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn serve(address: SocketAddr) -> io::Result<()> {
    let servers = Servers::bind(address).await?;
    println!("The playground of tower-cross-origin: a page, and servers with other origins.");
    println!("Open the address of the page in a browser; it runs all rows automatically.\n");
    for target in servers.targets() {
        println!("  {}", target.summary());
    }
    println!("\nlistening on http://{}", servers.address());
    servers.serve().await
}

/// Returns the address of the page, or `None` for `--help`.
fn parse(mut parser: Parser) -> Result<Option<SocketAddr>, lexopt::Error> {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7100));
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => address = loopback(&parser.value()?.string()?)?,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(address))
}

/// Parses a loopback address. With another address, the page would be an insecure origin.
///
/// A policy rejects insecure origins with credentials.
fn loopback(text: &str) -> Result<SocketAddr, lexopt::Error> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(address) => {
            Err(format!("--listen {address} is not a loopback address; use 127.0.0.1:7100").into())
        }
        Err(_) => {
            Err(format!("--listen {text:?} is not an address and port; use 127.0.0.1:7100").into())
        }
    }
}

const USAGE: &str = "\
usage: playground [--listen ADDR:PORT]

  --listen ADDR:PORT   the page's address; port 0 picks a free one [default: 127.0.0.1:7100]";
