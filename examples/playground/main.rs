//! Every cross-origin rule that the crate answers, shown by the browser that opens the page.
//!
//! One program, several origins: a page, and servers on other ports that its scripts send requests
//! to. The page compares what it got, and what the servers recorded, with what is expected.

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
    println!("The playground of tower-cross-origin: a page, and servers of other origins.");
    println!("Open the address of the page in a browser; it runs every row at once.\n");
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

/// Elsewhere the page would be an insecure origin, which the policy would be right to refuse
/// credentials to.
fn loopback(text: &str) -> Result<SocketAddr, lexopt::Error> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(address) => {
            Err(format!("`{address}` is no loopback address; write `127.0.0.1:7100`").into())
        }
        Err(_) => Err(format!("`{text}` is no ADDR:PORT such as `127.0.0.1:7100`").into()),
    }
}

const USAGE: &str = "\
usage: playground [--listen ADDR:PORT]

  --listen ADDR:PORT   where the page is, 127.0.0.1:7100 if not given; port 0 lets the system pick";
