//! Every cross-origin rule that the crate answers, shown by the browser that opens the page.
//!
//! One program, several origins: a page, and servers on other ports that its scripts send requests
//! to. The page compares what it got, and what the servers recorded, with what is expected.

mod application;
mod arguments;
mod embedding;
mod guards;
mod jsonp;
mod page;
mod pings;
mod policies;
mod query;
mod record;
mod servers;
mod streams;
mod target;

use std::{env, io, net::SocketAddr, process::ExitCode};

use crate::{
    arguments::{Arguments, USAGE},
    servers::Servers,
};

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse(env::args_os().skip(1)) {
        Ok(Arguments::Help) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Arguments::Listen(address)) => match serve(address).await {
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
